"""The installer in a tree of the test's own: a stand-in Python makes environments, a stand-in service manager says whether a version is ready."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = """#!/bin/sh
# -m venv DIR | -m pip ... | -m compileall ... | -c CODE
case "$*" in
  *"-m venv"*) for last; do :; done; mkdir -p "$last/bin" "$last/lib"; cp "$0" "$last/bin/python"
    printf '#!/bin/sh\\nexit %s\\n' "${PLAYS:-0}" >"$last/bin/tuffier"
    chmod +x "$last/bin/tuffier"; echo "$*" >"$last/made" ;;
  *"-m pip"*) echo "$*" >>"$(dirname "$0")/../pip"; exit "${PIP:-0}" ;;
esac
"""
MANAGER = """#!/bin/sh
# a service that is ready unless the version that `current` points to is named in $BAD
echo "$*" >>"$CALLS"
case $1 in
  show)
    case " $BAD " in
      *" $(readlink "$OPT/current") "*) echo "ActiveState=activating"; echo "StatusText="; echo "NRestarts=3" ;;
      *) echo "ActiveState=${STATE:-active}"; echo "StatusText=${TEXT:-pointing}"; echo "NRestarts=0" ;;
    esac ;;
esac
"""


@dataclass
class Board:
    """A tree to install into, and a checkout to install from."""

    tree: Path
    checkout: Path
    programs: Path

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {
            **os.environ,
            "TUFFIER_PYTHON": str(self.programs / "python3"),
            "TUFFIER_SYSTEMCTL": str(self.programs / "systemctl"),
            "TUFFIER_READY_S": "2",
            "CALLS": str(self.programs / "calls"),
            "OPT": str(self.tree / "opt/tuffier"),
            "BAD": "",
            **environment,
        }
        command = ["sh", str(self.checkout / "systemd/install.sh"), "--root", str(self.tree), *words]
        return subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=60)

    @property
    def current(self) -> str:
        return os.readlink(self.tree / "opt/tuffier/current")

    def files(self) -> dict[str, str]:
        """What stands where, links included; times are left out."""
        found = {}
        for path in sorted(self.tree.rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.tree))] = f"-> {os.readlink(path)}"
            elif path.is_file():
                found[str(path.relative_to(self.tree))] = path.read_text(errors="replace")
        return found

    def new_version(self, mark: str) -> None:
        (self.checkout / "edge/types.py").write_text(f"# {mark}\n")


@pytest.fixture
def board(tmp_path: Path) -> Board:
    made = Board(tmp_path / "tree", tmp_path / "checkout", tmp_path / "programs")
    for folder in (made.tree, made.programs, made.checkout / "edge", made.checkout / "firmware_bridge", made.checkout / "models"):
        folder.mkdir(parents=True)
    shutil.copytree(ROOT / "systemd", made.checkout / "systemd")
    shutil.copy(ROOT / "pyproject.toml", made.checkout)
    made.new_version("first")
    for name, text in (("python3", PYTHON), ("systemctl", MANAGER)):
        (made.programs / name).write_text(text)
        (made.programs / name).chmod(0o755)
    return made


def a_pi(board: Board, model: str) -> Path:
    tree = board.tree / "proc/device-tree"
    tree.mkdir(parents=True)
    (tree / "model").write_bytes(model.encode() + b"\0")
    boot = board.tree / "boot/firmware"
    boot.mkdir(parents=True)
    (boot / "config.txt").write_text("arm_64bit=1\n[cm4]\notg_mode=1\n")
    (boot / "cmdline.txt").write_text("console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait\n")
    return boot


def test_installs_and_a_second_time_changes_nothing(board: Board) -> None:
    first = board.run()
    assert first.returncode == 0, first.stderr
    assert board.current.startswith("versions/0.")
    for path in ("systemd/system/tuffier.service", "udev/rules.d/70-tuffier.rules", "tuffier/tuffier.toml", "sysusers.d/tuffier.conf"):
        assert (board.tree / "etc" / path).is_file(), path
    before = board.files()
    calls = (board.programs / "calls").read_text()
    again = board.run()
    assert (again.returncode, board.files()) == (0, before)
    assert "nothing to do" in again.stdout
    assert "restart" not in (board.programs / "calls").read_text()[len(calls) :]


def test_dry_run_says_all_and_does_nothing(board: Board) -> None:
    a_pi(board, "Raspberry Pi 4 Model B Rev 1.5")
    before = board.files()
    said = board.run("--dry-run", "--uart")
    assert (said.returncode, board.files()) == (0, before), said.stderr
    for words in ("would: builds", "would: writes", "tuffier.service", "would: points", "BLUETOOTH WILL BE OFF", "config.txt"):
        assert words in said.stdout
    assert not (board.programs / "calls").exists()


def test_a_configuration_that_is_there_stays(board: Board) -> None:
    (board.tree / "etc/tuffier").mkdir(parents=True)
    (board.tree / "etc/tuffier/tuffier.toml").write_text("# mine\n")
    assert board.run().returncode == 0
    assert (board.tree / "etc/tuffier/tuffier.toml").read_text() == "# mine\n"


def test_versions_stand_side_by_side_and_roll_back(board: Board) -> None:
    board.run()
    first = board.current
    board.new_version("second")
    assert board.run().returncode == 0
    second = board.current
    assert second != first
    assert (board.tree / "opt/tuffier" / first / ".complete").exists()
    assert board.run("rollback").returncode == 0
    assert board.current == first
    assert board.run("rollback").returncode == 0
    assert board.current == second


def test_a_version_that_does_not_become_ready_is_taken_back(board: Board) -> None:
    board.run()
    first = board.current
    board.new_version("bad")
    planned = board.run("--dry-run").stdout
    bad = "versions/" + planned.split("version ")[1].split()[0]
    result = board.run(BAD=bad)
    assert result.returncode == 1
    assert f"back to {first.removeprefix('versions/')}" in result.stdout
    assert board.current == first
    assert (board.programs / "calls").read_text().count("restart") == 3, "first, bad, first again"


def test_a_version_that_cannot_play_its_own_recording_is_never_pointed_to(board: Board) -> None:
    board.run()
    first = board.current
    board.new_version("broken")
    result = board.run(PLAYS="3")
    assert (result.returncode, board.current) == (1, first)
    assert "nothing was switched" in result.stderr


def test_a_board_that_waits_for_its_scanner_is_up(board: Board) -> None:
    result = board.run(STATE="activating", TEXT="waiting for the source: /dev/tuffier-video: not there", TUFFIER_READY_S="6")
    assert result.returncode == 0, result.stderr
    assert "waiting for its source" in result.stdout


def test_a_build_cut_short_leaves_nothing_pointed_to_and_is_built_again(board: Board) -> None:
    failed = board.run(PIP="1")
    assert failed.returncode == 1
    assert not (board.tree / "opt/tuffier/current").exists()
    assert "run it again" in failed.stderr
    assert board.run().returncode == 0


def test_older_versions_go_but_not_the_current_and_the_previous(board: Board) -> None:
    seen = []
    for mark in ("a", "b", "c", "d", "e"):
        board.new_version(mark)
        assert board.run("--keep", "1").returncode == 0
        seen.append(board.current.removeprefix("versions/"))
        os.utime(board.tree / "opt/tuffier" / board.current, (len(seen), len(seen)))
    left = {path.name for path in (board.tree / "opt/tuffier/versions").iterdir()}
    assert left == set(seen[2:])


@pytest.mark.parametrize("purge", [False, True])
def test_uninstall_leaves_the_tree_as_it_was(board: Board, purge: bool) -> None:
    a_pi(board, "Raspberry Pi 4 Model B Rev 1.5")
    before = board.files()
    assert board.run("--uart").returncode == 0
    assert board.files() != before
    assert board.run("uninstall", *(["--purge"] if purge else [])).returncode == 0
    left = board.files()
    if not purge:
        assert left.pop("etc/tuffier/tuffier.toml")
    assert left == before


UARTS = [
    ("Raspberry Pi 3 Model B Plus Rev 1.3", ["enable_uart=1", "dtoverlay=disable-bt"], True),
    ("Raspberry Pi 4 Model B Rev 1.5", ["enable_uart=1", "dtoverlay=disable-bt"], True),
    ("Raspberry Pi Zero 2 W Rev 1.0", ["enable_uart=1", "dtoverlay=disable-bt"], True),
    ("Raspberry Pi 400 Rev 1.0", ["enable_uart=1", "dtoverlay=disable-bt"], True),
    ("Raspberry Pi 5 Model B Rev 1.0", ["dtparam=uart0=on"], False),
    ("Raspberry Pi 500 Rev 1.0", ["dtparam=uart0=on"], False),
]


@pytest.mark.parametrize(("model", "lines", "no_bluetooth"), UARTS)
def test_uart_of_each_pi_is_set_once_and_told_before(board: Board, model: str, lines: list[str], no_bluetooth: bool) -> None:
    boot = a_pi(board, model)
    said = board.run("--uart").stdout
    board.run("--uart")
    config = (boot / "config.txt").read_text()
    assert config == "arm_64bit=1\n[cm4]\notg_mode=1\n# tuffier begin: the device on GPIO 14 and 15\n[all]\n" + "\n".join(lines) + "\n# tuffier end\n"
    assert (boot / "cmdline.txt").read_text() == "console=tty1 root=PARTUUID=1-02 rootwait\n"
    told = said.find("BLUETOOTH WILL BE OFF")
    assert (told >= 0) is no_bluetooth
    assert told < said.find("writes " + str(boot / "config.txt"))
    assert 'KERNEL=="ttyAMA0"' in (board.tree / "etc/udev/rules.d/71-tuffier-uart.rules").read_text()


def test_uart_on_another_board_is_refused_and_nothing_is_written(board: Board) -> None:
    a_pi(board, "Some Other Board")
    before = board.files()
    result = board.run("--uart")
    assert (result.returncode, board.files()) == (2, before)
    assert "no Raspberry Pi" in result.stderr


@pytest.mark.parametrize("words", [["--colour"], ["upgrade"], ["--wheels"]])
def test_unknown_words_change_nothing(board: Board, words: list[str]) -> None:
    assert board.run(*words).returncode != 0
    assert board.files() == {}
