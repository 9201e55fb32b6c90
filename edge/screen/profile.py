"""A scanner profile: what is known of one scanner's screen before the first frame. TOML, checked whole when read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

from edge.limits import MOST_TOML_BYTES, TooLargeError, text_of
from edge.toml_words import line_of, nearest, table_of
from edge.types import ScreenLeft

SHIPPED = Path(__file__).resolve().parents[1] / "profiles"

RulerSide: TypeAlias = Literal["", "left", "right"]
MarkerSide: TypeAlias = Literal["left", "right"]


class ProfileError(Exception):
    """The profile cannot be used; the text names file, line and cure."""


@dataclass(frozen=True, slots=True)
class VideoPart:
    """[video]: width_px, height_px: 0 where any size will do. latency_ms: of scanner and grabber, added to every age; 0 to 500. pixel_aspect: how
    wide a pixel is, in its heights, in the video as delivered; 0 where the screen tells (of a flat array's it often does not)."""

    width_px: int = 0
    height_px: int = 0
    latency_ms: float = 0.0
    pixel_aspect: float = 0.0


@dataclass(frozen=True, slots=True)
class ScanPart:
    """[scan]: box_px (left, top, right, bottom) that holds the scan and its ruler, empty for the whole picture; masks_px: boxes that never
    belong to it (patient's text, menus)."""

    box_px: tuple[int, ...] = ()
    masks_px: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RulerPart:
    """[ruler]: side of the scan ("" for any); tick_mm: distance of neighbouring ticks, the same at every depth, 0 where the screen tells;
    major_every: every so many ticks is larger, 0 where all are alike: tick_mm counts only for a ruler of which that is seen, -1: for any; mm_per_px
    (x, y): where there is no ruler and the depth never changes, for the one picture size that [video] states, empty otherwise."""

    side: RulerSide = ""
    tick_mm: float = 0.0
    major_every: int = -1
    mm_per_px: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class OrientationPart:
    """[orientation]: what is drawn at the screen's left, and where the probe's marker is drawn."""

    screen_left: ScreenLeft = ScreenLeft.UNKNOWN
    marker: MarkerSide = "left"


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything a profile may state. The default states nothing: all is found on the screen."""

    name: str = "auto"
    video: VideoPart = field(default_factory=VideoPart)
    scan: ScanPart = field(default_factory=ScanPart)
    ruler: RulerPart = field(default_factory=RulerPart)
    orientation: OrientationPart = field(default_factory=OrientationPart)


AUTO = Profile()

PARTS: dict[str, type[Any]] = {"video": VideoPart, "scan": ScanPart, "ruler": RulerPart, "orientation": OrientationPart}
RANGES: dict[str, tuple[float, float]] = {
    "width_px": (0, 7680),
    "height_px": (0, 4320),
    "latency_ms": (0, 500),
    "tick_mm": (0, 50),
    "major_every": (-1, 10),
}
PIXEL_ASPECTS = 0.5, 2.0
WORDS: dict[str, tuple[str, ...]] = {
    "side": ("", "left", "right"),
    "marker": ("left", "right"),
    "screen_left": tuple(left.value for left in ScreenLeft),
}


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with the program."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def path_of(path_or_name: str | Path) -> Path:
    """Where a profile's file is; the shipped one's where it is the name of one."""
    path = Path(path_or_name)
    return SHIPPED / f"{path_or_name}.toml" if path.suffix != ".toml" and str(path_or_name) in shipped() else path


def load(path_or_name: str | Path) -> Profile:
    """A profile by path, or by the name of a shipped one. Raises ProfileError."""
    path = path_of(path_or_name)
    if str(path_or_name) == AUTO.name:
        return AUTO
    try:
        text = text_of(path, MOST_TOML_BYTES)
    except TooLargeError as error:
        raise ProfileError(f"profile {str(path_or_name)!r}: {error}: name a profile") from error
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join((AUTO.name, *shipped()))
        raise ProfileError(f"profile {str(path_or_name)!r}: neither a file that can be read nor a shipped profile ({known})") from error
    return parse(text, name=str(path))


def parse(text: str, *, name: str = "profile") -> Profile:
    """Checks TOML text whole. Raises ProfileError, naming line and nearest known key."""
    try:
        table = table_of(text)
    except ValueError as error:
        raise ProfileError(f"{name}: {error}") from error
    parts: dict[str, Any] = {}
    for key, value in table.items():
        if key == "name":
            if not isinstance(value, str) or not value:
                raise ProfileError(f"{name}, line {_line(text, 'name')}: name is {value!r}, it must be a word")
            parts[key] = value
        elif key not in PARTS:
            raise ProfileError(f"{name}, line {_line(text, key)}: unknown key {key!r}: did you mean {nearest(key, ['name', *PARTS])!r}?")
        elif not isinstance(value, Mapping):
            raise ProfileError(f"{name}, line {_line(text, key)}: [{key}] is a section, not a value")
        else:
            parts[key] = _part(name, text, key, value)
    return Profile(**parts)


def _part(name: str, text: str, section: str, values: Mapping[str, Any]) -> Any:
    """One section's dataclass with types, words and ranges checked."""
    known = {entry.name for entry in fields(PARTS[section])}
    found: dict[str, Any] = {}
    for key, value in values.items():
        where = f"{name}, line {_line(text, key)}"
        if key not in known:
            raise ProfileError(f"{where}: unknown key {key!r}: did you mean {nearest(key, sorted(known))!r}?")
        found[key] = checked(where, key, value)
    return PARTS[section](**found)


def checked(where: str, key: str, value: Any) -> Any:
    """One value that a profile may state. Raises ProfileError; where: the place or option that states it."""
    if key in WORDS:
        if value not in WORDS[key]:
            raise ProfileError(f"{where}: {key} is {value!r}, it must be one of {', '.join(repr(word) for word in WORDS[key])}")
        return ScreenLeft(value) if key == "screen_left" else value
    if key in RANGES:
        return _number(where, key, value)
    if key == "mm_per_px":
        return _scale(where, value)
    if key == "pixel_aspect":
        return _pixel_aspect(where, value)
    if key == "box_px":
        return () if value == [] else _box(where, key, value)
    if not isinstance(value, list):
        raise ProfileError(f"{where}: {key} is {value!r}, it must be a list of boxes [left, top, right, bottom]")
    return tuple(_box(where, key, each) for each in value)


def _number(where: str, key: str, value: Any) -> float | int:
    low, high = RANGES[key]
    whole = key.endswith("_px") or key == "major_every"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not low <= value <= high:
        raise ProfileError(f"{where}: {key} is {value!r}, it must be a {'whole ' if whole else ''}number from {low:g} to {high:g}")
    return int(value) if whole else float(value)


def _scale(where: str, value: Any) -> tuple[float, ...]:
    right = isinstance(value, list) and len(value) in (0, 2)
    if not right or not all(isinstance(each, (int, float)) and not isinstance(each, bool) and 0.005 <= each <= 2 for each in value):
        raise ProfileError(f"{where}: mm_per_px is {value!r}, it must be [x, y], each from 0.005 to 2")
    return tuple(float(each) for each in value)


def _pixel_aspect(where: str, value: Any) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not known or not (value == 0 or PIXEL_ASPECTS[0] <= value <= PIXEL_ASPECTS[1]):
        low, high = PIXEL_ASPECTS
        raise ProfileError(f"{where}: pixel_aspect is {value!r}, it must be 0 (the screen tells) or a number from {low:g} to {high:g}, 1 for square")
    return float(value)


def _box(where: str, key: str, value: Any) -> tuple[int, ...]:
    whole = isinstance(value, list) and len(value) == 4 and all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in value)
    if not whole or not (value[0] < value[2] and value[1] < value[3]):
        raise ProfileError(f"{where}: {key} holds {value!r}, a box is [left, top, right, bottom] in whole pixels, left < right and top < bottom")
    return tuple(value)


def _line(text: str, key: str) -> int:
    """The first line that sets the key or opens the section, counted from 1."""
    return line_of(text, rf"^\s*\[?\s*{re.escape(key)}\b")
