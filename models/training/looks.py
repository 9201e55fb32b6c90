"""Random looks of a scan: what other scanners, other settings and other people's tissue make of the same echoes.

Rule 1: no look moves an echo's leading edge: bone thickens downwards only, and blurs are no wider than the network's own cell.
Rule 2: nothing is drawn outside the scan; black inside the scan may be lifted.
The reasons are measured: real bone is a thick, half-hidden band over haze (models/foreign/README.md), where a plain phantom draws a line over black.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.training.settings import GRID

TONE_KNOTS = 6
THICK_MOST = 0.94  # of a bright echo's grey that the next cell below keeps: half after 7 mm
SNOW_MOST = 0.14  # of white: the spread of the noise
TEXTURE_CELLS = 13  # what is slower than this is anatomy, what is faster texture


@dataclass(frozen=True, slots=True)
class Looks:
    """Probabilities of each look (design)."""

    thick: float = 0.35
    haze: float = 0.4
    tone: float = 0.4
    fade: float = 0.4
    grain: float = 0.4
    mixed: float = 0.2
    coarse: float = 0.25
    texture: float = 0.25
    clutter: float = 0.25
    snow: float = 0.3


NO_LOOKS = Looks(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Borrowed:
    """What real frames without a spine lend. textures: (m, rows, columns) around 0; pictures: the same frames, 0 to 1, stretched over the grid."""

    textures: Tensor
    pictures: Tensor


def looked(grids: Tensor, inside: Tensor, generator: torch.Generator, looks: Looks = Looks(), borrowed: Borrowed | None = None) -> Tensor:
    """One random look of each scan. grids: (n, 1, rows, columns) 0 to 1; inside: bool of the same shape."""
    grids = _some(grids, looks.thick, generator, _thickened)
    grids = _some(grids, looks.haze, generator, _hazed)
    grids = _some(grids, looks.tone, generator, _toned)
    grids = _some(grids, looks.fade, generator, _faded)
    grids = _some(grids, looks.grain, generator, _grained)
    if borrowed is not None:
        grids = _some(grids, looks.texture, generator, lambda some, draw: _textured(some, borrowed.textures, draw))
        grids = _some(grids, looks.clutter, generator, lambda some, draw: _cluttered(some, borrowed.pictures, draw))
    grids = _some(grids, looks.mixed, generator, _mixed)
    grids = _some(grids, looks.snow, generator, _snowed)
    return _some(grids, looks.coarse, generator, _coarse).clamp(0, 1) * inside


def _some(grids: Tensor, probability: float, generator: torch.Generator, change: Callable[[Tensor, torch.Generator], Tensor]) -> Tensor:
    """The grids, some of them changed: each with the probability. Only these are reckoned: changing all took as long as learning from them."""
    chosen = torch.nonzero(torch.rand(len(grids), generator=generator) < probability)[:, 0]
    return grids.index_copy(0, chosen, change(grids[chosen], generator)) if len(chosen) else grids


def masks_of(grids: Tensor, sides: Tensor) -> Tensor:
    """Where the scan is, (n, 1, rows, columns) bool, from its sides as Samples holds them and the nearest and furthest grey that is there."""
    rows, columns = torch.meshgrid(torch.arange(float(GRID.rows)), torch.arange(float(GRID.columns)), indexing="ij")
    left, right, apex_column, apex_row, half_angle = (sides[:, index, None, None] for index in range(5))
    fan = ~apex_row.isnan()
    across, down = columns - apex_column, rows - apex_row
    radius = torch.where(fan, torch.hypot(across, down), rows)
    inside = (columns >= left) & (columns <= right)
    inside &= ~fan | (torch.atan2(across.abs(), down) <= torch.deg2rad(half_angle))
    seen = inside & (grids[:, 0] > 0)
    nearest = torch.where(seen, radius, torch.inf).amin((1, 2), keepdim=True)
    furthest = torch.where(seen, radius, -torch.inf).amax((1, 2), keepdim=True)
    return (inside & (radius >= nearest) & (radius <= furthest))[:, None]


def borrowed_of(grids: Tensor) -> Borrowed:
    """From real frames on the grid, uint8 (m, rows, columns)."""
    pictures = torch.stack([_stretched(grid) for grid in grids])
    return Borrowed(textures_of((pictures * 255).to(torch.uint8)), pictures)


def _stretched(grid: Tensor) -> Tensor:
    """What is not black of one frame, over all of the grid, 0 to 1."""
    rows, columns = (torch.nonzero((grid > 0).any(dim))[:, 0] for dim in (1, 0))
    part = grid[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].float()[None, None] / 255
    return functional.interpolate(part, size=(GRID.rows, GRID.columns), mode="bilinear", align_corners=False)[0, 0]


def textures_of(grids: Tensor) -> Tensor:
    """What is faster than anatomy in real frames, uint8 (m, rows, columns), to the same shape, of unit spread where there is grey."""
    pictures = grids.float()[:, None] / 255
    seen = (pictures > 0.02).float()
    size, reach = TEXTURE_CELLS, TEXTURE_CELLS // 2
    slow = functional.avg_pool2d(pictures, size, 1, reach) / functional.avg_pool2d(seen, size, 1, reach).clamp(min=0.1)
    ratio = (pictures / slow.clamp(min=0.03) - 1).clamp(-1.5, 3) * seen
    spread = ((ratio**2).sum((1, 2, 3)) / seen.sum((1, 2, 3)).clamp(min=1)).sqrt()
    return (ratio / spread.clamp(min=0.1)[:, None, None, None])[:, 0]


def _uniform(generator: torch.Generator, count: int, low: float, high: float) -> Tensor:
    return (torch.rand(count, generator=generator) * (high - low) + low)[:, None, None, None]


def _where(generator: torch.Generator, count: int, probability: float) -> Tensor:
    return (torch.rand(count, generator=generator) < probability)[:, None, None, None]


def _speckle(generator: torch.Generator, shape: torch.Size | tuple[int, ...], *, cells: tuple[int, int]) -> Tensor:
    """Grey noise of mean 1, in grains of so many cells (down, across); spread about as an envelope's."""
    count, _, rows, columns = shape
    small = torch.rand(count, 1, -(-rows // cells[0]), -(-columns // cells[1]), generator=generator)
    return 2 * functional.interpolate(small, size=(rows, columns), mode="bilinear", align_corners=False)


def even_noise(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """About 0, of unit spread, cell by cell: a normal draw costs three times as much."""
    return (torch.rand(shape, generator=generator) - 0.5) * 3.46


def _field(generator: torch.Generator, shape: torch.Size | tuple[int, ...], knots: int) -> Tensor:
    """A slow field over the picture, of mean 0 and a spread of about 1."""
    small = torch.randn(shape[0], 1, knots, knots, generator=generator)
    return functional.interpolate(small, size=shape[2:], mode="bicubic", align_corners=True)


def _thickened(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Bright echoes get a tail below them, speckled: what rings behind the leading edge."""
    count = len(grids)
    keep = THICK_MOST - _uniform(generator, count, 0, 0.35) * torch.rand(count, 1, 1, 1, generator=generator)
    slow = functional.avg_pool2d(grids, 16, 4, 6, count_include_pad=False)
    around = functional.interpolate(slow, size=grids.shape[2:], mode="bilinear", align_corners=False)
    tail = (grids - _uniform(generator, count, 1.0, 1.6) * around).clamp(min=0)
    for shift in (1, 2, 4, 8, 16):
        tail[:, :, shift:] = torch.maximum(tail[:, :, shift:], keep**shift * tail[:, :, :-shift])
    tail = tail * _uniform(generator, count, 0.7, 1.3) * (0.4 + 0.6 * _speckle(generator, grids.shape, cells=(2, 3)))
    return torch.maximum(grids, grids * 0.5 + tail)


def _hazed(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Grey haze over the dark: shadows are filled with clutter that has a speckle of its own and changes slowly over the picture."""
    count = len(grids)
    level = _uniform(generator, count, 0.03, 0.45) * torch.rand(count, 1, 1, 1, generator=generator)
    deep = torch.linspace(0, 1, grids.shape[2])[None, None, :, None]
    tilt = 1 + _uniform(generator, count, -0.8, 0.8) * (deep - 0.5)
    haze = level * tilt * (0.35 * _field(generator, grids.shape, 4)).exp() * (0.5 + 0.5 * _speckle(generator, grids.shape, cells=(2, 3)))
    return torch.where(_where(generator, count, 0.5), torch.maximum(grids, haze), grids + haze * (1 - grids))


def _toned(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Any rising grey curve of a few straight pieces."""
    count = len(grids)
    steps = torch.rand(count, TONE_KNOTS, generator=generator) ** 1.5 + 0.08
    curve = torch.cat([torch.zeros(count, 1), steps.cumsum(1)], 1)
    top = torch.rand(count, 1, generator=generator) * 0.4 + 0.7
    curve = curve / curve[:, -1:] * top
    place = grids.clamp(0, 1).flatten(1) * TONE_KNOTS
    low = place.long().clamp(max=TONE_KNOTS - 1)
    left, right = curve.gather(1, low), curve.gather(1, low + 1)
    return (left + (right - left) * (place - low)).view_as(grids)


def _faded(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Brighter and darker patches, and a fade towards sides or depth: never so dark that an echo is gone."""
    count = len(grids)
    patches = (_uniform(generator, count, 0.1, 0.5) * _field(generator, grids.shape, 5)).clamp(-1.1, 0.9).exp()
    across = torch.linspace(-1, 1, grids.shape[3])[None, None, None, :]
    side = 1 - _uniform(generator, count, 0, 0.6) * (across - _uniform(generator, count, -0.5, 0.5)).abs().clamp(max=1) ** 2
    return grids * patches * side


def _grained(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Coarser and finer speckle on all, wider across than down, as far from the focus."""
    count = len(grids)
    fine, wide = _speckle(generator, grids.shape, cells=(1, 2)), _speckle(generator, grids.shape, cells=(2, 5))
    share = _uniform(generator, count, 0, 1)
    amount = _uniform(generator, count, 0, 0.9)
    grain = 1 + amount * (share * fine + (1 - share) * wide - 1)
    return grids * grain.clamp(min=0.15)


def _textured(grids: Tensor, textures: Tensor, generator: torch.Generator) -> Tensor:
    """The texture of a real frame, shifted and mirrored, on all."""
    count = len(grids)
    picked = textures[torch.randint(len(textures), (count,), generator=generator)][:, None]
    across = int(torch.randint(textures.shape[2], (1,), generator=generator))
    picked = picked.roll(across, 3)
    if float(torch.rand(1, generator=generator)) < 0.5:
        picked = picked.flip(3)
    return grids * (1 + _uniform(generator, count, 0.1, 0.7) * picked).clamp(min=0.1)


def _cluttered(grids: Tensor, pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A real frame without a spine shines through: so that what only real frames have does not mean "none"."""
    count = len(grids)
    picked = pictures[torch.randint(len(pictures), (count,), generator=generator)][:, None]
    if float(torch.rand(1, generator=generator)) < 0.5:
        picked = picked.flip(3)
    share = _uniform(generator, count, 0.1, 0.45)
    return grids * (1 - share) + picked * share


def _snowed(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Electronic noise: on the dark as on the bright, as fine as a cell or two, often more of it the deeper. Twenty levels of it on the
    simulator's frames took seven points of the views (models/CARD.md)."""
    count = len(grids)
    fine = even_noise(grids.shape, generator)
    soft = functional.avg_pool2d(fine, 3, 1, 1, count_include_pad=False) * 3
    share = _uniform(generator, count, 0, 1)
    deep = torch.linspace(-1, 1, grids.shape[2])[None, None, :, None]
    rise = (_uniform(generator, count, -0.2, 1) * deep).exp()
    snow = torch.where(share < 0.5, fine, soft) * rise
    return (grids + _uniform(generator, count, 0.02, SNOW_MOST) * snow).clamp(min=0)


def _mixed(grids: Tensor, generator: torch.Generator) -> Tensor:
    """A random small kernel mixed in (RandConv, Xu 2021): edges and blobs weigh otherwise, places stay."""
    count = len(grids)
    kernels = torch.randn(count, 1, 5, 5, generator=generator) * 0.2
    kernels = kernels - kernels.mean((2, 3), keepdim=True) + 1 / 25
    mixed = functional.conv2d(grids.transpose(0, 1), kernels, padding=2, groups=count).transpose(0, 1)
    share = _uniform(generator, count, 0.1, 0.5)
    return (grids * (1 - share) + mixed * share).clamp(min=0)


def _coarse(grids: Tensor, generator: torch.Generator) -> Tensor:
    """A picture that was small once: two or three cells became one and were drawn large again."""
    count = len(grids)
    rows, columns = grids.shape[2:]
    pooled = (functional.avg_pool2d(grids, size, size, ceil_mode=True) for size in (2, 3))
    two, three = (functional.interpolate(part, size=(rows, columns), mode="bilinear", align_corners=False) for part in pooled)
    return torch.where(_where(generator, count, 0.65), two, three)
