"""Watching: no signal, frozen, menu, mirrored, changed layout and scale, each within its time; never on live frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from edge.screen import profile, reading, watch
from edge.screen.area.edges import EdgesSeen, nearly_seen
from edge.screen.area.scan_area import find_area
from edge.screen.crop import scan_only
from edge.screen.health import no_signal
from edge.screen.watch import ScreenState
from edge.types import Frame, Health, NoScan, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.wire import Reason
from tests.unit.screens import Drawn, Grey, draw

MS = 1_000_000
SCREEN = Drawn(tick_px=23.07, ticks=20, labels=("", "1", "2", "3"))


def live(count: int, drawn: Drawn = SCREEN) -> list[Grey]:
    """Frames whose speckle moves."""
    return [draw(replace(drawn, speckle_seed=seed)) for seed in range(count)]


def run(pictures: Iterable[Grey], state: ScreenState | None = None, *, begin: int = 0) -> tuple[ScreenState, list[Scan | NoScan]]:
    state = state or watch.fresh(profile.AUTO, stated_mm_per_px=None, stated_screen_left=ScreenLeft.PATIENT_LEFT)
    said = []
    for index, pixels in enumerate(pictures, start=begin):
        state, answer = watch.watch(state, Frame(index, index * 33 * MS, pixels))
        said.append(answer)
    return state, said


def healths(said: list[Scan | NoScan]) -> list[str]:
    return [answer.health.value if isinstance(answer, Scan) else answer.reason.name.lower() for answer in said]


def test_live_from_the_third_agreeing_reading() -> None:
    _, said = run(live(8))
    assert healths(said) == ["unknown", "unknown"] + ["live"] * 6


def test_a_stated_scale_is_live_at_once() -> None:
    state = watch.fresh(profile.AUTO, stated_mm_per_px=(0.2, 0.2), stated_screen_left=None)
    _, said = run([draw(Drawn())], state)
    assert healths(said) == ["live"]
    assert isinstance(said[0], Scan)
    assert (said[0].scale_source, said[0].orientation) == ("stated", ScreenLeft.UNKNOWN)


def bars() -> Grey:
    return np.repeat(np.repeat(np.array([235, 210, 170, 145, 106, 81, 41, 16], np.uint8), 100)[None], 600, axis=0)


def placard() -> Grey:
    canvas = Image.new("L", (800, 600), 29)
    ImageDraw.Draw(canvas).text((340, 290), "NO SIGNAL", fill=235, font=ImageFont.load_default(20))
    return np.asarray(canvas)


NO_SIGNAL = [
    ("black", np.zeros((600, 800), np.uint8)),
    ("limited black", np.full((600, 800), 16, np.uint8)),
    ("blue", np.full((600, 800), 41, np.uint8)),
    ("bars", bars()),
    ("placard", placard()),
]


@pytest.mark.parametrize(("name", "picture"), NO_SIGNAL, ids=[name for name, _ in NO_SIGNAL])
def test_no_signal_within_the_frame(name: str, picture: Grey) -> None:
    state, _ = run(live(5))
    _, said = run([picture], state, begin=5)
    assert isinstance(said[0], NoScan), name
    assert said[0].reason is Reason.NO_SIGNAL


@pytest.mark.parametrize("rows", [2, 24])
def test_a_dark_scan_is_no_missing_signal(rows: int) -> None:
    """Next to nothing of the picture is not plain, but a screen stands around it."""
    picture = draw(replace(SCREEN, name_text="LUMBAR"))
    inside = np.s_[60:520, 200:600]
    picture[inside] = np.where(np.arange(460)[:, None] < rows, picture[inside], 0)
    assert (picture > 2).mean() < 0.03
    assert no_signal(picture) == ""


def test_a_signal_that_returns_is_read_anew() -> None:
    state, _ = run(live(5))
    state, _ = run([np.zeros((600, 800), np.uint8)] * 2, state, begin=5)
    _, said = run(live(5), state, begin=7)
    assert healths(said) == ["layout_changed", "layout_changed", "live", "live", "live"]


def test_frozen_within_half_a_second_and_thawed_at_once() -> None:
    state, _ = run(live(5))
    state, said = run([live(5)[-1]] * 20, state, begin=5)
    assert healths(said).index("frozen") * 33 <= 500
    assert set(healths(said)[15:]) == {"frozen"}
    _, said = run([draw(replace(SCREEN, speckle_seed=99))], state, begin=25)
    assert healths(said) == ["live"]


def test_frozen_though_the_clock_runs() -> None:
    state, _ = run(live(5))
    frozen = live(5)[-1]
    ticking = []
    for index in range(20):
        canvas = Image.fromarray(frozen)
        ImageDraw.Draw(canvas).text((700, 20), f"12:00:{index:02d}", fill=200, font=ImageFont.load_default(14))
        ticking.append(np.asarray(canvas))
    _, said = run(ticking, state, begin=5)
    assert healths(said)[-1] == "frozen"


def test_still_clips_are_never_frozen() -> None:
    state = watch.fresh(profile.AUTO, stated_mm_per_px=None, stated_screen_left=None, still=True)
    _, said = run([draw(SCREEN)] * 30, state)
    assert set(healths(said)) == {"live"}


def test_menu_over_the_scan_and_gone_again() -> None:
    state, _ = run(live(5))
    covered = []
    for pixels in live(10)[5:]:
        canvas = Image.fromarray(pixels)
        ImageDraw.Draw(canvas).rectangle([280, 150, 520, 330], fill=90, outline=200)
        covered.append(np.asarray(canvas))
    state, said = run(covered, state, begin=5)
    assert set(healths(said)) == {"menu"}
    _, said = run(live(12)[10:], state, begin=10)
    assert healths(said) == ["live", "live"]


DARK = [
    ("a dark dialog, the scan seen below it", (280, 150, 520, 330), "menu"),
    ("bone's shadow, down to the bottom", (280, 150, 400, 520), "live"),
]


@pytest.mark.parametrize(("box", "said_to_be"), [case[1:] for case in DARK], ids=[case[0] for case in DARK])
def test_a_dark_dialog_ends_above_the_bottom_where_a_shadow_does_not(box: tuple[int, int, int, int], said_to_be: str) -> None:
    state, _ = run(live(5))
    darkened = []
    for pixels in live(10)[5:]:
        picture = pixels.copy()
        picture[box[1] : box[3], box[0] : box[2]] = 4
        darkened.append(picture)
    _, said = run(darkened, state, begin=5)
    assert set(healths(said)) == {said_to_be}


def raised(picture: Grey) -> Grey:
    """Black at 16 and white at 235: a video whose range is not the display's."""
    return (16 + picture.astype(np.int64) * 219 // 255).astype(np.uint8)


def shadowed(picture: Grey) -> Grey:
    dark = picture.copy()
    dark[200:520, 280:520] = 0
    return dark


def test_a_shadow_under_a_raised_black_is_no_menu() -> None:
    state = watch.fresh(profile.AUTO, stated_mm_per_px=(RULED_MM_PER_PX, RULED_MM_PER_PX), stated_screen_left=None)
    state, said = run([raised(shadowed(each)) for each in live(5)], state)
    assert set(healths(said)) == {"live"}
    covered = raised(live(6)[5])
    covered[60:520, 200:600] = 41
    _, said = run([covered], state, begin=5)
    assert healths(said) == ["menu"]


def test_marker_on_the_other_side_is_mirrored() -> None:
    state, _ = run(live(5))
    _, said = run(live(7, replace(SCREEN, marker="right"))[5:], state, begin=5)
    assert set(healths(said)) == {"mirrored"}


def test_nothing_after_a_depth_change_until_three_agree() -> None:
    state, before = run(live(5))
    deeper = replace(SCREEN, tick_px=15.38, ticks=30, labels=("", "1", "2", "3", "4", "5"))
    _, said = run(live(10, deeper)[5:], state, begin=5)
    assert healths(said) == ["scale_changed", "scale_changed", "live", "live", "live"]
    assert isinstance(before[-1], Scan)
    assert isinstance(said[-1], Scan)
    assert said[-1].mm_per_px_y == pytest.approx(2 / 15.38, rel=0.005)
    assert before[-1].mm_per_px_y == pytest.approx(2 / 23.07, rel=0.005)


def faint(picture: Grey) -> Grey:
    """The screen with a faint ruler on grey: its marks stand out by 36 grey levels."""
    dim = picture.copy()
    dim[:, 610:] = 54 + (picture[:, 610:].astype(np.int64) * 36 // 230)
    return dim


def test_a_depth_change_is_noticed_on_a_faint_ruler() -> None:
    state, before = run([faint(each) for each in live(5)])
    assert healths(before)[-1] == "live"
    deeper = replace(SCREEN, tick_px=21.0, ticks=22)
    _, said = run([faint(each) for each in live(6, deeper)[5:]], state, begin=5)
    assert healths(said) == ["scale_changed"]


def test_scan_moved_is_a_changed_layout() -> None:
    state, _ = run(live(5))
    moved = replace(SCREEN, box=(60, 60, 460, 520), ruler_column=500)
    _, said = run(live(9, moved)[5:], state, begin=5)
    assert "live" not in healths(said)[:2]
    assert healths(said)[-1] == "live"


def test_another_video_size_than_the_profile_states() -> None:
    known = replace(profile.AUTO, video=profile.VideoPart(width_px=1920, height_px=1080))
    _, said = run([draw(SCREEN)], watch.fresh(known, stated_mm_per_px=None, stated_screen_left=None))
    assert healths(said) == ["layout_changed"]


def test_no_name_leaves_the_stage() -> None:
    """De-identification: what is recorded and shown is edge.screen.crop of this scan; a name rendered beside it must not change one pixel of it."""
    state = watch.fresh(profile.AUTO, stated_mm_per_px=None, stated_screen_left=None, still=True)
    plain, named = draw(SCREEN), draw(replace(SCREEN, name_text="DOE JANE 1942-03-17 PAT-0815"))
    assert not np.array_equal(plain, named)
    _, [scan] = run([plain], state)
    _, [other] = run([named], state)
    assert isinstance(scan, Scan)
    assert isinstance(other, Scan)
    assert scan.geometry == other.geometry
    first, second = scan_only(Frame(0, 0, plain), scan), scan_only(Frame(0, 0, named), other)
    assert first.offset_px == second.offset_px
    assert np.array_equal(first.pixels, second.pixels)
    left, top = first.offset_px
    box = SCREEN.box
    assert left >= box[0] and top >= box[1]  # noqa: PT018
    assert left + first.pixels.shape[1] <= box[2] and top + first.pixels.shape[0] <= box[3]  # noqa: PT018


def test_hints_hold_no_text_of_the_screen() -> None:
    _, said = run([draw(replace(Drawn(), name_text="DOE JANE 1942"))])
    assert isinstance(said[0], NoScan)
    assert "DOE" not in said[0].hint and "1942" not in said[0].hint  # noqa: PT018


def test_health_is_a_plain_value() -> None:
    _, [answer] = run([draw(SCREEN)], watch.fresh(profile.AUTO, stated_mm_per_px=None, stated_screen_left=None, still=True))
    assert isinstance(answer, Scan)
    assert answer.health is Health.LIVE
    assert (answer.frame_id, answer.captured_ns) == (0, 0)


RULED_MM_PER_PX = 2 / 23.07  # five marks a centimetre
CONFIRMED = [
    ("the ruler reads the stated scale", SCREEN, 1.0, True),
    ("the ruler reads another scale", SCREEN, 1.1, False),
    ("no ruler", Drawn(), 1.0, False),
    ("marks without a unit, a usual distance apart at it", replace(SCREEN, labels=(), depth_text=""), 1.0, True),
    ("marks without a unit, no usual distance apart at it", replace(SCREEN, labels=(), depth_text=""), 1.1, False),
    ("marks without a unit that begin above the face", replace(SCREEN, labels=(), depth_text="", box=(200, 64, 600, 520), ruler_top=60), 1.0, False),
    ("the ruler begins elsewhere", replace(SCREEN, box=(200, 72, 600, 520), ruler_top=60), 1.0, False),
]


@pytest.mark.parametrize(("drawn", "times", "sure"), [case[1:] for case in CONFIRMED], ids=[case[0] for case in CONFIRMED])
def test_a_ruler_of_the_stated_scale_tells_the_origin_of_a_face_half_seen(drawn: Drawn, times: float, sure: bool) -> None:
    pixels = draw(drawn)
    found = find_area(pixels)
    assert found is not None
    half_seen = replace(found, sure=False)
    stated = times * RULED_MM_PER_PX, times * RULED_MM_PER_PX
    assert not reading._fitted(half_seen, stated, "stated").sure
    assert reading._fit(pixels, half_seen, reading.Told(profile.AUTO, stated, "stated", None)).measures is sure


NEARLY = [("most of the face", 0.7, 0.3, True), ("half of it", 0.5, 0.3, False), ("no sides", 0.9, 0.0, False)]


@pytest.mark.parametrize(("name", "face", "side", "sure"), NEARLY, ids=[case[0] for case in NEARLY])
def test_where_a_ruler_begins_most_of_the_face_must_be_seen(name: str, face: float, side: float, sure: bool) -> None:
    pixels = draw(replace(SCREEN, labels=(), depth_text=""))
    found = find_area(pixels)
    assert found is not None
    dim = replace(found, sure=False, seen=replace(found.seen, face=face, left=side, right=side))
    assert reading._fit(pixels, dim, reading.Told(profile.AUTO, (RULED_MM_PER_PX,) * 2, "stated", None)).measures is sure, name


@pytest.mark.parametrize(("left_px", "side", "enough"), [(0, 0.3, False), (0, 0.6, True), (200, 0.3, True)])
def test_along_the_picture_s_rim_a_face_nearly_seen_needs_plain_sides(left_px: int, side: float, enough: bool) -> None:
    """Panels lie there, whatever a ruler says (38000171)."""
    seen = EdgesSeen(face=0.8, rival=0.0, left=side, right=side, bottom=0.0, leak=0.0)
    assert nearly_seen(seen, ScanGeometry("rectangle", left_px, 60, 600, 520), (600, 800)) is enough


PHASED = [
    # seen of the left and the right side, half angle of the fan, seen past it; whether its middle is certain
    (0.6, 0.6, 20.0, 0.0, True),
    (0.17, 1.0, 20.0, 0.0, True),
    (0.1, 0.31, 19.0, 0.0, False),
    (0.01, 0.01, 21.0, 0.0, False),
    (0.0, 1.0, 20.0, 0.0, False),
    (0.1, 0.06, 36.0, 0.01, True),
    (0.1, 0.06, 36.0, 0.14, False),
    (0.1, 0.06, 30.0, 0.01, False),
]


@pytest.mark.parametrize(("left", "right", "half_angle_deg", "leak", "sure"), PHASED)
def test_a_phased_arrays_middle_is_told_by_its_sides(left: float, right: float, half_angle_deg: float, leak: float, sure: bool) -> None:
    """A short piece of a linear array's face passed for one, whole, with both sides in the dark (25000362: 12 mm off across); fans are wider."""
    fit = watch.read_screen(draw(replace(SCREEN, ticks=0)), profile.AUTO, (0.2, 0.2))
    assert fit is not None
    assert fit.seen is not None
    geometry = replace(fit.geometry, kind="phased", face_half_width_mm=2.5, half_angle_deg=half_angle_deg)
    seen = replace(fit.seen, face=1.0, rival=0.0, left=left, right=right, leak=leak)
    doubt = reading.probe_doubt(replace(fit, sure=True, why="", geometry=geometry, seen=seen), draw(SCREEN).shape)
    assert (doubt == "") is sure


@pytest.mark.parametrize(("half_width_mm", "sure"), [(30.0, True), (8.0, True), (3.0, False), (300.0, False), (0.0, True)])
def test_a_curved_face_is_of_a_probes_size(half_width_mm: float, sure: bool) -> None:
    """A tenth or ten times of any array's is another unit."""
    fit = watch.read_screen(draw(replace(SCREEN, ticks=0)), profile.AUTO, (0.2, 0.2))
    assert fit is not None
    geometry = replace(fit.geometry, kind="convex", face_radius_mm=2 * half_width_mm, face_half_width_mm=half_width_mm)
    doubt = reading.probe_doubt(replace(fit, sure=True, why="", geometry=geometry), draw(SCREEN).shape)
    assert doubt == ("" if sure else reading.NO_SUCH_FACE)


@pytest.mark.parametrize(
    ("name", "mm_per_px", "face", "right_side", "sure"),
    [
        ("as wide as a probe", 0.2, 0.86, 0.2, True),
        ("wide, a side unseen", 0.3, 0.86, 0.2, False),
        ("wide, both sides plain", 0.3, 0.86, 0.7, True),
        ("wide, all of the face seen", 0.3, 1.0, 0.2, True),
    ],
)
def test_no_flat_face_is_as_wide_as_a_screen(name: str, mm_per_px: float, face: float, right_side: float, sure: bool) -> None:
    """A curved scan on a screen with panels was once taken for a rectangle around them all, 212 mm wide, and its top for the probe's."""
    fit = watch.read_screen(draw(replace(SCREEN, ticks=0)), profile.AUTO, (mm_per_px, mm_per_px))
    assert fit is not None
    assert fit.seen is not None
    seen = replace(fit.seen, face=face, left=0.6, right=right_side)
    doubt = reading.probe_doubt(replace(fit, sure=True, why="", seen=seen), draw(SCREEN).shape)
    assert doubt == ("" if sure else reading.TOO_WIDE), name
