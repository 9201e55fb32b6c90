"""tracings: an atlas of what a sonographer sees, traced by hand as curves, bent, and drawn as echoes over layered tissue.

page.py holds what a tracing is; lumbar.py, sacrum.py, along.py and misses.py are the atlas; probe.py, looks.py and echoes.py draw; judge.py tells.
Rule: only what a beam reaches answers. A stroke of bone stops 98 % of the sound, and the next one beneath it stays dark.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.catalogue import NO_VIEW, VIEWS
from models.foreign.echo import HIDDEN_SHARE, wanted
from models.foreign.foreign_frame import ForeignFrame
from models.foreign.tracings import along, lumbar, misses, sacrum
from models.foreign.tracings.draft import drawn, finished
from models.foreign.tracings.page import Page

ROOMS = (lumbar, sacrum, along, misses)
ATLAS: dict[str, Callable[[Page], None]] = {
    name: getattr(room, name) for name in (*VIEWS, NO_VIEW) for room in ROOMS if hasattr(room, name)
}
MOST_DRAWS = 8


def render(seed: int, view: str) -> ForeignFrame:
    """One frame of a view of the catalogue or of none. The same seed and view give the same bytes. Raises KeyError on an unknown view."""
    trace = ATLAS[view]
    hidden = bool(np.random.default_rng((seed, 977)).random() < HIDDEN_SHARE) and view != NO_VIEW
    for draw in range(MOST_DRAWS):
        page = Page(np.random.default_rng((seed, list(ATLAS).index(view), draw)))
        trace(page)
        draft = drawn(page, view, hidden=hidden)
        if view == NO_VIEW or wanted(view, draft.truth["landmarks"], target=draft.truth["target"] is not None, hidden=hidden):
            break
    return finished(draft, seed)
