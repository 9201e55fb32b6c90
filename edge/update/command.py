"""`tuffier update`: a signed bundle into the slot that does not run, which then starts once and is kept only when it works.

Rule 1: nothing is written unless RAUC finds the bundle's signature good, by the site's own certificate on the board. Rule 2: never from a slot that
is on trial itself. Rule 3: the slot that runs is not touched. Rule 4: nothing is restarted while somebody is guided.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge.update import in_use, slots, trial
from edge.update.backend import writable
from edge.update.places import Places, here, running_slot
from edge.update.slots import Slot, SlotError

SPARE_BYTES = 16_000_000  # stays free on the data partition beside a fetched bundle
FETCH_S = 30.0
PIECE = 1 << 20


class UpdateError(RuntimeError):
    """Nothing was changed; the text names the cure."""


def update_command(argv: Sequence[str]) -> int:
    """Exit status 0; 1 where a slot on trial is not kept; 2 with a line that names the cure."""
    options = _parser().parse_args(list(argv))
    try:
        return _done(here(), options)
    except (UpdateError, SlotError, OSError) as error:
        print(f"tuffier update: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tuffier update",
        description="Update a board that has two slots: the new system is written beside the one that runs, starts once, and is kept only when the "
        "main job has what it had before; else the board is back in the old one. Settings, profiles and recordings stay. A research device: "
        "nobody has validated it on patients.",
        epilog="example: sudo tuffier update /media/stick/tuffier-2.raucb --restart",
    )
    text = "a .raucb file, a folder or a stick's device (/dev/sda1) with one in it, or the http(s) address of one at the site"
    parser.add_argument("bundle", nargs="?", help=f"{text}; without it: how the slots stand")
    parser.add_argument("--restart", action="store_true", help="restart into what was written; without it the next `tuffier update --restart` does")
    parser.add_argument("--back", action="store_true", help="start the other slot again, as a trial: the way back by hand")
    text = "after a start from a slot on trial: keep it, or exit with status 1; tuffier-settle.service then restarts the board"
    parser.add_argument("--settle", action="store_true", help=text)
    text = "restart even while numbers are shown, or the bracket is armed, locked or parking: only where you have seen that nobody is guided"
    parser.add_argument("--even-in-use", action="store_true", help=text)
    parser.add_argument("--quiet-s", type=float, default=in_use.QUIET_S, help="how long nobody may have been guided (default: %(default)s)")
    text = "how long to wait until the main job tells what it has, if it is just starting; then what it last had counts (default: %(default)s)"
    parser.add_argument("--settled-s", type=float, default=trial.SETTLED_S, help=text)
    parser.add_argument("--ready-s", type=float, default=trial.READY_S, help="with --settle: how long the main job may take (default: %(default)s)")
    parser.add_argument("--hold-s", type=float, default=trial.HOLD_S, help="with --settle: how long all must stay well (default: %(default)s)")
    return parser


def _done(places: Places, options: argparse.Namespace) -> int:
    if options.settle:
        return _settled(places, options)
    if options.bundle is not None:
        with found_bundle(options.bundle, places.kept) as bundle:
            install(places, bundle, settled_s=options.settled_s)
    elif options.back:
        try_other(places, settled_s=options.settled_s)
    elif not options.restart:
        print(standing(places))
    if options.restart:
        refuse_in_use(options)
        restart(places)
    return 0


def _settled(places: Places, options: argparse.Namespace) -> int:
    """0: kept. 1: the board may be restarted, and nobody is guided meanwhile."""
    if trial.settle(places, ready_s=options.ready_s, hold_s=options.hold_s):
        return 0
    if not options.even_in_use:
        in_use.wait(quiet_s=options.quiet_s)
    return 1


def refuse_in_use(options: argparse.Namespace) -> None:
    """A restart takes the numbers from whoever holds a needle. Raises UpdateError."""
    why = "" if options.even_in_use else in_use.found(quiet_s=options.quiet_s)
    if why:
        cure = "end the procedure and hold LOCK for a second where the bracket is locked, then run `tuffier update --restart`"
        raise UpdateError(f"not restarted: {why}; what was written stays. {cure}. --even-in-use, if you have seen that nobody is guided")


def standing(places: Places) -> str:
    """How the slots stand, for people."""
    state = slots.read(places.boot)
    next_one = f"; slot {state.trial} starts once, next" if state.trial else ""
    return f"slot {running_slot(places)} runs, slot {state.kept} is kept{next_one}\nlast: {trial.last_words(places.kept)}"


def install(places: Places, bundle: Path, *, settled_s: float) -> None:
    """Into the slot that does not run. Raises UpdateError, SlotError, OSError."""
    target = _free_slot(places)
    version = checked(bundle, places)
    needed = trial.demands(places, most_s=settled_s)
    pending = trial.Pending(target, version, needed, places.boot_id.read_text().strip())
    try:
        trial.write_pending(places, pending)
    except OSError as error:
        raise UpdateError(f"the data partition takes no note ({error.strerror}): remove recordings, then run this again") from error
    print(f"update: {version} into slot {target}", flush=True)
    if said := _rauc(places, "install", str(bundle)):
        trial.conclude(places, f"{version} was not installed: {said}")
        raise UpdateError(f"not installed: {said}; slot {slots.other(target)} runs on, nothing of it was changed")
    trial.write_pending(places, trial.installed(pending))
    print(f"update: slot {target} starts once at `tuffier update --restart`; kept if the main job has its {' and '.join(needed) or 'start'} again")


def _free_slot(places: Places) -> Slot:
    """The one that does not run. Raises UpdateError while a trial is on."""
    running, state = running_slot(places), slots.read(places.boot)
    if running != state.kept:
        raise UpdateError(f"slot {running} is on trial itself: wait some minutes until it is kept or taken back")
    return slots.other(running)


def try_other(places: Places, *, settled_s: float) -> None:
    """The way back by hand. Raises UpdateError, SlotError."""
    target = _free_slot(places)
    needed = trial.demands(places, most_s=settled_s)
    trial.write_pending(places, trial.Pending(target, "the system before", needed, places.boot_id.read_text().strip(), installed=True))
    with writable(places.boot):
        slots.write(places.boot, slots.tried_next(slots.read(places.boot), target))
    print(f"update: slot {target} starts once at `tuffier update --restart`")


def restart(places: Places) -> None:
    """On a Raspberry Pi a trial is asked for in the restart itself."""
    asked = ["--reboot-argument=0 tryboot"] if slots.is_pi(places.boot) and slots.read(places.boot).trial else []
    subprocess.run(["systemctl", "reboot", *asked], check=True)


# --- the bundle ---


def checked(bundle: Path, places: Places) -> str:
    """Its version, where its signature is good. Raises UpdateError."""
    if shutil.which("rauc") is None:
        raise UpdateError("rauc was not found: this board was not made from an image with two slots")
    done = subprocess.run(["rauc", f"--conf={places.system}", "info", str(bundle)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UpdateError(f"{bundle.name} is not taken: {_last_line(done.stderr)}")
    found = re.search(r"^Version:\s*'?([^'\n]*)", done.stdout, re.MULTILINE)
    return found[1] if found else "no version"


def _rauc(places: Places, *words: str) -> str:
    """Empty, or why RAUC did not do it."""
    done = subprocess.run(["rauc", f"--conf={places.system}", *words], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else _last_line(done.stderr + done.stdout)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and line.strip() != "idle"]
    telling = [line for line in lines if "rror" in line or "fail" in line or "nvalid" in line]
    return (telling or lines or ["it said nothing"])[-1]


@contextmanager
def found_bundle(named: str, kept: Path) -> Iterator[Path]:
    """A file, whatever it was named by. Raises UpdateError, OSError."""
    if re.match(r"https?://", named):
        with fetched(named, kept) as path:
            yield path
    elif Path(named).is_block_device():
        with _mounted(named) as folder:
            yield the_bundle_in(folder)
    elif Path(named).is_dir():
        yield the_bundle_in(Path(named))
    elif Path(named).is_file():
        yield Path(named).resolve()
    else:
        raise UpdateError(f"{named} is not there")


def the_bundle_in(folder: Path) -> Path:
    found = sorted(folder.glob("*.raucb"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UpdateError(f"one .raucb is wanted in {folder}, found: {names}; name the file")
    return found[0].resolve()


@contextmanager
def _mounted(device: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tuffier-stick-", dir="/run") as folder:
        if subprocess.run(["mount", "-o", "ro,nosuid,nodev,noexec", device, folder], check=False).returncode != 0:
            raise UpdateError(f"{device} cannot be read: is it formatted as FAT, exFAT or ext4?")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=False)


@contextmanager
def fetched(address: str, kept: Path) -> Iterator[Path]:
    """To the data partition, and gone afterwards. Its signature is what is trusted, not the connection. Raises UpdateError."""
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / "incoming.raucb"
    try:
        with urllib.request.urlopen(address, timeout=FETCH_S) as answer, path.open("wb") as out:
            _refuse_small(kept, int(answer.headers.get("Content-Length") or 0))
            while piece := answer.read(PIECE):
                _refuse_small(kept, len(piece))
                out.write(piece)
        yield path
    except (urllib.error.URLError, TimeoutError) as error:
        raise UpdateError(f"{address} cannot be fetched: {error}") from error
    finally:
        path.unlink(missing_ok=True)


def _refuse_small(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        needs = f"{free // 10**6} MB free, the bundle needs {(size + SPARE_BYTES) // 10**6} MB"
        raise UpdateError(f"the data partition has {needs}: remove recordings, or use a stick")
