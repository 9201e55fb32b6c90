"""A source's frames into a folder to be annotated: pictures, and proposed.jsonl with what the screen stage and the model said of each.

Rule 1: pixels come from edge.screen.crop only, unless whole screens are asked for. Rule 2: each frame is looked at as a still, as `tuffier score`
will look at it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from edge.model.decode import decode
from edge.model.manifest import Manifest
from edge.model.tensor import frame_px_from_grid, laid
from edge.pipeline import Invoke
from edge.record.export import PROPOSED, ground_of, proposed
from edge.record.files import filling
from edge.record.recording import CutShortError, Recorded
from edge.screen import watch
from edge.screen.crop import scan_only
from edge.source.sources import STILL_PERIOD_NS, STILL_REPEATS, Clip, Item, Spec, open_clips, parse_spec, pictures_in
from edge.step import Stated
from edge.types import BadFrame, Frame, NoScan, Placing, RawOutput, Scan, ScreenLeft

MOST_FRAMES = 5000
NS_PER_S = 1_000_000_000


class NoFramesError(Exception):
    """Nothing of the source can be annotated; the text names the cure."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a source. every_s: the least time between two frames of a clip, 0 for all. whole: keep whole screens, with whatever is
    written on them. subject: who it is, empty for the source's name."""

    source: str
    every_s: float = 1.0
    whole: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a source's frames. left_out: reason -> how many of which nothing is kept."""

    frames: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One frame that is kept: its name without ending, its scan where there is one, columns and rows of the picture that it was cut
    from, None where only a cut-out was recorded."""

    name: str
    frame: Frame
    scan: Scan | None
    source_size_px: tuple[int, int] | None


def collect(order: Order, folder: Path, *, manifest: Manifest, invoke: Invoke, stated: Stated, progress: Callable[[int], None]) -> Kept:
    """Fills a new or empty folder, all or nothing. Raises SourceError, NoFramesError, OSError."""
    left_out: Counter[str] = Counter()
    count = 0
    with filling(folder), (folder / PROPOSED).open("w", encoding="utf-8", newline="\n") as lines:
        for seen in _seen(order, stated, left_out):
            if count == MOST_FRAMES:
                raise NoFramesError(f"{order.source}: more than {MOST_FRAMES} frames: take fewer with --every-s")
            lines.write(json.dumps(_written(seen, order, folder, manifest, invoke, stated)) + "\n")
            count += 1
            progress(count)
        if not count:
            raise NoFramesError(f"{order.source}: none of its frames can be annotated ({_counted(left_out)}): {cure(order.source, left_out)}")
    return Kept(count, dict(left_out))


def _counted(left_out: Counter[str]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in left_out.most_common()) or "there is none"


def cure(source: str, left_out: Mapping[str, int]) -> str:
    """What brings frames in that were left out for these reasons."""
    if parse_spec(source).kind == "recording":
        return "of what was withheld no picture was recorded: record it again, with --mm-per-px or --profile where the scale was unknown"
    if "scale_unknown" in left_out:
        return "state the scale with --mm-per-px, or a --profile"
    return "keep whole screens with --whole, where nothing on them names a patient"


def _seen(order: Order, stated: Stated, left_out: Counter[str]) -> Iterator[_Seen]:
    """The frames to annotate. Of those that a person cannot be shown, left_out counts the reasons."""
    taken: set[str] = set()
    for name, clip, item in _chosen(order):
        frame, scan = _looked_at(item, clip, stated)
        if frame is None or (isinstance(scan, NoScan) and not order.whole):
            left_out[scan.reason.name.lower() if isinstance(scan, NoScan) else "no picture"] += 1
            continue
        known = scan if isinstance(scan, Scan) else None
        kept = frame if order.whole or known is None else scan_only(frame, known)
        if name in taken:
            name = f"{name}-{len(taken)}"
        taken.add(name)
        rows, columns = frame.pixels.shape
        yield _Seen(name, kept, known, (columns, rows) if frame.offset_px == (0, 0) else None)


def _chosen(order: Order) -> Iterator[tuple[str, Clip, Item]]:
    """(name, clip, item): every picture of a folder by its own name, of anything else a frame every so often by its number."""
    spec = parse_spec(order.source)
    if spec.kind == "images":
        yield from _pictures(spec)
        return
    every_ns = round(order.every_s * NS_PER_S)
    for clip in open_clips(_from_frames(order.source, spec)):
        next_ns = -1
        for item in _up_to_the_cut(clip):
            at_ns, number = _of(item)
            if at_ns < next_ns:
                continue
            next_ns = at_ns + every_ns
            yield f"{number:06d}", clip, item
            if clip.still:
                break


def _up_to_the_cut(clip: Clip) -> Iterator[Item]:
    try:
        yield from clip.items
    except CutShortError:
        return


def _pictures(spec: Spec) -> Iterator[tuple[str, Clip, Item]]:
    folder = Path(spec.name)
    for path in pictures_in(folder) if folder.is_dir() else [folder]:
        clip = next(open_clips(f"images:{path}"))
        for page, item in enumerate([next(iter(clip.items))] if clip.still else clip.items):
            yield path.stem if clip.still else f"{path.stem}-{page}", clip, item


def _from_frames(source: str, spec: Spec) -> str:
    """A recording's model outputs may be another model's: this one runs on its pixels."""
    if spec.kind != "recording" or "from" in spec.options:
        return source
    return f"{source}{'&' if spec.options else '?'}from=frames"


def _of(item: Item) -> tuple[int, int]:
    """Capture time and number."""
    thing = item.scan if isinstance(item, Recorded) else item
    return thing.captured_ns, thing.frame_id


def _looked_at(item: Item, clip: Clip, stated: Stated) -> tuple[Frame | None, Scan | NoScan]:
    match item:
        case Recorded(scan=scan, frame=frame):
            return frame, scan
        case BadFrame():
            return None, NoScan(item.frame_id, item.captured_ns, item.reason, item.why)
        case Frame():
            return item, still_scan(item, clip, stated)


def still_scan(frame: Frame, clip: Clip, stated: Stated) -> Scan | NoScan:
    """The scan of a frame that is presented as a still."""
    left = stated.screen_left
    if left is None and clip.screen_left is not ScreenLeft.UNKNOWN:
        left = clip.screen_left
    state = watch.fresh(stated.profile, stated_mm_per_px=stated.mm_per_px, stated_screen_left=left, still=True, claim=clip.claim)
    scan: Scan | NoScan | None = None
    for turn in range(STILL_REPEATS):
        state, scan = watch.watch(state, replace(frame, captured_ns=frame.captured_ns + turn * STILL_PERIOD_NS))
    assert scan is not None
    return scan


def _written(seen: _Seen, order: Order, folder: Path, manifest: Manifest, invoke: Invoke, stated: Stated) -> dict[str, Any]:
    """Writes the picture; its line of proposed.jsonl. A frame is a clip of its own: it is scored as a still."""
    name = f"{seen.name}.png"
    Image.fromarray(seen.frame.pixels).save(folder / name)
    fields = ground_of(name, seen.name, seen.frame, seen.scan)
    fields |= {"subject": order.subject or _subject(order.source), "source": order.source}
    if seen.source_size_px is not None:
        fields |= {"source_size_px": list(seen.source_size_px), "offset_px": list(seen.frame.offset_px)}
    if seen.scan is None:
        return fields | {"mm_per_px": None if stated.mm_per_px is None else list(stated.mm_per_px)}
    raw, placing = _best(seen.frame, seen.scan, manifest, invoke)
    return fields | proposed(raw, placing, seen.frame, seen.scan, manifest)


def _subject(source: str) -> str:
    """Who nobody named: one file, one person."""
    spec = parse_spec(source)
    return Path(spec.name).stem or spec.kind


def _best(frame: Frame, scan: Scan, manifest: Manifest, invoke: Invoke) -> tuple[RawOutput, Placing]:
    """The model's word on a picture and on its mirror image, whichever it is surer of: nobody has said which way the view is drawn."""

    def said(mirrored: bool) -> tuple[float, RawOutput, Placing]:
        placing = Placing(0, mirrored)
        raw = invoke(laid(frame.pixels, scan, manifest, placing, offset_px=frame.offset_px))
        seen = decode(raw, frame_px_from_grid(scan, manifest.grid_of(placing), mirrored=mirrored), manifest)
        return seen.view_confidence, raw, placing

    _, raw, placing = max((said(False), said(True)), key=lambda each: each[0])
    return raw, placing
