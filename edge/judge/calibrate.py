"""What a source's frames tell of a scanner's screen, spread over it, and whether they contradict the operator; `tuffier calibrate` asks the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from edge.board.check.calibration import Finding, agreed, look_at
from edge.record.recording import Recorded
from edge.screen.profile import Profile, RulerPart
from edge.screen.ruler.scale import Reading
from edge.source.sources import open_clips
from edge.types import BadFrame, Frame, GrayImage

FRAMES = 12  # looked at at most, spread over the first MOST_FRAMES: all of a short source
MOST_FRAMES = 8 * FRAMES


def spread(source: str) -> tuple[list[GrayImage], list[str]]:
    """FRAMES pictures at most, equally spread over the source's first MOST_FRAMES, each once; and why others could not be read. Raises SourceError,
    RecordingError."""
    kept: list[GrayImage] = []
    unread: list[str] = []
    count, every = 0, 1
    for item in islice(_pictures(source), MOST_FRAMES):
        if isinstance(item, BadFrame):
            unread.append(item.why)
            continue
        if count % every == 0:
            kept.append(item.pixels)
        count += 1
        if len(kept) > FRAMES:
            kept, every = kept[::2], 2 * every
    return kept, unread


def _pictures(source: str) -> Iterator[Frame | BadFrame]:
    for clip in open_clips(source):
        # one frame is shown several times there
        for item in islice(clip.items, 1 if clip.still else None):
            frame = item.frame if isinstance(item, Recorded) else item
            if frame is not None:
                yield frame


def contradicted(findings: list[Finding], known: Profile) -> Reading | None:
    """What the screen says where as many frames speak against the operator's tick_mm as for it."""
    if not known.ruler.tick_mm:
        return None
    silent = replace(known, ruler=RulerPart())
    agreeing = [each for each in findings if each.reading is not None]
    again = [look_at(each.pixels, silent) for each in findings if each.reading is None]
    against = [each for each in again if each is not None and each.reading is not None]
    return agreed(against).reading if len(against) >= max(1, len(agreeing)) else None
