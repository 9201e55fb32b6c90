"""The real host link and the real C core in one simulated time, with a line that loses, delays, reorders and replays. Not a test.

The model of the truth knows only what the host meant and what the operator did; it never looks into the device's rules.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from core import BUTTONS, LIMITS, POINTING, Table, View

from firmware_bridge import framing, wire
from firmware_bridge.link import Link, Outgoing, _Conversation, _PortSilentError
from firmware_bridge.wire import Guard, Picture, Procedure, Shown, Side, State

STEP_MS, FRAME_MS = 10, 40
SIDED = [Procedure.FACET, Procedure.MEDIAL_BRANCH, Procedure.S1_FORAMEN]
PROFILES = [
    replace(LIMITS, session=0),
    replace(LIMITS, session=0, mirrored=1),
    replace(LIMITS, session=0, angle_least_tenths_deg=-400, angle_most_tenths_deg=300, servo_least_us=2000, servo_most_us=1200, park_tenths_deg=50),
    replace(LIMITS, session=0, bracket=0),
]
LATE_MS = wire.BLANK_MS  # what is shown as digits, or moves, was the host's truth so lately
HEADER_MS = wire.SILENT_MS + 300  # a header may stand until the host counts as gone


@dataclass(frozen=True, slots=True)
class Truth:
    """What the host meant by one Guidance."""

    at_ms: int
    captured_ms: int
    limits: wire.Configure
    guidance: wire.Guidance


class Line:
    """One direction: whole frames, each with the time it arrives."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._waiting: list[tuple[int, int, bytes]] = []
        self._count = 0
        self.former: deque[bytes] = deque(maxlen=400)
        self.bad = False

    def send(self, sent: bytes, now_ms: int) -> None:
        for frame in sent.split(b"\0")[:-1]:
            self.former.append(frame + b"\0")
            self._count += 1
            lost = self._chance.random() < (0.2 if self.bad else 0.01)
            late = self._chance.choice([0, 0, 0, 5, 20, 60, 150, 400]) if self.bad else self._chance.choice([0, 0, 0, 5])
            if not lost:
                self._waiting.append((now_ms + late, self._count, frame + b"\0"))

    def arrived(self, now_ms: int) -> bytes:
        due = sorted(each for each in self._waiting if each[0] <= now_ms)
        self._waiting = [each for each in self._waiting if each[0] > now_ms]
        return b"".join(frame for _, _, frame in due)


class HostPort:
    """The host's end of the two lines."""

    def __init__(self, world: World) -> None:
        self._world = world

    def read(self, _size: int) -> bytes:
        return self._world.to_host.arrived(self._world.now_ms)

    def write(self, content: bytes) -> int:
        self._world.to_device.send(content, self._world.now_ms)
        return len(content)


class World:
    """Everything, and what must hold of it."""

    def __init__(self, program: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.table = Table(program)
        self.now_ms = self.table.view.now_ms
        self.to_host, self.to_device = Line(self.chance), Line(self.chance)
        self.truths: deque[Truth] = deque(maxlen=4000)
        self.codes: dict[tuple[int, int], int] = {}
        self.counts = dict.fromkeys(("digits", "armed", "parked", "resets", "restarts", "locked", "demo", "unlocks", "codes"), 0)
        self.buttons = 0
        self.closed_ms: dict[str, int] = {}
        self.pressed_ms = self.asked_ms = -100_000
        self.free = True
        self.paused_until_ms = 0
        self.next_frame_ms = 0
        self.start_host()

    # --- the host ---

    def start_host(self) -> None:
        self.limits = self.chance.choice(PROFILES)
        self.picture = self.chance.choice([Picture.LIVE, Picture.LIVE, Picture.LIVE, Picture.DEMO])
        self.procedure, self.side = self.chance.choice(SIDED), self.chance.choice([Side.LEFT, Side.RIGHT])
        self.angle, self.age_ms, self.frame_id, self.withheld = self.chance.randint(-300, 300), 60, 0, False
        self.reason, self.token = wire.Reason.WRONG_VIEW, self.chance.randrange(10**6)
        self.link = Link("line", lambda _: None, lambda _: None, configure=self.limits, page_address=lambda: f"http://a/#{self.token}",
                         clock_ns=lambda: self.now_ms * 1_000_000)  # fmt: skip
        self.talk: _Conversation | None = None

    def host_turn(self) -> None:
        if self.now_ms < self.paused_until_ms:
            return
        try:
            if self.talk is None:
                self.talk = _Conversation(HostPort(self))
                self.link._begin(self.talk)
            self.link._turn(self.talk, self.outgoing())
        except _PortSilentError:
            self.talk = None
            self.link._lose("silent")

    def outgoing(self) -> Outgoing | None:
        if self.now_ms < self.next_frame_ms:
            return None
        self.next_frame_ms = self.now_ms + FRAME_MS
        self.follow_device()
        self.frame_id += 1
        self.angle = max(-500, min(500, self.angle + self.chance.randint(-3, 3)))
        depth, interval = 300 + self.frame_id % 40, 1 + self.frame_id // 40 % 49
        captured_ms = self.now_ms - self.age_ms
        meant = replace(
            POINTING,
            frame_id=self.frame_id,
            session=0,
            procedure=self.procedure,
            side=self.side,
            picture=self.picture,
            depth_tenths_mm=depth,
            insertion_tenths_mm=depth + 50,
            angle_tenths_deg=self.angle,
            interval_tenths_mm=interval,
        )
        if self.withheld:
            meant = wire.Guidance(
                frame_id=self.frame_id, procedure=self.procedure, side=self.side, picture=self.picture, reason=self.reason
            )
        else:
            self.codes[depth, interval] = captured_ms
        self.truths.append(Truth(self.now_ms, captured_ms, self.limits, meant))
        return Outgoing(meant, captured_ms * 1_000_000)

    def follow_device(self) -> None:
        state = self.link.state
        if state.procedure is not Procedure.NONE and (state.procedure in wire.SIDED) == (state.side is not Side.NONE):
            self.procedure, self.side = state.procedure, state.side

    # --- what happens ---

    def accident(self) -> None:
        what = self.chance.choices(
            ["restart", "reset", "replay", "stall", "bad line", "withhold", "age", "leap", "supply", "press", "arm", "operate", "unlock", "lock",
             "ask"],
            [2, 2, 3, 2, 3, 8, 4, 3, 1, 3, 4, 12, 2, 2, 3],
        )[0]
        match what:
            case "restart":
                self.counts["restarts"] += 1
                self.start_host()
                self.paused_until_ms = self.now_ms + self.chance.choice([100, 500, 2000])
            case "reset":
                self.reset()
            case "replay":
                former = list(self.to_device.former)
                start = self.chance.randrange(len(former) or 1)
                self.to_device.send(b"".join(former[start : start + 30]), self.now_ms)
            case "stall":
                self.paused_until_ms = self.now_ms + self.chance.choice([60, 200, 400, 900, 1500])
            case "bad line":
                self.to_host.bad = self.to_device.bad = not self.to_device.bad
            case "withhold":
                self.withheld = not self.withheld
                self.reason = self.chance.choice([wire.Reason.WRONG_VIEW, wire.Reason.NO_SIGNAL])
            case "age":
                self.age_ms = self.chance.choice([20, 60, 120, 190, 230, 260])
            case "leap":
                self.angle = self.chance.randint(-520, 520)
            case "supply":
                self.table.do(f"v {self.chance.choice([4000, 4600, 5000])}")
            case "press":
                self.close(self.chance.choice(["procedure", "side"]), 60)
                if self.chance.random() < 0.7:
                    self.close("side", 60)
            case "operate":
                self.operate()
            case "arm":
                self.close("arm", 60)
            case "unlock":
                self.table.do("v 5000")
                self.close("lock", wire.UNLOCK_MS + 150)
            case "lock":
                self.close("lock", 60)
            case "ask":
                self.ask()

    def operate(self) -> None:
        """As an operator does: frees it, takes it to park, arms it, and aims for a while."""
        self.table.do("v 5000")
        self.withheld, self.age_ms = False, min(self.age_ms, 120)
        if self.table.view.guard is Guard.LOCKED:
            self.close("lock", wire.UNLOCK_MS + 150)
        self.close("arm", 60)
        for _ in range(1000):
            if self.table.view.guard is not Guard.PARKING:
                break
            self.step()
        self.close("arm", 60)
        for _ in range(self.chance.randint(50, 300)):
            self.step()

    def ask(self) -> None:
        """As a technician does: no scanner, nothing in the guide, PROCEDURE held; then something else happens."""
        self.table.do("v 5000")
        self.withheld, self.reason = True, wire.Reason.NO_SIGNAL
        if self.table.view.guard is Guard.LOCKED:
            self.close("lock", wire.UNLOCK_MS + 150)
        self.close("procedure", wire.PAGE_HOLD_MS + 300)
        for _ in range(self.chance.randint(0, 100)):
            self.step()
        self.withheld = self.chance.random() < 0.5

    def close(self, button: str, ms: int) -> None:
        """Closed from now on for so long."""
        self.buttons |= BUTTONS[button]
        self.closed_ms[button] = self.now_ms
        if button == "arm":
            self.pressed_ms = self.now_ms
        if button == "procedure" and ms >= wire.PAGE_HOLD_MS:
            self.asked_ms = self.now_ms
        self.table.do(f"b {self.buttons}")
        for _ in range(ms // STEP_MS):
            self.step()
        self.buttons &= ~BUTTONS[button]
        self.table.do(f"b {self.buttons}")
        for _ in range(4):
            self.step()
        del self.closed_ms[button]

    def reset(self) -> None:
        self.counts["resets"] += 1
        before = self.table.view
        self.table.do(f"boot {self.chance.randrange(1, 2**31)} {self.buttons} 0")
        after = self.table.view
        assert after.servo_us == 0
        assert after.guard is (Guard.DISARMED if self.free else Guard.LOCKED), (before, after)

    # --- time ---

    def run(self, ms: int) -> None:
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            if self.chance.random() < STEP_MS / 600:
                self.accident()
            self.step()

    def step(self) -> None:
        before = self.table.view
        self.host_turn()
        arrived = self.to_device.arrived(self.now_ms)
        if arrived:
            self.to_host.send(self.table.do(f"rx {arrived.hex()}").said, self.now_ms)
            self.check(before, self.table.view)
            self.check_code_gone(before, arrived)
            before = self.table.view
        view = self.table.wait(STEP_MS)
        self.to_host.send(view.said, self.now_ms)
        self.now_ms += STEP_MS
        self.check(before, view)

    # --- what must hold ---

    def lately(self, ms: int) -> list[Truth]:
        found = []
        for truth in reversed(self.truths):
            if truth.at_ms < self.now_ms - ms:
                break
            found.append(truth)
        return found

    def check(self, before: View, after: View) -> None:
        self.check_display(after)
        self.check_lock(before, after)
        self.check_servo(before, after)

    def check_code_gone(self, before: View, arrived: bytes) -> None:
        """A number of this session, accepted or not, has come: no code is left."""
        heard = framing.feed(framing.DecoderState(), arrived)[1]
        after = self.table.view
        came = [each for each in heard if isinstance(each, wire.Guidance) and each.session == before.session == after.session != 0]
        assert after.shown is not Shown.CODE or not any(each.state is State.POINTING for each in came), (before, after)

    def check_code(self, view: View) -> None:
        """Asked for by hand, of the host that is there, and nothing stands behind it."""
        assert self.now_ms - self.asked_ms <= wire.PAGE_HOLD_MS + wire.PAGE_WAIT_MS + wire.PAGE_SHOWN_MS + 500
        assert (view.guard, view.has_digits, view.fresh) == (Guard.DISARMED, False, False)
        self.counts["codes"] += 1

    def check_display(self, view: View) -> None:
        if view.shown is Shown.CODE:
            self.check_code(view)
        foot = view.rows[5]
        if "PATIENTS" in foot:
            return  # the boot notice: no figure stands there
        shown = (view.rows[0][:15].strip(), view.rows[0][16:].strip())
        demo = "DEMO" in foot or "DEMO" in view.rows[4]
        if shown != ("", ""):
            truths = self.lately(LATE_MS + 150 if view.has_digits else HEADER_MS)
            said = [truth.guidance for truth in truths]
            meant = {(wire.PROCEDURE_WORDS[g.procedure], wire.SIDE_WORDS[g.side], g.picture is Picture.DEMO) for g in said}
            assert (*shown, demo) in meant, (view.rows, meant)
            self.counts["demo"] += demo
        if view.has_digits:
            self.counts["digits"] += 1
            code = (round(float(view.rows[1][:6]) * 10), round(float(view.rows[4][6:12]) * 10))
            assert self.now_ms - self.codes[code] <= wire.BLANK_MS, (view.rows, self.now_ms - self.codes[code])

    def check_lock(self, before: View, after: View) -> None:
        if before.guard is Guard.LOCKED and after.guard is not Guard.LOCKED:
            self.counts["unlocks"] += 1
            assert after.guard is Guard.DISARMED
            assert self.now_ms - self.closed_ms["lock"] >= wire.UNLOCK_MS - STEP_MS
        if after.guard in (Guard.PARKING, Guard.ARMED) and before.guard is not after.guard:
            self.counts["parked" if after.guard is Guard.PARKING else "armed"] += 1
            assert self.now_ms - self.pressed_ms <= 100
        if after.guard in (Guard.ARMED, Guard.LOCKED):
            self.counts["locked"] += after.guard is Guard.LOCKED
            self.free = False
        elif after.guard is Guard.DISARMED:
            self.free = True

    def check_servo(self, before: View, after: View) -> None:
        if not before.servo_us or not after.servo_us or before.servo_us == after.servo_us:
            return
        assert Guard.LOCKED is not before.guard
        if Guard.PARKING in (before.guard, after.guard):
            aimed = [self.limits, *(t.limits for t in self.lately(HEADER_MS))]  # a host that was just replaced may still be heard
            goals = {pulse_us(limits, limits.park_tenths_deg) for limits in aimed}
        else:
            pointing = [t for t in self.lately(LATE_MS + 150) if t.guidance.state is State.POINTING and t.guidance.picture is Picture.LIVE]
            goals = {pulse_us(t.limits, (-1 if t.limits.mirrored else 1) * t.guidance.angle_tenths_deg) for t in pointing}
        low, high = sorted((before.servo_us, after.servo_us))
        towards = [goal for goal in goals if (goal >= high - 1 if after.servo_us > before.servo_us else goal <= low + 1)]
        assert towards, (before, after, goals)


def pulse_us(limits: wire.Configure, angle_tenths_deg: int) -> int:
    span = limits.angle_most_tenths_deg - limits.angle_least_tenths_deg
    along = (angle_tenths_deg - limits.angle_least_tenths_deg) / span
    return round(limits.servo_least_us + along * (limits.servo_most_us - limits.servo_least_us))
