"""Guidance, the bracket's limits and the host's health as the wire carries them: tenths of a millimetre and degree, whole percents, limits kept."""

from __future__ import annotations

from math import ceil, floor
from typing import assert_never

from edge.board.board import BoardState
from edge.board.config import Config
from edge.board.notify import Standing
from edge.guidance.session import Session
from edge.screen.profile import MarkerSide
from edge.types import Guidance, Pointing, Withheld
from firmware_bridge import wire
from firmware_bridge.wire import Health, Picture, Reason, State

FRAME_ID_MASK = 0xFFFF_FFFF
WIRE_MS = 40  # the way from the gate into the device, within wire.MAX_AGE_MS
INTERVAL_MOST_TENTHS_MM = 50  # what devices are built for: research may show a wider one here, and none there
SLOW_MS = 150.0  # from capture to the link: little is left of the 200 ms after which a frame is too old


def wire_guidance(guidance: Guidance, session: Session, *, live: bool) -> wire.Guidance:
    """The message without session, age and digest, which the link fills in when it writes. live: the picture comes from a scanner now; else the
    device says DEMO and arms nothing. Numbers that the wire cannot hold are withheld."""
    picture = Picture.LIVE if live else Picture.DEMO
    match guidance:
        case Pointing(frame_id=frame_id, estimate=found):
            try:
                message = wire.Guidance(
                    frame_id=frame_id & FRAME_ID_MASK,
                    procedure=session.procedure,
                    side=session.side,
                    picture=picture,
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
                return _withheld(frame_id, Reason.OUT_OF_REACH, session, picture)
            return message
        case Withheld(frame_id=frame_id, reason=reason):
            return _withheld(frame_id, reason, session, picture)
        case _:
            assert_never(guidance)


def fault_guidance(session: Session, *, live: bool) -> wire.Guidance:
    """What the device is told when the host stops by a fault of its own."""
    return _withheld(0, Reason.HOST_FAULT, session, Picture.LIVE if live else Picture.DEMO)


def wire_limits(config: Config, marker: MarkerSide | None) -> wire.Configure:
    """What the device is to hold. marker: where the profile says that the picture shows the probe's marker, by which the device turns the screen's
    angles into the bracket's, None where no profile says it. Without a marker or a pivot the device is told that it has no bracket: an angle for
    the usual entry point, or for the other end of the probe, would aim one wrongly."""
    bracket, pivot_mm = config.bracket, config.procedure.pivot_mm
    pivot_x_mm, pivot_z_mm = pivot_mm or (0.0, 0.0)
    return wire.Configure(
        bracket=int(bool(pivot_mm) and marker is not None),
        mirrored=int(marker == "left"),
        pivot_x_tenths_mm=round(pivot_x_mm * 10),
        pivot_z_tenths_mm=round(pivot_z_mm * 10),
        # rounded inwards: a limit never gets wider
        angle_least_tenths_deg=ceil(bracket.angle_least_deg * 10),
        angle_most_tenths_deg=floor(bracket.angle_most_deg * 10),
        park_tenths_deg=round(bracket.park_deg * 10),
        slew_tenths_deg_per_s=floor(bracket.slew_deg_per_s * 10),
        servo_least_us=bracket.servo_least_us,
        servo_most_us=bracket.servo_most_us,
        max_age_ms=min(floor(config.gate.max_age_ms) + WIRE_MS, wire.MAX_AGE_MS),
        max_interval_tenths_mm=min(floor(config.gate.max_interval_mm * 10), INTERVAL_MOST_TENTHS_MM),
    )


def wire_heartbeat(board: BoardState, standing: Standing | None, *, uptime_s: float, recording_stopped: bool) -> wire.Heartbeat:
    """What the device is told of this host; standing is None before the main loop is there."""
    lost = standing is not None and bool(standing.trouble or standing.said == "source_lost")
    slow = standing is not None and not lost and standing.age_ms > SLOW_MS
    flags = {
        Health.UNDER_VOLTAGE: board.under_voltage,
        Health.THROTTLED: board.throttled,
        Health.HOT: board.hot,
        Health.DISK_FULL: board.disk_full,
        Health.SOURCE_LOST: lost,
        Health.SLOW: slow,
        Health.RECORDING_STOPPED: recording_stopped,
    }
    frames_per_s = 0.0 if standing is None or lost else standing.frames_per_s
    return wire.Heartbeat(
        uptime_s=int(uptime_s) & 0xFFFF_FFFF,
        health=Health(sum(flag for flag, is_set in flags.items() if is_set)),
        temperature_tenths_c=0 if board.temperature_c is None else min(max(round(board.temperature_c * 10), -500), 1500),
        frames_per_s_tenths=min(round(frames_per_s * 10), 0xFFFF),
    )


def _withheld(frame_id: int, reason: Reason, session: Session, picture: Picture) -> wire.Guidance:
    return wire.Guidance(
        frame_id=frame_id & FRAME_ID_MASK,
        procedure=session.procedure,
        side=session.side,
        picture=picture,
        state=State.WITHHELD,
        reason=reason,
    )
