"""Labels by hypothesis: any that a page could send."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some

from edge.annotate.label import Label, Slot, slot_count
from edge.catalogue import NO_VIEW, VIEWS
from edge.types import ScreenLeft
from firmware_bridge.wire import Side

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
PLACE = some.tuples(*[some.floats(0, 2000, allow_nan=False).map(lambda value: round(value, 2))] * 2)
PLACED = some.builds(Slot, PLACE, some.sampled_from(["", "unsure"]))
ABSENT = some.builds(Slot, some.none(), some.sampled_from(["hidden", "cut", "open"]))


@some.composite
def labels(draw: some.DrawFn) -> Label:
    view = draw(some.sampled_from([None, NO_VIEW, *VIEWS]))
    slots = {}
    for name in VIEWS[view].landmarks if view in VIEWS else ():
        found = [draw(some.one_of(PLACED, ABSENT)) for _ in range(slot_count(view, name))]
        if len(found) == 2 and all(slot.at for slot in found):
            found.sort(key=lambda slot: slot.at)
        slots[name] = tuple(found)
    return Label(
        view,
        draw(some.booleans()),
        draw(some.sampled_from(ScreenLeft)),
        draw(some.sampled_from([Side.NONE, Side.LEFT, Side.RIGHT])),
        draw(some.text(max_size=20)).strip(),
        slots,
        draw(some.booleans()),
    )
