"""One item of any source through the path: a frame from the screen on, a recorded one from where its record begins."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge.pipeline import Answer, Course, Invoke, PathState, answer, answer_scan, conclude
from edge.record.recording import Recorded
from edge.screen import watch
from edge.screen.profile import Profile
from edge.source.sources import Clip, Item
from edge.types import BadFrame, Frame, ScreenLeft


@dataclass(frozen=True, slots=True)
class Stated:
    """What the operator or the profile states of the screen; None where it is to be read."""

    profile: Profile
    mm_per_px: tuple[float, float] | None = None
    screen_left: ScreenLeft | None = None


def fresh(stated: Stated, clip: Clip) -> PathState:
    """The state at a clip's first frame. What the truth beside the frames states of the orientation stands in for the operator's word; where the file
    itself says another, nothing is known of it."""
    left = stated.screen_left
    if left is None and clip.screen_left is not ScreenLeft.UNKNOWN:
        left = clip.screen_left
    wanted = stated.profile.orientation.screen_left if left is None else left
    if ScreenLeft.UNKNOWN not in (wanted, clip.told_left) and wanted is not clip.told_left:
        left = ScreenLeft.UNKNOWN
    seen = watch.fresh(stated.profile, stated_mm_per_px=stated.mm_per_px, stated_screen_left=left, still=clip.still, claim=clip.claim)
    return PathState(seen)


def step(state: PathState, item: Item, course: Course, invoke: Invoke, *, now_ns: int) -> tuple[PathState, Answer]:
    """One item: a frame goes through the screen, a recorded one starts from its scan and, if kept, its raw output."""
    match item:
        case Frame() | BadFrame():
            return answer(state, item, course, invoke, now_ns=now_ns)
        case Recorded(scan=scan, frame=frame, raw=None) if frame is not None:
            return answer_scan(state, frame, scan, course, invoke, now_ns=now_ns)
        case Recorded(scan=scan, raw=raw, placing=placing):
            return conclude(state, scan, raw, placing, course, now_ns=now_ns)


def retimed(item: Item, captured_ns: int) -> Item:
    """The same item as if captured at another time: a file played live."""
    match item:
        case Frame() | BadFrame():
            return replace(item, captured_ns=captured_ns)
        case Recorded(scan=scan):
            return replace(item, scan=replace(scan, captured_ns=captured_ns))


def captured_ns(item: Item) -> int:
    """When an item was captured, on its source's time line."""
    return item.scan.captured_ns if isinstance(item, Recorded) else item.captured_ns
