"""The image's own files: what a text file on the boot partition may set, and what it may not."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.board import config

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"


@dataclass
class Card:
    """The boot partition, the configuration's folder, and the image's files."""

    boot: Path
    etc: Path
    overlay: Path

    def start(self, text: str) -> subprocess.CompletedProcess[str]:
        """One start of the board with this text file."""
        (self.boot / "tuffier-setup.txt").write_text(text)
        settings = {**os.environ, "TUFFIER_BOOT": str(self.boot), "TUFFIER_ETC": str(self.etc)}
        script = self.overlay / "usr/local/sbin/tuffier-setup"
        return subprocess.run(["sh", str(script)], env=settings, capture_output=True, text=True, check=False, timeout=300)

    def read(self) -> config.Config:
        return config.load(self.etc / "tuffier.toml")


@pytest.fixture
def card(tmp_path: Path) -> Card:
    made = Card(tmp_path / "boot", tmp_path / "etc", tmp_path / "overlay")
    made.boot.mkdir()
    made.etc.mkdir()
    subprocess.run(["sh", str(SYSTEMD / "image/overlay.sh"), str(made.overlay)], check=True)
    return made


def test_the_shipped_text_gives_a_configuration_that_is_read(card: Card) -> None:
    ended = card.start((SYSTEMD / "image/tuffier-setup.txt").read_text())
    assert (ended.returncode, ended.stderr) == (0, "")
    read = card.read()
    assert (read.source.source, read.device.device) == ("v4l2:/dev/tuffier-video", "/dev/tuffier-device")


def test_what_the_text_says_is_set_and_an_edit_on_the_board_stays(card: Card) -> None:
    text = "procedure=caudal\r\nside=left\r\nsource=v4l2:/dev/video2?size=1280x720&rate=30\r\n"
    assert card.start(text).returncode == 0
    assert (card.read().procedure.procedure, card.read().procedure.side) == ("caudal", "left")
    assert card.read().source.source == "v4l2:/dev/video2?size=1280x720&rate=30"
    edited = (card.etc / "tuffier.toml").read_text().replace("caudal", "facet")
    (card.etc / "tuffier.toml").write_text(edited)
    card.start(text)
    assert card.read().procedure.procedure == "facet"
    card.start(text + "\n# changed\n")
    assert card.read().procedure.procedure == "caudal"


def test_a_profile_beside_the_text_comes_along(card: Card) -> None:
    (card.boot / "profiles").mkdir()
    (card.boot / "profiles/ours.toml").write_text("x = 1\n")
    card.start("profile=ours.toml\n")
    assert card.read().source.profile == str(card.etc / "ours.toml")
    assert (card.etc / "ours.toml").read_text() == "x = 1\n"


HOSTILE = ['source=v4l2:/dev/x"\\ndevice="none:', "procedure=facet$(touch HERE)", "side=`touch HERE`", "profile=../../etc/shadow", 'device=/dev/x"']


@pytest.mark.parametrize("line", HOSTILE)
def test_odd_characters_are_left_out_and_told(card: Card, line: str) -> None:
    ended = card.start(line.replace("HERE", str(card.etc / "HERE")) + "\n")
    assert ended.returncode == 0
    assert not (card.etc / "HERE").exists()
    read = card.read()
    assert (read.device.device, read.procedure.procedure, read.procedure.side) == ("/dev/tuffier-device", "facet", "right")
    assert read.source.source == "v4l2:/dev/tuffier-video"
    assert read.source.profile == ""
    assert "left out" in ended.stderr


def test_no_password_and_no_ssh_without_a_key(card: Card) -> None:
    sshd = (card.overlay / "etc/ssh/sshd_config.d/tuffier.conf").read_text()
    assert "PasswordAuthentication no" in sshd
    assert "PermitRootLogin no" in sshd
    everything = "\n".join(path.read_text(errors="replace") for path in card.overlay.rglob("*") if path.is_file())
    assert "chpasswd" not in everything
    # a root shell on a serial line is for the tests' image only
    assert not (card.overlay / "etc/systemd/system/test-shell.service").exists()


def test_the_data_partition_is_filled_once(tmp_path: Path, card: Card) -> None:
    script = (card.overlay / "usr/local/sbin/tuffier-data").read_text()
    tree = tmp_path / "tree"
    (tree / "var/lib/tuffier").mkdir(parents=True)
    (tree / "etc/tuffier").mkdir(parents=True)
    (tree / "etc/tuffier/tuffier.toml").write_text("# shipped\n")
    moved = script.replace("/var/lib", f"{tree}/var/lib").replace("/etc/tuffier", f"{tree}/etc/tuffier").replace("/data/", f"{tree}/data/")
    moved = moved.replace(f"{tree}/data{tree}/", f"{tree}/data/").replace(f"/data{tree}", f"{tree}/data")
    (tree / "script").write_text(moved)
    subprocess.run(["sh", str(tree / "script")], check=True)
    (kept,) = tree.glob("**/data/**/tuffier.toml")
    kept.write_text("# mine\n")
    subprocess.run(["sh", str(tree / "script")], check=True)
    assert kept.read_text() == "# mine\n"


def test_the_judge_of_a_trial_waits_for_no_main_job_and_a_bundle_can_be_read(tmp_path: Path) -> None:
    """A main job that waits for its source is still starting: whatever is ordered after it never runs. RAUC reads bundles by unsquashfs."""
    certificate = tmp_path / "site.pem"
    certificate.write_text("x\n")
    subprocess.run(["sh", str(SYSTEMD / "image/slots.sh"), str(tmp_path / "tree"), "board", str(certificate), "/dev/a", "/dev/b"], check=True)
    unit = (tmp_path / "tree/etc/systemd/system/tuffier-settle.service").read_text()
    assert "After=tuffier.service" not in unit
    assert "TimeoutStartSec=infinity" in unit
    packages = next(line for line in (SYSTEMD / "image.sh").read_text().splitlines() if ",rauc," in line)
    assert "squashfs-tools" in packages


def test_a_start_that_fails_starts_again_and_a_slow_card_is_waited_for(card: Card) -> None:
    """Root is locked: an emergency shell is a board that hangs, and a slot on trial would never be taken back."""
    for unit in ("emergency", "rescue"):
        lines = (card.overlay / f"etc/systemd/system/{unit}.service.d/tuffier.conf").read_text().splitlines()
        assert lines[:3] == ["[Service]", "ExecStartPre=", "ExecStart="]
        assert lines[3].endswith("systemctl --force reboot'")
    assert "DefaultDeviceTimeoutSec=5min" in (card.overlay / "etc/systemd/system.conf.d/60-tuffier-patience.conf").read_text()


def test_what_the_text_says_is_there_before_who_reads_it(card: Card) -> None:
    """Else the first start serves the page where the image's own configuration has it, and other machines are not let in until the next."""
    unit = (card.overlay / "etc/systemd/system/tuffier-setup.service").read_text()
    before = next(line for line in unit.splitlines() if line.startswith("Before="))
    assert set(before.removeprefix("Before=").split()) >= {"tuffier.service", "tuffier-page.service", "ssh.service"}
