"""What stands in for a Pi's firmware (booted_pi.py), as far as it needs no image."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.update import slots
from edge.update.slots import Slots
from tests.system.booted_pi import TRIAL_ASKED, Board, boot_partition, started_files

STATES = [Slots("A"), Slots("B"), Slots("A", "B"), Slots("B", "A")]


@pytest.mark.parametrize("state", STATES)
def test_what_the_slots_write_is_what_the_firmware_takes(state: Slots) -> None:
    text = slots.pi_text(state).decode()
    assert boot_partition(text, trial=False) == slots.PARTITIONS[state.kept], "a trial starts only when it is asked for"
    assert boot_partition(text, trial=True) == slots.PARTITIONS[slots.primary(state)]


def test_the_files_are_those_that_debian_s_own_words_name() -> None:
    config = "# kernel=none\narm_64bit=1\nkernel=vmlinuz-6.12-arm64\n# For details on the initramfs directive\ninitramfs initrd.img-6.12-arm64\n"
    assert started_files(config) == ("vmlinuz-6.12-arm64", "initrd.img-6.12-arm64")


CONSOLES = [
    ("no start before", 0, b"", False),
    ("restart that asks", 1, b"[  99.5] reboot: " + TRIAL_ASKED + b"\r\n", True),
    ("plain restart", 1, b"[  99.5] reboot: Restarting system\r\n", False),
    ("power cut", 1, b"[  99.5] systemd[1]: Started tuffier.service\r\n", False),
]


@pytest.mark.parametrize(("starts", "console", "asked"), [case[1:] for case in CONSOLES], ids=[case[0] for case in CONSOLES])
def test_a_trial_is_asked_for_by_the_last_restart_alone(tmp_path: Path, starts: int, console: bytes, asked: bool) -> None:
    board = Board.__new__(Board)
    board.folder, board.starts = tmp_path, starts
    if starts:
        (tmp_path / f"console{starts}.log").write_bytes(console)
    assert board._trial_asked() is asked
