"""The installer: versions, settings, what is taken back, UARTs, two at once."""

from __future__ import annotations

import fcntl
import os
import re
import tomllib
from pathlib import Path

import pytest

from tests.system.boards import DISARMED, ROOT, Board, a_pi, make_board


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return make_board(tmp_path)


def test_installs_and_a_second_time_changes_nothing(board: Board) -> None:
    first = board.run()
    assert first.returncode == 0, first.stderr
    assert board.current.startswith("versions/0.")
    for path in ("systemd/system/tuffier.service", "udev/rules.d/70-tuffier.rules", "tuffier/tuffier.toml", "sysusers.d/tuffier.conf"):
        assert board.path(f"etc/{path}").is_file(), path
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
    for words in ("would: builds", "would: writes", "tuffier.toml", "would: links", "tuffier.service", "would: points", "BLUETOOTH WILL BE OFF"):
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
    result = board.run(BAD=f"versions/{named(board)}")
    assert result.returncode == 1
    assert f"back to {first.removeprefix('versions/')}" in result.stdout
    assert board.current == first
    assert (board.programs / "calls").read_text().count("restart --no-block tuffier.service") == 3, "first, bad, first again"


def test_a_version_that_cannot_play_its_own_recording_is_never_pointed_to(board: Board) -> None:
    board.run()
    first = board.current
    board.new_version("broken")
    result = board.run(PLAYS="3")
    assert (result.returncode, board.current) == (1, first)
    assert "nothing was switched" in result.stderr


def test_what_the_new_version_writes_of_its_trial_is_gone(board: Board, tmp_path: Path) -> None:
    """A black box named by the builder's process stood in root's home of every image: no two were the same."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    assert board.run(HOME=str(home), XDG_STATE_HOME="", TMPDIR=str(temporary)).returncode == 0
    assert [*home.rglob("*"), *temporary.rglob("*")] == []


def named(board: Board) -> str:
    """The version that the checkout would install."""
    return board.run("--dry-run").stdout.split("version ")[1].split()[0]


LOST = [
    ("camera driver", "active", f"withheld: source_lost; 0 frames/s, 0 ms from capture to link; {DISARMED}", "lost the source"),
    ("camera", "activating", f"waiting for the source: no /dev/video0; {DISARMED}", "waits for a source that was there before"),
    ("device", "active", "wrong_view; 30 frames/s, 41 ms; device waiting for the device to answer", "lost the device"),
    ("both", "active", "starting; 0 frames/s, 0 ms; device none", "lost the source device"),
    ("never up", "activating", "", "does not start"),
]


@pytest.mark.parametrize(("name", "state", "text", "why"), LOST, ids=[case[0] for case in LOST])
def test_an_update_that_loses_what_the_board_had_is_taken_back_and_said(board: Board, name: str, state: str, text: str, why: str) -> None:
    board.run()
    first, stood = board.current, board.stands()
    board.new_version(name)
    result = board.run(BAD=f"versions/{named(board)}+", BAD_STATE=state, BAD_TEXT=text)
    assert (result.returncode, board.current, board.stands()) == (1, first, stood)
    assert why in result.stderr
    assert why in (board.tree / "opt/tuffier/last-update").read_text()


STARTING = "waiting for the source: no frame yet; device waiting for the device to answer"
# what the service says before the update, once it has looked `ready` times; whether a version that loses the device is taken back
BEGUN = [
    ("it just starts, then works", "activating", STARTING, "2", True),
    ("it starts again and again, with what it last had", "activating", STARTING, "99", True),
    ("its device was not there either", "active", "wrong_view; 30 frames/s, 41 ms; device waiting for the device to answer", "99", False),
]


@pytest.mark.parametrize(("name", "state", "text", "ready", "back"), BEGUN, ids=[case[0] for case in BEGUN])
def test_an_update_begun_while_the_service_starts_demands_what_it_has(board: Board, name: str, state: str, text: str, ready: str, back: bool) -> None:
    board.run("--even-in-use")
    first = board.current
    (board.tree / "opt/tuffier/had").write_text("source device \n")
    board.new_version(name)
    version = named(board)
    manager = board.programs / "systemctl"
    begun = (
        'n=$(cat "$OPT/looks" 2>/dev/null || echo 0)\n[ "$1" != show ] || echo $((n + 1)) >"$OPT/looks"\n'
        '[ "$n" -lt "$READY" ] || STATE=active TEXT=$WELL\n'
    )
    manager.write_text(manager.read_text().replace("case $1 in\n  show)", f"{begun}case $1 in\n  show)", 1))
    (board.tree / "opt/tuffier/looks").unlink(missing_ok=True)
    words = {"BAD": f"versions/{version}+", "BAD_TEXT": "wrong_view; 30 frames/s, 41 ms; device none"}
    result = board.run("--even-in-use", STATE=state, TEXT=text, READY=ready, TUFFIER_READY_S="6", **words)
    assert (board.current == first) == back, result.stdout + result.stderr
    assert ("lost the device" in result.stderr) == back


def test_an_update_need_not_find_what_was_not_there_before(board: Board) -> None:
    text = "waiting for the source: no /dev/video0; device waiting for the device to answer"
    nothing = {"STATE": "activating", "TEXT": text, "TUFFIER_READY_S": "6"}
    board.run(**nothing)
    board.new_version("second")
    assert board.run(**nothing).returncode == 0


def test_units_and_rules_go_back_with_their_version(board: Board) -> None:
    board.run()
    first = board.stands()
    board.new_version("second")
    board.run()
    second = board.stands()
    assert all(first[name] != second[name] for name in (*first, "70-tuffier.rules"))
    board.run("rollback")
    assert board.stands() == first


def test_a_board_of_the_installer_before_gets_links_to_its_own_version_first(board: Board) -> None:
    """That one copied its units into /etc, whatever version they were of."""
    board.run()
    first = board.stands()
    for name in ("tuffier.service", "tuffier-record.service"):
        (board.tree / "etc/systemd/system" / name).unlink()
        (board.tree / "etc/systemd/system" / name).write_text(first[name])
    board.new_version("second")
    board.run(PLAYS="3")
    assert board.stands() == first
    board.run()
    board.run("rollback")
    assert board.stands() == first


def test_a_trial_that_a_power_cut_ended_is_judged_at_the_next_start(board: Board) -> None:
    board.run()
    first = board.current
    board.new_version("second")
    board.run()
    second = board.current
    trial = board.tree / "opt/tuffier" / second / ".trial"
    assert not trial.exists()
    trial.write_text("source device ")
    assert board.run("settle").returncode == 0
    assert (board.current, trial.exists()) == (second, False)
    trial.write_text("source device ")
    result = board.run("settle", BAD=second + "+", BAD_TEXT="wrong_view; 30 frames/s, 41 ms; device none")
    assert (result.returncode, board.current) == (1, first)
    assert "lost the device" in (board.tree / "opt/tuffier/last-update").read_text()


def test_packages_come_by_their_hashes_and_from_a_folder_where_asked(board: Board, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    assert board.run("--wheels", str(tmp_path / "wheels")).returncode == 0
    others, ours = (board.tree / "opt/tuffier" / board.current / "venv/pip").read_text().splitlines()
    assert "--no-deps --require-hashes --only-binary :all: --no-index --find-links" in others
    assert others.endswith("/systemd/requirements.txt")
    assert "--no-deps --no-index --no-build-isolation" in ours


@pytest.mark.parametrize("camera", ["", "-camera"])
def test_the_list_of_hashes_is_whole_and_names_no_address(camera: str) -> None:
    """Every dependency at the version that constraints state, each with a hash; the camera's without numpy, which apt gives."""
    systemd = ROOT / "systemd"
    text = (systemd / f"requirements{camera}.txt").read_text()
    entries = re.findall(r"^([\w.-]+)==(\S+).*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.MULTILINE)
    assert "://" not in text
    assert len(text.splitlines()) == 1 + sum(1 + hashes.count("\n") for *_, hashes in entries), "a line that is neither"
    stated = re.findall(r"^([\w.-]+)==([^\s;]+)", (systemd / f"constraints{camera}.txt").read_text(), re.MULTILINE)
    constrained = {(name.lower().replace("_", "-").replace(".", "-"), version) for name, version in stated}
    assert {(name, version) for name, version, _ in entries} <= constrained
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[^\w-]", line)[0].lower() for line in needed} - ({"numpy"} if camera else set())
    assert names <= {name for name, *_ in entries}


def test_two_installers_at_once_are_kept_apart(board: Board) -> None:
    board.run()
    first = board.files()
    board.new_version("second")
    with (board.tree / "opt/tuffier/.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for action in ("install", "rollback", "uninstall", "settle"):
            result = board.run(action)
            assert (result.returncode, board.files()) == (1, first)
            assert "another installer is at work" in result.stderr
    assert board.run().returncode == 0


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
