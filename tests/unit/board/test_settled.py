"""Memory is given back once for each scan that has settled, never while its screen is still being read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.board import app
from edge.board.app import SETTLED_ANSWERS, Settled
from edge.board.board import give_back_memory, share_one_heap
from edge.types import Health, NoScan, Scan, ScanGeometry, ScreenLeft
from firmware_bridge.wire import Reason

LOST = NoScan(0, 0, Reason.NO_SIGNAL)


def scan_of(shape: ScanGeometry) -> Scan:
    return Scan(0, 0, shape, (50.0, 0.0), 0.2, 0.2, "ruler", ScreenLeft.UNKNOWN, Health.LIVE)


ONE, OTHER = (scan_of(ScanGeometry("rectangle", 0, 0, right_px, 100)) for right_px in (100, 90))
FEW = SETTLED_ANSWERS // 2
CASES: list[tuple[str, Sequence[Scan | NoScan], int]] = [
    ("no scan yet", [LOST] * 3 * SETTLED_ANSWERS, 0),
    ("one scan, once", [ONE] * 3 * SETTLED_ANSWERS, 1),
    ("a scan that comes and goes", [*[ONE] * FEW, LOST] * 5, 0),
    ("each scan by itself", [*[ONE] * 2 * SETTLED_ANSWERS, *[OTHER] * 2 * SETTLED_ANSWERS], 2),
]


@pytest.mark.parametrize(("scans", "times"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_memory_is_given_back_when_a_scan_has_settled(scans: Sequence[Scan | NoScan], times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bool] = []
    monkeypatch.setattr(app, "give_back_memory", lambda: given.append(True))
    settled = Settled()
    for scan in scans:
        settled.see(scan)
    assert len(given) == times


def test_giving_back_works_on_this_machine() -> None:
    share_one_heap()
    give_back_memory()
