"""Reader: whether a person would put a landmark where it lies. A rule of this renderer's own.

Rule 1: a landmark lies in the scan, MARGIN_MM from its sides at least, and sound reaches it: of the slices' mean amplitude LIT is left there.
Rule 2: its echo ends what lies above it. In greys without speckle it stands out of what lies above, or it is as bright as that and stands out of what
lies beneath. Rule 3: an opening is seen by both its lips. Rule 4: a nerve root is seen where its section's greys differ from those around it.
What meets these rules only by half is dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from models.foreign.reliefs.outline import Mark
from models.foreign.reliefs.probe import SAMPLES, Probe
from models.foreign.reliefs.sound import Heard

Sight: TypeAlias = Literal["clear", "dim", "hidden"]
LIT, HALF_LIT = 0.5, 0.3
LEAST_GREY = 0.1
MARGIN_MM = 2.0
WORST: dict[Sight, int] = {"clear": 0, "dim": 1, "hidden": 2}


@dataclass(frozen=True, slots=True)
class Reader:
    heard: Heard
    probe: Probe

    def sight(self, mark: Mark) -> Sight:
        if mark.lips:
            return max((self._edge(x, z) for x, z in ((mark.x, mark.z), *mark.lips) if (x, z) != (mark.x, mark.z)), key=WORST.__getitem__)
        if mark.root is not None:
            return self._root(mark.x, mark.z, mark.root)
        return self._edge(mark.x, mark.z)

    def _place(self, x: float, z: float) -> tuple[int, int, int] | None:
        """Beam, sample and how many beams are 0.8 mm; None beside the scan."""
        beam, sample = (float(value) for value in self.probe.beam_of(x, z))
        if not 0 <= sample < SAMPLES - MARGIN_MM / self.probe.step_mm:
            return None
        pitch = float(self.probe.pitch_mm()[int(sample)])
        if not MARGIN_MM / pitch <= beam <= self.probe.beams - 1 - MARGIN_MM / pitch:
            return None
        return round(beam), round(sample), max(1, round(0.8 / pitch))

    def _part(self, of: str, place: tuple[int, int, int], first_mm: float, last_mm: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """(samples,) mean over the beams around a place, so deep under it."""
        beam, sample, half = place
        first, last = (int(np.clip(sample + round(mm / self.probe.step_mm), 0, SAMPLES - 1)) for mm in (first_mm, last_mm))
        part: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = getattr(self.heard, of)[max(0, beam - half) : beam + half + 1,
            first : last + 1].mean(axis=0)
        return part

    def _edge(self, x: float, z: float) -> Sight:
        place = self._place(x, z)
        if place is None:
            return "hidden"
        lit = float(self._part("lit", place, -0.9, -0.4).mean())
        own = float(self._part("levels", place, -0.3, 1.5).max())
        over = own - float(self._part("levels", place, -5.0, -1.3).mean())
        under = own - float(self._part("levels", place, 2.5, 7.0).mean())
        if own < LEAST_GREY or lit < HALF_LIT:
            return "hidden"
        if lit >= LIT and ((over >= 0.07 and under >= 0.0) or (over >= -0.02 and under >= 0.14)):
            return "clear"
        return "dim" if over >= -0.08 and max(over, under) >= 0.06 else "hidden"

    def _root(self, x: float, z: float, radius: tuple[float, float]) -> Sight:
        place = self._place(x, z)
        if place is None:
            return "hidden"
        lit = float(self._part("lit", place, -radius[1], 0.0).mean())
        inside = self._part("levels", place, -radius[1] - 0.6, radius[1] + 0.6)
        around = np.concatenate([self._part("levels", place, -radius[1] - 4, -radius[1] - 1.2), self._part("levels", place, radius[1] + 1.2,
            radius[1] + 4)])
        differs = max(abs(float(inside.mean() - around.mean())), float(inside.max() - around.mean()) * 0.6)
        if lit < HALF_LIT or float(inside.max()) < LEAST_GREY or differs < 0.03:
            return "hidden"
        return "clear" if lit >= LIT and differs >= 0.06 else "dim"
