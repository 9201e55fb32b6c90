"""What several commands share: their options, and what these make of the configuration."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from edge.board import config as configs
from edge.board.config import Config, ConfigError
from edge.guidance.gate import Limits
from edge.model import runner
from edge.pipeline import Course
from edge.record.recording import refuse_other_model
from edge.screen import profile as profiles
from edge.source.sources import LIVE_KINDS, Clip, SourceError, files_of, parse_spec, recording_path
from edge.step import Stated
from edge.types import ScreenLeft

NOTICE = "A research device: nobody has validated it on patients."
INSTALLED = Path("/etc/tuffier/tuffier.toml")  # a board's
T = TypeVar("T")


class Parser(argparse.ArgumentParser):
    """Says what is wrong, and a command that works, on two lines; the whole usage is --help's."""

    def error(self, message: str) -> NoReturn:
        """Exit status 2."""
        example = f"\n{self.epilog}" if self.epilog else ""
        self.exit(2, f"{self.prog}: {message}{example}\nevery option: `{self.prog} --help`\n")


def add_command(commands: Any, name: str, function: Callable[[argparse.Namespace], int], text: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}. {NOTICE}", epilog=f"example: {example}"
    )
    parser.set_defaults(command=function)
    return parser


def path_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--procedure", help="see `tuffier procedures`; default facet")
    parser.add_argument("--side", choices=["left", "right"], help="the PATIENT's; default right")
    parser.add_argument("--approach", choices=["in_plane", "out_of_plane"])
    text = "of the bracket, in the probe's body: X towards its marker, Z below 0 above the skin (e.g. 45 -35)"
    parser.add_argument("--pivot-mm", type=float, nargs=2, metavar=("X", "Z"), help=text)
    parser.add_argument("--profile", help="a scanner profile: a shipped name or a path")
    text = "state the scale (files only), which holds for the first picture's size; a ruler that says otherwise withholds"
    parser.add_argument("--mm-per-px", type=float, metavar="V", help=text)
    lefts = [left.value for left in ScreenLeft if left is not ScreenLeft.UNKNOWN]
    parser.add_argument("--screen-left", choices=lefts, help="state what is drawn left (files only)")
    parser.add_argument("--model", type=Path, help="a model file; default the bundled one")


def configured(options: argparse.Namespace) -> Config:
    """The file's configuration with the command line's words over it."""
    path = getattr(options, "config", None)
    config = configs.load(path) if path else Config()

    def said(name: str) -> Any:
        return getattr(options, name, None)

    model, pivot = said("model"), said("pivot_mm")
    threads, (least, most) = said("threads"), configs.RANGES["threads"]
    if threads is not None and not least <= threads <= most:
        fail(f"--threads {threads}: it must lie from {least:g} to {most:g}")
    pivot = None if pivot is None else configs.pivot(pivot, where="--pivot-mm")
    return replace(
        config,
        source=_over(config.source, source=said("source"), profile=said("profile")),
        device=_over(config.device, device=said("device"), demo=said("demo") or None),
        procedure=_over(config.procedure, procedure=said("procedure"), side=said("side"), approach=said("approach"), pivot_mm=pivot),
        model=_over(config.model, path=None if model is None else str(model), threads=threads),
        monitor=_over(config.monitor, page=said("page"), igtl=said("igtl")),
    )


def _over(section: Any, **values: Any) -> Any:
    """A section of the configuration with what was said over it."""
    return replace(section, **{key: value for key, value in values.items() if value is not None})


def profile_of(config: Config) -> profiles.Profile:
    return profiles.load(config.source.profile) if config.source.profile else profiles.AUTO


def model_of(config: Config) -> runner.Model:
    return runner.load(Path(config.model.path) if config.model.path else runner.BUNDLED, threads=config.model.threads)


def course_of(config: Config, model: runner.Model) -> Course:
    spec = parse_spec(config.source.source)
    if spec.kind == "recording" and spec.options.get("from") != "frames":
        refuse_other_model(recording_path(spec), model.manifest.sha256)
    gate = config.gate
    limits = Limits(max_age_ms=gate.max_age_ms, max_interval_mm=gate.max_interval_mm, agreeing_frames=gate.agreeing_frames)
    return Course(configs.session_of(config.procedure, profile_of(config).orientation.marker), model.manifest, limits)


def stated_of(options: argparse.Namespace, config: Config) -> Stated:
    """Profile and what was stated. Raises ConfigError for a scale stated on a live source or a real device, or by a profile for any picture size."""
    scale, left = options.mm_per_px, options.screen_left
    device = config.device.device if hasattr(options, "device") else "none:"
    live = parse_spec(config.source.source).kind in LIVE_KINDS or not device.startswith(("sim:", "none:"))
    if (scale is not None or left is not None) and live:
        cure = "on a board, run `tuffier calibrate` and name its profile with --profile"
        raise ConfigError(f"--mm-per-px and --screen-left are for files without a device: {cure}")
    if scale is not None and not 0.005 <= scale <= 2.0:
        raise ConfigError(f"--mm-per-px {scale}: it must lie from 0.005 to 2")
    profile = profile_of(config)
    if live and profile.ruler.mm_per_px and not (profile.video.width_px and profile.video.height_px):
        where = f"profile {config.source.profile}"
        raise ConfigError(f"{where}: [ruler] mm_per_px holds for one picture size: state it in [video], as width_px and height_px")
    return Stated(profile, None if scale is None else (scale, scale), None if left is None else ScreenLeft(left))


def files_read(config: Config, config_path: Path | None = None) -> dict[str, list[Path]]:
    """What a command reads, and so must not write to."""
    return {
        "the source": files_of(config.source.source),
        "the profile": [profiles.path_of(config.source.profile)] if config.source.profile else [],
        "the model": [Path(config.model.path) if config.model.path else runner.BUNDLED],
        "the configuration": [] if config_path is None else [config_path],
    }


def readable(clips: Iterator[Clip], source: str) -> Iterator[Clip]:
    """The same clips, whose failing reads name the source and not the file that is written. Raises SourceError."""

    def named(read: Iterable[T]) -> Iterator[T]:
        try:
            yield from read
        except OSError as error:
            raise SourceError(f"{source}: {error.strerror or error}") from error

    for clip in named(clips):
        yield replace(clip, items=named(clip.items))


def fail(text: str) -> NoReturn:
    raise ConfigError(text)
