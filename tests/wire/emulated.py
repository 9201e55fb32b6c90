"""The reference firmware on an emulated LM3S6965 (QEMU): UART on a pty; buttons, display and PWM register through QMP. Not a test."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QEMU = ("qemu-system-arm", "-M", "lm3s6965evb", "-display", "none", "-serial", "pty", "-d", "unimp", "-S", "-icount", "shift=4")
KEYS = {"arm": "ctrl", "lock": "down", "procedure": "up", "side": "right"}
MISSING = [
    f"{program}: sudo apt install {package}"
    for program, package in (("qemu-system-arm", "qemu-system-arm"), ("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi"))
    if shutil.which(program) is None
]
PWM_COMPARE = re.compile(r"PWM: unimplemented device write \(size 4, offset 0x0?58, value 0x([0-9a-f]+)\)")
PWM_ENABLE = re.compile(r"PWM: unimplemented device write \(size 4, offset 0x0?08, value 0x([0-9a-f]+)\)")
PACKET = re.compile(rb"\$([^#]*)#(..)", re.DOTALL)
STANDS = re.compile(r"[TS][0-9a-f]{2}")  # the answer to "where do you stand": a signal
ANSWER_MOST_S = 60.0
PWM_PERIOD = 50_000_000 // 64 // 50  # counts of 1.28 us


class Board:
    """One emulated board. Use as a context, then power_up()."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image, self._folder = image, folder
        self.resets = 0  # as of the last command
        self._log = folder / "qemu.log"

    def __enter__(self) -> Board:
        control = self._folder / "qmp"
        self._process = subprocess.Popen(
            [*QEMU, "-kernel", str(self._image), "-qmp", f"unix:{control},server=on,wait=off", "-D", str(self._log)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        found = re.search(r"redirected to (\S+)", self._process.stdout.readline())
        assert found is not None
        self.port_path = found[1]
        self._socket = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            try:
                self._socket.connect(str(control))
                break
            except OSError:
                time.sleep(0.02)
        self._control = self._socket.makefile("rw")
        self._control.readline()
        self.do("qmp_capabilities")
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._socket.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def do(self, command: str, **arguments: object) -> object:
        """One QMP command."""
        self._control.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._control.flush()
        while True:
            answer = json.loads(self._control.readline())
            self.resets += answer.get("event") == "RESET"
            if "return" in answer:
                return answer["return"]
            assert "error" not in answer, answer

    def power_up(self) -> None:
        self.do("cont")

    def picture_after(self, seconds: float, name: str) -> Path:
        """What the OLED shows that much later. The board's clock stands still before and while the picture is taken."""
        self.do("cont")
        time.sleep(seconds)
        self.do("stop")
        return self.picture(name)

    def monitor(self, line: str) -> str:
        return str(self.do("human-monitor-command", **{"command-line": line}))

    def press(self, button: str, ms: int = 100) -> None:
        self.hold(button, True)
        time.sleep(ms / 1000)
        self.hold(button, False)
        time.sleep(0.06)

    def hold(self, button: str, down: bool) -> None:
        key = {"type": "qcode", "data": KEYS[button]}
        self.do("input-send-event", events=[{"type": "key", "data": {"down": down, "key": key}}])

    def picture(self, name: str) -> Path:
        """What the OLED shows, as a PPM of 512 x 256: each of its pixels is 4 x 4."""
        path = self._folder / f"{name}.ppm"
        self.do("screendump", filename=str(path))
        return path

    def pulses_us(self) -> list[float]:
        """Every pulse width that was written to the PWM's comparison register, oldest first."""
        return [(PWM_PERIOD - int(value, 16)) * 64 / 50 for value in PWM_COMPARE.findall(self._log.read_text())]

    def pwm_enabled(self) -> bool:
        written = PWM_ENABLE.findall(self._log.read_text())
        return bool(written) and int(written[-1], 16) == 1

    def read_word(self, address: int) -> int:
        """What the bus has there."""
        return int(self.monitor(f"xp /1wx {address:#x}").split(":")[1], 16)

    def write_word(self, address: int, word: int) -> None:
        """Into RAM, between two instructions."""
        with self._debugged() as debugger:
            debugger.do(f"M{address:x},4:{word.to_bytes(4, 'little').hex()}")

    def hang(self, address: int) -> None:
        """The CPU goes to the endless loop at address, as a bug would; standing, it is asked whether it stays there."""
        wanted = address.to_bytes(4, "little").hex()
        with self._debugged() as debugger:
            registers = debugger.ask("g")
            debugger.do("G" + registers[:120] + wanted + registers[128:])  # register 15 of 4 bytes each
            debugger.step()
            assert debugger.ask("g")[120:128] == wanted

    @contextmanager
    def _debugged(self) -> Iterator[Debugger]:
        """The CPU stands meanwhile."""
        port = self._folder / "gdb"
        self.monitor(f"gdbserver unix:{port},server=on,wait=off")
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(port))
            line.settimeout(ANSWER_MOST_S)
            debugger = Debugger(line)
            yield debugger
            debugger.do("D")


class Debugger:
    """The debugger's protocol: packets and their answers. QEMU also says by itself that the CPU stands ("T02..."), whenever a debugger comes to one
    that runs: taken for an answer, it would put every later answer one question late."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._heard = b""

    def do(self, packet: str) -> None:
        """What is answered by OK."""
        answer = self.ask(packet)
        assert answer == "OK", f"{packet} was answered by {answer}"

    def ask(self, packet: str) -> str:
        """What is answered by something other than where the CPU stands."""
        self._send(packet)
        while True:
            answer = self._answer(packet)
            if not STANDS.match(answer):
                return answer

    def step(self) -> None:
        """One instruction. Ask something before: what QEMU says by itself is then out of the way."""
        self._send("s")
        answer = self._answer("s")
        assert STANDS.match(answer), f"a step was answered by {answer}"

    def _send(self, packet: str) -> None:
        self._line.sendall(f"${packet}#{_sum(packet.encode())}".encode())

    def _answer(self, packet: str) -> str:
        """The next packet from QEMU, acknowledged. A '-' before it asks for ours again."""
        while True:
            found = PACKET.search(self._heard)
            before = self._heard[: found.start()] if found else self._heard
            if b"-" in before.split(b"$")[0]:
                self._heard = self._heard.replace(b"-", b"", 1)
                self._send(packet)
            elif found is None:
                came = self._line.recv(4096)
                assert came, "QEMU has closed the debugger's line"
                self._heard += came
            else:
                self._heard = self._heard[found.end() :]
                sound = found[2].decode() == _sum(found[1])
                self._line.sendall(b"+" if sound else b"-")
                if sound:
                    return found[1].decode()


def _sum(packet: bytes) -> str:
    return f"{sum(packet) % 256:02x}"


def symbol(image: Path, name: str) -> int:
    """A function's address."""
    listed = subprocess.run(["arm-none-eabi-nm", str(image)], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in listed.splitlines() if line.endswith(f" {name}"))


def ppm_bits(path: Path) -> list[list[bool]]:
    """The 64 x 128 pixels of a picture: lit or not."""
    head, _, rest = path.read_bytes().partition(b"\n255\n")
    wide, high = (int(n) for n in head.split()[1:3])
    assert (wide, high) == (512, 256)
    return [[rest[3 * (4 * y * wide + 4 * x)] > 0x60 for x in range(128)] for y in range(64)]
