"""The screen stage on real frames: every ruler within one per cent, no scale where there is none, and the origin at the top of the scan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.screen import profile, watch
from edge.screen.watch import Fit
from edge.types import Frame, GrayImage, Health, Scan, ScreenLeft

pytestmark = pytest.mark.real_frames
STILLS = [
    ("ge_logiq_002.png", 0.0866, 60),
    ("ge_logiq_122.png", 0.0866, 60),
    ("ge_logiq_302.png", 0.0866, 60),
    ("sonosite_still.jpg", 0.0758, 41),
    ("telemed_1.png", 0.0793, 43),
    ("telemed_5.png", 0.0793, 43),
    ("telemed_10.png", 0.0793, 43),
]
VIDEOS = [("butterfly_phantom.mp4", 0.0577, 204, 369), ("clarius_phantom.mp4", 0.0508, 87, 50)]


def picture(path: Path) -> GrayImage:
    return np.asarray(Image.open(path).convert("L"))


def read(pixels: GrayImage) -> Fit:
    fit = watch.read_screen(pixels, profile.AUTO, None)
    assert fit is not None
    return fit


@pytest.mark.parametrize(("name", "mm_per_px", "top"), STILLS, ids=[name for name, _, _ in STILLS])
def test_a_still_with_a_ruler_is_measured(real_frames: Path, name: str, mm_per_px: float, top: int) -> None:
    fit = read(picture(real_frames / "ruler" / name))
    assert fit.measures, fit.why
    assert fit.mm_per_px == pytest.approx((mm_per_px, mm_per_px), rel=0.01)
    assert fit.origin_px[1] == pytest.approx(top, abs=1.5)


def test_no_scale_where_none_can_be_known(real_frames: Path) -> None:
    fit = read(picture(real_frames / "ruler" / "clarius_no_ruler.png"))
    assert fit.mm_per_px is None
    assert fit.why


def test_a_mirrored_screen_is_noticed_by_its_writing(real_frames: Path) -> None:
    fit = read(picture(real_frames / "ruler" / "mirrored_10.jpg"))
    assert fit.mirrored
    # its six marks and its backward 0 and 50, over 724 rows: 50 mm
    assert fit.mm_per_px == pytest.approx((0.0705, 0.0705), rel=0.01)


def frames_of(path: Path) -> list[GrayImage]:
    av = pytest.importorskip("av")
    with av.open(str(path)) as video:
        return [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]


@pytest.mark.parametrize(("name", "mm_per_px", "top", "count"), VIDEOS, ids=[name for name, *_ in VIDEOS])
def test_a_video_is_measured_or_withheld_and_never_wrong(
    real_frames: Path, name: str, mm_per_px: float, top: int, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = frames_of(real_frames / "ruler" / name)
    assert len(pictures) == count
    state = watch.fresh(profile.AUTO, stated_mm_per_px=None, stated_screen_left=ScreenLeft.PATIENT_LEFT)
    live = 0
    for index, pixels in enumerate(pictures):
        state, said = watch.watch(state, Frame(index, index * 33_000_000, pixels))
        if isinstance(said, Scan):
            assert said.mm_per_px_y == pytest.approx(mm_per_px, rel=0.01)
            assert said.mm_per_px_x == pytest.approx(mm_per_px, rel=0.01)
            assert said.origin_px[1] == pytest.approx(top, abs=2.5)
            live += said.health is Health.LIVE
    with capsys.disabled():
        print(f"\n{name}: live in {live} of {count} frames")
    assert live >= 0.8 * count
