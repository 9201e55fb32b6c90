"""Recordings: MCAP with the cropped frame, the scan, the model's raw output and the guidance of every frame, and what the device said meanwhile.

Rule 1: pixels come from edge.screen.crop only. Rule 2: a chunk holds at most a second and is handed to the system whole: a killed process loses no
more, and a full disk leaves a file that ends at its last whole chunk.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import fcntl
import io
import json
import os
import stat
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

import numpy as np
from mcap.exceptions import McapError
from mcap.records import Channel, DataEnd, Message, Schema
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from zstandard import ZstdError

from edge.guidance.session import Session
from edge.limits import MOST_MESSAGE_BYTES, MOST_SIDE_PX, TooLargeError, refuse_large_picture, refuse_many_values
from edge.pipeline import Answer
from edge.record import foxglove
from edge.record.answer_line import answer_fields
from edge.record.mcap_file import McapFile, Topic, records
from edge.screen.crop import scan_only
from edge.types import Frame, GeometryKind, GrayImage, Health, NoScan, Placing, Pointing, RawOutput, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.wire import Reason

MOST_MM_PER_PX = 10.0  # far more than any screen shows
IMAGE_TOPIC, SCAN_TOPIC, RAW_TOPIC, GUIDANCE_TOPIC, SESSION_TOPIC = "/scan/image", "/scan", "/raw", "/guidance", "/session"
# what only people look at, and no replay reads
ANNOTATIONS_TOPIC, LOG_TOPIC = "/scan/annotations", "/log"
LOGGED = frozenset({"log", "refusal", "link", "process"})  # of what the device said and was told: what is one line
OBJECT_SCHEMA = {"type": "object"}
# of the black box: kind -> channel
DEVICE_TOPICS = {
    kind: f"/device/{kind}" for kind in ("status", "screen", "log", "button", "refusal", "guard", "link", "configuration", "process")
}
TOPICS = tuple(
    Topic(name, schema_name, json.dumps(schema))
    for name, schema_name, schema in (
        (IMAGE_TOPIC, "foxglove.CompressedImage", foxglove.IMAGE_SCHEMA),
        (SCAN_TOPIC, "tuffier.Scan", OBJECT_SCHEMA),
        (RAW_TOPIC, "tuffier.RawOutput", OBJECT_SCHEMA),
        (GUIDANCE_TOPIC, "tuffier.Guidance", OBJECT_SCHEMA),
        (SESSION_TOPIC, "tuffier.Session", OBJECT_SCHEMA),
        *((topic, f"tuffier.{kind.capitalize()}", OBJECT_SCHEMA) for kind, topic in DEVICE_TOPICS.items()),
        (ANNOTATIONS_TOPIC, "foxglove.ImageAnnotations", foxglove.ANNOTATIONS_SCHEMA),
        (LOG_TOPIC, "foxglove.Log", foxglove.LOG_SCHEMA),
    )
)
CHANNELS = {topic.name: number for number, topic in enumerate(TOPICS, 1)}


# all that the reader and its decompressor raise on damaged bytes
DAMAGED = (McapError, EOFError, ValueError, KeyError, TypeError, OSError, OverflowError, MemoryError, RuntimeError, struct.error, ZstdError)


class RecordingError(Exception):
    """The file is no recording of tuffier's; the text names the cure."""


class CutShortError(RecordingError):
    """The file ends, or cannot be read on, before its end mark; the text says how many frames came before."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """One recorded frame. frame is None where nothing of the picture was kept; raw where the model did not run. clip: state starts fresh where it
    changes; still: this one frame was the whole clip."""

    scan: Scan | NoScan
    frame: Frame | None
    raw: RawOutput | None
    placing: Placing
    clip: str = ""
    still: bool = False


def alone(path: Path, *, access: int = os.O_RDWR) -> io.FileIO:
    """The file, emptied, and nobody else's until it is closed: two writers would leave neither's content. Raises OSError."""
    # no buffer of Python's: what a full disk refused would be tried again at the end, behind the gap
    file = io.FileIO(os.open(path, access | os.O_CREAT | os.O_CLOEXEC, 0o666), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.truncate(0)
    except BlockingIOError:
        file.close()
        raise OSError(errno.EBUSY, "another process writes into it: stop that one, or give another name", str(path)) from None
    except OSError:
        file.close()
        raise
    return file


class Recorder:
    """Writes one session. Use as a context manager, or close() it: until then the file lacks its index and is read up to its last whole chunk."""

    def __init__(self, path: Path, session: Mapping[str, Any], *, jpeg_quality: int = 90) -> None:
        """Raises OSError, also where another process writes into this file."""
        self.path = path
        self._file = alone(path)
        self._quality = jpeg_quality
        self._torn = False
        self._logged = ""
        try:
            self._content = McapFile(self._write_whole, TOPICS)
            self._add(SESSION_TOPIC, 0, dict(session))
            self._content.end_chunk()
        except BaseException:
            self._file.close()
            raise

    def write(self, frame: Frame | None, answer: Answer, session: Session, *, clip: str = "", still: bool = False) -> None:
        """One frame and what was said of it. Raises OSError (a full disk)."""
        at_ns = answer.scan.captured_ns
        if frame is not None and isinstance(answer.scan, Scan):
            shown = scan_only(frame, answer.scan)
            self._add(IMAGE_TOPIC, at_ns, _image_fields(shown, self._quality))
            self._add(ANNOTATIONS_TOPIC, at_ns, foxglove.drawn_over(answer, answer.scan, session, shown.offset_px))
        self._log_change(answer)
        self._add(SCAN_TOPIC, at_ns, {**scan_fields(answer.scan), "clip": clip, "still": still})
        if answer.raw is not None:
            self._add(RAW_TOPIC, at_ns, _raw_fields(answer.raw, answer.placing))
        self._add(GUIDANCE_TOPIC, at_ns, answer_fields(answer, session))

    def note(self, kind: str, at_ns: int, fields: Mapping[str, Any]) -> None:
        """One thing that the device said or was told. Raises OSError (a full disk)."""
        self._add(DEVICE_TOPICS[kind], at_ns, fields)
        if kind in LOGGED:
            self._add(LOG_TOPIC, at_ns, foxglove.log(at_ns, foxglove.words_of_device(kind, fields), name="device"))

    def _log_change(self, answer: Answer) -> None:
        """Changes only: a line for each frame would hide them."""
        guidance, at_ns = answer.guidance, answer.scan.captured_ns
        pointing = isinstance(guidance, Pointing)
        state = "pointing" if isinstance(guidance, Pointing) else guidance.reason.name
        if state != self._logged:
            self._logged = state
            self._add(LOG_TOPIC, at_ns, foxglove.log(at_ns, foxglove.words_of(answer), level=foxglove.INFO if pointing else foxglove.WARNING))

    @property
    def frames(self) -> int:
        """Frames in the file's whole chunks: those that can be read, whatever happens next. All of them once closed."""
        # a frame's last message: where it is, the others are
        return self._content.written(CHANNELS[GUIDANCE_TOPIC])

    def sync(self) -> int:
        """Leaves every frame on disk. Returns the file's length in bytes; raises OSError."""
        self._content.end_chunk()
        os.fsync(self._file.fileno())
        return self._content.length

    def close(self) -> None:
        """Writes the index and leaves the file whole on disk; after a failed write without an index, up to its last whole chunk. Raises OSError."""
        if self._file.closed:
            return
        try:
            if not self._torn:
                self._content.finish()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _add(self, topic: str, at_ns: int, fields: Mapping[str, Any]) -> None:
        self._content.add(CHANNELS[topic], at_ns, json.dumps(fields, allow_nan=False).encode())

    def _write_whole(self, content: bytes) -> None:
        """All of it, or the file as it was before."""
        begun, left = self._file.tell(), memoryview(content)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            self._torn = True
            with contextlib.suppress(OSError):
                self._file.truncate(begun)
            raise


def copied(paths: Sequence[Path], *, from_ns: int) -> bytes:
    """Recordings as one, with the first one's session and what was captured from from_ns on, messages untouched. Raises RecordingError, OSError."""
    made = io.BytesIO()
    content = McapFile(made.write, TOPICS)
    for index, path in enumerate(paths):
        for topic, at_ns, _, payload in _messages(path):
            if index == 0 if topic == SESSION_TOPIC else at_ns >= from_ns:
                content.add(CHANNELS[topic], at_ns, payload)
    content.finish()
    return made.getvalue()


def read(path: Path, *, raw: bool = True, whole: bool = False) -> Iterator[Recorded]:
    """The recorded frames in order, up to the last whole one; raw: with the model's outputs. Raises RecordingError where the file is no recording at
    all, and where whole is asked for CutShortError after the last whole frame of one that goes no further."""
    return (recorded for recorded, _ in read_answers(path, raw=raw, whole=whole))


def read_answers(path: Path, *, raw: bool = False, whole: bool = False) -> Iterator[tuple[Recorded, dict[str, Any]]]:
    """As read, each frame with what was answered then, as edge.record.answer_line tells it."""
    held: dict[str, Any] = {}
    frames = 0
    try:
        for topic, _, fields, _ in _messages(path, whole=whole):
            if topic == GUIDANCE_TOPIC:
                if SCAN_TOPIC in held:
                    yield _recorded(held, path, raw=raw), fields
                    frames += 1
                held = {}
            else:
                held[topic] = fields
    except CutShortError:
        raise CutShortError(f"{path}: is cut short, damaged or still being recorded: its first {frames} frames can be read") from None


def cut_short(path: Path) -> str:
    """What a recording that is not whole has, in words; empty for a whole one. Raises RecordingError."""
    try:
        for _ in read(path, raw=False, whole=True):
            pass
    except CutShortError as error:
        return str(error)
    return ""


def session_fields(path: Path) -> dict[str, Any]:
    """The session a recording was made with. Raises RecordingError."""
    for topic, _, fields, _ in _messages(path):
        if topic == SESSION_TOPIC:
            return fields
    raise RecordingError(f"{path}: no session in it: record it again")


def refuse_other_model(path: Path, sha256: str) -> None:
    """Raw outputs mean what their own model's manifest says: read by another's they give wrong numbers. Raises RecordingError."""
    model = session_fields(path).get("model")
    found = model.get("sha256") if isinstance(model, Mapping) else None
    if found != sha256:
        made_by = f"{str(found)[:12]}, this is {sha256[:12]}" if found else "not named in it"
        raise RecordingError(f"{path}: made by another model ({made_by}): name that one with --model, or add ?from=frames")


def _messages(path: Path, *, whole: bool = False) -> Iterator[tuple[str, int, dict[str, Any], bytes]]:
    """(topic, time in ns, fields, their JSON) of every whole message; a torn end is where it stops, or where whole is asked for raises
    CutShortError."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}: name a recording; `tuffier record SOURCE --out {path.name}` makes one") from error
    topics: dict[int, str] = {}
    count, ended = 0, False
    with file:
        try:
            for record in records(file):
                match record:
                    case Schema():
                        continue
                    case Channel():
                        topics[record.id] = record.topic
                    case Message():
                        count += 1
                        yield topics[record.channel_id], record.log_time, _fields_of(record.data), record.data
                    case DataEnd():
                        ended = True
        except DAMAGED as error:
            if count == 0:
                raise RecordingError(f"{path}: not an MCAP recording of tuffier's ({type(error).__name__}): tuffier record makes one") from error
            # what follows the frames is an index alone
            if whole and not ended:
                raise CutShortError(f"{path}: is cut short") from error


def _fields_of(content: bytes) -> dict[str, Any]:
    """A message's JSON. Raises ValueError, RecursionError."""
    if len(content) > MOST_MESSAGE_BYTES:
        raise TooLargeError(f"a message of {len(content)} bytes: {MOST_MESSAGE_BYTES} are the most")
    refuse_many_values(content)
    fields = json.loads(content)
    if not isinstance(fields, dict):
        raise ValueError("a message that is no object")
    return fields


def _recorded(held: Mapping[str, Any], path: Path, *, raw: bool) -> Recorded:
    try:
        scan = scan_from(held[SCAN_TOPIC])
        outputs = held.get(RAW_TOPIC) if raw else None
        if outputs and not {"brightness", "contrast"} <= set(outputs):
            raise RecordingError(f"{path}: recorded before the picture's brightness and contrast were kept: add ?from=frames, or record it again")
        image = held.get(IMAGE_TOPIC)
        return Recorded(
            scan,
            _frame_from(image, scan) if image else None,
            _raw_from(outputs) if outputs else None,
            Placing(_whole(outputs.get("placing", 0)), bool(outputs["mirrored"])) if outputs else Placing(),
            str(held[SCAN_TOPIC].get("clip", "")),
            bool(held[SCAN_TOPIC].get("still", False)),
        )
    except (*DAMAGED, AttributeError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise RecordingError(f"{path}: a message lacks or misstates {str(error)[:200]}: record it again with this version") from error


def scan_fields(scan: Scan | NoScan) -> dict[str, Any]:
    """A scan as JSON; enums by name."""
    if isinstance(scan, NoScan):
        return {"frame_id": scan.frame_id, "captured_ns": scan.captured_ns, "reason": scan.reason.name.lower(), "hint": scan.hint}
    fields = asdict(scan)
    fields["orientation"], fields["health"] = scan.orientation.value, scan.health.value
    return fields


def scan_from(fields: Mapping[str, Any]) -> Scan | NoScan:
    """The reverse of scan_fields. Raises KeyError, TypeError or ValueError."""
    frame_id, captured_ns = _whole(fields["frame_id"]), _whole(fields["captured_ns"])
    if "reason" in fields:
        return NoScan(frame_id, captured_ns, Reason[fields["reason"].upper()], fields["hint"])
    geometry = dict(fields["geometry"])
    geometry["apex_px"] = None if geometry["apex_px"] is None else tuple(geometry["apex_px"])
    across, down = (float(fields[name]) for name in ("mm_per_px_x", "mm_per_px_y"))
    if not (0 < across <= MOST_MM_PER_PX and 0 < down <= MOST_MM_PER_PX):
        raise ValueError(f"a scale of {across} x {down} mm per pixel")
    return Scan(
        frame_id=frame_id,
        captured_ns=captured_ns,
        geometry=_sane(ScanGeometry(**geometry)),
        origin_px=(_finite(fields["origin_px"][0]), _finite(fields["origin_px"][1])),
        mm_per_px_x=across,
        mm_per_px_y=down,
        scale_source=fields["scale_source"],
        orientation=ScreenLeft(fields["orientation"]),
        health=Health(fields["health"]),
    )


def _sane(geometry: ScanGeometry) -> ScanGeometry:
    """A geometry whose numbers are ones. Raises ValueError, TypeError."""
    if geometry.kind not in get_args(GeometryKind) or not all(isinstance(each, int) and abs(each) <= MOST_SIDE_PX for each in geometry.box_px):
        raise ValueError(f"a scan of {str(geometry)[:100]}")
    if not (geometry.left_px < geometry.right_px and geometry.top_px < geometry.bottom_px):
        raise ValueError(f"a scan of {geometry.box_px}")
    lengths = (geometry.inner_radius_px, geometry.outer_radius_px, geometry.half_angle_deg, geometry.face_radius_mm, geometry.face_half_width_mm)
    for each in (*lengths, *(geometry.apex_px or (0.0, 0.0))):
        _finite(each)
    return geometry


def _finite(value: Any) -> float:
    """A number. Raises ValueError, TypeError."""
    if not isfinite(value):
        raise ValueError(f"{value!r}: no number")
    return float(value)


def _whole(value: Any) -> int:
    """A count or a time in ns that 63 bits hold. Raises ValueError."""
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{value!r}: not a whole number of 63 bits")
    return value


def _image_fields(frame: Frame, quality: int) -> dict[str, Any]:
    packed = io.BytesIO()
    Image.fromarray(frame.pixels).save(packed, format="JPEG", quality=quality)
    return {
        "timestamp": foxglove.time_fields(frame.captured_ns),
        "frame_id": "scan",
        "format": "jpeg",
        "data": base64.b64encode(packed.getvalue()).decode(),
        "offset_px": list(frame.offset_px),
    }


def _frame_from(fields: Mapping[str, Any], scan: Scan | NoScan) -> Frame:
    with Image.open(io.BytesIO(base64.b64decode(fields["data"]))) as picture:
        refuse_large_picture(*picture.size)
        pixels: GrayImage = np.asarray(picture.convert("L"))
    left, top = fields["offset_px"]
    return Frame(scan.frame_id, scan.captured_ns, pixels, (int(left), int(top)))


def _raw_fields(raw: RawOutput, placing: Placing) -> dict[str, Any]:
    how = {"placing": placing.number, "mirrored": placing.mirrored}
    of_network = {"heatmaps": _packed(raw.heatmaps_int8), "view_logits": _packed(raw.view_logits_int8)}
    return how | of_network | {"brightness": _packed(raw.brightness_uint8), "contrast": _packed(raw.contrast_int8)}


def _raw_from(fields: Mapping[str, Any]) -> RawOutput:
    heatmaps, brightness = _unpacked(fields["heatmaps"], "int8"), _unpacked(fields["brightness"], "uint8")
    contrast = _unpacked(fields["contrast"], "int8")
    if not brightness.shape == contrast.shape == heatmaps.shape[:2]:
        raise ValueError(f"a brightness of {brightness.shape}, a contrast of {contrast.shape}")
    return RawOutput(heatmaps, _unpacked(fields["view_logits"], "int8"), lambda: brightness, lambda: contrast, contrast.item)


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    return {"shape": list(array.shape), array.dtype.name: base64.b64encode(array.tobytes()).decode()}


def _unpacked(fields: Mapping[str, Any], kind: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(fields[kind]), dtype=kind).reshape(fields["shape"])
