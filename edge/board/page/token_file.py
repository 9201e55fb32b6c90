"""The page's token: made once, kept where only its owner reads it, told as an address and a QR code."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

TOKEN_BYTES = 18
BOARD_FOLDER = Path("/var/lib/tuffier-page")
NAME = "token"


def folder(environment: Mapping[str, str]) -> Path:
    """The page service's state folder, or the user's."""
    if "STATE_DIRECTORY" in environment:
        return Path(environment["STATE_DIRECTORY"].split(":")[0])
    home = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME") or "/tmp") / ".local" / "state")
    return Path(home) / "tuffier" / "page"


def token(place: Path) -> str:
    """The one that is there, or a new one. Raises OSError."""
    found = read(place)
    if found:
        return found
    place.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(TOKEN_BYTES)
    new = place / f".{NAME}.{os.getpid()}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="ascii") as file:
        file.write(made + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        # whoever comes first: two pages of one user share a token
        os.link(new, place / NAME)
    new.unlink()
    return read(place) or made


def read(place: Path) -> str:
    """The token, "" where there is none. Raises OSError where it may not be read."""
    try:
        return (place / NAME).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def qr_lines(url: str) -> str:
    """A QR code of half blocks for a terminal; "" without the library that draws it."""
    try:
        import segno
    except ImportError:
        return ""
    drawn = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()
