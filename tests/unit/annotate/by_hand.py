"""A person who has read real frames and sets what was read on the page: by key and mouse alone, each of them counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from edge.annotate.label import slot_count
from edge.catalogue import VIEWS
from tests.unit.annotate.driven import Page, until

NEAR_PX = 0.5  # a person who sees the mark farther off moves it by the arrows


class Person:
    """lines: what was read, by the picture's name, in truth.jsonl's form; doubtful: frames of whose view the reader was unsure."""

    def __init__(self, page: Page, lines: Mapping[str, Mapping[str, Any]], doubtful: frozenset[str]) -> None:
        self.page, self.lines, self.doubtful = page, lines, doubtful
        self.done: Counter[str] = Counter()  # keys and clicks

    def key(self, key: str, modifiers: int = 0) -> None:
        self.page.key(key, modifiers)
        self.done["keys"] += 1

    def click(self, place: tuple[float, float]) -> None:
        self.page.mouse(("mousePressed", *place), ("mouseReleased", *place))
        self.done["clicks"] += 1

    def shown(self) -> str:
        return str(self.page.value("now.frame"))

    def label(self) -> None:
        """The frame that is shown, to its end: the page goes on to the next by itself."""
        name = self.shown()
        line = self.lines[name]
        self.key("n" if line["view"] == "none" else str((list(VIEWS).index(line["view"]) + 1) % 10))
        self._choose("now.label.screen_left", line["screen_left"], "l")
        if line["side"]:
            self._choose("now.label.side", line["side"], "s")
        self._choose("now.label.view_unsure", name in self.doubtful, "v")
        for landmark in VIEWS[line["view"]].landmarks if line["view"] in VIEWS else ():
            self._landmark(line, landmark)
        self.key("d")
        until(lambda: self.page.value(f"['done', 'unsure'].includes(desk.frames.find(each => each.frame === '{name}').state)"), f"{name} done")
        until(lambda: self.page.value("at('banner').checkVisibility()") or self.shown() != name, "the next frame")

    def decide(self) -> None:
        """Frames that were set aside: each opened by the mouse, and no longer doubted."""
        for name in self.doubtful:
            number = self.page.value(f"desk.frames.findIndex(each => each.frame === '{name}')")
            self.page.press(f"#frames li:nth-child({number + 1}) button")
            self.done["clicks"] += 1
            until(lambda name=name: self.shown() == name, name)  # type: ignore[misc]
            self.key("v")
            self.page.saved()

    def _choose(self, what: str, wanted: Any, key: str) -> None:
        for _ in range(6):
            if self.page.value(what) == wanted:
                return
            self.key(key)
        raise AssertionError(f"{self.shown()}: {what} never becomes {wanted!r}")

    def _landmark(self, line: Mapping[str, Any], name: str) -> None:
        """Where it was read; what was not is hidden."""
        points = line["landmarks"].get(name, [])
        for number in range(slot_count(line["view"], name)):
            if number >= len(points):
                self.key("h")
                continue
            self.click(self.page.where(str(points[number])))
            self._to(name, number, points[number])

    def _to(self, name: str, number: int, point: list[float]) -> None:
        """By the arrows, where the click did not hit."""
        u, v = self.page.slot(name, number)["at"]
        for by, less, more in ((point[0] - u, "ArrowLeft", "ArrowRight"), (point[1] - v, "ArrowUp", "ArrowDown")):
            if abs(by) > NEAR_PX:
                self.click(self.page.where(f"{name}:{number}"))
                for _ in range(round(abs(by))):
                    self.key(more if by > 0 else less)
