"""The simulated device: the C core, compiled here with the system's compiler and run as a process on a pty."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from firmware_bridge import wire

C_FOLDER = Path(__file__).resolve().parent / "c"
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wconversion")
START_S = 60.0  # a busy machine
MOST_RECORD_BYTES = 1000  # its two records are far shorter
PORTS = "/dev/pts/"  # where every simulated device's port is


class NoSimulatorError(RuntimeError):
    """The simulated device cannot be built or started; the text names the cure."""


class PictureError(RuntimeError):
    """The picture of the display cannot be kept; the text names the cure."""


@dataclass(frozen=True, slots=True)
class SimState:
    """What the simulated device last said of itself. drawn_ms, pointing_ms (a Pointing was last accepted) and servo_ms are
    its own clock; turn_ms: since its rules were last asked before it drew, 2 ms unless the machine is busy; guided: when it decoded a
    Guidance (CLOCK_MONOTONIC, ns) and its frame id."""

    port_path: str = ""
    shown: wire.Shown = wire.Shown.BLANK
    rows: tuple[str, ...] = (" " * wire.SCREEN_COLUMNS,) * wire.SCREEN_ROWS
    drawn_ms: int = 0
    pointing_ms: int = 0
    turn_ms: int = 0
    servo_us: int = 0
    servo_ms: int = 0
    status: wire.Status | None = None
    guided: tuple[int, int] = (0, 0)
    pixels: bytes = b""
    logs: tuple[str, ...] = ()


def build(c_folder: Path = C_FOLDER, *, cache: Path | None = None, flags: Sequence[str] = FLAGS) -> Path:
    """The simulator's program, compiled once for each state of its sources. Raises NoSimulatorError."""
    sources = sorted((*(c_folder / "src").glob("*.[ch]"), *(c_folder / "sim").glob("*.c")))
    key = sha256(repr(flags).encode() + b"".join(source.name.encode() + source.read_bytes() for source in sources))
    folder = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tuffier"
    program = folder / f"sim-{key.hexdigest()[:16]}"
    if program.exists():
        return program
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoSimulatorError("the simulated device is C and no C compiler was found: sudo apt install gcc libc6-dev")
    return _compile(compiler, flags, c_folder, [source for source in sources if source.suffix == ".c"], program)


def _compile(compiler: str, flags: Sequence[str], c_folder: Path, sources: Sequence[Path], program: Path) -> Path:
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        built = Path(scratch) / "sim"
        command = [compiler, *flags, f"-I{c_folder / 'src'}", *map(str, sources), "-o", str(built)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoSimulatorError(f"the simulated device does not compile (sudo apt install gcc libc6-dev):\n{done.stderr}")
        built.replace(program)  # two starters at once: either's program is whole
    return program


class SimDevice:
    """One simulated device. start() returns once its port is there; close() ends it. Methods may be called from any thread."""

    def __init__(self, record_path: Path | None = None, *, program: Path | None = None) -> None:
        self._record_path = record_path
        self._program = program
        self._process: subprocess.Popen[str] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._reader: threading.Thread | None = None
        self._started = threading.Event()
        self._changed = threading.Condition()
        self._state = SimState()
        self._history: list[SimState] = []

    def start(self) -> SimDevice:
        """Raises NoSimulatorError."""
        program = self._program or build()
        if self._record_path is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="tuffier-sim-")
            self._record_path = Path(self._scratch.name) / "record"
        # a group of its own: Ctrl-C is for whoever started it, and ends it in order
        self._process = subprocess.Popen(
            [str(program), str(self._record_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._reader = threading.Thread(target=self._read, name="sim-reader", daemon=True)
        self._reader.start()
        if not self._started.wait(START_S) or not self._state.port_path:
            self.close()
            raise NoSimulatorError("the simulated device did not start: is /dev/pts mounted?")
        return self

    def __enter__(self) -> SimDevice:
        return self if self._process is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port_path(self) -> str:
        return self._state.port_path

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether its process is no more, though nobody closed it."""
        return self._process is not None and self._process.poll() is not None

    @property
    def state(self) -> SimState:
        return self._state

    @property
    def status(self) -> wire.Status | None:
        """The last Status it said, None before the first."""
        return self._state.status

    @property
    def shown(self) -> wire.Shown:
        return self._state.shown

    def screen_lines(self) -> list[str]:
        """The rows on its display: six of 21 characters."""
        return list(self._state.rows)

    def history(self) -> list[SimState]:
        """Every screen drawn since the start, oldest first."""
        with self._changed:
            return list(self._history)

    def picture(self) -> bytes:
        """Its display as a PNG."""
        with self._changed:
            self._state = replace(self._state, pixels=b"")
        self.tell("pixels")
        with self._changed:
            self._changed.wait_for(lambda: self._state.pixels != b"", START_S)
            return png(self._state.pixels)

    def tell(self, command: str) -> None:
        """A line to the simulator: `press arm`, `supply 3000`, `clock +5000`; c/sim/main.c lists them."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def press(self, button: str) -> None:
        """A press of 60 ms: the core's debouncing needs 20."""
        self.tell(f"press {button}")
        threading.Event().wait(0.06)
        self.tell(f"release {button}")
        threading.Event().wait(0.06)

    def close(self) -> None:
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()  # end of input ends it
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._reader is not None:
            self._reader.join(1.0)
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._scratch is not None:
            self._scratch.cleanup()
        self._process = None

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                state = self._state = _next_state(self._state, line.rstrip("\n"))
                if line.startswith("screen "):
                    self._history.append(state)
                self._changed.notify_all()
            if state.port_path:
                self._started.set()
        self._started.set()


def _next_state(state: SimState, line: str) -> SimState:
    """One line of the simulator's output."""
    verb, _, rest = line.partition(" ")
    match verb:
        case "port":
            return replace(state, port_path=rest)
        case "screen":
            at_ms, shown, pointing_ms, turn_ms, text = rest.split(" ", 4)
            width = wire.SCREEN_COLUMNS
            rows = tuple(text[i : i + width] for i in range(0, width * wire.SCREEN_ROWS, width))
            drawn = replace(state, drawn_ms=int(at_ms), pointing_ms=int(pointing_ms), turn_ms=int(turn_ms))
            return replace(drawn, shown=wire.Shown(int(shown)), rows=rows)
        case "servo":
            at_ms, pulse_us = rest.split()
            return replace(state, servo_ms=int(at_ms), servo_us=int(pulse_us))
        case "guided":
            at_ns, frame_id = rest.split()
            return replace(state, guided=(int(at_ns), int(frame_id)))
        case "pixels":
            return replace(state, pixels=bytes.fromhex(rest))
        case "status":
            status = wire.decode(bytes.fromhex(rest))
            return replace(state, status=status) if isinstance(status, wire.Status) else state
        case "log":
            log = wire.decode(bytes.fromhex(rest))
            return replace(state, logs=(*state.logs[-99:], log.line)) if isinstance(log, wire.Log) else state
        case _:
            return state


def png(pixels: bytes, scale: int = 4) -> bytes:
    """The display's 128 x 64 bits as a PNG, each pixel scale x scale."""
    rows = [pixels[i : i + 16] for i in range(0, len(pixels), 16)]
    grey = [bytes(255 * (row[x // 8] >> (7 - x % 8) & 1) for x in range(128) for _ in range(scale)) for row in rows]
    lines = b"".join((b"\0" + line) * scale for line in grey)
    header = struct.pack(">IIBBBBB", 128 * scale, len(rows) * scale, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big") for name, body in chunks
    )


def terminal_screen(rows: Sequence[str]) -> str:
    """The display in a frame of characters, for a terminal."""
    edge = "+" + "-" * (wire.SCREEN_COLUMNS + 2) + "+"
    return "\n".join((edge, *(f"| {row:<{wire.SCREEN_COLUMNS}} |" for row in rows), edge))


def sim_command(argv: Sequence[str]) -> int:
    """`tuffier sim`: the simulated device on a pty until Ctrl-C; lines typed are buttons. Exit status: 2 cannot start, 1 cannot go on."""
    parser = argparse.ArgumentParser(
        prog="tuffier sim",
        description="The simulated device on a pty. Type `press arm`, `release arm`, `supply 3000` and so on.",
        epilog="example: tuffier sim --link /tmp/tuffier-device",
    )
    parser.add_argument("--link", type=Path, help="also name the port by this symbolic link, new or left by an earlier one")
    parser.add_argument("--png", type=Path, help="keep a picture of the display in this file")
    parser.add_argument("--record", type=Path, help="keep the device's configuration in this file")
    options = parser.parse_args(list(argv))
    why = _refused(options.link, options.png, options.record) or _refused_record(options.record)
    if why:
        print(f"tuffier sim: {why}", file=sys.stderr)
        return 2
    # a shell's background job is born with Ctrl-C ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        device = SimDevice(options.record).start()
    except NoSimulatorError as error:
        print(error, file=sys.stderr)
        return 2
    with device:
        print(f"device on {device.port_path}; end with Ctrl-C", flush=True)
        if options.link is not None:
            options.link.unlink(missing_ok=True)
            options.link.symlink_to(device.port_path)
        try:
            _show_until_interrupted(device, options.png)
        except KeyboardInterrupt:
            return 0
        except (PictureError, NoSimulatorError) as error:
            print(f"tuffier sim: {error}", file=sys.stderr)
            return 1
        finally:
            if options.link is not None and _target(options.link) == device.port_path:
                options.link.unlink()
    return 0


def _refused(link: Path | None, *files: Path | None) -> str:
    """Why the command may not write to these places, or nothing."""
    for path in (link, *files):
        if path is not None and not os.access(path.parent, os.W_OK | os.X_OK):
            return f"{path}: {path.parent} is no folder that can be written: name another place"
    if link is not None and os.path.lexists(link) and not _target(link).startswith(PORTS):
        return f"--link {link}: something that no simulated device left stands there, and would be lost: name another place"
    for path in files:
        if path is not None and os.path.lexists(path) and not path.is_file():
            return f"{path}: something that is no file stands there: name another place"
    return ""


def _refused_record(path: Path | None) -> str:
    """The device writes into the file that is there, and leaves the rest of it."""
    if path is not None and path.is_file() and path.stat().st_size > MOST_RECORD_BYTES:
        return f"--record {path}: a file that no simulated device made stands there, and would be spoilt: name another place"
    return ""


def _target(link: Path) -> str:
    """What a symbolic link names, or nothing where there is none."""
    try:
        return os.readlink(link)
    except OSError:
        return ""


def _show_until_interrupted(device: SimDevice, picture: Path | None) -> None:
    threading.Thread(target=_pass_on_lines, args=(device,), name="sim-typist", daemon=True).start()
    shown: tuple[str, ...] = ()
    while True:
        threading.Event().wait(0.1)
        if device.ended:
            raise NoSimulatorError("the simulated device was ended from outside: start it again")
        if device.state.rows != shown:
            shown = device.state.rows
            print(terminal_screen(shown), flush=True)
            if picture is not None:
                _keep(picture, device.picture())


def _keep(picture: Path, content: bytes) -> None:
    """A viewer sees the old one or the new one; a symbolic link stays. Raises PictureError."""
    place = Path(os.path.realpath(picture))
    half = place.with_name(place.name + ".part")
    try:
        half.write_bytes(content)
        half.replace(place)
    except OSError as error:
        raise PictureError(f"--png {picture}: {error.strerror}: name another place, or make room") from error


def _pass_on_lines(device: SimDevice) -> None:
    # standard input may be closed, or the device by then: the display is shown all the same
    with contextlib.suppress(OSError, ValueError):
        for line in sys.stdin or ():
            device.tell(line.strip())
