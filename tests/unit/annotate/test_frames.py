"""Frames taken from sources, the command around them, and what score and training make of what it writes."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge import cli
from edge.annotate.desk import Desk
from edge.annotate.frames import Kept, NoFramesError, Order, collect, still_scan
from edge.annotate.label import Label, fields_of, parse
from edge.model import runner
from edge.screen import profile as profiles
from edge.source import truth
from edge.source.pictures import read_picture
from edge.source.sources import Clip
from edge.step import Stated
from edge.types import Frame, Scan, ScreenLeft
from models.phantom.dataset import write_frame
from models.phantom.frame import FrameSpec, render_frame
from tests.unit.annotate.test_desk import folder_of, saved
from tests.unit.annotate.test_label import FACET


@pytest.fixture(scope="module")
def model() -> runner.Model:
    return runner.load()


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two screens with a ruler and writing beside the scan, and a picture without a scan."""
    folder = tmp_path_factory.mktemp("screens")
    for number in (3, 4):
        made = render_frame(FrameSpec(3_000_000 + number, "transverse_facet", 1, probe="convex", layout="clarius", faults=False))
        Image.fromarray(made.pixels).save(folder / f"patient{number}.png")
    Image.fromarray(np.full((480, 640), 90, np.uint8)).save(folder / "patient9.png")
    return folder


def taken(source: str, folder: Path, model: runner.Model, *, whole: bool = False, every_s: float = 2.0) -> Kept:
    order, stated = Order(source, every_s=every_s, whole=whole), Stated(profiles.AUTO)
    return collect(order, folder, manifest=model.manifest, invoke=model.invoke, stated=stated, progress=lambda _: None)


def lines_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "proposed.jsonl").read_text().splitlines()]


def test_nothing_beside_the_scan_is_kept_and_score_finds_the_scan_again(screens: Path, tmp_path: Path, model: runner.Model) -> None:
    kept = taken(f"images:{screens}", tmp_path / "out", model)
    assert kept.frames == 2
    assert kept.left_out == {"no_signal": 1}
    for line in lines_of(tmp_path / "out"):
        cut = read_picture(tmp_path / "out" / str(line["frame"]), frame_id=0, captured_ns=0)
        assert isinstance(cut, Frame)
        whole = read_picture(screens / str(line["frame"]), frame_id=0, captured_ns=0)
        assert isinstance(whole, Frame)
        assert cut.pixels.size < whole.pixels.size
        left, top = line["offset_px"]  # type: ignore[misc]
        part = whole.pixels[top : top + cut.pixels.shape[0], left : left + cut.pixels.shape[1]]
        assert set(np.unique(cut.pixels[cut.pixels != part])) <= {0}
        scan = still_scan(cut, Clip("", True, ScreenLeft.UNKNOWN, []), Stated(profiles.AUTO, tuple(line["mm_per_px"]), None))  # type: ignore[arg-type]
        assert isinstance(scan, Scan)
        assert scan.origin_px == pytest.approx(line["origin_px"], abs=1.5)


def test_whole_screens_are_kept_only_where_asked_for(screens: Path, tmp_path: Path, model: runner.Model) -> None:
    kept = taken(f"images:{screens}", tmp_path / "out", model, whole=True)
    assert (kept.frames, kept.left_out) == (3, {})
    none = lines_of(tmp_path / "out")[2]
    assert (none["frame"], none["view"], none["origin_px"]) == ("patient9.png", "none", None)
    with Image.open(screens / "patient3.png") as before, Image.open(tmp_path / "out" / "patient3.png") as after:
        assert before.size == after.size


def test_a_source_without_a_scan_fills_nothing(tmp_path: Path, model: runner.Model) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.full((480, 640), 90, np.uint8)).save(tmp_path / "in" / "a.png")
    with pytest.raises(NoFramesError, match=r"no_signal 1\): keep whole screens with --whole"):
        taken(f"images:{tmp_path / 'in'}", tmp_path / "out", model)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("every_s", "names"), [(5.0, ["000000.png", "000060.png", "000120.png"]), (100.0, ["000000.png"])])
def test_a_recording_gives_a_frame_every_so_often_by_its_number(tmp_path: Path, model: runner.Model, every_s: float, names: list[str]) -> None:
    taken("recording:demonstration", tmp_path / "out", model, every_s=every_s)
    assert [line["frame"] for line in lines_of(tmp_path / "out")] == names
    assert {line["subject"] for line in lines_of(tmp_path / "out")} == {"demonstration"}


def accepted(desk: Desk, number: int) -> Label:
    """The model's proposal as a person accepts it: what it did not see is hidden."""
    fields, offer = fields_of(desk.sheet(number).label), desk.sheet(number).proposal
    assert offer is not None
    unseen = {"at": None, "mark": "hidden"}
    slots = {name: [slot if slot["at"] else unseen for slot in each] for name, each in offer["slots"].items()}
    return parse(fields | {"view": offer["view"], "slots": slots, "side": "right", "screen_left": "patient_left", "finished": True})


def test_what_is_exported_is_annotated_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bridge: export's proposals, a person's word, score. All by the commands but the clicks."""
    out = tmp_path / "frames"
    assert cli.main(["annotate", "recording:demonstration", "--every-s", "5", "--out", str(out), "--coco-out", str(tmp_path / "none.json")]) == 0
    assert cli.main(["score", str(out)]) == 2
    said = capsys.readouterr()
    assert f"only what a model proposed: set its frames right and done with `tuffier annotate --out {out}`" in said.err
    desk = Desk(out)
    assert saved(desk, 1, accepted(desk, 1)) == "done"  # on the first the probe is still on its way
    desk.close()
    assert cli.main(["score", str(out), "--scale", "truth", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["frames"], figures["procedures"]["facet"]["held"]) == (1, 1)
    # crops have no ruler: score says so, and what to do
    assert cli.main(["score", str(out)]) == 0
    assert re.search(r"no figures of a view: every frame was withheld before the model .*--scale truth", capsys.readouterr().out)


def test_training_takes_what_it_writes(tmp_path: Path) -> None:
    labelled = pytest.importorskip("models.training.labelled", reason="training's packages are not installed")
    folder = tmp_path / "frames"
    folder.mkdir()
    from models.phantom.dataset import Job

    lines = []
    for number in range(3):
        spec = FrameSpec(3_000_003 + number, "transverse_facet", 1, probe="convex", layout="bare", screen_left="patient_left", faults=False)
        lines.append(json.loads(write_frame(Job(folder, f"{number}.png", spec))))
    (folder / "proposed.jsonl").write_text("\n".join(map(json.dumps, lines)))
    desk = Desk(folder)
    for number in range(3):
        assert saved(desk, number, accepted(desk, number)) == "done"
    desk.close()
    split = labelled.read(folder, profiles.AUTO)
    assert split.withheld == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "name a SOURCE and --out FOLDER"),
        (["nowhere.mp4", "--out", "new"], "'nowhere.mp4': no such file, folder or camera here"),
        (["v4l2:/dev/video0", "--out", "new"], "record it first: tuffier record v4l2:/dev/video0 --out clip.mcap"),
        (["elsewhere"], "say --out FOLDER, a new one"),
        (["--out", "frames", "--reader", "a/b"], "--reader 'a/b': letters, digits"),
        (["--out", "nothing"], "nothing: no frames in it: name a SOURCE"),
        (["recording:demonstration", "--out", "frames"], "holds frames of another source"),
        (["--out", "frames", "--coco-in", "none.json"], "none.json"),
        (["--out", "frames", "--port", "70000"], "port 70000"),
        (["--agree", "frames", "frames"], "frames: no truth.jsonl in it, only what a model proposed"),
        (["--out", "frames", "--every-s", "-1"], "--every-s -1.0: it must lie from 0 to 3600"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    folder_of(tmp_path / "frames")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["annotate", *words]) == 2
    assert why in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "frames"]


def test_agreement_and_coco_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path / "frames")
    for reader, label in (("anna", FACET), ("ben", replace(FACET, slots={**FACET.slots, "spinous_process": FACET.slots["lamina"][1:]}))):
        desk = Desk(folder, reader)
        saved(desk, 0, label)
        desk.close()
    assert cli.main(["annotate", "--agree", str(folder / "anna"), str(folder / "ben")]) == 0
    assert "spinous_process" in capsys.readouterr().out
    assert cli.main(["annotate", "--out", str(folder), "--reader", "anna", "--coco-out", str(tmp_path / "c.json")]) == 0
    assert "1 frames in" in capsys.readouterr().out
    shutil.rmtree(folder / "ben")
    assert cli.main(["annotate", "--out", str(folder), "--reader", "ben", "--coco-in", str(tmp_path / "c.json")]) == 0
    assert "1 labels taken: 1 done" in capsys.readouterr().out
    assert (folder / "anna" / truth.FILE_NAME).read_text() == (folder / "ben" / truth.FILE_NAME).read_text()
