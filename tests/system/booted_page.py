"""The page of the built image of a card with two slots, really started, asked from another machine on its network.

python -m tests.system.booted_page --card CARD --folder F
CARD as for booted.py. As root. The card goes into an emulated PC (QEMU, the image's own GRUB, kernel, systemd and network). Its tuffier-setup.txt
lets other machines in, its source is the demonstration. The PC's cable, QEMU's DHCP server and whoever asks are in a network namespace of their
own: nothing of this machine's network is touched. What is asked is the address that `tuffier doctor` prints on the board. Every step prints one
line; the exit status counts failures.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.system.asking import TO_A_STRANGER, asked, statuses
from tests.system.card import WAIT_S, Card, Qemu
from tests.system.machine import tried

ASKER = "10.0.2.77/24"  # in the network of QEMU's own DHCP server
NETWORK = (
    "-netdev user,id=dhcp,restrict=on -netdev hubport,id=hub1,hubid=1,netdev=dhcp "
    "-netdev tap,id=cable,ifname=there,script=no,downscript=no -netdev hubport,id=hub2,hubid=1,netdev=cable "
    "-netdev hubport,id=board,hubid=1 -device virtio-net-pci,netdev=board,romfile="
)
# what the card's text file cannot say: a recording is shown only by who asked for it
DEMONSTRATION = 's|^source = .*|source = "recording:demonstration"|; s|^\\[device\\]$|&\\ndemo = true|'


class OnCable(Qemu):
    """The PC on a cable whose other end is asker's: a process that holds the network namespace."""

    def __init__(self, card: Card, folder: Path) -> None:
        super().__init__(card, (), folder)
        self.asker = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        while Path(f"/proc/{self.asker.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.1)
        self.monitor = folder / "monitor"
        self.within = ["nsenter", f"--target={self.asker.pid}", "--net"]
        self.network = [*NETWORK.split(), "-monitor", f"unix:{self.monitor},server=on,wait=off"]
        for words in ("link set lo up", "tuntap add there mode tap", f"addr add {ASKER} dev there", "link set there up"):
            subprocess.run([*self.within, "ip", *words.split()], check=True, timeout=20)

    def alone(self) -> None:
        """QEMU's DHCP server off the cable: it answers for every address on it, with a refusal."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.monitor))
            monitor.sendall(b"set_link dhcp off\n")
            time.sleep(1.0)

    def unplug(self) -> None:
        self.asker.kill()
        self.asker.wait()


class Visit:
    """What a technician does, and what somebody on the network then sees. page and token: as doctor printed them."""

    def __init__(self, machine: OnCable) -> None:
        self.machine, self.page, self.token = machine, "", ""

    def asked(self, *token: str) -> dict[str, tuple[int, str]]:
        """Nobody answers: each is 0."""
        try:
            return asked(self.machine.asker.pid, self.page, *token)
        except subprocess.SubprocessError as error:
            return dict.fromkeys(TO_A_STRANGER, (0, str(error.stderr)[-200:]))  # type: ignore[attr-defined]

    def until(self, right: Callable[[dict[str, tuple[int, str]]], object], *token: str) -> dict[str, tuple[int, str]]:
        """Asks until the answers are right. Raises TimeoutError."""
        end_s = time.monotonic() + WAIT_S
        while not right(found := self.asked(*token)):
            if time.monotonic() > end_s:
                raise TimeoutError(f"{statuses(found)}: {found['/metrics'][1][-200:]}")
            time.sleep(1.0)
        return found

    def set_up(self) -> str:
        self.machine.up(WAIT_S)
        # the shell is there before the text file has been read
        self.machine.until("cat /etc/tuffier/tuffier.toml", r'page = "0\.0\.0\.0:8642"', WAIT_S)
        self.machine.ask(f"sed -i '{DEMONSTRATION}' /etc/tuffier/tuffier.toml; sync; systemctl restart --no-block tuffier", WAIT_S)
        return self.machine.until("systemctl show tuffier --property=StatusText", "frames/s.*device connected", WAIT_S)

    def network(self) -> str:
        found = self.machine.until("ip -4 -brief -color=never addr", r"10\.0\.2\.\d", WAIT_S)
        self.machine.alone()
        return found

    def doctor(self) -> str:
        """Its row of the page, once the page has begun; the address that it prints is the one that is asked from then on."""
        self.machine.until("cat /var/lib/tuffier-page/token", r"^\S{20,}$", WAIT_S)
        said = self.machine.ask("tuffier doctor --config /etc/tuffier/tuffier.toml", WAIT_S)
        found = re.search(r"(http://10\.0\.2\.\d+:8642)/#(\S+)", said)
        assert found, [line for line in said.splitlines() if "page" in line]
        self.page, self.token = found[1], found[2]
        assert self.token == self.machine.ask("cat /var/lib/tuffier-page/token", WAIT_S), "another token than the page's"
        # the token itself stays out of a log
        return f"{self.page}/# and the token, {'with' if '█' in said or '▀' in said else 'without'} a QR code"

    def stranger(self, *token: str) -> str:
        answers = self.until(lambda found: found["/healthz"][0] == 200, *token)
        assert statuses(answers) == TO_A_STRANGER, statuses(answers)
        told = " ".join(text for _, text in answers.values())
        assert "tuffier_" not in told, told
        return f"{statuses(answers)}"

    def invited(self) -> str:
        """The page itself, and the main job's numbers out of a unit that has no network."""
        answers = self.until(lambda found: found["/"][0] == 200 and "\ntuffier_frames_total " in found["/metrics"][1], self.token)
        return f"{statuses(answers)}, {answers['/metrics'][1].count(chr(10))} lines of metrics"

    def picture(self) -> str:
        """None is shown that is older than 300 ms: an emulated board is late now and then."""
        answers = self.until(lambda found: found["/picture"][0] == 200, self.token)
        picture = answers["/picture"][1]
        assert "\xff\xd8\xff" in picture, picture[:100]
        return f"{statuses(answers)}, a JPEG of {len(picture)} bytes"


def steps(visit: Visit) -> Sequence[tuple[str, Callable[[], str]]]:
    return [
        ("first start, the demonstration is shown", visit.set_up),
        ("the board has an address by DHCP", visit.network),
        ("doctor prints the page's address and token", visit.doctor),
        ("without a token nothing is told", visit.stranger),
        ("with another token nothing is told", lambda: visit.stranger("another")),
        ("with its token page and numbers are told", visit.invited),
        ("with its token the picture is shown", visit.picture),
    ]


def open_to_others(card: Card, folder: Path) -> None:
    """As a technician edits the card's text file on any PC."""
    text = folder / "tuffier-setup.txt"
    card.copy_out(text.name, text)
    text.write_text(text.read_text().replace("\npage=127.0.0.1:8642\n", "\npage=0.0.0.0:8642\n"))
    card.copy_in(text, text.name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="for the card's copy and the console; empty")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    card = Card(options.card, options.folder)
    open_to_others(card, options.folder)
    machine = OnCable(card, options.folder)
    failed = 0
    try:
        machine.start()
        for name, step in steps(Visit(machine)):
            failed += tried(name, step)
            if failed:
                break  # each rests on the one before
    finally:
        if machine.emulator is not None:
            machine.cut()
        machine.unplug()
    return failed


if __name__ == "__main__":
    sys.exit(main())
