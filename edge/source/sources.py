"""Where frames come from: a source named by one word, opened as clips of frames."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import chain, count, groupby, repeat
from pathlib import Path
from urllib.parse import parse_qsl

from edge import extras
from edge.record import recording
from edge.record.recording import Recorded
from edge.source import truth
from edge.source.pictures import PICTURES, bad_frame, count_pages, in_order, pages_of, steps_between
from edge.source.pictures import read_picture as read_picture  # score and training read what truth.jsonl names through this door
from edge.source.truth import TruthLine
from edge.toml_words import nearest
from edge.types import BadFrame, Claim, Frame, ScreenLeft

NS_PER_S = 1_000_000_000
STILL_PERIOD_NS = 33_000_000  # a clip of one frame is presented so far apart
STILL_REPEATS = 5
FILE_RATE_HZ = 30
BUNDLED = Path(__file__).resolve().parents[2] / "models" / "demonstration.mcap"
# option of a source: the words it can be; none: its own file checks the value
OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "recording": {"from": ("frames", "raw")},
    "images": {},
    "video": {},
    "dicom": {"screen_left": tuple(left.value for left in ScreenLeft), "region": ()},
    "v4l2": dict.fromkeys(("size", "rate", "format", "input"), ()),
    "picamera2": dict.fromkeys(("size", "rate"), ()),
    "phantom": dict.fromkeys(
        ("seed", "bmi", "seconds", "rate", "side", "probe", "layout", "left", "faults", "motion", "kind", "water", "look", "freeze"), ()
    ),
}
LIVE_KINDS = frozenset({"v4l2", "picamera2"})
IN_FILES = frozenset({"recording", "images", "video", "dicom"})
MOST_NAME = 4096
MCAP_BEGINS, DICOM_BEGINS = b"\x89MCAP", b"DICM"  # the latter behind 128 bytes of anything
DICOM_SUFFIXES = frozenset({".dcm", ".dicom"})  # an old file without these four letters

Item = Frame | BadFrame | Recorded


class SourceError(Exception):
    """The source cannot be opened; the text names the cure."""


@dataclass(slots=True)
class Counters:
    """What a camera made and nobody saw: frames that the kernel had no buffer for, and finished ones that a newer one overtook."""

    lost_by_kernel: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames between which state may flow. still: one frame, presented STILL_REPEATS times, its last answer counts. screen_left: what the operator
    or the truth beside the frames states. counters: a camera's own. claim: what the file states of its scan, which the screen is to bear out.
    told_left: what the file says is drawn left, which contradicts another statement and never stands in for one."""

    name: str
    still: bool
    screen_left: ScreenLeft
    items: Iterable[Item]
    counters: Counters | None = None
    claim: Claim | None = None
    told_left: ScreenLeft = ScreenLeft.UNKNOWN


@dataclass(frozen=True, slots=True)
class Spec:
    """KIND:NAME?option=value&..., or a path alone, whose kind is guessed."""

    kind: str
    name: str
    options: dict[str, str]


def parse_spec(text: str) -> Spec:
    """Splits a source's name. Raises SourceError."""
    if len(text) > MOST_NAME:
        raise SourceError(f"source {text[:40]}...: has {len(text)} characters, and a name has {MOST_NAME} at most: move it, or give a shorter path")
    kind, colon, rest = text.partition(":")
    if not colon or kind not in OPENERS:
        kind, rest = kind_of(text), text
    name, query = _name_and_query(rest) if kind in IN_FILES else rest.partition("?")[::2]
    options = dict(parse_qsl(query, keep_blank_values=True))
    for option, value in options.items():
        _refuse_unknown(kind, option, value)
    return Spec(kind, name, options)


def _name_and_query(rest: str) -> tuple[str, str]:
    """A file whose own name holds a ? is taken by its longest name that is there; what follows that is options."""
    cuts = [len(rest), *(at for at in range(len(rest) - 1, -1, -1) if rest[at] == "?")]
    there = [cut for cut in cuts if os.path.exists(rest[:cut])]
    at = there[0] if there else cuts[-1]
    return rest[:at], rest[at + 1 :]


def kind_of(text: str) -> str:
    """The kind of a source that is named by its path alone. Raises SourceError where nothing of that name is there."""
    path = Path(_name_and_query(text)[0])
    if text.startswith("/dev/") or path.is_char_device():
        # a camera may come later
        return "v4l2"
    if text and path.is_dir():
        return "images"
    if not path.is_file():
        raise SourceError(
            f"source {text[:60]!r}: no such file, folder or camera here: name one that is there, "
            f"or say KIND:NAME, where KIND is one of {', '.join(OPENERS)}"
        )
    return "images" if path.suffix.lower() in PICTURES else _kind_within(path)


def _kind_within(path: Path) -> str:
    """By a file's first bytes: a recording, DICOM, or else a video, whose reader knows what it can read. Raises SourceError."""
    try:
        with path.open("rb") as file:
            begins = file.read(132)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}: may it be read?") from error
    if begins.startswith(MCAP_BEGINS):
        return "recording"
    return "dicom" if begins[128:] == DICOM_BEGINS or path.suffix.lower() in DICOM_SUFFIXES else "video"


def _refuse_unknown(kind: str, option: str, value: str) -> None:
    """Raises SourceError, naming the nearest known option, for one that the kind does not have, or a word that it cannot be."""
    known = OPTIONS[kind]
    if not known:
        raise SourceError(f"{kind}: has no options, and ?{option} is one: leave out what follows the ?")
    if option not in known:
        raise SourceError(f"{kind}: unknown option {option!r}: did you mean {nearest(option, list(known))!r}? It can be {', '.join(known)}")
    words = known[option]
    if words and value not in words:
        raise SourceError(f"{kind}: {option} is {value!r}: it can be {' or '.join(words)}")


def open_clips(text: str) -> Iterator[Clip]:
    """The clips of a source. Raises SourceError at once where it cannot be opened."""
    spec = parse_spec(text)
    try:
        return OPENERS[spec.kind](spec)
    except OSError as error:
        raise SourceError(f"{text}: {error.strerror or error}: is it there, and may it be read?") from error


def open_source(text: str) -> Iterator[Frame | BadFrame]:
    """Every frame of a source in order, without regard to clips, to what a recording knows of them, and to whether it is cut short."""
    with contextlib.suppress(recording.CutShortError):
        for clip in open_clips(text):
            for item in clip.items:
                if not isinstance(item, Recorded):
                    yield item
                elif item.frame is not None:
                    yield item.frame


def files_of(text: str) -> list[Path]:
    """What a source is read from, so that nothing is written over it: its file or device, or its folder's pictures. Raises SourceError."""
    spec = parse_spec(text)
    if spec.kind in ("picamera2", "phantom"):
        return []
    path = recording_path(spec) if spec.kind == "recording" else Path(spec.name)
    if not path.is_dir():
        return [path]
    # only a truth's frames may lie deeper
    within = path.glob("**/*" if (path / truth.FILE_NAME).is_file() else "*")
    return [each for each in within if each.suffix.lower() in PICTURES or each.name == truth.FILE_NAME]


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder, in the order of the numbers in their names. Raises SourceError where there is none, or no certain order."""
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder")
    # a viewer shows no hidden file: macOS leaves a ._f1.png, which is none, beside each f1.png that it copies
    found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.name.startswith(".")]
    if not found:
        raise SourceError(f"{folder}: no picture in it ({', '.join(sorted(PICTURES))})")
    try:
        return in_order(found)
    except ValueError as error:
        raise SourceError(f"{folder}: {error}") from error


def _images(spec: Spec) -> Iterator[Clip]:
    folder = Path(spec.name)
    if (folder / truth.FILE_NAME).is_file():
        try:
            lines = truth.read(folder)
        except truth.TruthError as error:
            raise SourceError(str(error)) from error
        return truth_clips(folder, lines)
    paths = [folder] if folder.is_file() and folder.suffix.lower() in PICTURES else pictures_in(folder)
    if len(paths) == 1 and count_pages(paths[0]) == 1:
        return iter([_still(paths[0].name, ScreenLeft.UNKNOWN, next(_shown(paths)))])
    return iter([Clip(folder.name, False, ScreenLeft.UNKNOWN, _shown(paths))])


def _shown(paths: list[Path]) -> Iterator[Frame | BadFrame]:
    """Every page of every file, one after the other as a viewer shows them: at the animation's own pace, or at FILE_RATE_HZ. Files whose numbers
    leave some out lie as much further apart, and APART_STEPS where they are no neighbours at all."""
    numbers, paced_ns, frames = count(), 0, 0
    for path, steps in zip(paths, steps_between(paths), strict=True):
        frames += steps - 1
        for page in pages_of(path):
            number, captured_ns = next(numbers), paced_ns + frames * NS_PER_S // FILE_RATE_HZ
            paced_ns, frames = (paced_ns + page.shown_ns, frames) if page.shown_ns else (paced_ns, frames + 1)
            yield bad_frame(number, captured_ns, page.why) if page.pixels is None else Frame(number, captured_ns, page.pixels)


def truth_clips(folder: Path, lines: list[TruthLine]) -> Iterator[Clip]:
    """The clips that truth.jsonl tells; frame ids count through the whole file."""
    numbered = enumerate(lines)
    for name, group in groupby(numbered, key=lambda pair: pair[1].clip):
        members = list(group)
        frames = (read_picture(folder / line.frame, frame_id=index, captured_ns=line.captured_ns) for index, line in members)
        left = members[0][1].screen_left
        yield _still(name, left, next(frames)) if len(members) == 1 else Clip(name, False, left, frames)


def _still(name: str, screen_left: ScreenLeft, frame: Frame | BadFrame) -> Clip:
    later = [replace(frame, captured_ns=frame.captured_ns + turn * STILL_PERIOD_NS) for turn in range(STILL_REPEATS)]
    return Clip(name, True, screen_left, later)


def recording_path(spec: Spec) -> Path:
    """The file behind recording:NAME."""
    return BUNDLED if spec.name == "demonstration" else Path(spec.name)


def _recording(spec: Spec) -> Iterator[Clip]:
    path = recording_path(spec)
    try:
        recording.session_fields(path)
    except recording.RecordingError as error:
        raise SourceError(str(error)) from error
    # from frames: the model runs again on the recorded scans and pixels
    return _recorded_clips(path, recording.read(path, raw=spec.options.get("from") != "frames", whole=True))


def _recorded_clips(path: Path, frames: Iterator[Recorded]) -> Iterator[Clip]:
    """The clips that were recorded: what was answered afresh then is answered afresh again. Raises CutShortError behind the last clip, not in it."""
    cut: list[recording.CutShortError] = []

    def up_to_the_cut() -> Iterator[Recorded]:
        try:
            yield from frames
        except recording.CutShortError as error:
            cut.append(error)

    for (name, still), group in groupby(up_to_the_cut(), key=lambda recorded: (recorded.clip, recorded.still)):
        presented: Iterable[Item] = chain.from_iterable(repeat(item, STILL_REPEATS if still else 1) for item in group)
        yield Clip(name or path.name, still, ScreenLeft.UNKNOWN, presented)
    if cut:
        raise cut[0]


def _elsewhere(module: str, function: str, extra: str) -> Callable[[Spec], Iterator[Clip]]:
    """An opener whose file needs an extra's packages: imported when first asked for."""

    def opener(spec: Spec) -> Iterator[Clip]:
        try:
            found = getattr(import_module(module), function)
        except ImportError as error:
            missing = _hidden(error) or f"needs {error.name}: {extras.cure(extra)}"
            raise SourceError(f"{spec.kind}: {missing}") from error
        clips: Iterator[Clip] = found(spec)
        return clips

    return opener


def _hidden(error: ImportError) -> str:
    """Another package models that Python finds before tuffier's own, which comes with it whole; empty where something else is missing."""
    if (error.name or "").split(".")[0] != "models":
        return ""
    found = getattr(sys.modules.get("models"), "__file__", None) or "another one"
    return f"tuffier's own package models is hidden by {found}: start it from another folder, or rename that package"


OPENERS: dict[str, Callable[[Spec], Iterator[Clip]]] = {
    "recording": _recording,
    "images": _images,
    "video": _elsewhere("edge.source.video_source", "open_video", "video"),
    "v4l2": _elsewhere("edge.source.v4l2_source", "open_v4l2", "video"),
    "picamera2": _elsewhere("edge.source.picamera2_source", "open_picamera2", "video"),
    "dicom": _elsewhere("edge.source.dicom.dicom_source", "open_dicom", "dicom"),
    "phantom": _elsewhere("edge.source.phantom_source", "open_phantom", "phantom"),
}
