"""The desk: what was saved stands, one process and one tab write, nobody sees another reader's word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.annotate.desk import Desk, DeskError, HeldError, StaleError
from edge.annotate.label import Label, Slot
from edge.source import truth
from edge.types import ScreenLeft
from firmware_bridge.wire import Side
from tests.unit.annotate.test_label import FACET

HIDDEN = {"spinous_process": (Slot(None, "hidden"),), "lamina": (Slot(None, "cut"),) * 2, "facet": (Slot(None, "hidden"),) * 2}
NONE = Label("none", False, ScreenLeft.UNKNOWN, Side.NONE, "s1", {}, True)


def folder_of(folder: Path, count: int = 3) -> Path:
    """Frames with a proposal each, as export and annotate write them."""
    folder.mkdir(exist_ok=True)
    lines = []
    for number in range(count):
        Image.fromarray(np.full((400, 600), 20 + number, np.uint8)).save(folder / f"{number}.png")
        seen = {"spinous_process": [[300.0, 100.0]], "facet": [[395.0, 168.0]]}
        line = {"frame": f"{number}.png", "clip": "clip", "captured_ns": number, "subject": "s1", "view": "transverse_facet", "landmarks": seen}
        line |= {"screen_left": "patient_left", "mm_per_px": [0.2, 0.2], "origin_px": [300.0, 0.0], "geometry": {"kind": "rectangle"}, "target": None}
        lines.append(json.dumps(line))
    (folder / "proposed.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def saved(desk: Desk, number: int, label: Label) -> str:
    state: str = desk.save(number, label, tab="t", revision=desk.sheet(number).revision)["state"]
    return state


def test_what_is_done_is_truth_and_the_rest_is_kept_beside_it(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    assert desk.counts() == {"untouched": 3, "open": 0, "unsure": 0, "done": 0}
    assert saved(desk, 1, FACET) == "done"
    assert saved(desk, 0, replace(FACET, finished=False)) == "open"
    assert saved(desk, 2, replace(FACET, view_unsure=True)) == "unsure"
    lines = truth.read(tmp_path)
    assert [(line.frame, line.clip, line.subject, line.target) for line in lines] == [("1.png", "1", "s1", (395.0, 168.0))]
    desk.close()
    again = Desk(tmp_path)
    assert [each["state"] for each in again.states()] == ["open", "done", "unsure"]
    assert again.sheet(2).label == replace(FACET, view_unsure=True)
    again.close()


def test_what_is_undone_leaves_the_truth(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    saved(desk, 0, FACET)
    saved(desk, 1, NONE)
    assert [line.frame for line in truth.read(tmp_path)] == ["0.png", "1.png"]
    assert saved(desk, 0, replace(FACET, finished=False)) == "open"
    assert [line.frame for line in truth.read(tmp_path)] == ["1.png"]
    desk.close()


def test_proposals_are_no_labels_and_a_blind_reader_gets_none(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    fields = desk.fields(0)
    assert fields["label"]["view"] is None
    assert fields["proposal"]["view"] == "transverse_facet"
    # left of the midline nothing was seen
    assert fields["proposal"]["slots"]["facet"] == [{"at": None, "mark": "open"}, {"at": (395.0, 168.0), "mark": ""}]
    desk.close()
    blind = Desk(tmp_path, blind=True)
    assert blind.fields(0)["proposal"] is None
    blind.close()


def test_readers_keep_files_of_their_own_that_score_reads(tmp_path: Path) -> None:
    one, other = Desk(folder_of(tmp_path), "anna"), Desk(tmp_path, "ben")
    saved(one, 0, FACET)
    assert other.fields(0)["label"]["view"] is None
    assert [line.frame for line in truth.read(tmp_path / "anna")] == ["../0.png"]
    assert (tmp_path / "anna" / "../0.png").is_file()
    one.close()
    other.close()


def test_a_truth_is_corrected_where_it_is_and_keeps_what_else_its_lines_say(tmp_path: Path) -> None:
    folder_of(tmp_path)
    line = json.loads((tmp_path / "proposed.jsonl").read_text().splitlines()[0])
    line |= {"procedure": "facet", "side": "right", "kind": "view", "target": [395.0, 168.0], "tissue_target_probe_mm": [1, 2]}
    (tmp_path / "truth.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "proposed.jsonl").unlink()
    desk = Desk(tmp_path)
    assert desk.counts()["done"] == 1
    label = desk.sheet(0).label
    moved = replace(label, slots=label.slots | {"facet": (Slot(None, "hidden"), Slot((400.0, 170.0), ""))})
    assert saved(desk, 0, moved) == "done"
    found = json.loads((tmp_path / "truth.jsonl").read_text())
    assert (found["clip"], found["kind"], found["target"]) == ("clip", "view", [400.0, 170.0])
    assert "tissue_target_probe_mm" not in found
    desk.close()


def test_a_second_process_is_told(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    with pytest.raises(DeskError, match="another tuffier annotate works on it"):
        Desk(tmp_path)
    desk.close()
    Desk(tmp_path).close()


def test_the_page_has_the_same_address_after_a_restart(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    token = desk.token
    desk.close()
    again = Desk(tmp_path)
    assert again.token == token
    assert os.stat(tmp_path / ".annotate.lock").st_mode & 0o077 == 0
    again.close()


def test_one_tab_writes_and_another_may_take_over(tmp_path: Path) -> None:
    clock = [0.0]
    desk = Desk(folder_of(tmp_path), now_s=lambda: clock[0])
    assert desk.hold("one", take=False)
    assert not desk.hold("two", take=False)
    with pytest.raises(HeldError):
        desk.save(0, FACET, tab="two", revision=desk.sheet(0).revision)
    assert desk.hold("two", take=True)
    assert not desk.hold("one", take=False)
    clock[0] = 60.0  # a tab that went to sleep
    assert desk.hold("one", take=False)
    desk.release("one")
    assert desk.hold("two", take=False)
    desk.close()


def test_what_rests_on_an_older_state_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    before = desk.sheet(0).revision
    saved(desk, 0, FACET)
    with pytest.raises(StaleError):
        desk.save(0, NONE, tab="t", revision=before)
    assert desk.sheet(0).label == FACET
    desk.close()


def test_a_disk_that_takes_nothing_changes_nothing(tmp_path: Path) -> None:
    desk = Desk(folder_of(tmp_path))
    saved(desk, 0, FACET)
    (tmp_path / "truth.jsonl").unlink()
    (tmp_path / "truth.jsonl").mkdir()  # no file can be put in its place
    with pytest.raises(OSError, match="folder"):
        saved(desk, 1, FACET)
    assert desk.sheet(1).state == "untouched"
    desk.close()


KILLED = """
import os, sys
from pathlib import Path
from edge.annotate.desk import Desk
from tests.unit.annotate.test_desk import FACET, saved
desk = Desk(Path(sys.argv[1]))
for turn in range(10_000):
    for number in range(3):
        print(number, saved(desk, number, FACET if turn % 2 == 0 else FACET.__class__("none", subject=str(turn), finished=True)), turn, flush=True)
"""


def test_what_was_answered_as_saved_stands_after_a_kill(tmp_path: Path) -> None:
    job = subprocess.Popen([sys.executable, "-c", KILLED, str(folder_of(tmp_path))], stdout=subprocess.PIPE, text=True)
    assert job.stdout is not None
    told = [job.stdout.readline().split() for _ in range(7)]
    job.send_signal(signal.SIGKILL)
    told += [line.split() for line in job.stdout if line.endswith("\n")]
    job.wait(30)
    desk = Desk(tmp_path)
    least = {int(number): int(turn) for number, _, turn in told}
    views = {number: desk.sheet(number).label for number in range(3)}
    for number, turn in least.items():
        # the newest that was told, or the one after it that was on its way
        subjects = {"s1" if each % 2 == 0 else str(each) for each in (turn, turn + 1)}
        assert views[number].subject in subjects
    assert len(truth.read(tmp_path)) == 3
    desk.close()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("proposed.jsonl", "{", "line 1: lacks or misstates"),
        ("proposed.jsonl", "", "no frames in it: name a SOURCE"),
        ("draft.jsonl", '{"frame": "0.png", "view": "transverse_facet", "marks": {"facet": ["gone", "open"]}}', "marks"),
        ("truth.jsonl", '{"frame": "0.png", "view": "sideways"}', "view 'sideways'"),
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(tmp_path: Path, name: str, text: str, why: str) -> None:
    (folder_of(tmp_path) / name).write_text(text)
    with pytest.raises(DeskError, match=why):
        Desk(tmp_path)
    assert (tmp_path / name).read_text() == text
    (tmp_path / name).unlink()
    if name != "proposed.jsonl":
        Desk(tmp_path).close()  # it was not left locked
