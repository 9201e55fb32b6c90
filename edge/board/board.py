"""What the board's own sensors say: temperature, supply, throttling, room on the disk; and its memory, given back."""

from __future__ import annotations

import ctypes
import shutil
from dataclasses import dataclass
from pathlib import Path

HWMON = Path("/sys/class/hwmon")
THERMAL = Path("/sys/class/thermal")
HOT_C = 80.0
LEAST_FREE_MB = 200
MOST_HEAPS = -8  # M_ARENA_MAX of glibc's malloc.h


@dataclass(frozen=True, slots=True)
class BoardState:
    """One look at the sensors. None or False where there is no such sensor; under-voltage as the kernel's hwmon driver tells it, throttled where
    the processor is slowed down for heat."""

    temperature_c: float | None = None
    under_voltage: bool | None = None
    throttled: bool = False
    free_mb: int | None = None

    @property
    def hot(self) -> bool:
        return self.temperature_c is not None and self.temperature_c >= HOT_C

    @property
    def disk_full(self) -> bool:
        return self.free_mb is not None and self.free_mb < LEAST_FREE_MB


def board_state(folder: Path, *, hwmon: Path = HWMON, thermal: Path = THERMAL) -> BoardState:
    """Looks now; folder is on the disk that is asked. Never raises: a sensor that cannot be read is none."""
    degrees = readings("thermal_zone*/temp", thermal)
    alarms = readings("*/in*_lcrit_alarm", hwmon)
    return BoardState(
        temperature_c=max(degrees) / 1000 if degrees else None,
        under_voltage=any(alarms) if alarms else None,
        throttled=any(readings("cooling_device*/cur_state", thermal, only="cpu")),
        free_mb=_free_mb(folder),
    )


def readings(pattern: str, folder: Path, *, only: str = "") -> list[int]:
    """Whole numbers in the files that match and whose folder's type names `only`; what cannot be read is left out."""
    found = []
    for path in sorted(folder.glob(pattern)):
        try:
            if only in (path.parent / "type").read_text() if only else True:
                found.append(int(path.read_text()))
        except (OSError, ValueError):
            continue
    return found


def give_back_memory() -> None:
    """Gives the kernel what was freed and is still held for the next request, where the C library can (glibc). The pictures that reading a 1080p
    screen makes on its way leave 10 MB of holes. Takes some milliseconds: never on the path's thread."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def share_one_heap() -> None:
    """Lets all threads that begin from here on allocate out of one heap, where the C library can (glibc): of one each they keep the holes of whole
    pictures, 5 MB at 1080p. They hardly wait for each other: Python lets one of them work at a time."""
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(MOST_HEAPS, 1)


def _free_mb(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free // 1_000_000
    except OSError:
        return None
