"""The looks of training frames: what they may change of a scan, and what not. What needs torch is skipped without it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from models.training.settings import GRID

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from models.training import looks  # noqa: E402
from models.training.looks import NO_LOOKS, Looks  # noqa: E402

SURFACE_ROW = 90
KINDS = [field.name for field in fields(Looks)]


def scans(count: int = 16) -> torch.Tensor:
    """Muscle over a bright surface over black."""
    grids = torch.full((count, 1, GRID.rows, GRID.columns), 0.25)
    grids[:, :, SURFACE_ROW : SURFACE_ROW + 2] = 0.9
    grids[:, :, SURFACE_ROW + 2 :] = 0.0
    return grids


def inside_of(grids: torch.Tensor) -> torch.Tensor:
    inside = torch.zeros_like(grids, dtype=torch.bool)
    inside[:, :, :180, 40:150] = True
    return inside


def borrowed() -> looks.Borrowed:
    real = torch.randint(1, 255, (3, GRID.rows, GRID.columns), generator=torch.Generator().manual_seed(5))
    return looks.borrowed_of(real.to(torch.uint8))


@pytest.mark.parametrize("kind", KINDS)
def test_each_look_changes_the_scan_and_nothing_beside_it(kind: str) -> None:
    grids, always = scans(), replace(NO_LOOKS, **{kind: 1.0})
    inside = inside_of(grids)
    seen = looks.looked(grids * inside, inside, torch.Generator().manual_seed(1), always, borrowed())
    assert float((seen - grids * inside).abs().mean()) > 0.001
    assert float(seen[~inside].abs().max()) == 0.0
    assert float(seen.min()) >= 0
    assert float(seen.max()) <= 1


def test_no_look_leaves_the_scan_as_it_is() -> None:
    grids = scans()
    inside = inside_of(grids)
    assert torch.equal(looks.looked(grids * inside, inside, torch.Generator().manual_seed(1), NO_LOOKS), grids * inside)


def test_a_look_changes_its_share_of_the_scans_and_no_other() -> None:
    grids = torch.rand(2000, 1, 2, 2, generator=torch.Generator().manual_seed(4))
    seen = looks._some(grids, 0.3, torch.Generator().manual_seed(5), lambda some, _: some + 1)
    changed = (seen != grids).flatten(1).any(1)
    assert 0.25 < float(changed.float().mean()) < 0.35
    assert torch.equal(seen[changed], grids[changed] + 1)


def test_bone_thickens_downwards_only() -> None:
    grids = scans()
    seen = looks._thickened(grids.clone(), torch.Generator().manual_seed(2))
    assert bool((seen[:, :, : SURFACE_ROW - 1] <= grids[:, :, : SURFACE_ROW - 1]).all())
    assert float(seen[:, :, SURFACE_ROW + 4].mean()) > 0.1


def test_haze_fills_the_shadow() -> None:
    grids = scans()
    seen = looks._hazed(grids, torch.Generator().manual_seed(3))
    assert float(seen[:, :, SURFACE_ROW + 10 :].mean()) > 0.02


def test_a_fan_with_a_black_shadow_is_found_whole() -> None:
    apex_column, apex_row, half_angle_deg, nearest, furthest = 95.5, -60.0, 30.0, 62.0, 240.0
    rows, columns = np.mgrid[: GRID.rows, : GRID.columns]
    radius, angle = np.hypot(columns - apex_column, rows - apex_row), np.degrees(np.arctan2(abs(columns - apex_column), rows - apex_row))
    fan = torch.from_numpy((radius >= nearest) & (radius <= furthest) & (angle <= half_angle_deg))
    grids = fan.float()[None, None] * 0.3
    grids[:, :, 100:170, 80:110] = 0.0  # a shadow
    found = looks.masks_of(grids, torch.tensor([[0.0, 191.0, apex_column, apex_row, half_angle_deg]]))[0, 0]
    assert float((found != fan).float().mean()) < 0.005


def test_textures_have_unit_spread_and_no_slow_part() -> None:
    noise = np.random.default_rng(0).integers(20, 90, (2, GRID.rows, GRID.columns))
    slope = np.linspace(0.3, 2.0, GRID.columns)
    found = looks.textures_of(torch.from_numpy((noise * slope).clip(0, 255).astype(np.uint8)))
    assert float(found.std()) == pytest.approx(1.0, abs=0.1)
    assert float(found[:, :, :60].mean()) == pytest.approx(float(found[:, :, -60:].mean()), abs=0.1)
