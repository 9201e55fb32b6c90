"""How wide columns are, in heights of a row. Witnesses: the profile, a ruler across, a fan's sides and arcs, the width of type, the video's size.

Rule 1: square pixels are the rule, and need no witness but writing of usual width; in standard-definition video they are not to be expected.
Rule 2: any other width needs two witnesses that agree, or one that tells it to half a per cent. Where they contradict each other there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, sin

import numpy as np

from edge.screen.area import columns, scan_area
from edge.screen.certain import STRETCHED
from edge.screen.ruler import numbers
from edge.screen.ruler.scale import Reading
from edge.types import GrayImage

NO_SQUARES = "video of this size has no square pixels, and nothing tells how wide they are: state pixel_aspect in a profile"
# rows and columns of standard-definition video (ITU-R BT.601), whose pixels are 0.89 or 1.07 as wide as high, or 1.19 and 1.42 as wide screen. In
# 1,063 phantom frames 19 rectangles and phased arrays of such a size were given as square, and 3 of them were wrong; so was a fan whose arcs said so,
# by an eighth: here an aspect of 1 is what nothing told
STANDARD_DEFINITION = ((480, 720), (486, 720), (576, 720), (480, 704), (576, 704))
TELLING_SIDES = (0.3, 0.55)  # of both sides of a fan that are seen: then its arcs tell that columns are as wide as rows are high; that not
# 22 stretched phantom fans: the aspect is off by up to 0.6 of what a row at the arcs' ends makes (subjects 3,000,000 to 3,000,159)
TELLING_PX = 0.01
# the least width of a column that gives digits their usual one, where nothing else tells it: of 216 flat phantom pictures with square columns none
# said more than 0.89, of real ones a telephone's 0.954; of two that were given as square and were a third wider one said 0.999, one 0.981
NARROW_TYPE = 0.97
SOME_SIDES = 0.1  # of each side that is seen, to hold an arc's circle at all: two fans with less were an eighth off
SCALED = 0.008  # how near to what a scaler makes of a usual screen counts


@dataclass(frozen=True, slots=True)
class DigitsSay:
    """Whether digits look stretched, and the widths of a column, in heights of a row, that make them usual: least and most."""

    stretched: bool = False
    aspects: tuple[float, float] = numbers.ANY_ASPECT


def width_of(
    pixels: GrayImage, area: scan_area.Area, reading: Reading, digits_say: DigitsSay, *, stated: float, mirrored: bool
) -> tuple[float, str]:
    """How wide a column is in heights of a row, and why that is not certain. stated: by a profile, 0 where none does."""
    if stated or reading.mm_per_px_x:
        return stated or reading.mm_per_px_x / reading.mm_per_px_y, ""
    return (scaler_aspect(area.pixel_aspect, pixels.shape), "") if mirrored else column_width(pixels, area, digits_say)


def column_width(pixels: GrayImage, area: scan_area.Area, digits_say: DigitsSay) -> tuple[float, str]:
    """How wide a column is in heights of a row, without a ruler across, and why that is not certain. Where more than square pixels is to be shown,
    or those are not to be expected, a fan's edges are measured to a part of a pixel."""
    doubt, fan = columns_doubt(area, digits_say), area.geometry.kind in ("convex", "phased")
    if area.pixel_aspect == 1.0 and not doubt:
        return 1.0, ""
    told = columns.told_by_arcs(pixels, area.geometry, area.pixel_aspect) if fan else None
    measured = 0.0 if told is None else _agreed(told, area, digits_say, pixels.shape)
    return (measured, "") if measured else (scaler_aspect(area.pixel_aspect, pixels.shape), doubt)


def _agreed(told: columns.Told, area: scan_area.Area, digits_say: DigitsSay, shape: tuple[int, ...]) -> float:
    """What sides and arcs say of columns where that is certain, else 0. Digits may contradict them, and must agree with a convex fan's only arc:
    where the picture is steered wider than the array, sides meet elsewhere."""
    width, (least, most) = columns.settled(told, shape), digits_say.aspects
    unheard = told.arcs == 1 and area.geometry.kind == "convex" and digits_say.aspects == numbers.ANY_ASPECT
    return width if least <= width <= most and not unheard else 0.0


def columns_doubt(area: scan_area.Area, digits_say: DigitsSay) -> str:
    """Why it is not certain, without a ruler across, how wide a column is; empty where it is. The arcs tell it where the scan's sides meet at their
    centre and an arc is wide enough; what else they say (an ellipse and a circle are alike over a short arc) counts only where it is what a scaler
    makes of a usual screen, and what gives the digits their usual width. Else pixels are taken for square where the writing looks as usual and
    video of this size may have square ones: standard-definition video never has."""
    shape = area.foreground.pixels.shape
    least, per_px = min(area.seen.left, area.seen.right), aspect_per_px(area) if area.geometry.kind == "convex" else np.inf
    if area.pixel_aspect == 1.0 and shape in STANDARD_DEFINITION:
        return STRETCHED if digits_say.stretched else NO_SQUARES
    if least >= TELLING_SIDES[area.pixel_aspect != 1.0] and per_px <= TELLING_PX:
        return ""
    if area.pixel_aspect != 1.0:
        agreed = digits_say.aspects != numbers.ANY_ASPECT and digits_say.aspects[0] <= area.pixel_aspect <= digits_say.aspects[1]
        scaled = scaler_aspect(area.pixel_aspect, shape) != area.pixel_aspect
        enough = per_px <= TELLING_PX * (1 + (least >= TELLING_SIDES[True])) and least >= SOME_SIDES
        return "" if agreed and scaled and enough and area.seen.far_edge else STRETCHED
    return STRETCHED if digits_say.stretched or digits_say.aspects[0] > NARROW_TYPE else ""


def scaler_aspect(aspect: float, shape: tuple[int, ...]) -> float:
    """What a scaler makes of square pixels when it fills a video frame of this shape with a screen of a usual one, where an aspect measured is so
    near to that; else the aspect. An arc's ends tell it to a row, the frame's size exactly."""
    if aspect == 1.0:
        return aspect
    nearest = min((screen * shape[0] / shape[1] for screen in columns.SCREENS), key=lambda each: abs(each / aspect - 1))
    return nearest if abs(nearest / aspect - 1) <= SCALED else aspect


def aspect_per_px(area: scan_area.Area) -> float:
    """By how much of itself the aspect of a fan changes for one row at the ends of its arcs: of an arc of radius R and half chord c, both in row
    pixels, R / c^2. The far arc counts where it is seen."""
    geometry, half = area.geometry, radians(area.geometry.half_angle_deg)
    tells = [geometry.inner_radius_px] + [geometry.outer_radius_px] * area.seen.far_edge
    return min(1 / max(1e-6, radius * sin(half) ** 2) for radius in tells)
