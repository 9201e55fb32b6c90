"""What happens to a scanner's picture on its way as video: scaling, aspect, overscan, compression, interlace, tearing, turning, no signal.

Rule 1: what moves pixels moves the truth with them; what leaves no truth says so (`breaks_truth`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.phantom.canvas import Canvas
from models.phantom.layouts import Layout
from models.phantom.screen import Dressed, furnish
from models.phantom.truth import Placement

GREY_LEVELS = NDArray[np.uint8]
VIDEO_SIZES = ((640, 480), (720, 480), (720, 576), (800, 600), (1024, 768), (1280, 720), (1280, 1024), (1920, 1080))


@dataclass(frozen=True, slots=True)
class Fault:
    """One video chain; every default leaves the frame as it is.

    scale_to: (width, height) that the frame is resized to. bars: it keeps its aspect in there, black bars beside (else it is stretched).
    overscan: share cut off all around before scaling. jpeg_quality: 0 for none. comb_px: sideways shift of every second line. levels:
    (black, white) that 0 and 255 become. noise: sigma in grey levels. blur: sigma in pixels along the lines. mirrored, upside_down: as a camera
    or a setting turns it. torn: the frame is put together of two.
    """

    scale_to: tuple[int, int] | None = None
    bars: bool = True
    overscan: float = 0.0
    jpeg_quality: int = 0
    comb_px: float = 0.0
    levels: tuple[float, float] = (0.0, 255.0)
    noise: float = 0.0
    blur: float = 0.0
    chroma_halved: bool = False
    mirrored: bool = False
    upside_down: bool = False
    torn: bool = False

    @property
    def breaks_truth(self) -> bool:
        """Nothing may be pointed from such a frame."""
        return self.upside_down or self.torn


NO_FAULT = Fault()


def sample_fault(rng: np.random.Generator) -> Fault:
    """A grabber as they are: half the frames come through whole."""
    draw = rng.uniform(size=8)
    fault = NO_FAULT
    if draw[0] < 0.30:
        to = VIDEO_SIZES[int(rng.integers(len(VIDEO_SIZES)))]
        fault = replace(fault, scale_to=to, bars=bool(draw[1] < 0.75))
    if draw[2] < 0.06:
        fault = replace(fault, overscan=float(rng.uniform(0.005, 0.03)))
    if draw[3] < 0.35:
        fault = replace(fault, jpeg_quality=int(rng.integers(35, 95)), chroma_halved=True)
    if draw[4] < 0.05:
        fault = replace(fault, comb_px=float(rng.choice([-2, -1, 1, 2])))
    if draw[5] < 0.15:
        fault = replace(fault, levels=(float(rng.uniform(0, 20)), float(rng.uniform(225, 255))))
    if draw[6] < 0.15:
        fault = replace(fault, noise=float(rng.uniform(0.5, 4)))
    if draw[7] < 0.12:
        fault = replace(fault, blur=float(rng.uniform(0.4, 1.2)))
    return replace(fault, mirrored=bool(rng.uniform() < 0.015))


def apply(dressed: Dressed, fault: Fault, rng: np.random.Generator) -> Dressed:
    """The delivered video frame, its truth moved along. A colour picture suffers alike."""
    out = dressed
    if fault.overscan > 0:
        out = _overscanned(out, fault.overscan)
    if fault.scale_to is not None:
        out = _scaled(out, fault.scale_to, bars=fault.bars)
    if fault.mirrored:
        out = _mirrored(out)
    pixels = out.pixels
    if fault.upside_down:
        pixels = np.ascontiguousarray(pixels[::-1])
    if fault.torn:
        pixels = _torn(pixels, out.placement, rng)
    pixels = _signal(pixels, fault, rng)
    colour = None if out.colour is None else _colour(out.colour, fault)
    return Dressed(pixels, out.placement, colour)


def _signal(pixels: GREY_LEVELS, fault: Fault, rng: np.random.Generator) -> GREY_LEVELS:
    """What grey values suffer: interlace, bandwidth, levels, noise, compression."""
    if fault.comb_px:
        pixels = pixels.copy()
        pixels[1::2] = np.roll(pixels[1::2], round(fault.comb_px), axis=1)
    if fault.blur > 0:
        side = np.float32(np.exp(-0.5 / fault.blur**2))
        wide = pixels.astype(np.float32)
        sums = wide[:, 1:-1] + side * (wide[:, :-2] + wide[:, 2:])
        pixels = pixels.copy()
        pixels[:, 1:-1] = (sums / (1 + 2 * side) + 0.5).astype(np.uint8)
    black, white = fault.levels
    if (black, white) != (0.0, 255.0):
        table = np.round(black + np.arange(256) * (white - black) / 255).astype(np.uint8)
        pixels = table[pixels]
    if fault.noise > 0:
        pixels = _noisy(pixels, fault.noise, rng)
    return _compressed(pixels, fault.jpeg_quality) if fault.jpeg_quality else pixels


def _noisy(pixels: GREY_LEVELS, sigma: float, rng: np.random.Generator) -> GREY_LEVELS:
    """Noise of the grabber: one strip of it, laid out over the frame from a random place on each line."""
    strip = np.round(rng.standard_normal(1 << 14) * sigma).astype(np.int8)
    width = pixels.shape[1]
    starts = rng.integers(0, len(strip) - width, len(pixels))
    noise = np.lib.stride_tricks.sliding_window_view(strip, width)[starts]
    return np.asarray(np.clip(pixels.astype(np.int16) + noise, 0, 255), np.uint8)


def _compressed(pixels: GREY_LEVELS, quality: int) -> GREY_LEVELS:
    """Motion JPEG's loss: one frame coded and decoded."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality)
    with Image.open(held) as image:
        return np.asarray(image, np.uint8).copy()


def _colour(colour: GREY_LEVELS, fault: Fault) -> GREY_LEVELS:
    if fault.upside_down:
        colour = np.ascontiguousarray(colour[::-1])
    if not (fault.chroma_halved or fault.jpeg_quality):
        return colour
    held = io.BytesIO()
    Image.fromarray(colour).save(held, "JPEG", quality=fault.jpeg_quality or 95, subsampling=2 if fault.chroma_halved else 0)
    with Image.open(held) as image:
        return np.asarray(image, np.uint8).copy()


def _resized(pixels: GREY_LEVELS, size: tuple[int, int]) -> GREY_LEVELS:
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR), np.uint8)


def _moved(placement: Placement, *, scale: tuple[float, float], shift: tuple[float, float]) -> Placement:
    """u' = (u + 0.5) * scale - 0.5 + shift: pixel centres stay centres."""
    (su, sv), (du, dv) = scale, shift
    u, v = placement.origin_px
    left, top, right, bottom = placement.box_px
    return replace(
        placement,
        origin_px=((u + 0.5) * su - 0.5 + du, (v + 0.5) * sv - 0.5 + dv),
        mm_per_px=(placement.mm_per_px[0] / su, placement.mm_per_px[1] / sv),
        box_px=(round(left * su + du), round(top * sv + dv), round(right * su + du), round(bottom * sv + dv)),
    )


def _scaled(dressed: Dressed, to: tuple[int, int], *, bars: bool) -> Dressed:
    height, width = dressed.pixels.shape
    size = to
    if bars:
        share = min(to[0] / width, to[1] / height)
        size = round(width * share), round(height * share)
    left, top = (to[0] - size[0]) // 2, (to[1] - size[1]) // 2

    def placed(pixels: GREY_LEVELS) -> GREY_LEVELS:
        out = np.zeros((to[1], to[0], *pixels.shape[2:]), np.uint8)
        out[top : top + size[1], left : left + size[0]] = _resized(pixels, size)
        return out

    placement = _moved(dressed.placement, scale=(size[0] / width, size[1] / height), shift=(left, top))
    return Dressed(placed(dressed.pixels), placement, None if dressed.colour is None else placed(dressed.colour))


def _overscanned(dressed: Dressed, share: float) -> Dressed:
    """The edges are cut off and the rest is stretched to the old size."""
    height, width = dressed.pixels.shape
    du, dv = round(width * share), round(height * share)
    kept = slice(dv, height - dv), slice(du, width - du)
    scale = width / (width - 2 * du), height / (height - 2 * dv)
    placement = _moved(dressed.placement, scale=(1.0, 1.0), shift=(-du, -dv))
    placement = _clipped(_moved(placement, scale=scale, shift=(0.0, 0.0)), width, height)
    colour = None if dressed.colour is None else _resized(np.ascontiguousarray(dressed.colour[kept]), (width, height))
    return Dressed(_resized(np.ascontiguousarray(dressed.pixels[kept]), (width, height)), placement, colour)


def _clipped(placement: Placement, width: int, height: int) -> Placement:
    left, top, right, bottom = placement.box_px
    return replace(placement, box_px=(max(0, left), max(0, top), min(width, right), min(height, bottom)))


def _mirrored(dressed: Dressed) -> Dressed:
    width = dressed.pixels.shape[1]
    left, top, right, bottom = dressed.placement.box_px
    u, v = dressed.placement.origin_px
    placement = replace(dressed.placement, origin_px=(width - 1 - u, v), box_px=(width - right, top, width - left, bottom), mirrored=True)
    colour = None if dressed.colour is None else np.ascontiguousarray(dressed.colour[:, ::-1])
    return Dressed(np.ascontiguousarray(dressed.pixels[:, ::-1]), placement, colour)


def _torn(pixels: GREY_LEVELS, placement: Placement, rng: np.random.Generator) -> GREY_LEVELS:
    """Below a line through the scan the frame is another one: shifted sideways and down."""
    width = pixels.shape[1]
    out = pixels.copy()
    _, top, _, bottom = placement.box_px
    line = int(top + rng.uniform(0.2, 0.6) * (bottom - top))
    out[line:] = np.roll(pixels, (int(rng.integers(-40, 40)), int(rng.uniform(0.08, 0.5) * width)), (0, 1))[line:]
    return out


def no_scan(kind: str, layout: Layout, rng: np.random.Generator) -> GREY_LEVELS:
    """A frame without a scan. "no_signal": black, blue, bars, snow, or words; "menu": the scanner's screen with a menu where the scan was."""
    if kind == "menu":
        return _menu(layout, rng)
    width, height = layout.width_px, layout.height_px
    which = int(rng.integers(5))
    canvas = Canvas.blank(width, height, ((0, 0, 0), (16, 16, 190), (0, 0, 0), (0, 0, 0), (20, 24, 80))[which], coloured=False)
    if which == 2:
        steps = np.array([235, 210, 170, 145, 105, 80, 40, 16], np.uint8)
        canvas.grey[:] = np.repeat(steps, -(-width // 8))[None, :width]
    elif which == 3:
        canvas.grey[:] = rng.integers(0, 256, canvas.grey.shape, dtype=np.uint8)
    elif which == 4:
        canvas.text("NO SIGNAL", width / 2, height / 2 - height / 30, height / 16, (230, 230, 230), "middle")
    return canvas.grey


def _menu(layout: Layout, rng: np.random.Generator) -> GREY_LEVELS:
    canvas = Canvas.blank(layout.width_px, layout.height_px, layout.background, coloured=False)
    furnish(canvas, layout, 0)
    left, top, right, bottom = layout.box_px
    canvas.fill(left, top, right, bottom, (40, 40, 46))
    rows = int(rng.integers(5, 12))
    names = ("Patient", "Exam", "Preset", "Probe", "Network", "Storage", "Display", "Date", "Language", "About", "Print", "Close")
    for k in range(rows):
        y = top + (bottom - top) * (k + 0.4) / rows
        canvas.outline(left + 20, y - 4, right - 20, y + (bottom - top) * 0.7 / rows, (90, 90, 100))
        canvas.text(names[k], left + 40, y + 4, max(9.0, (bottom - top) * 0.25 / rows), (210, 210, 210))
    return canvas.grey
