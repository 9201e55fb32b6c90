"""Writes device firmware with the board's own tool: the image's hash before, the device's version after."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from firmware_bridge import wire
from firmware_bridge.link import Connected, Link, LinkEvent, Outgoing, Refused

PACKAGE = Path(__file__).resolve().parent
RESTART_S = 15.0
ASK_S = 3.0


class FlashError(RuntimeError):
    """Nothing was written, or what was written does not answer; the text names the cure."""


@dataclass(frozen=True, slots=True)
class Board:
    """One entry of boards.toml."""

    name: str
    text: str
    suffix: str
    tool: str
    command: tuple[str, ...]
    install: str
    no_bootloader: tuple[str, ...]
    build: tuple[str, ...] = ()
    build_folder: str = ""
    linker_script: str = ""
    build_install: str = ""


def read_boards(path: Path = PACKAGE / "boards.toml") -> dict[str, Board]:
    return {name: _board(name, entry) for name, entry in tomllib.loads(path.read_text()).items()}


def _board(name: str, entry: dict[str, Any]) -> Board:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Board(name=name, **values)


def build_firmware(board: Board, out: Path) -> str:
    """Compile the firmware that comes with this package; writes OUT and OUT.sha256, returns the hash. Raises FlashError."""
    if not board.build:
        raise FlashError(f"this package has no firmware project for {board.name}: build it with the board's own tools from {PACKAGE / 'c'}")
    if shutil.which(board.build[0]) is None:
        raise FlashError(f"{board.build[0]} was not found: {board.build_install}")
    c = PACKAGE / "c"
    sources = sorted((*(c / "src").glob("*.c"), *(c / board.build_folder).glob("*.c")))
    command = [*board.build, f"-I{c / 'src'}", "-T", str(c / board.linker_script), *map(str, sources), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FlashError(f"the firmware does not compile ({board.build_install}):\n{done.stderr}")
    digest = sha256(out.read_bytes()).hexdigest()
    hash_path(out).write_text(f"{digest}  {out.name}\n")
    return digest


def hash_path(image: Path) -> Path:
    return image.with_name(image.name + ".sha256")


def check_image(board: Board, image: Path, stated: str | None) -> str:
    """The image's SHA-256, if it is the stated one or the one in the file beside it. Raises FlashError."""
    if not image.is_file():
        raise FlashError(f"{image} is not there")
    if image.suffix != board.suffix:
        raise FlashError(f"{board.name} takes a {board.suffix} image, not {image.name}")
    if stated is None and not hash_path(image).is_file():
        raise FlashError(f"no hash to check {image.name} against: put it in {hash_path(image).name} or give --sha256")
    expected = (stated or hash_path(image).read_text().split()[0]).lower()
    found = sha256(image.read_bytes()).hexdigest()
    if found != expected:
        raise FlashError(f"{image.name} is damaged or another file: SHA-256 is {found}, should be {expected}; fetch it again")
    return found


def flash_line(board: Board, image: Path, port: str) -> list[str]:
    """The tool's command line."""
    return [part.replace("{image}", str(image)).replace("{port}", port) for part in board.command]


def ask_device(port: str, timeout_s: float) -> wire.Hello | Refused | None:
    """Who answers at the port: its Hello, Refused for another layout, None for silence."""
    answered = threading.Event()
    answers: list[wire.Hello | Refused] = []

    def hear(event: LinkEvent) -> None:
        if isinstance(event, Connected | Refused):
            answers.append(event.hello if isinstance(event, Connected) else event)
            answered.set()

    def nothing(wait_s: float) -> Outgoing | None:
        answered.wait(wait_s)
        return None

    link = Link(port, nothing, hear)
    link.start()
    answered.wait(timeout_s)
    link.stop()
    return answers[0] if answers else None


def version_of(answer: wire.Hello | Refused | None) -> str:
    match answer:
        case wire.Hello():
            return f"{answer.version_major}.{answer.version_minor}.{answer.version_patch}, layout {answer.layout:08X}"
        case Refused():
            return f"another layout: {answer.why}"
        case None:
            return "no answer"


def flash(board: Board, image: Path, *, port: str, stated_hash: str | None, dry_run: bool) -> None:
    """Check, write, check. Raises FlashError."""
    digest = check_image(board, image, stated_hash)
    print(f"image {image.name}: SHA-256 {digest}")
    line = flash_line(board, image, port)
    if shutil.which(board.tool) is None:
        raise FlashError(f"{board.tool} was not found: {board.install}")
    print(f"device before: {version_of(ask_device(port, ASK_S))}")
    print("command: " + " ".join(line))
    if dry_run:
        print("dry run: nothing was written")
        return
    if subprocess.run(line, check=False).returncode != 0:
        steps = "\n".join(f"  {n}. {step.replace('{port}', port)}" for n, step in enumerate(board.no_bootloader, 1))
        raise FlashError(f"{board.tool} failed. If no bootloader answered:\n{steps}")
    _check_after(port)


def _check_after(port: str) -> None:
    end_s = time.monotonic() + RESTART_S
    answer: wire.Hello | Refused | None = None
    while answer is None and time.monotonic() < end_s:
        answer = ask_device(port, ASK_S)
    print(f"device after: {version_of(answer)}")
    if answer is None:
        raise FlashError(f"written, but the device does not answer on {port}: unplug it, plug it in, run `tuffier doctor`")
    if isinstance(answer, Refused):
        raise FlashError(f"written, but the image is of another version: {answer.why}; take the image that came with this version")


def flash_command(argv: Sequence[str]) -> int:
    """`tuffier flash`. Exit status 0, or 2 with a line that names the cure."""
    boards = read_boards()
    parser = argparse.ArgumentParser(
        prog="tuffier flash",
        description="Write device firmware with the board's own tool. Boards: " + "; ".join(f"{b.name}: {b.text}" for b in boards.values()),
        epilog="example: tuffier flash --board pico --image tuffier-pico.uf2 --port /dev/tuffier-device --dry-run",
    )
    parser.add_argument("--board", required=True, choices=sorted(boards))
    parser.add_argument("--image", type=Path, help="the firmware to write")
    parser.add_argument("--build", type=Path, metavar="OUT", help="compile the firmware into OUT and write its hash beside it; no flashing")
    parser.add_argument("--port", default="/dev/tuffier-device", help="the device's serial port (default: %(default)s)")
    parser.add_argument("--sha256", help="what the image's hash must be; default: the file IMAGE.sha256")
    parser.add_argument("--dry-run", action="store_true", help="check everything, show the command, write nothing")
    options = parser.parse_args(list(argv))
    board = boards[options.board]
    try:
        if options.build is not None:
            print(f"{options.build}: SHA-256 {build_firmware(board, options.build)}")
        elif options.image is None:
            example = f"`tuffier flash --board {board.name} --image tuffier-{board.name}{board.suffix}`"
            raise FlashError(f"nothing to write: say what, for example {example}")
        else:
            flash(board, options.image, port=options.port, stated_hash=options.sha256, dry_run=options.dry_run)
    except FlashError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
