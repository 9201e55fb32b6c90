"""A card under user-mode-linux: the image's root under another kernel, at nearly this machine's own speed. Not a test.

Debian's own such kernel knows no camera. uml_kernel.sh builds one, of Debian's source, that has the image's test camera (vivid). Its driver is loaded
at the start of a slot that holds vivid for its own kernel, and of no other.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from edge.update import slots
from edge.update.slots import Slots
from tests.system.card import Card, OnCard

DEVICE = """import os, subprocess
sim = subprocess.Popen(["/usr/local/bin/tuffier-sim", "/run/sim-record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
port = sim.stdout.readline().split()[1]
os.chmod(port, 0o666)
os.symlink(port, "/run/test-device")
for line in sim.stdout:
    pass
"""
UNIT = """[Unit]
Description=the device's C core on a pty
Before=tuffier.service
[Service]
ExecStart=/usr/bin/python3 /run/test-device.py
"""
# the other kernel's modules, the root that the boot loader named, patience for a busy machine, and a device; /run stays as it is filled here. The
# main job takes a whole processor for as many frames as it can: an update has as much of it. Nothing looks each second for a USB gadget, which is
# not there.
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /dev /root
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do $b insmod /modules/$module; done
part=$($b sed 's/.*root=PARTUUID=74756666-0\\([0-9]\\).*/\\1/' /proc/cmdline)
$b mount -t ext4 -o ro /dev/ubda$part /root
if [ -e /modules/camera ] && [ -n "$($b find /root/usr/lib/modules -name 'vivid.ko*')" ]; then
  for module in $($b cat /modules/camera); do
    case $module in vivid.ko) words=$($b sed -n 's/^options vivid //p' /root/etc/modprobe.d/test.conf) ;; *) words= ;; esac
    $b insmod /modules/$module $words
  done
fi
$b rm -f /dev/watchdog*
$b mount -t tmpfs -o mode=755 run /root/run
for folder in system.conf.d system/multi-user.target.wants system/tuffier.service.d system/test-gadget.service.d; do
  $b mkdir -p /root/run/systemd/$folder
done
$b printf '[Manager]\\nDefaultDeviceTimeoutSec=1h\\nDefaultTimeoutStartSec=1h\\nRuntimeWatchdogSec=off\\n' >/root/run/systemd/system.conf.d/slow.conf
$b printf '[Service]\\nTimeoutStartSec=1h\\nWatchdogSec=2min\\nNice=0\\n' >/root/run/systemd/system/tuffier.service.d/slow.conf
$b printf '[Unit]\\nConditionPathExists=/dev/ttyGS0\\n' >/root/run/systemd/system/test-gadget.service.d/none.conf
$b cp /test-device.py /root/run/
$b cp /test-device.service /root/run/systemd/system/
$b ln -s ../test-device.service /root/run/systemd/system/multi-user.target.wants/
$b umount /proc
exec $b switch_root /root /sbin/init
"""
MODULES = ("fs/fat/fat", "fs/fat/vfat", "fs/nls/nls_cp437", "fs/nls/nls_ascii", "fs/nls/nls_iso8859-1", "drivers/block/loop", "fs/squashfs/squashfs")
CAMERA_DRIVER = "drivers/media/test-drivers/vivid/vivid"


def memory_disk(folder: Path, modules: Path) -> Path:
    """What UML starts from."""
    tree = folder / "memory-disk"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "bin").mkdir(parents=True)
    (tree / "modules").mkdir()
    shutil.copy(str(shutil.which("busybox")), tree / "bin/busybox")
    put_modules(tree / "modules", "order", [modules / f"kernel/{name}.ko" for name in MODULES])
    if has_camera(modules):
        put_modules(tree / "modules", "camera", with_needed(modules, f"kernel/{CAMERA_DRIVER}.ko"))
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    (tree / "test-device.py").write_text(DEVICE)
    (tree / "test-device.service").write_text(UNIT)
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*"))).encode()
    packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=names, cwd=tree, capture_output=True, check=True)
    out = folder / "memory-disk.cpio"
    out.write_bytes(packed.stdout)
    return out


def put_modules(folder: Path, listed: str, modules: Sequence[Path]) -> None:
    for module in modules:
        shutil.copy(module, folder)
    (folder / listed).write_text("".join(f"{module.name}\n" for module in modules))


def has_camera(modules: Path) -> bool:
    return (modules / f"kernel/{CAMERA_DRIVER}.ko").is_file()


def with_needed(modules: Path, name: str) -> list[Path]:
    """A module behind those that it needs, as depmod lists them, the first needed last."""
    needed = dict(line.split(":", 1) for line in (modules / "modules.dep").read_text().splitlines())[name].split()
    return [modules / each for each in (*reversed(needed), name)]


class Uml(OnCard):
    """The card under Debian's user-mode-linux; choosing the slot as image/grub.cfg does. A restart ends the process; `follow` is the next start."""

    def __init__(self, card: Card, sticks: Sequence[Path], folder: Path, *, kernel: Path, modules: Path) -> None:
        super().__init__(card, sticks, folder)
        self.kernel, self.memory, self.has_camera = kernel, memory_disk(folder, modules), has_camera(modules)

    def start(self) -> None:
        self.starts += 1
        state = self.card.state()
        slot = slots.primary(state)
        self.card.state(Slots(state.kept))
        words = [f"root=PARTUUID=74756666-0{slots.PARTITIONS[slot]}", "ro", f"rauc.slot={slot}", *(["tuffier.trial"] if state.trial else [])]
        disks = [f"ubd0={self.card.disk}", *(f"ubd{n}r={stick}" for n, stick in enumerate(self.sticks, 1))]
        self.shell, theirs = socket.socketpair()
        self.shell.settimeout(1.0)
        # UML starts itself again by its own name, which is none
        command = ["(restarts end here)", "mem=1024M", f"initrd={self.memory}", *disks, *words]
        command += ["con=null", "con0=null,fd:1", f"ssl1=fd:{theirs.fileno()}"]
        with (self.folder / f"console{self.starts}.log").open("wb") as console:
            streams = {"stdin": subprocess.DEVNULL, "stdout": console, "stderr": console}
            self.emulator = subprocess.Popen(command, executable=self.kernel, pass_fds=(theirs.fileno(),), start_new_session=True, **streams)  # type: ignore[call-overload]
        theirs.close()

    def writers(self) -> list[int]:
        """Its kernel and what writes its disks for it. Its programs are traced by the kernel, and may not be stopped by another."""
        leaders = super().writers()
        found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()] if leaders else []
        return [pid for pid in found if group_of(pid) in leaders and tracer_of(pid) == 0]

    def cut(self) -> None:
        """Power gone, for all of its processes."""
        assert self.emulator is not None
        if self.emulator.poll() is None:
            os.killpg(self.emulator.pid, signal.SIGKILL)
        self.emulator.wait()
        if self.shell is not None:
            self.shell.close()


def group_of(pid: int) -> int:
    """0 where it has ended."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def tracer_of(pid: int) -> int:
    """0: none. -1 where it has ended."""
    try:
        words = Path(f"/proc/{pid}/status").read_text().partition("TracerPid:")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return -1
    return int(words[0])
