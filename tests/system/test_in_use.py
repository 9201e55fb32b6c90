"""What is in use is not restarted: one table for `tuffier update` and for install.sh, and words that the main job really says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.board.notify import Standing, status_text
from edge.board.terminal import link_line
from edge.update import in_use, trial
from firmware_bridge import wire
from firmware_bridge.link import LinkState
from tests.system.boards import DISARMED, ROOT, WELL, Board, make_board

SAYS = "; it says: words, shows digits, bracket disarmed"
CASES = [
    ("nobody is guided", "active", WELL, ""),
    ("numbers for whoever looks", "active", f"pointing; 30 frames/s; {DISARMED}", "numbers are shown"),
    ("numbers without a device", "active", "pointing; 30 frames/s; device none", "numbers are shown"),
    ("digits still stand", "active", WELL.replace("shows words", "shows digits"), "numbers are shown"),
    ("armed", "active", WELL.replace("disarmed", "armed"), "the bracket is armed"),
    ("a needle in the guide", "active", WELL.replace("disarmed", "locked"), "the bracket is locked"),
    ("it moves", "active", WELL.replace("disarmed", "parking"), "the bracket is parking"),
    ("locked, and the scanner is off", "activating", f"waiting for the source: x; {DISARMED.replace('disarmed', 'locked')}", "the bracket is locked"),
    ("waits for its scanner", "activating", f"waiting for the source: x; {DISARMED}", ""),
    ("a version that does not tell", "active", "wrong_view; 30 frames/s; device connected, firmware 0.1.0", "does not say how its bracket"),
    ("the device's own words do not count", "active", WELL + SAYS, ""),
    ("nor do they free it", "active", WELL.replace(", bracket disarmed", "") + SAYS, "does not say how its bracket"),
    ("no device", "active", "wrong_view; 30 frames/s; device none", ""),
    ("its device is gone", "active", "wrong_view; 30 frames/s; device waiting for the device to answer", ""),
    ("starts", "activating", "", ""),
    ("stopped", "inactive", "", ""),
    ("failed", "failed", f"pointing; 30 frames/s; {DISARMED}", ""),
]


def state(active: str, text: str) -> str:
    return f"ActiveState={active}\nStatusText={text}\nNRestarts=0\n"


@pytest.mark.parametrize(("name", "active", "text", "why"), CASES, ids=[case[0] for case in CASES])
def test_what_counts_as_in_use(name: str, active: str, text: str, why: str) -> None:  # noqa: ARG001
    found = in_use.in_use(state(active, text))
    assert why in found
    assert bool(found) == bool(why)


def test_a_manager_that_says_nothing_frees_nothing() -> None:
    assert "says nothing" in in_use.in_use("")


def test_the_installer_counts_alike() -> None:
    rules = re.search(r"^in_use\(\) \{\n.*?^\}\n", (ROOT / "systemd/install.sh").read_text(), re.MULTILINE | re.DOTALL)
    assert rules is not None
    states = [state(active, text) for _, active, text, _ in CASES] + [""]
    script = rules[0] + 'for state; do in_use "$state" | tr -d "\\n"; echo; done\n'
    said = subprocess.run(["sh", "-c", script, "sh", *states], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [in_use.in_use(each) for each in states]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Board:
    board = make_board(tmp_path_factory.mktemp("board"))
    assert board.run().returncode == 0
    return board


@pytest.mark.parametrize("action", ["install", "rollback", "uninstall"])
def test_the_installer_asks_before_whatever_restarts_and_obeys_the_option(installed: Board, tmp_path: Path, action: str) -> None:
    board = installed.copied(tmp_path / "tree")
    armed = {"TEXT": WELL.replace("disarmed", "armed")}
    board.new_version(f"before {action}")
    assert board.run().returncode == 0
    board.new_version(f"after {action}")
    stood = board.stands()
    calls = board.programs / "calls"
    calls.write_text("")
    result = board.run(action, **armed)
    assert (result.returncode, board.stands()) == (1, stood)
    assert "the bracket is armed: nothing was switched" in result.stderr
    assert "restart" not in calls.read_text()
    assert "disable" not in calls.read_text()
    assert board.run(action, "--even-in-use", **armed).returncode == 0
    assert board.stands() != stood


def test_what_goes_back_by_itself_waits_until_nobody_is_guided(installed: Board, tmp_path: Path) -> None:
    """A version that has lost the device, and shows numbers on the page: after some looks they are gone."""
    board = installed.copied(tmp_path / "tree")
    first = board.current
    board.new_version("lost")
    looks = tmp_path / "looks"
    manager = (board.programs / "systemctl").read_text()
    gone = '[ "$(grep -c ^show "$CALLS")" -lt "$UNTIL" ] || BAD_TEXT=wrong_view\n'
    script = manager.replace("case $1 in\n  show)", f"{gone}case $1 in\n  show)", 1)
    other = tmp_path / "programs"
    other.mkdir()
    for path in board.programs.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
        (other / path.name).chmod(0o755)
    (other / "systemctl").write_text(script)
    looks.write_text("")
    version = replace(board, programs=other).run("--dry-run").stdout.split("version ")[1].split()[0]
    words = {"BAD": f"versions/{version}+", "BAD_TEXT": "pointing; 30 frames/s; device none", "UNTIL": "12", "CALLS": str(looks)}
    result = replace(board, programs=other).run(**words)
    assert result.stdout.count("the restart waits: numbers are shown") == 1
    assert (result.returncode, board.current) == (1, first)
    assert looks.read_text().count("show") > 12


# --- looks over time ---


def looked(*states: str) -> Iterator[str]:
    return chain(states, repeat(states[-1]))


def test_numbers_that_come_and_go_are_in_use() -> None:
    numbers = state("active", f"pointing; 30 frames/s; {DISARMED}")
    looks = looked(state("active", WELL), numbers)
    assert in_use.found(lambda: next(looks), quiet_s=0.01) == "numbers are shown"
    assert in_use.found(lambda: state("active", WELL), quiet_s=0.01) == ""


def test_a_restart_that_must_come_waits(capsys: pytest.CaptureFixture[str]) -> None:
    numbers, armed = state("active", f"pointing; 30 frames/s; {DISARMED}"), state("active", WELL.replace("disarmed", "armed"))
    looks = looked(numbers, numbers, armed, state("active", WELL))
    in_use.wait(lambda: next(looks), quiet_s=0.01)
    assert capsys.readouterr().out.splitlines() == ["update: the restart waits: numbers are shown", "update: the restart waits: the bracket is armed"]


# --- the main job's own words ---

LINK = LinkState(port_open=True, connected=True, hello=wire.Hello(), digest=1)


@given(
    guard=st.sampled_from(wire.Guard),
    shown=st.sampled_from(wire.Shown),
    said=st.sampled_from(["pointing", "wrong_view"]),
    trouble=st.text(max_size=500).filter(lambda text: "device connected" not in text),
    device_said=st.text(max_size=40),
)
def test_the_main_job_s_own_words_are_understood(guard: wire.Guard, shown: wire.Shown, said: str, trouble: str, device_said: str) -> None:
    """Whatever else is told: free is only what is disarmed and shows no digits."""
    link = replace(LINK, status=wire.Status(guard=guard, shown=shown), said=device_said)
    text = status_text(Standing(9, said, 30.0, 41.0, 0, trouble, link_line(link)))
    free = guard is wire.Guard.DISARMED and shown is not wire.Shown.DIGITS and said != "pointing"
    assert (in_use.in_use(state("active", text)) == "") == free


@given(st.sampled_from(wire.Guard), st.sampled_from(wire.Shown), st.sets(st.sampled_from(["source", "device"])))
def test_a_slot_whose_bracket_is_armed_has_not_lost_anything(guard: wire.Guard, shown: wire.Shown, needed: set[str]) -> None:
    """So that a trial never ends under a needle because of a look in between."""
    text = status_text(Standing(9, "pointing", 30.0, 41.0, 0, "", link_line(replace(LINK, status=wire.Status(guard=guard, shown=shown)))))
    assert trial.trouble(state("active", text), frozenset(needed)) == ""
