"""The run of muscle fibres and the thin layers beside the fascia: smooth, and near enough a distance for the echo's angle."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")

from models.phantom.weft import Layer, Weft, fibre_of, layers_mm, sample_weft

STRAIGHT = Weft(rise=0.0, fan=0.0, taper=0.0, bend_mm=0.0, layers=())


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_straight_fibres_are_told_by_depth_alone() -> None:
    depth = np.array([0.0, 10.0, 25.0], np.float32)
    fibre = fibre_of(STRAIGHT, np.full(3, 60, np.float32), np.zeros(3, np.float32), depth, 0.0)
    assert fibre[:, 1].tolist() == depth.tolist()
    assert fibre[:, 0].tolist() == [60.0] * 3


@pytest.mark.parametrize("taper", [-0.008, 0.008])
def test_tapered_fibres_converge_along_the_spine(taper: float) -> None:
    """Two fibres 10 mm apart at one level are nearer or farther at another: their coordinates differ by less or more."""
    weft = Weft(0.0, 0.0, taper, 0.0, ())
    apart = []
    for y in (0.0, 50.0):
        pair = fibre_of(weft, np.full(2, 40, np.float32), np.full(2, y, np.float32), np.array([10, 20], np.float32), 0.0)
        apart.append(float(pair[1, 1] - pair[0, 1]))
    assert apart[1] / apart[0] == pytest.approx(1 + 50 * taper, rel=1e-4)


def test_layers_lie_where_they_say() -> None:
    flat = (Layer(6.0, 0.0, 0.0, 30.0, 0.0), Layer(-0.5, 0.0, 0.0, 30.0, 0.0))
    below = np.array([6.0, -10.0, 3.0], np.float32)
    away = layers_mm(Weft(0, 0, 0, 0, flat), np.zeros(3, np.float32), np.zeros(3, np.float32), below, np.full(3, 20, np.float32))
    assert away is not None
    assert away.tolist() == pytest.approx([0.0, 0.0, -3.0])
    assert layers_mm(STRAIGHT, below, below, below, below) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_layers_distance_changes_about_as_fast_as_the_way(seed: int) -> None:
    """But for where two layers meet: there the echo leaves out what is too steep to be a distance (acoustics)."""
    weft, rng = sample_weft(rng_of(seed)), rng_of(seed + 1)
    off, y, below = (rng.uniform(low, high, 2000).astype(np.float32) for low, high in ((5, 60), (-80, 120), (-30, 20)))
    fat, step = np.full(2000, 25, np.float32), np.float32(0.2)
    here, there = (layers_mm(weft, off, y, below + d, fat) for d in (np.float32(0), step))
    if here is None or there is None:
        assert not weft.layers
        return
    near = np.abs(here) < 1
    assert np.mean(np.abs(np.abs(there - here)[near] - 0.2) < 1e-3) > 0.9
    aside = layers_mm(weft, off + step, y + step, below, fat)
    assert aside is not None
    assert np.quantile(np.abs(aside - here)[near], 0.9) < 0.2 * 0.9
