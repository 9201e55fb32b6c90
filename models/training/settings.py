"""What one training run is made of: grid, channels, seeds, sizes. Every figure of a run stands here or in its command."""

from __future__ import annotations

from dataclasses import dataclass

from edge.catalogue import NO_VIEW, VIEWS
from edge.model.manifest import Grid

STRIDE_CELLS = 4  # grid cells per heatmap cell
SIGMA_CELLS = 1.0  # of a landmark's Gaussian, in heatmap cells (2.4 mm)
GRID = Grid(columns=192, rows=208, mm_per_cell=0.6, x0_mm=-0.6 * 191 / 2, z0_mm=0.3)
# cells (right, down) that the picture is moved on the grid, a frame after another in turn: nets of stride 16 see three pictures, and their errors are
# not the same. Whole cells, so that calibration has the cells of a run
PLACINGS_CELLS = ((0, 0), (2, 1), (1, -2))
HEATMAP_COLUMNS = GRID.columns // STRIDE_CELLS
HEATMAP_ROWS = GRID.rows // STRIDE_CELLS
# how often a batch shows a view, against 1 for the others: more where the model before was least sure of targets, less where it knew them (validation
# subjects: a nerve root shown in 23 % of held frames, the groove of a transverse process in 88 %, the hiatus in 97 %; foreign frames: the sacral ala
# taken for a transverse process in 20 of 31, S1 for the sacroiliac joint in 16 of 50)
VIEW_WEIGHTS = {
    "transverse_foramen": 2.0,
    "transverse_process": 1.4,
    "transverse_sacral_ala": 1.6,
    "transverse_sacroiliac": 1.3,
    "transverse_s1": 1.4,
    "transverse_sacral_hiatus": 0.7,
    "longitudinal_sacral_hiatus": 0.7,
}
SAGITTAL = frozenset(name for name, view in VIEWS.items() if view.plane == "sagittal")

# the phantom's ranges of subject seeds; nobody is in two of them
TRAINING_SUBJECTS = 600_000  # those before taught earlier models
VALIDATION_SUBJECTS = 1_000_000
TEST_SUBJECTS = 2_000_000
TEST_SUBJECTS_END = 2_000_200
# the drawn renderers' seeds (models/foreign); those below are for looking at them and for reports
DRAWN_TRAINING = 10_000_000
DRAWN_VALIDATION, DRAWN_VALIDATION_END = 11_000_000, 11_100_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """views: NO_VIEW first, then as in the catalogue. landmarks: channel order. owners[v] = channels that view v shows."""

    views: tuple[str, ...]
    landmarks: tuple[str, ...]

    def channels_of(self, view: str) -> tuple[int, ...]:
        """Channels of a view's landmarks; none for NO_VIEW."""
        names = () if view == NO_VIEW else VIEWS[view].landmarks
        return tuple(self.landmarks.index(name) for name in names)


def vocabulary(views: tuple[str, ...] = tuple(VIEWS)) -> Vocabulary:
    """The channels that these views need, in the catalogue's order."""
    wanted = [name for name in VIEWS if name in views]
    landmarks = dict.fromkeys(landmark for name in wanted for landmark in VIEWS[name].landmarks)
    return Vocabulary((NO_VIEW, *wanted), tuple(landmarks))
