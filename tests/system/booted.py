"""The built image of a card with two slots, really started, its power cut: the image's own root, systemd, RAUC and commands.

python -m tests.system.booted --card CARD --site SITE.pem --key SITE.key [--cuts 10] [--kernel linux.uml --modules FOLDER | --qemu]
CARD is what `systemd/image.sh --arch amd64 --test --slots SITE.pem --output CARD` made, with CARD.root.ext4 beside it. As root.

With --kernel (Debian's user-mode-linux, unpacked) the image's root runs under another kernel, at nearly this machine's own speed, and choosing the
slot is written here after image/grub.cfg: for many cuts. With --qemu all is the image's own, GRUB and kernel too, and slow: for few. A cut is
SIGKILL of the whole machine: what its kernel had not written is lost; a card's own cache is not modelled. SECURITY.md says what was
run, and how often.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from edge.update import slots
from edge.update.slots import Slot, Slots
from tests.system.machine import Machine, put, tried

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
PIECE = 4 * MIB
SLOWNESS = 4.0
WAIT_S = 3600.0  # nobody waits for a busy machine in vain
SECTOR = 512
MARK = "/etc/tuffier-test-version"
OWN = "# the technician has been here"
CONFIGURATION = """[source]
source = "recording:demonstration"
[device]
device = "/run/test-device"
demo = true
[procedure]
procedure = "facet"
side = "right"
"""
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
# the other kernel's modules, the root that the boot loader named, patience for a busy machine, and a device; /run stays as it is filled here
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /dev /root
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do $b insmod /modules/$module; done
part=$($b sed 's/.*root=PARTUUID=74756666-0\\([0-9]\\).*/\\1/' /proc/cmdline)
$b mount -t ext4 -o ro /dev/ubda$part /root
$b rm -f /dev/watchdog*
$b mount -t tmpfs -o mode=755 run /root/run
$b mkdir -p /root/run/systemd/system/multi-user.target.wants /root/run/systemd/system/tuffier.service.d /root/run/systemd/system.conf.d
$b printf '[Manager]\\nDefaultDeviceTimeoutSec=1h\\nDefaultTimeoutStartSec=1h\\nRuntimeWatchdogSec=off\\n' >/root/run/systemd/system.conf.d/slow.conf
$b printf '[Service]\\nTimeoutStartSec=1h\\nWatchdogSec=2min\\n' >/root/run/systemd/system/tuffier.service.d/slow.conf
$b cp /test-device.py /root/run/
$b cp /test-device.service /root/run/systemd/system/
$b ln -s ../test-device.service /root/run/systemd/system/multi-user.target.wants/
$b umount /proc
exec $b switch_root /root /sbin/init
"""
MODULES = ("fs/fat/fat", "fs/fat/vfat", "fs/nls/nls_cp437", "fs/nls/nls_ascii", "fs/nls/nls_iso8859-1", "drivers/block/loop", "fs/squashfs/squashfs")


class Card:
    """A copy of the card: what its boot loader reads, and what its slots hold."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.disk, self._folder = folder / "card.img", folder
        subprocess.run(["cp", "--sparse=always", str(image), str(self.disk)], check=True)
        table = subprocess.run(["sfdisk", "-d", str(self.disk)], capture_output=True, text=True, check=True).stdout
        lines = [line for line in table.splitlines() if "start=" in line]
        self._starts = [int(line.split("start=")[1].split(",")[0]) * SECTOR for line in lines]
        self._sizes = [int(line.split("size=")[1].split(",")[0]) * SECTOR for line in lines]

    def state(self, wanted: Slots | None = None) -> Slots:
        boot = self._folder / "boot"
        boot.mkdir(exist_ok=True)
        at = f"{self.disk}@@{self._starts[0]}"
        subprocess.run(["mcopy", "-n", "-o", "-i", at, "::grubenv", str(boot / "grubenv")], check=True)
        if wanted is not None:
            slots.write(boot, wanted)
            subprocess.run(["mcopy", "-n", "-o", "-i", at, str(boot / "grubenv"), "::grubenv"], check=True)
        return slots.read(boot)

    def digest(self, slot: Slot, size: int) -> str:
        """Of a slot's first bytes, as many as its image has."""
        found = hashlib.sha256()
        with self.disk.open("rb") as disk:
            disk.seek(self._starts[slots.PARTITIONS[slot] - 1])
            for at in range(0, size, PIECE):
                found.update(disk.read(min(PIECE, size - at)))
        return found.hexdigest()


def memory_disk(folder: Path, modules: Path) -> Path:
    """What UML starts from."""
    tree = folder / "memory-disk"
    (tree / "bin").mkdir(parents=True)
    (tree / "modules").mkdir()
    shutil.copy(str(shutil.which("busybox")), tree / "bin/busybox")
    for name in MODULES:
        shutil.copy(modules / f"kernel/{name}.ko", tree / "modules")
    (tree / "modules/order").write_text("\n".join(f"{name.rpartition('/')[2]}.ko" for name in MODULES) + "\n")
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    (tree / "test-device.py").write_text(DEVICE)
    (tree / "test-device.service").write_text(UNIT)
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*"))).encode()
    packed = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=names, cwd=tree, capture_output=True, check=True)
    out = folder / "memory-disk.cpio"
    out.write_bytes(packed.stdout)
    return out


class OnCard(Machine):
    """A machine with the card and sticks in it."""

    def __init__(self, card: Card, sticks: Sequence[Path], folder: Path) -> None:
        self.card, self.sticks, self.folder, self.slowness = card, sticks, folder, SLOWNESS
        self.emulator: subprocess.Popen[bytes] | None = None
        self.shell: socket.socket | None = None
        self.starts = 0

    def follow(self) -> None:
        """It restarts by itself."""
        assert self.emulator is not None
        self.emulator.wait(WAIT_S)
        self.cut()
        self.start()


class Uml(OnCard):
    """The card under Debian's user-mode-linux; choosing the slot as image/grub.cfg does. A restart ends the process; `follow` is the next start."""

    def __init__(self, card: Card, sticks: Sequence[Path], folder: Path, *, kernel: Path, modules: Path) -> None:
        super().__init__(card, sticks, folder)
        self.kernel, self.memory = kernel, memory_disk(folder, modules)

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

    def cut(self) -> None:
        """Power gone, for all of its processes."""
        assert self.emulator is not None
        if self.emulator.poll() is None:
            os.killpg(self.emulator.pid, signal.SIGKILL)
        self.emulator.wait()
        if self.shell is not None:
            self.shell.close()


class Qemu(OnCard):
    """The card in a PC: the image's own GRUB and kernel. At load 10 its systemd gives up on its disks; on an idle machine it is up in 40 s."""

    def start(self) -> None:
        command = ["-nodefaults", "-display", "none", "-vga", "std", "-no-reboot"]
        for number, disk in enumerate((self.card.disk, *self.sticks)):
            command += ["-drive", f"file={disk},if=virtio,format=raw,readonly={'on' if number else 'off'}"]
        self.launch(command, memory_mb=1024, wait_s=WAIT_S)


# --- what is done to it ---


def bundles(root: Path, key: Path, site: Path, folder: Path) -> dict[str, tuple[Path, str, int]]:
    """Sticks with a signed bundle each, the digest of its root and that root's size: two that are well, one whose main job does not start."""
    made = {}
    for name, changes in (("2", []), ("3", []), ("bad", ["rm /opt/tuffier/current/venv/bin/tuffier"])):
        image, stick, content = folder / f"{name}.ext4", folder / f"{name}.stick", folder / f"stick-{name}"
        subprocess.run(["cp", "--sparse=always", str(root), str(image)], check=True)
        (folder / "mark").write_text(f"{name}\n")
        for change in (*changes, f"write {folder / 'mark'} {MARK}"):
            subprocess.run(["debugfs", "-w", "-R", change, str(image)], check=True, capture_output=True)
        content.mkdir()
        command = ["sh", str(ROOT / "systemd/bundle.sh"), "--image", str(image), "--compatible", "tuffier-amd64", "--version", name]
        subprocess.run([*command, "--key", str(key), "--certificate", str(site), "--output", str(content / f"{name}.raucb")], check=True)
        size = (content / f"{name}.raucb").stat().st_size // MIB + 32
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(content), str(stick), f"{size}M"], check=True)
        made[name] = (stick, digest_of(image), image.stat().st_size)
        image.unlink()
        shutil.rmtree(content)
    return made


def digest_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class Trials:
    """One machine through its updates. held: which version each slot holds, where it is known to be whole."""

    def __init__(self, machine: OnCard, made: dict[str, tuple[Path, str, int]], first: tuple[str, int]) -> None:
        self.machine, self.made = machine, made
        self.known = {"1": first, **{name: (digest, size) for name, (_, digest, size) in made.items()}}
        self.version = "1"

    def up(self) -> str:
        """Waits for its shell. Which version runs, from which slot, as `1 A`."""
        self.machine.up(WAIT_S)
        said = self.machine.ask(f"cat {MARK} 2>/dev/null || echo 1; grep -o 'rauc.slot=.' /proc/cmdline | cut -d= -f2", WAIT_S)
        return " ".join(said.split())

    def settled(self) -> str:
        """Waits for the judgement of a slot on trial, or for the look back of a kept one: what became of the last update."""
        self.machine.until("systemctl show tuffier-settle --property=ExecMainExitTimestampMonotonic", "=[1-9]", WAIT_S)
        return self.machine.ask("cat /var/lib/tuffier-update/last-update 2>/dev/null || echo none", WAIT_S)

    def node(self, version: str) -> str:
        letter = "bcd"[list(self.made).index(version)]
        return f"/dev/ubd{letter}" if isinstance(self.machine, Uml) else f"/dev/vd{letter}"

    def set_up(self) -> str:
        """The first start, and what a technician changes."""
        assert self.up() == "1 A"
        if isinstance(self.machine, Uml):
            put(self.machine, "/etc/tuffier/tuffier.toml", CONFIGURATION)
        self.machine.ask("mkdir -p /var/lib/tuffier/profiles; echo '# of this site' >/var/lib/tuffier/profiles/site.toml", WAIT_S)
        self.machine.ask(f"echo '{OWN}' >>/etc/tuffier/tuffier.toml; sync; systemctl restart --no-block tuffier", WAIT_S)
        return self.machine.until("systemctl show tuffier --property=StatusText", "frames/s.*device connected", WAIT_S)

    def kept(self) -> str:
        """What runs is the kept slot, byte for byte one of the versions, with the technician's settings."""
        running = self.up()
        said = self.settled()
        version, slot = running.split()
        state = self.machine.card.state()
        assert state == Slots(slots.slot_named(slot)), f"{running}, but {state}"
        digest, size = self.known[version]
        assert self.machine.card.digest(slots.slot_named(slot), size) == digest, f"slot {slot} is not version {version}, whole"
        found = self.machine.ask("tail -n 1 /etc/tuffier/tuffier.toml; cat /var/lib/tuffier/profiles/site.toml; ls -d /data/lost+found", WAIT_S)
        assert OWN in found, found
        assert "# of this site" in found, found
        self.version = version
        return f"{running}: {said}"

    def update(self, version: str) -> None:
        """Begins it: install, restart. It says what it does in /run/said."""
        command = f"tuffier update {self.node(version)} --restart --even-in-use"
        self.machine.ask(f"(setsid {command} >/run/said 2>&1 &)", WAIT_S)

    def in_peace(self, version: str) -> str:
        self.update(version)
        self.machine.follow()
        said = self.kept()
        assert self.version == version, said
        return said

    def refused(self, version: str) -> str:
        """One that takes its restart back: two starts."""
        before = self.version
        self.update(version)
        self.machine.follow()
        self.machine.follow()
        said = self.kept()
        assert self.version == before, said
        assert "back" in said, said
        return said

    def cut(self, version: str, after_s: float) -> str:
        """The power goes so long after the update began; a restart meanwhile is followed."""
        self.update(version)
        end_s, restarts = time.monotonic() + after_s, 0
        while time.monotonic() < end_s:
            assert self.machine.emulator is not None
            if self.machine.emulator.poll() is not None:
                self.machine.follow()
                restarts += 1
            time.sleep(0.2)
        self.machine.cut()
        self.machine.start()
        return f"cut after {after_s:.0f} s and {restarts} restarts; then {self.kept()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--kernel", type=Path, help="Debian's linux.uml")
    parser.add_argument("--modules", type=Path, help="its folder of modules")
    parser.add_argument("--qemu", action="store_true")
    parser.add_argument("--seed", type=int, default=26)
    parser.add_argument("--folder", type=Path, required=True, help="for disks and consoles; empty")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    root = Path(f"{options.card}.root.ext4")
    options.folder.mkdir(exist_ok=True)
    made = bundles(root, options.key, options.site, options.folder)
    card, sticks = Card(options.card, options.folder), [stick for stick, *_ in made.values()]
    if options.qemu:
        machine: OnCard = Qemu(card, sticks, options.folder)
    else:
        machine = Uml(card, sticks, options.folder, kernel=options.kernel, modules=options.modules)
    trials = Trials(machine, made, (digest_of(root), root.stat().st_size))
    machine.start()
    try:
        failed = tried("first start, set up", trials.set_up)
        begun_s = time.monotonic()
        failed += tried("update in peace", lambda: trials.in_peace("2"))
        span_s = time.monotonic() - begun_s
        failed += tried("an update whose main job does not start is taken back", lambda: trials.refused("bad"))
        for number in range(options.cuts):
            after_s = chance.uniform(0, 1.1 * span_s)
            failed += tried(f"power cut {number + 1}", lambda: trials.cut("3" if trials.version == "2" else "2", after_s))  # noqa: B023
    finally:
        machine.cut()
    return failed


if __name__ == "__main__":
    sys.exit(main())
