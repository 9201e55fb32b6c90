"""One table of what works on this machine, each failing row with its cure."""

from __future__ import annotations

import contextlib
import errno
import http.client
import importlib.util
import itertools
import os
import platform
import shlex
import shutil
import socket
import stat
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from importlib import metadata
from pathlib import Path

import numpy as np

from edge import extras
from edge.board import config as configs
from edge.board.board import BoardState, board_state
from edge.board.config import Config, ConfigError
from edge.board.page import address as addresses
from edge.board.page import token_file
from edge.board.page.feed.asks import MOST_ADDRESS
from edge.board.terminal import link_line
from edge.model import manifest as manifests
from edge.model import runner
from edge.model.manifest import ModelError
from edge.record.recording import RecordingError, refuse_other_model
from edge.screen import profile as profiles
from edge.screen import watch
from edge.source.sources import LIVE_KINDS, SourceError, open_clips, open_source, parse_spec, recording_path
from edge.types import BadFrame, ModelInput, NoScan
from firmware_bridge.link import Connected, Link, Refused
from firmware_bridge.wire import Side

FRAMES_TRIED = 12
HELLO_WAIT_S = 3.0
PAGE_WAIT_S = 1.0
MANAGER_WAIT_S = 10.0


class Status(IntEnum):
    """The exit status is the worst row's."""

    OK = 0
    WARNING = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One thing looked at. cure is empty where nothing is wrong; code: drawn below, for a telephone's camera."""

    name: str
    status: Status
    found: str
    cure: str = ""
    code: str = ""


def doctor(config_path: Path | None, *, source: str | None, device: str | None, model: Path | None) -> list[Row]:
    """Every row, in the order in which a technician would look."""
    try:
        config = configs.load(config_path) if config_path else Config()
        first = Row("configuration", Status.OK, str(config_path or "defaults"))
    except ConfigError as error:
        config, first = Config(), Row("configuration", Status.FAIL, str(error), "mend that line; the rows below use the defaults")
    source = source or config.source.source
    model = model or (Path(config.model.path) if config.model.path else runner.BUNDLED)
    rows = [first, _python(), _model(model, config.model.threads), *_session(config), *_source(source, config.source.profile, model)]
    if config.monitor.page:
        rows.append(_page(config.monitor.page))
    rows += [_device(device or config.device.device), _compiler(device or config.device.device), _picamera2()]
    board = board_state(Path())  # not its name: the folder may have been removed
    return [*rows, _temperature(board), _supply(board), _disk(board)]


def doctor_table(rows: list[Row]) -> str:
    """The rows for a person."""
    words = {Status.OK: "ok", Status.WARNING: "WARN", Status.FAIL: "FAIL"}
    width = max(len(row.name) for row in rows)
    lines = ["tuffier doctor. A research device: nobody has validated it on patients."]
    for row in rows:
        lines.append(f"{words[row.status]:5}{row.name:<{width + 2}}{row.found}")
        if row.cure:
            lines.append(f"     {'':<{width + 2}}cure: {row.cure}")
        lines += [row.code] if row.code else []
    return "\n".join(lines)


def _python() -> Row:
    return Row("python", Status.OK, f"{platform.python_version()} on {platform.machine()}, numpy {np.__version__}")


def _model(path: Path, threads: int) -> Row:
    """An import proves nothing: the interpreter is built and invoked."""
    try:
        model = runner.load(path, threads=threads)
        grid = model.manifest.grid
        for turn in range(len(model.networks)):
            model.invoke(ModelInput(np.full((1, grid.rows, grid.columns, 1), -128, np.int8), (1.0, 0.0, 1.0, 0.0), False, turn))
    except (ModelError, RuntimeError) as error:
        return Row("model", Status.FAIL, str(error), "reinstall tuffier, or name a good file with --model")
    version = metadata.version("ai-edge-litert" if model.runtime == "litert" else "tflite-runtime")
    return Row("model", Status.OK, f"{model.manifest.name} {model.manifest.version} built and invoked by {model.runtime} {version}")


def _session(config: Config) -> list[Row]:
    """Whether procedure, side, approach and pivot make sense together; a profile that cannot be read has a row of its own."""
    try:
        profile = profiles.load(config.source.profile) if config.source.profile else profiles.AUTO
        session = configs.session_of(config.procedure, profile.orientation.marker)
    except profiles.ProfileError:
        return []
    except ConfigError as error:
        return [Row("procedure", Status.FAIL, str(error), "mend [procedure] in the configuration")]
    side = "" if session.side is Side.NONE else f", patient's {session.side.name.lower()}"
    return [Row("procedure", Status.OK, f"{session.procedure.name.lower()}{side}, {session.approach}")]


def _page(page: str) -> Row:
    """Where the page is served, or whether it could be."""
    try:
        host, port = addresses.address(page)
        with socket.create_server((host, port), family=addresses.family(host)):
            pass
    except addresses.AddressError as error:
        return Row("page", Status.FAIL, str(error), "mend [monitor] page in the configuration")
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _is_ours(host, port):
            return _served(page)
        return Row("page", Status.FAIL, f"{page}: {error.strerror}", "name another address or port in [monitor] page")
    if importlib.util.find_spec("aiohttp") is None:
        return Row("page", Status.OK, f"not served; it needs a package more: {extras.cure('page')}")
    if _is_started():
        return Row("page", Status.OK, f"{page}: not served yet, tuffier-page is just starting: run this again in some seconds")
    return Row("page", Status.OK, f"{page}: not served now: `tuffier monitor` does it, on a board `sudo systemctl start tuffier-page`")


def _is_started() -> bool:
    """Whether a board's page runs, though nothing answers yet."""
    asked = ["systemctl", "is-active", "--quiet", "tuffier-page.service"]
    try:
        return subprocess.run(asked, capture_output=True, check=False, timeout=MANAGER_WAIT_S).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _is_ours(host: str, port: int) -> bool:
    """Whether the page answers there."""
    asked = http.client.HTTPConnection("127.0.0.1" if host in addresses.ANY else host, port, timeout=PAGE_WAIT_S)
    try:
        asked.request("GET", "/healthz")
        return asked.getresponse().getheader("Server") == "tuffier"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _served(page: str) -> Row:
    """What to type into a browser, with the token where this user may read it, and as a QR code where another machine reaches it."""
    host, port = addresses.address(page)
    token, more = _token((token_file.BOARD_FOLDER, token_file.folder(os.environ)))
    found = addresses.urls(host, port, token)
    if addresses.told_to_device(host, port, token, most=MOST_ADDRESS):
        more = "; at the device: hold PROCEDURE for 2 s while nobody scans"
    return Row("page", Status.OK, " or ".join(found) + more, code=token_file.qr_lines(found[0]) if token and not addresses.is_loopback(host) else "")


def _token(folders: Iterable[Path]) -> tuple[str, str]:
    """The page's token, and where there is none, what this user does about it."""
    try:
        token = next(filter(None, map(token_file.read, folders)), "")
    except PermissionError:
        return "", "; with its token: `sudo tuffier doctor`"
    except OSError as error:
        return "", f"; its token cannot be read: {error}"
    if token:
        return token, ""
    return "", "; its token is not here: run this again in some seconds; a page that another user started with `tuffier monitor` prints it there"


def _source(source: str, profile_name: str, model: Path) -> list[Row]:
    try:
        profile = profiles.load(profile_name) if profile_name else profiles.AUTO
    except profiles.ProfileError as error:
        return [Row("profile", Status.FAIL, str(error), f"mend it, or make it anew: `{shlex.join(['tuffier', 'calibrate', source])}`")]
    try:
        _refuse_other_model(source, model)
        frames = list(itertools.islice(open_source(source), FRAMES_TRIED))
        claim = next(open_clips(source)).claim if parse_spec(source).kind == "dicom" else None
    except (SourceError, RecordingError, OSError) as error:
        return [Row("source", Status.FAIL, str(error), _source_cure(source))]
    good = [frame for frame in frames if not isinstance(frame, BadFrame)]
    if not good:
        return [Row("source", Status.FAIL, f"{source}: no frame of {len(frames)} could be read", "check the cable and the scanner's video output")]
    rows, columns = good[0].pixels.shape
    opened = Row("source", Status.OK, f"{source}: {columns}x{rows}")
    if parse_spec(source).kind == "recording":
        return [opened, Row("scale", Status.OK, "kept in the recording")]
    still = parse_spec(source).kind not in LIVE_KINDS
    state = watch.fresh(profile, stated_mm_per_px=None, stated_screen_left=None, still=still, claim=claim)
    for frame in good:
        state, scan = watch.watch(state, frame)
    if isinstance(scan, NoScan):
        return [opened, Row("scale", Status.FAIL, scan.reason.name.lower().replace("_", " "), _scale_cure(scan.hint, source))]
    return [opened, Row("scale", Status.OK, f"{scan.mm_per_px_x:.4f} x {scan.mm_per_px_y:.4f} mm per pixel, by {scan.scale_source}")]


def _source_cure(source: str) -> str:
    """A camera has a cable; a file has a name."""
    live = source.startswith("/dev/") or source.partition(":")[0] in LIVE_KINDS
    if live:
        return "check cable, power and name; `v4l2-ctl --list-devices` lists cameras (`sudo apt install v4l-utils` brings it)"
    return "name a source that is there: [source] source in the configuration, or --source"


def _scale_cure(hint: str, source: str) -> str:
    """What the screen says of itself, and the command that a scale comes from where it cannot."""
    return f"{hint}{': then, or else, ' if hint else ''}`{shlex.join(['tuffier', 'calibrate', source])}`"


def _refuse_other_model(source: str, model: Path) -> None:
    """Raises RecordingError as a run does; a model that cannot be read has a row of its own."""
    spec = parse_spec(source)
    if spec.kind == "recording" and spec.options.get("from") != "frames":
        with contextlib.suppress(ModelError):
            refuse_other_model(recording_path(spec), manifests.read(model)[0].sha256)


def _device(device: str) -> Row:
    if device in ("sim:", "none:"):
        return Row("device", Status.OK, f"{device} (no hardware asked for)")
    try:
        mode = os.stat(device).st_mode
    except OSError as error:
        return Row("device", Status.FAIL, f"{device}: {error.strerror}", "plug it in; `ls -l /dev/serial/by-id` lists what is there")
    if not stat.S_ISCHR(mode):
        return Row("device", Status.FAIL, f"{device} is no serial port", "name the port, e.g. /dev/tuffier-device")
    if not os.access(device, os.R_OK | os.W_OK):
        return Row("device", Status.FAIL, f"{device}: no permission", "sudo usermod -aG dialout $USER, then log in again")
    return _firmware(device)


def _firmware(device: str) -> Row:
    """Asks the device who it is."""
    met = threading.Event()
    link = Link(device, _nothing, lambda event: met.set() if isinstance(event, Connected | Refused) else None)
    link.start()
    try:
        met.wait(HELLO_WAIT_S)
        if link.state.connected:
            return Row("device", Status.OK, link_line(link.state))
        cure = "check wiring and power; if both are well, `tuffier flash --help` tells how firmware gets onto it"
        return Row("device", Status.FAIL, link_line(link.state), cure)
    finally:
        link.stop()


def _nothing(timeout_s: float) -> None:
    """An outbox with nothing in it."""
    threading.Event().wait(timeout_s)


def _compiler(device: str) -> Row:
    found = shutil.which("cc") or shutil.which("gcc")
    if found or device != "sim:":
        return Row("C compiler", Status.OK, found or "not needed for this device")
    return Row("C compiler", Status.FAIL, "none, and the simulated device is built with one", "sudo apt install gcc libc6-dev")


def _picamera2() -> Row:
    found = importlib.util.find_spec("picamera2") is not None
    return Row("picamera2", Status.OK, "there" if found else "not there (needed for CSI cameras only: sudo apt install python3-picamera2)")


def _temperature(board: BoardState) -> Row:
    if board.temperature_c is None:
        return Row("temperature", Status.OK, "no sensor")
    if not board.hot and not board.throttled:
        return Row("temperature", Status.OK, f"{board.temperature_c:.0f} °C")
    slowed = ", slowed down" if board.throttled else ""
    return Row("temperature", Status.WARNING, f"{board.temperature_c:.0f} °C{slowed}", "give the board air or a heat sink: it slows down when hot")


def _supply(board: BoardState) -> Row:
    if board.under_voltage is None:
        return Row("supply", Status.OK, "no sensor")
    if not board.under_voltage:
        return Row("supply", Status.OK, "no under-voltage")
    return Row("supply", Status.WARNING, "under-voltage", "use the board's own power supply and a short cable")


def _disk(board: BoardState) -> Row:
    if board.free_mb is None or board.disk_full:
        found = "cannot be read" if board.free_mb is None else f"{board.free_mb} MB free"
        return Row("disk", Status.WARNING, found, "delete old recordings: with a full disk recording stops, guidance goes on")
    return Row("disk", Status.OK, f"{board.free_mb} MB free")
