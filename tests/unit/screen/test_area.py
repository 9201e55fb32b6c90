"""The scan area: found in any frame size and shape, its apex and radii to 1 %, whatever stands beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edge.screen.area.edges import EdgesSeen, look, nearly_seen, partly_seen, surely_seen, under_the_face
from edge.screen.area.foreground import screen_lines
from edge.screen.area.scan_area import _bright_face, find_area, origin_of, preferred, with_face
from edge.screen.area.sector import sector_mask
from edge.screen.profile import AUTO
from edge.screen.watch import read_screen
from edge.screen.widths import DigitsSay, columns_doubt
from edge.types import GeometryKind, ScanGeometry
from tests.unit.made import echoes
from tests.unit.screens import Drawn, Grey, draw, inside_of


def overlap(drawn: Drawn) -> float:
    """Intersection over union of the found area with the drawn one."""
    return share_of(draw(drawn), drawn)


def share_of(pixels: Grey, drawn: Drawn, known_aspect: float = 0.0) -> float:
    """Intersection over union of the area found in pixels with the drawn one."""
    area = find_area(pixels, known_aspect)
    assert area is not None
    found = np.zeros(pixels.shape, np.bool_)
    mask = sector_mask(area.geometry, area.pixel_aspect, area.geometry.box_px)
    left, top, right, bottom = area.geometry.box_px
    found[top:bottom, left:right] = True if mask is None else mask
    truth = inside_of(drawn)
    return float((found & truth).sum() / (found | truth).sum())


CASES = [
    ("rectangle", Drawn()),
    ("rectangle on grey", Drawn(background=58)),
    ("rectangle 1080p", Drawn(rows=1080, columns=1920, box=(500, 100, 1300, 1000))),
    ("whole picture", Drawn(rows=480, columns=640, box=(0, 0, 640, 480))),
    ("convex", Drawn(convex=(400.0, -40.0, 120.0, 560.0, 33.0))),
    ("convex wide", Drawn(rows=720, columns=1280, convex=(640.0, 20.0, 90.0, 640.0, 38.0))),
    ("convex with name and depth", Drawn(convex=(400.0, -40.0, 120.0, 560.0, 33.0), name_text="DOE JANE 1234", depth_text="8.5 cm")),
    ("ruler beside", Drawn(tick_px=11.5, ticks=40, labels=("0", "1", "2", "3"))),
]


@pytest.mark.parametrize(("name", "drawn"), CASES, ids=[name for name, _ in CASES])
def test_area_is_found(name: str, drawn: Drawn) -> None:
    assert overlap(drawn) >= 0.98, name


@pytest.mark.parametrize(
    ("kind", "inner_px", "told", "radius_mm", "half_mm"),
    [
        ("convex", 300.0, "convex", 60.0, 30.0),
        ("convex", 75.0, "convex", 15.0, 7.5),  # microconvex
        ("convex", 50.0, "phased", 0.0, 5.0),  # a phased array close up: its arc is a tenth of the depth and more
        ("phased", 50.0, "phased", 0.0, 5.0),
        ("virtual_convex", 300.0, "virtual_convex", 0.0, 60.0 * np.tan(np.radians(30.0))),
        ("rectangle", 0.0, "rectangle", 0.0, 40.0),
    ],
)
def test_the_face_in_mm(kind: GeometryKind, inner_px: float, told: str, radius_mm: float, half_mm: float) -> None:
    """A needle's entry stands on the skin, which goes on level from a flat face and drops with a curved one."""
    drawn = ScanGeometry(kind, 0, 0, 400, 500, (200.0, -100.0), inner_px, 600.0, 30.0)
    found = with_face(drawn, mm_per_px_x=0.2, mm_per_px_y=0.2)
    assert (found.kind, found.face_radius_mm) == (told, pytest.approx(radius_mm))
    assert found.face_half_width_mm == pytest.approx(half_mm)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    apex=st.floats(360, 440),
    above=st.floats(-80, 30),
    inner=st.floats(60, 160),
    depth=st.floats(250, 420),
    half=st.floats(22, 36),
)
def test_convex_geometry_to_one_percent(apex: float, above: float, inner: float, depth: float, half: float) -> None:
    drawn = Drawn(rows=660, columns=960, convex=(apex + 80, above, inner, inner + depth, half), box=(120, max(10, int(above + inner)), 840, 640))
    truth = inside_of(drawn)
    if truth[0].any() or truth[-1].any() or truth[:, 0].any() or truth[:, -1].any():
        return  # cut by the picture: another matter
    area = find_area(draw(drawn))
    assert area is not None
    assert area.geometry.kind == "convex"
    assert area.geometry.apex_px == pytest.approx((apex + 80, above), abs=0.01 * (inner + depth))
    assert area.geometry.inner_radius_px == pytest.approx(inner, rel=0.03, abs=2)
    assert area.geometry.outer_radius_px == pytest.approx(inner + depth, rel=0.01)
    assert area.geometry.half_angle_deg == pytest.approx(half, abs=0.5)
    u, v = origin_of(area.geometry)
    assert u == pytest.approx(apex + 80, abs=1.0)
    assert v == pytest.approx(above + inner, abs=1.5)


def test_stretched_pixels_are_told_by_the_arcs() -> None:
    drawn = Drawn(rows=700, columns=1000, convex=(500.0, -20.0, 140.0, 600.0, 34.0), box=(100, 100, 900, 600))
    wide = draw(drawn)
    columns = np.clip(np.round(np.arange(0, 1000, 1.25)).astype(int), 0, 999)
    area = find_area(np.ascontiguousarray(wide[:, columns]))
    assert area is not None
    assert area.pixel_aspect == pytest.approx(1.25, rel=0.01)


@pytest.mark.parametrize("aspect", [0.8, 1.0, 1.3])
def test_a_known_aspect_needs_no_arcs(aspect: float) -> None:
    """A fan whose far half lies in the dark, delivered with columns of another width."""
    square = darkened(replace(RULED_FAN, convex=(400.0, 20.0, 60.0, 500.0, 33.0)), 0.5)
    columns = np.round((np.arange(round(800 / aspect)) + 0.5) * aspect - 0.5).astype(np.int64)
    area = find_area(np.ascontiguousarray(square[:, np.clip(columns, 0, 799)]), aspect)
    assert area is not None
    assert (area.geometry.kind, area.pixel_aspect, area.sure) == ("convex", aspect, True)
    assert origin_of(area.geometry) == pytest.approx((400 / aspect, 80.0), abs=1.0)
    assert area.geometry.half_angle_deg == pytest.approx(33.0, abs=0.4)


def test_a_marker_beside_the_fans_corner_makes_no_flat_face() -> None:
    """Its rows are left out as foreign, and with them the arc's upper part: what is left of it is level."""
    pixels = draw(Drawn(rows=720, columns=960, convex=(480.0, -80.0, 158.0, 560.0, 30.0), marker="right"))
    left = round(480 - 158 * np.sin(np.radians(30.0)))
    pixels[57:75, left - 24 : left - 4] = 150
    area = find_area(pixels)
    assert area is not None
    assert (area.geometry.kind, area.sure) == ("convex", True)
    assert origin_of(area.geometry)[1] == pytest.approx(78.0, abs=1.0)


@pytest.mark.parametrize("ringing", [0, 5])
def test_a_dark_panel_behind_a_fan_is_no_scan(ringing: int) -> None:
    fan = Drawn(rows=720, columns=1280, convex=(640.0, -520.0, 690.0, 1090.0, 26.0), marker="right")
    pixels, inside = draw(fan), inside_of(fan)
    panel = np.full((720, 1280), 88, np.uint8)
    panel[60:660, 110:1200] = np.random.default_rng(3).integers(2, 30, (600, 1090))
    panel[57:60, 110:1200] += np.uint8(ringing)
    area = find_area(np.where(inside, pixels, panel).astype(np.uint8))
    assert area is None or not area.sure or origin_of(area.geometry)[1] == pytest.approx(170.0, abs=1.0)


def test_a_flat_face_stays_flat() -> None:
    pixels = draw(Drawn(rows=720, columns=960, convex=(480.0, -80.0, 120.0, 560.0, 30.0)))
    pixels[:78] = 0
    area = find_area(pixels)
    assert area is not None
    assert area.geometry.kind == "virtual_convex"
    assert origin_of(area.geometry)[1] == pytest.approx(78.0, abs=1.0)


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("a rectangle", Drawn(background=58)),
        ("a fan", Drawn(background=58, convex=(400.0, -40.0, 120.0, 560.0, 33.0))),
    ],
)
def test_on_a_bright_screen_all_of_a_dark_scan_is_seen(name: str, drawn: Drawn) -> None:
    """19000530, 19000576: black inside, grey around it; both were background."""
    assert share_of(darkened(drawn, 0.5), drawn) >= 0.99, name


def test_a_dark_window_wider_than_the_scan_in_it_is_none() -> None:
    """19000064: the window's edges are seen from end to end, but along its sides nothing shows."""
    drawn = Drawn(background=58)
    pixels = draw(drawn)
    pixels[60:520, 150:200] = pixels[60:520, 600:650] = 0
    assert share_of(pixels, drawn) >= 0.98


@pytest.mark.parametrize(("wider_px", "sharper", "same"), [(30, 0.5, True), (30, 0.0, True), (200, 0.5, False)])
def test_of_two_like_areas_the_one_without_halo_counts(wider_px: int, sharper: float, same: bool) -> None:
    """12500433: compression's blocks around a scan ended more sharply than the scan did, and put its middle 1.8 mm off."""
    area = find_area(draw(Drawn()))
    assert area is not None
    seen = replace(area.seen, bottom=area.seen.bottom + sharper)
    blocks = replace(area, geometry=replace(area.geometry, left_px=area.geometry.left_px - wider_px), seen=seen)
    assert preferred(area, blocks) is (area if same else blocks)


def test_buttons_or_a_marker_beside_a_dark_side_make_no_face_wider() -> None:
    """19000369: the area went to the buttons, beyond the face's end; 19100076: to the marker."""
    mask = np.zeros((480, 800), np.bool_)
    mask[40:44, 200:600] = mask[40:400:20, 650:656] = mask[36:50, 172:190] = True
    geometry = ScanGeometry("rectangle", 172, 40, 656, 440)
    assert under_the_face(mask, geometry) == replace(geometry, left_px=200, right_px=600)


def test_a_screen_above_a_bright_panel_is_no_scan() -> None:
    """19000100: from rim to rim black, below it grey; the scan lies in the black."""
    drawn = Drawn(convex=(400.0, -40.0, 120.0, 480.0, 33.0))
    pixels = draw(drawn)
    pixels[480:] = 70
    assert share_of(pixels, drawn) >= 0.98


def test_a_plain_picture_has_no_area() -> None:
    assert find_area(np.full((480, 640), 30, np.uint8)) is None


FAN = ScanGeometry("phased", 40, 20, 600, 460, apex_px=(320.0, 10.0), inner_radius_px=12.0, outer_radius_px=450.0, half_angle_deg=40.0)
DARK = EdgesSeen(face=0.0, rival=0.0, left=0.9, right=0.6, bottom=0.1, leak=0.02)
SURE = [
    ("a phased array's two sides meet in its face", DARK, FAN, True),
    ("one side is not enough", replace(DARK, right=0.3), FAN, False),
    ("some of a face shows, somewhere", replace(DARK, face=0.14), FAN, False),
    ("something leaks over them", replace(DARK, leak=0.2), FAN, False),
    ("a curved array has a face to be seen", DARK, replace(FAN, kind="convex"), False),
]


@pytest.mark.parametrize(("name", "seen", "geometry", "sure"), SURE)
def test_where_a_face_in_the_dark_is_certain(name: str, seen: EdgesSeen, geometry: ScanGeometry, sure: bool) -> None:
    assert surely_seen(seen, geometry, (480, 640)) is sure, name


@pytest.mark.parametrize(
    ("name", "right", "shining", "face"),
    [("noise made a scan of the screen", 640, 20, False), ("a picture that is all scan", 640, 400, True), ("a scan along the rim", 500, 20, True)],
)
def test_the_top_of_all_of_a_screen_must_shine_as_a_face_does(name: str, right: int, shining: int, face: bool) -> None:
    pixels = np.full((480, 640), 12, np.uint8)
    pixels[:20, 100 : 100 + shining] = 160
    assert _bright_face(pixels, ScanGeometry("rectangle", 0, 0, right, 480)) is face, name


def darkened(drawn: Drawn, share: float) -> Grey:
    """The screen with the deepest share of its scan in the dark, less at the right than at the left as under a slanted bone."""
    pixels, inside = draw(drawn), inside_of(drawn)
    rows = np.flatnonzero(inside.any(axis=1))
    first = round(rows[-1] - share * (rows[-1] - rows[0]))
    dark = inside & (np.arange(drawn.rows)[:, None] - 0.1 * np.arange(drawn.columns) >= first - 0.05 * drawn.columns)
    pixels[dark] = 0
    return pixels


RULED = Drawn(tick_px=23.0, ticks=21, ruler_column=640, labels=("0", "1", "2", "3", "4"))
RULED_FAN = Drawn(
    convex=(400.0, -40.0, 120.0, 560.0, 33.0), tick_px=22.0, ticks=21, ruler_top=80, ruler_column=745, labels=("0", "1", "2", "3", "4")
)  # fmt: skip
DARK_FAR = [
    ("rectangle", RULED, 2 / 23.0, 0.0),
    ("half of a rectangle", RULED, 2 / 23.0, 0.5),
    ("fan", RULED_FAN, 2 / 22.0, 0.0),
    ("a third of a fan", RULED_FAN, 2 / 22.0, 0.35),
    ("a fan and writing below", replace(RULED_FAN, rows=700), 2 / 22.0, 0.35),
]


@pytest.mark.parametrize(("name", "drawn", "mm_per_px", "dark"), DARK_FAR, ids=[case[0] for case in DARK_FAR])
def test_the_ruler_tells_where_a_dark_far_field_ends(name: str, drawn: Drawn, mm_per_px: float, dark: float) -> None:
    pixels = darkened(drawn, dark)
    if "writing" in name:
        pixels[580:590, 300:500:3] = 200
    fit = read_screen(pixels, AUTO, (mm_per_px, mm_per_px))
    assert fit is not None
    found, truth = np.zeros(pixels.shape, np.bool_), inside_of(drawn)
    shape = fit.geometry
    box = (shape.left_px, shape.top_px, shape.right_px, shape.bottom_px)
    mask = sector_mask(shape, fit.aspect, box)
    found[box[1] : box[3], box[0] : box[2]] = True if mask is None else mask
    assert (found & truth).sum() / (found | truth).sum() >= 0.97
    assert fit.origin_px[1] == pytest.approx(80.0 if drawn.convex else 60.0, abs=1.0)


@pytest.mark.parametrize(
    ("name", "inner", "outer", "bottom", "stretched", "doubted"),
    [
        ("a small face, the far arc in the dark", 42.0, 300.0, 0.2, 1.04, True),
        ("a small face, the far arc seen", 42.0, 300.0, 0.9, 1.04, False),
        ("a large face", 600.0, 900.0, 0.2, 1.04, False),
        ("square pixels that no arc tells are told by writing", 42.0, 300.0, 0.2, 1.0, True),
    ],
)
def test_an_aspect_needs_a_wide_arc(name: str, inner: float, outer: float, bottom: float, stretched: float, doubted: bool) -> None:
    area = find_area(draw(RULED_FAN))
    assert area is not None
    geometry = replace(area.geometry, inner_radius_px=inner, outer_radius_px=outer, half_angle_deg=40.0)
    told = replace(area, geometry=geometry, pixel_aspect=stretched, seen=EdgesSeen(1.0, 0.0, 0.8, 0.8, bottom, 0.0))
    assert bool(columns_doubt(told, DigitsSay(stretched=True))) is doubted, name


@pytest.mark.parametrize(("size", "stretched", "doubted"), [((480, 720), 1.0, True), ((480, 720), 8 / 9, False), ((480, 640), 1.0, False)])
def test_standard_definition_video_has_no_square_pixels_whatever_arcs_say(size: tuple[int, int], stretched: float, doubted: bool) -> None:
    area = find_area(draw(RULED_FAN))
    assert area is not None
    geometry = replace(area.geometry, inner_radius_px=600.0, outer_radius_px=900.0, half_angle_deg=40.0)
    foreground = replace(area.foreground, pixels=np.ones(size, np.bool_))
    told = replace(area, geometry=geometry, pixel_aspect=stretched, foreground=foreground, seen=EdgesSeen(1.0, 0.0, 0.8, 0.8, 0.9, 0.0))
    assert bool(columns_doubt(told, DigitsSay())) is doubted


@pytest.mark.parametrize("missing", [1, 2])
def test_a_ruler_tells_the_far_edge_though_its_first_marks_are_hidden(missing: int) -> None:
    """19000388, 19000530: the first mark lies on the scan's bright face."""
    drawn = replace(RULED, ruler_top=60 + 23 * missing, ticks=21 - missing)
    fit = read_screen(darkened(drawn, 0.5), AUTO, (2 / 23.0, 2 / 23.0))
    assert fit is not None
    assert fit.geometry.bottom_px == pytest.approx(520, abs=3)


def test_a_wide_bone_is_no_far_edge_where_the_ruler_goes_on() -> None:
    """23000189, 23000327: two fifths of the beams end together, on the bone."""
    pixels = draw(RULED)
    pixels[330:520, 370:600] = 0
    pixels[400:520, 200:370] = 0
    fit = read_screen(pixels, AUTO, (2 / 23.0, 2 / 23.0))
    assert fit is not None
    assert fit.seen is not None
    assert 0.3 <= fit.seen.bottom < 0.6
    assert fit.geometry.bottom_px == pytest.approx(520, abs=3)


@pytest.mark.parametrize(("ringing", "fainter_px", "sure"), [(55, 0, True), (55, 16, False)], ids=["ringing", "a fainter face above"])
def test_a_face_is_seen_through_compressions_blocks(ringing: int, fainter_px: int, sure: bool) -> None:
    """18100064, 23000134: what rings above the face begins in another row of each block. What lies farther above may be the face itself."""
    drawn = replace(RULED_FAN, ticks=0, marker="right", box=(0, 0, 700, 0), convex=(400.0, -71.3, 151.6, 560.0, 33.0))
    pixels, inside = draw(drawn), inside_of(drawn)
    v, u = np.mgrid[0 : drawn.rows, 0 : drawn.columns]
    depth = np.hypot(u - 400.0, v + 71.3) - 151.6
    face = inside & (depth < 5)
    pixels[face] = 220
    blocks = face.reshape(75, 8, 100, 8).any(axis=(1, 3)) & (np.random.default_rng(1).uniform(size=(75, 100)) < 0.7)
    rings = blocks.repeat(8, axis=0).repeat(8, axis=1) & ~inside & (np.abs(np.degrees(np.arctan2(u - 400.0, v + 71.3))) < 33.0)
    pixels[rings | (inside_of(replace(drawn, convex=(400.0, -71.3, 151.6 - fainter_px, 560.0, 33.0))) & ~inside)] = ringing
    area = find_area(pixels, 1.0)
    assert area is not None
    assert not area.sure or sure or origin_of(area.geometry)[1] < 80.3 - fainter_px + 2
    if sure:
        assert area.sure
        assert origin_of(area.geometry) == pytest.approx((400.0, 80.3), abs=1.0)


def test_the_last_line_of_reverberation_is_no_far_edge() -> None:
    """19000048: lines from side to side, then the dark."""
    mask = np.zeros((480, 640), np.bool_)
    for row in range(40, 300, 16):
        mask[row : row + 6, 100:540] = True
    _, seen = look(mask, ScanGeometry("rectangle", 100, 40, 540, 286), 1.0)
    assert not seen.far_edge


def test_a_ruler_of_another_scale_tells_no_far_edge() -> None:
    pixels = darkened(RULED, 0.5)
    fit = read_screen(pixels, AUTO, (0.3, 0.3))
    assert fit is not None
    assert fit.geometry.bottom_px < 320


@pytest.mark.parametrize(
    ("name", "seen", "partly"),
    [
        ("a whole face, both sides in the dark", EdgesSeen(0.98, 0.1, 0.05, 0.05, 0.0, 0.0), True),
        ("most of a face, both sides in the dark", EdgesSeen(0.9, 0.1, 0.05, 0.05, 0.0, 0.0), False),
        ("a whole line with others above it", EdgesSeen(0.98, 0.5, 0.05, 0.05, 0.0, 0.0), False),
        ("a whole line that something leaks beside", EdgesSeen(0.98, 0.1, 0.05, 0.05, 0.0, 0.4), False),
    ],
)
def test_a_ruler_confirms_a_flat_face_seen_from_end_to_end(name: str, seen: EdgesSeen, partly: bool) -> None:
    assert partly_seen(seen, ScanGeometry("rectangle", 100, 40, 500, 440), (480, 640)) is partly, name


FLAT, PHASED = ScanGeometry("rectangle", 100, 40, 500, 440), ScanGeometry("phased", 100, 40, 500, 440, (300.0, 20.0), 20.0, 420.0, 40.0)


@pytest.mark.parametrize(
    ("name", "geometry", "seen", "nearly"),
    [
        ("a whole flat face, both sides in the dark", FLAT, EdgesSeen(1.0, 0.0, 0.02, 0.17, 0.0, 0.0), True),  # 39800364
        ("the same along the rim", replace(FLAT, left_px=0), EdgesSeen(1.0, 0.0, 0.02, 0.17, 0.0, 0.0), False),
        ("a whole flat line that something leaks beside", FLAT, EdgesSeen(1.0, 0.0, 0.02, 0.17, 0.0, 0.4), False),
        ("a point, next to nothing of the other side", PHASED, EdgesSeen(0.0, 0.0, 0.97, 0.06, 0.5, 0.04), False),  # 39820833
    ],
)
def test_a_ruler_that_begins_at_a_face_confirms_it(name: str, geometry: ScanGeometry, seen: EdgesSeen, nearly: bool) -> None:
    assert nearly_seen(seen, geometry, (480, 640)) is nearly, name


@pytest.mark.parametrize(("right", "partly"), [(0.23, False), (0.5, True)])
def test_a_ruler_confirms_a_rectangle_along_the_rim_by_plain_sides_only(right: float, partly: bool) -> None:
    """38000171: panels and all, of a picture dark below its face."""
    seen = EdgesSeen(0.69, 0.45, 1.0, right, 0.0, 0.0)
    assert partly_seen(seen, ScanGeometry("rectangle", 0, 40, 500, 440), (480, 640)) is partly


@pytest.mark.parametrize(
    ("name", "drawn", "row"),
    [
        ("along a convex face's ends", Drawn(rows=480, columns=720, convex=(363.0, 40.0, 56.0, 293.0, 27.0)), 88),
        ("over a phased array's point", Drawn(rows=480, columns=720, convex=(357.0, 86.0, 5.0, 205.0, 41.0)), 88),
    ],
)
def test_a_line_across_the_screen_is_no_face(name: str, drawn: Drawn, row: int) -> None:
    """A line that touches the face and runs on past both sides: beams seem to begin at it. Seeds 16000089 and 15000181: 6.6 and 1.6 mm."""
    pixels = draw(drawn)
    pixels[row], pixels[row + 1], pixels[: row - 1] = 46, 64, 0  # the screen's window cuts the fan's corners off above
    area = find_area(pixels, 1.0)
    assert area is not None
    assert drawn.convex is not None
    column, apex, inner, _, _ = drawn.convex
    assert origin_of(area.geometry) == pytest.approx((column, apex + inner), abs=1.5), name


def test_a_line_of_writing_below_a_ruler_is_no_mark() -> None:
    """The edge of a box around a printed depth may stand where the ruler's mark after next would (seed 15000072)."""
    drawn = replace(RULED, rows=700)
    pixels = darkened(drawn, 0.5)
    row = 60 + 22 * 23
    pixels[row : row + 2, 640:652] = 230
    fit = read_screen(pixels, AUTO, (2 / 23.0, 2 / 23.0))
    assert fit is not None
    assert fit.geometry.bottom_px == pytest.approx(520, abs=3)


@pytest.mark.parametrize(
    ("name", "face", "left", "right", "sure"),
    [
        ("all of a face", 0.98, 0.54, 0.38, True),
        ("most of a face, plain sides", 0.9, 0.6, 0.5, True),
        ("most of a face, a side half in the dark", 0.9, 0.54, 0.38, False),  # seed 15000209: 2.1 mm off across
    ],
)
def test_a_fan_is_certain_by_all_of_its_face_or_by_its_sides(name: str, face: float, left: float, right: float, sure: bool) -> None:
    fan = ScanGeometry("convex", 406, 136, 833, 501, (619.0, 28.0), 120.0, 472.0, 14.0)
    assert surely_seen(EdgesSeen(face, 0.0, left, right, 0.1, 0.0), fan, (720, 1280)) is sure, name


@pytest.mark.parametrize(
    ("name", "face", "rival", "half_angle_deg", "sure"),
    [
        ("nearly all of a wide arc, sides in the dark", 0.92, 0.05, 30.0, True),  # 36000237
        ("the same with something above", 0.92, 0.3, 30.0, False),
        ("the same of a narrow arc", 0.92, 0.05, 17.0, False),
        ("less of it", 0.88, 0.05, 30.0, False),
    ],
)
def test_a_wide_arc_tells_its_middle_without_sides(name: str, face: float, rival: float, half_angle_deg: float, sure: bool) -> None:
    fan = ScanGeometry("convex", 306, 136, 933, 501, (619.0, 28.0), 120.0, 472.0, half_angle_deg)
    assert surely_seen(EdgesSeen(face, rival, 0.02, 0.02, 0.0, 0.0), fan, (720, 1280)) is sure, name


def test_a_line_within_a_scan_stays() -> None:
    """Reverberations from side to side, and a bright face over the dark: nothing higher stands in their middle."""
    mask = np.zeros((480, 640), np.bool_)
    for row in range(40, 400, 14):
        mask[row : row + 3, 100:540] = True
    grey = np.full(mask.shape, 90, np.uint8)
    assert not screen_lines(mask, grey).any()
    mask[80:400, 300:340] = True
    mask[200:202] = True  # a line of the screen, over a scan's last streak
    assert screen_lines(mask, grey)[200:202].all()
    grey[200:202, ::2] = 100
    assert not screen_lines(mask, grey)[200:202].any()  # an echo


@pytest.mark.parametrize(("mm_per_px", "measures"), [(0.2, False), (0.05, True)], ids=["no face is so wide", "a scan that fills the height"])
def test_a_screen_between_its_panels_is_no_scan(mm_per_px: float, measures: bool) -> None:
    """12500372: the origin stood 20 mm off, at the picture's rim."""
    pixels = np.full((720, 1280), 60, np.uint8)
    pixels[:, 184:1096] = np.random.default_rng(3).integers(90, 220, (720, 912), dtype=np.uint8)
    fit = read_screen(pixels, AUTO, (mm_per_px, mm_per_px))
    assert fit is not None
    assert fit.measures is measures


@pytest.mark.parametrize(("mm_per_px", "bars_px", "measures"), [(0.3, 0, False), (0.3, 60, False), (0.2, 0, True), (0.2, 60, True)])
def test_a_whole_screen_is_no_scan(mm_per_px: float, bars_px: int, measures: bool) -> None:
    """17003645: the origin stood 18 mm off, at the picture's rim; 23100259: 14 mm, at a video's black bar."""
    pixels = np.zeros((480 + 2 * bars_px, 640), np.uint8)
    pixels[bars_px : 480 + bars_px] = echoes(3, 90, 220)
    fit = read_screen(pixels, AUTO, (mm_per_px, mm_per_px))
    assert fit is not None
    assert fit.measures is measures


@pytest.mark.parametrize("shape", [(1, 1), (480, 8), (8, 640), (47, 47), (48, 48), (50, 700)])
@pytest.mark.parametrize("stated", [None, (0.1, 0.1)])
def test_a_picture_too_small_for_a_scan_has_none(shape: tuple[int, int], stated: tuple[float, float] | None) -> None:
    grey = np.random.default_rng(2).integers(0, 255, shape).astype(np.uint8)
    for pixels in (grey, np.zeros_like(grey)):
        read = read_screen(pixels, AUTO, stated)
        assert read is None or min(shape) >= 48


def test_a_smooth_picture_drawn_large_is_a_scan() -> None:
    rows, columns = np.mgrid[:460, :800]
    across, down = columns - 400.0, rows + 280.0
    radius, angle = np.hypot(across, down), np.degrees(np.arctan2(abs(across), down))
    grey = 90 + 30 * np.sin(radius / 60) + 15 * np.sin(columns / 70)
    pixels = np.where((radius >= 350) & (radius <= 720) & (angle <= 31), grey, 0).astype(np.uint8)
    area = find_area(pixels, 1.0)
    assert area is not None
    assert area.geometry.kind == "convex"
    assert area.geometry.inner_radius_px == pytest.approx(350, abs=4)
