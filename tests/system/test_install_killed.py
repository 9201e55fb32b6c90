"""The installer killed at each of its steps: the board is the old or the new version, whole, its settings stay, and the next run ends what was begun.

A step is a command that changes something: a stand-in of each counts, and kills the installer and all that it started instead of doing its work.
A removal is killed half-way. What the shell itself writes lies between two steps.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests.system.boards import WELL, Board, make_board

STEPS = ("mv", "ln", "cp", "rm", "mkdir", "touch", "chmod", "sync", "mktemp", "python3", "systemctl")
STEP = """#!/bin/sh
name=$(basename "$0")
echo "$name $*" >>"$STEPS"
if [ "$(wc -l <"$STEPS")" = "$KILL_AT" ]; then
  if [ "$name" = rm ]; then for last; do :; done; /bin/rm -f $(find "$last" -type f 2>/dev/null | LC_ALL=C sort | sed -n 'n;p'); fi
  kill -KILL 0
fi
exec "$TRUE_PROGRAMS/$name" "$@"
"""
SETTINGS = {"etc/tuffier/tuffier.toml": "# mine\n", "var/lib/tuffier/profiles/ours.toml": "# ours\n"}


class Killed:
    """A board with two versions behind it, and an installer that dies at a step."""

    def __init__(self, folder: Path) -> None:
        self.board = make_board(folder)
        for name, text in SETTINGS.items():
            (self.board.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.board.tree / name).write_text(text)
        for mark in ("oldest", "older", "old"):
            self.board.new_version(mark)
            assert self.board.run("--keep", "0").returncode == 0
        self.old = self.board.stands()
        self.steps = folder / "steps"
        self.stand_ins = folder / "stand-ins"
        true = folder / "true"
        self.stand_ins.mkdir()
        true.mkdir()
        for name in STEPS:
            (self.stand_ins / name).write_text(STEP)
            (self.stand_ins / name).chmod(0o755)
            ours = self.board.programs / name
            (true / name).symlink_to(ours if ours.exists() else Path("/bin") / name)
        (self.stand_ins / "sleep").symlink_to(self.board.programs / "sleep")
        self._true = true

    def run(self, board: Board, *words: str, kill_at: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """What the installer did until it was killed at its kill_at-th step; 0: it lives."""
        self.steps.write_text("")
        settings = {"STEPS": str(self.steps), "KILL_AT": str(kill_at), "TRUE_PROGRAMS": str(self._true), "CALLS": str(board.tree.parent / "calls")}
        settings |= {"TUFFIER_PYTHON": str(self.stand_ins / "python3"), "TUFFIER_SYSTEMCTL": str(self.stand_ins / "systemctl")}
        return replace(board, programs=self.stand_ins).run(*words, **settings, **environment)


FLOWS = {
    "update": (("install", "--keep", "0"), {}),
    "update that loses the device": (("install", "--keep", "0"), {"BAD_TEXT": "wrong_view; 30 frames/s, 41 ms; device none"}),
    "rollback": (("rollback",), {}),
}


def new_of(killed: Killed, folder: Path) -> tuple[dict[str, str], str]:
    """What stands after an update that nobody kills, and its version."""
    killed.board.new_version("new")
    board = killed.board.copied(folder / "unkilled")
    assert board.run("--keep", "0").returncode == 0
    return board.stands(), board.current


def whole(board: Board, allowed: list[dict[str, str]]) -> None:
    """One of the versions, all of it; settings as they were."""
    assert board.stands() in allowed
    assert (board.tree / "opt/tuffier" / board.current / ".complete").exists()
    assert {name: (board.tree / name).read_text() for name in SETTINGS} == SETTINGS


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow, id="each step"), pytest.param(17, id="some steps")])
def test_killed_at_a_step_the_board_is_the_old_or_the_new_version(tmp_path: Path, flow: str, every: int) -> None:
    killed = Killed(tmp_path)
    words, environment = FLOWS[flow]
    new, version = new_of(killed, tmp_path)
    if flow == "rollback":
        assert killed.board.run("--keep", "0").returncode == 0
    environment = {"BAD": version + "+", "BAD_TEXT": WELL, **environment}
    tried = 0
    for step in count(1, every):
        board = killed.board.copied(tmp_path / f"at {step}")
        ended = killed.run(board, *words, kill_at=step, **environment)
        if ended.returncode >= 0:
            assert len(killed.steps.read_text().splitlines()) < step
            break
        tried += 1
        whole(board, [killed.old, new])
        # the next start of the board judges a trial, the next run of the installer does the rest
        board.run("settle", **environment)
        whole(board, [killed.old, new])
        again = board.run(*words, **environment)
        whole(board, [killed.old, new])
        assert not list((board.tree / "opt/tuffier").glob("versions/*/.trial")), again.stderr
        if flow != "rollback":
            assert board.stands() == (new if flow == "update" else killed.old)
    assert tried >= 10 // every


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow, id="each step"), pytest.param(11, id="some steps")])
def test_a_first_install_killed_at_a_step_leaves_nothing_or_the_version(tmp_path: Path, every: int) -> None:
    killed = Killed(tmp_path)
    for folder in ("opt", "usr", "etc/systemd", "etc/udev", "etc/sysusers.d", "etc/tmpfiles.d"):
        shutil.rmtree(killed.board.tree / folder)
    new, _ = new_of(killed, tmp_path)
    for step in count(1, every):
        board = killed.board.copied(tmp_path / f"at {step}")
        if killed.run(board, "install", kill_at=step).returncode >= 0:
            break
        assert board.stands() in ({}, new)
        board.run("settle")
        assert board.run().returncode == 0
        whole(board, [new])
    assert step > 20
