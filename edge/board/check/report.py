"""`tuffier report`: one file to send when something is wrong in the field: doctor's table, log, configuration, versions, black box, last minute.

Rule 1: pictures come from recordings only, so they hold the scan area only. Rule 2: what looks like a secret in a configuration is not packed.
Rule 3: a part that cannot be had becomes a line saying why; the report is made all the same.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

from edge.board.check.doctor import doctor, doctor_table
from edge.board.config import ConfigError
from edge.board.storage import recordings_in, refuse_loss
from edge.record import recording
from edge.record.black_box import default_folder, segments
from edge.record.files import write_atomically

LAST_NS = 60_000_000_000
LOG_LINES = 2000
MOST_BYTES = 256_000_000
RECORDINGS = Path("/var/lib/tuffier/recordings")
BLACK_BOX = RECORDINGS.parent / "black-box"
CONFIGURATION = Path("/etc/tuffier/tuffier.toml")
SYSTEM_FILES = ("/etc/os-release", "/proc/device-tree/model", "/proc/cpuinfo", "/proc/meminfo", "/proc/uptime", "/proc/cmdline",
                "/opt/tuffier/last-update", "/var/lib/tuffier-update/last-update")  # fmt: skip
COMMANDS = {
    "journal.txt": ("journalctl", "--unit=tuffier*", f"--lines={LOG_LINES}", "--no-pager", "--output=short-precise"),
    "kernel.txt": ("journalctl", "--dmesg", f"--lines={LOG_LINES}", "--no-pager", "--output=short-monotonic"),
    "service.txt": ("systemctl", "show", "tuffier.service", "--property=ActiveState,SubState,StatusText,NRestarts,Result,ExecMainStartTimestamp"),
    "cameras.txt": ("v4l2-ctl", "--list-devices"),
    "disk.txt": ("df", "--human-readable"),
}
SECRET = re.compile(r"^(\s*[\w.-]*(?:key|secret|password|token)[\w.-]*\s*=).*$", re.IGNORECASE | re.MULTILINE)
NOTICE = "tuffier report. A research device: nobody has validated it on patients. Pictures hold the scan area only.\n"


def report_command(argv: Sequence[str]) -> int:
    """`tuffier report`. Exit status 0, 1 where the file could not be written, 2 where it would be written over what is packed."""
    options = _parser().parse_args(list(argv))
    config = options.config or (CONFIGURATION if CONFIGURATION.is_file() else None)
    out = options.out or Path(f"tuffier-report-{time.strftime('%Y%m%dT%H%M%S')}.tar.gz")
    try:
        refuse_loss(out, {"the configuration": [config] if config else [], "a recording": [path for _, path in recordings_in(options.recordings)]})
    except ConfigError as error:
        print(f"tuffier report: {error}", file=sys.stderr)
        return 2
    parts = collect(config, options.recordings, with_doctor=not options.no_doctor, box=options.black_box)
    try:
        write_atomically(out, packed(parts))
    except OSError as error:
        print(f"tuffier report: {out}: {error.strerror}: name a place with --out", file=sys.stderr)
        return 1
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB: " + ", ".join(parts))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tuffier report",
        description="Packs log, configuration, versions, doctor's table, the black box's last hour and the last recorded minute (scan area only) "
        "into one file to send.",
        epilog="example: tuffier report --out /tmp/board-7.tar.gz",
    )
    parser.add_argument("--out", type=Path, help="default: tuffier-report-TIME.tar.gz here")
    parser.add_argument("--config", type=Path, help=f"default: {CONFIGURATION} where it is there")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    box = BLACK_BOX if BLACK_BOX.is_dir() else default_folder(dict(os.environ))
    parser.add_argument("--black-box", type=Path, default=box, help="folder of what the device said in the last hour (default: %(default)s)")
    parser.add_argument("--no-doctor", action="store_true", help="do not open source and device (while the service has them)")
    return parser


def collect(config: Path | None, recordings: Path, *, with_doctor: bool, box: Path = BLACK_BOX) -> dict[str, bytes]:
    """Every part by its name in the file."""
    makers: dict[str, Callable[[], bytes]] = {
        "versions.json": _versions,
        "configuration.toml": lambda: without_secrets(config.read_text(errors="replace")).encode() if config else b"# defaults\n",
        "system.txt": _system,
        **{name: _output(command) for name, command in COMMANDS.items()},
        "black-box.jsonl": lambda: black_box(box),
        "last-minute.mcap": lambda: last_minute(recordings),
    }
    if with_doctor:
        makers["doctor.txt"] = lambda: doctor_table(doctor(config, source=None, device=None, model=None)).encode()
    parts = {"README.txt": NOTICE.encode()}
    for name, make in makers.items():
        try:
            parts[name] = make()
        except (OSError, ValueError, subprocess.SubprocessError, recording.RecordingError) as error:
            parts[f"{name}.missing.txt"] = f"{type(error).__name__}: {error}\n".encode()
    return parts


def packed(parts: dict[str, bytes]) -> bytes:
    """A .tar.gz of the parts in one folder."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(f"tuffier-report/{name}")
            entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def without_secrets(text: str) -> str:
    """A configuration with the values of keys, passwords and tokens taken out."""
    return SECRET.sub(r'\1 "removed"', text)


def black_box(folder: Path) -> bytes:
    """What the device said and was told in the last hour at least, oldest first. Raises ValueError where there is none."""
    found = b"".join(path.read_bytes() for path in segments(folder))
    if not found:
        raise ValueError(f"{folder}: no black box: `tuffier run` keeps one, or name its folder with --black-box")
    return found


def last_minute(folder: Path) -> bytes:
    """The last recorded minute of a folder's newest recordings, as one. Raises ValueError where there is none."""
    newest_first = [path for _, path in reversed(recordings_in(folder))]
    if not newest_first:
        raise ValueError(f"{folder}: nothing recorded: `systemctl start tuffier-record` records")
    kept: list[Path] = []
    first_ns = end_ns = 0
    for path in newest_first:
        times = [recorded.scan.captured_ns for recorded in recording.read(path)]
        # times of an earlier start of the board do not join on
        if not times or (kept and not end_ns - LAST_NS <= times[-1] <= first_ns):
            break
        first_ns, end_ns = times[0], end_ns or times[-1]
        kept.insert(0, path)
        if sum(part.stat().st_size for part in kept) > MOST_BYTES or first_ns <= end_ns - LAST_NS:
            break
    return recording.copied(kept, from_ns=end_ns - LAST_NS)


def _versions() -> bytes:
    names = ("tuffier", "numpy", "Pillow", "ai-edge-litert", "tflite-runtime", "mcap", "pyserial", "cobs", "av")
    return json.dumps({"python": sys.version, "machine": platform.machine(), **dict(_version(names))}, indent=1).encode()


def _version(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield name, metadata.version(name)


def _system() -> bytes:
    lines = []
    for name in SYSTEM_FILES:
        try:
            lines.append(f"== {name}\n{Path(name).read_bytes().decode(errors='replace').rstrip(chr(0))}")
        except OSError as error:
            lines.append(f"== {name}: {error.strerror}")
    return "\n".join(lines).encode()


def _output(command: Sequence[str]) -> Callable[[], bytes]:
    def run() -> bytes:
        done = subprocess.run(command, capture_output=True, check=False, timeout=20, env={**os.environ, "LC_ALL": "C.UTF-8"})
        return done.stdout + done.stderr

    return run
