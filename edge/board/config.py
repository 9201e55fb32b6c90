"""The configuration: one TOML file over defaults, checked whole at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from edge.guidance.session import Needle, Session, checked, pivot_on_screen
from edge.limits import MOST_TOML_BYTES, text_of
from edge.toml_words import line_of, nearest, table_of
from firmware_bridge.wire import Procedure, Side


class ConfigError(Exception):
    """The configuration cannot be used; the text names file, line and cure."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """[source]"""

    source: str = "recording:demonstration?from=frames"
    profile: str = ""  # a shipped profile's name or a path; empty: find everything on the screen


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """[device]"""

    device: str = "sim:"
    demo: bool = False  # a picture that is not live may go to a real device, which then says DEMO and arms nothing
    latency_ms: float = 0.0  # of scanner and grabber, added to every age; 0 to 500


@dataclass(frozen=True, slots=True)
class ProcedureConfig:
    """[procedure]"""

    procedure: str = "facet"
    side: str = "right"
    approach: str = ""  # in_plane, out_of_plane; empty: the procedure's own
    entry_x_mm: float = 0.0  # 0: the procedure's own
    entry_y_mm: float = 15.0
    lateral_limit_mm: float = 3.0
    pivot_mm: tuple[float, ...] = ()  # of the bracket, (x, z) in the probe's body: x towards the probe's marker, z < 0 above the skin; empty: none


@dataclass(frozen=True, slots=True)
class BracketConfig:
    """[bracket]: limits of the bracket whose pivot is [procedure] pivot_mm. They only narrow what the device was built for."""

    angle_least_deg: float = -45.0
    angle_most_deg: float = 45.0
    park_deg: float = 0.0  # where the first press of ARM takes it
    slew_deg_per_s: float = 20.0
    servo_least_us: int = 1000  # pulse width at angle_least_deg
    servo_most_us: int = 2000  # pulse width at angle_most_deg


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """[model]"""

    path: str = ""  # empty: the bundled model
    threads: int = 1


@dataclass(frozen=True, slots=True)
class MonitorConfig:
    """[monitor]"""

    igtl: str = ""  # ADDRESS:PORT of OpenIGTLink, e.g. 127.0.0.1:18944; empty: none
    page: str = "127.0.0.1:8642"  # ADDRESS:PORT where the page is served; 0.0.0.0:8642: to all that reach it; empty: not at all


@dataclass(frozen=True, slots=True)
class GateConfig:
    """[gate]: looser than the defaults only with research = true."""

    research: bool = False
    max_age_ms: float = 200.0
    max_interval_mm: float = 5.0
    agreeing_frames: int = 3


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run can be told."""

    source: SourceConfig = field(default_factory=SourceConfig)
    device: DeviceConfig = field(default_factory=DeviceConfig)
    procedure: ProcedureConfig = field(default_factory=ProcedureConfig)
    bracket: BracketConfig = field(default_factory=BracketConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    gate: GateConfig = field(default_factory=GateConfig)
    monitor: MonitorConfig = field(default_factory=MonitorConfig)


RANGES: dict[str, tuple[float, float]] = {
    "latency_ms": (0, 500),
    "entry_x_mm": (0, 120),
    "entry_y_mm": (1, 60),
    "lateral_limit_mm": (0.5, 10),
    "threads": (1, 8),
    "max_age_ms": (20, 1000),
    "max_interval_mm": (0.5, 20),
    "agreeing_frames": (1, 30),
    "pivot_mm": (-100, 100),
    "angle_least_deg": (-90, 90),
    "angle_most_deg": (-90, 90),
    "park_deg": (-90, 90),
    "slew_deg_per_s": (0.1, 100),
    "servo_least_us": (500, 2500),
    "servo_most_us": (500, 2500),
}
SECTIONS: dict[str, type[Any]] = {
    "source": SourceConfig,
    "device": DeviceConfig,
    "procedure": ProcedureConfig,
    "bracket": BracketConfig,
    "model": ModelConfig,
    "gate": GateConfig,
    "monitor": MonitorConfig,
}


def load(path: Path) -> Config:
    """Reads and checks a file. Raises ConfigError."""
    try:
        text = text_of(path, MOST_TOML_BYTES)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}: name another file") from error
    return parse(text, name=str(path))


def parse(text: str, *, name: str = "configuration") -> Config:
    """Checks TOML text whole. Raises ConfigError, naming line and nearest known key."""
    try:
        table = table_of(text)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from error
    parts: dict[str, Any] = {}
    for section, values in table.items():
        if section not in SECTIONS:
            raise ConfigError(_unknown(name, text, section, list(SECTIONS), f"^\\s*\\[?\\s*{re.escape(section)}\\b"))
        if not isinstance(values, Mapping):
            pattern = rf"^\s*{re.escape(section)}\b"
            raise ConfigError(f"{name}, line {line_of(text, pattern)}: [{section}] is a section, not a value")
        parts[section] = _section(name, text, section, values)
    config = Config(**parts)
    _refuse_looser(config.gate, name)
    _refuse_crossed(config.bracket, name)
    return config


def _section(name: str, text: str, section: str, values: Mapping[str, Any]) -> Any:
    """One section's dataclass with types and ranges checked."""
    kind = SECTIONS[section]
    known = {entry.name: entry.default for entry in fields(kind)}
    parts: dict[str, Any] = {}
    for key, value in values.items():
        pattern = f"^\\s*{re.escape(key)}\\s*="
        if key not in known:
            raise ConfigError(_unknown(name, text, key, list(known), pattern))
        default: Any = known[key]
        if key == "pivot_mm":
            parts[key] = pivot(value, where=f"{name}, line {line_of(text, pattern)}")
            continue
        parts[key] = value
        wanted = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
            raise ConfigError(f"{name}, line {line_of(text, pattern)}: {key} is {value!r}, it must be like {default!r}")
        low, high = RANGES.get(key, (float("-inf"), float("inf")))
        if key in RANGES and not low <= value <= high and value != default:
            raise ConfigError(f"{name}, line {line_of(text, pattern)}: {key} is {value}, it must lie from {low:g} to {high:g}")
    return kind(**parts)


def pivot(value: Any, *, where: str) -> tuple[float, ...]:
    """A bracket's pivot (x, z), or () for none. Raises ConfigError."""
    low, high = RANGES["pivot_mm"]
    right = isinstance(value, (list, tuple)) and len(value) in (0, 2)
    if not right or not all(isinstance(each, (int, float)) and not isinstance(each, bool) and low <= each <= high for each in value):
        raise ConfigError(f"{where}: pivot_mm is {value!r}, it must be [x, z], each from {low:g} to {high:g} mm, or [] without a bracket")
    if value and value[1] >= 0:
        raise ConfigError(f"{where}: pivot_mm has z = {value[1]:g}: a pivot stands above the skin, where z is below 0")
    return tuple(float(each) for each in value)


def _refuse_looser(gate: GateConfig, name: str) -> None:
    usual = GateConfig()
    looser = [
        key
        for key, is_looser in (
            ("max_age_ms", gate.max_age_ms > usual.max_age_ms),
            ("max_interval_mm", gate.max_interval_mm > usual.max_interval_mm),
            ("agreeing_frames", gate.agreeing_frames < usual.agreeing_frames),
        )
        if is_looser
    ]
    if looser and not gate.research:
        raise ConfigError(f"{name}: [gate] {looser[0]} is looser than the default: that needs research = true beside it")


def _refuse_crossed(bracket: BracketConfig, name: str) -> None:
    least, most, park = bracket.angle_least_deg, bracket.angle_most_deg, bracket.park_deg
    if not least < most:
        raise ConfigError(f"{name}: [bracket] angle_least_deg is {least:g}, it must be below angle_most_deg, {most:g}")
    if not least <= park <= most:
        raise ConfigError(f"{name}: [bracket] park_deg is {park:g}, it must lie from angle_least_deg to angle_most_deg, {least:g} to {most:g}")


def _unknown(name: str, text: str, key: str, known: list[str], pattern: str) -> str:
    return f"{name}, line {line_of(text, pattern)}: unknown key {key!r}: did you mean {nearest(key, known)!r}?"


def session_of(chosen: ProcedureConfig, marker: Literal["left", "right"]) -> Session:
    """The session that a configuration states; marker: where the profile says it is drawn. Raises ConfigError, naming the cure."""
    try:
        procedure = Procedure[chosen.procedure.upper()]
    except KeyError:
        raise ConfigError(f"unknown procedure {chosen.procedure!r}: `tuffier procedures` lists them") from None
    if chosen.side not in ("left", "right"):
        raise ConfigError(f"side is {chosen.side!r}: it can be left or right, the patient's")
    if chosen.approach not in ("", "in_plane", "out_of_plane"):
        raise ConfigError(f"approach is {chosen.approach!r}: it can be in_plane or out_of_plane")
    needle = Needle(
        approach=chosen.approach or None,  # type: ignore[arg-type]  # one of the two literals, checked above
        entry_x_mm=chosen.entry_x_mm or None,
        entry_y_mm=chosen.entry_y_mm,
        lateral_limit_mm=chosen.lateral_limit_mm,
        pivot_mm=pivot_on_screen((chosen.pivot_mm[0], chosen.pivot_mm[1]), marker) if chosen.pivot_mm else None,
    )
    try:
        return checked(procedure, Side[chosen.side.upper()], needle)
    except ValueError as error:
        raise ConfigError(str(error)) from error
