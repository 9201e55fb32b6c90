"""edge/README.md's words are the code's: every reason with meaning and cure, every state, every health, every room."""

from __future__ import annotations

import re
from pathlib import Path

from edge.guidance.gate import HEALTH_REASONS, HINTS
from edge.types import Health
from firmware_bridge.wire import Reason, State

EDGE = Path(__file__).resolve().parents[2] / "edge"
TEXT = (EDGE / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """What stands under a heading of the second level."""
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = [line.strip("|") for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def test_every_reason_stands_in_the_table_with_its_meaning_and_its_cure() -> None:
    """A new reason fails here until edge/README.md, "States and reasons", tells what it means and what to do."""
    assert [name.strip("`") for name, _, _ in rows("States and reasons")] == [reason.name.lower() for reason in Reason]
    assert [name for name, means, cure in rows("States and reasons") if len(means) < 15 or len(cure) < 10] == []


def test_every_reason_has_a_hint() -> None:
    assert set(HINTS) == set(Reason)


def test_states_and_healths_are_told_too() -> None:
    text = section("States and reasons")
    assert [state.name for state in State if f"`{state.name.lower()}`" not in text] == []
    assert [health.value for health in Health if f"`{health.value}`" not in text] == []
    # "gives the reason of the same name, `unknown` gives `starting`"
    assert {health.value: reason.name.lower() for health, reason in HEALTH_REASONS.items()} == {
        health.value: "starting" if health is Health.UNKNOWN else health.value for health in Health if health is not Health.LIVE
    }


def test_every_room_stands_in_the_table() -> None:
    told = set(re.findall(r"`([\w/]+)`", " ".join(row[0] for row in rows("Rooms"))))
    rooms = {f"{path.parent.name}/" for path in EDGE.glob("*/__init__.py")} | {path.stem for path in EDGE.glob("*.py") if path.stem != "__init__"}
    assert told == rooms
