"""The command tuffier: reads what it was told, checks it whole, and starts the work."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn, TextIO, TypeVar

from edge.board import config as configs
from edge.board.config import Config, ConfigError
from edge.board.storage import refuse_loss, refuse_recording_over
from edge.board.terminal import complain, silence
from edge.catalogue import PLANS
from edge.guidance.gate import Limits
from edge.model import runner
from edge.model.manifest import ModelError
from edge.pipeline import Course
from edge.record.recording import CutShortError, RecordingError, alone, cut_short, refuse_other_model, session_fields
from edge.screen import profile as profiles
from edge.source.sources import LIVE_KINDS, Clip, SourceError, files_of, parse_spec, recording_path
from edge.step import Stated
from edge.types import ScreenLeft

NOTICE = "A research device: nobody has validated it on patients."
T = TypeVar("T")
PAGE = "127.0.0.1:8642"
BAD_INPUT = 2
INTERRUPTED = 130
MOST_SAID = 600
CONFIG_ERRORS = (ConfigError, ModelError, SourceError, RecordingError, profiles.ProfileError)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Returns its exit status: 0, 1 for findings or an output that broke, 2 for bad input."""
    _fill_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    name = f"tuffier {words[0]}" if words[:1] and words[0] in ELSEWHERE else "tuffier"
    status, trouble = 1, ""
    try:
        status = _elsewhere(words) if words[:1] and words[0] in ELSEWHERE else _here(words)
    except CONFIG_ERRORS as error:
        complain(f"{name}: {_brief(str(error))}")
        status = BAD_INPUT
    except KeyboardInterrupt:
        status = INTERRUPTED
    except (OSError, SystemExit) as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            complain(f"{name}: {_brief(str(error.filename))}: {error.strerror}: give a shorter one")
            return BAD_INPUT
        # an unbuffered stream holds nothing that a flush would try again
        trouble = _output_trouble(probe="\n" if isinstance(error, OSError) else "")
        if not trouble:
            raise
    trouble = trouble or _output_trouble()
    if trouble:
        complain(f"{name}: standard output: {trouble}: not all was said")
        return status or 1
    return status


def _here(words: list[str]) -> int:
    options = _parser().parse_args(words)
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
    "calibrate": ("edge.judge.calibrate", "calibrate_command"),
    "sim": ("firmware_bridge.sim", "sim_command"),
    "flash": ("firmware_bridge.flash", "flash_command"),
    "report": ("edge.board.check.report", "report_command"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tuffier", description=f"Depth and needle angle of spinal targets from ultrasound video. {NOTICE}")
    parser.add_argument("--version", action="version", version=f"tuffier {metadata.version('tuffier')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", _run, "the main job: source to device", "tuffier run --source v4l2:/dev/video0 --device /dev/tuffier-device")
    run.add_argument("--config", type=Path, help="a TOML file over the defaults")
    run.add_argument("--source", help="default: the bundled recording")
    run.add_argument("--device", help="a serial port's path, sim: (simulated, the default) or none:")
    run.add_argument("--once", action="store_true", help="play a file once (the default where the output is no terminal)")
    run.add_argument("--record", type=Path, metavar="FILE", help="record the scan area as MCAP: a new file, or a folder that keeps the newest")
    run.add_argument("--page", metavar="ADDRESS:PORT", help="serve the local page there, e.g. 127.0.0.1:8642")
    _path_options(run)

    text = "the main job with its local page: the live scan, target, numbers and reasons in a browser"
    monitor = _command(commands, "monitor", _monitor, text, "tuffier monitor --source v4l2:/dev/video0 --page 0.0.0.0:8642")
    monitor.add_argument("--config", type=Path, help="a TOML file over the defaults")
    monitor.add_argument("--source", help="default: the bundled recording, over and over")
    monitor.add_argument("--device", help="a serial port's path, sim: (simulated) or none:")
    monitor.add_argument("--page", metavar="ADDRESS:PORT", help=f"default {PAGE}: this machine's browsers only")
    _path_options(monitor)

    example = "tuffier replay video:clip.mp4 --json - --procedure facet --side left"
    replay = _command(commands, "replay", _replay, "the same path, every frame, deterministic", example)
    replay.add_argument("source")
    replay.add_argument("--json", required=True, metavar="OUT", help="one line a frame; - for standard output")
    _path_options(replay)

    record = _command(commands, "record", _record, "a source and its answers to an MCAP file", "tuffier record phantom:facet?seed=7 --out clip.mcap")
    record.add_argument("source")
    record.add_argument("--out", type=Path, required=True, help="a new file")
    record.add_argument("--jpeg-quality", type=int, default=90)
    _path_options(record)

    example = "tuffier export clip.mcap --images folder"
    export = _command(commands, "export", _export, "a recording to pictures with proposed labels, to DICOM, or to a video", example)
    export.add_argument("recording", type=Path)
    export.add_argument("--images", type=Path, metavar="FOLDER", help="PNGs and proposed.jsonl: what the model said, for a person to correct")
    export.add_argument("--dicom", type=Path, metavar="FOLDER", help="ultrasound multi-frame files, a file for each stretch of an unchanged scan")
    export.add_argument("--video", type=Path, metavar="FILE")
    export.add_argument("--model", type=Path, help="the model that made the recording; default the bundled one")

    score = _command(commands, "score", _score, "the figures for a folder with truth.jsonl", "tuffier score test-frames --json > figures.json")
    score.add_argument("folder", type=Path)
    score.add_argument("--json", action="store_true", help="all figures as JSON")
    score.add_argument("--procedure", action="append", help="only this one (may be repeated)")
    score.add_argument("--scale", choices=["screen", "truth"], default="screen", help="read the scale off the screen (default), or state the truth's")
    score.add_argument("--model", type=Path)
    score.add_argument("--profile", default="")

    example = "tuffier doctor --config /etc/tuffier/tuffier.toml"
    doctor = _command(commands, "doctor", _doctor, "what works here, and the cure where something does not", example)
    doctor.add_argument("--config", type=Path)
    doctor.add_argument("--source")
    doctor.add_argument("--device")
    doctor.add_argument("--model", type=Path)

    bench = _command(commands, "bench", _bench, "time per stage, bare invoke beside the whole path, as JSON", "tuffier bench --frames 500")
    bench.add_argument("--frames", type=int, default=300)
    bench.add_argument("--model", type=Path)
    bench.add_argument("--threads", type=int, default=1)

    procedures = _command(commands, "procedures", _procedures, "the catalogue of procedures", "tuffier procedures")
    procedures.add_argument("--json", action="store_true")

    for name, text in (
        ("calibrate", "finds scan area and ruler, writes a scanner profile"),
        ("sim", "the simulated device on a pty"),
        ("flash", "writes device firmware with the board's own tool"),
        ("report", "packs log, configuration, versions and the last recorded minute into one file to send"),
    ):
        commands.add_parser(name, help=text, add_help=False)
    return parser


def _command(commands: Any, name: str, function: Callable[[argparse.Namespace], int], text: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}. {NOTICE}", epilog=f"example: {example}"
    )
    parser.set_defaults(command=function)
    return parser


def _path_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--procedure", help="see `tuffier procedures`; default facet")
    parser.add_argument("--side", choices=["left", "right"], help="the PATIENT's; default right")
    parser.add_argument("--approach", choices=["in_plane", "out_of_plane"])
    text = "of the bracket, in the probe's body: X towards its marker, Z below 0 above the skin (e.g. 45 -35)"
    parser.add_argument("--pivot-mm", type=float, nargs=2, metavar=("X", "Z"), help=text)
    parser.add_argument("--profile", help="a scanner profile: a shipped name or a path")
    parser.add_argument("--mm-per-px", type=float, metavar="V", help="state the scale (files only)")
    lefts = [left.value for left in ScreenLeft if left is not ScreenLeft.UNKNOWN]
    parser.add_argument("--screen-left", choices=lefts, help="state what is drawn left (files only)")
    parser.add_argument("--model", type=Path, help="a model file; default the bundled one")


def _configured(options: argparse.Namespace) -> Config:
    """The file's configuration with the command line's words over it."""
    path = getattr(options, "config", None)
    config = configs.load(path) if path else Config()

    def over(section: Any, **values: Any) -> Any:
        return replace(section, **{key: value for key, value in values.items() if value is not None})

    def said(name: str) -> Any:
        return getattr(options, name, None)

    model, pivot = said("model"), said("pivot_mm")
    threads, (least, most) = said("threads"), configs.RANGES["threads"]
    if threads is not None and not least <= threads <= most:
        _fail(f"--threads {threads}: it must lie from {least:g} to {most:g}")
    pivot = None if pivot is None else configs.pivot(pivot, where="--pivot-mm")
    return Config(
        source=over(config.source, source=said("source"), profile=said("profile")),
        device=over(config.device, device=said("device")),
        procedure=over(config.procedure, procedure=said("procedure"), side=said("side"), approach=said("approach"), pivot_mm=pivot),
        model=over(config.model, path=None if model is None else str(model), threads=threads),
        gate=config.gate,
        monitor=over(config.monitor, page=said("page")),
    )


def _profile(config: Config) -> profiles.Profile:
    return profiles.load(config.source.profile) if config.source.profile else profiles.AUTO


def _model(config: Config) -> runner.Model:
    return runner.load(Path(config.model.path) if config.model.path else runner.BUNDLED, threads=config.model.threads)


def _course(config: Config, model: runner.Model) -> Course:
    spec = parse_spec(config.source.source)
    if spec.kind == "recording" and spec.options.get("from") != "frames":
        refuse_other_model(recording_path(spec), model.manifest.sha256)
    gate = config.gate
    limits = Limits(max_age_ms=gate.max_age_ms, max_interval_mm=gate.max_interval_mm, agreeing_frames=gate.agreeing_frames)
    return Course(configs.session_of(config.procedure, _profile(config).orientation.marker), model.manifest, limits)


def _stated(options: argparse.Namespace, config: Config) -> Stated:
    """Profile and what was stated. Raises ConfigError for a stated scale on a live source or a real device."""
    scale, left = options.mm_per_px, options.screen_left
    device = config.device.device if hasattr(options, "device") else "none:"
    live = parse_spec(config.source.source).kind in LIVE_KINDS or not device.startswith(("sim:", "none:"))
    if (scale is not None or left is not None) and live:
        raise ConfigError("--mm-per-px and --screen-left are for files without a device: on a board, run tuffier calibrate and use its profile")
    if scale is not None and not 0.005 <= scale <= 2.0:
        raise ConfigError(f"--mm-per-px {scale}: it must lie from 0.005 to 2")
    return Stated(_profile(config), None if scale is None else (scale, scale), None if left is None else ScreenLeft(left))


def _fail(text: str) -> NoReturn:
    raise ConfigError(text)


def _run(options: argparse.Namespace) -> int:
    from edge.board.run import run

    config = _configured(options)
    if options.record is not None:
        refuse_recording_over(options.record, _kept(config, options.config))
    model = _model(config)
    course, stated = _course(config, model), _stated(options, config)
    return run(config, course, stated, model, once=options.once or sys.stdout is None or not sys.stdout.isatty(), record_to=options.record)


def _monitor(options: argparse.Namespace) -> int:
    from edge.board.run import run

    config = _configured(options)
    config = replace(config, monitor=replace(config.monitor, page=config.monitor.page or PAGE))
    model = _model(config)
    course, stated = _course(config, model), _stated(options, config)
    return run(config, course, stated, model, once=False, record_to=None)


def _replay(options: argparse.Namespace) -> int:
    from edge.judge.replay import replay
    from edge.record.answer_line import answer_line
    from edge.source.sources import open_clips

    _as_recorded(options)
    config = _configured(options)
    model = _model(config)
    course, stated = _course(config, model), _stated(options, config)
    if options.json == "-" and sys.stdout is None:
        _fail("--json -: standard output is closed: name a file")
    clips = open_clips(options.source)
    if options.json != "-":
        refuse_loss(Path(options.json), _kept(config))
    out = sys.stdout if options.json == "-" else _opened(Path(options.json))
    count = 0
    try:
        for _, said in replay(_readable(clips, options.source), course, model.invoke, stated):
            out.write(answer_line(said, course.session) + "\n")
            count += 1
        out.flush()
    except (SourceError, RecordingError) as error:
        if count == 0 and not isinstance(error, CutShortError):
            raise
        print(f"tuffier replay: {error}, and {count} are answered", file=sys.stderr)
        return 1
    except OSError as error:
        if out is sys.stdout:
            raise
        print(f"tuffier replay: {options.json}: {error.strerror} after {count} frames: free some space, or name another file", file=sys.stderr)
        return 1
    finally:
        if out is not sys.stdout:
            # what the disk did not take is tried again here, and has been told
            with contextlib.suppress(OSError):
                out.close()
    return 0


def _as_recorded(options: argparse.Namespace) -> None:
    """A recording is replayed for the procedure and side it was made with, unless others are stated."""
    spec = parse_spec(options.source)
    if spec.kind != "recording" or options.procedure is not None:
        return
    fields = session_fields(recording_path(spec))
    options.procedure = fields.get("procedure")
    if options.side is None and fields.get("side") in ("left", "right"):
        options.side = fields["side"]


def _opened(path: Path) -> TextIO:
    try:
        # a pipe is opened for writing alone: it waits for its reader
        return io.TextIOWrapper(io.BufferedWriter(alone(path, access=os.O_WRONLY)), encoding="utf-8", newline="\n")
    except OSError as error:
        _fail(f"{path}: {error.strerror}" + ("" if error.errno == errno.EBUSY else ": name a file that can be written"))


def _kept(config: Config, config_path: Path | None = None) -> dict[str, list[Path]]:
    """What a command reads, and so must not write to."""
    return {
        "the source": files_of(config.source.source),
        "the profile": [profiles.path_of(config.source.profile)] if config.source.profile else [],
        "the model": [Path(config.model.path) if config.model.path else runner.BUNDLED],
        "the configuration": [] if config_path is None else [config_path],
    }


def _record(options: argparse.Namespace) -> int:
    from edge.board.run import session_record
    from edge.judge.replay import replay
    from edge.record.recording import Recorded, Recorder
    from edge.source.sources import open_clips
    from edge.types import Frame

    config = _configured(options)
    if options.out.is_dir():
        _fail(f"{options.out}: is a folder: name a file in it")
    refuse_recording_over(options.out, _kept(config))
    model = _model(config)
    course, stated = _course(config, model), _stated(options, config)
    clips = open_clips(options.source)
    if not 1 <= options.jpeg_quality <= 100:
        _fail(f"--jpeg-quality {options.jpeg_quality}: it must lie from 1 to 100")
    try:
        recorder = Recorder(options.out, session_record(config, course, model), jpeg_quality=options.jpeg_quality)
    except OSError as error:
        print(f"tuffier record: {options.out}: {error.strerror}: nothing is recorded", file=sys.stderr)
        return 1
    try:
        with recorder:
            try:
                for number, clip in enumerate(_readable(clips, options.source)):
                    for item, said in replay(iter([clip]), course, model.invoke, stated):
                        frame = item.frame if isinstance(item, Recorded) else item
                        kept = frame if isinstance(frame, Frame) else None
                        recorder.write(kept, said, course.session, clip=f"{number} {clip.name}", still=clip.still)
            except KeyboardInterrupt:
                print("interrupted: the recording is closed", file=sys.stderr)
    except (SourceError, RecordingError) as error:
        print(f"tuffier record: {error}, and {recorder.frames} are recorded", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"tuffier record: {options.out}: {error.strerror}: {recorder.frames} frames are recorded and can be read", file=sys.stderr)
        return 1
    print(f"{recorder.frames} frames, {options.out.stat().st_size / 1e6:.2f} MB in {options.out}")
    return 0


def _readable(clips: Iterator[Clip], source: str) -> Iterator[Clip]:
    """The same clips, whose failing reads name the source and not the file that is written. Raises SourceError."""

    def named(read: Iterable[T]) -> Iterator[T]:
        try:
            yield from read
        except OSError as error:
            raise SourceError(f"{source}: {error.strerror or error}") from error

    for clip in named(clips):
        yield replace(clip, items=named(clip.items))


def _export(options: argparse.Namespace) -> int:
    from edge.record.export import export_images, export_video

    if options.images is None and options.video is None and options.dicom is None:
        _fail("nothing to write: say --images FOLDER, --dicom FOLDER or --video FILE")
    if options.video is not None:
        refuse_loss(options.video, {"the recording": [options.recording], "the model": [options.model or runner.BUNDLED]})
    try:
        if options.images is not None:
            model = runner.load(options.model or runner.BUNDLED)
            refuse_other_model(options.recording, model.manifest.sha256)
            print(f"{export_images(options.recording, options.images, model.manifest)} pictures in {options.images}")
        if options.dicom is not None:
            from edge.record.dicom_export import export_dicom

            print(f"{export_dicom(options.recording, options.dicom)} DICOM files in {options.dicom}")
        if options.video is not None:
            from edge.source.video_source import write_video

            print(f"{export_video(options.recording, options.video, write_video)} frames in {options.video}")
    except OSError as error:
        to = ", ".join(str(each) for each in (options.images, options.dicom, options.video) if each is not None)
        _fail(f"{error.filename or to}: {error.strerror or str(error).strip().splitlines()[-1]}")
    except ImportError as error:
        extra = "dicom" if error.name == "pydicom" else "video"
        _fail(f"--{extra} needs {error.name}: pip install 'tuffier[{extra}]'")
    cut = cut_short(options.recording)
    if cut:
        print(f"tuffier export: {cut}, and are exported", file=sys.stderr)
    return 1 if cut else 0


def _score(options: argparse.Namespace) -> int:
    from edge.judge.score import score_folder, score_table
    from edge.source.truth import TruthError

    config = _configured(argparse.Namespace(model=options.model, profile=options.profile or None))
    model = _model(config)
    known = {procedure.name: procedure for procedure in PLANS}
    for name in options.procedure or ():
        if name.upper() not in known:
            _fail(f"unknown procedure {name!r}: `tuffier procedures` lists them")
    chosen = [known[name.upper()] for name in options.procedure or known]

    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty() and (done % 20 == 0 or done == of):
            print(f"\r{done}/{of}", end="" if done < of else "\n", file=sys.stderr, flush=True)

    try:
        figures = score_folder(
            options.folder,
            manifest=model.manifest,
            invoke=model.invoke,
            profile=_profile(config),
            procedures=chosen,
            scale_from_truth=options.scale == "truth",
            progress=progress,
        )
    except TruthError as error:
        _fail(str(error))
    print(json.dumps(figures, indent=1) if options.json else score_table(figures))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from edge.board.check.doctor import doctor, doctor_table

    rows = doctor(options.config, source=options.source, device=options.device, model=options.model)
    print(doctor_table(rows))
    return max(row.status.value for row in rows)


def _bench(options: argparse.Namespace) -> int:
    from edge.judge.bench import bench

    config = _configured(options)
    print(json.dumps(bench(_model(config), frames=max(20, options.frames)), indent=1))
    return 0


def _procedures(options: argparse.Namespace) -> int:
    rows = [{**asdict(plan), "procedure": plan.procedure.name.lower()} for plan in PLANS.values()]
    if options.json:
        print(json.dumps(rows, indent=1))
        return 0
    print(NOTICE)
    for plan in PLANS.values():
        least, most = plan.depth_gate_mm
        print(
            f"{plan.procedure.name.lower():24} {'sided' if plan.sided else 'midline':8} {plan.approach:13} {least:.0f}-{most:.0f} mm  "
            f"{' + '.join(plan.target)} in {' or '.join(plan.views)}" + (f"  [{plan.notice}]" if plan.notice else "")
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
