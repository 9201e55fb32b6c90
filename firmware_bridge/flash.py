"""Writes device firmware with the board's own tool, or onto the drive that a Pico shows.

Rule 1: an image is written only if its hash is the package's own or was stated, or its signature is good by the site's certificate. Rule 2: only a
device that says DISARMED is written, or one that says nothing and whose guide somebody looked at. Rule 3: the device's version is asked afterwards.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from firmware_bridge import bootsel, wire
from firmware_bridge.ihex import HexError, hex_from_elf
from firmware_bridge.link import Connected, Link, LinkEvent, Outgoing, Refused
from firmware_bridge.uf2 import Uf2Error, uf2_from_elf

PACKAGE = Path(__file__).resolve().parent
RESTART_S = 15.0
ASK_S = 3.0
STATUS_S = 1.0
CERTIFICATE = Path("/etc/tuffier/release.pem")  # the site's, on a board
OPENSSL = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-no-CApath", "-no-CAstore", "-purpose", "any", "-out", "/dev/null")
IMAGES = PACKAGE / "c/images"  # of a release's package only: the images and their SHA256SUMS


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
    drive: str = ""  # what its boot ROM's drive calls itself, where it has one
    image: str = ""  # the name of the image that a release's package holds


def read_boards(path: Path = PACKAGE / "boards.toml") -> dict[str, Board]:
    return {name: _board(name, entry) for name, entry in tomllib.loads(path.read_text()).items()}


def _board(name: str, entry: dict[str, Any]) -> Board:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Board(name=name, **values)


def build_firmware(board: Board, out: Path) -> str:
    """Compile the firmware that comes with this package into OUT; returns its hash. Raises FlashError."""
    if not board.build:
        raise FlashError(f"this package has no firmware project for {board.name}: build it with the board's own tools from {PACKAGE / 'c'}")
    if shutil.which(board.build[0]) is None:
        raise FlashError(f"{board.build[0]} was not found: {board.build_install}")
    c = PACKAGE / "c"
    folder = c / board.build_folder
    sources = sorted((*(c / "src").glob("*.c"), *folder.glob("*.c"), *folder.glob("*.S")))
    with tempfile.TemporaryDirectory() as scratch:
        elf = Path(scratch) / "tuffier.elf"
        # from inside c, so that no path of this machine gets into what is built
        layout = ("-T", board.linker_script) if board.linker_script else ()
        command = [*board.build, "-Isrc", *layout, *(str(path.relative_to(c)) for path in sources), "-o", str(elf)]
        done = subprocess.run(command, cwd=c, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise FlashError(f"the firmware does not compile ({board.build_install}):\n{done.stderr}")
        content = _packed(board.suffix, elf.read_bytes())
    out.write_bytes(content)
    return sha256(content).hexdigest()


def _packed(suffix: str, elf: bytes) -> bytes:
    """What was linked, in the form that the board's tool takes. Raises FlashError."""
    try:
        match suffix:
            case ".uf2":
                return uf2_from_elf(elf)
            case ".hex":
                return hex_from_elf(elf)
            case _:
                return elf
    except (Uf2Error, HexError) as error:
        raise FlashError(f"the firmware does not fit its board: {error}") from error


def package_image(board: Board) -> Path:
    """The image that a release's package holds. Raises FlashError where this one holds none."""
    path = IMAGES / board.image
    if not board.image or not path.is_file():
        example = f"`tuffier flash --board {board.name} --image tuffier-{board.name}{board.suffix}`"
        raise FlashError(f"nothing to write: this package holds no image for {board.name}; say what, for example {example}")
    return path


def package_hash(board: Board) -> str | None:
    """What the package says of its image. A hash beside an image says nothing, since whoever changes one changes both."""
    listed = IMAGES / "SHA256SUMS"
    if not board.image or not listed.is_file():
        return None
    return {name: digest for digest, name in map(str.split, listed.read_text().splitlines())}.get(board.image)


def check_image(board: Board, image: Path, stated: str | None, certificate: Path | None = None) -> str:
    """The image's SHA-256, if it is the stated one or the package's, or its signature is good. Raises FlashError."""
    if not image.is_file():
        raise FlashError(f"{image} is not there")
    if image.suffix != board.suffix:
        raise FlashError(f"{board.name} takes a {board.suffix} image, not {image.name}")
    found = sha256(image.read_bytes()).hexdigest()
    expected = stated or package_hash(board)
    signed = None if stated or found == expected else _unsigned(image, certificate)
    if found != expected and (stated or signed != ""):
        raise FlashError(_not_trusted(board, image, found, expected, signed))
    return found


def _not_trusted(board: Board, image: Path, found: str, expected: str | None, unsigned: str | None) -> str:
    why = f"; {unsigned}" if unsigned else ""
    if expected is not None:
        return f"{image.name} is damaged or another file: SHA-256 is {found}, should be {expected.lower()}{why}; fetch it again"
    cure = "give --sha256, as the build printed it, or sign it (systemd/sign.sh)"
    return f"no hash to check {image.name} against: this package knows none for {board.name}{why}; {cure}"


def _unsigned(image: Path, certificate: Path | None) -> str:
    """Empty where IMAGE.p7s beside it is a good signature of it by the certificate; else what is wrong. Who changes an image cannot sign it again."""
    signature = image.with_name(image.name + ".p7s")
    if not signature.is_file():
        return f"{signature.name} is not beside it"
    if certificate is None or not certificate.is_file():
        return f"there is no certificate to check {signature.name} by: give --certificate, or put the site's at {CERTIFICATE}"
    if shutil.which(OPENSSL[0]) is None:
        return "openssl was not found: sudo apt install openssl"
    told = ("-in", str(signature), "-content", str(image), "-CAfile", str(certificate))
    done = subprocess.run([*OPENSSL, *told], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{signature.name} is no signature of it by {certificate.name}"


def flash_line(board: Board, image: Path, port: str) -> list[str]:
    """The tool's command line."""
    return [part.replace("{image}", str(image)).replace("{port}", port) for part in board.command]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who answers at the port: its Hello, Refused for another layout, None for silence; and how its bracket stands, where it says so."""

    hello: wire.Hello | Refused | None
    guard: wire.Guard | None


def ask_device(port: str, timeout_s: float) -> Asked:
    """Asks for that long; a device that answers gets a second more to tell its guard."""
    answered = threading.Event()
    answers: list[wire.Hello | Refused] = []

    def hear(event: LinkEvent) -> None:
        if isinstance(event, Connected | Refused):
            answers.append(event.hello if isinstance(event, Connected) else event)
            answered.set()

    def nothing(wait_s: float) -> Outgoing | None:
        time.sleep(wait_s)
        return None

    link = Link(port, nothing, hear)
    link.start()
    answered.wait(timeout_s)
    end_s = time.monotonic() + STATUS_S
    while answers and isinstance(answers[0], wire.Hello) and link.state.status is None and time.monotonic() < end_s:
        time.sleep(0.02)
    status = link.state.status
    link.stop()
    return Asked(answers[0] if answers else None, None if status is None else status.guard)


def refuse_moving(asked: Asked, *, needle_out: bool) -> None:
    """Only a device that says DISARMED is written: a needle may be in the guide of any other. Raises FlashError."""
    if asked.guard is wire.Guard.DISARMED or (asked.guard is None and needle_out):
        return
    if asked.guard is None:
        raise FlashError(f"the device does not say whether a needle may be in its guide ({version_of(asked.hello)}): look, then add --needle-out")
    raise FlashError(f"the bracket is {asked.guard.name}, a needle may be in it: take the needle out, then hold LOCK for a second")


def version_of(answer: wire.Hello | Refused | None) -> str:
    match answer:
        case wire.Hello():
            return f"{answer.version_major}.{answer.version_minor}.{answer.version_patch}, layout {answer.layout:08X}"
        case Refused():
            return f"another layout: {answer.why}"
        case None:
            return "no answer"


def flash(board: Board, image: Path, digest: str, *, port: str, dry_run: bool, needle_out: bool = False) -> None:
    """Write an image that check_image found good, and check. Raises FlashError."""
    print(f"image {image.name}: SHA-256 {digest}")
    line = flash_line(board, image, port)
    if shutil.which(board.tool) is None:
        other = f", or hold BOOTSEL while plugging it in and add --drive ({board.drive})" if board.drive else ""
        raise FlashError(f"{board.tool} was not found: {board.install}{other}")
    _refuse_now(port, needle_out=needle_out)
    print("command: " + " ".join(line))
    if dry_run:
        print("dry run: nothing was written")
        return
    if subprocess.run(line, check=False).returncode != 0:
        steps = "\n".join(f"  {n}. {step.replace('{port}', port)}" for n, step in enumerate(board.no_bootloader, 1))
        raise FlashError(f"{board.tool} failed. If no bootloader answered:\n{steps}")
    _check_after(port)


def _refuse_now(port: str, *, needle_out: bool) -> None:
    """Asks who is there, and says it. Raises FlashError."""
    asked = ask_device(port, ASK_S)
    print(f"device before: {version_of(asked.hello)}; bracket {'unknown' if asked.guard is None else asked.guard.name.lower()}")
    refuse_moving(asked, needle_out=needle_out)


def flash_drive(board: Board, image: Path, digest: str, drive: Path | None, *, port: str, dry_run: bool, needle_out: bool = False) -> None:
    """The same by a Pico's drive. drive: its folder or device; None: found by its label. A chip that shows it tells nothing of its bracket. Raises
    FlashError."""
    print(f"image {image.name}: SHA-256 {digest}")
    if not board.drive:
        raise FlashError(f"{board.name} shows no drive: leave --drive out")
    try:
        with bootsel.opened(drive, board.drive) as folder:
            _refuse_now(port, needle_out=needle_out)
            if dry_run:
                print(f"dry run: {folder} is the drive of {board.drive}, nothing was written")
                return
            bootsel.write(folder, image)
            print(f"drive {board.drive}: {image.stat().st_size} bytes written")
            bootsel.await_gone(folder, RESTART_S)
    except bootsel.DriveError as error:
        raise FlashError(str(error)) from error
    _check_after(port)


def _check_after(port: str) -> None:
    end_s = time.monotonic() + RESTART_S
    answer: wire.Hello | Refused | None = None
    while answer is None and time.monotonic() < end_s:
        answer = ask_device(port, ASK_S).hello
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
        epilog="example: tuffier flash --board pico --image tuffier-pico.uf2 --sha256 HASH --dry-run",
    )
    parser.add_argument("--board", required=True, choices=sorted(boards))
    parser.add_argument("--image", type=Path, help="the firmware to write; default: the one that a release's package holds")
    parser.add_argument("--build", type=Path, metavar="OUT", help="compile the firmware into OUT and print its hash; no flashing")
    parser.add_argument("--port", default="/dev/tuffier-device", help="the device's serial port (default: %(default)s)")
    parser.add_argument("--sha256", help="what the image's hash must be; default: the package's, or a signature; a hash beside the image is not read")
    text = "by which IMAGE.p7s beside the image is checked, where its hash is not the package's (default: %(default)s, if it is there)"
    parser.add_argument("--certificate", type=Path, default=CERTIFICATE, metavar="PEM", help=text)
    parser.add_argument("--needle-out", action="store_true", help="no needle is in the guide: for a device that does not answer, as a new one")
    text = "write onto the drive that a Pico shows with BOOTSEL held, without picotool: its folder or device; default: found by its label"
    parser.add_argument("--drive", nargs="?", type=Path, const=Path(), metavar="FOLDER", help=text)
    parser.add_argument("--dry-run", action="store_true", help="check everything, show the command, write nothing")
    options = parser.parse_args(list(argv))
    board = boards[options.board]
    try:
        if options.build is not None:
            print(f"{options.build}: SHA-256 {build_firmware(board, options.build)}")
        else:
            image = options.image or package_image(board)
            digest = check_image(board, image, options.sha256, options.certificate)
            how = {"port": options.port, "dry_run": options.dry_run, "needle_out": options.needle_out}
            if options.drive is None:
                flash(board, image, digest, **how)
            else:
                flash_drive(board, image, digest, None if options.drive == Path() else options.drive, **how)
    except FlashError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
