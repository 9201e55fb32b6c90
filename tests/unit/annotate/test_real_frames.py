"""Real frames, labelled with `tuffier annotate` by both readers: what it writes is what they read.

TUFFIER_REAL_FRAMES=DIR python -m pytest -m slow -s tests/unit/annotate/test_real_frames.py
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.foreign import readings
from tests.unit.annotate.by_hand import Person
from tests.unit.annotate.driven import Annotating, Page, until
from tests.unit.board.browser import Browser

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_frames,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: sudo apt install chromium"),
]
KNOWN = ("frame", "subject", "mm_per_px", "origin_px", "geometry")  # of a frame that nobody has read
READ = ("subject", "view", "procedure", "side", "screen_left", "mm_per_px", "geometry")
LINES = dict[str, dict[str, Any]]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(CHROMIUM or "", tmp_path / "chromium")
    yield opened
    opened.close()


def lines_of(path: Path) -> LINES:
    """By the picture's name."""
    return {Path(line["frame"]).name: line for line in map(json.loads, path.read_text().splitlines())}


def laid_out(reader: str, real_frames: Path, folder: Path) -> LINES:
    """Pictures without a reader's word, in folder/frames; what the reader said, which lies in folder/read."""
    readings.write(readings.read(reader), real_frames, folder / "read")
    said = lines_of(folder / "read" / "truth.jsonl")
    shutil.copytree(folder / "read", folder / "frames")
    bare = [json.dumps({key: line[key] for key in KNOWN}) for line in said.values()]
    (folder / "frames" / "truth.jsonl").write_text("\n".join(bare) + "\n")
    return said


def labelled(reader: str, said: LINES, folder: Path, browser: Browser) -> None:
    """By two sittings: the first is killed half way, and sets aside what the reader is unsure of; the second decides it."""
    doubtful = frozenset(one.frame.replace("/", "_") for one in readings.read(reader) if one.certainty == "unsure")
    work, page = Annotating(folder / "frames"), Page(browser)
    person = Person(page, said, doubtful)
    work.start("--reader", reader, "--blind")
    page.open(work.url)
    for number in range(len(said)):
        if number == len(said) // 2:
            work.end(signal.SIGKILL)
            work.start("--reader", reader, "--blind")
            page.open(work.url)
        person.label()
    first = dict(person.done)
    out = folder / "frames" / reader
    assert doubtful == set(lines_of(out / "draft.jsonl"))
    same(lines_of(out / "truth.jsonl"), {name: line for name, line in said.items() if name not in doubtful})
    person.decide()
    until(lambda: page.value("desk.frames.every(frame => frame.state === 'done')"), "all done")
    assert f"{len(said)} done, 0 set aside, 0 begun" in work.end(signal.SIGTERM)
    print(f"\nreader {reader}: {len(said)} frames by {first}, {person.done - type(person.done)(first)} for the {len(doubtful)} that were set aside")


def same(written: LINES, said: LINES) -> None:
    """Views, sides, orientation and scale as they are; places within a pixel."""
    assert list(written) == [name for name in said if name in written]
    assert set(written) == set(said)
    for name, line in said.items():
        mine = written[name]
        assert {key: mine[key] for key in READ} == {key: line[key] for key in READ}, name
        assert {name: len(points) for name, points in places(mine).items()} == {name: len(points) for name, points in places(line).items()}, name
        for key, points in places(line).items():
            assert places(mine)[key] == [pytest.approx(point, abs=1) for point in points], (name, key)


def places(line: dict[str, Any]) -> dict[str, list[list[float]]]:
    return {**line["landmarks"], "target": [line["target"]] if line["target"] else []}


def told(*words: str) -> str:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout


def test_both_readers_label_the_real_frames_and_nothing_is_lost(real_frames: Path, tmp_path: Path, browser: Browser) -> None:
    done = []
    for reader in readings.READERS:
        folder = tmp_path / reader
        said = laid_out(reader, real_frames, folder)
        assert len(said) == 51
        labelled(reader, said, folder, browser)
        done.append(folder / "frames" / reader)
        same(lines_of(done[-1] / "truth.jsonl"), said)
        coco_keeps(done[-1])
        score_takes(done[-1], folder / "read")
    agree(*done)


def coco_keeps(done: Path) -> None:
    """Out, and into a folder of the same frames that nobody has read."""
    coco, fresh = str(done.parent / "coco.json"), done.parent.parent / "fresh"
    shutil.copytree(done.parent, fresh, ignore=shutil.ignore_patterns(done.name))
    told("-m", "edge.cli", "annotate", "--out", str(done.parent), "--reader", done.name, "--coco-out", coco)
    assert "51 done" in told("-m", "edge.cli", "annotate", "--out", str(fresh), "--reader", done.name, "--coco-in", coco)
    assert lines_of(fresh / done.name / "truth.jsonl") == lines_of(done / "truth.jsonl")


def score_takes(done: Path, read: Path) -> None:
    """As it takes what the reader said."""
    one, other = (json.loads(told("-m", "edge.cli", "score", str(folder), "--scale", "truth", "--json")) for folder in (done, read))
    assert one["frames"] == other["frames"] == 51
    assert one["views"] == other["views"]
    shown = [{name: (each["held"], each["shown"]) for name, each in found["procedures"].items()} for found in (one, other)]
    assert shown[0] == shown[1]


def agree(one: Path, other: Path) -> None:
    """As `python -m models.foreign agreement` says."""
    found = json.loads(told("-m", "edge.cli", "annotate", "--agree", str(one), str(other), "--json"))
    wanted = readings.agreement(*map(readings.read, readings.READERS))
    assert (found["frames"], found["same_view"]) == (wanted.frames, wanted.same_view) == (51, 51)
    assert found["all_landmarks"]["places"] == len(wanted.all_apart_mm)
    assert found["all_landmarks"]["largest_mm"] == pytest.approx(max(wanted.all_apart_mm), abs=0.6)  # each place within half a pixel or so
    print(told("-m", "edge.cli", "annotate", "--agree", str(one), str(other)))
    print(told("-m", "models.foreign", "agreement"))
