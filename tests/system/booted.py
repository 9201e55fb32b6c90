"""The built image of a card with two slots, really started, its power cut: the image's own root, systemd, RAUC and commands.

python -m tests.system.booted --card CARD --site SITE.pem --key SITE.key --folder F [--cuts 20] [--steps N ...]
    [--kernel linux.uml --modules FOLDER | --qemu [--own-clock]]
CARD is what `systemd/image.sh --arch amd64 --test --slots SITE.pem --output CARD` made, with CARD.root.ext4 beside it. As root.

With --kernel (a user-mode-linux: Debian's, unpacked, or uml_kernel.sh's, which knows a camera, as step 6 needs) the image's root runs under another
kernel, at nearly this machine's own speed, and choosing the slot is written in uml.py after image/grub.cfg: for many cuts. With --qemu all is the
image's own, GRUB and kernel too, and slow: for few. --own-clock: the board's clock counts its instructions, so that it misses no limit of its own
where this machine is busy. A cut is SIGKILL of the whole machine: what its kernel had not written is lost; a card's own cache is not modelled.
SECURITY.md says what was run, and how often.

The moment of a cut follows from the seed and the cut's number: half of them while the other slot is written, by the share that is, half while it
starts, is judged or has just been kept. F/checkpoint.json tells how far a run came: the same command goes on there, also where the run was killed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from edge.update import slots
from edge.update.slots import Slot, Slots
from tests.system.card import MIB, SECTOR, WAIT_S, Card, OnCard, Qemu
from tests.system.machine import put, tried
from tests.system.two_slots import make_key
from tests.system.uml import CAMERA_DRIVER, Uml

ROOT = Path(__file__).resolve().parents[2]
MARK = "/etc/tuffier-test-version"
OWN = "# the technician has been here"
# few and small frames: this one processor draws the camera's picture too, and at its own 640x360 and 30 frames/s an emulated one has no time left
CAMERA = r's|"v4l2:/dev/tuffier-video"|"v4l2:/dev/tuffier-video?input=0\&size=320x180\&rate=2"|'
LIVE = "v4l2:/dev/tuffier-video"
CONFIGURATION = """[source]
source = "{source}"
[device]
device = "/run/test-device"
demo = true
[procedure]
procedure = "facet"
side = "right"
"""


def bundles(root: Path, key: Path, site: Path, folder: Path, *board: str) -> dict[str, tuple[str, str, int]]:
    """Sticks with a bundle each, the digest of its root and that root's size: two that are well, one whose main job does not start, one without the
    camera's driver, one that another site signed. board: further words for stick_with."""
    other = make_key(folder, "other")
    small = folder / "small.ext4"
    small.write_bytes(bytes(MIB))
    made = {}
    for name, of, keys, changes in (
        ("2", root, (key, site), []),
        ("3", root, (key, site), []),
        ("bad", root, (key, site), ["rm /opt/tuffier/current/venv/bin/tuffier"]),
        ("blind", root, (key, site), [f"rm {camera_driver(root)}"]),
        ("other", small, other, []),
    ):
        image = folder / f"{name}.ext4"
        subprocess.run(["cp", "--sparse=always", str(of), str(image)], check=True)
        if of == root:
            (folder / "mark").write_text(f"{name}\n")
            for change in (*changes, f"write {folder / 'mark'} {MARK}"):
                subprocess.run(["debugfs", "-w", "-R", change, str(image)], check=True, capture_output=True)
        made[name] = (str(stick_with(image, name, keys, folder, *board)), digest_of(image), image.stat().st_size)
        image.unlink()
    return made


def stick_with(image: Path, name: str, keys: tuple[Path, Path], folder: Path, compatible: str = "tuffier-amd64", *more: str) -> Path:
    """A file system with a signed bundle of this root in it. more: words for bundle.sh."""
    stick, content = folder / f"{name}.stick", folder / f"stick-{name}"
    shutil.rmtree(content, ignore_errors=True)  # of a run that was stopped here
    content.mkdir()
    command = ["sh", str(ROOT / "systemd/bundle.sh"), "--image", str(image), "--compatible", compatible, "--version", name, *more]
    command += ["--key", str(keys[0]), "--certificate", str(keys[1]), "--output", str(content / f"{name}.raucb")]
    subprocess.run(command, check=True)
    size = (content / f"{name}.raucb").stat().st_size // MIB + 32
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(content), str(stick), f"{size}M"], check=True)
    shutil.rmtree(content)
    return stick


def camera_driver(root: Path) -> str:
    """Where the test's camera has its driver in this root."""
    listed = subprocess.run(["debugfs", "-R", "ls -p /usr/lib/modules", str(root)], check=True, capture_output=True, text=True).stdout
    kernel = next(line.split("/")[5] for line in listed.splitlines() if line.count("/") > 5 and line.split("/")[5].strip("."))
    return f"/usr/lib/modules/{kernel}/kernel/{CAMERA_DRIVER}.ko.xz"


def digest_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class Trials:
    """One machine through its updates. held: which version each slot holds, where it is known to be whole."""

    def __init__(self, machine: OnCard, made: dict[str, tuple[Path, str, int]], first: tuple[str, int]) -> None:
        self.machine, self.made = machine, made
        self.known = {"1": first, **{name: (digest, size) for name, (_, digest, size) in made.items()}}
        self.version = "1"
        self.span_s, self.judged_s = 0.0, 0.0

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
        letter = "bcdef"[list(self.made).index(version)]
        return f"/dev/ubd{letter}" if isinstance(self.machine, Uml) else f"/dev/vd{letter}"

    def set_up(self) -> str:
        """The first start, and what a technician changes."""
        assert self.up() == "1 A"
        # the shell is there before the text file has been read, from which the configuration is written
        self.machine.until("ls /etc/tuffier/.setup-sum", "^/etc", WAIT_S)
        if isinstance(self.machine, Uml):
            source = LIVE if self.machine.has_camera else "recording:demonstration"
            put(self.machine, "/etc/tuffier/tuffier.toml", CONFIGURATION.format(source=source))
        self.machine.ask(f"sed -i '{CAMERA}' /etc/tuffier/tuffier.toml", WAIT_S)
        self.machine.ask("mkdir -p /var/lib/tuffier/profiles; echo '# of this site' >/var/lib/tuffier/profiles/site.toml", WAIT_S)
        # until it answers frames: an update demands nothing where the main job has never told what it has
        self.machine.ask(f"echo '{OWN}' >>/etc/tuffier/tuffier.toml; sync; systemctl restart tuffier", WAIT_S)
        return self.answers()

    def answers(self) -> str:
        """Waits until the main job has its source and its device."""
        return self.machine.until("systemctl show tuffier --property=StatusText", "frames/s.*device connected", WAIT_S)

    def kept(self) -> str:
        """What runs is the kept slot, byte for byte a version, with the technician's settings. A trial that is not kept restarts by itself."""
        running, said = self.up(), self.settled()
        if self.machine.card.state().kept != running.split()[1]:
            self.machine.follow()
            running, said = self.up(), self.settled()
        self.judged_s = time.monotonic()
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
        """Begins it: install, restart. It says what it does in /run/said, and on the console, which is kept."""
        command = f"tuffier update {self.node(version)} --restart --even-in-use"
        self.machine.ask(f"(setsid sh -c '{command} 2>&1 | tee /run/said >/dev/console' >/dev/null 2>&1 &)", WAIT_S)

    def in_peace(self, version: str) -> str:
        self.update(version)
        self.machine.follow()
        begun_s = time.monotonic()
        said = self.kept()
        assert self.version == version, said
        assert "is kept, with device and source" in said, said
        self.span_s = self.judged_s - begun_s
        return said

    def taken_back(self, version: str, why: str) -> str:
        """One that takes its restart back: two starts."""
        before = self.version
        self.update(version)
        self.machine.follow()
        self.machine.follow()
        said = self.kept()
        assert self.version == before, said
        assert re.search(f"took slot .* back: {why}", said), said
        return said

    def refused(self, version: str, why: str, before: str = "true", after: str = "true") -> str:
        """One that is not even written."""
        state, told = self.machine.card.state(), "/run/refused"
        command = f"{before}; tuffier update {self.node(version)} >{told} 2>&1; echo ended $? >>{told}; {after}"
        self.machine.ask(f"rm -f {told}; (setsid sh -c '{command}' >/dev/null 2>&1 &)", WAIT_S)
        said = self.machine.until(f"cat {told}", "ended", WAIT_S)
        assert re.search(f"{why}.*ended 2", said, re.DOTALL), said
        assert self.machine.card.state() == state, said
        return f"{said}; then {self.kept()}"

    def begin(self, version: str) -> None:
        """An update into a slot that holds no version: one that held this very version would be whole with half of it written. An update begun before
        the main job answers waits for it, and the cut would come before anything is written."""
        self.answers()
        self.machine.card.spoil(slots.other(self.machine.card.state().kept), self.known[version][1])
        self.update(version)

    def held(self, slot: Slot) -> str:
        """Which version a slot holds, whole."""
        whole = [version for version, (digest, size) in self.known.items() if self.machine.card.digest(slot, size) == digest]
        return f"slot {slot} held {whole[0] if whole else 'no version whole'}"

    def until_written(self, version: str, share: float) -> None:
        """Until that share of a new root has reached the other slot's partition, by its kernel's count, or the machine restarts."""
        target = slots.other(self.machine.card.state().kept)
        disk = "ubda" if isinstance(self.machine, Uml) else "vda"
        assert self.machine.emulator is not None
        with contextlib.suppress(ConnectionError):
            while self.machine.emulator.poll() is None:
                counts = self.machine.ask(f"cat /sys/class/block/{disk}{self.machine.card.roots[target]}/stat", WAIT_S).split()
                if int(counts[6]) * SECTOR >= share * self.known[version][1]:
                    break
                time.sleep(0.2)

    def cut(self, version: str, moment: Moment) -> str:
        """The power goes at that moment of an update; a restart meanwhile is followed."""
        self.begin(version)
        if moment.restarts:
            self.machine.follow()
            self.until_passed(moment.share * self.span_s)
        else:
            self.until_written(version, moment.share)
        self.machine.cut()
        before, state = self.version, self.machine.card.state()
        held = self.held(slots.other(state.kept))
        self.machine.start()
        said = self.kept()
        assert self.version in (before, version), said
        return f"{moment.told(before, version)}, as {state}, {held}; then {'the new' if self.version == version else 'the old'} one: {said}"

    def until_passed(self, seconds: float) -> None:
        """A trial that goes back meanwhile restarts."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            assert self.machine.emulator is not None
            if self.machine.emulator.poll() is not None:
                self.machine.follow()
            time.sleep(0.2)

    def copied(self, version: str, moments: Sequence[Moment]) -> list[tuple[Moment, Path]]:
        """One update, kept or taken back in the end, and the card as it was at each of these moments."""
        self.begin(version)
        copies: list[tuple[Moment, Path]] = []
        in_order = sorted(moments, key=lambda at: (at.restarts, at.share))
        for at in (at for at in in_order if not at.restarts):
            self.until_written(version, at.share)
            copies.append((at, self.copy(len(copies))))
        self.machine.follow()
        begun_s = time.monotonic()
        for at in (at for at in in_order if at.restarts):
            self.until_passed(begun_s + at.share * self.span_s - time.monotonic())
            held_s = time.monotonic()
            copies.append((at, self.copy(len(copies))))
            begun_s += time.monotonic() - held_s
        self.kept()
        # it was judged before this asked, where a copy was made after that
        self.span_s = min(self.span_s or WAIT_S, self.judged_s - begun_s)
        return copies

    def copy(self, number: int) -> Path:
        path = self.machine.folder / f"cut-{number}.img"
        self.machine.copy_as_cut(path)
        return path

    def started(self, copy: Path, at: Moment, versions: tuple[str, str]) -> str:
        """A copy of the card, whose power went at that moment, is started and is whole. versions: the old and the new one."""
        card, last = self.machine.card, self.version
        kept_disk, card.disk = card.disk, copy
        try:
            state = card.state()
            held = self.held(slots.other(state.kept))
            self.machine.start()
            said = self.kept()
            assert self.version in versions, said
            what = "the old one" if self.version == versions[0] else "the new one"
        finally:
            self.machine.cut()
            card.disk, self.version = kept_disk, last
        copy.unlink()
        return f"{at.told(*versions)}, as {state}, {held}; then {what}: {said}"


@dataclass(frozen=True, slots=True)
class Moment:
    """When the power goes. Before the restart of an update: once that share of the new root is written. After one: at that share of the time that the
    last update took from there until it was judged."""

    restarts: int
    share: float

    def told(self, before: str, version: str) -> str:
        return f"{before} to {version}, cut at {self.share:.2f} of the {'start and its judgement' if self.restarts else 'writing'}"


def moment(seed: int, number: int) -> Moment:
    chance = random.Random(f"{seed} {number}")
    return Moment(chance.choice((0, 1)), chance.uniform(0, 1.1))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a run came. span_s: from the restart of an update until it was judged."""

    made: dict[str, tuple[str, str, int]]
    cuts: int = 0
    failed: int = 0
    version: str = "1"
    span_s: float = 0.0
    steps: int = 0


def begun(options: argparse.Namespace, *board: str) -> Checkpoint:
    """Where the folder's run stands, or a new one with its bundles. board: further words for stick_with."""
    path = options.folder / "checkpoint.json"
    if path.exists():
        return Checkpoint(**json.loads(path.read_text()))
    options.folder.mkdir(exist_ok=True)
    made = bundles(Path(f"{options.card}.root.ext4"), options.key, options.site, options.folder, *board)
    return noted(options.folder, Checkpoint(made))


def noted(folder: Path, checkpoint: Checkpoint) -> Checkpoint:
    (folder / "checkpoint.new").write_text(json.dumps(asdict(checkpoint)))
    (folder / "checkpoint.new").rename(folder / "checkpoint.json")
    return checkpoint


FILL = "dd if=/dev/zero of=/data/filling bs=1M 2>/dev/null; dd if=/dev/zero of=/data/filling2 bs=512 2>/dev/null; sync"


def steps(trials: Trials, chosen: Sequence[int]) -> list[tuple[str, Callable[[], str]]]:
    """What goes before the cuts. chosen: by their numbers, from 1; all where none is."""
    full = ("the data partition takes no note", FILL, "rm -f /data/filling /data/filling2; sync")
    every = [
        ("first start, set up", trials.set_up),
        ("update in peace", lambda: trials.in_peace("2")),
        ("another site's signature is refused", lambda: trials.refused("other", "is not taken: .*signature")),
        ("a full data partition is told before anything is written", lambda: trials.refused("3", *full)),
        ("an update whose main job does not start is taken back", lambda: trials.taken_back("bad", "the main job does not start")),
        ("an update without the camera's driver is taken back", lambda: trials.taken_back("blind", "the main job has lost its source")),
    ]
    return [every[number - 1] for number in chosen] or every


def prepared(trials: Trials, at: Checkpoint, step: tuple[str, Callable[[], str]]) -> Checkpoint:
    """One of the steps before the cuts."""
    failed = tried(*step)
    return replace(at, steps=at.steps + 1, failed=at.failed + failed, version=trials.version, span_s=trials.span_s)


def gone_on(trials: Trials, at: Checkpoint) -> Checkpoint:
    return replace(at, failed=at.failed + tried("goes on", trials.kept), version=trials.version)


def cut_once(trials: Trials, at: Checkpoint, seed: int) -> Checkpoint:
    other = "3" if trials.version == "2" else "2"
    failed = tried(f"power cut {at.cuts + 1}", lambda: trials.cut(other, moment(seed, at.cuts + 1)))
    return replace(at, cuts=at.cuts + 1, failed=at.failed + failed, version=trials.version)


def cut_together(trials: Trials, at: Checkpoint, seed: int, last: int, folder: Path) -> Checkpoint:
    """The cuts up to that number share one update: each starts a copy of the card. Noted one by one."""
    versions = trials.version, "3" if trials.version == "2" else "2"
    numbers = {moment(seed, number): number for number in range(at.cuts + 1, last + 1)}
    copies = trials.copied(versions[1], list(numbers))
    trials.machine.cut()
    for each, copy in sorted(copies, key=lambda pair: numbers[pair[0]]):
        failed = tried(f"power cut {numbers[each]}", lambda each=each, copy=copy: trials.started(copy, each, versions))  # type: ignore[misc]
        at = noted(folder, replace(at, cuts=at.cuts + 1, failed=at.failed + failed, version=trials.version, span_s=trials.span_s))
    trials.machine.start()
    return noted(folder, replace(at, failed=at.failed + tried("goes on", trials.kept)))


def common_words(parser: argparse.ArgumentParser) -> None:
    for name in ("--card", "--key", "--site"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--cuts", type=int, default=20)
    text = "so many cuts share one update: the card is copied at each moment, the machine held meanwhile, and each copy started (1.3 GB each)"
    parser.add_argument("--together", type=int, default=1, help=text)
    text = "what goes before the cuts: 1 set-up, 2 an update, 3 another signature, 4 a full partition, 5 no main job, 6 no camera; cuts need 1 and 2"
    parser.add_argument("--steps", type=int, nargs="+", default=(), help=text)
    parser.add_argument("--seed", type=int, default=26)
    parser.add_argument("--folder", type=Path, required=True, help="for disks, consoles and the checkpoint; empty, or one whose run goes on")


def gone_through(options: argparse.Namespace, at: Checkpoint, machine_with: Callable[[Sequence[Path]], OnCard]) -> int:
    """Steps and cuts, from the checkpoint on: how many failed. machine_with: the machine with these sticks in it."""
    root = Path(f"{options.card}.root.ext4")
    made = {name: (Path(stick), digest, size) for name, (stick, digest, size) in at.made.items()}
    trials = Trials(machine_with([stick for stick, *_ in made.values()]), made, (digest_of(root), root.stat().st_size))
    trials.version, trials.span_s = at.version, at.span_s
    trials.machine.start()
    try:
        at = gone_on(trials, at) if at.steps else at
        for step in steps(trials, options.steps)[at.steps :]:
            at = noted(options.folder, prepared(trials, at, step))
        while at.cuts < options.cuts and options.together > 1:
            at = cut_together(trials, at, options.seed, min(at.cuts + options.together, options.cuts), options.folder)
        while at.cuts < options.cuts:
            at = noted(options.folder, cut_once(trials, at, options.seed))
    finally:
        trials.machine.cut()
    return at.failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common_words(parser)
    parser.add_argument("--kernel", type=Path, help="Debian's linux.uml")
    parser.add_argument("--modules", type=Path, help="its folder of modules")
    parser.add_argument("--qemu", action="store_true")
    parser.add_argument("--own-clock", action="store_true", help="the emulated PC's clock counts its instructions: for a machine that others use")
    options = parser.parse_args()
    return gone_through(options, begun(options), lambda sticks: machine_of(options, sticks))


def machine_of(options: argparse.Namespace, sticks: Sequence[Path]) -> OnCard:
    card = Card(options.card, options.folder)
    if options.qemu:
        machine = Qemu(card, sticks, options.folder)
        machine.own_clock = options.own_clock
        return machine
    return Uml(card, sticks, options.folder, kernel=options.kernel, modules=options.modules)


if __name__ == "__main__":
    sys.exit(main())
