"""Generated from wire.toml by firmware_bridge.generate: do not edit."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar, Final, TypeAlias

PROTOCOL: Final = 1
LAYOUT: Final = 0x83E4C3B3  # layout hash
BAUD_BPS: Final = 115200  # 8 data bits, no parity, 1 stop bit; a USB CDC device ignores it
DEADMAN_MS: Final = 250  # after the last accepted Pointing: digits go, the bracket stops and disarms
BLANK_MS: Final = 300  # no digit is on the glass later than this after its picture was taken: the budget and one redraw
AGE_BUDGET_MS: Final = 250  # digits go, and an armed bracket stops, when their picture is this old; within the dead-man
WITHHELD_HOLD_MS: Final = 1000  # an armed bracket stays armed, without moving, at most this long through Withheld
MAX_AGE_MS: Final = 240  # a Pointing older than this when the device reads it is refused: the gate's 200 and 40 for the wire
STATUS_MS: Final = 50  # between two Status
SCREEN_MS: Final = 200  # between two Screen while only digits change; a change of kind is sent at once
HELLO_MS: Final = 200  # between two Hello of a side that has no session
HEARTBEAT_MS: Final = 200  # between two Heartbeat
SILENT_MS: Final = 1000  # a peer not heard for this long is gone: the host opens the port anew, the device shows NO HOST
STUCK_MS: Final = 10000  # a button closed this long is a fault
UNLOCK_MS: Final = 1000  # LOCK held this long unlocks
DEBOUNCE_MS: Final = 20  # a button must keep its level this long
BOOT_NOTICE_MS: Final = 2000  # the display says that this is a research device
BOOT_NOTICE_LEAST_MS: Final = 600  # so long even where a fresh Pointing waits: a device plugged in again shows digits within 1 s
STEP_MAX_MS: Final = 50  # the bracket moves at most this much time's worth in one step, however long the loop stalled
JUMP_TENTHS_MM: Final = 50  # a target that moves more than this between two Pointing disarms
JUMP_TENTHS_DEG: Final = 100  # an angle that moves more than this between two Pointing disarms
CLOCK_SLACK_MS: Final = 20  # the two clocks may disagree this much over one round trip
SUPPLY_LOW_MV: Final = 4500  # below this the device disarms (brown-out)
SUPPLY_GOOD_MV: Final = 4700  # from here on the brown-out is over
PARK_NOTICE_MS: Final = 1000  # GOING TO PARK stands on the display this long before the bracket moves there
PAGE_HOLD_MS: Final = 2000  # PROCEDURE held this long asks the host for the page's address; let go sooner it steps the procedure
PAGE_WAIT_MS: Final = 3000  # the question, and that there is no page, stand this long
PAGE_SHOWN_MS: Final = 60000  # the page's code stands at most this long
PARK_BY_HAND_MS: Final = 3000  # so long where the device does not know where the bracket is: PUT AT PARK MARK
SCREEN_COLUMNS: Final = 21  # characters in a row of the display
SCREEN_ROWS: Final = 6  # rows of the display; rows 1 and 2 are drawn double and hold 10 characters


class Procedure(IntEnum):
    """What the operator is about to do."""

    NONE = 0
    FACET = 1
    MEDIAL_BRANCH = 2
    L5_DORSAL_RAMUS = 3
    INTERLAMINAR = 4
    INTERLAMINAR_PARAMEDIAN = 5
    CAUDAL = 6
    NERVE_ROOT = 7
    S1_FORAMEN = 8
    SACROILIAC = 9


class Side(IntEnum):
    """The PATIENT's side; none for interlaminar and caudal."""

    NONE = 0
    LEFT = 1
    RIGHT = 2


class State(IntEnum):
    """Whether there is a number."""

    WITHHELD = 0
    POINTING = 1


class Picture(IntEnum):
    """Whether the picture behind a Guidance comes from a scanner now. Nothing arms on another."""

    DEMO = 0
    LIVE = 1


class Reason(IntEnum):
    """Why there is no number."""

    STARTING = 0
    NO_SIGNAL = 1
    BAD_FRAME = 2
    NO_SCAN_AREA = 3
    FROZEN = 4
    MENU = 5
    MIRRORED = 6
    LAYOUT_CHANGED = 7
    SCALE_UNKNOWN = 8
    SCALE_CHANGED = 9
    ORIENTATION_UNKNOWN = 10
    WRONG_VIEW = 11
    LOW_CONFIDENCE = 12
    LANDMARK_MISSING = 13
    SIDE_UNCLEAR = 14
    WIDE_INTERVAL = 15
    OUT_OF_REACH = 16
    OFF_AXIS = 17
    UNSTEADY = 18
    TOO_OLD = 19
    SOURCE_LOST = 20
    NO_PROCEDURE = 21
    HOST_FAULT = 22


class Role(IntEnum):
    """Who speaks."""

    NONE = 0
    HOST = 1
    DEVICE = 2


class Guard(IntEnum):
    """What the bracket may do. Disarmed and locked never move; parking moves to the park angle alone."""

    DISARMED = 0
    ARMED = 1
    LOCKED = 2
    PARKING = 3


class Shown(IntEnum):
    """What is on the display. question: words, and the page's address is wanted; code: that address as a QR code, and no digit."""

    BLANK = 0
    WORDS = 1
    DIGITS = 2
    CODE = 3
    QUESTION = 4


class Peer(IntEnum):
    """What the device knows of the host."""

    SILENT = 0
    STRANGE_LAYOUT = 1
    GREETED = 2
    IN_SESSION = 3


class Refusal(IntEnum):
    """What became of the last Guidance."""

    NONE_YET = 0
    ACCEPTED = 1
    WITHHELD = 2
    OTHER_SESSION = 3
    REPEATED = 4
    TOO_OLD = 5
    IMPLAUSIBLE = 6
    WIDE_INTERVAL = 7
    OTHER_CHOICE = 8
    FAULT = 9


class Stop(IntEnum):
    """Why the bracket was last disarmed."""

    BOOT = 0
    DEAD_MAN = 1
    WITHHELD = 2
    NEW_SESSION = 3
    CONFIGURED = 4
    CHOICE_CHANGED = 5
    TARGET_JUMP = 6
    FAULT = 7
    BROWN_OUT = 8
    LOCKED = 9
    UNLOCKED = 10
    OUT_OF_RANGE = 11
    OTHER_CONFIGURATION = 12
    NOT_LIVE = 13
    PARKED = 14
    RESET = 15


class Level(IntEnum):
    """How much a Log matters."""

    FAULT = 0
    WARNING = 1
    NOTE = 2


class BadCause(IntEnum):
    """Why bytes between two zeros are no packet."""

    NONE = 0
    OVERLONG = 1
    STUFFING = 2
    SHORT = 3
    CHECKSUM = 4
    UNKNOWN_ID = 5
    LENGTH = 6
    RANGE = 7


class Capability(IntFlag):
    """What the device has."""

    DISPLAY = 1
    BRACKET = 2
    BUTTONS = 4
    STORAGE = 8


class Button(IntFlag):
    """The device's buttons; a set bit is a closed button."""

    ARM = 1
    LOCK = 2
    PROCEDURE = 4
    SIDE = 8


class Fault(IntFlag):
    """What is wrong with the device. Any of them keeps the bracket from arming."""

    BUTTON_STUCK = 1
    CONFIGURATION_LOST = 2
    STORAGE_FAILED = 4
    BROWN_OUT = 8
    WATCHDOG_RESET = 16
    BAD_CONFIGURATION = 32


class Health(IntFlag):
    """What is wrong with the host."""

    UNDER_VOLTAGE = 1
    THROTTLED = 2
    HOT = 4
    DISK_FULL = 8
    SOURCE_LOST = 16
    SLOW = 32
    RECORDING_STOPPED = 64


# What a display says for each member.
PROCEDURE_WORDS: Final = (
    "NO PROCEDURE",
    "FACET",
    "MEDIAL BRANCH",
    "L5 DORSAL RAMUS",
    "INTERLAMINAR",
    "PARAMEDIAN",
    "CAUDAL",
    "NERVE ROOT",
    "S1 FORAMEN",
    "SACROILIAC",
)
SIDE_WORDS: Final = (
    "-",
    "LEFT",
    "RIGHT",
)
STATE_WORDS: Final = (
    "WITHHELD",
    "POINTING",
)
PICTURE_WORDS: Final = (
    "DEMO",
    "LIVE",
)
REASON_WORDS: Final = (
    "STARTING",
    "NO SIGNAL",
    "BAD FRAME",
    "NO SCAN AREA",
    "PICTURE FROZEN",
    "MENU ON SCREEN",
    "PICTURE MIRRORED",
    "LAYOUT CHANGED",
    "SCALE UNKNOWN",
    "SCALE CHANGED",
    "WHICH SIDE IS LEFT?",
    "WRONG VIEW",
    "LOW CONFIDENCE",
    "LANDMARK MISSING",
    "SIDE UNCLEAR",
    "WIDE INTERVAL",
    "OUT OF REACH",
    "OFF AXIS: SLIDE",
    "HOLD STILL",
    "TOO OLD",
    "SOURCE LOST",
    "CHOOSE PROCEDURE",
    "HOST FAULT",
)
ROLE_WORDS: Final = (
    "NONE",
    "HOST",
    "DEVICE",
)
GUARD_WORDS: Final = (
    "DISARMED",
    "ARMED",
    "LOCKED",
    "PARK",
)
SHOWN_WORDS: Final = (
    "BLANK",
    "WORDS",
    "DIGITS",
    "CODE",
    "QUESTION",
)
PEER_WORDS: Final = (
    "NO HOST",
    "UPDATE HOST OR DEVICE",
    "CONNECTING",
    "CONNECTED",
)
REFUSAL_WORDS: Final = (
    "WAITING",
    "ACCEPTED",
    "WITHHELD",
    "OTHER SESSION",
    "REPEATED",
    "TOO OLD",
    "IMPLAUSIBLE",
    "WIDE INTERVAL",
    "HOST DISAGREES",
    "FAULT",
)
STOP_WORDS: Final = (
    "BOOT",
    "DEAD MAN",
    "WITHHELD",
    "NEW SESSION",
    "CONFIGURED",
    "CHOICE CHANGED",
    "TARGET JUMP",
    "FAULT",
    "BROWN OUT",
    "LOCKED",
    "UNLOCKED",
    "OUT OF RANGE",
    "OTHER CONFIGURATION",
    "NOT LIVE",
    "PARKED",
    "RESET",
)
LEVEL_WORDS: Final = (
    "FAULT",
    "WARNING",
    "NOTE",
)
BAD_CAUSE_WORDS: Final = (
    "NONE",
    "OVERLONG",
    "STUFFING",
    "SHORT",
    "CHECKSUM",
    "UNKNOWN ID",
    "LENGTH",
    "RANGE",
)
# Procedures that have a side.
SIDED: Final = frozenset(
    {
        Procedure.FACET,
        Procedure.MEDIAL_BRANCH,
        Procedure.L5_DORSAL_RAMUS,
        Procedure.INTERLAMINAR_PARAMEDIAN,
        Procedure.NERVE_ROOT,
        Procedure.S1_FORAMEN,
        Procedure.SACROILIAC,
    }
)
_NO_CAPABILITY: Final = Capability(0)
_NO_BUTTON: Final = Button(0)
_NO_FAULT: Final = Fault(0)
_NO_HEALTH: Final = Health(0)


@dataclass(frozen=True, slots=True)
class Hello:
    """Who speaks, and which layout. Its first six bytes keep their meaning in every version, so that
    mismatched sides can say so."""

    ID: ClassVar[int] = 1
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBIIIIBBBBhhHHHHHHH")
    # who speaks
    role: Role = Role.NONE
    # the version of the rules
    protocol: int = 0
    # the layout hash of wire.toml; the other side's must be equal
    layout: int = 0
    # host: the session it wants; device: the one it is in, 0 for none
    session: int = 0
    # device: a number it drew; host: the last one it heard. A session begins only with the present
    # one, so that an old Hello begins none
    challenge: int = 0
    # device: its serial number; host: 0
    serial_number: int = 0
    # of the firmware or of the host's software
    version_major: int = 0
    version_minor: int = 0
    version_patch: int = 0
    # device: what it has
    capabilities: Capability = _NO_CAPABILITY
    # 0.1 deg: device: the bracket's range as built; a Configure can only narrow it
    angle_least_tenths_deg: int = 0
    # 0.1 deg
    angle_most_tenths_deg: int = 0
    # 0.1 deg/s: device: the bracket's speed as built
    slew_most_tenths_deg_per_s: int = 0
    # us: device: no pulse as built is ever shorter; 0 without a servo
    servo_least_us: int = 0
    # us: device: no pulse as built is ever longer
    servo_most_us: int = 0
    # us/deg: device: a Configure that turns the servo less for a degree is refused
    servo_least_us_per_deg: int = 0
    # us/deg: device: a Configure that turns the servo more for a degree is refused
    servo_most_us_per_deg: int = 0
    # us/s: device: the pulse as built never changes faster
    servo_most_us_per_s: int = 0
    # 0.1 mm: device: the widest interval as built; a Configure can only narrow it
    interval_most_tenths_mm: int = 0

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("role", self.role, 0, 2),
            _number("protocol", self.protocol, 0, 255),
            _number("layout", self.layout, 0, 4294967295),
            _number("session", self.session, 0, 4294967295),
            _number("challenge", self.challenge, 0, 4294967295),
            _number("serial_number", self.serial_number, 0, 4294967295),
            _number("version_major", self.version_major, 0, 255),
            _number("version_minor", self.version_minor, 0, 255),
            _number("version_patch", self.version_patch, 0, 255),
            _number("capabilities", self.capabilities, 0, 15),
            _number("angle_least_tenths_deg", self.angle_least_tenths_deg, -900, 900),
            _number("angle_most_tenths_deg", self.angle_most_tenths_deg, -900, 900),
            _number("slew_most_tenths_deg_per_s", self.slew_most_tenths_deg_per_s, 0, 1000),
            _number("servo_least_us", self.servo_least_us, 0, 3000),
            _number("servo_most_us", self.servo_most_us, 0, 3000),
            _number("servo_least_us_per_deg", self.servo_least_us_per_deg, 0, 65535),
            _number("servo_most_us_per_deg", self.servo_most_us_per_deg, 0, 65535),
            _number("servo_most_us_per_s", self.servo_most_us_per_s, 0, 65535),
            _number("interval_most_tenths_mm", self.interval_most_tenths_mm, 0, 1000),
        )

    @classmethod
    def read(cls, packet: bytes) -> Hello:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            role,
            protocol,
            layout,
            session,
            challenge,
            serial_number,
            version_major,
            version_minor,
            version_patch,
            capabilities,
            angle_least_tenths_deg,
            angle_most_tenths_deg,
            slew_most_tenths_deg_per_s,
            servo_least_us,
            servo_most_us,
            servo_least_us_per_deg,
            servo_most_us_per_deg,
            servo_most_us_per_s,
            interval_most_tenths_mm,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            Role(_number("role", role, 0, 2)),
            _number("protocol", protocol, 0, 255),
            _number("layout", layout, 0, 4294967295),
            _number("session", session, 0, 4294967295),
            _number("challenge", challenge, 0, 4294967295),
            _number("serial_number", serial_number, 0, 4294967295),
            _number("version_major", version_major, 0, 255),
            _number("version_minor", version_minor, 0, 255),
            _number("version_patch", version_patch, 0, 255),
            Capability(_number("capabilities", capabilities, 0, 15)),
            _number("angle_least_tenths_deg", angle_least_tenths_deg, -900, 900),
            _number("angle_most_tenths_deg", angle_most_tenths_deg, -900, 900),
            _number("slew_most_tenths_deg_per_s", slew_most_tenths_deg_per_s, 0, 1000),
            _number("servo_least_us", servo_least_us, 0, 3000),
            _number("servo_most_us", servo_most_us, 0, 3000),
            _number("servo_least_us_per_deg", servo_least_us_per_deg, 0, 65535),
            _number("servo_most_us_per_deg", servo_most_us_per_deg, 0, 65535),
            _number("servo_most_us_per_s", servo_most_us_per_s, 0, 65535),
            _number("interval_most_tenths_mm", interval_most_tenths_mm, 0, 1000),
        )


@dataclass(frozen=True, slots=True)
class Guidance:
    """Where the needle should go, or why nobody knows. Sent once for each frame. Numbers are zero when
    withheld."""

    ID: ClassVar[int] = 2
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IIIHHBBBIBBHhhHHB")
    # of this session, or it is ignored
    session: int = 0
    # of the video frame; a Pointing must be newer than every Guidance before it in this session
    frame_id: int = 0
    # ms: device_ms of the last Status that the host read
    heard_ms: int = 0
    # ms: from reading that Status to writing this; 65535: never heard one
    since_heard_ms: int = 0
    # ms: from capture to writing this, the profile's latency included; 65535: unknown
    age_ms: int = 0
    # the host's
    procedure: Procedure = Procedure.NONE
    # the host's
    side: Side = Side.NONE
    # live, or a demonstration: then the display says DEMO and nothing arms
    picture: Picture = Picture.DEMO
    # CRC-32 of the Configure that the host aims with; 0: it has none. Another than the device's:
    # nothing arms
    configure_digest: int = 0
    # withheld, or pointing
    state: State = State.WITHHELD
    # why withheld; 0 when pointing
    reason: Reason = Reason.STARTING
    # 0.1 mm: z of the target in probe_mm
    depth_tenths_mm: int = 0
    # 0.1 mm: x of the target in probe_mm
    lateral_tenths_mm: int = 0
    # 0.1 deg: of the needle on the screen: 0 along the beam axis, positive leaning towards +x, the
    # screen's right
    angle_tenths_deg: int = 0
    # 0.1 mm: from the skin to the target along the needle
    insertion_tenths_mm: int = 0
    # 0.1 mm: radius that holds the truth in 95 % of shown frames
    interval_tenths_mm: int = 0
    # %: of the least sure landmark used
    confidence_percent: int = 0

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("session", self.session, 0, 4294967295),
            _number("frame_id", self.frame_id, 0, 4294967295),
            _number("heard_ms", self.heard_ms, 0, 4294967295),
            _number("since_heard_ms", self.since_heard_ms, 0, 65535),
            _number("age_ms", self.age_ms, 0, 65535),
            _number("procedure", self.procedure, 0, 9),
            _number("side", self.side, 0, 2),
            _number("picture", self.picture, 0, 1),
            _number("configure_digest", self.configure_digest, 0, 4294967295),
            _number("state", self.state, 0, 1),
            _number("reason", self.reason, 0, 22),
            _number("depth_tenths_mm", self.depth_tenths_mm, 0, 2000),
            _number("lateral_tenths_mm", self.lateral_tenths_mm, -1500, 1500),
            _number("angle_tenths_deg", self.angle_tenths_deg, -900, 900),
            _number("insertion_tenths_mm", self.insertion_tenths_mm, 0, 3000),
            _number("interval_tenths_mm", self.interval_tenths_mm, 0, 1000),
            _number("confidence_percent", self.confidence_percent, 0, 100),
        )

    @classmethod
    def read(cls, packet: bytes) -> Guidance:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            session,
            frame_id,
            heard_ms,
            since_heard_ms,
            age_ms,
            procedure,
            side,
            picture,
            configure_digest,
            state,
            reason,
            depth_tenths_mm,
            lateral_tenths_mm,
            angle_tenths_deg,
            insertion_tenths_mm,
            interval_tenths_mm,
            confidence_percent,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("session", session, 0, 4294967295),
            _number("frame_id", frame_id, 0, 4294967295),
            _number("heard_ms", heard_ms, 0, 4294967295),
            _number("since_heard_ms", since_heard_ms, 0, 65535),
            _number("age_ms", age_ms, 0, 65535),
            Procedure(_number("procedure", procedure, 0, 9)),
            Side(_number("side", side, 0, 2)),
            Picture(_number("picture", picture, 0, 1)),
            _number("configure_digest", configure_digest, 0, 4294967295),
            State(_number("state", state, 0, 1)),
            Reason(_number("reason", reason, 0, 22)),
            _number("depth_tenths_mm", depth_tenths_mm, 0, 2000),
            _number("lateral_tenths_mm", lateral_tenths_mm, -1500, 1500),
            _number("angle_tenths_deg", angle_tenths_deg, -900, 900),
            _number("insertion_tenths_mm", insertion_tenths_mm, 0, 3000),
            _number("interval_tenths_mm", interval_tenths_mm, 0, 1000),
            _number("confidence_percent", confidence_percent, 0, 100),
        )


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The host is alive, and how it feels. Feeds nothing."""

    ID: ClassVar[int] = 3
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IIBhH")
    session: int = 0
    # s: since the host's software started
    uptime_s: int = 0
    # what is wrong with the host
    health: Health = _NO_HEALTH
    # 0.1 C: of the board; 0 when it cannot be read
    temperature_tenths_c: int = 0
    # 0.1 /s: frames answered a second
    frames_per_s_tenths: int = 0

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("session", self.session, 0, 4294967295),
            _number("uptime_s", self.uptime_s, 0, 4294967295),
            _number("health", self.health, 0, 127),
            _number("temperature_tenths_c", self.temperature_tenths_c, -500, 1500),
            _number("frames_per_s_tenths", self.frames_per_s_tenths, 0, 65535),
        )

    @classmethod
    def read(cls, packet: bytes) -> Heartbeat:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            session,
            uptime_s,
            health,
            temperature_tenths_c,
            frames_per_s_tenths,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("session", session, 0, 4294967295),
            _number("uptime_s", uptime_s, 0, 4294967295),
            Health(_number("health", health, 0, 127)),
            _number("temperature_tenths_c", temperature_tenths_c, -500, 1500),
            _number("frames_per_s_tenths", frames_per_s_tenths, 0, 65535),
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What the device does and shows."""

    ID: ClassVar[int] = 4
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IIIIIBBBBBBBBBBhHHHHH")
    # ms: the device's clock
    device_ms: int = 0
    # the session it is in, 0 for none
    session: int = 0
    # of the newest Guidance accepted in this session
    last_frame_id: int = 0
    # ms: the device's clock when it last accepted a Pointing
    pointing_ms: int = 0
    # CRC-32 of the Configure that the device holds: its payload with session 0; 0 is said as 1
    configure_digest: int = 0
    # what it knows of the host
    peer: Peer = Peer.SILENT
    # what is on the display
    shown: Shown = Shown.BLANK
    # what became of the last Guidance
    refusal: Refusal = Refusal.NONE_YET
    # what the bracket may do
    guard: Guard = Guard.DISARMED
    # why it was last disarmed
    stop: Stop = Stop.BOOT
    # chosen at the device; none: it follows the host
    procedure: Procedure = Procedure.NONE
    # chosen at the device
    side: Side = Side.NONE
    # closed now, debounced
    buttons: Button = _NO_BUTTON
    # counts every press, wraps
    presses: int = 0
    # what is wrong
    faults: Fault = _NO_FAULT
    # 0.1 deg: the bracket's angle as commanded, in the probe's body: positive leans towards the
    # marker; what it was last while it is going to park
    applied_tenths_deg: int = 0
    # us: pulse width given to the servo; 0: no pulses
    servo_us: int = 0
    # mV: 0: this device does not measure it
    supply_mv: int = 0
    # read, wraps
    good_packets: int = 0
    # damaged, wraps
    bad_packets: int = 0
    # ms: of the last Guidance, charged to its age
    round_trip_ms: int = 0

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("device_ms", self.device_ms, 0, 4294967295),
            _number("session", self.session, 0, 4294967295),
            _number("last_frame_id", self.last_frame_id, 0, 4294967295),
            _number("pointing_ms", self.pointing_ms, 0, 4294967295),
            _number("configure_digest", self.configure_digest, 0, 4294967295),
            _number("peer", self.peer, 0, 3),
            _number("shown", self.shown, 0, 4),
            _number("refusal", self.refusal, 0, 9),
            _number("guard", self.guard, 0, 3),
            _number("stop", self.stop, 0, 15),
            _number("procedure", self.procedure, 0, 9),
            _number("side", self.side, 0, 2),
            _number("buttons", self.buttons, 0, 15),
            _number("presses", self.presses, 0, 255),
            _number("faults", self.faults, 0, 63),
            _number("applied_tenths_deg", self.applied_tenths_deg, -900, 900),
            _number("servo_us", self.servo_us, 0, 65535),
            _number("supply_mv", self.supply_mv, 0, 65535),
            _number("good_packets", self.good_packets, 0, 65535),
            _number("bad_packets", self.bad_packets, 0, 65535),
            _number("round_trip_ms", self.round_trip_ms, 0, 65535),
        )

    @classmethod
    def read(cls, packet: bytes) -> Status:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            device_ms,
            session,
            last_frame_id,
            pointing_ms,
            configure_digest,
            peer,
            shown,
            refusal,
            guard,
            stop,
            procedure,
            side,
            buttons,
            presses,
            faults,
            applied_tenths_deg,
            servo_us,
            supply_mv,
            good_packets,
            bad_packets,
            round_trip_ms,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("device_ms", device_ms, 0, 4294967295),
            _number("session", session, 0, 4294967295),
            _number("last_frame_id", last_frame_id, 0, 4294967295),
            _number("pointing_ms", pointing_ms, 0, 4294967295),
            _number("configure_digest", configure_digest, 0, 4294967295),
            Peer(_number("peer", peer, 0, 3)),
            Shown(_number("shown", shown, 0, 4)),
            Refusal(_number("refusal", refusal, 0, 9)),
            Guard(_number("guard", guard, 0, 3)),
            Stop(_number("stop", stop, 0, 15)),
            Procedure(_number("procedure", procedure, 0, 9)),
            Side(_number("side", side, 0, 2)),
            Button(_number("buttons", buttons, 0, 15)),
            _number("presses", presses, 0, 255),
            Fault(_number("faults", faults, 0, 63)),
            _number("applied_tenths_deg", applied_tenths_deg, -900, 900),
            _number("servo_us", servo_us, 0, 65535),
            _number("supply_mv", supply_mv, 0, 65535),
            _number("good_packets", good_packets, 0, 65535),
            _number("bad_packets", bad_packets, 0, 65535),
            _number("round_trip_ms", round_trip_ms, 0, 65535),
        )


@dataclass(frozen=True, slots=True)
class Configure:
    """Bracket geometry and limits. The device disarms, stores it where it differs from what it holds, and
    answers with what it holds; it also says it at the start of each session. Refused while locked."""

    ID: ClassVar[int] = 5
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IBBhhhhhHHHHH")
    session: int = 0
    # 1: a bracket is fitted
    bracket: int = 0
    # 1: the picture shows the probe's marker on its left; the bracket then leans by minus the
    # screen's angle
    mirrored: int = 0
    # 0.1 mm: of the pivot in the probe's body, +x towards the marker
    pivot_x_tenths_mm: int = 0
    # 0.1 mm: of the pivot; negative is above the skin
    pivot_z_tenths_mm: int = 0
    # 0.1 deg: the bracket never leans further; in the probe's body, positive towards the marker
    angle_least_tenths_deg: int = 0
    # 0.1 deg
    angle_most_tenths_deg: int = 0
    # 0.1 deg: where a press of ARM takes it before the first arming
    park_tenths_deg: int = 0
    # 0.1 deg/s: the bracket never moves faster
    slew_tenths_deg_per_s: int = 0
    # us: pulse width at angle_least; with servo_most_us within what was built, as are us per degree
    # and us per second
    servo_least_us: int = 500
    # us: pulse width at angle_most
    servo_most_us: int = 500
    # ms: an older Pointing is refused; may only tighten max_age_ms
    max_age_ms: int = 0
    # 0.1 mm: a wider interval is refused; may only tighten what was built
    max_interval_tenths_mm: int = 0

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("session", self.session, 0, 4294967295),
            _number("bracket", self.bracket, 0, 1),
            _number("mirrored", self.mirrored, 0, 1),
            _number("pivot_x_tenths_mm", self.pivot_x_tenths_mm, -1000, 1000),
            _number("pivot_z_tenths_mm", self.pivot_z_tenths_mm, -1000, 1000),
            _number("angle_least_tenths_deg", self.angle_least_tenths_deg, -900, 900),
            _number("angle_most_tenths_deg", self.angle_most_tenths_deg, -900, 900),
            _number("park_tenths_deg", self.park_tenths_deg, -900, 900),
            _number("slew_tenths_deg_per_s", self.slew_tenths_deg_per_s, 0, 1000),
            _number("servo_least_us", self.servo_least_us, 500, 2500),
            _number("servo_most_us", self.servo_most_us, 500, 2500),
            _number("max_age_ms", self.max_age_ms, 0, 240),
            _number("max_interval_tenths_mm", self.max_interval_tenths_mm, 0, 1000),
        )

    @classmethod
    def read(cls, packet: bytes) -> Configure:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            session,
            bracket,
            mirrored,
            pivot_x_tenths_mm,
            pivot_z_tenths_mm,
            angle_least_tenths_deg,
            angle_most_tenths_deg,
            park_tenths_deg,
            slew_tenths_deg_per_s,
            servo_least_us,
            servo_most_us,
            max_age_ms,
            max_interval_tenths_mm,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("session", session, 0, 4294967295),
            _number("bracket", bracket, 0, 1),
            _number("mirrored", mirrored, 0, 1),
            _number("pivot_x_tenths_mm", pivot_x_tenths_mm, -1000, 1000),
            _number("pivot_z_tenths_mm", pivot_z_tenths_mm, -1000, 1000),
            _number("angle_least_tenths_deg", angle_least_tenths_deg, -900, 900),
            _number("angle_most_tenths_deg", angle_most_tenths_deg, -900, 900),
            _number("park_tenths_deg", park_tenths_deg, -900, 900),
            _number("slew_tenths_deg_per_s", slew_tenths_deg_per_s, 0, 1000),
            _number("servo_least_us", servo_least_us, 500, 2500),
            _number("servo_most_us", servo_most_us, 500, 2500),
            _number("max_age_ms", max_age_ms, 0, 240),
            _number("max_interval_tenths_mm", max_interval_tenths_mm, 0, 1000),
        )


@dataclass(frozen=True, slots=True)
class Log:
    """One line for the host's journal."""

    ID: ClassVar[int] = 6
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IB40s")
    # ms
    device_ms: int = 0
    level: Level = Level.FAULT
    line: str = ""

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("device_ms", self.device_ms, 0, 4294967295),
            _number("level", self.level, 0, 2),
            _text("line", self.line, 40),
        )

    @classmethod
    def read(cls, packet: bytes) -> Log:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            device_ms,
            level,
            line,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("device_ms", device_ms, 0, 4294967295),
            Level(_number("level", level, 0, 2)),
            _printable(line),
        )


@dataclass(frozen=True, slots=True)
class Screen:
    """The words and digits on the display, so that a page can mirror it."""

    ID: ClassVar[int] = 7
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IB126s")
    # ms: when it was drawn
    device_ms: int = 0
    shown: Shown = Shown.BLANK
    # 6 rows of 21 characters
    rows: str = ""

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("device_ms", self.device_ms, 0, 4294967295),
            _number("shown", self.shown, 0, 4),
            _text("rows", self.rows, 126),
        )

    @classmethod
    def read(cls, packet: bytes) -> Screen:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            device_ms,
            shown,
            rows,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("device_ms", device_ms, 0, 4294967295),
            Shown(_number("shown", shown, 0, 4)),
            _printable(rows),
        )


@dataclass(frozen=True, slots=True)
class PageAddress:
    """Where a browser finds the page, as the answer to a device that shows `question`. The device makes
    the QR code itself; it shows nothing where nobody asked, and nothing that begins otherwise than
    http."""

    ID: ClassVar[int] = 8
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<I53s")
    session: int = 0
    # with its token, as much as a QR code of version 3, level L holds; blank: no page can be
    # reached from elsewhere
    address: str = ""

    def payload(self) -> bytes:
        """The payload. Raises ValueError naming a field out of range."""
        return self.LAYOUT.pack(
            _number("session", self.session, 0, 4294967295),
            _text("address", self.address, 53),
        )

    @classmethod
    def read(cls, packet: bytes) -> PageAddress:
        """From a packet of the right length. Raises ValueError when a field is out of range."""
        (
            session,
            address,
        ) = cls.LAYOUT.unpack_from(packet, 1)
        return cls(
            _number("session", session, 0, 4294967295),
            _printable(address),
        )


Message: TypeAlias = Hello | Guidance | Heartbeat | Status | Configure | Log | Screen | PageAddress


@dataclass(frozen=True, slots=True)
class Bad:
    """Bytes that are no packet, and why."""

    cause: BadCause


_READERS: dict[int, Callable[[bytes], Message]] = {
    Hello.ID: Hello.read,
    Guidance.ID: Guidance.read,
    Heartbeat.ID: Heartbeat.read,
    Status.ID: Status.read,
    Configure.ID: Configure.read,
    Log.ID: Log.read,
    Screen.ID: Screen.read,
    PageAddress.ID: PageAddress.read,
}
_SIZES = {
    Hello.ID: 41,
    Guidance.ID: 37,
    Heartbeat.ID: 14,
    Status.ID: 43,
    Configure.ID: 27,
    Log.ID: 46,
    Screen.ID: 132,
    PageAddress.ID: 58,
}


def encode(message: Message) -> bytes:
    """The packet of a message: its id and its payload, without checksum and framing. Raises ValueError naming a field out of range."""
    return bytes((message.ID,)) + message.payload()


def decode(packet: bytes) -> Message | Bad:
    """A packet (id and payload, checksum already removed) as a message, or Bad: never an exception, whatever the bytes."""
    if not packet or packet[0] not in _READERS:
        return Bad(BadCause.UNKNOWN_ID)
    if len(packet) != _SIZES[packet[0]]:
        return Bad(BadCause.LENGTH)
    try:
        return _READERS[packet[0]](packet)
    except ValueError:
        return Bad(BadCause.RANGE)


def hello_layout(packet: bytes) -> int | None:
    """The layout hash in a Hello of ANY version, or None: the first six bytes of its payload never change their meaning."""
    if len(packet) < 7 or packet[0] != Hello.ID:
        return None
    return int.from_bytes(packet[3:7], "little")


def _number(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise ValueError(f"{name} = {value} is outside {least}..{most}")
    return value


def _text(name: str, value: str, size: int) -> bytes:
    if len(value) > size or not all(" " <= letter <= "~" for letter in value):
        raise ValueError(f"{name} is not {size} characters of printable ASCII: {value!r}")
    return value.encode("ascii").ljust(size)


def _printable(value: bytes) -> str:
    if not all(0x20 <= byte <= 0x7E for byte in value):
        raise ValueError
    return value.decode("ascii").rstrip(" ")
