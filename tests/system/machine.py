"""A whole board in an emulator: the image of systemd/image.sh booted, its service with real V4L2 and a real USB serial port, then power cuts.

    sudo sh systemd/wheels.sh /var/tmp/wheels 3.13 x86_64
    sudo sh systemd/image.sh --arch amd64 --test --wheels /var/tmp/wheels --output /var/tmp/board.img
    python -m tests.system.machine --image /var/tmp/board.img --cuts 20

Needs qemu-system-x86 and, without KVM, patience: a start takes a minute or two. Every step prints one line; the exit status counts failures.
"""

from __future__ import annotations

import argparse
import base64
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

ITEMS = r"""
import sys, time
from collections import Counter
from edge.source.sources import open_clips
from edge.types import Frame
want_s, spec, seen, ages, sizes, clips = float(sys.argv[2]), sys.argv[1], Counter(), [], set(), 0
end = time.monotonic() + want_s
while time.monotonic() < end:
    try:
        for clip in open_clips(spec):
            clips += 1
            for item in clip.items:
                seen["frame" if isinstance(item, Frame) else item.reason.name] += 1
                if isinstance(item, Frame):
                    ages.append((time.monotonic_ns() - item.captured_ns) / 1e6); sizes.add(item.pixels.shape[::-1])
                if time.monotonic() > end: break
            counters = clip.counters
    except Exception as error:
        seen[type(error).__name__ + ": " + str(error)[:80]] += 1
    time.sleep(0.1)
ages.sort()
least_median_most = [round(ages[i]) for i in (0, len(ages) // 2, -1)] if ages else None
print("ITEMS", dict(seen), "clips", clips, "sizes", sorted(sizes), "age_ms", least_median_most, counters)
"""
CONFIGURES = r"""
import random, time
from pathlib import Path
from edge.record.files import write_atomically
path = Path("/etc/tuffier/tuffier.toml")
plain = path.read_text().split("# padding")[0]
while True:
    write_atomically(path, (plain + "# padding " + "x" * random.randrange(20_000) + "\n# end\n").encode())
    time.sleep(0.1)
"""
PYTHON = "/opt/tuffier/current/venv/bin/python"

# not -cpu max: numpy's sorting with AVX2 or AVX-512 ends in a segmentation fault under this emulator (7.2), none on a processor
PC = ("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-smp", "2", "-cpu", "Nehalem")
# one processor of 500 million instructions a second by the board's own clock, however little time this machine has for it: no limit of a unit is
# missed because others are busy here. What it waits for takes as long as here.
OWN_CLOCK = ("-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=1", "-rtc", "clock=vm")
PC_OWN_CLOCK = ("qemu-system-x86_64", *OWN_CLOCK, "-cpu", "Nehalem")


class Machine:
    """One emulated board on a copy-on-write disk: start it, ask its root shell, cut its power."""

    def __init__(self, image: Path, folder: Path, *, memory_mb: int, slowness: float) -> None:
        self.folder, self.image, self.memory_mb, self.slowness = folder, image, memory_mb, slowness
        self.disk = folder / "disk.qcow2"
        command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(image.resolve()), str(self.disk)]
        subprocess.run(command, check=True)
        self.emulator: subprocess.Popen[bytes] | None = None
        self.shell: socket.socket | None = None
        self.starts = 0

    def start(self) -> None:
        command = ["-display", "none", "-nic", "none"]
        command += ["-kernel", f"{self.image}.vmlinuz", "-initrd", f"{self.image}.initrd", "-drive", f"file={self.disk},if=virtio,format=qcow2"]
        command += ["-append", "root=LABEL=tuffier-root ro console=ttyS0 quiet panic=-1", "-no-reboot"]
        self.launch(command, memory_mb=self.memory_mb, wait_s=10.0)

    def launch(self, command: Sequence[str], *, memory_mb: int, wait_s: float, within: Sequence[str] = (), board: Sequence[str] = PC) -> None:
        """QEMU with a console that is kept and a root shell. wait_s: how long until the shell's socket is there. within: what starts it elsewhere."""
        self.starts += 1
        path = self.folder / f"shell{self.starts}"
        path.unlink(missing_ok=True)
        ends = ["-serial", f"file:{self.folder / f'console{self.starts}.log'}", *self.shell_words(path)]
        self.emulator = subprocess.Popen([*within, *board, "-m", str(memory_mb), *command, *ends])
        end_s = time.monotonic() + wait_s
        while not path.exists():
            assert time.monotonic() < end_s, f"no shell's socket within {wait_s} s"
            time.sleep(0.1)
        self.shell = socket.socket(socket.AF_UNIX)
        self.shell.connect(str(path))
        self.shell.settimeout(1.0)

    def shell_words(self, path: Path) -> Sequence[str]:
        """Where the root shell of the tests is: ttyS1."""
        return ("-serial", f"unix:{path},server=on,wait=off")

    def cut(self) -> None:
        """Power gone: the emulator is killed."""
        assert self.emulator is not None
        assert self.shell is not None
        self.emulator.kill()
        self.emulator.wait()
        self.shell.close()

    def ask(self, command: str, timeout_s: float = 30.0) -> str:
        """A command's output from the root shell. Raises TimeoutError, ConnectionResetError where the machine ended meanwhile."""
        assert self.shell is not None
        # marks before and behind: the terminal's echo of the command comes in pieces, with a prompt among them, from a busy board
        start, mark = (f"{word}{random.randrange(10**9)}" for word in ("START", "END"))
        self.shell.sendall(f"echo {start[:3]}''{start[3:]}; {command}; echo {mark[:3]}''{mark[3:]}\n".encode())
        heard, end_s = b"", time.monotonic() + timeout_s * self.slowness
        while mark.encode() not in heard:
            if time.monotonic() > end_s:
                raise TimeoutError(f"{command}: {heard[-300:]!r}")
            try:
                piece = self.shell.recv(65536)
            except TimeoutError:
                continue
            if not piece:
                raise ConnectionResetError(f"{command}: the machine has ended")
            heard += piece
        text = heard.decode(errors="replace").replace("\r", "")
        return text.split(mark)[0].rpartition(f"{start}\n")[2].strip()

    def up(self, timeout_s: float = 180.0) -> str:
        """Waits for the root shell. Raises TimeoutError."""
        end_s = time.monotonic() + timeout_s * self.slowness
        while True:
            try:
                if "yes" in self.ask("echo y''es", 5):
                    return "shell there"
            except TimeoutError:
                if time.monotonic() > end_s:
                    raise
                # lines that nobody read yet can have lost a quote, and the shell would wait for it for ever
                assert self.shell is not None
                self.shell.sendall(b"\x03\n")

    def patient(self) -> str:
        """The shell is there, and on a slow emulator the service gets the time that it needs; a board's own limit stays in its unit."""
        said, folder = self.up(), "/run/systemd/system/tuffier.service.d"
        if self.slowness > 1:
            limit = f"[Service]\\nTimeoutStartSec={30 * self.slowness:.0f}s\\n"
            self.ask(f"mkdir -p {folder}; printf '{limit}' >{folder}/slow.conf; systemctl daemon-reload; systemctl restart tuffier --no-block", 60)
        return said

    def until(self, command: str, wanted: str, timeout_s: float) -> str:
        """Asks again and again until the answer matches. Raises TimeoutError."""
        end_s, said = time.monotonic() + timeout_s * self.slowness, ""
        while time.monotonic() < end_s:
            said = self.ask(command, max(30.0, timeout_s))
            if re.search(wanted, said):
                return said
            time.sleep(0.5)
        raise TimeoutError(f"{command}: {said[-300:]!r} never matched {wanted!r}")


def active(machine: Machine) -> str:
    """The service is ready, and its device answers."""
    machine.until("systemctl is-active tuffier", "^active", 120)
    return machine.until("systemctl show tuffier --property=StatusText", "StatusText=.*frames/s", 30)


def device(machine: Machine) -> str:
    """The service's words reach the device core behind the USB gadget."""
    return machine.until("systemctl show tuffier --property=StatusText", r"device connected, firmware.* [1-9]\d* sent, 0 bad", 60)


def digits(machine: Machine) -> str:
    """The bundled recording's answers over the USB serial port: the device core shows digits, and none once the host has ended."""
    machine.ask(": > /run/sim-said")
    told = f"{PYTHON.removesuffix('python')}tuffier run --source recording:demonstration --demo --device /dev/tuffier-device --once 2>&1 | tail -n 3"
    said = expects(r"device: connected.*[1-9]\d* pointing", machine.ask(f"cd /tmp; {told}", 90))
    shown = machine.ask("sleep 1; grep -aoE '^screen [0-9]+ [0-9]' /run/sim-said | cut -d ' ' -f 3 | uniq -c")
    expects(r"\d+ 2\n(.*\n)*.* 1$", shown)
    return f"{said}; kinds of screens drawn, 2 is digits: {shown}"


def put(machine: Machine, path: str, text: str) -> None:
    """A file in the machine's memory."""
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    machine.ask(f"{PYTHON} -c \"import base64, zlib; open('{path}', 'wb').write(zlib.decompress(base64.b64decode('{packed}')))\"", 20)


def load(machine: Machine) -> str:
    """What a power cut is to interrupt: a recording, and a configuration that is written anew all the time."""
    put(machine, "/run/configures.py", CONFIGURES)
    machine.ask(f"(setsid {PYTHON} /run/configures.py >/dev/null 2>&1 &); systemctl start tuffier-record --no-block", 30)
    return machine.until("systemctl is-active tuffier-record", "^active", 60)


def frames(machine: Machine, spec: str, seconds: float, meanwhile: str = "true") -> str:
    """What the V4L2 source gives in some seconds, while something is done to the device."""
    put(machine, "/run/items.py", ITEMS)
    command = f"({meanwhile}) & {PYTHON} /run/items.py '{spec}' {seconds * machine.slowness:.0f} 2>&1 | tail -n 3; wait"
    return machine.ask(command, 40 + 3 * seconds)


def watchdog(machine: Machine) -> str:
    """A main loop that hangs is ended and started again."""
    before = machine.ask("systemctl show tuffier --property=MainPID --value")
    machine.ask(f"kill -STOP {before}")
    machine.until("journalctl -u tuffier -b --no-pager | tail -n 30", "[Ww]atchdog timeout", 30)
    active(machine)
    after = machine.ask("systemctl show tuffier --property=MainPID --value")
    assert after != before, "the same process"
    return f"{before} ended by the watchdog, {after} active"


def expects(wanted: str, found: str) -> str:
    assert re.search(wanted, found, re.DOTALL), f"{found!r} does not match {wanted!r}"
    return found


def whole(machine: Machine) -> str:
    """After a power cut: nothing damaged, guidance again."""
    active(machine)
    config = (
        f"{PYTHON} -c \"import tomllib; text = open('/etc/tuffier/tuffier.toml').read(); tomllib.loads(text); "
        "print('config whole' if text.endswith('# end' + chr(10)) or '# padding' not in text else 'config torn')\""
    )
    expects("config whole", machine.ask(config))
    expects(r"^0$", machine.ask("dmesg | grep -cE 'EXT4-fs error|I/O error|Remounting filesystem read-only'"))
    read = (
        f'{PYTHON} -c "from pathlib import Path; from edge.board import storage; from edge.record import recording; '
        "print('recordings', [sum(1 for _ in recording.read(p)) if p.stat().st_size else 0 "
        "for _, p in storage.recordings_in(Path('/var/lib/tuffier/recordings'))])\""
    )
    return expects(r"recordings \[.*\]", machine.ask(read, 120))


def edid(machine: Machine, node: str) -> str:
    """The bridge's own script on vivid's HDMI input, whose pad is the input's number; twice: the second time nothing is to be set."""
    script = f"sh /opt/tuffier/current/systemd/hdmi.sh {node} 1"
    first = machine.ask(f"v4l2-ctl --device {node} --set-input 1; {script}", 40)
    expects("has its EDID.*Active width [1-9]", first)
    second = machine.ask(script, 40)
    assert "has its EDID" not in second, second
    return f"{first} | {second}"


def steps(machine: Machine) -> list[tuple[str, Callable[[], str]]]:
    """Every check before the power cuts, in order."""
    node = "/dev/tuffier-video"
    control = f"v4l2-ctl --device {node} --set-ctrl"
    hdmi = f"v4l2-ctl --device {node} --set-input 1; {control}"  # vivid keeps a signal mode for each input
    rules = "udevadm verify /etc/udev/rules.d/70-tuffier.rules 2>&1 | tail -n 3"
    exposed = "systemd-analyze security tuffier.service --no-pager | tail -n 1"
    # the scanner's output mode changes and changes back while frames are taken
    change = f"sleep 7; {hdmi} dv_timings_signal_mode=4; {hdmi} dv_timings=2; sleep 7; {hdmi} dv_timings=9; {hdmi} dv_timings_signal_mode=0"
    damage = f"sleep 2; {control} percentage_of_dropped_buffers=30"
    return [
        ("boots", machine.patient),
        ("service is ready", lambda: active(machine)),
        ("device answers over USB serial", lambda: device(machine)),
        ("root is read-only, no password opens", lambda: expects("ro", machine.ask("findmnt -no OPTIONS / ; passwd -S root"))),
        ("udev rules are sound", lambda: expects("0 errors|Success: [1-9]|^$", machine.ask(rules))),
        ("exposure", lambda: expects(r"level.*: ([01]\.\d|2\.[0-5])", machine.ask(exposed, 90))),
        ("watchdog ends a hang", lambda: watchdog(machine)),
        ("service stops for the camera's checks", lambda: machine.ask("systemctl stop tuffier; systemctl is-active tuffier || true", 60)),
        ("digits over USB serial, gone after the host", lambda: digits(machine)),
        ("frames, kernel time", lambda: expects(r"'frame': \d+.*age_ms", frames(machine, f"v4l2:{node}?input=0", 8))),
        ("YUYV with its stride", lambda: expects("'frame'", frames(machine, f"v4l2:{node}?input=0&format=yuyv422&size=640x360", 5))),
        ("HDMI: no signal", lambda: expects("NO_SIGNAL", frames(machine, f"v4l2:{node}?input=1", 8, f"{hdmi} dv_timings_signal_mode=1"))),
        ("HDMI: no lock", lambda: expects("NO_SIGNAL", frames(machine, f"v4l2:{node}?input=1", 6, f"{hdmi} dv_timings_signal_mode=2"))),
        ("HDMI: signal back", lambda: expects("'frame'", frames(machine, f"v4l2:{node}?input=1", 8, f"sleep 2; {hdmi} dv_timings_signal_mode=0"))),
        ("HDMI: source change", lambda: expects(r"sizes \[\(.*\), \(", frames(machine, f"v4l2:{node}?input=1", 22 / machine.slowness, change))),
        ("HDMI: EDID and timings", lambda: edid(machine, node)),
        ("injected errors", lambda: expects("frame", frames(machine, f"v4l2:{node}?input=0", 8, damage))),
        ("disconnect", lambda: frames(machine, f"v4l2:{node}?input=0", 6, f"sleep 2; {control} disconnect=1")),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--cuts-only", action="store_true", help="no checks before the power cuts")
    parser.add_argument("--memory-mb", type=int, default=1024)
    parser.add_argument("--slowness", type=float, default=1.0, help="factor on every wait, for a busy machine")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for disk and console logs")
    options = parser.parse_args()
    random.seed(options.seed)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tuffier-machine-", dir="/var/tmp") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        machine = Machine(options.image, folder, memory_mb=options.memory_mb, slowness=options.slowness)
        machine.start()
        try:
            for name, step in steps(machine)[: 2 if options.cuts_only else None]:
                failed += tried(name, step)
            for number in range(options.cuts):
                failed += tried(f"power cut {number + 1}: records and configures", lambda: load(machine))
                time.sleep(random.uniform(0, 15))
                machine.cut()
                machine.start()
                failed += tried(f"power cut {number + 1}: boots", machine.patient)
                failed += tried(f"power cut {number + 1}: whole", lambda: whole(machine))
        finally:
            machine.cut()
    return failed


def tried(name: str, step: Callable[[], str]) -> int:
    """Runs a step and says how it went: 1 for a failure."""
    start_s = time.monotonic()
    try:
        said, failed = step(), 0
    except (AssertionError, TimeoutError, OSError) as error:
        said, failed = f"{type(error).__name__}: {error}", 1
    print(f"{'FAIL' if failed else 'ok':5}{name} ({time.monotonic() - start_s:.0f} s): {' '.join(said.split())[:600]}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
