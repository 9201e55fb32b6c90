"""The pattern of `tuffier latency`: what a grabber leaves of it is read right or not at all, and a known delay comes out."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.commands.latency import with_latency
from edge.judge import latency
from edge.judge.latency import Shown, latency_of
from edge.judge.latency_page import seen, served
from edge.screen import profile
from edge.source.sources import Item
from edge.types import BadFrame, Frame, GrayImage

CHROMIUM = shutil.which("chromium")
SIZES = ((640, 480), (1280, 720), (1920, 1080))


@given(st.integers(0, 10**9))
def test_a_time_comes_back_and_neighbours_differ_in_one_cell(ms: int) -> None:
    assert latency.ms_of(latency.cells_of(ms)) == ms % latency.WRAPS_MS
    assert sum(one != other for one, other in zip(latency.cells_of(ms), latency.cells_of(ms + 1), strict=True)) == 1


def captured(picture: GrayImage, size_px: tuple[int, int], *, quality: int, noise: float, black: int, white: int, seed: int) -> GrayImage:
    """Scaled, in a narrower range, noisy and through a JPEG."""
    scaled = np.asarray(Image.fromarray(picture).resize(size_px, Image.Resampling.BILINEAR)).astype(np.float64)
    noisy = black + scaled * (white - black) / 255 + np.random.default_rng(seed).normal(0, noise, scaled.shape)
    packed = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(packed, "JPEG", quality=quality)
    return np.asarray(Image.open(packed).convert("L"))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4095), st.sampled_from(SIZES), st.sampled_from(SIZES), st.floats(0, 12), st.integers(30, 95), st.integers(0, 9))
def test_what_a_grabber_makes_of_it_is_read(ms: int, screen: tuple[int, int], video: tuple[int, int], noise: float, quality: int, seed: int) -> None:
    picture = captured(latency.drawn(ms, screen), video, quality=quality, noise=noise, black=16, white=220, seed=seed)
    assert latency.read(picture) == ms


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4000), st.integers(1, 90), st.floats(0, 1))
def test_two_times_in_one_picture_are_one_of_both_or_nothing(ms: int, later: int, share: float) -> None:
    one, other = (latency.drawn(each, (640, 480)).astype(np.float64) for each in (ms, ms + later))
    found = latency.read((one * share + other * (1 - share)).astype(np.uint8))
    assert found in (None, ms, ms + later)


@pytest.mark.parametrize("picture", [np.zeros((480, 640), np.uint8), np.full((480, 640), 255, np.uint8), np.zeros((4, 4), np.uint8)])
def test_another_picture_says_nothing(picture: GrayImage) -> None:
    assert latency.read(picture) is None


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1900), st.floats(0, 200), st.floats(0, 10**7))
def test_a_known_delay_comes_out(delay_ms: float, more_ms: float, start_ms: float) -> None:
    """A display shows whole milliseconds: the delay is known to one."""
    pictures = []
    for number in range(latency.LEAST_READ):
        at_ms = start_ms + 16.7 * number
        shown = latency.read(latency.drawn(int(at_ms), (640, 480)))
        pictures.append(Shown(shown, at_ms + delay_ms, at_ms + delay_ms + more_ms))
    found = latency_of([*pictures, replace(pictures[0], shown_ms=None)])
    assert found is not None
    assert found.unread == 1
    assert delay_ms <= found.capture.median_ms <= delay_ms + 1.01
    assert found.stated_ms >= found.capture.median_ms
    if delay_ms + more_ms < latency.MOST_MS - 2:
        assert found.whole.median_ms - found.capture.median_ms == pytest.approx(more_ms, abs=0.01)


def test_too_few_pictures_say_nothing() -> None:
    assert latency_of([Shown(0, 10.0, 20.0)] * (latency.LEAST_READ - 1)) is None


def test_pictures_count_from_the_first_that_shows_the_pattern() -> None:
    """A grabber that delays by 90 ms, after a lost signal and somebody's desktop."""
    desktop = Frame(1, 0, np.zeros((480, 640), np.uint8))
    later = [Frame(2 + n, round((1000 + 33 * n + 90) * 1e6), latency.drawn(1000 + 33 * n, (640, 480))) for n in range(latency.LEAST_READ)]
    items: list[Item] = [BadFrame(0, 0, "no signal"), desktop, *later, desktop]
    found = latency_of(seen(iter(items), 60.0))
    assert found is not None
    assert (found.capture.median_ms, found.pictures, found.unread) == (90.0, latency.LEAST_READ + 1, 1)


TEXTS = [
    ("stated before", "[video]\nwidth_px = 640\nlatency_ms = 5 # guessed\n[scan]\n", "latency_ms = 5"),
    ("not stated", 'name = "x"\n[video]\nwidth_px = 640\n', ""),
    ("no table", 'name = "x"\n# end', ""),
]


@pytest.mark.parametrize(("name", "text", "gone"), TEXTS)
def test_a_profile_takes_the_measured_delay_and_keeps_the_rest(name: str, text: str, gone: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(with_latency(text, 131), encoding="utf-8")
    assert profile.load(path).video.latency_ms == 131, name
    kept = [line for line in text.splitlines() if not (gone and line.startswith(gone))]
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if line in kept] == kept


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium: sudo apt install chromium")
@pytest.mark.parametrize("ms", [0, 1234, 4095])
def test_the_page_draws_what_is_read(ms: int, tmp_path: Path) -> None:
    shot = tmp_path / "page.png"
    with served("127.0.0.1:0") as page:
        words = [CHROMIUM or "", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,720", f"--screenshot={shot}"]
        subprocess.run([*words, f"--user-data-dir={tmp_path}/profile", f"{page.url}?ms={ms}"], check=True, capture_output=True, timeout=120)
    assert latency.read(np.asarray(Image.open(shot).convert("L"))) == ms
