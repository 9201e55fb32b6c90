"""Where the page is served, and by which names it may be asked for."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import socket
import struct
from pathlib import Path

from edge.board.config import ConfigError

DEFAULT = "127.0.0.1:8642"
ANY = ("0.0.0.0", "::")
INTERFACES = Path("/proc/net/dev")  # of this process's own network; asking the kernel by netlink is not allowed to the page's unit
SIOCGIFADDR = 0x8915  # linux/sockios.h


class AddressError(ConfigError):
    """The page cannot be served there; the text names the cure."""


def address(text: str) -> tuple[str, int]:
    """HOST:PORT of an address of this machine. Raises AddressError."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = -1
    if not colon or not 0 <= number <= 65535:
        raise AddressError(f"page {text!r}: it is ADDRESS:PORT, e.g. {DEFAULT} (this machine only) or 0.0.0.0:8642 (all that reach it)")
    return host, number


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_loopback(host: str) -> bool:
    """Of an address, IPv4 within IPv6 too; False for what is none."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None)
    return bool((inner or found).is_loopback)


def is_own(host: str) -> bool:
    """Whether a Host header is an address, or a name of this machine: a page of another site must not reach this one by a name of its own."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    if name.lower() in ("localhost", own, short, f"{short}.local"):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def urls(host: str, port: int, token: str) -> list[str]:
    """What to type into a browser, best first: by address where it is one, else by the address that this machine is reached at and by its name."""
    if host not in ANY:
        return [_url(host, port, token)]
    own = socket.gethostname().partition(".")[0]
    reached = _reached(host)
    return [*([_url(reached, port, token)] if reached else []), _url(f"{own}.local", port, token)]


def told_to_device(host: str, port: int, token: str, *, most: int) -> str:
    """What the device's display may show as a code: reached from another machine, with its token, at most so many characters; "" without one."""
    if is_loopback(host) or not token:
        return ""
    return next((url for url in urls(host, port, token) if len(url) <= most and url.isascii()), "")


def _url(host: str, port: int, token: str) -> str:
    named = f"[{host}]" if ":" in host else host
    # behind the # a browser sends it to nobody, and no log has it
    return f"http://{named}:{port}/" + (f"#{token}" if token else "")


def _reached(any_host: str) -> str:
    """The address by which this machine meets its network; "" without one. Nothing is sent: connecting a datagram socket only picks a way."""
    with socket.socket(family(any_host), socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("2001:db8::1" if ":" in any_host else "192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return _of_a_cable()


def _of_a_cable() -> str:
    """The first IPv4 address that is not loopback, where no way leads on: a board and a laptop on one cable. "" without one."""
    try:
        names = [line.partition(":")[0].strip() for line in INTERFACES.read_text(encoding="utf-8").splitlines() if ":" in line]
    except OSError:
        return ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for name in names:
            with contextlib.suppress(OSError):
                # struct ifreq: 16 bytes of name, then a sockaddr_in whose address begins 4 bytes later
                found = socket.inet_ntoa(fcntl.ioctl(asked, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))[20:24])
                if not is_loopback(found):
                    return found
    return ""
