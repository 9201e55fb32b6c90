"""How far two readers of the same frames agree: views alike, and how far apart they put the landmarks that both saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np

from edge.catalogue import NOTICE
from edge.source import truth
from edge.types import PointMm, PointPx

TARGET = "target"


@dataclass(frozen=True, slots=True)
class Read:
    """One reader's word on one frame. frame: the same for both readers; mm_per_px: None where no scale holds."""

    frame: str
    view: str
    mm_per_px: PointMm | None
    landmarks: Mapping[str, Sequence[PointPx]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """frames: that both read. views: (one's, the other's) -> how many. apart_mm: landmark -> distances on frames where both name the same view,
    smallest first. alone: landmark -> how many places one reader has there and the other has not. one_only, other_only: frames that one read."""

    frames: int
    views: Mapping[tuple[str, str], int]
    apart_mm: Mapping[str, tuple[float, ...]]
    alone: Mapping[str, int]
    one_only: int = 0
    other_only: int = 0

    @property
    def same_view(self) -> int:
        return sum(count for (one, other), count in self.views.items() if one == other)

    @property
    def all_apart_mm(self) -> tuple[float, ...]:
        """Of all landmarks; the target rests on them and is not counted again."""
        return tuple(sorted(each for name, found in self.apart_mm.items() if name != TARGET for each in found))


def agreement(one: Sequence[Read], other: Sequence[Read]) -> Agreement:
    """Of two readers' words."""
    theirs = {read.frame: read for read in other}
    pairs = [(read, theirs[read.frame]) for read in one if read.frame in theirs]
    apart: dict[str, list[float]] = {}
    alone: Counter[str] = Counter()
    for a, b in pairs:
        if a.view == b.view:
            for name in sorted({*a.landmarks, *b.landmarks}):
                mine, others = a.landmarks.get(name, ()), b.landmarks.get(name, ())
                alone[name] += abs(len(mine) - len(others))
                if a.mm_per_px is not None:
                    apart.setdefault(name, []).extend(apart_mm(mine, others, a.mm_per_px))
    found = {name: tuple(sorted(each)) for name, each in sorted(apart.items()) if each}
    views = Counter((a.view, b.view) for a, b in pairs)
    gone = {name: count for name, count in sorted(alone.items()) if count}
    return Agreement(len(pairs), views, found, gone, len(one) - len(pairs), len(other) - len(pairs))


def apart_mm(mine: Sequence[PointPx], others: Sequence[PointPx], mm_per_px: PointMm) -> list[float]:
    """Distances of one landmark's places, in the order of the screen; where one reader has fewer, of those to the nearest of the other's."""
    few, many = sorted((sorted(mine), sorted(others)), key=len)
    if len(few) == len(many):
        return [_distance_mm(one, other, mm_per_px) for one, other in zip(few, many, strict=True)]
    return [min(_distance_mm(one, other, mm_per_px) for other in many) for one in few]


def _distance_mm(one: PointPx, other: PointPx, mm_per_px: PointMm) -> float:
    return hypot((one[0] - other[0]) * mm_per_px[0], (one[1] - other[1]) * mm_per_px[1])


def of_folders(one: Path, other: Path) -> Agreement:
    """Of two folders with truth.jsonl, which name the same pictures. Raises TruthError, also where no frame is in both."""
    reads = [_reads(folder) for folder in (one, other)]
    found = agreement(*reads)
    if not found.frames:
        raise truth.TruthError(f"{one} and {other}: no frame is done in both: they are matched by their pictures' names")
    return found


def _reads(folder: Path) -> list[Read]:
    """Frames are told by their names: readers of one folder share its pictures (../NAME), others have copies."""
    return [Read(line.frame.removeprefix("../"), line.view, line.mm_per_px, _with_target(line)) for line in truth.read(folder)]


def _with_target(line: truth.TruthLine) -> dict[str, Sequence[PointPx]]:
    return {**line.landmarks, **({TARGET: (line.target,)} if line.target else {})}


def spread_of(distances_mm: Sequence[float]) -> dict[str, float]:
    """How many, their median, 95th percentile and largest; distances in mm."""
    median_mm, p95_mm = np.percentile(distances_mm, [50, 95])
    lengths = {"median_mm": median_mm, "p95_mm": p95_mm, "largest_mm": max(distances_mm)}
    return {"places": len(distances_mm), **{name: round(float(length), 3) for name, length in lengths.items()}}


def kappa(views: Mapping[tuple[str, str], int]) -> float | None:
    """Cohen's: agreement beyond what two readers reach who name views as often as these by chance; None where both name one view throughout."""
    count = sum(views.values())
    by_one, by_other = (Counter[str]() for _ in range(2))
    for (one, other), found in views.items():
        by_one[one] += found
        by_other[other] += found
    same = sum(found for (one, other), found in views.items() if one == other) / count
    chance = sum(by_one[view] * by_other[view] for view in by_one) / count**2
    return None if chance == 1 else round((same - chance) / (1 - chance), 4)


def agreement_fields(found: Agreement) -> dict[str, Any]:
    """As JSON-ready values."""
    differing = [{"one": one, "other": other, "frames": count} for (one, other), count in sorted(found.views.items()) if one != other]
    return {
        "frames": found.frames,
        "one_only": found.one_only,
        "other_only": found.other_only,
        "same_view": found.same_view,
        "kappa": kappa(found.views),
        "views_apart": differing,
        "landmarks": {name: spread_of(each) for name, each in found.apart_mm.items()},
        "all_landmarks": spread_of(found.all_apart_mm) if found.all_apart_mm else None,
        "one_alone": dict(found.alone),
    }


def agreement_table(found: Agreement, one: str, other: str) -> str:
    """For a person."""
    beyond = kappa(found.views)
    lines = [
        f"{found.frames} frames done in both; {found.one_only} in {one} only, {found.other_only} in {other} only",
        f"same view on {found.same_view} of {found.frames} ({100 * found.same_view / found.frames:.0f} %)"
        + ("" if beyond is None else f", Cohen's kappa {beyond:.2f}"),
        *(f"  {a} in {one}, {b} in {other}: {count}" for (a, b), count in sorted(found.views.items()) if a != b),
    ]
    rows = [*found.apart_mm.items(), *([("all landmarks", found.all_apart_mm)] if found.all_apart_mm else [])]
    if rows:
        lines += ["", f"{'apart, mm':28}{'places':>8}{'median':>9}{'95th':>9}{'largest':>9}"]
        for name, each in rows:
            spread = spread_of(each)
            lines.append(f"{name:28}{spread['places']:>8}{spread['median_mm']:>9.2f}{spread['p95_mm']:>9.2f}{spread['largest_mm']:>9.2f}")
    else:
        lines += ["no landmark that both put, on a frame of the same view with a scale"]
    lines += [f"seen by one reader alone: {name} {count}" for name, count in found.alone.items()]
    return "\n".join([*lines, f"How far readers agree says nothing of who is right ({NOTICE})."])
