"""What is stated of a scale is borne out by the screen, or nothing is measured: never a wrong depth, never the other side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.screen import profile, watch
from edge.screen.profile import Profile, RulerPart, VideoPart
from edge.types import Claim, Frame, Health, NoScan, Scan, ScreenLeft
from firmware_bridge.wire import Reason
from tests.unit.screens import Drawn, Grey, draw

MM = 2 / 23.07  # of a pixel of SCREEN: five marks a centimetre
SCREEN = Drawn(tick_px=23.07, ticks=20, labels=("", "1", "2", "3"))
BARE = Drawn()  # neither ruler nor writing
TARGET_PX = 430.0, 300.0  # somewhere in the scan


def said(
    pictures: list[Grey], *, stated: tuple[float, float] | None = (MM, MM), claim: Claim | None = None, known: Profile = profile.AUTO
) -> list[Scan | NoScan]:
    state, found = watch.fresh(known, stated_mm_per_px=stated, stated_screen_left=ScreenLeft.PATIENT_LEFT, claim=claim), []
    for index, pixels in enumerate(pictures):
        state, scan = watch.watch(state, Frame(index, index * 33_000_000, pixels))
        found.append(scan)
    return found


def moving(drawn: Drawn, count: int = 4, *, first: int = 0) -> list[Grey]:
    return [draw(replace(drawn, speckle_seed=first + seed)) for seed in range(count)]


def resized(pixels: Grey, factor: float) -> Grey:
    rows, columns = pixels.shape
    return np.asarray(Image.fromarray(pixels).resize((round(columns * factor), round(rows * factor)), Image.Resampling.BICUBIC))


def kept_size(pixels: Grey, factor: float) -> Grey:
    """The same picture drawn at another size on a screen of the same size."""
    small = resized(pixels, factor)
    sheet = np.zeros_like(pixels)
    rows, columns = (min(one, other) for one, other in zip(small.shape, sheet.shape, strict=True))
    sheet[:rows, :columns] = small[:rows, :columns]
    return sheet


def depth_mm(scan: Scan | NoScan, row: float) -> float | None:
    """What would be shown of a point; None where nothing is."""
    shown = isinstance(scan, Scan) and scan.health is Health.LIVE
    return (row - scan.origin_px[1]) * scan.mm_per_px_y if shown and isinstance(scan, Scan) else None


def why(scan: Scan | NoScan) -> str:
    assert isinstance(scan, NoScan), scan
    return scan.hint


@given(factor=st.floats(0.4, 1.6).filter(lambda each: abs(each - 1) > 0.02), drawn=st.sampled_from([SCREEN, BARE]))
@settings(max_examples=3, deadline=None)
def test_a_stated_scale_holds_for_one_picture_size(factor: float, drawn: Drawn) -> None:
    found = said([*moving(drawn), *(resized(each, factor) for each in moving(drawn, 5, first=9))])
    assert all(depth_mm(scan, TARGET_PX[1]) is not None for scan in found[:4])
    assert all(isinstance(scan, NoScan) and scan.reason is Reason.LAYOUT_CHANGED for scan in found[4:])
    assert "and its scale was stated for 800x600" in why(found[-1])


def test_its_picture_size_may_come_back() -> None:
    found = said([*moving(SCREEN), *(resized(each, 0.8) for each in moving(SCREEN, 2)), *moving(SCREEN, 4, first=20)])
    assert depth_mm(found[-1], TARGET_PX[1]) is not None


@pytest.mark.parametrize("drawn", [SCREEN, replace(SCREEN, labels=()), BARE], ids=["ruler", "marks", "bare"])
@given(factor=st.floats(0.5, 0.92))
@settings(max_examples=2, deadline=None)
def test_a_scan_drawn_at_another_size_is_never_shown_at_the_stated_scale(drawn: Drawn, factor: float) -> None:
    """As a recorder's window, or another depth, makes it."""
    found = said([*moving(drawn), *(kept_size(each, factor) for each in moving(drawn, 4, first=9))])
    assert all(depth_mm(scan, TARGET_PX[1]) is not None for scan in found[:4])
    assert [depth_mm(scan, TARGET_PX[1]) for scan in found[4:]] == [None] * 4


FAN = Drawn(convex=(400, -80, 180, 560, 30))


def drawn_about(drawn: Drawn, factor: float, at: tuple[float, float]) -> Drawn:
    """Without a ruler, at another size about a place of the picture."""
    left, top, right, bottom = (round(at[side % 2] + (edge - at[side % 2]) * factor) for side, edge in enumerate(drawn.box))
    if drawn.convex is None:
        return replace(drawn, box=(left, top, right, bottom))
    column, row, inner, outer, half = drawn.convex
    moved = at[0] + (column - at[0]) * factor, at[1] + (row - at[1]) * factor
    return replace(drawn, convex=(*moved, inner * factor, outer * factor, half))


@pytest.mark.parametrize("drawn", [BARE, FAN], ids=["flat", "fan"])
@given(factor=st.one_of(st.floats(0.95, 0.975), st.floats(1.025, 1.05)), at=st.sampled_from([(0, 0), (400, 300), (800, 600), (200, 60), (600, 520)]))
@settings(max_examples=4, deadline=None)
def test_nor_is_one_drawn_a_little_larger_or_smaller(drawn: Drawn, factor: float, at: tuple[float, float]) -> None:
    """Without a ruler its own edges tell it. What a pixel or two at the edges is of the depth may pass."""
    found = said([*moving(drawn), *moving(drawn_about(drawn, factor, at), 4, first=9)])
    assert all(depth_mm(scan, TARGET_PX[1]) is not None for scan in found[:4])
    assert [depth_mm(scan, TARGET_PX[1]) for scan in found[4:]] == [None] * 4
    assert "another size" in why(found[-1])


def test_a_scan_whose_sides_come_and_go_keeps_its_scale() -> None:
    """As where the probe leaves the skin at one end: the picture has not changed its size."""
    frames = moving(BARE, 12)
    for pixels in frames[6:9]:
        pixels[60:520, 560:600] //= 12
    found = said(frames)
    assert all(depth_mm(scan, TARGET_PX[1]) is not None for scan in (*found[:6], found[-1]))


DEEPER = [("with labels", SCREEN), ("without labels", replace(SCREEN, labels=()))]


@pytest.mark.parametrize("drawn", [case[1] for case in DEEPER], ids=[case[0] for case in DEEPER])
@pytest.mark.parametrize("times", [0.8, 2.0])
def test_a_change_of_depth_that_the_ruler_shows_ends_a_stated_scale(drawn: Drawn, times: float) -> None:
    """Twice the depth makes marks of 2 mm look as those of 1 mm do: their distance in pixels tells it."""
    deeper = replace(drawn, tick_px=drawn.tick_px * times, ticks=min(20, int(460 / (drawn.tick_px * times))), labels=drawn.labels and ("", "2", "4"))
    found = said([*moving(drawn), *moving(deeper, 4, first=9)])
    assert all(depth_mm(scan, TARGET_PX[1]) is not None for scan in found[:4])
    assert [depth_mm(scan, TARGET_PX[1]) for scan in found[4:]] == [None] * 4
    assert isinstance(found[-1], NoScan)
    assert found[-1].reason is Reason.SCALE_CHANGED


@given(wrong=st.floats(0.5, 2.0))
@settings(max_examples=5, deadline=None)
def test_a_ruler_that_says_otherwise_leaves_no_scale(wrong: float) -> None:
    (scan,) = said(moving(SCREEN, 1), stated=(MM * wrong, MM * wrong))
    shown = depth_mm(scan, TARGET_PX[1])
    assert shown is None or abs(shown - (TARGET_PX[1] - 60) * MM) <= 0.012 * shown
    if shown is None:
        assert "the ruler down says" in why(scan)


def test_marks_that_no_scanner_draws_leave_no_scale() -> None:
    (scan,) = said(moving(replace(SCREEN, labels=()), 1), stated=(0.0667, 0.0667))
    assert "apart" in why(scan)


def test_writing_that_reads_in_a_mirror_is_mirrored_whatever_is_stated() -> None:
    for flipped in (draw(SCREEN)[:, ::-1], draw(replace(SCREEN, name_text="LUMBAR 25 37 64"))[:, ::-1]):
        (scan,) = said([np.ascontiguousarray(flipped)])
        assert isinstance(scan, Scan)
        assert scan.health is Health.MIRRORED


def test_a_picture_without_ruler_or_writing_stays_readable() -> None:
    for drawn in (BARE, Drawn(convex=(400, -80, 180, 560, 30))):
        found = said(moving(drawn))
        assert all(depth_mm(scan, TARGET_PX[1]) is not None for scan in found)


def test_a_dark_near_field_beside_a_ruler_has_no_origin() -> None:
    for drawn in (SCREEN, replace(SCREEN, labels=())):
        dark = draw(replace(drawn, box=(200, 140, 600, 520), ruler_top=60))
        assert depth_mm(said([dark])[0], TARGET_PX[1]) is None


# what a file claims

BOX = 200, 60, 600, 520
CLAIMS = [
    ("the box, no depth 0", Claim((MM, MM), BOX), ""),
    ("the whole picture", Claim((MM, MM), (0, 0, 800, 600)), ""),
    ("depth 0 at the face", Claim((MM, MM), BOX, 60.0), ""),
    ("a cut box with depth 0 above it", Claim((MM, MM), (200, 130, 600, 520), 60.0), ""),
    ("depth 0 above the face: magnified", Claim((MM, MM), BOX, -20.0), "no face"),
    ("depth 0 below the face", Claim((MM, MM), BOX, 100.0), "no face"),
    ("a cut box, no depth 0", Claim((MM, MM), (200, 130, 600, 520)), "no face"),
    ("a box that begins in the dark", Claim((MM, MM), (200, 20, 600, 520)), "no face"),
    ("another part of the picture", Claim((MM, MM), (610, 60, 790, 300)), "no scan"),
    ("a part that the scan goes beyond", Claim((MM, MM), (290, 60, 690, 520)), "no scan"),
    ("another scale than the ruler", Claim((MM * 1.1, MM * 1.1), BOX), "the ruler"),
    ("columns of another width than the ruler's", Claim((MM * 1.2, MM), BOX, 60.0), None),
    ("two regions", Claim((MM, MM), BOX, doubt="two parts"), "two parts"),
]


@pytest.mark.parametrize(("claim", "trouble"), [case[1:] for case in CLAIMS], ids=[case[0] for case in CLAIMS])
def test_a_files_claim_is_borne_out_or_nothing_is_measured(claim: Claim, trouble: str | None) -> None:
    (scan,) = said(moving(SCREEN, 1), stated=None, claim=claim)
    if trouble is None:
        return
    if not trouble:
        assert isinstance(scan, Scan)
        assert scan.scale_source == "dicom"
        assert depth_mm(scan, TARGET_PX[1]) == pytest.approx(240 * MM, abs=0.2)
        return
    words = {"no face": ("the face", "top of the scan"), "no scan": ("not the one", "")}.get(trouble, (trouble,))
    assert depth_mm(scan, TARGET_PX[1]) is None
    assert any(word in why(scan) for word in words)


@given(
    box=st.tuples(st.integers(0, 250), st.integers(0, 250), st.integers(450, 800), st.integers(400, 600)),
    zero=st.one_of(st.none(), st.floats(-100, 200)),
    drawn=st.sampled_from([SCREEN, BARE]),
)
@settings(max_examples=8, deadline=None)
def test_no_claim_shows_another_depth(box: tuple[int, int, int, int], zero: float | None, drawn: Drawn) -> None:
    (scan,) = said(moving(drawn, 1), stated=None, claim=Claim((MM, MM), box, zero))
    shown = depth_mm(scan, TARGET_PX[1])
    assert shown is None or abs(shown - 240 * MM) <= 0.2


@pytest.mark.parametrize("times", [0.1, 10.0])
def test_a_stated_scale_that_makes_no_probe_of_the_face_leaves_no_origin(times: float) -> None:
    """Millimetres for centimetres, without a ruler that says otherwise: 208 mm had been shown of 20.8."""
    for stated, claim in (((MM * times, MM * times), None), (None, Claim((MM * times, MM * times), BOX))):
        (scan,) = said(moving(BARE, 1), stated=stated, claim=claim)
        assert depth_mm(scan, TARGET_PX[1]) is None


def test_a_picture_that_begins_with_the_scan_has_no_depth_0_unless_the_file_tells_one() -> None:
    magnified = resized(np.ascontiguousarray(draw(BARE)[160:460, 250:550]), 2.0)
    for zero, shown in ((None, False), (0.0, True)):
        (scan,) = said([magnified], stated=None, claim=Claim((MM / 2, MM / 2), (0, 0, 600, 600), zero))
        assert (depth_mm(scan, 300) is not None) is shown


def test_two_statements_that_disagree_are_none() -> None:
    (scan,) = said(moving(BARE, 1), stated=(0.1, 0.1), claim=Claim((0.12, 0.12), BOX))
    assert "is stated too" in why(scan)
    (scan,) = said(moving(BARE, 1), stated=(MM, MM), claim=Claim((MM * 1.002, MM * 1.002), BOX))
    assert isinstance(scan, Scan)
    assert scan.scale_source == "stated"


def test_a_profiles_scale_holds_for_its_picture_size() -> None:
    known = Profile(ruler=RulerPart(mm_per_px=(MM, MM)), video=VideoPart(width_px=800, height_px=600))
    found = said([*moving(BARE), resized(draw(BARE), 0.8)], stated=None, known=known)
    assert [depth_mm(scan, TARGET_PX[1]) is None for scan in found] == [False] * 4 + [True]
    any_size = said([*moving(BARE), resized(draw(BARE), 0.8)], stated=None, known=replace(known, video=VideoPart()))
    assert [depth_mm(scan, TARGET_PX[1]) is None for scan in any_size] == [False] * 4 + [True]
