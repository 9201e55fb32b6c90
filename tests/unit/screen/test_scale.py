"""The scale: pitch from all marks, the unit from labels, printed depth or profile; where they are not certain, none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from edge.screen import certain, profile, reading, watch, widths
from edge.screen.area import scan_area
from edge.screen.profile import RulerPart
from edge.screen.ruler.digits import marks_of, stroke_mask
from edge.screen.ruler.labels import label_ticks
from edge.screen.ruler.numbers import Number, not_otherwise, read_blurred, read_numbers, stretched
from edge.screen.ruler.ruler import Ruler, find_rulers
from edge.screen.ruler.scale import NoReading, Reading, read_scale
from edge.screen.ruler.writing import beside, combed_px, ink_of, off_backgrounds, off_scan, put_back, raised
from edge.types import GeometryKind, ScanGeometry
from tests.unit.screens import Drawn, Grey, draw

BOX = ScanGeometry("rectangle", 200, 60, 600, 520)


def marks(pitch: float, count: int, every: int = 0) -> Ruler:
    return Ruler(True, pitch, 60.0, count, 0.2, 640, 646, every, 0)


def number(value: float, row: float, unit: str = "", left: int = 655) -> Number:
    return Number(value, unit, left, round(row) - 6, left + 10, round(row) + 7, 0.99)  # type: ignore[arg-type]


WITH_UNIT = [number(n, 60 + 100 * n, "cm") for n in (1, 2, 3)]
DEPTH = replace(number(4.6, 100, "", 20), decimals=1)
TENTHS = [number(n, 60 + 46 * n) for n in range(11)]
COLUMN = [number(n, 60 + 90 * n, "", 120) for n in range(6)]
CASES: list[tuple[str, Ruler, list[Number], float, float | None]] = [
    ("cm labels every five 2 mm marks", marks(20, 24, 5), [number(n, 60 + 100 * n) for n in range(1, 5)], 0, 2.0),
    ("mm labels every mark", marks(92, 6), [number(10 * n, 60 + 92 * n) for n in range(6)], 0, 10.0),
    ("printed depth", marks(20, 24), [number(46, 560, "mm", 700)], 0, 2.0),
    ("printed depth in cm", marks(50, 10), [number(4.5, 560, "cm", 700)], 0, 5.0),
    ("printed depth of a scan that is dark below", marks(50, 12), [number(55, 560, "mm", 700)], 0, 5.0),
    ("a clock's 17 is no depth", marks(76.67, 7), [number(17, 560, "mm", 700)], 0, None),
    ("labels among settings", marks(20, 24, 5), [*[number(n, 60 + 100 * n) for n in (1, 2, 3)], number(34, 140), number(6, 100)], 0, 2.0),
    ("two labels of many numbers", marks(20, 24, 5), [*[number(n, 60 + 100 * n) for n in (1, 2)], number(34, 140), number(6, 100)], 0, None),
    ("a zero and one more among settings", marks(20, 24, 5), [number(0, 60), number(4, 460), number(45, 200)], 0, 2.0),
    ("half the marks seen, and their depth", marks(100, 4), [number(3, 560, "cm", 700)], 0, 10.0),
    ("labels beyond them against it", marks(100, 4), [*[number(n, 60 + 200 * n) for n in (1, 2, 3)], number(3, 560, "cm", 700)], 0, None),
    ("five marks and a printed depth", marks(100, 5), [number(45, 560, "mm", 700)], 0, 10.0),
    ("a blurred word that reads as a depth", marks(37, 11), [replace(number(20, 400, "mm", 700), certainty=0.7)], 0, None),
    ("a last mark of many is missing", marks(10, 46), [number(92, 560, "mm", 700)], 0, 2.0),
    ("the face hides its first mark", replace(marks(20, 23), first_px=80.0), [number(46, 560, "mm", 700)], 0, 2.0),
    ("a misread depth of half as much", marks(10, 53, 5), [number(50, 560, "mm", 700)], 0, None),
    ("writing above the face passes for a mark", replace(marks(20, 25, 5), first_px=40.0, major_phase=1), [number(46, 560, "mm", 700)], 0, None),
    ("the same of a usual depth", replace(marks(20, 22, 5), first_px=40.0, major_phase=1), [number(40, 560, "mm", 700)], 0, 2.0),
    ("a scan that seems deeper than its depth", marks(20, 20), [number(39, 560, "mm", 700)], 0, None),
    ("the same, with a usual depth and every mark", marks(20, 21), [number(40, 560, "mm", 700)], 0, 2.0),
    ("the same, beside what may be more digits", marks(20, 21), [replace(number(40, 560, "mm", 700), whole=False)], 0, None),
    ("half the depth, of no usual one: a target's own", marks(50, 10), [number(4.6, 300, "cm", 700)], 0, None),
    ("half the depth, with larger marks that are no such", marks(50, 10, 2), [number(2.3, 300, "cm", 700)], 0, None),
    ("a caliper's length to a tenth of a millimetre", marks(50, 10), [replace(number(45, 560, "mm", 700), decimals=1)], 0, None),
    ("a caliper's length to a hundredth of a centimetre", marks(50, 10), [replace(number(4.5, 560, "cm", 700), decimals=2)], 0, None),
    ("one label with its unit", marks(92, 6), [number(3, 336, "cm")], 0, 10.0),
    ("one label with its unit, not at its mark", marks(92, 6), [number(3, 350, "cm")], 0, None),
    ("one label with its unit, at a smaller mark", marks(46, 11, 2), [number(2.5, 290, "cm")], 0, None),
    ("larger marks tell 2 from 2.5 mm", marks(23, 26, 5), [number(50, 560, "mm", 700)], 0, 2.0),
    ("larger marks that do not begin at zero", replace(marks(40, 12, 5), major_phase=4), [number(n, 60 + 80 * n) for n in range(1, 5)], 0, 5.0),
    ("writing above the face passes for three marks", replace(marks(11.5, 44), first_px=25.5), [number(80, 560, "mm", 700)], 0, 2.0),
    ("the same of a scan not quite as deep", replace(marks(11, 44), first_px=27.0), [number(80, 560, "mm", 700)], 0, None),
    ("a digit beyond the marks, and a depth", marks(30.67, 16, 2), [number(75, 560, "mm", 700), number(4, 550.7)], 0, 5.0),
    ("writing below passes for one mark more", marks(30, 19), [number(85, 560, "mm", 700)], 0, 5.0),
    ("the same of a ruler of few", marks(55, 11), [number(45, 560, "mm", 700)], 0, None),
    ("a mark hidden, and a scan much deeper than its depth", replace(marks(46, 5), first_px=106.0), [number(25, 560, "mm", 700)], 0, None),
    ("all of few marks, and a scan much deeper", marks(50, 6), [number(25, 560, "mm", 700)], 0, None),
    ("a mark too many for the scan, one too few for the depth", marks(57.5, 10), [number(20, 560, "mm", 700)], 0, None),
    ("the first mark unseen, its zero and the last label", replace(marks(100, 4), first_px=160.0), [number(0, 60), number(40, 460)], 0, 10.0),
    ("the last mark unseen, and its label", marks(41.8, 11), [number(5, 269), number(10, 478), number(11, 519.8)], 0, 10.0),
    ("a quarter of the marks unseen, of a scan as deep as printed", marks(51.1, 7), [number(90, 560, "mm", 700)], 0, 10.0),
    ("the same of no usual depth", marks(50, 6), [number(46, 560, "mm", 700)], 0, None),
    ("labels that end before the scan does", marks(30, 11), [number(10 * n, 60 + 60 * n) for n in range(6)], 0, None),
    ("labels, and a printed length that is more than they show", marks(46, 11), [*TENTHS, number(11.5, 300, "cm", 20)], 0, None),
    ("labels, and a printed length that is less", marks(46, 11), [*TENTHS, number(6.5, 300, "cm", 20)], 0, 10.0),
    ("labels that count upwards", marks(50, 10), [*[number(9 - n, 60 + 50 * n) for n in range(10)], number(4.5, 560, "cm", 700)], 0, None),
    ("half the depth, and the depth without its unit", marks(46, 11), [number(5, 300, "cm", 20), number(10, 20, "", 20)], 0, None),
    ("half the depth, and a lone label", marks(46, 11), [number(5, 300, "cm", 20), number(6, 60 + 46 * 6)], 0, None),
    ("four marks that a length fits, and labels in a column", marks(150, 4), [number(15, 300, "mm", 20), *COLUMN], 0, None),
    ("profile", marks(50, 10), [], 5.0, 5.0),
    ("no witness", marks(50, 10), [], 0, None),
    ("profile against labels", marks(20, 24, 5), [number(n, 60 + 100 * n) for n in range(1, 5)], 5.0, None),
    ("labels against printed depth", marks(20, 24, 5), [*[number(n, 60 + 100 * n) for n in range(1, 5)], number(23, 560, "mm", 700)], 0, None),
    ("a caliper's length is no depth", marks(50, 10), [number(0.65, 100, "cm", 20)], 0, None),
    ("one label is not enough", marks(20, 24, 5), [number(1, 160)], 0, None),
    ("one label, and the depth without its unit", marks(20, 24, 5), [number(2, 260), DEPTH], 0, 2.0),
    ("one label, and a number that is not as deep", marks(20, 24, 5), [number(2, 260), replace(DEPTH, value=4.2)], 0, None),
    ("one label at a smaller mark, and the depth", marks(20, 24, 5), [number(2.4, 300), DEPTH], 0, None),
    ("the last label alone is no depth", marks(46, 11, 5), [number(10, 520)], 0, None),
    ("labels with their unit", marks(100, 6), [number(n, 60 + 100 * n, "cm") for n in (2, 4)], 0, 10.0),
    ("labels that say mm, on marks that would fit cm", marks(20, 23, 5), [number(n, 60 + 20 * n, "mm") for n in (5, 10, 15, 20)], 0, 1.0),
    ("labels and a depth, all with their unit", marks(20, 24, 5), [*WITH_UNIT, number(4.6, 570, "cm", 700)], 0, 2.0),
    ("labels with their unit against a depth", marks(20, 24, 5), [*WITH_UNIT, number(23, 570, "mm", 700)], 0, None),
    ("larger marks that leave mm and cm", marks(36.8, 13, 5), [number(n, 60 + 18.4 * n) for n in (10, 20)], 0, None),
    ("labels that may be cm or mm", marks(20, 23, 5), [number(n, 60 + 20 * n) for n in (5, 10, 15, 20)], 0, None),
]


@pytest.mark.parametrize(("name", "ruler", "numbers", "tick_mm", "expected"), CASES, ids=[case[0] for case in CASES])
def test_unit(name: str, ruler: Ruler, numbers: list[Number], tick_mm: float, expected: float | None) -> None:
    read = read_scale((ruler,), (), numbers, BOX, tick_mm=tick_mm)
    if expected is None:
        assert isinstance(read, NoReading), name
    else:
        assert isinstance(read, Reading), name
        assert read.tick_mm == expected


PROFILED = [("as in the profile", 5, 5, 2.0), ("any will do", 5, -1, 2.0), ("all alike", 0, 0, 2.0)]
PROFILED += [("larger ones came", 5, 0, None), ("larger ones went", 0, 5, None)]


@pytest.mark.parametrize(("seen", "stated", "expected"), [case[1:] for case in PROFILED], ids=[case[0] for case in PROFILED])
def test_a_profiles_distance_is_of_marks_that_look_as_when_it_was_made(seen: int, stated: int, expected: float | None) -> None:
    """A scanner may draw other marks at another depth; and where small ones are not seen, the distance is of the large ones."""
    read = read_scale((marks(20, 24, seen),), (), [], BOX, tick_mm=2.0, major_every=stated)
    if expected is None:
        assert isinstance(read, NoReading)
        assert "calibrate again" in read.why
    else:
        assert isinstance(read, Reading)
        assert (read.tick_mm, read.witnesses) == (expected, ("profile",))


@pytest.mark.parametrize(("kind", "expected"), [("rectangle", None), ("convex", 10.0)])
def test_no_curved_array_looks_only_millimetres_deep(kind: GeometryKind, expected: float | None) -> None:
    shape = ScanGeometry(kind, 200, 60, 600, 720, apex_px=(400.0, -140.0), inner_radius_px=200.0, outer_radius_px=860.0, half_angle_deg=30.0)
    read = read_scale((marks(50, 14),), (), [number(n, 60 + 50 * n) for n in range(1, 14)], shape)
    assert (read.tick_mm if isinstance(read, Reading) else None) == expected


def test_a_fan_may_be_deeper_than_its_last_mark() -> None:
    """29000004: 25 mm, a mark each 2, of which the last stands at 24; and the scan dark below 23."""
    shape = ScanGeometry("convex", 200, 60, 600, 233, apex_px=(400.0, -140.0), inner_radius_px=200.0, outer_radius_px=373.0, half_angle_deg=30.0)
    read = read_scale((marks(15.25, 13, 5),), (), [number(n, 60 + 76.25 * n) for n in (1, 2)], shape)
    assert isinstance(read, Reading)
    assert read.tick_mm == 2.0


def test_marks_that_bright_skin_hides_do_not_move_the_zero() -> None:
    read = read_scale((replace(marks(20, 22), first_px=100.0),), (), [number(46, 560, "mm", 700)], BOX)
    assert isinstance(read, Reading)
    assert read.zero_px == pytest.approx(60.0)


def test_digits_of_labels_that_touch_a_ruler_s_columns_are_no_ruler() -> None:
    """29000200: the left edges of 2 to 7, 770 px from the left, stood nearly as equally apart as marks."""
    edges = Ruler(True, 96.0, 262.0, 4, 0.2, 654, 655)
    labels = [number(n, 60 + 100 * n) for n in range(1, 6)]
    read = read_scale((marks(20, 24, 5), edges), (), labels, BOX)
    assert isinstance(read, Reading)
    assert read.tick_mm == 2.0


@pytest.mark.parametrize(("count", "expected"), [(5, 0.0), (12, 20 / 252.5)])
def test_few_marks_across_do_not_make_columns_narrow(count: int, expected: float) -> None:
    across = Ruler(False, 252.5, 147.0, count, 0.08, 65, 68)
    labels = [number(n, 60 + 118.5 * n) for n in range(1, 5)]
    wide = replace(BOX, kind="convex", left_px=147, right_px=148 + round(252.5 * (count - 1)))
    read = read_scale((marks(59.25, 10, 4),), (across,), labels, wide, made=(1.0, 0.9375))
    assert isinstance(read, Reading)
    assert read.mm_per_px_x == pytest.approx(expected)


def test_few_marks_across_that_tell_a_stretch_leave_columns_in_doubt() -> None:
    """Of a flat scan drawn 5:4 from 4:3 columns were 6.3 % off: nothing but the five marks above it told so."""
    five = Ruler(False, 91.67, 399.5 - 2 * 91.67, 5, 0.2, 30, 36)
    assert isinstance(read_scale((marks(50, 10, 2),), (five,), [], BOX, tick_mm=5.0, made=(1.0, 12 / 11)), NoReading)
    assert isinstance(read_scale((marks(50, 10, 2),), (five,), [], BOX, tick_mm=5.0, made=(1.0, 16 / 15)), Reading)


@pytest.mark.parametrize(("printed_mm", "expected"), [(20, None), (100, 100.0), (200, 200.0)])
def test_two_labels_alone_are_of_the_printed_depths_unit(printed_mm: int, expected: float | None) -> None:
    """24000407: 0 and 20 beside a fan 20 mm deep, as is printed; no curved array is taken to look so shallow, but 200 mm it is not."""
    shape = ScanGeometry("convex", 200, 60, 600, 460, apex_px=(400.0, -140.0), inner_radius_px=200.0, outer_radius_px=600.0, half_angle_deg=30.0)
    last = printed_mm if printed_mm < 100 else printed_mm // 10
    read = read_scale((), (), [number(0, 60), number(last, 460), number(printed_mm, 560, "mm", 700)], shape)
    assert (read.tick_mm if isinstance(read, Reading) else None) == expected


def test_a_part_of_a_number_is_not_read_as_another() -> None:
    """24000565: blurred, the 8 of "8.5 cm" was lost at the second reading, and the scale was half the true one."""
    whole = Number(8.5, "cm", 627, 406, 649, 416, 0.66)
    part, unit_found, other = replace(whole, value=5.0, left_px=641), replace(whole, unit=""), number(3, 160)
    assert not_otherwise([part, other], [whole]) == [other]
    assert not_otherwise([whole, other], [unit_found]) == [whole, other]


def test_two_rulers_that_disagree_give_none() -> None:
    read = read_scale((marks(50, 10), marks(41, 12)), (), [], BOX, tick_mm=5.0)
    assert isinstance(read, NoReading)


DRAWN = [
    ("labels", Drawn(tick_px=23.07, ticks=20, labels=("", "1", "2", "3")), 2 / 23.07),
    ("printed depth", Drawn(tick_px=46.0, ticks=11, every=2, depth_text="5.0 cm"), 5 / 46.0),
    ("printed depth in mm", Drawn(tick_px=11.5, ticks=41, depth_text="80 mm"), 2 / 11.5),
]


@pytest.mark.parametrize(("name", "drawn", "mm_per_px"), DRAWN, ids=[case[0] for case in DRAWN])
def test_read_from_pixels(name: str, drawn: Drawn, mm_per_px: float) -> None:
    fit = watch.read_screen(draw(drawn), profile.AUTO, None)
    assert fit is not None, name
    assert fit.mm_per_px is not None, fit.why
    assert fit.mm_per_px[1] == pytest.approx(mm_per_px, rel=0.005)


def test_without_a_ruler_there_is_no_scale() -> None:
    fit = watch.read_screen(draw(Drawn(depth_text="5.0 cm")), profile.AUTO, None)
    assert fit is not None
    assert fit.mm_per_px is None


def test_the_profile_gives_the_unit() -> None:
    drawn = Drawn(tick_px=23.07, ticks=20)
    known = replace(profile.AUTO, ruler=RulerPart(tick_mm=2.0))
    fit = watch.read_screen(draw(drawn), known, None)
    assert fit is not None
    assert fit.mm_per_px is not None
    assert fit.mm_per_px[1] == pytest.approx(2 / 23.07, rel=0.005)


def test_mirrored_writing_is_noticed() -> None:
    drawn = Drawn(tick_px=23.07, ticks=20, labels=("", "2", "3", "4"), depth_text="45 mm 2347 5369")
    fit = watch.read_screen(draw(drawn)[:, ::-1].copy(), profile.AUTO, None)
    assert fit is not None
    assert fit.mirrored


def test_labels_stand_in_one_column() -> None:
    labels = [number(n, 60 + 100 * n) for n in range(1, 5)]
    settings = [number(value, row, left=700) for value, row in ((61, 110), (49, 150), (98, 190))]
    read = read_scale((marks(20, 24, 5),), (), [*labels, *settings], BOX)
    assert isinstance(read, Reading)
    assert read.tick_mm == 2.0
    assert read.zero_px == pytest.approx(60.0)


def test_a_printed_depth_needs_a_ruler_that_begins_at_the_face() -> None:
    buttons = Ruler(True, 50.0, 78.0, 10, 0.2, 640, 646)
    assert isinstance(read_scale((buttons,), (), [number(4.5, 560, "cm", 700)], BOX), NoReading)


def test_a_length_in_hundredths_is_no_depth() -> None:
    assert isinstance(read_scale((marks(50, 10),), (), [number(4.52, 560, "cm", 700)], BOX), NoReading)


def test_the_origin_needs_the_face() -> None:
    """A near field that is dark hides the face: the scale is read, and the frame is withheld all the same."""
    pixels = draw(Drawn(tick_px=23.07, ticks=20, labels=("", "1", "2", "3"))).copy()
    whole = watch.read_screen(pixels, profile.AUTO, None)
    assert whole is not None
    assert whole.measures, whole.why
    pixels[60:200, 200:600] = 0
    dark = watch.read_screen(pixels, profile.AUTO, None)
    assert dark is not None
    assert not dark.measures
    assert dark.why


def test_a_first_mark_that_is_missing_needs_a_depth_that_says_so() -> None:
    """What hides it, a header say, may hide the face too."""
    hidden = Drawn(tick_px=46.0, ticks=10, every=0, ruler_top=106)
    silent = watch.read_screen(draw(hidden), replace(profile.AUTO, ruler=RulerPart(tick_mm=5.0)), None)
    assert silent is not None
    assert not silent.measures
    told = watch.read_screen(draw(replace(hidden, depth_text="50 mm")), profile.AUTO, None)
    assert told is not None
    assert told.measures


def with_text(pixels: Grey, text: str, *, at: tuple[int, int], size: int = 16, frame: tuple[int, int, int, int] | None = None) -> Grey:
    """The screen with more writing on it, and a frame around that if asked for."""
    canvas = Image.fromarray(pixels)
    pen = ImageDraw.Draw(canvas)
    pen.text(at, text, fill=230, font=ImageFont.load_default(size))
    if frame is not None:
        pen.rectangle(frame, outline=230)
    return np.asarray(canvas).copy()


UNITS = [("4.5CM", 4.5), ("4,5 cm", 4.5), ("45 MM", 45), ("4.5cm FR 30", 4.5), ("D:45mm", 45), ("Depth:4.5cm", 4.5), ("25Hz", None), ("7.5MHz", None)]
OTHER = ("4.5cm\u00b2", "45 mm\u00b2", "4.5 cm\u00b3", "4.5 cm/s", "45mm/s", "4.5 cm^2", "4.5cm-1", "3.0/6.0cm", "3/6 cm")
OTHER_UNITS = [(text, None) for text in OTHER]


@pytest.mark.parametrize(("text", "expected"), [*UNITS, *OTHER_UNITS])
def test_units_in_capitals_are_read_and_other_units_are_not(text: str, expected: float | None) -> None:
    """A "25Hz" in bold type had been 25 mm, a fifth of the depth, and an area's cm\u00b2 a depth's cm."""
    pixels = with_text(np.zeros((200, 400), np.uint8), text, at=(100, 90), size=18)
    read = [each.value for each in read_numbers(pixels) if each.unit]
    assert read == ([] if expected is None else [expected])


@pytest.mark.parametrize("gap_px", [3, 5, 8])
def test_the_line_of_a_frame_behind_a_unit_is_none_of_it(gap_px: int) -> None:
    """A rounded one, as on a real screen: 6 pixels behind letters 12 high."""
    text = with_text(np.zeros((200, 400), np.uint8), "4.5 cm", at=(100, 90), size=16)
    left, top, right, bottom = (int(each) for each in Image.fromarray(text).getbbox() or ())
    canvas = Image.fromarray(text)
    ImageDraw.Draw(canvas).rounded_rectangle((left - gap_px, top - 7, right + gap_px, bottom + 7), 5, outline=230)
    assert [(each.value, each.unit) for each in read_numbers(np.asarray(canvas))] == [(4.5, "cm")]


def test_a_face_narrower_than_any_probes_is_none() -> None:
    """1 mm marks of a face of 10 mm: the unit is another."""
    narrow = Drawn(box=(350, 60, 450, 520), tick_px=23.0, ticks=20, every=5)
    fit = watch.read_screen(draw(narrow), replace(profile.AUTO, ruler=RulerPart(tick_mm=2.0)), None)
    assert fit is not None
    assert (fit.measures, fit.why) == (False, reading.NO_SUCH_FACE)


def test_writing_on_the_lattice_beyond_its_ends_is_no_mark() -> None:
    pixels = with_text(draw(Drawn(tick_px=23.0, ticks=21, every=5, depth_text="4.0 cm")), "21:44:18", at=(600, 18), size=14)
    found = find_rulers(pixels, BOX)
    assert found[0].count == 21
    assert found[0].first_px == pytest.approx(60.5, abs=1)


def test_a_line_of_writing_far_below_a_ruler_is_no_mark() -> None:
    """On the lattice, with as many marks missing before it as nothing on a screen hides."""
    plain = draw(Drawn(tick_px=23.0, ticks=13, every=2))
    written = plain.copy()
    for row in (60 + 23 * 16, 60 + 23 * 17, 60 + 23 * 19):
        written = with_text(written, "88:88", at=(600, row - 6), size=14)
    assert find_rulers(written, BOX)[0].count == find_rulers(plain, BOX)[0].count == 13


def test_writing_far_below_that_chances_to_lie_on_the_lattice_does_not_hide_a_ruler() -> None:
    pixels = draw(Drawn(tick_px=34.0, ticks=7, every=2))
    ruler = find_rulers(pixels, BOX)[0]
    pixels[60 + 34 * 15 : 63 + 34 * 15, ruler.low_px - 4 : ruler.high_px] = 230
    assert [(each.count, each.major_every) for each in find_rulers(pixels, BOX)] == [(7, 2)]


def test_marks_that_jump_now_and_then_are_a_ruler() -> None:
    """As a scaler of doubled lines leaves them: between two jumps neighbours stand at a pitch that is not the ruler's."""
    canvas = np.zeros((700, 800), np.uint8)
    for index in range(50):
        middle = 60 + 11.5 * index + 1.5 * int(index * 0.118 / 1.5 + 0.5)
        canvas[int(np.floor(middle)) - 1 : int(np.ceil(middle)) + 2, 640:650] = 220
    canvas[60:640, 200:600] = 90
    found = find_rulers(canvas, ScanGeometry("rectangle", 200, 60, 600, 640))
    assert found[0].count == 50
    assert found[0].pitch_px == pytest.approx(11.618, rel=0.001)


def test_marks_that_a_scaler_moved_by_whole_pixels_are_a_ruler() -> None:
    """32, 32, 30, 32 rows apart (18001408)."""
    half = np.zeros((512, 800), np.uint8)
    for index in range(20):
        row, below = divmod(30 + 15.7 * index, 1)
        half[int(row) : int(row) + 2, 640:650] = np.array([[40 * (1 - below)], [40 * below]])
    found = find_rulers(np.repeat(half, 2, axis=0), ScanGeometry("rectangle", 200, 60, 600, 720))
    assert [(each.count, round(each.pitch_px, 1)) for each in found] == [(20, 31.4)]


@pytest.mark.parametrize(("rows", "count"), [(1080, 12), (540, 0)], ids=["of full height", "of half as much"])
def test_marks_of_a_screen_scaled_up_stray_farther(rows: int, count: int) -> None:
    """By up to 1.1 rows where 480 lines are made 1080 (22000714); where they cannot have been, such marks are none."""
    canvas = np.zeros((1080, 800), np.uint8)
    for index in range(12):
        row = round(round(60 / 2.25 + 14.6 * index) * 2.25)
        canvas[row : row + 2, 640:650] = 120
    shape = ScanGeometry("rectangle", 200, 60, 600, 480)
    assert sum(each.count for each in find_rulers(canvas[:rows], shape)) == count


def test_long_marks_among_short_ones_are_a_ruler() -> None:
    """Four and three, which end in one column (22000269)."""
    pixels = draw(Drawn(columns=660))
    for mark in range(7):
        row = 60 + 66 * mark
        pixels[row : row + 2, 636 if mark % 2 == 0 else 652 : 657] = 230
    assert [(each.count, each.major_every) for each in find_rulers(pixels, BOX)] == [(7, 2)]


def test_writing_and_focus_marks_between_few_marks_do_not_hide_them() -> None:
    """18001683: seven marks and as many lines of writing across their columns."""
    pixels = draw(Drawn(tick_px=70.0, ticks=7, every=0))
    for row in (66, 72, 84, 90, 160, 166, 172):
        pixels[row : row + 3, 640:700] = 160
    assert 7 in [each.count for each in find_rulers(pixels, BOX)]


def test_settings_below_a_ruler_are_no_marks() -> None:
    """One line of them lies on the lattice, the frame of a depth and others beside it (18100103)."""
    pixels = draw(Drawn(tick_px=39.0, ticks=10, every=2))
    for row in (60 + 39 * 10 + 7, 60 + 39 * 11 - 5, 60 + 39 * 12, 60 + 39 * 13 - 6):
        pixels[row : row + 2, 640:650] = 230
    assert [each.count for each in find_rulers(pixels, BOX)] == [10]


def test_writing_near_the_last_marks_does_not_end_a_ruler() -> None:
    """It moves two marks' centres (18200048)."""
    pixels = draw(Drawn(tick_px=58.0, ticks=7, every=0))
    for mark in (4, 5):
        row = 60 + 58 * mark + 8
        pixels[row : row + 4, 638:700] = 160
    assert [each.count for each in find_rulers(pixels, BOX)] == [7]


def test_round_buttons_are_no_ruler() -> None:
    canvas = Image.fromarray(draw(Drawn()))
    pen = ImageDraw.Draw(canvas)
    for row in range(75, 540, 90):
        pen.ellipse([690, row - 25, 740, row + 25], fill=60)
    assert not find_rulers(np.asarray(canvas).copy(), BOX)


def test_every_second_mark_may_carry_its_label() -> None:
    drawn = Drawn(tick_px=46.0, ticks=11, every=2, labels=("0", "1", "2", "3", "4", "5"))
    canvas = Image.fromarray(draw(replace(drawn, labels=())))
    pen = ImageDraw.Draw(canvas)
    for index, label in enumerate(drawn.labels):
        pen.text((drawn.ruler_column + 17, 60 + 92 * index), label, fill=230, font=ImageFont.load_default(20), anchor="lm")
    fit = watch.read_screen(np.asarray(canvas).copy(), profile.AUTO, None)
    assert fit is not None
    assert fit.mm_per_px is not None, fit.why
    assert fit.mm_per_px[1] == pytest.approx(5 / 46.0, rel=0.005)


def test_a_large_zero_mark_belongs_to_the_ruler() -> None:
    """Neighbours that stand as far off as the reach in which marks are looked for."""
    canvas = Image.fromarray(np.zeros((1024, 800), np.uint8))
    pen = ImageDraw.Draw(canvas)
    for index in range(40):
        row, radius = 100 + 12 * index, 5 if index == 0 else 1
        pen.ellipse([700 - radius, row - radius, 700 + radius, row + radius], fill=250)
    found = find_rulers(np.asarray(canvas).copy(), ScanGeometry("rectangle", 200, 100, 600, 580))
    assert found[0].count == 40
    assert found[0].first_px == pytest.approx(100, abs=0.5)


def test_writing_as_grey_as_a_panel_elsewhere_is_read() -> None:
    pixels = np.zeros((300, 400), np.uint8)
    pixels[:, 200:] = 120
    pixels[with_text(np.zeros((300, 400), np.uint8), "4.5 cm", at=(20, 120)) > 120] = 120
    assert not read_numbers(np.minimum(pixels, np.abs(pixels.astype(np.int16) - 120).astype(np.uint8)))
    contrast = off_backgrounds(pixels, (0, 120), 1)
    assert [(each.value, each.unit) for each in read_numbers(contrast)] == [(4.5, "cm")]
    assert not contrast[:, 216:].any()


def test_writing_over_the_edge_of_a_panel_is_read() -> None:
    pixels = np.zeros((300, 400), np.uint8)
    pixels[:, 207:] = 60
    pixels[with_text(np.zeros((300, 400), np.uint8), "40 mm", at=(190, 120)) > 120] = 200
    assert [(each.value, each.unit) for each in read_numbers(off_backgrounds(pixels, (0, 60), 1))] == [(40, "mm")]


def test_writing_over_the_edge_of_a_button_is_read_by_what_is_brighter_than_its_surroundings() -> None:
    round_button = Image.new("L", (400, 300))
    ImageDraw.Draw(round_button).ellipse((70, 95, 130, 155), fill=60)
    pixels = with_text(np.asarray(round_button), "11cm", at=(40, 110), size=32)
    assert not [each for each in read_numbers(off_backgrounds(pixels, (0,), 1)) if each.unit]
    assert [(each.value, each.unit) for each in read_numbers(raised(pixels))] == [(11.0, "cm")]


def test_writing_whose_every_other_line_is_off_its_place_is_read() -> None:
    whole = with_text(np.zeros((100, 200), np.uint8), "8.5 cm", at=(40, 40), size=18)
    combed = whole.copy()
    combed[1::2] = np.roll(whole[1::2], 2, axis=1)
    assert combed_px(combed) == -2
    assert [(each.value, each.unit) for each in read_numbers(put_back(combed, -2))] == [(8.5, "cm")]
    assert combed_px(whole) == 0


def test_a_small_letter_before_a_number_is_no_digit_of_it() -> None:
    small = with_text(np.zeros((60, 200), np.uint8), "De 45 mm", at=(20, 20), size=13)
    assert [(each.value, each.unit) for each in read_numbers(small)] == [(45, "mm")]


def test_labels_alone_are_a_ruler() -> None:
    """Overscan cuts the marks off and leaves the labels."""
    labels = [number(n, 60 + 50 * n) for n in range(1, 9)]
    read = read_scale((), (), labels, BOX)
    assert isinstance(read, Reading)
    assert read.mm_per_px_y == pytest.approx(10 / 50, rel=0.002)
    assert read.zero_px == pytest.approx(60, abs=0.5)
    shifted = [number(n, 85 + 50 * n) for n in range(1, 9)]
    assert isinstance(read_scale((), (), shifted, BOX), NoReading), "zero is not at the face"
    assert isinstance(read_scale((), (), labels[:3], BOX), NoReading), "three are too few"
    assert isinstance(read_scale((), (), [*labels, number(3, 333)], BOX), NoReading), "one that does not fit"
    few = [number(n, 60 + 180 * n) for n in (1, 2)]
    assert isinstance(read_scale((), (), few, BOX), NoReading), "two are too few"
    assert isinstance(read_scale((), (), [*few, number(2.5, 560, "cm", 700)], BOX), Reading), "but not with the depth printed"
    assert isinstance(read_scale((), (), [*few, number(3.5, 560, "cm", 700)], BOX), NoReading), "and one that fits"


def test_two_numbers_beside_a_ruler_are_labels_only_where_their_zero_is_the_face() -> None:
    """Any two numbers lie on some line: a setting beside the ruler, or a digit read in a mirror."""
    assert isinstance(read_scale((marks(20, 24, 5),), (), [number(3, 60 + 20 * 12), number(8, 60 + 20 * 16)], BOX), NoReading)
    read = read_scale((marks(20, 24, 5),), (), [number(2, 60 + 20 * 10), number(4, 60 + 20 * 20)], BOX)
    assert isinstance(read, Reading)
    assert read.tick_mm == 2.0


def test_marks_that_a_scaler_moved_apart_are_a_ruler() -> None:
    """Drawn at whole rows of a smaller screen and scaled up by 1.6: neighbours 12.5 to 14.5 rows apart (39000733)."""
    small = np.zeros((600, 800), np.uint8)
    for index in range(55):
        row = round(60.2 + 8.87 * index)
        small[row : row + 2, 794 - 4 * (index % 4 == 0) :] = 170
    canvas = np.asarray(Image.fromarray(small).resize((1280, 960), Image.Resampling.BILINEAR))
    found = find_rulers(canvas, ScanGeometry("rectangle", 500, 96, 778, 866))
    assert [each.count for each in found] == [55]
    assert found[0].pitch_px == pytest.approx(1.6 * 8.87, rel=0.002)


def test_larger_marks_and_labels_are_no_second_ruler() -> None:
    """Every fifth mark is longer: those have columns of their own, and a pitch that is less exact (18000237)."""
    canvas = Image.fromarray(draw(Drawn()))
    pen = ImageDraw.Draw(canvas)
    for index in range(24):
        pen.line([640 if index % 5 else 632, 60 + 20 * index, 646, 60 + 20 * index], fill=220)
    assert [round(each.pitch_px) for each in find_rulers(np.asarray(canvas).copy(), BOX)] == [20]


def test_bright_dots_over_the_scan_are_a_ruler() -> None:
    """Inside its right edge, among echoes (18001055)."""
    pixels = draw(Drawn())
    for index in range(23):
        pixels[59 + 20 * index : 62 + 20 * index, 580:583] = 255
    found = find_rulers(pixels, BOX)
    assert [(each.count, round(each.pitch_px, 1)) for each in found] == [(23, 20.0)]
    assert not find_rulers(draw(Drawn()), BOX)


def test_a_focus_mark_beside_one_of_few_marks_does_not_hide_the_ruler() -> None:
    """It shifts that mark's centre by pixels (18000188, 18001548)."""
    pixels = draw(Drawn(tick_px=80.0, ticks=6, every=0))
    pixels[144:150, 641:646] = 230
    found = find_rulers(pixels, BOX)
    assert [each.count for each in found] == [6]
    assert found[0].pitch_px == pytest.approx(80, rel=0.002)


def test_echoes_that_come_back_again_and_again_are_no_ruler() -> None:
    pixels = draw(Drawn())
    for index in range(12):
        pixels[70 + 12 * index : 72 + 12 * index, 560:600] = 250
    assert not find_rulers(pixels, BOX)


def test_a_fan_is_not_as_shallow_as_a_flat_face_may_see() -> None:
    """Labels 5 and 10 at marks that are 1 mm apart, or 10 (18001227)."""
    labels = [number(n, 60 + 30 * n) for n in (5, 10)]
    ruler = marks(30, 15)
    fan = replace(BOX, kind="convex", apex_px=(400.0, -100.0), inner_radius_px=160.0, outer_radius_px=620.0, half_angle_deg=30.0)
    assert isinstance(read_scale((ruler,), (), labels, BOX), NoReading)
    read = read_scale((ruler,), (), labels, fan)
    assert isinstance(read, Reading)
    assert read.tick_mm == 10.0


def test_a_second_ruler_at_the_face_with_other_marks_gives_none() -> None:
    """A bar's labels, and the depth ruler without any."""
    labels = [number(n, 60 + 92 * n) for n in range(6)]
    assert isinstance(read_scale((marks(92, 6),), (), labels, BOX), Reading)
    assert isinstance(read_scale((marks(92, 6), Ruler(True, 66.0, 60.0, 8, 0.2, 150, 156)), (), labels, BOX), NoReading)


def test_what_does_not_begin_at_the_face_is_no_second_ruler() -> None:
    elsewhere, beside_it = (Ruler(True, 33.0, first, 8, 0.2, 590, 593) for first in (101.0, 60.0))
    assert isinstance(read_scale((marks(50, 10), elsewhere), (), [number(4.5, 560, "cm", 700)], BOX), Reading)
    assert isinstance(read_scale((marks(50, 10), beside_it), (), [number(4.5, 560, "cm", 700)], BOX), NoReading)


def test_a_low_unit_beside_small_digits_is_read_and_a_tick_is_none() -> None:
    whole = Image.fromarray(with_text(np.zeros((60, 200), np.uint8), "35 mm", at=(40, 20), size=14))
    small = np.asarray(whole.resize((120, 36), Image.Resampling.BILINEAR))
    unit = next(box for box in marks_of(stroke_mask(small)).tolist() if box[3] - box[1] == 4)
    ticked = small.copy()
    ticked[unit[1] : unit[3], unit[0] : unit[2]] = small.max()
    assert [(each.value, each.unit) for each in read_numbers(small)] == [(35.0, "mm")]
    assert [(each.value, each.unit) for each in read_numbers(ticked)] == [(35.0, "")]


def test_labels_read_as_a_ruler_do_not_contradict_it() -> None:
    labels = [number(n, 60 + 100 * n, left=655) for n in range(1, 5)]
    digits_of_labels = Ruler(True, 98.0, 160.0, 4, 0.3, 657, 659)
    read = read_scale((marks(20, 24, 5), digits_of_labels), (), labels, BOX)
    assert isinstance(read, Reading)
    assert read.tick_mm == 2.0


def test_digits_under_other_writing_make_a_depth_unsure() -> None:
    """Of a "10.5 cm" only the "5 cm" is left to read (18000149)."""
    alone = read_numbers(with_text(np.zeros((60, 200), np.uint8), "h 5 cm", at=(40, 20), size=16))
    covered = with_text(with_text(np.zeros((60, 200), np.uint8), "10  5 cm", at=(22, 20), size=16), "W", at=(24, 27), size=16)
    assert [(each.value, each.unit, each.whole) for each in alone] == [(5.0, "cm", True)]
    assert [(each.value, each.unit, each.whole) for each in read_numbers(covered)] == [(5.0, "cm", False)]


def test_a_scrap_of_a_frame_at_a_digit_s_foot_is_no_point_before_it() -> None:
    """39800955: of a frame's dim upright line little more than that was left."""
    pixels = with_text(np.zeros((80, 200), np.uint8), "8.0 cm", at=(40, 30), size=16)
    box = Image.fromarray(pixels).getbbox()
    assert box is not None
    pixels[box[3] + 1, box[0]] = 230
    assert [(each.value, each.unit) for each in read_numbers(pixels)] == [(8.0, "cm")]


def test_writing_in_the_dark_below_a_ruler_is_read() -> None:
    """A scan that ends in the dark is found too deep; below its ruler's last mark there is no scan (18000402)."""
    pixels = draw(Drawn(tick_px=20.0, ticks=21))
    pixels = with_text(pixels, "40 mm", at=(420, 490))
    area = scan_area.find_area(pixels, 0.0)
    assert area is not None
    deep = replace(area, geometry=replace(area.geometry, bottom_px=560))
    blank = pixels.copy()
    blank[462:, 200:600] = 0
    blank[462:] = np.where(with_text(np.zeros_like(pixels), "40 mm", at=(420, 490))[462:] > 90, 230, blank[462:])
    assert not read_numbers(off_scan(ink_of(blank, deep), deep))
    contrast = off_scan(ink_of(blank, deep), deep, beside(find_rulers(blank, deep.geometry)))
    assert [(each.value, each.unit) for each in read_numbers(contrast)] == [(40, "mm")]


def test_marks_seen_below_the_scan_do_not_hide_its_printed_depth() -> None:
    assert isinstance(read_scale((marks(20, 26),), (), [number(46, 560, "mm", 700)], BOX), Reading)
    assert isinstance(read_scale((marks(20, 34),), (), [number(46, 560, "mm", 700)], BOX), NoReading)


def test_an_arc_without_its_sides_does_not_tell_how_wide_columns_are() -> None:
    """An ellipse and a circle are alike over a short arc: a claim of 7 % came out of a fan whose sides were dark."""
    area = scan_area.find_area(draw(Drawn(convex=(400.0, -40.0, 120.0, 560.0, 33.0))))
    assert area is not None
    claimed, dark = replace(area, pixel_aspect=1.07), replace(area.seen, left=0.05, right=0.04)
    assert not widths.columns_doubt(claimed, widths.DigitsSay())
    assert widths.columns_doubt(replace(claimed, seen=dark), widths.DigitsSay())
    assert not widths.columns_doubt(replace(area, seen=dark), widths.DigitsSay())
    assert widths.columns_doubt(replace(area, seen=dark), widths.DigitsSay(stretched=True))


def test_an_arc_without_its_sides_counts_where_a_scaler_makes_that_and_digits_agree() -> None:
    """A screen of 4:3 scaled to 16:9 and one of 16:9 to 4:3 (18000530, 18001025)."""
    area = scan_area.find_area(draw(Drawn(convex=(400.0, -40.0, 120.0, 560.0, 33.0))))
    assert area is not None
    some = replace(area, pixel_aspect=1.337, seen=replace(area.seen, left=0.16, right=0.2, bottom=1.0))
    agree = widths.DigitsSay(stretched=True, aspects=(1.0, 1.45))
    assert widths.aspect_per_px(some) <= widths.TELLING_PX
    assert not widths.columns_doubt(some, agree)
    assert widths.columns_doubt(some, widths.DigitsSay(stretched=True))
    assert widths.columns_doubt(some, widths.DigitsSay(aspects=(0.7, 1.1)))
    assert widths.columns_doubt(replace(some, pixel_aspect=1.39), agree)
    assert widths.columns_doubt(replace(some, seen=replace(some.seen, left=0.05)), agree)


MIRRORS = [
    ("labels there, labels here, another scale", 0.2, ("labels",), ("labels",), True),
    ("the same scale", 0.1, ("labels", "printed depth"), ("labels",), False),
    ("labels there, a printed depth here", 0.2, ("labels",), ("printed depth",), False),
    ("both there, a printed depth here", 0.2, ("labels", "printed depth"), ("printed depth",), True),
    ("nothing there", 0.0, (), ("labels",), False),
]


@pytest.mark.parametrize(("name", "mm_per_px", "there", "here", "expected"), MIRRORS, ids=[case[0] for case in MIRRORS])
def test_what_is_hard_to_read_gives_way_to_what_a_mirror_shows(
    name: str, mm_per_px: float, there: tuple[str, ...], here: tuple[str, ...], expected: bool
) -> None:
    """Of a mirrored 3 a 6 was read, at the second try: twice the scale (39000804)."""
    in_mirror = Reading(mm_per_px, 0.0, marks(20, 24), 2.0, there) if mm_per_px else NoReading("")
    assert reading._tells_more(in_mirror, Reading(0.1, 0.0, marks(20, 24), 2.0, here)) is expected, name


SCALERS = [("4:3 in 16:9", 0.748, (1080, 1920), 0.75), ("16:9 in PAL", 1.417, (576, 720), 64 / 45), ("none near", 0.685, (1024, 1280), 0.685)]
SCALERS += [("square stays", 1.0, (1024, 1280), 1.0)]


@pytest.mark.parametrize(("name", "aspect", "shape", "expected"), SCALERS, ids=[case[0] for case in SCALERS])
def test_a_scaler_makes_few_aspects(name: str, aspect: float, shape: tuple[int, int], expected: float) -> None:
    assert widths.scaler_aspect(aspect, shape) == pytest.approx(expected, abs=1e-9), name


@pytest.mark.parametrize(("rows", "columns", "why"), [(576, 720, widths.NO_SQUARES), (480, 720, widths.NO_SQUARES), (600, 800, ""), (576, 1024, "")])
def test_standard_definition_video_has_no_square_pixels(rows: int, columns: int, why: str) -> None:
    """Where neither arcs nor a ruler across tell how wide its columns are (seeds 12000050 and 12000292: 6 and 30 % wrong across)."""
    drawn = Drawn(rows=rows, columns=columns, box=(150, 40, 500, 440), tick_px=18.0, ticks=23, ruler_column=530, labels=("0", "1", "2", "3", "4"))
    fit = watch.read_screen(draw(drawn), profile.AUTO, None)
    assert fit is not None
    assert (fit.why, fit.measures) == (why, not why)


def test_writing_that_is_too_narrow_gives_no_scale_to_a_rectangle() -> None:
    whole = draw(Drawn(tick_px=46.0, ticks=11, every=2, labels=("0", "1", "2", "3", "4", "5"), depth_text="5.0 cm 2938 4650"))
    squeezed = np.asarray(Image.fromarray(whole).resize((530, 600), Image.Resampling.BILINEAR))
    fit = watch.read_screen(squeezed, profile.AUTO, None)
    assert fit is not None
    assert fit.mm_per_px is None
    assert fit.why == certain.STRETCHED


@pytest.mark.parametrize(("text", "expected"), [("75 mm", [(75.0, "mm")]), ("5.5 cm", [])], ids=["read", "the point is lost"])
def test_blurred_writing_is_read_with_a_lower_limit(text: str, expected: list[tuple[float, str]]) -> None:
    """A blur along the lines leaves upright strokes at a fraction of the others: at the usual limit they are none. Centimetres without a point
    are not believed then: it may be lost."""
    sharp = with_text(np.zeros((60, 200), np.uint8), text, at=(20, 20), size=20 if expected else 18).astype(np.float64)
    blurred = np.stack([np.convolve(row, np.ones(4) / 4, "same") for row in sharp]).astype(np.uint8)
    assert not read_numbers(blurred)
    assert [(each.value, each.unit) for each in read_blurred(blurred)] == expected


def test_faint_blurred_writing_is_read() -> None:
    """36 grey levels above its panel (22000127)."""
    faint = with_text(np.zeros((60, 200), np.uint8), "20", at=(40, 20), size=16)
    blurred = np.asarray(Image.fromarray((faint * (36 / 230)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.95)))
    assert [each.value for each in read_blurred(blurred)] == [20.0]


def test_four_marks_each_with_its_label_are_a_ruler() -> None:
    """22000263."""
    pixels = draw(Drawn(tick_px=140.0, ticks=4, every=0))
    for mark in (1, 2, 3):
        pixels = with_text(pixels, "80", at=(650, 51 + 140 * mark))
    assert [each.count for each in find_rulers(pixels, BOX)] == [4]


FEW_LABELS = [
    ("three, and a depth that ends before a fourth", (2, 3, 4), "4 cm", 10.0),
    ("three, and a depth that ends before them", (2, 3, 4), "3.5 cm", None),
    ("three, and a depth that has room for more", (2, 3, 4), "6 cm", None),
    ("five of nine", (1, 2, 3, 8, 9), "", 10.0),
    ("four of nine", (1, 2, 8, 9), "", None),
]


@pytest.mark.parametrize(("name", "values", "depth", "step_mm"), FEW_LABELS, ids=[case[0] for case in FEW_LABELS])
def test_labels_alone_are_a_ruler_if_few_are_missing_or_the_depth_says_so(
    name: str, values: tuple[int, ...], depth: str, step_mm: float | None
) -> None:
    """Of a scan that is found too deep (22000372), and of labels over a ramp of greys (22000106)."""
    labels = [number(value, 60 + 50 * value) for value in values]
    printed = [number(float(depth.split()[0]), 30, "cm", 300)] if depth else []
    read = read_scale((), (), [*labels, *printed], BOX)
    assert (read.tick_mm if isinstance(read, Reading) else None) == step_mm, name


def test_a_printed_depth_alone_does_not_make_marks_of_ten_centimetres() -> None:
    """A depth of 2.5 cm whose point was lost: marks of 1 mm, every tenth larger, would be 10 mm."""
    assert isinstance(read_scale((marks(18.4, 26, 10),), (), [number(2.5, 560, "cm", 700)], BOX), Reading)
    assert isinstance(read_scale((marks(18.4, 26, 10),), (), [number(25, 560, "cm", 700)], BOX), NoReading)


STRETCHED = [("three usual", 10, (0.6, 0.65, 0.7), False), ("three narrow", 10, (0.5, 0.45, 0.6), True), ("one small", 10, (0.46,), False)]
STRETCHED += [("one large and narrow", 20, (0.46,), True), ("one large", 20, (0.52,), False), ("two large and wide", 20, (0.9, 0.9), True)]
STRETCHED += [("three small and far too wide", 6, (1.17, 1.4, 1.17), True), ("three small", 6, (0.83, 0.83, 0.5), False)]


@pytest.mark.parametrize(("name", "height", "widths", "expected"), STRETCHED, ids=[case[0] for case in STRETCHED])
def test_digits_tell_a_stretched_picture(name: str, height: int, widths: tuple[float, ...], expected: bool) -> None:
    assert stretched([Number(23, "", 0, 0, 20, height, 0.9, widths)]) is expected, name


ACROSS = [("square", 50.0, 5 / 50), ("a tenth wider", 55.0, 5 / 55), ("fits no usual distance", 71.0, None), ("no ruler", 0.0, 0.0)]
ACROSS += [("as no video chain makes it", 53.0, None), ("2 mm or 2.5 mm", 22.5, None)]


CLAIMS = [("as the arcs claim", 42.2, 1.18, 5 / 42.2), ("far from square", 42.2, 1.0, None), ("square against the arcs", 50.1, 1.027, 5 / 50.1)]


@pytest.mark.parametrize(("pitch", "aspect", "expected"), [case[1:] for case in CLAIMS], ids=[case[0] for case in CLAIMS])
def test_a_ruler_across_confirms_what_arcs_claim_or_square_pixels(pitch: float, aspect: float, expected: float | None) -> None:
    """18000467: 16:9 in 720x480, and only half of one side seen. 39000824: 1.027 claimed by what little was seen."""
    read = read_scale((marks(50, 10),), (Ruler(False, pitch, 188.5, 8, 0.2, 530, 536),), [], BOX, tick_mm=5.0, aspect=aspect)
    assert isinstance(read, NoReading) if expected is None else isinstance(read, Reading) and read.mm_per_px_x == pytest.approx(expected)


BESIDE = [("from elsewhere", 55.0, 210.0), ("marked otherwise", 11.0, 399.5 - 15 * 11.0)]


@pytest.mark.parametrize(("name", "pitch", "first"), BESIDE, ids=[case[0] for case in BESIDE])
def test_marks_that_do_not_measure_the_scan_tell_no_columns(name: str, pitch: float, first: float) -> None:
    """Under a bar that shows which frame of a loop is seen: 4 to 13 % off across, in a third of such screens."""
    read = read_scale((marks(50, 10),), (Ruler(False, pitch, first, 30, 0.2, 530, 536),), [], BOX, tick_mm=5.0, made=(1.0, 10 / 11))
    assert isinstance(read, NoReading), name


def test_a_ruler_across_and_wide_digits_tell_a_stretch() -> None:
    wide = [replace(number(4, 300, left=20), widths=(0.87, 0.9, 0.87))]
    read = read_scale((marks(50, 10),), (Ruler(False, 66.7, 199.4, 8, 0.2, 530, 536),), wide, BOX, tick_mm=5.0, made=(1.0, 0.75))
    assert isinstance(read, Reading)
    assert read.mm_per_px_x == pytest.approx(5 / 66.7)


@pytest.mark.parametrize(("kind", "expected"), [("phased", 10 / 34.08), ("rectangle", None)])
def test_beside_a_fan_a_ruler_across_may_tell_a_wide_stretch(kind: GeometryKind, expected: float | None) -> None:
    """38001228: 5:4 drawn as 4:3 and again, and only what counts from the scan, ends with it and is marked like the ruler down says so."""
    shape = replace(BOX, kind=kind, apex_px=None if kind == "rectangle" else (399.5, 30.0), inner_radius_px=30.0, outer_radius_px=490.0)
    usual = [replace(number(4, 243.36, left=655), widths=(0.58, 0.57, 0.58))]
    across = Ruler(False, 34.08, 399.5 - 5 * 34.08, 11, 0.2, 530, 536, 5, 0)
    read = read_scale((marks(45.84, 10, 5),), (across,), usual, shape, tick_mm=10.0, made=(1.0, 4 / 3))
    assert (read.mm_per_px_x if isinstance(read, Reading) else None) == (pytest.approx(expected) if expected else None)


@pytest.mark.parametrize(("first", "count", "along"), [(210.0, 30, True), (450.0, 60, False), (20.0, 60, True), (20.0, 38, False)])
def test_a_ruler_across_runs_along_the_scan(first: float, count: int, along: bool) -> None:
    """A line of writing above the scan does not, however equally wide its letters are (21100138)."""
    read = read_scale((marks(50, 10),), (Ruler(False, 10.0, first, count, 0.13, 30, 34),), [], BOX, tick_mm=5.0)
    assert isinstance(read, Reading)
    assert read.mm_per_px_x == pytest.approx(1 / 10.0 if along else 0.0)


def test_a_ruler_across_that_says_square_is_right() -> None:
    """Beside one of echoes that chance put at equal distances (18001356)."""
    across = (Ruler(False, 6.07, 210.0, 9, 0.2, 530, 536), Ruler(False, 100.0, 199.5, 5, 0.2, 530, 536))
    read = read_scale((marks(50, 10),), across, [], BOX, tick_mm=5.0)
    assert isinstance(read, Reading)
    assert read.mm_per_px_x == pytest.approx(10 / 100)


@pytest.mark.parametrize(("name", "pitch", "expected"), ACROSS, ids=[case[0] for case in ACROSS])
def test_a_ruler_across_tells_columns_or_gives_no_scale(name: str, pitch: float, expected: float | None) -> None:
    across = (Ruler(False, pitch, 399.5 - 3 * pitch, max(8, round(360 / pitch)), 0.2, 530, 536),) if pitch else ()
    read = read_scale((marks(50, 10),), across, [], BOX, tick_mm=5.0, made=(1.0, 10 / 11, 12 / 11))
    if expected is None:
        assert isinstance(read, NoReading), name
    else:
        assert isinstance(read, Reading), name
        assert read.mm_per_px_x == pytest.approx(expected)


COUNTED = [("labels", 420.0, 108.0, {10.0, 1.0}), ("a wheel of depths", 279.0, 60.0, set())]


@pytest.mark.parametrize(("name", "first_px", "apart_px", "expected"), COUNTED, ids=[each[0] for each in COUNTED])
def test_numbers_that_do_not_count_whole_marks_are_no_labels(name: str, first_px: float, apart_px: float, expected: set[float]) -> None:
    """Marks each 108 pixels; of five numbers the middle one, which is larger, is none of theirs. 60 pixels apart they count 1.8 a mark, not 2."""
    ruler = Ruler(True, 108.0, 96.0, 8, 0.1, 1000, 1007)
    rows = [first_px + apart_px * step for step in (0, 1, 3, 4)]
    numbers = [Number(value, "", 1045, round(row) - 7, 1054, round(row) + 8, 0.99) for value, row in zip((3, 4, 6, 7), rows, strict=True)]
    assert label_ticks(ruler, numbers, 0.0) == expected, name


@pytest.mark.parametrize("inset_px", [0, 4, -3], ids=["touching", "crossing", "around"])
def test_a_depth_is_read_whatever_its_frame_touches(inset_px: int) -> None:
    pixels = draw(Drawn(tick_px=46.0, ticks=11, every=2))
    text = Image.fromarray(with_text(np.zeros((600, 800), np.uint8), "5.0 cm", at=(690, 560))).getbbox()
    assert text is not None
    left, top, right, bottom = text
    frame = left + inset_px, top - 5, right - 1 - inset_px, bottom + 4
    fit = watch.read_screen(with_text(pixels, "5.0 cm", at=(690, 560), frame=frame), profile.AUTO, None)
    assert fit is not None
    assert fit.mm_per_px is not None, fit.why
    assert fit.mm_per_px[1] == pytest.approx(5 / 46.0, rel=0.005)


def test_a_depth_is_read_whose_frame_touches_a_mark() -> None:
    """A ruler's tick on the corner of the box (18000427)."""
    pixels = with_text(np.zeros((80, 200), np.uint8), "5.0 cm", at=(40, 30), size=16, frame=(36, 24, 100, 54))
    pixels[22:25, 96:112] = 230
    assert [(each.value, each.unit) for each in read_numbers(pixels)] == [(5.0, "cm")]


@pytest.mark.parametrize("name", ["a mark where a letter touches the line", "a broken line"])
def test_a_depth_is_read_in_a_frame_that_is_no_plain_box(name: str) -> None:
    """29000196: a ruler's tick on the outside of the box, its m on the inside; 29000351: half of the lower line lost."""
    text = Image.fromarray(with_text(np.zeros((80, 200), np.uint8), "5.0 cm", at=(40, 30))).getbbox()
    assert text is not None
    left, top, right, bottom = text
    pixels = with_text(np.zeros((80, 200), np.uint8), "5.0 cm", at=(40, 30), frame=(left - 3, top - 5, right, bottom + 4))
    if name == "a broken line":
        pixels[bottom + 4, left + 10 : left + 30] = 0
    else:
        pixels[bottom - 5 : bottom - 3, right + 1 : right + 12] = 230
    assert [(each.value, each.unit) for each in read_numbers(pixels)] == [(5.0, "cm")]


def test_a_point_that_scaling_wiped_out_is_seen() -> None:
    contrast = with_text(np.zeros((60, 200), np.uint8), "4.5 cm", at=(20, 20), size=18)
    whole = read_numbers(contrast)
    assert [(each.value, each.unit) for each in whole] == [(4.5, "cm")]
    foot = whole[0].bottom_px
    digits = [box for box in marks_of(stroke_mask(contrast)).tolist() if box[3] - box[1] > 8]
    between = np.s_[foot - 3 : foot + 1, min(box[2] for box in digits) : sorted(box[0] for box in digits)[1]]
    contrast[between] = contrast[between] // 6
    assert [(each.value, each.unit) for each in read_numbers(contrast)] == [(4.5, "cm")]
    contrast[between] = 0
    assert [each.value for each in read_numbers(contrast)] != [4.5]
