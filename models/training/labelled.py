"""Frames that somebody labelled, as samples: a folder with truth.jsonl, each frame through the very screen stage that a run uses.

Rule 1: a subject's frames stay together: some subjects train, some calibrate, some test. Rule 2: a frame that the screen stage withholds is left
out and counted, since the model would never see it.
"""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.screen import watch
from edge.screen.profile import Profile
from edge.source import truth
from edge.source.sources import STILL_PERIOD_NS, STILL_REPEATS, read_picture
from edge.source.truth import TruthLine
from edge.types import BadFrame, Frame, NoScan, Scan, ScreenLeft
from models.training.samples import sample_of
from models.training.shards import ALL, ARRAYS, Samples

LEAST_SUBJECTS = 3
HELD_BACK = 0.2  # share of the subjects that test, and again that calibrate



@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Labelled frames by what they are for, and how many the screen stage withheld."""

    train: Samples
    validation: Samples
    test: Samples
    withheld: int


def read(folder: Path, profile: Profile) -> Split:
    """All usable frames of a folder. Raises truth.TruthError, and ValueError where too few subjects or no frame can be used."""
    lines = truth.read(folder)
    names = sorted({line.subject for line in lines}, key=lambda name: zlib.crc32(name.encode()))
    if len(names) < LEAST_SUBJECTS:
        raise ValueError(f"{folder}: {len(names)} subjects; the least is {LEAST_SUBJECTS}: to learn from, to calibrate on, to test on")
    found = [(line, sample) for line in lines if (sample := sample_of_line(folder, line, profile)) is not None]
    if not found:
        raise ValueError(f"{folder}: the screen stage withheld every frame: try `tuffier replay images:{folder}`, whose hints say why")
    back = max(1, round(HELD_BACK * len(names)))
    part_of = {name: "test" if index < back else "validation" if index < 2 * back else "train" for index, name in enumerate(names)}

    def part(wanted: str) -> Samples:
        own = [(line, sample) for line, sample in found if part_of[line.subject] == wanted]
        if not own:
            raise ValueError(f"{folder}: no frame to {wanted} with could be used of {len(lines)}: label more subjects")
        return Samples(
            ALL,
            np.stack([grid for _, (grid, _, _) in own]),
            np.array([ALL.views.index(line.view) for line, _ in own], dtype=np.int64),
            np.stack([points for _, (_, points, _) in own]),
            np.array([names.index(line.subject) for line, _ in own], dtype=np.int64),
            np.array(["labelled"] * len(own), dtype=np.str_),
            np.stack([sides for _, (_, _, sides) in own]),
        )

    return Split(part("train"), part("validation"), part("test"), len(lines) - len(found))


def sample_of_line(folder: Path, line: TruthLine, profile: Profile) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]] | None:
    """(grid, points, sides) of one frame, None where its scale is not stated or the screen withholds it."""
    if line.mm_per_px is None:
        return None
    unknown = sorted(set(line.landmarks) - set(ALL.landmarks))
    if unknown:
        raise ValueError(f"{folder / truth.FILE_NAME}: frame {line.frame} has landmarks that no view has: {', '.join(unknown)}")
    found = scanned(folder, line, profile)
    return None if found is None else sample_of(*found, line.landmarks, line.dim)


def scanned(folder: Path, line: TruthLine, profile: Profile) -> tuple[NDArray[np.uint8], Scan] | None:
    """A frame's pixels with its scan, None where it cannot be read, which is said, or the screen withholds it."""
    picture = read_picture(folder / line.frame, frame_id=0, captured_ns=line.captured_ns)
    if isinstance(picture, BadFrame):
        print(picture.why, file=sys.stderr)
        return None
    scan = _scan(picture, line, profile)
    return None if scan is None else (picture.pixels, scan)


def _scan(frame: Frame, line: TruthLine, profile: Profile) -> Scan | None:
    """As `tuffier score --scale truth` presents a still; None where the screen stage withholds it."""
    left = None if line.screen_left is ScreenLeft.UNKNOWN else line.screen_left
    state = watch.fresh(profile, stated_mm_per_px=line.mm_per_px, stated_screen_left=left, still=True)
    scan: Scan | NoScan | None = None
    for turn in range(STILL_REPEATS):
        state, scan = watch.watch(state, replace(frame, captured_ns=frame.captured_ns + turn * STILL_PERIOD_NS))
    return scan if isinstance(scan, Scan) else None


def joined(*parts: Samples) -> Samples:
    """One after another; all speak the same words. Subjects of different parts are kept apart by their numbers' ranges."""
    words = parts[0].words
    assert all(part.words == words for part in parts)
    return Samples(words, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS})


def mixed(rendered: Samples, labelled: Samples, *, share: float) -> Samples:
    """Rendered frames with labelled ones among them, each view's repeated until they are about `share` of it, 0 to under 1."""
    picks: list[NDArray[np.intp]] = []
    for view in range(len(rendered.words.views)):
        own = np.flatnonzero(labelled.views == view)
        wanted = round(share / (1 - share) * int((rendered.views == view).sum()))
        if len(own) and wanted:
            picks.append(np.resize(own, max(wanted, len(own))))
    pick = np.concatenate(picks) if picks else np.zeros(0, dtype=np.intp)
    return joined(rendered, labelled.picked(pick))
