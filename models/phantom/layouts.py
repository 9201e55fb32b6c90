"""The screens of scanners: canvas, where the scan lies, its rulers, and what stands around it.

Five imitate screens seen on real recordings (by where things stand, their sizes and pitches, not by name or logo); three are types of screen, one is
random in everything, one is the scan alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from models.phantom.canvas import Anchor, Colour
from models.phantom.probe import ProbeSpec
from models.phantom.scanconvert import extent_mm

Box: TypeAlias = tuple[int, int, int, int]
RulerSide: TypeAlias = Literal["left", "right", "below", "above"]
RulerStyle: TypeAlias = Literal["dots", "dashes", "ticks"]
Place: TypeAlias = Literal["scan", "frame", "inside"]

WHITE, GREY, BLACK = (235, 235, 235), (150, 150, 150), (0, 0, 0)
LEAST_PITCH_PX = 7.0


@dataclass(frozen=True, slots=True)
class Ruler:
    """Marks each minor_mm, larger each major_mm, labelled each label_mm (0: none). place: beside the scan, at the frame's edge, or inside the
    scan; offset_px from there. minor_px, major_px: a mark's length, or a dot's diameter. thick_px: of dashes and ticks."""

    side: RulerSide
    style: RulerStyle
    minor_mm: float
    major_mm: float
    place: Place = "scan"
    offset_px: float = 8.0
    minor_px: float = 5.0
    major_px: float = 10.0
    thick_px: int = 1
    colour: Colour = WHITE
    label_mm: float = 0.0
    unit: Literal["cm", "mm"] = "cm"
    label_px: float = 10.0
    label_zero: bool = False
    axis: bool = False
    zero_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """y: top of the capitals."""

    text: str
    x: float
    y: float
    height_px: float
    colour: Colour = GREY
    anchor: Anchor = "left"
    weight: float = 0.14


@dataclass(frozen=True, slots=True)
class Shape:
    """kind "fill", "outline", "ramp" (grey bar), "line" (two ends), "dot" (middle and a point on its rim)."""

    kind: Literal["fill", "outline", "ramp", "line", "dot"]
    box: tuple[float, float, float, float]
    colour: Colour = GREY
    thick_px: float = 1.0
    dash_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """box_px: left, top, right, bottom that the scan may fill; overfill: a sector may be this much wider than the box and is then cut at its
    sides. scan_background: colour of the box behind the scan. over: share of pictures with calipers, colour box and the like on the scan.
    depth_text: where the depth readout stands, its text with {cm} or {mm}. focus: colour of the focus marks beside the ruler, or None."""

    name: str
    width_px: int
    height_px: int
    box_px: Box
    background: Colour = BLACK
    scan_background: Colour = BLACK
    align_top: bool = True
    overfill: float = 1.0
    rulers: tuple[Ruler, ...] = ()
    texts: tuple[Text, ...] = ()
    shapes: tuple[Shape, ...] = ()
    marker: tuple[float, Colour] | None = None  # orientation mark at the scan's top left: size, colour
    focus: Colour | None = None
    over: float = 0.15
    clock: tuple[float, float, float] | None = None  # x, y, height of a clock that runs
    scan_edge: Colour | None = None


def fitted_mm_per_px(probe: ProbeSpec, box: Box, overfill: float) -> float:
    """Scale at which the scan fills the box."""
    half, top, bottom = extent_mm(probe)
    width, height = box[2] - box[0], box[3] - box[1]
    return max(2 * half / (width * overfill - 1), (bottom - top) / (height - 1))


def sample_layout(rng: np.random.Generator, probe: ProbeSpec, name: str | None = None) -> Layout:
    """A random layout, or the named one with its own small changes. Raises ValueError for a name that does not exist."""
    names = tuple(LAYOUTS)
    shares = np.array([share for share, _ in LAYOUTS.values()])
    drawn = names[int(rng.choice(len(names), p=shares / shares.sum()))]
    if name is not None and name not in LAYOUTS:
        raise ValueError(f"layout {name!r}: one of {', '.join(names)}")
    return LAYOUTS[name or drawn][1](rng, probe)


def _pitch(probe: ProbeSpec, box: Box, wanted: tuple[float, ...], least_px: float = LEAST_PITCH_PX, overfill: float = 1.0) -> float:
    """The first pitch (mm) of those wanted whose marks do not run together."""
    scale = fitted_mm_per_px(probe, box, overfill)
    return next((mm for mm in wanted if mm / scale >= least_px), wanted[-1])


def _cm(probe: ProbeSpec) -> str:
    return f"{probe.depth_mm / 10:.1f}" if probe.depth_mm % 10 else f"{probe.depth_mm / 10:.0f}"


def _any(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _presets(rng: np.random.Generator) -> str:
    return _any(rng, ("MSK", "Spine", "Nerve", "MSK Gen", "Abdomen", "Back", "Ophthalmic", "Lumbar", "General"))


def _patient(rng: np.random.Generator) -> str:
    who = _any(rng, ("DOE JANE", "DOE JOHN", "TEST PHANTOM", "ANON", "PATIENT 01", "N.N."))
    return f"{who}  {int(rng.integers(100_000, 10_000_000))}"


def _date(rng: np.random.Generator) -> str:
    day, month, year, hour, minute = (int(rng.integers(a, b)) for a, b in ((1, 29), (1, 13), (16, 27), (0, 24), (0, 60)))
    return f"{day:02d}/{month:02d}/20{year} {hour:02d}:{minute:02d}"


def _tissue_index(rng: np.random.Generator) -> str:
    return f"MI {rng.uniform(0.1, 1.5):.2f}  TIs {rng.uniform(0, 1.2):.1f}"


def _butterfly(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """Portrait tablet: a line over the scan, ticks each 2 mm at the frame's right edge, labels each centimetre."""
    box = (80 + int(rng.integers(-40, 30)), 205, 690, 890)
    minor = _pitch(probe, box, (2.0, 5.0, 10.0))
    major = 10.0 if minor < 10 else 50.0
    label = 10.0 if probe.depth_mm < 110 else 20.0
    ruler = Ruler("right", "ticks", minor, major, "frame", 2, 5, 9, 2, (200, 200, 200), label if minor < 10 else 10, label_px=10)
    texts = (
        Text(f"TIS: {rng.uniform(0, 0.9):.2f}, MI: {rng.uniform(0.1, 1.3):.2f}, {_presets(rng)}", 388, 5, 10, (200, 200, 200), "middle"),
        Text("B", 127, 42, 9, WHITE, "middle", 0.2),
    )
    shapes = (Shape("fill", (0, 199, 776, 202), (84, 84, 84)), Shape("dot", (127, 46, 137, 46), (40, 110, 230)))
    return Layout("butterfly", 776, 1080, box, rulers=(ruler,), texts=texts, shapes=shapes, over=0.05)


def _clarius(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """Handheld's cast: dots inside the scan's right edge, small each 2 mm, large each 10, depth below."""
    box = (130, 87, 1100, 873) if probe.kind != "linear" else (150 + int(rng.integers(0, 100)), 87, 1016, 873)
    minor = _pitch(probe, box, (2.0, 5.0, 10.0), 9)
    place: Place = "inside" if probe.kind == "linear" else "scan"
    ruler = Ruler(
        "right", "dots", minor, 10.0 if minor < 10 else 50.0, place, 20.0 if place == "inside" else -20.0, 3, 6, colour=(255, 255, 255), zero_px=9
    )
    texts = (Text(f"{_cm(probe)} cm", box[2] - 52, 884, 17, WHITE, "right", 0.11),)
    shapes = (Shape("dot", (295, 70, 304, 70), (220, 130, 80)), Shape("dot", (297, 70, 302, 70), BLACK))
    rulers = (ruler,) if rng.uniform() < 0.92 else ()
    return Layout("clarius", 1280, 960, box, rulers=rulers, texts=texts if rulers else (), shapes=shapes, over=0.05, scan_edge=None)


def _sonosite(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """Laptop scanner: ticks each 5 mm at the right, depth in a rounded box, parameters at the foot."""
    box = (120, 42, 860, 600) if probe.kind != "linear" else (300, 42, 760, 640)
    minor = _pitch(probe, box, (5.0, 10.0))
    ruler = Ruler("right", "ticks", minor, 10.0 if minor < 10 else 50.0, "frame", 4, 10, 14, 2, WHITE)
    texts = (
        Text(_date(rng), 950, 14, 13, WHITE, "right", 0.17),
        Text(_any(rng, ("SonoScan", "EchoSite", "SonoDesk")), 158, 650, 26, WHITE),
        Text(f"{_any(rng, ('L25/13-6', 'C60/5-2', 'C35/8-3', 'P21/5-1'))}  {_presets(rng)}", 158, 684, 15, WHITE),
        Text(_tissue_index(rng), 158, 704, 12, (200, 200, 200)),
        Text(f"{probe.depth_mm / 10:.1f} cm", 913, 608, 13, WHITE, "middle", 0.17),
        Text("2D:", 862, 646, 16, WHITE, weight=0.18),
        Text(f"G: {int(rng.integers(20, 80))}", 906, 646, 12, WHITE),
        Text(f"DR: {int(rng.integers(-3, 4))}", 906, 666, 12, WHITE),
        Text(_any(rng, ("Res", "Gen", "Pen")), 862, 668, 12, WHITE),
        Text("MB", 906, 686, 12, WHITE),
    )
    shapes = (Shape("outline", (880, 602, 946, 628), WHITE, 1), Shape("fill", (324, 50, 346, 72), (30, 110, 190)))
    return Layout("sonosite", 960, 720, box, rulers=(ruler,), texts=texts, shapes=shapes, over=0.2)


def _ge(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """Cart: yellowish ticks and a label each centimetre at the right edge, squares each centimetre above, hourglasses for the foci, grey bar."""
    box = (70, 60, 745, 560) if probe.kind != "linear" else (111, 60, 689, 540)
    minor = _pitch(probe, box, (2.5, 5.0, 10.0), 8)
    ochre = (170, 170, 100)
    label = 10.0 if fitted_mm_per_px(probe, box, 1.0) < 0.3 else 50.0
    down = Ruler("right", "ticks", minor, 10.0, "frame", 0, 6, 10, 2, ochre, label, label_px=16)
    across = Ruler("above", "ticks", 10.0, 10.0, "scan", 10, 9, 9, 5, ochre)
    texts = (
        Text(_date(rng), 2, 10, 12, (210, 210, 210), weight=0.18),
        Text("ADM", 184, 10, 12, (210, 210, 210), weight=0.18),
        Text(f"{_any(rng, ('ML6-15', 'C1-6', 'C2-9', '9L'))} {_presets(rng)}", 470, 10, 12, (210, 210, 210), weight=0.18),
        Text(_tissue_index(rng), 632, 10, 12, (210, 210, 210), weight=0.18),
        Text("LOGIC", 58, 64, 11, (210, 210, 210), weight=0.18),
        Text(f"E{int(rng.integers(5, 11))}", 74, 79, 11, (210, 210, 210), weight=0.18),
    )
    shapes = (Shape("ramp", (8, 222, 32, 375)),)
    return Layout(
        "ge", 800, 600, box, rulers=(down, across) if rng.uniform() < 0.6 else (down,), texts=texts, shapes=shapes, focus=(240, 230, 40), over=0.15
    )


def _telemed(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """PC scanner: dark grey surround, axis with ticks at the left and below, its ends labelled in millimetres, a dashed compensation curve."""
    linear = probe.kind == "linear"
    box = (237, 43, 997, 686) if linear else (100, 43, 1100, 684)
    dark, pale = (62, 60, 61), (190, 190, 190)
    minor = _pitch(probe, box, (10.0,))
    down = Ruler("left", "ticks", minor, 50.0, "frame", 74, 5, 9, 1, pale, probe.depth_mm, "mm", 9, label_zero=True, axis=True)
    below = Ruler("below", "ticks", 10.0, 50.0, "frame", 2, 5, 10, 1, pale, axis=True)
    lines = [
        "[ B ]",
        f"FPS {int(rng.integers(8, 40))}",
        f"De {probe.depth_mm:.0f} mm",
        f"DR {int(rng.integers(50, 80))} dB",
        f"Pw {int(rng.integers(30, 100))} %",
        f"Gn {int(rng.integers(40, 95))} %",
        f"Frq {probe.frequency_mhz:.0f} MHz",
        "LnDens Hi",
        "FrmAvg 0",
        "Rej 9",
        f"ImEnh {int(rng.integers(5))}",
        "PV 6",
        "Zoom 100 %",
    ]
    texts = (
        *tuple(Text(t, 1163, 56 + 13 * k, 8, pale) for k, t in enumerate(lines)),
        Text("Hospital/clinic: -", 413, 8, 8, pale),
        Text(_presets(rng), 413, 28, 8, pale),
        Text("Sonographer: -", 688, 8, 8, pale),
        Text("HL9.0/60/128-2", 688, 28, 8, pale),
        Text("3.5.0", 915, 28, 8, pale),
        Text("TIS N/A", 1041, 28, 8, pale),
        Text("MI N/A", 1142, 28, 8, pale),
    )
    shapes = (
        Shape("fill", (0, 0, 1234, 43), (68, 66, 67)),
        Shape("ramp", (7, 74, 32, 202)),
        Shape("outline", (5, 247, 67, 309), pale),
        Shape("line", (6, 308, 34, 290), WHITE),
        Shape("line", (34, 290, 66, 249), WHITE),
        Shape("line", (1128, 44, 1160, 672), pale, 1.0, 4.0),
        Shape("dot", (24, 21, 40, 21), (110, 170, 200)),
    )
    return Layout(
        "telemed", 1234, 688, box, dark, dark if linear else BLACK, rulers=(down, below), texts=texts, shapes=shapes, marker=(16, WHITE), over=0.08
    )


def _cart(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """Cart with a header, a parameter list, a menu at the side and thumbnails below."""
    size = (1024, 768) if rng.uniform() < 0.5 else (1280, 1024)
    w, h = size
    bar = tuple(int(v) for v in rng.integers(20, 90, 3))
    head: Colour = (bar[0], bar[1], bar[2])
    box = (round(0.14 * w), round(0.09 * h), round(0.8 * w), round(0.86 * h))
    minor = _pitch(probe, box, (1.0, 2.0, 5.0, 10.0) if rng.uniform() < 0.3 else (5.0, 10.0))
    side: RulerSide = "left" if rng.uniform() < 0.5 else "right"
    px = h / 768
    ruler = Ruler(
        side,
        "ticks",
        minor,
        10.0 if minor < 10 else 50.0,
        "scan",
        float(rng.uniform(6, 20)),
        4 * px,
        8 * px,
        1,
        (200, 200, 190),
        50.0 if probe.depth_mm > 70 else 10.0,
        label_px=10 * px,
        label_zero=rng.uniform() < 0.4,
    )
    names = (
        f"F {probe.frequency_mhz:.1f}",
        f"D {_cm(probe)}",
        f"G {int(rng.integers(30, 80))}",
        f"FR {int(rng.integers(12, 60))}",
        f"DR {int(rng.integers(50, 150))}",
        "iClear 4",
        "AP 95%",
    )
    texts = (
        *tuple(Text(t, 0.82 * w, 0.12 * h + 20 * px * k, 11 * px, (200, 200, 200)) for k, t in enumerate(names)),
        Text(_patient(rng), 12, 10 * px, 13 * px, WHITE),
        Text(_date(rng), 0.98 * w, 10 * px, 11 * px, WHITE, "right"),
        Text(_tissue_index(rng), 0.98 * w, 28 * px, 11 * px, WHITE, "right"),
        Text(_presets(rng), 0.45 * w, 10 * px, 13 * px, WHITE),
    )
    shapes = (
        Shape("fill", (0, 0, w, 0.06 * h), head),
        Shape("ramp", (0.965 * w, 0.12 * h, 0.98 * w, 0.34 * h)),
        Shape("fill", (0, 0.06 * h, 0.1 * w, h), (head[0] // 2, head[1] // 2, head[2] // 2)),
        *(Shape("outline", (0.01 * w, (0.1 + 0.08 * k) * h, 0.09 * w, (0.165 + 0.08 * k) * h), (110, 110, 120)) for k in range(9)),
        *(Shape("fill", ((0.14 + 0.11 * k) * w, 0.89 * h, (0.24 + 0.11 * k) * w, 0.98 * h), (28, 28, 30)) for k in range(int(rng.integers(0, 6)))),
    )
    menu = tuple(
        Text(
            _any(rng, ("Gain", "Depth", "Focus", "iTouch", "THI", "Quad", "Dual", "Body", "Text")),
            0.05 * w,
            (0.122 + 0.08 * k) * h,
            10 * px,
            GREY,
            "middle",
        )
        for k in range(9)
    )
    return Layout(
        "cart",
        w,
        h,
        box,
        BLACK,
        rulers=(ruler,),
        texts=texts + menu,
        shapes=shapes,
        focus=(80, 200, 80),
        marker=(14 * px, (60, 160, 240)),
        overfill=float(rng.choice([1.0, 1.12])),
        clock=(0.88 * w, 0.955 * h, 11 * px),
    )


def _tablet(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """A tablet's or phone's screen mirrored over HDMI: large scan, round buttons, marks at the scan's edge."""
    w, h = (1920, 1080) if rng.uniform() < 0.5 else (1280, 720)
    px = h / 720
    dark = int(rng.integers(0, 30))
    box = (round(0.1 * w), round(0.04 * h), round(0.84 * w), round(0.97 * h))
    minor = _pitch(probe, box, (1.0, 5.0, 10.0) if rng.uniform() < 0.3 else (5.0, 10.0))
    style: RulerStyle = ("dots", "dashes", "ticks")[int(rng.integers(3))]
    ruler = Ruler(
        "right" if rng.uniform() < 0.7 else "left",
        style,
        minor,
        10.0 if minor < 10 else 50.0,
        "scan" if rng.uniform() < 0.6 else "frame",
        float(rng.uniform(4, 26)) * px,
        3 * px,
        6 * px if style == "dots" else 9 * px,
        max(1, round(px)),
        (210, 210, 210),
        10.0 if rng.uniform() < 0.6 else 0.0,
        label_px=11 * px,
    )
    at = 0.95 if ruler.place == "scan" else 0.06
    shapes = tuple(Shape("dot", (at * w, (0.12 + 0.16 * k) * h, at * w + 22 * px, (0.12 + 0.16 * k) * h), (48, 52, 60)) for k in range(6))
    texts = (
        Text(f"{_cm(probe)}cm", 0.03 * w, 0.9 * h, 16 * px, WHITE),
        Text(f"{_presets(rng)}", 0.03 * w, 0.04 * h, 15 * px, WHITE),
        Text(f"{int(rng.integers(20, 90))}%", at * w, 0.11 * h, 12 * px, WHITE, "middle"),
        Text(_tissue_index(rng), 0.03 * w, 0.08 * h, 11 * px, GREY),
    )
    return Layout(
        "tablet",
        w,
        h,
        box,
        (dark, dark, dark),
        (dark, dark, dark) if rng.uniform() < 0.5 else BLACK,
        rulers=(ruler,),
        texts=texts,
        shapes=shapes,
        over=0.1,
    )


SIZES = ((640, 480), (720, 576), (800, 600), (1024, 768), (1280, 720), (1280, 960), (1280, 1024), (1366, 768), (1920, 1080), (720, 480))


def _random(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """Everything anywhere."""
    w, h = SIZES[int(rng.integers(len(SIZES)))]
    px = h / 720
    box = (
        round(w * rng.uniform(0.07, 0.22)),
        round(h * rng.uniform(0.03, 0.15)),
        round(w * rng.uniform(0.75, 0.92)),
        round(h * rng.uniform(0.8, 0.96)),
    )
    overfill = float(rng.choice([1.0, 1.0, rng.uniform(1.0, 1.2)]))
    grey = int(rng.choice([0, 0, 0, int(rng.integers(5, 70))]))
    rulers = [_random_ruler(rng, probe, box, overfill, px)]
    if rng.uniform() < 0.25:
        rulers.append(replace(rulers[0], side="below", place="scan", offset_px=6.0, axis=False))
    words = (
        _patient(rng),
        _date(rng),
        _tissue_index(rng),
        _presets(rng),
        f"Depth {_cm(probe)} cm",
        f"{probe.frequency_mhz:.1f} MHz",
        f"Gain {int(rng.integers(20, 90))}",
        f"DR {int(rng.integers(45, 80))}",
    )
    texts = [
        Text(
            t,
            w * rng.uniform(0.0, 0.85),
            float(rng.choice([rng.uniform(0, 0.03), rng.uniform(0.96, 0.98)])) * h,
            rng.uniform(8, 15) * px,
            _shade(rng),
        )
        for t in words
        if rng.uniform() < 0.7
    ]
    texts += [
        Text(t, float(rng.choice([0.005, 0.93])) * w, h * rng.uniform(0.1, 0.9), rng.uniform(7, 13) * px, _shade(rng))
        for t in words
        if rng.uniform() < 0.5
    ]
    shapes = [
        Shape("ramp", (x * w, y * h, (x + 0.012) * w, (y + 0.2) * h))
        for x, y in [(float(rng.choice([0.015, 0.965])), rng.uniform(0.1, 0.6))]
        if rng.uniform() < 0.6
    ]
    if rng.uniform() < 0.4:
        shapes.append(Shape("fill", (0, 0, w, box[1] * 0.8), _shade(rng, 100)))
    if rng.uniform() < 0.3:
        shapes.append(Shape("fill", (0, box[3] + 4, w, h), _shade(rng, 90)))
    edge = _shade(rng) if rng.uniform() < 0.12 else None
    return Layout(
        "random",
        w,
        h,
        box,
        (grey, grey, grey),
        BLACK if rng.uniform() < 0.5 else (grey, grey, grey),
        bool(rng.uniform() < 0.6),
        overfill,
        tuple(rulers) if rng.uniform() < 0.9 else (),
        tuple(texts),
        tuple(shapes),
        (float(rng.uniform(8, 20)) * px, _shade(rng)) if rng.uniform() < 0.5 else None,
        _shade(rng) if rng.uniform() < 0.4 else None,
        0.2,
        (0.8 * w, 0.975 * h, 10 * px) if rng.uniform() < 0.2 else None,
        edge,
    )


def _shade(rng: np.random.Generator, most: int = 255) -> Colour:
    base = int(rng.integers(min(90, most - 60), most))
    tint = rng.integers(-40, 1, 3) if rng.uniform() < 0.5 else np.zeros(3, int)
    r, g, b = (int(np.clip(base + t, 0, 255)) for t in tint)
    return r, g, b


def _random_ruler(rng: np.random.Generator, probe: ProbeSpec, box: Box, overfill: float, px: float) -> Ruler:
    wanted = ((1.0, 2.0, 5.0, 10.0), (2.0, 5.0, 10.0), (5.0, 10.0), (10.0,))[int(rng.integers(4))]
    minor = _pitch(probe, box, wanted, 6.0, overfill)
    major = {1.0: float(rng.choice([5.0, 10.0])), 2.0: 10.0, 5.0: float(rng.choice([5.0, 10.0])), 10.0: float(rng.choice([10.0, 50.0]))}[minor]
    style: RulerStyle = ("dots", "dashes", "ticks")[int(rng.integers(3))]
    length = float(rng.uniform(2, 6)) * px if style != "dots" else float(rng.uniform(2, 4)) * px
    place: Place = ("scan", "scan", "frame")[int(rng.integers(3))]
    label = float(rng.choice([0.0, 10.0, 50.0 if probe.depth_mm > 60 else 10.0]))
    return Ruler(
        "left" if rng.uniform() < 0.4 else "right",
        style,
        minor,
        major,
        place,
        float(rng.uniform(3, 20)) * px,
        length,
        length * float(rng.uniform(1.0, 2.2)),
        max(1, round(rng.uniform(0.7, 2) * px)),
        _shade(rng),
        label,
        "cm" if rng.uniform() < 0.8 else "mm",
        float(rng.uniform(8, 13)) * px,
        bool(rng.uniform() < 0.3),
        bool(rng.uniform() < 0.15),
        0.0,
    )


def _bare(rng: np.random.Generator, probe: ProbeSpec) -> Layout:
    """The scan alone, as recordings and data sets are cut."""
    w, h = SIZES[int(rng.integers(len(SIZES)))]
    inset = [float(v) for v in rng.uniform(0.0, 0.08, 4)]
    box = (round(w * inset[0]), round(h * inset[1]), round(w * (1 - inset[2])), round(h * (1 - inset[3])))
    del probe
    return Layout("bare", w, h, box, over=0.0)


# name -> (share, maker)
LAYOUTS: dict[str, tuple[float, Callable[[np.random.Generator, ProbeSpec], Layout]]] = {
    "butterfly": (0.09, _butterfly),
    "clarius": (0.11, _clarius),
    "sonosite": (0.10, _sonosite),
    "ge": (0.11, _ge),
    "telemed": (0.09, _telemed),
    "cart": (0.12, _cart),
    "tablet": (0.10, _tablet),
    "random": (0.20, _random),
    "bare": (0.08, _bare),
}
