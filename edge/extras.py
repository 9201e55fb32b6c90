"""What an extra needs, as a command that installs it: tuffier stands in no registry, so that an extra cannot be had by its name."""

from __future__ import annotations

import platform
import re
import shlex
import sys
from collections.abc import Sequence
from importlib import metadata


def cure(extra: str) -> str:
    """The command, in backquotes, that brings the packages of an extra into this very environment."""
    return f"`{shlex.quote(sys.executable)} -m pip install {' '.join(map(shlex.quote, packages(extra)))}`"


def packages(extra: str) -> list[str]:
    """An extra's packages with their least versions, those that this processor can have."""
    return needed(metadata.requires("tuffier") or [], extra=extra, machine=platform.machine())


def needed(requirements: Sequence[str], *, extra: str, machine: str) -> list[str]:
    """Of lines as package metadata has them (`av>=14; extra == "video"`) those of an extra, without their conditions."""
    found = [line.partition(";") for line in requirements]
    return [name.strip() for name, _, condition in found if _named(condition, extra) and not _left_out(condition, machine)]


def _named(condition: str, extra: str) -> bool:
    return re.search(rf"""extra == ["']{re.escape(extra)}["']""", condition) is not None


def _left_out(condition: str, machine: str) -> bool:
    """Whether the condition leaves this processor out: the only other one that our extras state of a package."""
    return re.search(rf"""platform_machine != ["']{re.escape(machine)}["']""", condition) is not None
