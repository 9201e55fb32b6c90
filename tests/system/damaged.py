"""Damaged files of every kind that is read: bits turned, cut, lengths raised, headers that lie, nested texts. Each ends in frames, or in a line that
names the file, within 500 MB and ten seconds of the processor (a busy machine makes any file late); never in a traceback, never in a crash.

    python -m tests.system.damaged --count 2000            # each kind: dicom, mp4, mcap, png, jpeg, toml, truth
    python -m tests.system.damaged --kind dicom --count 50 --whole    # through `tuffier replay`, model and screen too
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import numpy as np
from PIL import Image

from edge.board import config
from edge.board.config import ConfigError
from edge.record.mcap_file import McapFile
from edge.record.recording import TOPICS, RecordingError
from edge.screen import profile
from edge.screen.profile import ProfileError
from edge.source import sources, truth
from edge.source.sources import SourceError
from edge.source.truth import TruthError
from edge.types import BadFrame, Frame
from tests.unit.screens import Drawn, draw

MOST_S, MOST_MB = 10, 500
HANGS_S = 600  # waits for something that does not come
TOLD = (SourceError, RecordingError, ConfigError, ProfileError, TruthError)
SMALL = Drawn(rows=96, columns=128, box=(30, 10, 100, 90))


@dataclass(frozen=True)
class Kind:
    """What is damaged: whole files, the name's end, and how one is read. lies: changes that keep its check sums right."""

    seeds: tuple[bytes, ...]
    suffix: str
    read: Callable[[Path], str]
    lies: tuple[Callable[[bytes, random.Random], bytes], ...] = ()
    text: bool = False


def damage(content: bytes, draw_from: random.Random, *, text: bool) -> bytes:
    """One of the ways in which files go wrong."""
    changed, way = bytearray(content), draw_from.randrange(6 if text else 5)
    if way == 0:
        for _ in range(draw_from.randint(1, 24)):
            changed[draw_from.randrange(len(changed))] ^= 1 << draw_from.randrange(8)
    elif way == 1:
        del changed[draw_from.randrange(len(changed)) :]
    elif way == 2:
        # a length of any size and order of bytes
        for _ in range(draw_from.randint(1, 3)):
            size, value = draw_from.choice((2, 4, 8)), draw_from.choice((0, 0x7F, 0xFF, 0xFE))
            at = draw_from.randrange(max(1, min(len(changed), 4096) - size))
            changed[at : at + size] = bytes([value]) * size
    elif way == 3:
        at, length = draw_from.randrange(len(changed)), draw_from.randint(1, 64)
        changed[at:at] = changed[at : at + length] * draw_from.randint(1, 8)
    elif way == 4:
        at = draw_from.randrange(len(changed))
        changed[at : at + draw_from.randint(1, 200)] = draw_from.randbytes(draw_from.randint(0, 200))
    else:
        at, depth = draw_from.randrange(len(changed)), draw_from.choice((5, 50, 2000, 60_000))
        changed[at:at] = draw_from.choice((b"[", b"{", b'{"a":', b"a.", b"[[", b"1", b'"', b"\n[a]\n")) * depth
    return bytes(changed)


# what reads a file as the command does


def frames_in(spec: str) -> str:
    """Reads all frames; how many, or the last reason."""
    good, bad = 0, ""
    try:
        for clip in sources.open_clips(spec):
            for item in clip.items:
                if isinstance(item, BadFrame):
                    bad = item.why
                good += not isinstance(item, BadFrame)
    except TOLD as error:
        return _line(error, spec.partition(":")[2])
    assert "\n" not in bad, bad
    return f"{good} frames {bad}"


def _line(error: Exception, path: str) -> str:
    said = str(error)
    assert Path(path).name in said, f"names no file: {said}"
    assert "\n" not in said.strip(), f"more than a line: {said}"
    return said


def told(read: Callable[[Path], object]) -> Callable[[Path], str]:
    def reading(path: Path) -> str:
        try:
            read(path)
        except TOLD as error:
            return _line(error, str(path))
        return "read"

    return reading


def read_truth(path: Path) -> object:
    folder = path.parent / f"{path.stem}.d"
    folder.mkdir()
    path.rename(folder / truth.FILE_NAME)
    try:
        return truth.read(folder)
    except TruthError as error:
        raise TruthError(f"{path.name}: {error}") from error


# whole files


def pictures(count: int = 3) -> list[Frame]:
    return [Frame(index, index * 40_000_000, draw(Drawn(rows=96, columns=128, box=SMALL.box, speckle_seed=index))) for index in range(count)]


def saved(kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    Image.fromarray(pictures(1)[0].pixels).save(held, kind, **options)
    return held.getvalue()


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = 6
    return made


def dicoms() -> tuple[bytes, ...]:
    from tests.unit.source.test_dicom import region, write

    grey = [frame.pixels for frame in pictures()]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for coding in ("uncompressed", "jpeg", "rle"):
            found.append(write(Path(folder) / "a.dcm", grey, coding=coding, regions=(region((30, 10, 99, 89), (0.05, 0.05)),)).read_bytes())
        found += coded_dicoms(Path(folder), grey)
    return tuple(found)


def coded_dicoms(folder: Path, grey: list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]]) -> list[bytes]:
    """The same in the syntaxes whose encoders are installed."""
    import pydicom
    from pydicom import uid

    from tests.unit.source.test_dicom import write

    found = []
    for syntax in (uid.JPEGLSLossless, uid.JPEG2000Lossless, uid.DeflatedExplicitVRLittleEndian):
        made = pydicom.dcmread(write(folder / "b.dcm", grey))
        with contextlib.suppress(Exception):
            if syntax == uid.DeflatedExplicitVRLittleEndian:
                made.file_meta.TransferSyntaxUID = syntax
            else:
                made.compress(syntax)
            made.save_as(folder / "c.dcm", enforce_file_format=True)
            found.append((folder / "c.dcm").read_bytes())
    return found


def videos() -> tuple[bytes, ...]:
    from edge.source.video_source import write_video

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.mp4", "a.mkv", "a.avi"):
            write_video(Path(folder) / name, (frame.pixels for frame in pictures()), rate_hz=25)
            found.append((Path(folder) / name).read_bytes())
    return tuple(found)


def recording_of(messages: list[tuple[int, int, bytes]]) -> bytes:
    held = io.BytesIO()
    content = McapFile(held.write, TOPICS)
    for channel, at_ns, payload in messages:
        content.add(channel, at_ns, payload)
    content.finish()
    return held.getvalue()


def messages_in(content: bytes) -> list[tuple[int, int, bytes]]:
    from mcap.records import Message

    from edge.record.mcap_file import records

    return [(each.channel_id, each.log_time, each.data) for each in records(io.BytesIO(content)) if isinstance(each, Message)]


def some_recording() -> bytes:
    from edge.record import recording

    messages = messages_in(recording.copied([sources.BUNDLED], from_ns=0))
    return recording_of([messages[0], *(each for each in messages[1:] if each[1] <= messages[1][1] + 90_000_000)][:13])


# lies: damage that no check sum tells


def other_message(content: bytes, draw_from: random.Random) -> bytes:
    """A recording one of whose messages is damaged, with all check sums right."""
    messages = messages_in(content)
    at = draw_from.randrange(len(messages))
    channel, at_ns, payload = messages[at]
    fields = json.loads(payload)
    if draw_from.random() < 0.3:
        messages[at] = channel, at_ns, damage(payload, draw_from, text=True)
    else:
        inner = fields
        while isinstance(inner, dict) and inner and draw_from.random() < 0.9:
            key = draw_from.choice(sorted(inner))
            if isinstance(inner[key], dict) and draw_from.random() < 0.6:
                inner = inner[key]
                continue
            inner[key] = draw_from.choice([None, -1, 0, 1e300, 2**70, "x", [], {}, [[1, 2]], True, "ä" * 999, float("nan")])
            break
        messages[at] = channel, at_ns, json.dumps(fields).encode()
    return recording_of(messages)


def bomb_chunk(content: bytes, draw_from: random.Random) -> bytes:
    """A chunk that says, or does not say, that it unpacks to hundreds of MB of zeros."""
    from mcap.data_stream import RecordBuilder
    from mcap.records import Chunk, Header

    size = draw_from.choice((10, 30, 600)) << 20
    packed, made = packed_zeros(size), RecordBuilder()
    Header(profile="", library="").write(made)
    says = draw_from.choice((size, 1000, 2**63))
    Chunk("zstd", packed, 0, 0, 0, says).write(made)
    return content[:8] + bytes(made.end()) + content[8:]  # type: ignore[no-untyped-call]


@cache
def packed_zeros(size: int) -> bytes:
    """So many zeros, packed; made once, since packing takes longer than any reading."""
    import zstandard

    packing = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(packing.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packing.flush()


def other_png(content: bytes, draw_from: random.Random) -> bytes:
    """A PNG whose header lies of its size or kind, its check sum right."""
    header = bytearray(content[16:29])
    if draw_from.random() < 0.7:
        struct.pack_into(">II", header, 0, draw_from.choice((1, 128, 4096, 30_000, 2**31 - 1)), draw_from.choice((0, 96, 4096, 30_000, 2**31 - 1)))
    header[draw_from.choice((8, 9, 12))] = draw_from.choice((0, 1, 2, 3, 4, 6, 8, 16))
    body = bytearray(content[33:])
    return content[:16] + bytes(header) + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + bytes(body)


def bomb_png(_: bytes, draw_from: random.Random) -> bytes:
    """A PNG of very many pixels in few bytes."""
    return black_png(draw_from.choice((4000, 9000, 20_000)))


@cache
def black_png(side: int) -> bytes:
    packing, made = zlib.compressobj(1), io.BytesIO()
    row = bytes(1 + side)
    content = b"".join(packing.compress(row) for _ in range(side)) + packing.flush()
    made.write(b"\x89PNG\r\n\x1a\n")
    for name, inside in ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", content), (b"IEND", b"")):
        made.write(struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside)))
    return made.getvalue()


def other_jpeg(content: bytes, draw_from: random.Random) -> bytes:
    """A JPEG whose frame header lies of its size."""
    at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
    if at < 0:
        return content
    size = struct.pack(">HH", draw_from.choice((1, 96, 4095, 12_000, 65_500)), draw_from.choice((1, 128, 4095, 12_000, 65_500)))
    return content[: at + 5] + size + content[at + 9 :]


def many_scans(content: bytes, draw_from: random.Random) -> bytes:
    """A progressive JPEG that goes over its picture again and again."""
    first = content.rfind(b"\xff\xda")
    if first < 0:
        return content
    return content[:first] + content[first:-2] * draw_from.choice((10, 3000)) + b"\xff\xd9"


def other_dicom(content: bytes, draw_from: random.Random) -> bytes:
    """A DICOM file whose elements say something else."""
    import pydicom

    try:
        made = pydicom.dcmread(io.BytesIO(content))
    except Exception:  # the deflated one of an old version
        return content
    for _ in range(draw_from.randint(1, 3)):
        name = draw_from.choice(("Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel", "PixelRepresentation", "PlanarConfiguration"))
        setattr(made, name, draw_from.choice((0, 1, 3, 8, 12, 16, 96, 128, 4000, 65_535)))
    made.PhotometricInterpretation = draw_from.choice(("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL_422", "PALETTE COLOR", "YBR_ICT", "ARGB", ""))
    made.NumberOfFrames = draw_from.choice(("1", "2", "3", "100", "2000000", "-1"))
    if draw_from.random() < 0.3:
        made.WindowCenter, made.WindowWidth = draw_from.choice(("0", "1e9", "-5")), draw_from.choice(("0", "1", "1e30"))
    if draw_from.random() < 0.3:
        made.PixelAspectRatio = draw_from.choice(([0, 1], [1, 1], [1, 900], [1], [-3, 2]))
    held = io.BytesIO()
    with contextlib.suppress(Exception):
        made.save_as(held, enforce_file_format=True)
    return held.getvalue() or content


TRUTH_LINE = (
    b'{"frame": "0.png", "clip": "a", "captured_ns": 0, "subject": "s7", "view": "transverse_facet", "procedure": "facet", "side": "right", '
    b'"screen_left": "patient_left", "mm_per_px": [0.21, 0.21], "origin_px": [32.0, 2.0], "geometry": {"kind": "convex", "face_radius_mm": 60, '
    b'"face_half_width_mm": 30}, "landmarks": {"facet": [[20.1, 39.2], [51.4, 38.0]]}, "target": [51.4, 38.0]}\n'
)
PROFILE = (
    b'name = "made"\n[video]\nwidth_px = 800\nheight_px = 600\nlatency_ms = 30.0\n[scan]\nbox_px = [1, 2, 300, 400]\nmasks_px = [[0, 0, 9, 9]]\n'
    b'[ruler]\nside = "left"\ntick_mm = 5.0\nmajor_every = 2\nmm_per_px = [0.1, 0.1]\n[orientation]\nscreen_left = "cranial"\nmarker = "left"\n'
)
CONFIG = b'[source]\nsource = "recording:demonstration"\n[procedure]\nprocedure = "facet"\nside = "right"\n[gate]\nmax_age_ms = 150.0\n'


def kinds() -> dict[str, Callable[[], Kind]]:
    """Made when first asked for."""
    return {
        "dicom": lambda: Kind(dicoms(), ".dcm", lambda path: frames_in(f"dicom:{path}"), (other_dicom,)),
        "mp4": lambda: Kind(videos(), ".mp4", lambda path: frames_in(f"video:{path}")),
        "mcap": lambda: Kind((some_recording(),), ".mcap", lambda path: frames_in(f"recording:{path}"), (other_message, other_message, bomb_chunk)),
        "png": lambda: Kind(
            (saved("PNG"), saved("PNG", exif=exif(), dpi=(72, 80)), saved("TIFF", compression="tiff_lzw"), saved("GIF"), saved("WEBP")),
            ".png", lambda path: frames_in(f"images:{path}"), (other_png, bomb_png),
        ),
        "jpeg": lambda: Kind(
            (saved("JPEG"), saved("JPEG", progressive=True), saved("JPEG", exif=exif())), ".jpg", lambda path: frames_in(f"images:{path}"),
            (other_jpeg, many_scans),
        ),
        "toml": lambda: Kind((PROFILE, CONFIG), ".toml", lambda path: told(profile.load)(path) + told(config.load)(path), text=True),
        "truth": lambda: Kind((TRUTH_LINE * 3,), ".jsonl", told(read_truth), text=True),
    }  # fmt: skip


def made(kind: Kind, number: int) -> bytes:
    draw_from = random.Random(number)
    content = draw_from.choice(kind.seeds)
    if kind.lies and draw_from.random() < 0.35:
        return draw_from.choice(kind.lies)(content, draw_from)
    return damage(content, draw_from, text=kind.text)


def worker(name: str, begin: int, end: int, whole: bool, pipe: multiprocessing.connection.Connection) -> None:  # type: ignore[name-defined]
    """Reads damaged files begin to end and says of each what came of it."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"more than {MOST_S} s of the processor, or {HANGS_S} s in all")

    signal.signal(signal.SIGPROF, late)
    signal.signal(signal.SIGALRM, late)
    kind = kinds()[name]()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(begin, end):
            path = Path(folder) / f"damaged{number}{kind.suffix}"
            path.write_bytes(made(kind, number))
            before = peak_mb()
            pipe.send((number, "begun"))
            allow(MOST_S, HANGS_S)
            try:
                said = replayed(name, path) if whole else kind.read(path)
                if peak_mb() > MOST_MB and peak_mb() > before:
                    said = f"FAULT: {peak_mb():.0f} MB"
            except BaseException:
                said = "FAULT: " + traceback.format_exc()[-900:]
            allow(0, 0)
            pipe.send((number, said))
            with contextlib.suppress(OSError):
                path.unlink()
    pipe.send((end, "end"))


def allow(processor_s: int, s: int) -> None:
    """From here on so long, of the processor's time and by the clock; 0 for ever."""
    signal.setitimer(signal.ITIMER_PROF, processor_s)
    signal.alarm(s)


def replayed(name: str, path: Path) -> str:
    """Through the command, as a user has it: its status, and that no line of it is a traceback's."""
    from edge.cli import main

    prefix = {"dicom": "dicom:", "mp4": "video:", "mcap": "recording:", "png": "images:", "jpeg": "images:"}[name]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
        status = main(["replay", f"{prefix}{path}", "--json", "-", "--screen-left", "patient_left", "--mm-per-px", "0.2"])
    assert "Traceback" not in err.getvalue()
    assert status in (0, 1, 2)
    return f"status {status} {err.getvalue().strip()[-200:]}"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def outcomes(name: str, count: int, *, first: int = 0, whole: bool = False) -> Iterator[tuple[int, str]]:
    """(number, what came of it) of each file; a process that dies is a FAULT, and the next takes over."""
    context = multiprocessing.get_context("spawn")
    at, end = first, first + count
    while at < end:
        ours, theirs = context.Pipe()
        process = context.Process(target=worker, args=(name, at, end, whole, theirs))
        process.start()
        theirs.close()
        try:
            while True:
                number, said = ours.recv()
                if said == "end":
                    at = end
                    break
                at = number + (said != "begun")
                if said != "begun":
                    yield number, said
        except EOFError:
            process.join()
            yield at, f"FAULT: the process died ({process.exitcode})"
            at += 1
        process.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", action="append", choices=list(kinds()))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--whole", action="store_true", help="through `tuffier replay`, screen and model too")
    options = parser.parse_args()
    faults = 0
    for name in options.kind or list(kinds()):
        found = list(outcomes(name, options.count, first=options.first, whole=options.whole))
        wrong = [(number, said) for number, said in found if said.startswith("FAULT")]
        faults += len(wrong)
        read = sum(said[:1].isdigit() and not said.startswith("0 ") for _, said in found)
        print(f"{name}: {len(found)} files, {read} gave frames, {len(wrong)} faults", flush=True)
        for number, said in wrong[:10]:
            print(f"  {number}: {said}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
