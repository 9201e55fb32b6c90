"""A board with two slots, of files: the real RAUC with its service on a bus of its own, the real backend and commands; boot loader, restart and
service manager are stand-ins, and a power cut is SIGKILL, which loses no write that the kernel has taken. Not a test.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from edge.update import slots
from edge.update.slots import Slot, Slots
from tests.system.boards import DISARMED

ROOT = Path(__file__).resolve().parents[2]
COMPATIBLE = "tuffier-test"
SLOT_BYTES = 3_000_000
NEEDED = [name for name in ("rauc", "dbus-daemon", "mksquashfs", "openssl", "unsquashfs") if shutil.which(name) is None]
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
MANAGER = """#!/bin/sh
# a service manager: what it says of the main job stands in a file; a restart is noted
case $1 in show) cat "$TUFFIER_ROOT/service" ;; reboot) echo "$*" >>"$TUFFIER_ROOT/restarts" ;; esac
"""
WELL = f"ActiveState=active\nStatusText=wrong_view; 30 frames/s; {DISARMED}\nNRestarts=0\n"
NO_CAMERA = f"ActiveState=active\nStatusText=waiting for the source; {DISARMED}\nNRestarts=0\n"
NO_START = "ActiveState=activating\nStatusText=\nNRestarts=7\n"


def image_of(version: int) -> bytes:
    """A root file system for RAUC's purposes: bytes that tell their version, and end in their own sum."""
    body = f"version {version}\n".encode().ljust(64, b".") + hashlib.shake_256(str(version).encode()).digest(SLOT_BYTES - 96)
    return body + hashlib.sha256(body).digest()


def version_in(slot: bytes) -> int | None:
    """None where it is not whole."""
    body, digest = slot[: SLOT_BYTES - 32], slot[SLOT_BYTES - 32 : SLOT_BYTES]
    return int(body[8:64].split(b"\n")[0]) if hashlib.sha256(body).digest() == digest else None


class TwoSlots:
    """One board. service: per version, what the service manager says once it runs; WELL for what is not named."""

    def __init__(self, folder: Path) -> None:
        self.root, self.folder = folder / "board", folder
        self.service: dict[int, str] = {}
        self.running: Slot = "A"
        self._service: subprocess.Popen[bytes] | None = None
        for part in ("boot/firmware", "var/lib/tuffier-update", "proc/sys/kernel/random", "run", "bin"):
            (self.root / part).mkdir(parents=True)
        (self.root / "boot/firmware/grubenv").write_bytes(slots.grub_text(Slots()))
        (self.root / "var/lib/settings").write_text("the technician's own\n")
        (self.root / "bin/systemctl").write_text(MANAGER)
        (self.root / "bin/systemctl").chmod(0o755)
        for slot in ("A", "B"):
            (self.root / f"{slot}.img").write_bytes(image_of(1) if slot == "A" else bytes(SLOT_BYTES))
        self.environment = {
            **os.environ,
            "TUFFIER_ROOT": str(self.root),
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.root}/bus",
        }
        self.key, self.site = make_key(folder, "site")
        script = ["sh", str(ROOT / "systemd/image/slots.sh"), str(self.root), COMPATIBLE, str(self.site)]
        subprocess.run([*script, str(self.root / "A.img"), str(self.root / "B.img"), sys.executable], check=True, env=self.environment)

    def __enter__(self) -> TwoSlots:
        (self.folder / "bus.conf").write_text(BUS.format(path=f"{self.root}/bus"))
        self._bus = subprocess.Popen(["dbus-daemon", f"--config-file={self.folder / 'bus.conf'}", "--nofork", "--nopidfile"])
        wait_for(lambda: (self.root / "bus").exists(), "the bus")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._bus.kill()
        self._bus.wait()

    def bundle(self, version: int, key: Path | None = None, site: Path | None = None, compatible: str = COMPATIBLE) -> Path:
        image, out = self.folder / f"{version}.img", self.folder / f"{version}-{(site or self.site).stem}-{compatible}.raucb"
        image.write_bytes(image_of(version))
        command = ["sh", str(ROOT / "systemd/bundle.sh"), "--image", str(image), "--compatible", compatible, "--version", str(version)]
        command += ["--key", str(key or self.key), "--certificate", str(site or self.site), "--output", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        return out

    # --- power ---

    def start(self) -> None:
        """As image/grub.cfg: a trial is cleared before it is started. What starts is whole, or this board is lost."""
        state = slots.read(self.root / "boot/firmware")
        trial, self.running = state.trial is not None, slots.primary(state)
        slots.write(self.root / "boot/firmware", Slots(state.kept))
        assert self.version(self.running) is not None, f"slot {self.running} is no whole system"
        (self.root / "proc/cmdline").write_text(f"root=/dev/x ro rauc.slot={self.running}{' tuffier.trial' if trial else ''}\n")
        (self.root / "proc/sys/kernel/random/boot_id").write_text(f"{uuid.uuid4()}\n")
        (self.root / "service").write_text(self.service.get(self.version(self.running) or 0, WELL))
        (self.root / "restarts").unlink(missing_ok=True)
        command = ["rauc", f"--conf={self.root}/etc/rauc/system.conf", f"--override-boot-slot={self.running}", "service"]
        with (self.folder / "rauc.log").open("ab") as log:
            self._service = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
        asked = ["dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner"]
        wait_for(lambda: b"true" in self.run(*asked, "string:de.pengutronix.rauc").stdout, "RAUC's service")

    def cut(self) -> None:
        """Power gone."""
        assert self._service is not None
        os.killpg(self._service.pid, signal.SIGKILL)
        self._service.wait()

    def version(self, slot: Slot) -> int | None:
        return version_in((self.root / f"{slot}.img").read_bytes())

    # --- commands ---

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, env=self.environment, capture_output=True, check=False, timeout=300)

    def update(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return self.run(sys.executable, "-m", "edge.cli", "update", *words)

    def update_cut(self, after_s: float, *words: str) -> bool:
        """The same, with the power gone after so long. Returns whether it had ended before."""
        command = [sys.executable, "-m", "edge.cli", "update", *words]
        nothing = subprocess.DEVNULL
        started = subprocess.Popen(command, env=self.environment, start_new_session=True, stdout=nothing, stderr=nothing)
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(after_s)
        ended = started.returncode is not None
        if not ended:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
        self.cut()
        return ended

    def settle(self, ready_s: float = 3.0) -> bool:
        """What tuffier-settle.service does, and the restart that it asks for. Returns whether the slot stayed."""
        script = (self.root / "usr/lib/tuffier/settle").read_text().replace("--settle", f"--settle --ready-s {ready_s} --hold-s 0.2 --quiet-s 1")
        self.run("sh", "-c", script)
        if not (self.root / "restarts").exists():
            return True
        self.cut()
        self.start()
        self.run("sh", "-c", script)
        return False

    def last(self) -> str:
        return (self.root / "var/lib/tuffier-update/last-update").read_text()


def make_key(folder: Path, name: str) -> tuple[Path, Path]:
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    kind = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}")
    subprocess.run(["openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return key, certificate


def wait_for(condition: object, what: str, timeout_s: float = 60.0) -> None:
    assert callable(condition)
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, f"not within {timeout_s} s: {what}"
        time.sleep(0.02)
