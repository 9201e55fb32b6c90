"""Synthetic frames as a source: `phantom:facet?seed=7&bmi=31`, where the phantom's extra is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, get_args

from edge.catalogue import NO_VIEW, PLANS, VIEWS
from edge.sources import Clip, SourceError, Spec
from edge.types import Frame, ScreenLeft
from firmware_bridge.wire import Procedure
from models.phantom.anatomy_types import Side
from models.phantom.clip import ClipSpec, render_clip
from models.phantom.pose import ScreenLeft as ScreenLeftName
from models.phantom.probe import ProbeKind

DEMONSTRATION_SUBJECTS = 3_000_000
OPTIONS = ("seed", "bmi", "seconds", "rate", "side", "probe", "layout", "left", "faults")


def open_phantom(spec: Spec) -> Iterator[Clip]:
    """A sweep on to the view, a hold, and off again, of subject 3,000,000 + seed. spec.name: a view, a procedure or none. Raises SourceError."""
    unknown = set(spec.options) - set(OPTIONS)
    if unknown:
        raise SourceError(f"phantom: unknown option {sorted(unknown)[0]!r}: it can be {', '.join(OPTIONS)}")
    view = _view(spec.name)
    try:
        clip = _clip_spec(view, spec.options)
    except ValueError as error:
        raise SourceError(f"phantom: {error}: e.g. phantom:facet?seed=7&bmi=31") from error
    rendered = enumerate(render_clip(clip))
    index, first = next(rendered)

    def frames() -> Iterator[Frame]:
        for number, made in chain([(index, first)], rendered):
            yield Frame(number, int(str(made.truth["captured_ns"])), made.pixels)

    return iter([Clip(f"phantom {view} {clip.seed}", False, ScreenLeft(str(first.truth["screen_left"])), frames())])


def _clip_spec(view: str, options: Mapping[str, str]) -> ClipSpec:
    """Raises ValueError for what is no number or no choice."""
    seed = int(options.get("seed", "0"))
    return ClipSpec(
        subject_seed=DEMONSTRATION_SUBJECTS + seed,
        view=view,
        seed=seed,
        seconds=float(options.get("seconds", "12")),
        rate_hz=float(options.get("rate", "12")),
        bmi_kg_m2=float(options["bmi"]) if "bmi" in options else None,
        side=_choice(options, "side", get_args(Side)),
        probe=_choice(options, "probe", get_args(ProbeKind)),
        layout=options.get("layout"),
        screen_left=_choice(options, "left", get_args(ScreenLeftName)),
        faults=options.get("faults", "yes") != "no",
    )


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
