"""The command tuffier: reads what it was told, checks it whole, and starts the work."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata

from edge.board.config import ConfigError
from edge.board.terminal import complain, silence
from edge.commands import annotate, bench, calibrate, doctor, export, latency, procedures, record, replay, run, score
from edge.model.manifest import ModelError
from edge.options import NOTICE, Parser, fail
from edge.record.recording import RecordingError
from edge.screen.profile import ProfileError
from edge.source.sources import SourceError
from edge.toml_words import nearest

BAD_INPUT = 2
INTERRUPTED = 130
MOST_SAID = 600
CONFIG_ERRORS = (ConfigError, ModelError, SourceError, RecordingError, ProfileError)
HERE = (run, replay, record, export, annotate, score, calibrate, doctor, bench, latency, procedures)  # in the order of --help


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Returns its exit status: 0, 1 for findings or an output that broke, 2 for bad input."""
    _fill_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    name = f"tuffier {words[0]}" if words[:1] and words[0] in ELSEWHERE else "tuffier"
    trouble = ""
    try:
        status = _tried(words, name)
    except (OSError, SystemExit) as error:
        # an unbuffered stream holds nothing that a flush would try again
        trouble = _output_trouble(probe="\n" if isinstance(error, OSError) else "")
        if not trouble:
            raise
        status = 1
    trouble = trouble or _output_trouble()
    if trouble:
        complain(f"{name}: standard output: {trouble}: not all was said")
        return status or 1
    return status


def _tried(words: list[str], name: str) -> int:
    """Runs the command. Raises OSError, SystemExit; what is wrong with the input is said."""
    try:
        return _elsewhere(words) if words[:1] and words[0] in ELSEWHERE else _here(words)
    except CONFIG_ERRORS as error:
        complain(f"{name}: {_brief(str(error))}")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        complain(f"{name}: {_brief(str(error.filename))}: {error.strerror}: give a shorter one")
        return BAD_INPUT


def _here(words: list[str]) -> int:
    parser, names = _parser()
    if words and not words[0].startswith("-") and words[0] not in names:
        fail(f"unknown command {words[0]!r}: did you mean `tuffier {nearest(words[0], names)}`? `tuffier --help` lists them all")
    options = parser.parse_args(words)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _output_trouble(probe: str = "") -> str:
    """Why standard output does not take what was said, or a probe; empty where it does. A broken one leads nowhere afterwards."""
    try:
        if sys.stdout is not None:
            sys.stdout.write(probe)
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        silence(sys.stdout)
        return str(getattr(error, "strerror", None) or error)
    return ""


def _brief(text: str) -> str:
    """One line that a person reads: what is far too long loses its middle."""
    return text if len(text) <= MOST_SAID else f"{text[: MOST_SAID // 2]} ... {text[-MOST_SAID // 2 :]}"


def _fill_streams() -> None:
    """Standard streams that were closed at the start lead nowhere: else a recording gets their number, and what a library says goes into it."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        # inherited as the others are
        os.set_inheritable(number, True)
    os.close(number)
    # sys.stdout stays None, which print takes; a command whose answer goes there asks
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _elsewhere(words: list[str]) -> int:
    """Commands whose options stand in their own file."""
    from importlib import import_module

    module, function = ELSEWHERE[words[0]]
    found: Callable[[list[str]], int] = getattr(import_module(module), function)
    return found(words[1:])


ELSEWHERE = {
    "sim": ("firmware_bridge.sim", "sim_command"),
    "flash": ("firmware_bridge.flash", "flash_command"),
    "report": ("edge.board.check.report", "report_command"),
    "sbom": ("edge.board.check.sbom", "sbom_command"),
    "page": ("edge.board.page.command", "page_command"),
    "update": ("edge.update.command", "update_command"),
}


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser, and the names of all commands."""
    text = f"Depth and needle angle of spinal targets from ultrasound video. {NOTICE}"
    parser = Parser(prog="tuffier", description=text, epilog="first: `tuffier run`, then `tuffier doctor`")
    parser.add_argument("--version", action="version", version=f"tuffier {metadata.version('tuffier')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in HERE:
        command.add(commands)
    for name, text in (
        ("sim", "the simulated device on a pty"),
        ("flash", "writes device firmware with the board's own tool"),
        ("update", "a signed update into the board's other slot, kept only when it works"),
        ("page", "the local page in a process of its own, for a main job that runs already (its service does)"),
        ("report", "packs log, configuration, versions and the last recorded minute into one file to send"),
        ("sbom", "lists all that is installed with it, with licences, as CycloneDX"),
    ):
        commands.add_parser(name, help=text, add_help=False)
    return parser, list(commands.choices)


if __name__ == "__main__":
    sys.exit(main())
