"""The main job under faults: the real program, a simulated device on a pty, a camera that fails as told.

    python -m tests.system.faults --boards 4 --minutes 60 --rounds 1000      ends at whichever comes first; JSON at the end
    python -m tests.system.faults --soak 100000                              frames without a fault: memory
    python -m tests.system.faults --soak 100000 --record FILE                the same while recording

A round is every fault once, about 11 s. The boards share the rounds; each has its own folder, ptys and programs. The first one's program is never
killed: memory is judged there, from LASTING_ROUNDS on. On the others kill -9 is in every round.

The camera shows frames of a recording that the model points at, so digits stand when a fault strikes. Invariant: while a fault lasts no digits stand
on the display longer than the device's own limit; within LIMIT_S of its end the display shows digits again; own memory, mapped files and
file handles do not grow. Needs a C compiler.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.guidance.session import checked
from edge.judge.replay import replay
from edge.model import runner
from edge.pipeline import Course
from edge.record import recording
from edge.screen.profile import parse
from edge.source.sources import BUNDLED, Clip
from edge.step import Stated
from edge.types import Frame, Pointing, Scan, ScreenLeft
from firmware_bridge import wire
from firmware_bridge.sim import SimDevice
from firmware_bridge.wire import Shown

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 1.0
STALE_S = 0.6  # frozen is found within 0.5 s; digits go 300 ms after the last valid guidance
GROWTH_MB = 2.0
SOAK_HZ = 300.0  # faster than any camera: hours of frames in minutes
RATE_HZ = 30.0
FEWEST_FRAMES, MOST_FRAMES = 20, 40  # the camera maps them into the program's memory
MARGIN_PX = 32  # of video around the recorded scan: frozen pictures are told from live ones by what lies beside it
PROFILE = """name = "faults"
[video]
width_px = {width}
height_px = {height}
[ruler]
mm_per_px = [{across}, {down}]
[orientation]
screen_left = "{left}"
"""
CLOCK_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
/* moves the wall clock by the seconds in $TUFFIER_CLOCK; the monotonic one stays */
static long shift(void) {
    long s = 0;
    FILE *f = fopen(getenv("TUFFIER_CLOCK"), "r");
    if (!f) return 0;
    if (fscanf(f, "%ld", &s) != 1) s = 0;
    fclose(f);
    return s;
}
int clock_gettime(clockid_t id, struct timespec *t) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int r = real(id, t);
    if (id == CLOCK_REALTIME) t->tv_sec += shift();
    return r;
}
"""


@dataclass(frozen=True)
class Scene:
    """Frames (n, height, width) that the camera shows in turn, their scale and orientation, what is looked for in them, and what is to be shown."""

    frames: NDArray[np.uint8]
    mm_per_px: tuple[float, float] = (0.2, 0.2)
    left: str = "patient_left"
    procedure: str = "facet"
    side: str = "right"
    normal: Shown = Shown.WORDS

    @property
    def profile(self) -> str:
        """The scanner profile's TOML."""
        _, height, width = self.frames.shape
        across, down = self.mm_per_px
        return PROFILE.format(width=width, height=height, across=across, down=down, left=self.left)


class Cable:
    """Passes bytes between a device's port and a port for the host, until it is pulled: the host's end then hangs up, the device stays powered."""

    def __init__(self, device_path: str) -> None:
        self._device = os.open(device_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._device)
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.host_path = os.ttyname(slave)
        self._slave = slave  # held, or reading fails before the host has come
        self._pulled = threading.Event()
        self._thread = threading.Thread(target=self._pass, name="cable", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        self._pulled.set()
        self._thread.join()
        for end in (self._slave, self._master, self._device):
            os.close(end)

    def _pass(self) -> None:
        other = {self._device: self._master, self._master: self._device}
        while not self._pulled.is_set():
            for end in select.select(list(other), [], [], 0.02)[0]:
                with contextlib.suppress(OSError):  # a full buffer loses, as a UART does
                    os.write(other[end], os.read(end, 4096))


@dataclass
class Bench:
    """A folder with camera, configuration and model; the device and its cable; the program."""

    folder: Path
    rate_hz: float = RATE_HZ
    record_to: str = ""
    device: SimDevice | None = None
    cable: Cable | None = None
    program: subprocess.Popen[bytes] | None = None
    started: int = 0

    def say(self, state: str) -> None:
        scratch = self.folder / "state.new"
        scratch.write_text(state)
        scratch.replace(self.folder / "state")

    def plug(self) -> None:
        """A device with its cable; it boots."""
        self.device = SimDevice(self.folder / "record").start()
        self.connect()

    def unplug(self) -> None:
        """Cable and the device's supply at once, as a USB device's."""
        assert self.device is not None
        self.disconnect()
        self.device.close()
        self.device = None

    def connect(self) -> None:
        assert self.device is not None
        self.cable = Cable(self.device.port_path)
        link = self.folder / "device.new"
        link.symlink_to(self.cable.host_path)
        link.replace(self.folder / "device")

    def disconnect(self) -> None:
        """The cable alone: the device has its own supply."""
        assert self.cable is not None
        (self.folder / "device").unlink()
        self.cable.pull()
        self.cable = None

    def start(self) -> None:
        self.started += 1
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'tests/system/fake_camera'}:{ROOT}",
            "TUFFIER_FAKE_CAMERA": str(self.folder),
            "TUFFIER_CLOCK": str(self.folder / "clock"),
            "TUFFIER_FAKE_CAMERA_HZ": str(self.rate_hz),
            "OMP_NUM_THREADS": "1",
            # an installed board has its modules compiled (systemd/install.sh): so has the program here from its second start on
            "PYTHONPYCACHEPREFIX": str(self.folder / "pycache"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if (self.folder / "clock.so").exists():
            environment["LD_PRELOAD"] = str(self.folder / "clock.so")
        # it ends with this run however that ends: left alone it would go on into whichever pty next gets the number of its device's
        command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "edge.cli", "run", "--config", str(self.folder / "tuffier.toml")]
        if self.record_to:
            command += ["--record", self.record_to]
        log = (self.folder / "log").open("ab")
        with log:
            self.program = subprocess.Popen(command, env=environment, cwd=self.folder, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.program is not None and self.program.poll() is None:
            self.program.terminate()
            try:
                self.program.wait(5)
            except subprocess.TimeoutExpired:
                self.program.kill()
                self.program.wait()
        if self.cable is not None:
            self.cable.pull()
        if self.device is not None:
            self.device.close()

    @property
    def pid(self) -> int:
        assert self.program is not None
        assert self.program.poll() is None, "the program ended: " + (self.folder / "log").read_text()[-2000:]
        return self.program.pid

    def shown(self) -> Shown:
        return Shown.BLANK if self.device is None else self.device.shown

    def frame_id(self) -> int:
        status = None if self.device is None else self.device.status
        return 0 if status is None else status.last_frame_id

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory of the program's own, and the size of the files it has mapped (libraries, the camera's frames).

        How much of the latter is resident is the system's choice, and changes without the program's doing.
        """
        own = next(line for line in Path(f"/proc/{self.pid}/status").read_text().splitlines() if line.startswith("RssAnon:"))
        mapped = 0
        for line in Path(f"/proc/{self.pid}/maps").read_text().splitlines():
            first_to_last, _, _, _, inode, *_ = line.split()
            first, last = (int(address, 16) for address in first_to_last.split("-"))
            mapped += (last - first) * (inode != "0")
        return int(own.split()[1]) / 1024, mapped / 2**20

    def handles(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))


@dataclass(frozen=True)
class Fault:
    """begin makes the cause, end takes it away; quiet: no digits may stand while it lasts. kills: the process is another one afterwards."""

    name: str
    begin: Callable[[Bench], None]
    end: Callable[[Bench], None]
    lasts_s: float
    quiet: bool = True
    kills: bool = False


def _live(bench: Bench) -> None:
    bench.say("live")


def _state(name: str) -> Callable[[Bench], None]:
    return lambda bench: bench.say(name)


def _signal(number: signal.Signals) -> Callable[[Bench], None]:
    return lambda bench: os.kill(bench.pid, number)


def _kill(bench: Bench) -> None:
    os.kill(bench.pid, signal.SIGKILL)
    assert bench.program is not None
    bench.program.wait()


def _clock(seconds: int) -> Callable[[Bench], None]:
    def jump(bench: Bench) -> None:
        (bench.folder / "clock").write_text(str(seconds))

    return jump


def _swap_model(bench: Bench) -> None:
    scratch = bench.folder / "model.new"
    scratch.write_bytes(b"no model at all")
    scratch.replace(bench.folder / "model.tflite")


def _mend_model(bench: Bench) -> None:
    scratch = bench.folder / "model.new"
    scratch.write_bytes((bench.folder / "model.good").read_bytes())
    scratch.replace(bench.folder / "model.tflite")


FAULTS = (
    Fault("cable pulled", Bench.disconnect, Bench.connect, 0.8),
    # this device loses its supply, too: booted again it says for BOOT_NOTICE_LEAST_MS that it is a research device
    Fault("device unplugged", Bench.unplug, Bench.plug, 0.4),
    Fault("source unplugged", _state("unplugged"), _live, 1.0),
    Fault("no signal", _state("no_signal"), _live, 1.0),
    Fault("frozen", _state("frozen"), _live, 1.2),
    Fault("resolution changed", _state("resolution"), _live, 1.2),
    Fault("stopped", _signal(signal.SIGSTOP), _signal(signal.SIGCONT), 1.0),
    Fault("clock forward", _clock(400_000_000), _clock(0), 0.5, quiet=False),
    Fault("clock back", _clock(-1_000_000_000), _clock(0), 0.5, quiet=False),
    Fault("model file swapped", _swap_model, _mend_model, 0.5, quiet=False),
    Fault("killed", _kill, Bench.start, 0.8, kills=True),
)
ROUND_SAMPLES = sum(not fault.kills for fault in FAULTS)
WARM_ROUNDS, LASTING_ROUNDS = 5, 20  # caches and the heap find their size in the first few


@dataclass
class Findings:
    """What a run showed. lives: own MB, mapped MB and handles after each fault, one list a process."""

    recovered_s: dict[str, list[float]] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    lives: list[list[tuple[float, float, int]]] = field(default_factory=lambda: [[]])
    rounds: int = 0
    said_full: bool = False

    def judged(self) -> list[list[tuple[float, float, int]]]:
        """Lives of LASTING_ROUNDS and more, without the first rounds."""
        return [life[WARM_ROUNDS * ROUND_SAMPLES :] for life in self.lives if len(life) >= LASTING_ROUNDS * ROUND_SAMPLES]

    def growth(self) -> tuple[float, float, int]:
        """Most growth within one process: of the least own memory in MB, mapped files in MB and handles, from the first third of its faults to
        the last.

        The least, because the C library keeps up to twice the largest block that was ever freed at the heap's top: what is resident steps up
        and down by that without a block more in use.
        """
        worst: tuple[float, float, int] = (0.0, 0.0, 0)
        for life in self.judged():
            third = len(life) // 3
            before, after = (tuple(map(min, zip(*part, strict=True))) for part in (life[:third], life[-third:]))
            worst = max(worst[0], after[0] - before[0]), max(worst[1], after[1] - before[1]), max(worst[2], after[2] - before[2])
        return worst

    def report(self) -> dict[str, Any]:
        mb, mapped_mb, handles = self.growth()
        own_mb = [sample[0] for life in self.judged() for sample in life]
        return {
            "rounds": self.rounds,
            "times_median_most_s": {name: [len(times), round(median(times), 2), round(max(times), 2)] for name, times in self.recovered_s.items()},
            "late": self.late,
            "stale": self.stale,
            "faults_in_longest_life": max(map(len, self.lives)),
            "growth_mb": round(mb, 2),
            "growth_mapped_mb": round(mapped_mb, 2),
            "growth_handles": handles,
            "own_mb": [round(min(own_mb), 1), round(max(own_mb), 1)] if own_mb else None,
            "disk_full_was_said": self.said_full,
        }


def together(found: list[Findings]) -> Findings:
    """Several boards' findings as one."""
    times: dict[str, list[float]] = {}
    for each in found:
        for name, took_s in each.recovered_s.items():
            times.setdefault(name, []).extend(took_s)
    return Findings(
        times,
        [line for each in found for line in each.late],
        [line for each in found for line in each.stale],
        [life for each in found for life in each.lives],
        sum(each.rounds for each in found),
        all(each.said_full for each in found),
    )


@contextlib.contextmanager
def bench(scene: Scene, *, model: Path, rate_hz: float = RATE_HZ, record_to: str = "full.mcap") -> Iterator[Bench]:
    """Everything set up and running. It records on a disk that is full from the start, unless told otherwise; "": not at all."""
    with tempfile.TemporaryDirectory(prefix="tuffier-faults-") as name:
        made = Bench(Path(name), rate_hz, record_to)
        np.save(made.folder / "frames.npy", scene.frames)
        made.say("live")
        (made.folder / "clock").write_text("0")
        (made.folder / "profile.toml").write_text(scene.profile)
        for target in ("model.good", "model.tflite"):
            (made.folder / target).write_bytes(model.read_bytes())
        _, height, width = scene.frames.shape
        settings = {"source": {"source": f"picamera2:0?size={width}x{height}", "profile": str(made.folder / "profile.toml")}}
        settings |= {"device": {"device": str(made.folder / "device")}, "model": {"path": str(made.folder / "model.tflite")}}
        settings |= {"procedure": {"procedure": scene.procedure, "side": scene.side}}
        toml = "".join(f"[{part}]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()) for part, keys in settings.items())
        (made.folder / "tuffier.toml").write_text(toml)
        (made.folder / "clock.c").write_text(CLOCK_SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made.folder / "clock.so"), str(made.folder / "clock.c")], check=True)
        (made.folder / "full.mcap").symlink_to("/dev/full")
        try:
            made.plug()
            made.start()
            yield made
        finally:
            made.stop()


def settled(bench: Bench, wanted: Shown, timeout_s: float) -> float | None:
    """Seconds until the display shows wanted from a frame newer than now, None where it does not."""
    start_s, before = time.monotonic(), None
    while (waited_s := time.monotonic() - start_s) < timeout_s:
        frame = bench.frame_id()
        before = frame if before is None or frame < before else before
        if bench.shown() is wanted and frame > before:
            return waited_s
        time.sleep(0.005)
    return None


def steady(bench: Bench, normal: Shown, patience: float = 1.0) -> None:
    """Waits for what is to be shown."""
    assert settled(bench, normal, 20.0 * patience) is not None, f"never {normal.name.lower()}: " + (bench.folder / "log").read_text()[-2000:]


def told(line: str) -> str:
    """Said with board and load at once: an hour's run need not end to be read."""
    line = f"{multiprocessing.current_process().name}, {line}"
    print(f"{line} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
    return line


def suffer(bench: Bench, fault: Fault, normal: Shown, found: Findings, patience: float) -> None:
    """One fault, from its cause to the display being as before."""
    fault.begin(bench)
    begun_s = time.monotonic()
    # patience is for a busy machine: the host may find late that a picture is frozen, and the fault then lasts until it has
    while (since_s := time.monotonic() - begun_s) < fault.lasts_s or (fault.quiet and bench.shown() is Shown.DIGITS):
        if fault.quiet and since_s > STALE_S * patience and bench.shown() is Shown.DIGITS:
            found.stale.append(told(f"round {found.rounds}: {fault.name}: digits after {since_s:.2f} s"))
            break
        time.sleep(0.01)
    if fault.kills:
        found.lives.append([])
    fault.end(bench)
    limit_s = patience * LIMIT_S
    took_s = settled(bench, normal, 10.0 * patience)
    if took_s is None or took_s > limit_s:
        found.late.append(told(f"round {found.rounds}: {fault.name}: back after {'never' if took_s is None else f'{took_s:.2f} s'}"))
    if took_s is None:
        never = f"{fault.name}: no way back: {found.report()}\n" + (bench.folder / "log").read_text()[-2000:]
        assert settled(bench, normal, 120.0) is not None, never
    else:
        found.recovered_s.setdefault(fault.name, []).append(took_s)
    time.sleep(0.1)
    found.lives[-1].append((*bench.memory_mb(), bench.handles()))


def run(made: Bench, normal: Shown, *, minutes: float, claim: Callable[[], bool], kills: bool, patience: float = 1.0) -> Findings:
    """Faults in turn until time is over or claim gives no further round. A round is every fault once, the killing ones only where kills.

    patience: factor on every limit of time, for a machine that has other work.
    """
    steady(made, normal, patience)
    found, end_s = Findings(), time.monotonic() + 60 * minutes
    while (time.monotonic() < end_s or found.rounds == 0) and claim():
        found.rounds += 1
        if found.rounds % 10 == 0:
            counts = f"{len(found.late)} late, {len(found.stale)} stale"
            told(f"round {found.rounds}: {counts}, " + "{:.1f} MB own, {:.1f} MB of files mapped".format(*made.memory_mb()))
        try:
            for fault in FAULTS:
                if kills or not fault.kills:
                    suffer(made, fault, normal, found, patience)
        except AssertionError as error:
            found.late.append(told(f"round {found.rounds}: given up: {error}"))
            break
    found.said_full = b"recording stopped" in (made.folder / "log").read_bytes()
    return found


@dataclass(frozen=True)
class Plan:
    """What every board of a run is told."""

    scene: Scene
    model: Path
    rate_hz: float
    minutes: float
    patience: float


def several(count: int, plan: Plan, rounds: int) -> Findings:
    """So many boards at once, each in a process of its own, rounds shared among them."""
    context = multiprocessing.get_context("spawn")  # a model's threads do not survive a fork
    left = context.Value("i", rounds)
    ends = []
    for number in range(count):
        end, other = context.Pipe(duplex=False)
        context.Process(target=_one, args=(plan, number > 0, left, other), name=f"board {number + 1}", daemon=True).start()
        other.close()
        ends.append(end)
    return together([end.recv() for end in ends])  # EOFError: that board's process ended, its traceback stands above


def _one(plan: Plan, kills: bool, left: Synchronized[int], findings: Connection) -> None:
    """One board's part, in its own process."""

    def claim() -> bool:
        with left.get_lock():
            left.value -= 1
            return left.value >= 0

    with bench(plan.scene, model=plan.model, rate_hz=plan.rate_hz) as made:
        found = run(made, plan.scene.normal, minutes=plan.minutes, claim=claim, kills=kills, patience=plan.patience)
    findings.send(found)


def failures(found: Findings) -> list[str]:
    """What the invariant in the file's head does not hold for."""
    mb, mapped_mb, handles = found.growth()
    wrong = found.late + found.stale
    if mb > GROWTH_MB:
        wrong.append(f"memory grew by {mb:.1f} MB")
    if mapped_mb > GROWTH_MB:
        wrong.append(f"mapped files grew by {mapped_mb:.1f} MB")
    if handles > 0:
        wrong.append(f"{handles} file handles more")
    if not found.said_full:
        wrong.append("the full disk was not said")
    return wrong


def pointed_at(path: Path, model: Path) -> Scene:
    """The recording's longest run of frames that the model points at, there and back again. Raises AssertionError where there are too few."""
    told = recording.session_fields(path)
    found = [each for each in recording.read(path) if isinstance(each.scan, Scan) and each.frame is not None]
    assert found, f"{path}: no frames in it"
    scan = found[0].scan
    assert isinstance(scan, Scan)
    drawn = np.stack([_drawn(each.frame, scan) for each in found if each.frame is not None])
    scene = Scene(drawn, (scan.mm_per_px_x, scan.mm_per_px_y), scan.orientation.value, str(told["procedure"]), str(told["side"]), Shown.DIGITS)
    runs, at = [], 0
    for points, group in groupby(_pointing(scene, model)):
        length = len(list(group))
        if points:
            runs.append((length, at))
        at += length
    length, at = max(runs, default=(0, 0))
    assert length >= FEWEST_FRAMES, f"{path}: the model points at {length} of its frames in a row, {FEWEST_FRAMES} are needed"
    at += max(0, length - MOST_FRAMES) // 2
    run_ = drawn[at : at + min(length, MOST_FRAMES)]
    return Scene(np.concatenate((run_, run_[-2:0:-1])), scene.mm_per_px, scene.left, scene.procedure, scene.side, Shown.DIGITS)


def _drawn(frame: Frame, scan: Scan) -> NDArray[np.uint8]:
    """A recorded crop where it was in the video frame, on black; even sides, which halve for another resolution."""
    height, width = ((last + MARGIN_PX + 3) // 4 * 4 for last in (scan.geometry.bottom_px, scan.geometry.right_px))
    drawn = np.zeros((height, width), np.uint8)
    left, top = frame.offset_px
    rows, columns = frame.pixels.shape
    drawn[top : top + rows, left : left + columns] = frame.pixels
    return drawn


def _pointing(scene: Scene, model: Path) -> list[bool]:
    """Which frames are pointed at, as the camera would show them."""
    loaded = runner.load(model, threads=1)
    course = Course(checked(wire.Procedure[scene.procedure.upper()], wire.Side[scene.side.upper()]), loaded.manifest)
    frames = (Frame(index, round(index * 1e9 / RATE_HZ), pixels) for index, pixels in enumerate(scene.frames))
    clips = iter([Clip("scene", False, ScreenLeft.UNKNOWN, frames)])
    return [isinstance(said.guidance, Pointing) for _, said in replay(clips, course, loaded.invoke, Stated(parse(scene.profile)))]


def speckle(count: int = 24) -> Scene:
    """Moving noise in a rectangle: alive, and no spine. The display says words."""
    random = np.random.default_rng(7)
    field_ = random.rayleigh(60, (480 + count, 400)).clip(0, 255).astype(np.uint8)
    frames = np.zeros((count, 480, 640), np.uint8)
    for index in range(count):
        frames[index, 20:460, 120:520] = field_[index : index + 440]
    return Scene(frames)


def soak(made: Bench, normal: Shown, count: int) -> dict[str, Any]:
    """Frames without a fault: memory at the start (after 2 % of them) and at the end."""
    steady(made, normal)
    first, samples = made.frame_id(), []
    while (done := made.frame_id() - first) < count:
        samples.append((done, *made.memory_mb(), made.handles()))
        if len(samples) % 60 == 0:
            print("{} frames, {:.1f} MB own, {:.1f} MB of files mapped, {} handles".format(*samples[-1]), file=sys.stderr, flush=True)
        time.sleep(1.0)
    warm = [sample for sample in samples if sample[0] >= 0.02 * count]
    return {
        "frames": done,
        "own_mb": [round(warm[0][1], 2), round(warm[-1][1], 2)],
        "mapped_mb": [round(warm[0][2], 2), round(warm[-1][2], 2)],
        "most_own_mb": round(max(sample[1] for sample in warm), 2),
        "growth_mb": round(warm[-1][1] - warm[0][1], 2),
        "handles": [warm[0][3], warm[-1][3]],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--boards", type=int, default=2, help="so many at once; one alone is never killed")
    parser.add_argument("--patience", type=float, default=1.0, help="factor on every limit of time, for a busy machine")
    parser.add_argument("--soak", type=int, metavar="FRAMES")
    parser.add_argument("--model", type=Path, default=ROOT / "models/tuffier.tflite")
    parser.add_argument("--recording", type=Path, default=BUNDLED, help="its frames are shown, as far as the model points at them")
    parser.add_argument("--noise", action="store_true", help="moving noise instead: words")
    parser.add_argument("--record", default="", help="with --soak: record to this file")
    parser.add_argument("--hz", type=float, default=RATE_HZ, help="the camera's rate")
    options = parser.parse_args()
    scene = speckle() if options.noise else pointed_at(options.recording, options.model)
    if options.soak:
        with bench(scene, model=options.model, rate_hz=SOAK_HZ, record_to=options.record and os.path.abspath(options.record)) as made:
            figures = soak(made, scene.normal, options.soak)
        print(json.dumps(figures, indent=1))
        return int(abs(figures["growth_mb"]) > GROWTH_MB)
    plan = Plan(scene, options.model, options.hz, options.minutes, options.patience)
    found = several(options.boards, plan, options.rounds)
    print(json.dumps(found.report(), indent=1))
    return int(bool(failures(found)))


if __name__ == "__main__":
    sys.exit(main())
