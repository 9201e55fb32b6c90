"""Units, rules and settings as systemd itself reads them; the EDID as a bridge sends it."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
# tenths of what systemd-analyze security says: the main job, and the others (an end of a trial is root, since it changes versions)
EXPOSURE_MOST = {"tuffier.service": 10}
EXPOSURE_MOST_OTHERS = 15


def analyse(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze: apt install systemd")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=300)


def test_there_are_units() -> None:
    assert {unit.name for unit in UNITS} >= {
        "tuffier.service", "tuffier-page.service", "tuffier-hdmi.service", "tuffier-record.service", "tuffier-replay.service",
    }  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_key_is_known_and_every_command_there(unit: Path, tmp_path: Path) -> None:
    text = re.sub(r"/opt/tuffier/current/\S+", "/bin/true", unit.read_text())
    (tmp_path / unit.name).write_text(text.replace("Documentation=file:/bin/true", ""))
    found = analyse("verify", "--recursive-errors=yes", "--man=no", str(tmp_path / unit.name))
    assert (found.returncode, [line for line in found.stderr.splitlines() if unit.name in line]) == (0, [])


def test_a_misspelt_key_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "tuffier.service").write_text("[Service]\nExecStart=/bin/true\nWatchdogSeconds=4s\n")
    assert analyse("verify", "--recursive-errors=yes", str(tmp_path / "tuffier.service")).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_exposure(unit: Path) -> None:
    found = analyse("security", "--offline=yes", f"--threshold={EXPOSURE_MOST.get(unit.name, EXPOSURE_MOST_OTHERS)}", str(unit))
    assert found.returncode == 0, found.stdout[-400:]


def settings(unit: Path) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False, delimiters=("=",))
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(unit)
    return read


# the driver that makes a group of devices known, where it is a module: what systemd finds at a unit's start is all that the unit may ever open
DRIVERS = {"char-video4linux": "videodev", "char-media": "videodev", "char-ttyACM": "cdc_acm", "char-ttyUSB": "usbserial"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_drivers_are_there_before_what_they_drive_is_allowed(unit: Path) -> None:
    """A device plugged in after the main job's start, or whose driver came a second later (seen in an emulator), was refused until a restart."""
    text = unit.read_text()
    wanted = {DRIVERS[group] for group in re.findall(r"^DeviceAllow=(\S+)", text, re.MULTILINE) if group in DRIVERS}
    for key in ("Wants", "After"):
        said = " ".join(re.findall(rf"^{key}=(.*)", text, re.MULTILINE))
        assert wanted <= set(re.findall(r"modprobe@(\w+)\.service", said)), key


def test_the_main_job_is_ready_by_notice_watched_and_never_given_up() -> None:
    unit = settings(SYSTEMD / "tuffier.service")
    assert (unit["Service"]["Type"], unit["Service"]["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("notify", "always", "0")
    assert int(unit["Service"]["WatchdogSec"].removesuffix("s")) <= 5
    # these would hide what the job needs: cameras, serial ports, /proc/cpuinfo
    assert not {"PrivateDevices", "ProcSubset"} & set(unit["Service"])


def test_hardware_watchdog_is_within_what_a_pi_can_count() -> None:
    assert int(settings(SYSTEMD / "watchdog.conf")["Manager"]["RuntimeWatchdogSec"].removesuffix("s")) < 15


def test_udev_rules_are_read_without_complaint() -> None:
    if shutil.which("udevadm") is None:
        pytest.skip("no udevadm: apt install udev")
    rules = str(SYSTEMD / "70-tuffier.rules")
    found = subprocess.run(["udevadm", "verify", rules], capture_output=True, text=True, check=False, timeout=300)
    if "verify" in found.stderr and "Unknown command" in found.stderr:
        pytest.skip("this udevadm cannot verify rules (systemd 254 can)")
    assert found.returncode == 0, found.stderr


def edid() -> bytes:
    return bytes.fromhex((SYSTEMD / "hdmi-edid.hex").read_text().replace("\n", ""))


def test_edid_blocks_have_their_sums() -> None:
    content = edid()
    assert (len(content), content[:8].hex(), content[126]) == (256, "00ffffffffffff00", 1)
    assert [sum(content[start : start + 128]) % 256 for start in (0, 128)] == [0, 0]


def test_edid_asks_for_nothing_that_two_lanes_cannot_carry() -> None:
    """TC358743 on two lanes: 2 x 972 Mbit/s; 24 bits a pixel of a mode's pixel clock."""
    content = edid()
    clocks_khz = [int.from_bytes(content[at : at + 2], "little") * 10 for at in (54, 72)]
    assert all(clock * 24 <= 2 * 972_000 for clock in clocks_khz)
    codes = [code & 0x7F for code in content[133 : 133 + (content[132] & 0x1F)]]
    # CTA-861: 16 and 31 are 1080p60 and 1080p50, 5 and 20 interlaced
    assert codes
    assert not set(codes) & {16, 31, 5, 20}


@pytest.mark.parametrize("script", sorted(SYSTEMD.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_plain_shell(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n# ")
    subprocess.run(["sh", "-n", str(script)], check=True)
    if shutil.which("shellcheck"):
        found = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout
