"""Depth and needle angle of a spinal target from ultrasound pictures, or a reason why not. A research device: nobody has validated it on patients.

    guide = edge.Guide("facet", side="right", screen_left="patient_left")   # mm_per_px=0.2 where no ruler is on the picture
    for picture in pictures:                                                 # grey or RGB, uint8
        match guide.push(picture):
            case edge.Pointing(estimate=found):
                print(f"{found.depth_mm:.1f} mm deep, {found.angle_deg:.0f} degrees, within {found.interval_mm:.1f} mm")
            case edge.Withheld(reason=reason, hint=hint):
                print(reason.name, hint)

`import edge` alone loads nothing: each name is fetched at its first use. README.md beside this file tells the rooms.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge.api import Guide as Guide
    from edge.api import GuideError as GuideError
    from edge.types import Estimate as Estimate
    from edge.types import Guidance as Guidance
    from edge.types import Pointing as Pointing
    from edge.types import Withheld as Withheld
    from firmware_bridge.wire import Reason as Reason

_HOMES = {
    "Guide": "edge.api",
    "GuideError": "edge.api",
    "Estimate": "edge.types",
    "Guidance": "edge.types",
    "Pointing": "edge.types",
    "Withheld": "edge.types",
    "Reason": "firmware_bridge.wire",
}
__all__ = ["Estimate", "Guidance", "Guide", "GuideError", "Pointing", "Reason", "Withheld"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'edge' has no attribute {name!r}: it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
