"""The path without clock or device: every frame of a source answered in order, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator

from edge.pipeline import Answer, Course, Invoke
from edge.source.sources import Clip, Item
from edge.step import Stated, captured_ns, fresh, step


def replay(clips: Iterator[Clip], course: Course, invoke: Invoke, stated: Stated) -> Iterator[tuple[Item, Answer]]:
    """One answer a frame; of a still clip, the last presentation's."""
    for clip in clips:
        state = fresh(stated, clip)
        last: tuple[Item, Answer] | None = None
        for item in clip.items:
            state, said = step(state, item, course, invoke, now_ns=captured_ns(item))
            if clip.still:
                last = item, said
            else:
                yield item, said
        if last is not None:
            yield last
