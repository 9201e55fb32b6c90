"""atheris on every parser of ours that reads what others wrote: any bytes become a value or an error that the parser names, never another one.

    pip install atheris
    python -m tests.system.fuzz_files                         # lists them
    python -m tests.system.fuzz_files truth --seconds 600     # one of them
    python -m tests.system.fuzz_files all --seconds 600       # one after the other, each in a process of its own
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import atheris

READERS = ["edge.board.config", "edge.limits", "edge.model.manifest", "edge.record", "edge.screen.profile", "edge.source", "edge.toml_words"]
with atheris.instrument_imports(include=[*READERS, "mcap", "pydicom.filereader", "pydicom.values", "tomllib"]):
    import numpy as np
    import pydicom
    from PIL import Image

    from edge.board import config
    from edge.board.config import ConfigError
    from edge.model import manifest
    from edge.model.manifest import ModelError
    from edge.record import black_box, mcap_file, recording
    from edge.record.recording import CHANNELS, TOPICS, RecordingError
    from edge.screen import profile
    from edge.screen.profile import ProfileError
    from edge.source import luma, pictures, sources, truth
    from edge.source.dicom import claim, dicom_source
    from edge.source.dicom.coded import coded_size
    from edge.source.luma import BadPictureError, PixelLayout
    from edge.source.sources import SourceError
    from edge.source.truth import TruthError
    from edge.source.video_source import turned
    from edge.types import BadFrame, Frame
    from tests.system import damaged

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


@dataclass(frozen=True)
class Target:
    """One parser: what it reads, the errors that it names, and some whole inputs to begin with."""

    read: Callable[[bytes], object]
    names: tuple[type[BaseException], ...]
    seeds: Callable[[], tuple[bytes, ...]]


def in_file(read: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    def reading(content: bytes) -> object:
        path = FOLDER / name
        path.write_bytes(content)
        return read(path)

    return reading


def read_messages(content: bytes) -> object:
    """A recording, with right check sums, of the messages that the lines tell: the channel's number in one byte, then its JSON."""
    messages = [(1 + line[0] % len(TOPICS), 0, line[1:]) for line in content.split(b"\n") if line]
    (FOLDER / "a.mcap").write_bytes(damaged.recording_of(messages))
    return list(recording.read(FOLDER / "a.mcap", whole=True))


def told_messages() -> tuple[bytes, ...]:
    """One frame, its arrays and its picture cut to a few values: whole ones would fill all that is changed."""
    small = {"shape": [2, 2, 1], "int8": "AAAAAA=="}
    over = {"brightness": {"shape": [2, 2], "uint8": "AAAAAA=="}, "contrast": {"shape": [2, 2], "int8": "AAAAAA=="}}
    raw = {"placing": 0, "mirrored": False, "heatmaps": small, "view_logits": small, **over}
    tiny = io.BytesIO()
    Image.new("L", (3, 2)).save(tiny, "JPEG")
    other = {CHANNELS[recording.RAW_TOPIC]: raw, CHANNELS[recording.IMAGE_TOPIC]: {"data": b64encode(tiny.getvalue()).decode(), "offset_px": [1, 2]}}
    whole = damaged.messages_in(damaged.some_recording())[:5]
    return (b"\n".join(bytes([channel - 1]) + json.dumps(other.get(channel, json.loads(content))).encode() for channel, _, content in whole),)


def read_manifest(content: bytes) -> object:
    """The bytes as the manifest of a model, in a zip with right check sums, and as the file's end."""
    model = b"\0\0\0\0" + manifest.IDENTIFIER
    held = io.BytesIO()
    held.write(model)
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr(manifest.MEMBER, content)
    try:
        manifest.parse(held.getvalue())
    except ModelError:
        return manifest.parse(model + content)
    return None


def told_manifest() -> tuple[bytes, ...]:
    from edge.model import runner

    with zipfile.ZipFile(runner.BUNDLED) as archive:
        fields = json.loads(archive.read(manifest.MEMBER))
    return (json.dumps(fields | {"sha256": sha256(b"\0\0\0\0" + manifest.IDENTIFIER).hexdigest()}).encode(),)


def read_frames(spec: str) -> Callable[[Path], object]:
    def reading(path: Path) -> object:
        for clip in sources.open_clips(f"{spec}:{path}"):
            for item in clip.items:
                assert isinstance(item, BadFrame) or (isinstance(item, Frame) and item.pixels.dtype == np.uint8), item
                assert not isinstance(item, BadFrame) or "\n" not in item.why
        return None

    return reading


def read_elements(content: bytes) -> object:
    """DICOM elements without pixels: what is made of regions, aspects, times and windows."""
    try:
        dataset = pydicom.dcmread(io.BytesIO(HEAD + content), force=True)
        dataset.Rows, dataset.Columns = 600, 800
        list(dataset)
    except dicom_source.DAMAGED:
        return None
    for read in (claim.claim_of, claim.aspect_of, claim.told_left, lambda found: next(iter(claim.times_ns(found)))):
        with contextlib.suppress(*dicom_source.DAMAGED):
            read(dataset)
    return None


HEAD = bytes(128) + b"DICM\x02\x00\x00\x00UL\x04\x00\x1c\x00\x00\x00\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00"


def told_elements() -> tuple[bytes, ...]:
    from pydicom.dataset import Dataset

    from tests.unit.source.test_dicom import region

    made = Dataset()
    item = region((30, 10, 99, 89), (0.05, 0.05))
    item.ReferencePixelX0, item.ReferencePixelY0, item.ReferencePixelPhysicalValueY = 3, -4, 0.5
    made.SequenceOfUltrasoundRegions, made.PixelAspectRatio, made.PixelSpacing = [item], [100, 111], [0.2, 0.3]
    made.FrameTime, made.FrameTimeVector, made.FrameIncrementPointer, made.CineRate = 40, [0, 40, 40], 0x00181065, 25
    held = io.BytesIO()
    made.save_as(held, implicit_vr=False, little_endian=True)
    return (held.getvalue(),)


def read_layout(content: bytes) -> object:
    """A camera's buffer. The first bytes choose the format and its sizes."""
    if len(content) < 5:
        return None
    kind, rows, columns, more, limited = content[:5]
    fourcc = luma.READABLE[kind % len(luma.READABLE)]
    stride = (columns % 40 + 1) * luma.SAMPLE_STEP.get(fourcc, (1, 0))[0] + more % 8
    return luma.luma(content[5:], PixelLayout(fourcc, columns % 40 + 1, rows % 40 + 1, stride, bool(limited % 2)))


def read_names(content: bytes) -> object:
    names = [Path(name) for name in content.decode("utf-8", "replace").split("\n") if name and "/" not in name]
    assert sorted(pictures.in_order(names)) == sorted(names)
    return None


def read_matrix(content: bytes) -> object:
    numbers = np.frombuffer(content.ljust(36, b"\0")[:36], "<i4")
    shown = turned(np.zeros((3, 5), np.uint8), tuple(int(each) for each in numbers))
    assert sorted(shown.shape) == [3, 5]
    return None


def read_ring(path: Path) -> object:
    return list(black_box.entries(path.parent))


TARGETS = {
    "mcap": Target(
        lambda content: list(mcap_file.records(io.BytesIO(mcap_file.MAGIC + content))), recording.DAMAGED, lambda: (damaged.some_recording()[8:],)
    ),
    "recording": Target(read_messages, (RecordingError,), told_messages),
    "truth": Target(in_file(lambda path: truth.read(path.parent), truth.FILE_NAME), (TruthError,), lambda: (damaged.TRUTH_LINE,)),
    "profile": Target(in_file(profile.load, "a.toml"), (ProfileError,), lambda: (damaged.PROFILE,)),
    "config": Target(in_file(config.load, "a.toml"), (ConfigError,), lambda: (damaged.CONFIG,)),
    "manifest": Target(read_manifest, (ModelError,), told_manifest),
    "coded": Target(coded_size, (ValueError,), lambda: (damaged.saved("JPEG")[:400], damaged.saved("JPEG2000")[:200])),
    "dicom": Target(in_file(read_frames("dicom"), "a.dcm"), (SourceError,), damaged.dicoms),
    "elements": Target(read_elements, (), told_elements),
    "pictures": Target(
        in_file(read_frames("images"), "a.png"), (SourceError,), lambda: tuple(damaged.saved(kind) for kind in ("PNG", "TIFF", "GIF", "BMP"))
    ),
    "names": Target(read_names, (ValueError,), lambda: (b"f1.png\nf2.png\nf10.png", b"t0.5.png\nt0.25.png")),
    "spec": Target(
        lambda content: sources.parse_spec(content.decode("utf-8", "surrogateescape")), (SourceError,), lambda: (b"dicom:a?b.dcm?region=1&x=2",)
    ),
    "matrix": Target(read_matrix, (ValueError,), lambda: (np.array([65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30], "<i4").tobytes(),)),
    "buffer": Target(read_layout, (BadPictureError,), lambda: (bytes([1, 6, 8, 0, 0]) + bytes(200), bytes([7, 5, 7, 0, 0]) + damaged.saved("JPEG"))),
    "ring": Target(in_file(read_ring, "00000001-1.jsonl"), (), lambda: (b'{"kind": "log", "at": {"boot": "a"}}\n[1]\n',)),
}  # fmt: skip


def fuzz(name: str, seconds: int) -> None:
    """Never returns: libFuzzer ends the process, with another status than 0 where something was found."""
    target = TARGETS[name]
    corpus = Path(tempfile.mkdtemp())
    for number, seed in enumerate(target.seeds()):
        (corpus / str(number)).write_bytes(seed)

    def one(content: bytes) -> None:
        try:
            target.read(content)
        except target.names:
            return

    found = Path.cwd() / f"fuzz-{name}-"
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=20000", "-rss_limit_mb=2000", f"-artifact_prefix={found}", str(corpus)], one)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    if options.target is None:
        print("\n".join(TARGETS))
        return 0
    if options.target != "all":
        fuzz(options.target, options.seconds)
    statuses = [
        subprocess.run([sys.executable, "-m", "tests.system.fuzz_files", name, "--seconds", str(options.seconds)], check=False).returncode
        for name in TARGETS
    ]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
