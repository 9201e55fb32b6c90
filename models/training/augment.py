"""Random changes to a batch of grids and their points: what another scanner, another hand or an operator's knob would change.

Rule 1: points move with the picture, so that truth stays where the echo is drawn. Rule 2: what makes a picture no view (upside down, wrong scale)
also takes its view and its points.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from models.training.looks import Borrowed, Looks, even_noise, looked
from models.training.settings import GRID, SAGITTAL, Vocabulary

WINDOW_VIEW = "paramedian_oblique"  # of the windows it shows the picture's middle tells which is meant: it is hardly shifted
BEND_FREE_CELLS = 30.0  # below the face the picture bends ever more, down to here
NARROW_HALF_MM = (17.0, 30.0)  # of the field of a linear array of 38 to 60 mm, less its edges
AIR_HIDES = 0.25  # share of an echo's grey that air takes before a landmark counts as hidden


@dataclass(frozen=True, slots=True)
class Batch:
    """grids: (n, 1, rows, columns) 0 to 1. views: (n,). points: as in Samples. masks: as grids, 1 where the scan is."""

    grids: Tensor
    views: Tensor
    points: Tensor
    masks: Tensor


@dataclass(frozen=True, slots=True)
class Strength:
    """Ranges of the changes (design). shift and bend in mm, angles in degrees; the rest are factors or probabilities."""

    scale: float = 0.04
    aspect: float = 0.02
    turn_deg: float = 5.0
    shift_x_mm: float = 8.0
    shift_z_mm: float = 2.0
    gamma: float = 0.4
    gain: float = 0.35
    no_view: float = 0.04
    noise: float = 0.12
    crop: float = 0.2
    shadow: float = 0.25
    air: float = 0.1
    marks: float = 0.15
    narrow: float = 0.08
    bend_mm: float = 2.5
    looks: Looks = field(default_factory=Looks)


# for the last steps: a network that met nothing but hard looks is unsure of plain frames, too
GENTLE = Strength(
    crop=0.15, shadow=0.2, air=0.06, marks=0.1, narrow=0.05, bend_mm=1.5,
    looks=Looks(thick=0.18, haze=0.2, tone=0.2, fade=0.2, grain=0.2, mixed=0.08, coarse=0.12, texture=0.12, clutter=0.1, snow=0.2),
)  # fmt: skip

# as the renderers drew it, nearly: they have looks of their own, and a network is asked about plain frames
PLAIN = Strength(
    scale=0.03, turn_deg=4.0, shift_x_mm=6.0, shift_z_mm=1.5, gamma=0.2, gain=0.2, no_view=0.02, noise=0.06, crop=0.08, shadow=0.06, air=0.02,
    marks=0.05, narrow=0.02, bend_mm=0.6,
    looks=Looks(thick=0.03, haze=0.05, tone=0.06, fade=0.05, grain=0.05, mixed=0.02, coarse=0.05, texture=0.04, clutter=0.02, snow=0.1),
)  # fmt: skip


def augmented(
    batch: Batch, words: Vocabulary, generator: torch.Generator, strength: Strength = Strength(), borrowed: Borrowed | None = None
) -> Batch:
    """One random version of each frame."""
    batch = _lifted(_moved(batch, words, generator, strength), words, generator, strength)
    batch = _narrowed(batch, words, generator, strength)
    kept = _kept(batch, generator, strength)
    inside = (batch.masks * kept) > 0.5
    grids = looked(batch.grids * kept, inside, generator, strength.looks, borrowed)
    grids = _shadowed(_graded(grids, generator, strength), generator, strength)
    grids = _blurred(_noisy(grids, generator, strength), generator) * inside
    return Batch(_marked(grids, generator, strength).clamp(0, 1), batch.views, batch.points, inside.float())


def _uniform(generator: torch.Generator, count: int, low: float, high: float) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _chosen(generator: torch.Generator, count: int, probability: float) -> Tensor:
    return torch.rand(count, generator=generator) < probability


def _moved(batch: Batch, words: Vocabulary, generator: torch.Generator, strength: Strength) -> Batch:
    """Mirror (transverse only), scale, turn and shift; now and then upside down or at a wrong scale, which is no view."""
    count = len(batch.views)
    sagittal = torch.tensor([view in SAGITTAL for view in words.views])[batch.views]
    mirror = torch.where(_chosen(generator, count, 0.5) & ~sagittal, -1.0, 1.0)
    ruin = _chosen(generator, count, strength.no_view)
    upside_down = ruin & _chosen(generator, count, 0.4)
    wrong_scale = torch.where(_chosen(generator, count, 0.5), _uniform(generator, count, 1.6, 2.6), _uniform(generator, count, 0.4, 0.62))
    scale = 1 + _uniform(generator, count, -strength.scale, strength.scale)
    scale = torch.where(ruin & ~upside_down, wrong_scale, scale)
    aspect = 1 + _uniform(generator, count, -strength.aspect, strength.aspect)
    turn = torch.deg2rad(_uniform(generator, count, -strength.turn_deg, strength.turn_deg))
    linear = torch.stack(
        [
            torch.stack([torch.cos(turn) * scale * aspect * mirror, -torch.sin(turn) * scale], -1),
            torch.stack([torch.sin(turn) * scale * mirror, torch.cos(turn) * scale / aspect], -1),
        ],
        -2,
    )
    linear = linear * torch.where(upside_down, -1.0, 1.0)[:, None, None]
    shift = torch.stack(
        [
            _uniform(generator, count, -strength.shift_x_mm, strength.shift_x_mm),
            _uniform(generator, count, -strength.shift_z_mm, strength.shift_z_mm),
        ],
        -1,
    )
    if WINDOW_VIEW in words.views:
        shift[:, 0] *= torch.where(batch.views == words.views.index(WINDOW_VIEW), 0.25, 1.0)
    # turned and scaled about the middle of the array's face, so that depth grows from the face; upside down about the grid's middle
    half = torch.tensor([(GRID.columns - 1) / 2, (GRID.rows - 1) / 2])
    pivot = torch.where(upside_down[:, None], half, torch.tensor([half[0].item(), 0.0]))
    offset = pivot + shift / GRID.mm_per_cell - torch.einsum("nij,nj->ni", linear, pivot)
    bend = _bend(generator, count, strength.bend_mm)
    grids, masks = _resampled(torch.cat([batch.grids, batch.masks], 1), linear, offset, bend).split(1, 1)
    points = _carried(batch.points, linear, offset, bend)
    views = torch.where(ruin, torch.zeros_like(batch.views), batch.views)
    points = torch.where(ruin[:, None, None, None], torch.full_like(points, float("nan")), points)
    return Batch(grids, views, _inside_grid(points), masks)


def _bend(generator: torch.Generator, count: int, most_mm: float) -> Tensor:
    """(n, 2, rows, columns) cells (across, down) by which a place is drawn from elsewhere: slow over the picture, none at the array's face."""
    slow = torch.randn(count, 2, 5, 5, generator=generator)
    finer = 0.3 * torch.randn(count, 2, 9, 9, generator=generator)
    coarse = (GRID.rows // 8, GRID.columns // 8)
    fields = [functional.interpolate(knots, size=coarse, mode="bicubic", align_corners=True) for knots in (slow, finer)]
    amount = torch.rand(count, 1, 1, 1, generator=generator) * most_mm / GRID.mm_per_cell
    below = (torch.linspace(0, GRID.rows, coarse[0]) / BEND_FREE_CELLS).clamp(max=1)[None, None, :, None]
    bend = (fields[0] + fields[1]).clamp(-2, 2) * amount * below
    return functional.interpolate(bend, size=(GRID.rows, GRID.columns), mode="bilinear", align_corners=True)


def _carried(points: Tensor, linear: Tensor, offset: Tensor, bend: Tensor) -> Tensor:
    """Where the picture's change takes points (n, landmarks, sides, 2): the place p with linear^-1 (p - offset) + bend(p) = point, by repetition."""
    half = torch.tensor([GRID.columns / 2, GRID.rows / 2])

    def moved(given: Tensor) -> Tensor:
        return torch.einsum("nij,nlsj->nlsi", linear, given) + offset[:, None, None, :]

    found = moved(points)
    for _ in range(4):
        where = (torch.nan_to_num(found) + 0.5) / half - 1
        there = functional.grid_sample(bend, where, mode="bilinear", padding_mode="border", align_corners=False)
        found = moved(points - there.permute(0, 2, 3, 1))
    return found


def _inside_grid(points: Tensor) -> Tensor:
    most = torch.tensor([GRID.columns - 1.0, GRID.rows - 1.0])
    lost = ((points < 0) | (points > most)).any(dim=-1, keepdim=True)
    return torch.where(lost, torch.full_like(points, float("nan")), points)


def _resampled(grids: Tensor, linear: Tensor, offset: Tensor, bend: Tensor) -> Tensor:
    """out(p) = in(linear^-1 (p - offset) + bend(p)), p in cells (column, row)."""
    back = torch.linalg.inv(linear)
    half = torch.tensor([GRID.columns / 2, GRID.rows / 2])
    # grid_sample wants -1..1 over the picture's edges: cell c is at (c + 0.5) / half - 1
    matrix = back * half[None, None, :] / half[None, :, None]
    start = torch.einsum("nij,nj->ni", back, half - 0.5 - offset) - (half - 0.5)
    theta = torch.cat([matrix, (start / half)[:, :, None]], dim=2)
    where = functional.affine_grid(theta, list(grids.shape), align_corners=False) + bend.permute(0, 2, 3, 1) / half
    return functional.grid_sample(grids, where, mode="bilinear", padding_mode="zeros", align_corners=False)


def _lifted(batch: Batch, words: Vocabulary, generator: torch.Generator, strength: Strength) -> Batch:
    """Air under a part of the face: black along its beams, and what lies there is hidden. A view of which next to nothing is left is none, as in
    the phantom's truth (models/phantom/frame.py)."""
    count = len(batch.views)
    middle = (GRID.columns - 1) / 2
    apex = _uniform(generator, count, 30, 300) / GRID.mm_per_cell  # cells from where the beams meet down to the face
    start = _uniform(generator, count, 0, GRID.columns) - middle  # of the air's middle, at the face
    half = _uniform(generator, count, 2, 18) / GRID.mm_per_cell
    half = torch.where(_chosen(generator, count, strength.air), half, torch.full((count,), -1e3))

    def taken(column: Tensor, row: Tensor) -> Tensor:
        """Share of the grey taken at places (n, ...): 1 inside, 0 outside, over 1.5 mm at the face."""
        shape = (count,) + (1,) * (column.dim() - 1)
        at_face = (column - middle) / (1 + row.clamp(min=0) / apex.view(shape))
        return ((half.view(shape) - (at_face - start.view(shape)).abs()) * GRID.mm_per_cell / 1.5 + 0.5).clamp(0, 1)

    rows, columns = torch.meshgrid(torch.arange(float(GRID.rows)), torch.arange(float(GRID.columns)), indexing="ij")
    shape = (count, GRID.rows, GRID.columns)
    grids = (batch.grids - taken(columns.expand(shape), rows.expand(shape))[:, None]).clamp(min=0)
    hidden = taken(batch.points[..., 0], batch.points[..., 1]) > AIR_HIDES  # NaN is not
    return _without(Batch(grids, batch.views, batch.points, batch.masks), hidden, words)


def _without(batch: Batch, hidden: Tensor, words: Vocabulary) -> Batch:
    """The batch without the points that are hidden (n, landmarks, sides). A view of whose landmarks fewer than a third are left is none."""
    points = torch.where(hidden[..., None], torch.full_like(batch.points, float("nan")), batch.points)
    owned = torch.tensor([len(words.channels_of(view)) for view in words.views])[batch.views]
    left = (~points.isnan().any(-1)).any(-1).sum(1)
    gone = hidden.flatten(1).any(1) & (3 * left < owned)
    points = torch.where(gone[:, None, None, None], torch.full_like(points, float("nan")), points)
    return Batch(batch.grids, torch.where(gone, torch.zeros_like(batch.views), batch.views), points, batch.masks)


def _narrowed(batch: Batch, words: Vocabulary, generator: torch.Generator, strength: Strength) -> Batch:
    """A linear array's narrow field, now and then: what lies beyond it is not seen."""
    count = len(batch.views)
    half = _uniform(generator, count, *NARROW_HALF_MM) / GRID.mm_per_cell
    half = torch.where(_chosen(generator, count, strength.narrow), half, torch.tensor(float(GRID.columns)))
    middle = (GRID.columns - 1) / 2 + _uniform(generator, count, -6, 6) / GRID.mm_per_cell
    inside = ((torch.arange(GRID.columns)[None, :] - middle[:, None]).abs() <= half[:, None]).float()[:, None, None, :]
    hidden = (batch.points[..., 0] - middle[:, None, None]).abs() > half[:, None, None]
    return _without(Batch(batch.grids * inside, batch.views, batch.points, batch.masks * inside), hidden, words)


def _kept(batch: Batch, generator: torch.Generator, strength: Strength) -> Tensor:
    """1 where a shallower depth setting or a narrower probe still shows the picture, never closer than 4 mm to a point: (n, 1, rows, columns)."""
    count = len(batch.views)
    margin = 4 / GRID.mm_per_cell
    rows = torch.nan_to_num(batch.points[..., 1], nan=0.0).flatten(1).amax(1)
    lowest = torch.maximum(rows + margin, torch.tensor(0.35 * GRID.rows))
    bottom = lowest + torch.rand(count, generator=generator) * (GRID.rows - lowest).clamp(min=0)
    bottom = torch.where(_chosen(generator, count, strength.crop), bottom, torch.tensor(float(GRID.rows)))
    centre = (GRID.columns - 1) / 2
    reach = torch.nan_to_num((batch.points[..., 0] - centre).abs(), nan=0.0).flatten(1).amax(1) + margin
    reach = reach.clamp(min=0.3 * GRID.columns)
    width = reach + torch.rand(count, generator=generator) * (GRID.columns / 2 - reach).clamp(min=0)
    width = torch.where(_chosen(generator, count, strength.crop), width, torch.tensor(float(GRID.columns)))
    keep_row = torch.arange(GRID.rows)[None, :] <= bottom[:, None]
    keep_column = (torch.arange(GRID.columns)[None, :] - centre).abs() <= width[:, None]
    return (keep_row[:, None, :, None] & keep_column[:, None, None, :]).float()


def _graded(grids: Tensor, generator: torch.Generator, strength: Strength) -> Tensor:
    """Gamma, gain, and gain along depth in three straight pieces."""
    count = len(grids)
    gamma = torch.exp(_uniform(generator, count, -strength.gamma, strength.gamma))
    gain = torch.exp(_uniform(generator, count, -strength.gain, strength.gain))
    knots = 1 + (torch.rand(count, 1, 4, generator=generator) - 0.5) * strength.gain
    curve = functional.interpolate(knots, size=GRID.rows, mode="linear", align_corners=True)
    return grids.clamp(min=1e-6) ** gamma[:, None, None, None] * gain[:, None, None, None] * curve[:, :, :, None]


def _shadowed(grids: Tensor, generator: torch.Generator, strength: Strength) -> Tensor:
    """A soft darker band, as behind poor contact: never so dark that what lies in it is gone."""
    count = len(grids)
    centre = _uniform(generator, count, 0, GRID.columns)[:, None]
    width = _uniform(generator, count, 5, 30)[:, None]
    depth = torch.where(_chosen(generator, count, strength.shadow), _uniform(generator, count, 0.2, 0.65), torch.zeros(count))
    band = depth[:, None] * torch.exp(-(((torch.arange(GRID.columns)[None, :] - centre) / width) ** 4))
    return grids * (1 - band)[:, None, None, :]


def _noisy(grids: Tensor, generator: torch.Generator, strength: Strength) -> Tensor:
    """Speckle-like (grows with grey) at two sizes."""
    count = len(grids)
    fine = even_noise(grids.shape, generator)
    coarse = torch.randn(count, 1, GRID.rows // 4, GRID.columns // 4, generator=generator)
    amount = _uniform(generator, count, 0, strength.noise)[:, None, None, None]
    return grids * (1 + amount * (fine + functional.interpolate(coarse, scale_factor=4.0)))


def _blurred(grids: Tensor, generator: torch.Generator) -> Tensor:
    """Between a little sharper and a 3 x 3 mean."""
    amount = _uniform(generator, len(grids), -0.3, 0.8)[:, None, None, None]
    return grids + amount * (functional.avg_pool2d(grids, 3, 1, 1) - grids)


def _marked(grids: Tensor, generator: torch.Generator, strength: Strength) -> Tensor:
    """Caliper crosses and dotted lines, as an operator leaves them."""
    for index in torch.nonzero(_chosen(generator, len(grids), strength.marks))[:, 0].tolist():
        level = float(_uniform(generator, 1, 0.5, 1.0))
        for _ in range(int(torch.randint(1, 4, (1,), generator=generator))):
            row = int(torch.randint(8, GRID.rows - 8, (1,), generator=generator))
            column = int(torch.randint(8, GRID.columns - 8, (1,), generator=generator))
            if torch.rand(1, generator=generator) < 0.6:
                grids[index, 0, row - 3 : row + 4, column] = level
                grids[index, 0, row, column - 3 : column + 4] = level
            else:
                grids[index, 0, row, column : column + 60 : 4] = level
    return grids
