"""Whether screens are read that models/phantom/layouts.py does not draw: python -m tests.system.other_screens --frames 9

Forty-one designs after scanners' manuals and habits, drawn with Pillow and an outline font around phantom scans (demonstration subjects): tablets,
telephones held upright, carts with panels, light themes, labels with their unit, gain curves and focus marks on the ruler, results, two pictures
side by side; and traps: a loop's frame marks, a target's depth printed large, calipers' lengths, areas, a velocity's scale, a bar's, two scans
that touch, a picture zoomed into, menus and sliders with numbers, a histogram, a header over the scan.
What they print is what edge/ has to read; nothing in edge/ was tuned on the phantom's strokes alone and passes here by that.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from edge.catalogue import VIEWS
from edge.screen import profile, watch
from models.phantom.frame import FrameSpec, render_frame
from models.phantom.look import BoneLook

FIRST_SUBJECT = 3_500_000
PROBES = ("convex", "linear", "phased")
RIGHT, ORIGIN_MM = 0.005, 1.0
SCAN_BLACK = 6  # what is darker beside a scan lets a panel's own grey through
Colour = tuple[int, int, int]
WORDS = ("Distance", "Area", "Volume", "Angle", "Hip", "Trace", "Report", "Text")
WHITE, PALE, BLACK = (255, 255, 255), (200, 200, 200), (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Content:
    """A scan alone: grey (rows, columns), its origin in its own pixels, and its scale."""

    grey: NDArray[np.uint8]
    origin_px: tuple[float, float]
    mm_per_px: float


class Page:
    """A screen in the making; after `scan`, where the scan lies and its scale. Where there are two, each counts as the scan."""

    font: ClassVar[str] = ""  # a file; Pillow's own where empty

    def __init__(self, width: int, height: int, ground: Colour = BLACK) -> None:
        self.image = Image.new("RGB", (width, height), ground)
        self.pen = ImageDraw.Draw(self.image)
        self.box = (0, 0, 0, 0)
        self.origins_px: list[tuple[float, float]] = []
        self.mm_per_px = (0.0, 0.0)

    def scan(self, content: Content, *, middle: int, top: int, width: int, height: int, through: bool = False) -> None:
        """As large as fits into width and height. through: the page shows beside the scan's own outline."""
        rows, columns = content.grey.shape
        factor = min(height / rows, width / columns)
        grey = Image.fromarray(content.grey).resize((round(columns * factor), round(rows * factor)), Image.Resampling.BILINEAR)
        left = round(middle - grey.width / 2)
        mask = grey.point([0] * (SCAN_BLACK + 1) + [255] * (255 - SCAN_BLACK)) if through else None
        self.image.paste(Image.merge("RGB", [grey] * 3), (left, top), mask)
        across, down = grey.width / columns, grey.height / rows
        self.box = (left, top, left + grey.width, top + grey.height)
        self.mm_per_px = (content.mm_per_px / across, content.mm_per_px / down)
        self.origins_px.append(((content.origin_px[0] + 0.5) * across - 0.5 + left, (content.origin_px[1] + 0.5) * down - 0.5 + top))

    @property
    def origin_px(self) -> tuple[float, float]:
        return self.origins_px[-1]

    @property
    def depth_mm(self) -> float:
        return (self.box[3] - self.origin_px[1]) * self.mm_per_px[1]

    def row(self, depth_mm: float) -> float:
        return self.origin_px[1] + depth_mm / self.mm_per_px[1]

    def text(self, x: float, y: float, text: str, size: int, colour: Colour = PALE, anchor: str = "la") -> None:
        font = ImageFont.truetype(self.font, size) if self.font else ImageFont.load_default(size)
        self.pen.text((x, y), text, font=font, fill=colour, anchor=anchor)

    def ticks(
        self, x: float, lengths: dict[int, float], *, towards: int = 1, colour: Colour = PALE, thick: int = 1, dots: bool = False
    ) -> None:
        """Marks from the face to the scan's end. lengths: mm -> length (dots: radius) of the marks at its multiples; the largest that fits counts."""
        for mm in range(0, int(self.depth_mm) + 1, min(lengths)):
            length = lengths[max(each for each in lengths if mm % each == 0)]
            y = self.row(mm)
            if dots:
                self.pen.ellipse((x - length, y - length, x + length, y + length), fill=colour)
            else:
                self.pen.line((x, y, x + towards * length, y), fill=colour, width=thick)

    def labels(self, x: float, every_mm: int, size: int, word: Callable[[int], str], *, anchor: str = "lm", zero: bool = False) -> None:
        for mm in range(0 if zero else every_mm, int(self.depth_mm) + 1, every_mm):
            self.text(x, self.row(mm), word(mm), size, anchor=anchor)


def _tablet(content: Content) -> Page:
    page = Page(1280, 800)
    page.scan(content, middle=620, top=60, width=1000, height=700)
    page.ticks(min(page.box[2] + 14, 1240), {5: 7, 10: 14}, thick=2)
    page.text(1270, 770, f"{page.depth_mm / 10:.1f} cm", 20, anchor="ra")
    page.text(20, 20, "MSK   TIS 0.3  MI 0.9", 18)
    return page


def _unit_on_labels(content: Content) -> Page:
    page = Page(1920, 1080)
    page.scan(content, middle=900, top=70, width=1500, height=940)
    page.ticks(page.box[2] + 20, {10: 12}, thick=2)
    page.labels(page.box[2] + 40, 20, 22, lambda mm: f"{mm // 10} cm")
    page.text(1700, 30, "12:44:09", 22)
    return page


def _unit_on_each_label(content: Content) -> Page:
    page = Page(1280, 960)
    page.scan(content, middle=640, top=50, width=1000, height=820)
    page.ticks(page.box[0] - 8, {5: 6, 10: 12}, towards=-1)
    page.labels(page.box[0] - 26, 10, 16, lambda mm: f"{mm}mm", anchor="rm", zero=True)
    return page


def _telephone(content: Content) -> Page:
    page = Page(1080, 1920)
    page.scan(content, middle=520, top=240, width=900, height=1000)
    page.ticks(1020, {5: 2, 10: 5}, dots=True, colour=WHITE)
    page.labels(1000, 10, 26, lambda mm: str(mm // 10), anchor="rm")
    for k, word in enumerate(("Gain", "Depth", "Freeze", "Save", "Mode")):
        page.pen.rounded_rectangle((60 + 200 * k, 1700, 220 + 200 * k, 1820), 20, fill=(40, 44, 52))
        page.text(140 + 200 * k, 1760, word, 28, anchor="mm")
    return page


def _millimetres(content: Content) -> Page:
    page = Page(1024, 768, (18, 18, 22))
    page.scan(content, middle=540, top=90, width=760, height=600, through=True)
    page.ticks(page.box[0] - 16, {5: 6, 10: 12}, towards=-1, colour=(170, 200, 170))
    page.labels(page.box[0] - 34, 10, 13, str, anchor="rm", zero=True)
    page.text(12, 12, f"Depth {page.depth_mm:.0f}mm  G 54%  DR 60", 14)
    return page


def _cart(content: Content) -> Page:
    page = Page(1280, 1024, (30, 32, 36))
    page.pen.rectangle((0, 0, 240, 1024), fill=(52, 56, 64))
    page.pen.rectangle((250, 80, 1270, 960), fill=BLACK)
    page.scan(content, middle=740, top=120, width=880, height=800)
    for k in range(200):
        page.pen.line((1230, 300 + k, 1244, 300 + k), fill=(255 - k, 255 - k, 255 - k))
    page.ticks(page.box[2] + 10, {10: 10}, thick=2)
    page.text(270, 90, f"D {page.depth_mm / 10:.1f}cm", 17)
    page.text(270, 112, "FR 31Hz", 17)
    for k, word in enumerate(("2D", "Gain 45", "Freq 5.0", "TGC", "Focus", "Report")):
        page.text(20, 100 + 60 * k, word, 18)
    page.text(20, 20, "DOE^JOHN 19700101", 16)
    return page


def _axes(content: Content) -> Page:
    page = Page(1600, 900)
    page.scan(content, middle=800, top=60, width=1200, height=760)
    fine = 1 if 1 / page.mm_per_px[1] >= 5 else 2
    page.ticks(page.box[2] + 8, {fine: 5, 10: 16}, colour=(200, 200, 120))
    page.labels(page.box[2] + 30, 10, 16, lambda mm: str(mm // 10), zero=True)
    half = int((page.box[2] - page.origin_px[0]) * page.mm_per_px[0])
    for mm in range(-(half // 10) * 10, half + 1, 10):
        u = page.origin_px[0] + mm / page.mm_per_px[0]
        page.pen.line((u, page.box[3] + 8, u, page.box[3] + 16), fill=(200, 200, 120))
    return page


def _dashes(content: Content) -> Page:
    page = Page(800, 600)
    page.scan(content, middle=410, top=40, width=620, height=510)
    page.ticks(page.box[0] - 12, {5: 6})
    page.text(8, 575, f"Depth: {page.depth_mm / 10:.1f}cm", 14)
    return page


def _last_label(content: Content) -> Page:
    page = Page(1280, 720)
    page.scan(content, middle=640, top=10, width=1100, height=700)
    page.ticks(1262, {5: 6, 10: 12}, towards=-1, colour=WHITE, thick=2)
    last = int(page.depth_mm) // 10 * 10
    page.labels(1244, 10, 16, lambda mm: f"{mm // 10}" + ("cm" if mm == last else ""), anchor="rm")
    return page


def _no_unit(content: Content) -> Page:
    page = Page(1024, 768)
    page.scan(content, middle=500, top=60, width=800, height=650)
    page.ticks(page.box[2] + 10, {10: 2}, dots=True)
    page.text(20, 20, "Nerve  55%", 18)
    return page


def _light(content: Content) -> Page:
    page = Page(1440, 1080, (228, 230, 234))
    page.pen.rounded_rectangle((40, 90, 1120, 1040), 24, fill=BLACK)
    page.scan(content, middle=560, top=130, width=860, height=860)
    page.ticks(1100, {10: 14}, towards=-1)
    page.labels(1078, 10, 18, lambda mm: str(mm // 10), anchor="rm")
    for k, word in enumerate(("Patient", "Preset: Spine", "Gain  48", "Depth", "Review")):
        page.text(1150, 120 + 90 * k, word, 24, (30, 30, 40))
    return page


def _gain_curve(content: Content) -> Page:
    page = Page(1024, 768)
    page.scan(content, middle=480, top=70, width=760, height=620)
    x = page.box[2] + 18
    page.ticks(x, {5: 5, 10: 9})
    page.labels(x + 16, 10, 14, lambda mm: str(mm // 10))
    curve = [(x + 60 + 12 * np.sin(k / 3), page.box[1] + k * (page.box[3] - page.box[1]) / 8) for k in range(9)]
    page.pen.line(curve, fill=(150, 150, 60), width=2)
    focus = page.row(0.55 * page.depth_mm)
    page.pen.polygon([(x - 14, focus - 7), (x - 14, focus + 7), (x - 3, focus)], fill=(240, 200, 60))
    return page


def _results(content: Content) -> Page:
    page = Page(1280, 960)
    page.scan(content, middle=600, top=80, width=900, height=760)
    page.ticks(page.box[2] + 12, {5: 6, 10: 12})
    page.text(30, 850, "1  Dist  2.31 cm", 18)
    page.text(30, 880, "2  Dist  4.06 cm", 18)
    page.text(1150, 40, f"{page.depth_mm / 10:.1f}cm", 18)
    return page


def _axis_line(content: Content) -> Page:
    page = Page(1366, 768)
    page.scan(content, middle=660, top=40, width=1000, height=690)
    x = page.box[2] + 24
    page.pen.line((x, page.row(0), x, page.row(int(page.depth_mm))), fill=PALE)
    page.ticks(x, {5: 5, 10: 10}, towards=-1)
    page.labels(x + 8, 10, 15, lambda mm: f"{mm / 10:.1f}", zero=True)
    return page


def _small_video(content: Content) -> Page:
    page = Page(640, 480)
    page.scan(content, middle=310, top=30, width=520, height=410)
    page.ticks(page.box[2] + 8, {10: 6})
    page.labels(page.box[2] + 18, 10, 11, lambda mm: str(mm // 10))
    return page


def _grid_lines(content: Content) -> Page:
    page = Page(1280, 800)
    page.scan(content, middle=640, top=40, width=1000, height=720)
    for mm in range(10, int(page.depth_mm) + 1, 10):
        for u in range(page.box[0], page.box[2], 12):
            page.pen.line((u, page.row(mm), u + 2, page.row(mm)), fill=(90, 90, 90))
    page.ticks(page.box[2] + 6, {10: 8})
    page.text(20, 760, f"Depth {page.depth_mm / 10:.1f} cm", 18)
    return page


def _two_pictures(content: Content) -> Page:
    page = Page(1280, 800)
    page.scan(content, middle=950, top=80, width=560, height=600)
    page.scan(content, middle=330, top=80, width=560, height=600)
    page.ticks(page.box[2] + 6, {5: 4, 10: 8})
    page.text(20, 20, f"Depth {page.depth_mm / 10:.1f} cm", 18)
    return page


def _ends_only(content: Content) -> Page:
    page = Page(1024, 768)
    page.scan(content, middle=520, top=60, width=760, height=660)
    page.ticks(page.box[2] + 14, {5: 4, 10: 9})
    page.text(page.box[2] + 28, page.row(0), "0", 14, anchor="lm")
    page.text(page.box[2] + 28, page.row(page.depth_mm), f"{page.depth_mm / 10:.1f}", 14, anchor="lm")
    for k, word in enumerate(("FR 33Hz", f"{page.depth_mm / 10:.1f}cm", "2D", "58%", "C 52", "P Low")):
        page.text(8, 80 + 18 * k, word, 13)
    return page


def _one_label(content: Content) -> Page:
    page = Page(1280, 720)
    page.scan(content, middle=620, top=20, width=900, height=670)
    page.ticks(page.box[2] + 12, {10: 8, 50: 16})
    page.labels(page.box[2] + 34, 50, 16, lambda mm: f"{mm // 10} cm")
    return page


def _half_centimetres(content: Content) -> Page:
    page = Page(1280, 960)
    page.scan(content, middle=600, top=60, width=900, height=830)
    page.ticks(page.box[2] + 12, {5: 8})
    page.labels(page.box[2] + 26, 5, 13, lambda mm: f"{mm / 10:.1f}")
    return page


def _capitals(content: Content) -> Page:
    page = Page(1024, 768)
    page.scan(content, middle=500, top=60, width=760, height=640)
    page.ticks(page.box[2] + 10, {10: 8})
    page.text(20, 20, f"DEPTH {page.depth_mm / 10:.1f}CM  25HZ", 17)
    return page


def _comma(content: Content) -> Page:
    page = Page(1280, 800)
    page.scan(content, middle=620, top=60, width=1000, height=690)
    page.ticks(page.box[2] + 14, {5: 7, 10: 14}, thick=2)
    page.text(20, 764, f"Tiefe {page.depth_mm / 10:.1f} cm".replace(".", ","), 20)
    return page


def _thumbnails(content: Content) -> Page:
    page = Page(1600, 900)
    page.scan(content, middle=640, top=60, width=1000, height=780)
    small = Image.fromarray(content.grey).convert("RGB").resize((220, 160))
    for k in range(4):
        page.image.paste(small, (1350, 60 + 200 * k))
        page.text(1350, 225 + 200 * k, f"{k + 1} / 4", 14)
    page.ticks(page.box[2] + 10, {5: 5, 10: 10})
    page.labels(page.box[2] + 26, 10, 16, lambda mm: f"{mm // 10}" + (" cm" if mm == 10 else ""))
    return page


def _loop(content: Content) -> Page:
    """Under the scan a bar with a mark every five frames: no ruler across."""
    page = Page(1280, 960)
    page.scan(content, middle=620, top=60, width=900, height=760)
    page.pen.rectangle((200, 900, 1080, 916), outline=PALE)
    for k in range(45):
        page.pen.line((200 + 20 * k, 918, 200 + 20 * k, 926 if k % 5 else 932), fill=PALE)
    page.text(1100, 900, "132/268", 16)
    page.ticks(page.box[2] + 12, {5: 5, 10: 10})
    page.text(1120, 60, f"Depth: {page.depth_mm / 10:.1f} cm", 18)
    return page


def _target_depth(content: Content) -> Page:
    """The depth that is printed is the target's, here near to half of the scan's."""
    page = Page(800, 480)
    page.scan(content, middle=420, top=20, width=560, height=430)
    page.ticks(page.box[0] - 14, {10: 8})
    page.text(20, 20, "Epidural", 16)
    page.text(20, 44, f"{page.depth_mm / 20 - 0.1:.1f} cm", 22, WHITE)
    return page


def _calipers(content: Content) -> Page:
    """Two lengths, half of the scan's depth, printed exacter than depths are."""
    page = Page(1280, 960)
    page.scan(content, middle=600, top=80, width=900, height=760)
    page.ticks(page.box[2] + 12, {10: 12})
    page.text(30, 880, f"Dist {page.depth_mm / 20:.2f} cm", 18)
    page.text(30, 910, f"D1 {page.depth_mm / 2:.1f} mm", 18)
    return page


def _velocity(content: Content) -> Page:
    """Doppler below, with its own scale, and a colour bar's ends."""
    page = Page(1280, 960)
    page.scan(content, middle=600, top=60, width=900, height=560)
    page.ticks(page.box[2] + 12, {5: 5, 10: 10})
    for k, word in enumerate(("+15.4", "-15.4", "cm/s")):
        page.text(20, 60 + 30 * k, word, 15)
    rng = np.random.default_rng(1)
    for k, high in enumerate(np.abs(np.sin(np.arange(1000) / 60)) ** 3 * 120):
        page.pen.line((100 + k, 850 - high, 100 + k, 850), fill=(int(rng.integers(60, 160)),) * 3)
    for k in range(6):
        page.pen.line((1110, 850 - 30 * k, 1120, 850 - 30 * k), fill=PALE)
        page.text(1128, 850 - 30 * k, str(20 * k), 14, anchor="lm")
    page.text(1128, 680, "cm/s", 14)
    page.text(20, 20, f"Depth {page.depth_mm / 10:.1f} cm", 16)
    return page


def _guide(content: Content) -> Page:
    """A needle guide's dots slant over the scan."""
    page = Page(1280, 960)
    page.scan(content, middle=600, top=80, width=900, height=760)
    page.ticks(page.box[2] + 12, {5: 6, 10: 12})
    page.text(1100, 40, f"{page.depth_mm / 10:.1f} cm", 18)
    for k in range(40):
        x = page.box[0] + k / 40 * (page.box[2] - page.box[0])
        y = page.box[1] + k / 50 * (page.box[3] - page.box[1])
        page.pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(230, 230, 90))
    return page


def _blue(content: Content) -> Page:
    page = Page(1280, 800, (16, 30, 60))
    page.pen.rectangle((90, 40, 1010, 790), fill=BLACK)
    page.scan(content, middle=550, top=60, width=820, height=700)
    page.ticks(page.box[2] + 10, {5: 6, 10: 12}, colour=(90, 160, 240))
    page.text(1060, 700, f"{page.depth_mm / 10:.1f} cm", 20, (180, 210, 250))
    return page


def _zoomed(content: Content) -> Page:
    """Its upper three tenths are cut off: the top is no face, and nothing may be measured from it."""
    cut = round(0.3 * content.grey.shape[0])
    part = Content(content.grey[cut:], (content.origin_px[0], content.origin_px[1] - cut), content.mm_per_px)
    page = Page(1280, 960)
    page.scan(part, middle=600, top=80, width=900, height=800)
    for mm in range(0, int(page.depth_mm) + 1, 5):
        if page.row(mm) >= page.box[1]:
            page.pen.line((page.box[2] + 12, page.row(mm), page.box[2] + (22 if mm % 10 == 0 else 17), page.row(mm)), fill=PALE)
            page.text(page.box[2] + 28, page.row(mm), "" if mm % 10 else str(mm // 10), 15, anchor="lm")
    return page


def _colour_bar(content: Content) -> Page:
    """A bar of stiffness as long as the scan, numbered downwards, and no ruler of depth."""
    page = Page(1280, 800)
    page.scan(content, middle=600, top=60, width=900, height=660)
    x, top, bottom = page.box[2] + 16, round(page.row(0)), page.box[3]
    for y in range(top, bottom):
        share = (y - top) / (bottom - top)
        page.pen.line((x, y, x + 14, y), fill=(round(255 * (1 - share)), round(160 * np.sin(np.pi * share)), round(255 * share)))
    for k in range(8):
        y = top + k * (bottom - top) / 7
        page.pen.line((x + 15, y, x + 21, y), fill=PALE)
        page.text(x + 28, y, str(k), 16, anchor="lm")
    page.text(x, top - 24, "kPa", 15)
    return page


def _areas(content: Content) -> Page:
    """What is printed is an area and a speed, of half the scan's depth."""
    page = Page(1280, 960)
    page.scan(content, middle=600, top=80, width=900, height=760)
    page.ticks(page.box[2] + 12, {10: 12})
    page.text(30, 880, f"CSA {int(page.depth_mm) / 20:.1f} cm\u00b2", 18)
    page.text(30, 910, f"PSV {int(page.depth_mm) / 20:.1f} cm/s", 18)
    return page


def _side_by_side(content: Content) -> Page:
    """Two scans of a flat array that touch: their middle is no probe's."""
    page = Page(1280, 800)
    half = Content(content.grey[:, : content.grey.shape[1] // 2 * 2], content.origin_px, content.mm_per_px)
    page.scan(half, middle=400, top=80, width=480, height=600)
    left, width = page.box[0], page.box[2] - page.box[0]
    page.image.paste(page.image.crop(page.box), (left + width, page.box[1]))
    page.origins_px.insert(0, (page.origin_px[0] + width, page.origin_px[1]))
    page.ticks(left + 2 * width + 8, {5: 4, 10: 8})
    page.text(20, 20, f"Depth {page.depth_mm / 10:.1f} cm", 18)
    return page


def _settings_beside(content: Content) -> Page:
    """Settings in a column right of the labels, the depth among them without its unit."""
    page = Page(1024, 768)
    page.scan(content, middle=470, top=70, width=700, height=640)
    page.ticks(page.box[2] + 30, {5: 5, 10: 10}, colour=(120, 220, 120))
    page.labels(page.box[2] + 44, 10, 13, lambda mm: str(mm // 10))
    for k, word in enumerate(("B", "FH", "12.0", "D", f"{page.depth_mm / 10:.1f}", "G", "50", "FR", "33", "DR", "110")):
        page.text(960, 120 + 17 * k, word, 13)
    return page


def _colon(content: Content) -> Page:
    page = Page(640, 480)
    page.scan(content, middle=330, top=40, width=480, height=390)
    page.ticks(page.box[0] - 8, {5: 3, 10: 6}, towards=-1)
    page.text(500, 450, f"D:{page.depth_mm:.0f}mm", 13)
    page.text(10, 456, "GN 56 FR 22 7.5M", 12)
    return page


def _listed(content: Content, word: Callable[[int], str], *, marks: bool = True, parts: int = 0, size: int = 16) -> Page:
    """Words with numbers each 10 mm beside marks, or at so many parts of the scan's height, and no unit of length."""
    page = Page(1280, 800)
    page.scan(content, middle=600, top=60, width=860, height=680)
    if marks:
        page.ticks(page.box[2] + 12, {5: 5, 10: 10})
    step_mm = page.depth_mm / parts if parts else 10.0
    for k in range(1, parts or int(page.depth_mm / step_mm) + 1):
        page.text(page.box[2] + 36, page.row(step_mm * k), word(k), size, anchor="lm")
    return page


def _menu(content: Content) -> Page:
    return _listed(content, lambda k: f"{2 * k}  {WORDS[k % 8]}")


def _menu_alone(content: Content) -> Page:
    return _listed(content, lambda k: f"{k}  {WORDS[k % 8]}", marks=False, parts=7, size=18)


def _frequencies(content: Content) -> Page:
    return _listed(content, lambda k: f"{2 * k} MHz")


def _sliders(content: Content) -> Page:
    page = _listed(content, str, marks=False, parts=8)
    for k in range(1, 8):
        y = page.row(page.depth_mm / 8 * k)
        page.pen.line((page.box[2] + 60, y, page.box[2] + 200, y), fill=(90, 90, 90), width=3)
        page.pen.rectangle((page.box[2] + 100 + 9 * k, y - 9, page.box[2] + 110 + 9 * k, y + 9), fill=(180, 180, 180))
    return page


def _histogram(content: Content) -> Page:
    page = _listed(content, str, marks=False, parts=11, size=13)
    for k in range(1, 11):
        y = page.row(page.depth_mm / 11 * k)
        page.pen.rectangle((page.box[2] + 56, y - 2, page.box[2] + 66 + 37 * k % 50, y + 2), fill=(180, 180, 180))
    return page


def _header(content: Content) -> Page:
    """It hides the upper eighth of the scan, and the ruler begins anew below it."""
    page = Page(1280, 960)
    page.scan(content, middle=600, top=80, width=900, height=780)
    left, top, right, bottom = page.box
    foot = top + (bottom - top) // 8
    page.pen.rectangle((left - 20, top - 4, right + 60, foot - 1), fill=(60, 70, 90))
    for mm in range(0, int((bottom - foot) * page.mm_per_px[1]) + 1, 5):
        y = foot + mm / page.mm_per_px[1]
        page.pen.line((right + 12, y, right + (18 if mm % 10 else 24), y), fill=PALE)
        page.text(right + 30, y, "" if mm % 10 else str(mm // 10), 15, anchor="lm")
    return page


DESIGNS: tuple[Callable[[Content], Page], ...] = (
    _tablet, _unit_on_labels, _unit_on_each_label, _telephone, _millimetres, _cart, _axes, _dashes, _last_label, _no_unit, _light, _gain_curve,
    _results, _axis_line, _small_video, _grid_lines, _two_pictures, _ends_only, _one_label, _half_centimetres, _capitals, _comma, _thumbnails, _loop,
    _target_depth, _calipers, _velocity, _guide, _blue, _zoomed, _colour_bar, _side_by_side, _areas,
    _settings_beside, _colon, _menu, _menu_alone, _frequencies, _sliders, _histogram, _header,
)  # fmt: skip


def content_of(number: int, look: BoneLook | None = None) -> Content:
    """A phantom scan alone; the number draws subject, view and probe, and the look where none is stated."""
    view = tuple(VIEWS)[number % len(VIEWS)]
    probe: Any = PROBES[number % len(PROBES)]
    frame = render_frame(FrameSpec(FIRST_SUBJECT + number, view, number, probe=probe, layout="bare", faults=False, look=look))
    left, top, right, bottom = frame.scan_box_px
    truth: dict[str, Any] = frame.truth
    (u, v), (mm, _) = truth["origin_px"], truth["mm_per_px"]
    return Content(frame.pixels[top:bottom, left:right], (u - left, v - top), mm)


def judged(page: Page) -> str:
    """"right", "wrong ...", or why it was withheld."""
    fit = watch.read_screen(np.asarray(page.image.convert("L")), profile.AUTO, None)
    if fit is None or not fit.measures or fit.mm_per_px is None:
        return "no area" if fit is None else fit.why or "no scale"
    off = [a / b - 1 for a, b in zip(fit.mm_per_px, page.mm_per_px, strict=True)]
    origin = min(page.origins_px, key=lambda each: abs(each[0] - fit.origin_px[0]))
    aside = [(a - b) * mm for a, b, mm in zip(fit.origin_px, origin, page.mm_per_px, strict=True)]
    if max(map(abs, off)) <= RIGHT and max(map(abs, aside)) <= ORIGIN_MM:
        return "right"
    return f"wrong: scale {off[0]:+.1%} {off[1]:+.1%}, origin {aside[0]:+.1f} {aside[1]:+.1f} mm"


def main(arguments: list[str] | None = None) -> int:
    """A line a design. Exit status 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=9, help="of each design")
    parser.add_argument("--font", type=Path, help="an outline font to write with")
    parser.add_argument("--out", type=Path, help="a folder for the pictures of what was not read right")
    options = parser.parse_args(arguments)
    Page.font = str(options.font or "")
    contents = [content_of(number) for number in range(options.frames)]
    wrong = 0
    for design in DESIGNS:
        answers = []
        for number, content in enumerate(contents):
            page = design(content)
            answers.append(judged(page))
            if options.out and answers[-1] != "right":
                options.out.mkdir(parents=True, exist_ok=True)
                page.image.save(options.out / f"{design.__name__[1:]}-{number}.png")
        wrong += sum(answer.startswith("wrong") for answer in answers)
        print(f"{design.__name__[1:]:20s} " + "; ".join(f"{count} {answer}" for answer, count in Counter(answers).most_common()), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
