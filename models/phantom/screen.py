"""The scanner's screen: the scan in its place, with rulers, text and marks around and upon it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.types import GeometryKind
from models.phantom.canvas import Canvas, Colour
from models.phantom.layouts import Layout, Ruler, fitted_mm_per_px
from models.phantom.probe import F32, ProbeSpec
from models.phantom.scanconvert import ScanPicture, scan_convert
from models.phantom.truth import Placement

KINDS: dict[str, GeometryKind] = {"linear": "rectangle", "convex": "convex", "phased": "phased"}


@dataclass(frozen=True, slots=True, eq=False)
class Dressed:
    """A screen as the scanner makes it. pixels: uint8 (height, width); colour: (height, width, 3) or None."""

    pixels: NDArray[np.uint8]
    placement: Placement
    colour: NDArray[np.uint8] | None = None


def dress(grey: F32, probe: ProbeSpec, layout: Layout, rng: np.random.Generator, *, number: int = 0, coloured: bool = False) -> Dressed:
    """grey: float32 (samples, beams), 0..255. number: of the frame in its clip (for a clock that runs). coloured: keep the colours too."""
    scale = fitted_mm_per_px(probe, layout.box_px, layout.overfill)
    picture = scan_convert(grey, probe, mm_per_px=scale)
    canvas = Canvas.blank(layout.width_px, layout.height_px, layout.background, coloured=coloured)
    if layout.scan_background != layout.background:
        canvas.fill(*layout.box_px, layout.scan_background)
    placement = _paste(canvas, picture, layout, probe)
    furnish(canvas, layout, number)
    for ruler in layout.rulers:
        _ruler(canvas, ruler, layout, placement, probe)
    _marks(canvas, layout, placement, probe)
    if rng.uniform() < layout.over:
        _upon(canvas, placement, rng)
    return Dressed(canvas.grey, placement, canvas.colour)


def _paste(canvas: Canvas, picture: ScanPicture, layout: Layout, probe: ProbeSpec) -> Placement:
    """The scan into its box, in the middle; what does not fit is cut at the sides."""
    left, top, right, bottom = layout.box_px
    height, width = picture.pixels.shape
    cut = max(0, -(-(width - (right - left)) // 2))
    u = left + max(0, (right - left - width) // 2)
    v = top if layout.align_top else top + max(0, (bottom - top - height) // 2)
    rows = min(height, layout.height_px - v)
    part = slice(0, rows), slice(cut, width - cut)
    inside, pixels = picture.inside[part], picture.pixels[part]
    area = slice(v, v + rows), slice(u, u + pixels.shape[1])
    np.copyto(canvas.grey[area], pixels, where=inside)
    if canvas.colour is not None:
        np.copyto(canvas.colour[area], pixels[..., None], where=inside[..., None])
    if layout.scan_edge is not None:
        _edge(canvas, inside, area, layout.scan_edge)
    return Placement(
        (picture.origin_px[0] + u - cut, picture.origin_px[1] + v), picture.mm_per_px, KINDS[probe.kind],
        picture.face_radius_mm, picture.face_half_width_mm, (u, v, u + pixels.shape[1], v + rows),
        probe.apex_radius_mm, picture.half_angle_deg, probe.depth_mm,
    )  # fmt: skip


def _edge(canvas: Canvas, inside: NDArray[np.bool_], area: tuple[slice, slice], colour: Colour) -> None:
    """A thin line around the scan, as some screens draw it."""
    rim = inside.copy()
    rim[1:-1, 1:-1] &= ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])
    canvas.cover(rim.astype(np.float32), area[1].start, area[0].start, colour)


def furnish(canvas: Canvas, layout: Layout, number: int) -> None:
    """What stands around the scan whatever it shows."""
    for shape in layout.shapes:
        a, b, c, d = shape.box
        if shape.kind == "fill":
            canvas.fill(a, b, c, d, shape.colour)
        elif shape.kind == "outline":
            canvas.outline(a, b, c, d, shape.colour, max(1, round(shape.thick_px)))
        elif shape.kind == "ramp":
            canvas.ramp(a, b, c, d)
        elif shape.kind == "line":
            canvas.line(a, b, c, d, shape.colour, shape.thick_px, shape.dash_px)
        else:
            canvas.dot(a, b, c - a, shape.colour)
    for text in layout.texts:
        canvas.text(text.text, text.x, text.y, text.height_px, text.colour, text.anchor, text.weight)
    if layout.clock is not None:
        x, y, height = layout.clock
        seconds = number // 30
        canvas.text(f"{12 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}", x, y, height, (200, 200, 200))


def _ruler(canvas: Canvas, ruler: Ruler, layout: Layout, placement: Placement, probe: ProbeSpec) -> None:
    """Marks from the skin line down to the depth, or across from the centre line both ways."""
    if ruler.side in ("below", "above"):
        _ruler_across(canvas, ruler, layout, placement)
        return
    u = _column(ruler, layout, placement)
    outward = 1.0 if ruler.side == "right" else -1.0
    # at the frame's edge a mark ends there and grows inward; beside the scan it starts there and grows outward
    inward = -outward if ruler.place == "frame" else outward
    count = int(probe.depth_mm / ruler.minor_mm + 1e-6)
    for k in range(count + 1):
        depth = k * ruler.minor_mm
        v = placement.origin_px[1] + depth / placement.mm_per_px[1]
        major = _multiple(depth, ruler.major_mm)
        size = ruler.zero_px if k == 0 and ruler.zero_px else ruler.major_px if major else ruler.minor_px
        _mark(canvas, ruler, u, v, size, inward, down=True)
        if ruler.label_mm and _multiple(depth, ruler.label_mm) and (k > 0 or ruler.label_zero):
            text = f"{depth / 10:.0f}" if ruler.unit == "cm" else f"{depth:.0f}"
            away = u + inward * (ruler.major_px + 4)
            top = min(max(v - ruler.label_px / 2, 2), layout.height_px - ruler.label_px - 2)
            canvas.text(text, away, top, ruler.label_px, ruler.colour, "left" if inward > 0 else "right", 0.16)
    if ruler.axis:
        canvas.fill(u, placement.origin_px[1], u + 1, placement.origin_px[1] + probe.depth_mm / placement.mm_per_px[1] + 1, ruler.colour)


def _column(ruler: Ruler, layout: Layout, placement: Placement) -> float:
    left, _, right, _ = placement.box_px
    if ruler.place == "frame":
        return layout.width_px - 1 - ruler.offset_px if ruler.side == "right" else ruler.offset_px
    if ruler.place == "inside":
        return right - ruler.offset_px if ruler.side == "right" else left + ruler.offset_px
    reach = ruler.major_px + (ruler.label_px * 2.2 if ruler.label_mm else 0)
    u = right + ruler.offset_px if ruler.side == "right" else left - ruler.offset_px
    return float(np.clip(u, reach + 2, layout.width_px - 3 - reach))


def _multiple(depth_mm: float, of_mm: float) -> bool:
    return abs(depth_mm / of_mm - round(depth_mm / of_mm)) < 1e-6


def _mark(canvas: Canvas, ruler: Ruler, u: float, v: float, size: float, way: float, *, down: bool) -> None:
    """One mark at (u, v); dashes lie across the ruler with their middle there, ticks start there and go `way`."""
    if ruler.style == "dots":
        canvas.dot(u, v, max(size / 2, 0.8), ruler.colour)
        return
    from_, to = (-size / 2, size / 2) if ruler.style == "dashes" else sorted((0.0, way * size))
    half = ruler.thick_px / 2
    if down:
        top = round(v - half + 0.5)
        canvas.fill(u + from_, top, u + to + 1, top + ruler.thick_px, ruler.colour)
    else:
        left = round(u - half + 0.5)
        canvas.fill(left, v + from_, left + ruler.thick_px, v + to + 1, ruler.colour)


def _ruler_across(canvas: Canvas, ruler: Ruler, layout: Layout, placement: Placement) -> None:
    left, top, right, bottom = placement.box_px
    way = 1.0 if ruler.side == "below" else -1.0
    v = bottom + ruler.offset_px if ruler.side == "below" else top - ruler.offset_px
    if ruler.place == "frame":
        v, way = (layout.height_px - ruler.offset_px, -1.0) if ruler.side == "below" else (ruler.offset_px, 1.0)
    v = float(np.clip(v, 2, layout.height_px - 3))
    step = ruler.minor_mm / placement.mm_per_px[0]
    u0 = placement.origin_px[0]
    for k in range(int(np.ceil((left - u0) / step)), int(np.floor((right - u0) / step)) + 1):
        size = ruler.major_px if _multiple(k * ruler.minor_mm, ruler.major_mm) else ruler.minor_px
        _mark(canvas, ruler, u0 + k * step, v, size, way, down=False)
    if ruler.axis:
        canvas.fill(left, v, right, v + 1, ruler.colour)


def _marks(canvas: Canvas, layout: Layout, placement: Placement, probe: ProbeSpec) -> None:
    """Orientation mark at the scan's top left; focus mark beside the ruler or the scan."""
    left, top, right, _ = placement.box_px
    if layout.marker is not None:
        size, colour = layout.marker
        canvas.dot(max(left - size, size), max(top + size / 2, size), size / 2, colour)
    if layout.focus is None:
        return
    frame = next((r for r in layout.rulers if r.place == "frame" and r.side == "right"), None)
    u = layout.width_px - 8.0 if frame is not None else min(right + 10.0, layout.width_px - 8.0)
    v = placement.origin_px[1] + probe.focus_mm / placement.mm_per_px[1]
    for k in range(10):
        half = abs(k - 4.5) + 0.5
        canvas.fill(u - half, v - 9 + 2 * k, u + half, v - 7 + 2 * k, layout.focus)


def _upon(canvas: Canvas, placement: Placement, rng: np.random.Generator) -> None:
    """What the user puts on the scan: calipers, a colour box, a label, a guide line, a body mark."""
    left, top, right, bottom = placement.box_px
    width, height = right - left, bottom - top
    what = int(rng.integers(5))
    colour: Colour = ((255, 220, 60), (120, 255, 120), (255, 255, 255))[int(rng.integers(3))]
    size = max(9.0, height / 45)
    if what == 0:
        ends = [(left + width * rng.uniform(0.25, 0.75), top + height * rng.uniform(0.2, 0.9)) for _ in range(2)]
        canvas.line(*ends[0], *ends[1], colour, 1.0, max(2.0, size / 4))
        for u, v in ends:
            canvas.line(u - size / 2, v, u + size / 2, v, colour, 1.5)
            canvas.line(u, v - size / 2, u, v + size / 2, colour, 1.5)
        away = float(np.hypot((ends[0][0] - ends[1][0]) * placement.mm_per_px[0], (ends[0][1] - ends[1][1]) * placement.mm_per_px[1]))
        canvas.text(f"+ {away / 10:.2f}cm", max(4, left - 40), bottom - 2 * size, size, colour)
    elif what == 1:
        u, v = left + width * rng.uniform(0.25, 0.5), top + height * rng.uniform(0.15, 0.5)
        canvas.outline(u, v, u + width * rng.uniform(0.15, 0.3), v + height * rng.uniform(0.15, 0.35), (240, 230, 90))
        for _ in range(int(rng.integers(0, 5))):
            blood: Colour = (230, 60, 30) if rng.uniform() < 0.5 else (40, 70, 230)
            canvas.dot(u + width * 0.12 * rng.uniform(), v + height * 0.12 * rng.uniform(), size * rng.uniform(0.2, 0.6), blood)
    elif what == 2:
        text = ("L3", "L4", "L5", "S1", "LEFT", "RIGHT", "SAG", "TRANS", "L4/5", "FACET", "MIDLINE")[int(rng.integers(11))]
        canvas.text(text, left + width * rng.uniform(0.1, 0.8), top + height * rng.uniform(0.05, 0.95), size * rng.uniform(1, 1.6), colour)
    elif what == 3:
        u = placement.origin_px[0] + float(rng.choice([0.0, rng.uniform(-0.2, 0.2) * width]))
        canvas.line(u, placement.origin_px[1], u + rng.uniform(-0.2, 0.2) * width, bottom - 2, colour, 1.0, max(2.0, size / 2))
    else:
        u, v = left + 0.06 * width, bottom - 0.12 * height
        canvas.line(u, v, u, v + 3 * size, colour, 1.5)
        canvas.line(u + 2 * size, v, u + 2 * size, v + 3 * size, colour, 1.5)
        canvas.line(u - size * 0.4, v + size, u + size * 0.8, v + size * 1.4, (255, 255, 255), 2.0)
