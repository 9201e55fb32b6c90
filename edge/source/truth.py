"""truth.jsonl: what a frame really shows. DESIGN.md, "Truth and score", is its form."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import IO, Any

from edge.catalogue import NO_VIEW, VIEWS
from edge.guidance.geometry import Face
from edge.limits import MOST_LINE_BYTES, MOST_TRUTH_BYTES, TooLargeError, refuse_many_values
from edge.types import PointMm, PointPx, ScreenLeft
from firmware_bridge.wire import Procedure, Side

FILE_NAME = "truth.jsonl"


MOST_NS = 2**63 - 1  # what a recording's time holds, and far more than any clock


class TruthError(Exception):
    """A line of truth.jsonl is not of its form; the text names file and line."""


@dataclass(frozen=True, slots=True)
class TruthLine:
    """One frame's truth. target is None on view "none" and where it cannot be seen clearly. face is flat where the geometry is no arc. dim: landmarks
    whose echo is there, and not clear."""

    frame: str
    clip: str
    captured_ns: int
    subject: str
    view: str
    procedure: Procedure
    side: Side
    screen_left: ScreenLeft
    mm_per_px: PointMm | None
    origin_px: PointPx | None
    face: Face
    landmarks: Mapping[str, tuple[PointPx, ...]]
    target: PointPx | None
    dim: Mapping[str, tuple[PointPx, ...]] = field(default_factory=dict)


def read(folder: Path) -> list[TruthLine]:
    """The lines in order. Raises TruthError."""
    path = folder / FILE_NAME
    lines: list[TruthLine] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines_of(file), start=1):
                if line.strip():
                    lines.append(_parsed(line, f"{path}, line {number}"))
    except FileNotFoundError as error:
        raise TruthError(_without(folder)) from error
    except (OSError, TooLargeError) as error:
        raise TruthError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return lines


def _without(folder: Path) -> str:
    """What to do about a folder that has none."""
    for name, what in (("proposed.jsonl", "only what a model proposed"), ("draft.jsonl", "only frames that are not done")):
        if (folder / name).is_file():
            return f"{folder}: no {FILE_NAME} in it, {what}: set its frames right and done with `tuffier annotate --out {folder}`"
    return f"{folder}: no {FILE_NAME} in it: name the folder that holds one, or make one with `tuffier annotate SOURCE --out FOLDER`"


def _lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """Its lines, an editor's byte order mark passed over. Raises TooLargeError, without reading more than a line's limit."""
    begin = True
    while line := file.readline(MOST_LINE_BYTES + 1):
        if len(line) > MOST_LINE_BYTES:
            raise TooLargeError(f"a line of more than {MOST_LINE_BYTES} bytes: it has one line a frame")
        if file.tell() > MOST_TRUTH_BYTES:
            raise TooLargeError(f"more than {MOST_TRUTH_BYTES >> 20} MB: share its frames out among several folders")
        yield line.removeprefix(codecs.BOM_UTF8) if begin else line
        begin = False


def _parsed(line: bytes, where: str) -> TruthLine:
    try:
        refuse_many_values(line)
        return parse(json.loads(line))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise TruthError(f"{where}: lacks or misstates {str(error)[:200]}") from error


def parse(fields: Mapping[str, Any]) -> TruthLine:
    """One line's fields. Raises KeyError, TypeError or ValueError."""
    view = fields["view"]
    if view != NO_VIEW and view not in VIEWS:
        raise ValueError(f"view {view!r}")
    geometry = fields.get("geometry") or {}
    return TruthLine(
        frame=str(fields["frame"]),
        clip=str(fields.get("clip", fields["frame"])),
        captured_ns=_time_ns(fields.get("captured_ns", 0)),
        subject=str(fields.get("subject", "")),
        view=view,
        procedure=Procedure[(fields.get("procedure") or "none").upper()],
        side=Side[(fields.get("side") or "none").upper()],
        screen_left=ScreenLeft(fields.get("screen_left") or "unknown"),
        mm_per_px=_scale(fields.get("mm_per_px")),
        origin_px=_pair(fields.get("origin_px")),
        face=Face(*_numbers([geometry.get("face_radius_mm") or 0.0, geometry.get("face_half_width_mm") or 0.0])),
        landmarks=_points(fields.get("landmarks")),
        target=_pair(fields.get("target")),
        dim=_points(fields.get("dim")),
    )


def _points(named: Any) -> dict[str, tuple[PointPx, ...]]:
    return {name: tuple(_numbers(point) for point in points) for name, points in (named or {}).items()}


def _time_ns(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= MOST_NS:
        raise ValueError(f"captured_ns {value!r}: not a whole number from 0 to {MOST_NS}")
    return value


def _pair(values: Any) -> tuple[float, float] | None:
    return None if values is None else _numbers(values)


def _numbers(values: Any) -> tuple[float, float]:
    """Two finite numbers. Raises TypeError, ValueError."""
    first, second = (float(value) for value in values)
    if not (isfinite(first) and isfinite(second)):
        raise ValueError(f"{values}: not finite")
    return first, second


def _scale(values: Any) -> tuple[float, float] | None:
    pair = _pair(values)
    if pair is not None and min(pair) <= 0:
        raise ValueError(f"mm_per_px {values}: not above 0")
    return pair
