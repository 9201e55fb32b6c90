"""The Pico's firmware on an emulated RP2040 (rp2040.js): the wire on a pty, or time by the step; by its UART or its USB. Not a test."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
import tty
from pathlib import Path

SCRIPT = Path(__file__).with_name("rp2040.js")
MODULES = Path(os.environ.get("TUFFIER_NODE_MODULES", Path(sys.prefix) / "js/node_modules"))
MISSING = [
    *([] if shutil.which("node") else ["node: sudo apt install nodejs npm"]),
    *([] if (MODULES / "rp2040js").is_dir() else [f"rp2040js: npm install --prefix {MODULES.parent} rp2040js@1.4.1"]),
    *([] if shutil.which("arm-none-eabi-gcc") else ["arm-none-eabi-gcc: sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi"]),
]
WIDE, HIGH = 128, 64


class PicoBoard:
    """One emulated board, as emulated.Board is one. Use as a context, then power_up(): time goes with the world's; or step(): it goes by the step."""

    # at most, of the board's time
    watchdog_ms = 110
    told_ms = 100  # of a change of guard

    def __init__(self, image: Path, folder: Path, port: str = "uart") -> None:
        self._image, self._folder, self.port = image, folder, port

    def __enter__(self) -> PicoBoard:
        path = self._folder / "uart"
        self._errors = (self._folder / "errors").open("w")
        self._process = subprocess.Popen(
            self.command(path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "{}\n", (self._folder / "errors").read_text()
        self._lock = threading.Lock()
        self._uart = socket.socket(socket.AF_UNIX)
        self._uart.connect(str(path))
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port_path = os.ttyname(self._slave)
        self._end, self._ended = os.pipe()
        self._relay = threading.Thread(target=self._carry, name="pico's UART", daemon=True)
        self._relay.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._ended, b"x")
        self._relay.join()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors, self._uart):
            assert stream is not None
            stream.close()
        for handle in (self._master, self._slave, self._end, self._ended):
            os.close(handle)

    def command(self, uart: Path) -> list[str]:
        """What runs the emulator, its UART on a unix socket."""
        return ["node", str(SCRIPT), str(MODULES), str(self._image), str(uart), self.port]

    def _carry(self) -> None:
        """Bytes between pty and emulator until the end."""
        while True:
            ready = select.select([self._master, self._uart, self._end], [], [])[0]
            if self._end in ready:
                return
            if self._master in ready:
                self._uart.sendall(os.read(self._master, 4096))
            if self._uart in ready:
                os.write(self._master, self._uart.recv(4096))

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, command: str, **arguments: object) -> dict[str, object]:
        """One command of rp2040.js."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        assert answer, (self._folder / "errors").read_text()
        return dict(json.loads(answer))

    def do(self, command: str, **_: object) -> None:
        """As emulated.Board: system_reset, by the pin."""
        assert command == "system_reset"
        self.ask("reset", power=False)

    def power_up(self) -> None:
        self.ask("go")

    def picture_after(self, seconds: float, name: str) -> Path:
        """What the OLED shows that much of the board's time later; its clock stands still while the picture is taken."""
        self.ask("stop")
        self.ask("step", ms=1000 * seconds)
        return self.picture(name)

    def step(self, ms: float, sent: bytes = b"") -> dict[str, object]:
        """So much of the board's time, at once: what it sent (hex), the servo's pulses [(start ms, width us)], when display pages were full."""
        return self.ask("step", ms=ms, bytes=sent.hex())

    def press(self, button: str, ms: int = 100) -> None:
        """In the world's time."""
        for closed in (True, False):
            self.ask("button", name=button, closed=closed)
            threading.Event().wait(ms / 1000 if closed else 0.06)

    def rows(self) -> list[list[bool]]:
        """What the OLED shows: 64 x 128 pixels, lit or not."""
        asked = self.ask("picture")
        ram = bytes.fromhex(str(asked["ram"]))
        return [[bool(asked["on"]) and bool(ram[WIDE * (y // 8) + x] >> y % 8 & 1) for x in range(WIDE)] for y in range(HIGH)]

    def picture(self, name: str) -> Path:
        """The same as emulated.Board's: a PPM of 512 x 256, each pixel 4 x 4."""
        path = self._folder / f"{name}.ppm"
        lines = (b"".join((b"\xff" if lit else b"\0") * 12 for lit in row) * 4 for row in self.rows())
        path.write_bytes(b"P6\n512 256\n255\n" + b"".join(lines))
        return path

    def pulses_us(self) -> list[float]:
        """Every pulse at the servo's pin, oldest first, equal neighbours told once."""
        pulses = self.ask("pulses")["pulses"]
        assert isinstance(pulses, list)
        widths = [round(width, 2) for _, width in pulses]
        return [width for n, width in enumerate(widths) if n == 0 or width != widths[n - 1]]

    def pwm_enabled(self) -> bool:
        return bool(self.ask("pulses")["enabled"])

    def hang_address(self) -> int:
        """The fault handler: the fourth word of the vectors in RAM, which stand at 512 bytes in flash."""
        image = self._image.read_bytes()
        flash = b"".join(image[at + 32 : at + 288] for at in range(0, len(image), 512))
        return int(struct.unpack_from("<I", flash, 512 + 12)[0]) & ~1

    def hang(self, address: int) -> None:
        """The CPU goes to the endless loop at address, as a bug would."""
        self.ask("jump", address=address)
