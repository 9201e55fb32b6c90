"""Synthetic frames as a source: `phantom:facet?seed=7&bmi=31`, where the phantom's extra is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, get_args

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.source.sources import OPTIONS as SOURCE_OPTIONS
from edge.source.sources import Clip, SourceError, Spec
from edge.types import Frame, ScreenLeft
from firmware_bridge.wire import Procedure
from models.phantom.anatomy_types import Side
from models.phantom.clip import MOTIONS, ClipSpec, render_clip
from models.phantom.look import PLAIN_LOOK
from models.phantom.pose import ScreenLeft as ScreenLeftName
from models.phantom.probe import ProbeKind

DEMONSTRATION_SUBJECTS = 3_000_000
OPTIONS = tuple(SOURCE_OPTIONS["phantom"])


def open_phantom(spec: Spec) -> Iterator[Clip]:
    """A sweep on to the view, a hold, and off again, of subject 3,000,000 + seed. spec.name: a view, a procedure or none. Raises SourceError."""
    unknown = set(spec.options) - set(OPTIONS)
    if unknown:
        raise SourceError(f"phantom: unknown option {sorted(unknown)[0]!r}: it can be {', '.join(OPTIONS)}")
    view = _view(spec.name)
    try:
        clip = _clip_spec(view, spec.options)
        rendered = enumerate(render_clip(clip))
        index, first = next(rendered)  # layouts and kinds are checked here
    except ValueError as error:
        raise SourceError(f"phantom: {error}: e.g. phantom:facet?seed=7&bmi=31") from error

    def frames() -> Iterator[Frame]:
        for number, made in chain([(index, first)], rendered):
            yield Frame(number, int(str(made.truth["captured_ns"])), made.pixels)

    return iter([Clip(f"phantom {view} {clip.seed}", False, ScreenLeft(str(first.truth["screen_left"] or "unknown")), frames())])


def _clip_spec(view: str, options: Mapping[str, str]) -> ClipSpec:
    """Raises ValueError for what is no number, out of bounds or no choice."""
    seed = int(_number(options, "seed", "0", 0, 900_000))
    if "kind" in options and view != NO_VIEW:
        raise ValueError("kind says what kind of none: phantom:none?kind=air")
    return ClipSpec(
        subject_seed=DEMONSTRATION_SUBJECTS + seed,
        view=view,
        seed=seed,
        seconds=_number(options, "seconds", "12", 0.01, 3600),
        rate_hz=_number(options, "rate", "12", 0.1, 240),
        motion=_choice(options, "motion", MOTIONS) or "sweep",
        bmi_kg_m2=_number(options, "bmi", "", 15, 60) if "bmi" in options else None,
        side=_choice(options, "side", get_args(Side)),
        probe=_choice(options, "probe", get_args(ProbeKind)),
        layout=options.get("layout"),
        screen_left=_choice(options, "left", get_args(ScreenLeftName)),
        none_kind=options.get("kind"),
        water=_yes(options, "water", None),
        look=PLAIN_LOOK if _choice(options, "look", ("plain", "any")) == "plain" else None,
        faults=_yes(options, "faults", True) is not False,
        freeze_at_s=_number(options, "freeze", "", 0, 3600) if "freeze" in options else None,
    )


def _number(options: Mapping[str, str], name: str, default: str, least: float, most: float) -> float:
    text = options.get(name, default)
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, it is a number") from None
    if not least <= value <= most:
        raise ValueError(f"{name} is {text}, it can be {least:g} to {most:g}")
    return value


def _yes(options: Mapping[str, str], name: str, default: bool | None) -> bool | None:
    chosen = _choice(options, name, ("yes", "no"))
    return default if chosen is None else chosen == "yes"


def _choice(options: Mapping[str, str], name: str, choices: tuple[str, ...]) -> Any:
    value = options.get(name)
    if value is not None and value not in choices:
        raise ValueError(f"{name} is {value!r}, it can be {' or '.join(choices)}")
    return value


def _view(name: str) -> str:
    if name in VIEWS or name == NO_VIEW:
        return name
    try:
        return PLANS[Procedure[name.upper()]].views[0]
    except KeyError:
        raise SourceError(f"phantom:{name}: it can be none, a view ({', '.join(VIEWS)}) or a procedure") from None
