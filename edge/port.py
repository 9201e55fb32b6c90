"""Guidance as the wire carries it: tenths of a millimetre and degree, whole percents, limits kept."""

from __future__ import annotations

from math import ceil
from typing import assert_never

from edge.session import Session
from edge.types import Guidance, Pointing, Withheld
from firmware_bridge import wire
from firmware_bridge.wire import Reason, State

FRAME_ID_MASK = 0xFFFF_FFFF


def wire_guidance(guidance: Guidance, session: Session) -> wire.Guidance:
    """The message without session and age, which the link fills in when it writes. Numbers that the wire cannot hold are withheld."""
    match guidance:
        case Pointing(frame_id=frame_id, estimate=found):
            try:
                message = wire.Guidance(
                    frame_id=frame_id & FRAME_ID_MASK,
                    procedure=session.procedure,
                    side=session.side,
                    state=State.POINTING,
                    depth_tenths_mm=round(found.depth_mm * 10),
                    lateral_tenths_mm=round(found.lateral_mm * 10),
                    angle_tenths_deg=round(found.angle_deg * 10),
                    insertion_tenths_mm=round(found.insertion_mm * 10),
                    # an interval never gets narrower by rounding
                    interval_tenths_mm=ceil(found.interval_mm * 10),
                    confidence_percent=int(found.confidence * 100),
                )
                message.payload()
            except (ValueError, OverflowError):
                return _withheld(frame_id, Reason.OUT_OF_REACH, session)
            return message
        case Withheld(frame_id=frame_id, reason=reason):
            return _withheld(frame_id, reason, session)
        case _:
            assert_never(guidance)


def fault_guidance(session: Session) -> wire.Guidance:
    """What the device is told when the host stops by a fault of its own."""
    return _withheld(0, Reason.HOST_FAULT, session)


def _withheld(frame_id: int, reason: Reason, session: Session) -> wire.Guidance:
    return wire.Guidance(
        frame_id=frame_id & FRAME_ID_MASK, procedure=session.procedure, side=session.side, state=State.WITHHELD, reason=reason
    )
