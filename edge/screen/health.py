"""Whether the picture can be believed: a few thousand fixed samples of every frame, compared with what they were when the screen was read.

Rule 1: a check costs samples, not pixels; what it suspects, a full reading confirms.
Rule 2: only samples that moved make a picture live; what never moves for 0.4 s is frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil

import numpy as np
from numpy.typing import NDArray

from edge.screen.area.foreground import grow, label_cells, per_pixel
from edge.screen.area.scan_area import Mask
from edge.screen.area.sector import sector_mask
from edge.types import GrayImage, ScanGeometry

Index = NDArray[np.int64]
Greys = NDArray[np.uint8]

CELLS_ACROSS, CELLS_DOWN = 12, 10
SAMPLES_A_SIDE = 5  # of a cell
CELL_SAMPLES = SAMPLES_A_SIDE**2
OUTSIDE_SAMPLES = 1600
STRIP_SAMPLES = 1500
FROZEN_NS = 400_000_000
MOVED = 1  # grey levels: one level is the converter's
# a picture turned over at once: grey levels by which its cells' means change at least; how like the frame before it is when turned back, and by how
# much more so than as it is
TURNED_CHANGE, TURNED_ALIKE, TURNED_BETTER, LEAST_TURNED_CELLS = 4.0, 0.75, 0.35, 30
STILL_SHARE = 0.004  # of samples that may change in a frozen picture: a cursor
FLAT = 2  # grey levels within a cell that a dialog fills
BRIGHT = 12  # grey levels above the scan's black: a dialog is brighter than a shadow
MOST_BLACK = 24  # grey level: a video's pedestal is 16
MENU_SHARE = 0.05  # of the scan's cells
SHADOW_SHARE = 0.7  # so many cells going dark at once is the probe lifted, not a dialog
RIM_SAMPLES, RIM_IN_PX, RIM_OUT_PX = 32, 2, 3  # along each edge of the scan; how far inside of it and outside, past its own blur
RIM_LIT, RIM_FADES = 12, 0.9  # grey levels above the scan's black; of what was lit, kept a frame: an edge moves at once, tissue comes and goes
# of an edge's samples: lit at least to tell, of these left where it moved inwards; lit outside at most to tell, and at least where it moved out
RIM_TELLS, RIM_LEFT, RIM_CLEAR, RIM_PAST = 0.5, 0.3, 0.2, 0.5
SIDE_LOST, LEAST_SIDE_CELLS = 0.6, 4  # of a side's cells that showed texture; a shadow or a gap in the gel takes fewer at once
OUTSIDE_CHANGED = 30  # grey levels
OUTSIDE_SHARE = 0.10
STRIP_CHANGED = 40  # grey levels, at most: of a faint ruler half its marks' contrast counts as a change
LEAST_STRIP_CHANGED = 14  # a grabber's noise in two frames
STRIP_SHARE = 0.012
MARKER_SAMPLES = 4
MARKER_CONTRAST = 40  # grey levels
FLAT_SIGNAL = 6  # grey levels: a picture without signal spreads no wider
DARK = 24  # grey level: of nearly every picture a part is darker, and a part brighter
SIGNAL_GRID = (24, 48)
PLAIN_SHARE = 0.97  # of the samples that a placard leaves to one grey
PLACARD_SHARE = 0.5  # of the height, at most, that a grabber's words take up


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Where to look (flat indices into the frame): inside the scan by cells (samples, cells), around it, on ruler and numbers, and in the two
    boxes beside the scan's top where the probe's marker is drawn (2, rows, columns; the right one mirrored), just inside and just outside of its
    left, right, upper and lower edge (2, 4, samples)."""

    shape: tuple[int, int]
    inside: Index
    cell_places: Index  # (cells, 2): row and column of each cell in the grid
    outside: Index
    strip: Index
    markers: Index
    rim: Index
    signal: Index = field(init=False)  # no_signal's grid (rows, columns)
    everywhere: Index = field(init=False)  # the six, one after the other: a frame is read once
    ends: tuple[int, ...] = field(init=False)  # of each of the six in it

    def __post_init__(self) -> None:
        rows, columns = signal_grid(self.shape)
        signal = np.arange(self.shape[0])[rows, None] * self.shape[1] + np.arange(self.shape[1])[columns]
        parts = (self.inside, self.outside, self.strip, self.markers, self.rim, signal)
        object.__setattr__(self, "signal", signal)
        object.__setattr__(self, "everywhere", np.concatenate([part.ravel() for part in parts]))
        object.__setattr__(self, "ends", tuple(accumulate(part.size for part in parts)))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the samples held at one moment: one reading, whose parts have the shapes of Samples and are cut out as they are asked for."""

    samples: Samples
    held: Greys

    @property
    def inside(self) -> Greys:
        return self.held[: self.samples.ends[0]].reshape(self.samples.inside.shape)

    @property
    def moving(self) -> Greys:
        """Inside and outside."""
        return self.held[: self.samples.ends[1]]

    @property
    def fixed(self) -> Greys:
        """Outside and strip."""
        return self.held[self.samples.ends[0] : self.samples.ends[2]]

    @property
    def strip(self) -> Greys:
        return self.held[self.samples.ends[1] : self.samples.ends[2]]

    @property
    def markers(self) -> Greys:
        return self.held[self.samples.ends[2] : self.samples.ends[3]].reshape(self.samples.markers.shape)

    @property
    def around(self) -> bytes:
        """Outside, strip and markers, which most frames leave as they are."""
        return self.held[self.samples.ends[0] : self.samples.ends[3]].tobytes()

    @property
    def rim(self) -> Greys:
        return self.held[self.samples.ends[3] : self.samples.ends[4]].reshape(self.samples.rim.shape)

    @property
    def signal(self) -> Greys:
        return self.held[self.samples.ends[4] :].reshape(self.samples.signal.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The sums of the cells' samples (cells,), and the cells' places."""

    places: Index
    sums: NDArray[np.int16]

    def grid(self) -> NDArray[np.float64]:
        """Means (CELLS_DOWN, CELLS_ACROSS), nan where no cell lies wholly inside the scan."""
        grid = np.full((CELLS_DOWN, CELLS_ACROSS), np.nan)
        grid[self.places[:, 0], self.places[:, 1]] = self.sums / CELL_SAMPLES
        return grid


@dataclass(frozen=True, slots=True, eq=False)
class Stillness:
    """The samples inside (so many) and outside since when nothing moved, and the capture time of that."""

    inside: int
    moving: Greys
    since_ns: int

    def of(self, seen: Seen) -> bool:
        """Whether the samples are as many as these, so that they can be compared."""
        return (self.inside, self.moving.size) == seen.samples.ends[:2]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What stood out in the marker's boxes when the screen was read (2, rows, columns), and each box's usual grey."""

    marks: Mask
    usual: tuple[int, ...]


def samples_for(shape: tuple[int, int], geometry: ScanGeometry, aspect: float, boxes: tuple[tuple[int, int, int, int], ...]) -> Samples:
    """Places to look at. boxes (left, top, right, bottom): ruler strips and the numbers that settled the unit."""
    box = geometry.box_px
    mask = sector_mask(geometry, aspect, box)
    scan = np.zeros(shape, np.bool_)
    scan[box[1] : box[3], box[0] : box[2]] = True if mask is None else mask
    inside, places = _cells(scan, box)
    outside = ~_widened(scan)
    for left, top, right, bottom in boxes:
        outside[max(0, top) : bottom, max(0, left) : right] = False
    stride = max(1, round((outside.sum() / OUTSIDE_SAMPLES) ** 0.5))
    sparse = np.zeros(shape, np.bool_)
    sparse[stride // 2 :: stride, stride // 2 :: stride] = True
    marker_left, marker_right = (_in_box(shape, each) for each in _marker_boxes(shape, box))
    markers = np.stack([marker_left, marker_right[:, ::-1]])
    return Samples(shape, inside, places, np.flatnonzero(outside & sparse), _strip(shape, boxes, scan), markers, _rim(scan, box))


def _widened(scan: Mask) -> Mask:
    """The scan with a margin of about 1.5 % of the height, roughly."""
    step = max(2, scan.shape[0] // 64)
    return per_pixel(grow(scan[::step, ::step]), step, scan.shape)


def _cells(scan: Mask, box: tuple[int, int, int, int]) -> tuple[Index, Index]:
    """Samples of each grid cell that lies wholly inside the scan: flat indices (samples, cells) and the cells' places (row, column)."""
    left, top, right, bottom = box
    rows = np.linspace(top + 3, bottom - 4, CELLS_DOWN * SAMPLES_A_SIDE).astype(np.int64).reshape(CELLS_DOWN, SAMPLES_A_SIDE)
    columns = np.linspace(left + 3, right - 4, CELLS_ACROSS * SAMPLES_A_SIDE).astype(np.int64).reshape(CELLS_ACROSS, SAMPLES_A_SIDE)
    flat = rows[:, None, :, None] * scan.shape[1] + columns[None, :, None, :]
    flat = flat.reshape(CELLS_DOWN, CELLS_ACROSS, -1)
    whole = scan.ravel()[flat].all(axis=2)
    return np.ascontiguousarray(flat[whole].T), np.argwhere(whole).astype(np.int64)


def _strip(shape: tuple[int, int], boxes: tuple[tuple[int, int, int, int], ...], scan: Mask) -> Index:
    """Samples of the ruler's strip and of the numbers, those over the scan left out: a thinned grid that still meets every mark."""
    area = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
    stride = max(1, round(area / STRIP_SAMPLES))
    parts = []
    for left, top, right, bottom in boxes:
        rows, columns = np.arange(max(0, top), min(shape[0], bottom)), np.arange(max(0, left), min(shape[1], right))
        flat = (rows[:, None] * shape[1] + columns).ravel()
        parts.append(flat[:: 1 if flat.size < 600 else stride])
    flat = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    return np.asarray(flat[~scan.ravel()[flat]], np.int64)


def _marker_boxes(shape: tuple[int, int], box: tuple[int, int, int, int]) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """Boxes of equal size left and right of the scan's top corners, outside its box: where scanners draw the probe's marker."""
    left, top, right, bottom = box
    wide, high = max(16, (right - left) // 6), max(16, (bottom - top) // 8)
    wide = max(2, min(wide, left, shape[1] - right))  # none where the scan fills the screen
    upper, lower = max(0, top - high), min(shape[0], top + high)
    begin, end = max(0, left - wide), min(right, shape[1] - wide)
    return (begin, upper, begin + wide, lower), (end, upper, end + wide, lower)


def _in_box(shape: tuple[int, int], box: tuple[int, int, int, int]) -> Index:
    left, top, right, bottom = box
    rows = np.linspace(top, bottom - 1, min(24, bottom - top)).astype(np.int64)
    columns = np.linspace(left, right - 1, min(24, right - left)).astype(np.int64)
    return np.asarray(rows[:, None] * shape[1] + columns, np.int64)


def _rim(scan: Mask, box: tuple[int, int, int, int]) -> Index:
    """Samples along the scan's edges, (2, 4, samples): just inside and just outside of left, right, top and bottom; on the picture's rim what is
    outside is the edge itself, which is lit and so tells nothing."""
    left, top, right, bottom = box
    part = scan[top:bottom, left:right]
    rows = np.linspace(RIM_IN_PX, bottom - top - 1 - RIM_IN_PX, RIM_SAMPLES).astype(np.int64)
    columns = np.linspace(RIM_IN_PX, right - left - 1 - RIM_IN_PX, RIM_SAMPLES).astype(np.int64)
    ends = part[rows].argmax(axis=1), right - left - 1 - part[rows, ::-1].argmax(axis=1)
    edges = part[:, columns].argmax(axis=0), bottom - top - 1 - part[::-1, columns].argmax(axis=0)
    places = [(rows, ends[0], 0, 1), (rows, ends[1], 0, -1), (edges[0], columns, 1, 0), (edges[1], columns, -1, 0)]
    moved = [[(v + down * by + top, u + along * by + left) for v, u, down, along in places] for by in (RIM_IN_PX, -RIM_OUT_PX)]
    flat = [[np.clip(v, 0, scan.shape[0] - 1) * scan.shape[1] + np.clip(u, 0, scan.shape[1] - 1) for v, u in each] for each in moved]
    return np.asarray(flat, np.int64)


def rim_lit(rim: NDArray[np.uint8], black: int) -> NDArray[np.float64]:
    """Shares of the samples (2, 4, samples) that show echoes: (2, 4)."""
    return np.asarray((rim > black + RIM_LIT).mean(axis=2), np.float64)


def edge_moved(lit: NDArray[np.float64], before: NDArray[np.float64]) -> bool:
    """Whether an edge of the scan is elsewhere than it was."""
    inwards, outwards = _moved_edges(lit, before)
    return bool((inwards | outwards).any())


def sides_moved(lit: NDArray[np.float64], before: NDArray[np.float64]) -> bool:
    """Whether both sides are, in one direction, as of a scan that is drawn smaller or larger."""
    return any(bool(moved[:2].all()) for moved in _moved_edges(lit, before))


def _moved_edges(lit: NDArray[np.float64], before: NDArray[np.float64]) -> tuple[Mask, Mask]:
    """Of each edge (4,): whether what was lit inside of it is dark along all of it, and whether what was dark outside is lit."""
    return (before[0] >= RIM_TELLS) & (lit[0] <= RIM_LEFT * before[0]), (before[1] <= RIM_CLEAR) & (lit[1] >= RIM_PAST)


def look(pixels: NDArray[np.uint8], samples: Samples) -> Seen:
    """What the fixed samples hold now. pixels: the frame, flattened."""
    return Seen(samples, pixels.take(samples.everywhere))


def apart(now: Greys, then: Greys) -> Greys:
    """By how many grey levels each sample differs."""
    return np.maximum(now, then) - np.minimum(now, then)


def share(changed: Mask) -> float:
    """Of the samples."""
    return np.count_nonzero(changed) / changed.size if changed.size else 0.0


def strip_changed(then: NDArray[np.uint8]) -> int:
    """By how many grey levels a sample of this ruler and its numbers must differ to have changed."""
    if then.size == 0:
        return STRIP_CHANGED
    below = np.cumsum(np.bincount(then, minlength=256))
    usual, bright = (int(np.searchsorted(below, share * then.size)) for share in (0.5, 0.98))
    return int(min(STRIP_CHANGED, max(LEAST_STRIP_CHANGED, (bright - usual) // 2)))


def still_since(stillness: Stillness | None, now: Seen, now_ns: int) -> Stillness:
    """The same stillness while nothing inside the scan moves beyond what the converter does to the still screen around it."""
    if stillness is None or not stillness.of(now):
        return Stillness(now.samples.ends[0], now.moving, now_ns)
    moving = now.moving
    moved = apart(moving, stillness.moving) > MOVED
    around = share(moved[stillness.inside :])
    allowed = STILL_SHARE + (3 * around if around < 0.2 else 0.0)
    if share(moved[: stillness.inside]) > allowed:
        return Stillness(stillness.inside, moving, now_ns)
    return stillness


def black_of(inside: NDArray[np.uint8]) -> int:
    """The scan's black, of a frame in which nothing covers it: 16 where the video's range is not the display's."""
    return 0 if inside.size == 0 else min(MOST_BLACK, int(np.percentile(inside, 1)))


def flat_cells(inside: NDArray[np.uint8], black: int) -> tuple[Mask, Mask]:
    """Which cells (samples, cells) hold one grey level, and which of these are brighter than the scan's black."""
    low, high = np.minimum.reduce(inside, axis=0), np.maximum.reduce(inside, axis=0)
    flat = (high - low) <= FLAT
    return flat, flat & (low > black + BRIGHT)


def dialog(flat: Mask, bright: Mask, textured_before: Mask, places: Index) -> bool:
    """Whether something covers the scan: flat bright cells side by side, or cells that lost their texture at once while others kept theirs."""
    if flat.size == 0:
        return False
    if _joined(bright, places, max(3, MENU_SHARE * flat.size)):
        return True
    lost, least = flat & textured_before, max(5, 2 * MENU_SHARE * flat.size)
    if np.count_nonzero(lost) < least:
        return False
    lost &= ~_to_the_bottom(flat, places)  # bone's shadow is as dark and flat as a dialog, and reaches the bottom
    return bool(lost.sum() < SHADOW_SHARE * flat.size) and _joined(lost, places, least)


def side_lost(flat: Mask, textured_before: Mask, places: Index) -> bool:
    """Whether cells along one side of the scan, or its foot, lost their texture at once: it may be drawn smaller now."""
    lost = flat & textured_before
    if np.count_nonzero(lost) < LEAST_SIDE_CELLS:
        return False
    for across, along in ((1, 0), (-1, 0), (-1, 1)):
        order = np.argsort(across * places[:, 1 - along], kind="stable")
        _, first = np.unique(places[order, along], return_index=True)
        rim = order[first]
        textured = np.count_nonzero(textured_before[rim])
        if textured >= LEAST_SIDE_CELLS and np.count_nonzero(lost[rim]) >= SIDE_LOST * textured:
            return True
    return False


def _to_the_bottom(flat: Mask, places: Index) -> Mask:
    """Which cells (cells,) stand on flat cells down to the scan's last: straight below, or a cell aside as beams lean."""
    inside, dark = np.zeros((2, CELLS_DOWN + 1, CELLS_ACROSS + 2), np.bool_)
    inside[places[:, 0], places[:, 1] + 1] = True
    dark[places[flat, 0], places[flat, 1] + 1] = True
    for row in range(CELLS_DOWN - 1, -1, -1):
        last = ~inside[row + 1, 1:-1]
        stands = last | dark[row + 1, 1:-1] | dark[row + 1, :-2] | dark[row + 1, 2:]
        dark[row, 1:-1] &= stands
    return np.asarray(dark[places[:, 0], places[:, 1] + 1], np.bool_)


def _joined(cells: Mask, places: Index, least: float) -> bool:
    """Whether at least so many of them hang together."""
    if np.count_nonzero(cells) < least:
        return False
    grid = np.zeros((CELLS_DOWN, CELLS_ACROSS), np.bool_)
    grid[places[cells, 0], places[cells, 1]] = True
    label, count = label_cells(grid)
    return bool(np.bincount(label.ravel(), minlength=count + 1)[1:].max() >= least)


def cells_of(inside: Greys, places: Index) -> Cells:
    return Cells(places, np.add.reduce(inside, axis=0, dtype=np.int16))


def turned_over(now: Cells, then: Cells) -> tuple[bool, bool]:
    """Whether the picture was turned over, left for right and top for bottom, since the frame before it: turned back it is like that one, and as it
    is it is not. A picture that is alike on both sides cannot tell. A row's mean tells nothing of sides, nor a column's of depths."""
    if now.places is then.places:
        changed = np.abs(now.sums - then.sums)
        if int(np.add.reduce(changed)) <= TURNED_CHANGE * CELL_SAMPLES * changed.size:
            return False, False
    return _turned_grids(now.grid(), then.grid())


def _turned_grids(now: NDArray[np.float64], then: NDArray[np.float64]) -> tuple[bool, bool]:
    changed = np.abs(now - then)
    changed = changed[~np.isnan(changed)]
    if changed.sum() <= TURNED_CHANGE * changed.size:
        return False, False
    sides, depths = (_turned(now, then, (axis,)) for axis in (1, 0))
    return (sides, depths) if sides or depths else (_turned(now, then, (0, 1)),) * 2


def _turned(now: NDArray[np.float64], then: NDArray[np.float64], axes: tuple[int, ...]) -> bool:
    back = np.flip(now, axes)
    both = ~np.isnan(now) & ~np.isnan(then) & ~np.isnan(back)
    if np.count_nonzero(both) < LEAST_TURNED_CELLS:
        return False
    shown, turned, before = (_uneven(each, both, axes) for each in (now, back, then))
    alike = _alike(turned, before)
    return alike >= TURNED_ALIKE and alike - _alike(shown, before) >= TURNED_BETTER


def _uneven(grid: NDArray[np.float64], cells: Mask, axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Of these cells what differs from the mean of its line along an axis, or of all."""
    kept = np.where(cells, grid, 0.0)
    count = np.maximum(1, cells.sum(axis=axes, keepdims=True))
    return np.asarray((kept - kept.sum(axis=axes, keepdims=True) / count)[cells], np.float64)


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """From -1 to 1; 0 where one of them is even."""
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / size if size > 0 else 0.0


def marker_flipped(now: Greys, then: Drawn) -> bool:
    """Whether what was drawn at one top corner of the scan is now drawn, mirrored, at the other. now: the markers' samples."""
    marks = _marks(now, then.usual)
    if marks is None:
        return False
    gone, new = then.marks > marks, marks > then.marks
    return any(_moved(gone[here], new[1 - here]) for here in (0, 1))


def _moved(gone: Mask, new: Mask) -> bool:
    """Whether what is gone from one box is what is new in the other, to a sample's width."""
    left, came = int(np.count_nonzero(gone)), int(np.count_nonzero(new))
    if min(left, came) < MARKER_SAMPLES or not 0.5 < left / came < 2:
        return False
    return bool(np.count_nonzero(gone & grow(new)) > 0.6 * left and np.count_nonzero(new & grow(gone)) > 0.6 * came)


def drawn(boxes: Greys) -> Drawn:
    """What stands out from its box's usual grey: (boxes, rows, columns)."""
    flat = boxes.reshape(len(boxes), -1)
    usual = tuple(int(middle) for middle in _medians(flat)) if flat.size else (0,) * len(boxes)
    marks = _marks(boxes, usual)
    return Drawn(np.zeros(boxes.shape, np.bool_) if marks is None else marks, usual)


def _marks(boxes: Greys, guess: tuple[int, ...]) -> Mask | None:
    """What stands out from its box's usual grey, None where nothing can. guess: the usual grey as it was, mostly as it is."""
    if boxes.size == 0 or int(np.maximum.reduce(boxes, axis=None)) - int(np.minimum.reduce(boxes, axis=None)) <= MARKER_CONTRAST:
        return None
    flat = boxes.reshape(len(boxes), -1)
    usual = guess if all(_is_median(box, grey) for box, grey in zip(flat, guess, strict=True)) else _medians(flat)
    least = np.array([max(0, grey - MARKER_CONTRAST) for grey in usual], np.uint8)[:, None, None]
    most = np.array([min(255, grey + MARKER_CONTRAST) for grey in usual], np.uint8)[:, None, None]
    return np.asarray((boxes < least) | (boxes > most), np.bool_)


def _is_median(greys: Greys, grey: int) -> bool:
    """Whether both middle values are this grey."""
    below, upto = np.count_nonzero(greys < grey), np.count_nonzero(greys <= grey)
    return bool(below <= (greys.size - 1) // 2 and upto > greys.size // 2)


def _medians(flat: Greys) -> NDArray[np.int16]:
    """Of each row, rounded down."""
    lower, upper = (flat.shape[1] - 1) // 2, flat.shape[1] // 2
    middle = np.partition(flat, (lower, upper), axis=1)[:, (lower, upper)]
    return np.asarray(middle.sum(axis=1, dtype=np.int16) // 2, np.int16)


def signal_grid(shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of a picture by which no_signal judges it."""
    rows, columns = shape
    return slice(rows // 48, None, max(1, rows // SIGNAL_GRID[0])), slice(columns // 96, None, max(1, columns // SIGNAL_GRID[1]))


def no_signal(pixels: GrayImage, grid: Greys | None = None) -> str:
    """What kind of missing signal a frame shows: "black", "plain" (blue, green, grey), "bars", "placard"; empty where there is a picture. grid: its
    signal_grid, where that has been read."""
    grid = pixels[signal_grid(pixels.shape)] if grid is None else grid
    if many_greys(grid):
        return "bars" if _bars(grid) else ""
    counts = np.bincount(grid.ravel(), minlength=256)
    usual = int(counts.argmax())
    low, high = np.percentile(grid, (1, 99))
    if high - low <= FLAT_SIGNAL and _in_one_place(pixels, usual):
        return "black" if high < 24 else "plain"
    if _bars(grid):
        return "bars"
    plain = int(counts[max(0, usual - 2) : usual + 3].sum()) / grid.size
    return "placard" if plain > PLAIN_SHARE and _in_one_place(pixels, usual) else ""


def many_greys(grid: Greys) -> bool:
    """Whether the greys that are left without PLAIN_SHARE's rest at either end span more than a plain picture may: then none is plain, nor a
    placard. Two counts tell it of nearly every frame, one sort of the others."""
    end = min((grid.size - 1) // 2, ceil((1 - PLAIN_SHARE) * grid.size))
    if np.count_nonzero(grid <= DARK) > end and np.count_nonzero(grid > DARK + FLAT_SIGNAL) > end:
        return True
    ordered = np.sort(grid, axis=None, kind="stable")
    return int(ordered[-1 - end]) - int(ordered[end]) > FLAT_SIGNAL


def _in_one_place(pixels: GrayImage, usual: int) -> bool:
    """Whether what stands on a plain grey stands together, as words do: a dark scan has a screen around it, with marks and writing."""
    rows = pixels[::3]
    drawn = np.flatnonzero((rows.max(axis=1) > usual + 2 * FLAT_SIGNAL) | (rows.min(axis=1) < usual - 2 * FLAT_SIGNAL))
    return drawn.size == 0 or bool(drawn[-1] - drawn[0] < PLACARD_SHARE * rows.shape[0])


def _bars(grid: GrayImage) -> bool:
    """Upright bars: most rows are alike and hold several flat steps."""
    upper = grid[: max(4, int(0.55 * grid.shape[0]))]
    alike = np.maximum.reduce(upper, axis=0) - np.minimum.reduce(upper, axis=0) <= FLAT_SIGNAL
    if np.count_nonzero(alike) < 0.9 * alike.size:
        return False
    line = np.median(upper.astype(np.int16), axis=0)
    steps = np.abs(np.diff(line))
    return 4 <= int((steps > 8).sum()) <= 16 and float((steps <= 4).mean()) > 0.6
