"""A real systemd of its own for tests: PID 1 of new namespaces, with units of the test alone. Not a test.

Nothing of it outlives the context: its processes are in its own PID namespace, its units and sockets in a /run of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SYSTEMD = Path("/usr/lib/systemd/systemd")
TARGET = "[Unit]\nDefaultDependencies=no\n"
BOOT = """
set -eu
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
cp -r {units}/. /run/systemd/system/
mount --bind {state} /var/lib
mount --bind {cache} /var/cache
[ ! -e /dev/console ] || mount --bind {said} /dev/console
export container=tuffier-test
exec {systemd} --system --unit=tuffier-test.target --log-target=console --show-status=no
"""
# of a unit of the board: what a development environment needs, and a board does not: nothing else booted, another interpreter in another place,
# another user, a file for a scanner
CHANGED = """
[Unit]
DefaultDependencies=no
[Service]
ExecStart=
ExecStart={command}
Environment=PYTHONPATH={root}
User=
Group=
SupplementaryGroups=
ConfigurationDirectory=
ProtectHome=no
PrivateTmp=no
ReadWritePaths={folder}
StandardOutput=append:{said}
StandardError=append:{said}
"""
NAMESPACES = ("unshare", "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--fork", "--kill-child")


def missing() -> str:
    """Why there can be none here, empty where there can."""
    if os.geteuid() != 0:
        return "a systemd of one's own needs root"
    if not SYSTEMD.exists() or shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return "no systemd, unshare or nsenter: apt install systemd util-linux"
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()


class Manager:
    """A running systemd; its PID as seen from here."""

    def __init__(self, pid: int, folder: Path) -> None:
        self.pid, self.folder = pid, folder

    def ask(self, *words: str) -> str:
        """What systemctl says. Raises CalledProcessError."""
        command = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--", "systemctl", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    def shown(self, unit: str, key: str) -> str:
        return self.ask("show", unit, f"--property={key}", "--value")

    def said(self) -> str:
        """Its own log and its units' output."""
        return (self.folder / "said").read_text(errors="replace")


@contextmanager
def systemd(folder: Path, units: dict[str, str], *, network: bool = True) -> Iterator[Manager]:
    """units: path below /run/systemd/system: content. /var/lib and /var/cache are folder/state and folder/cache. network: this machine's, or else one
    of its own with nothing in it."""
    for name, content in {"tuffier-test.target": TARGET, **units}.items():
        path = folder / "units" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for name in ("state", "cache"):
        (folder / name).mkdir()
    boot = BOOT.format(units=folder / "units", state=folder / "state", cache=folder / "cache", said=folder / "said", systemd=SYSTEMD)
    with (folder / "said").open("w") as said:
        apart = [] if network else ["--net"]
        outer = subprocess.Popen([*NAMESPACES, *apart, "sh", "-c", boot], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            manager = Manager(_inner(outer), folder)
            _wait_until_up(manager, outer)
            yield manager
        finally:
            outer.kill()
            outer.wait()


def _inner(outer: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    for _ in range(500):
        if children.exists() and (found := children.read_text().split()):
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("no process in the new namespaces")


def _wait_until_up(manager: Manager, outer: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            if manager.ask("is-active", "tuffier-test.target") == "active":
                return
        except subprocess.CalledProcessError:
            assert outer.poll() is None, manager.said()
        time.sleep(0.1)
    raise AssertionError(f"systemd did not come up: {manager.said()}")
