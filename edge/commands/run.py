"""`tuffier run` and `tuffier monitor`: the main job, source to device."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from edge.board.page import address as addresses
from edge.board.storage import refuse_recording_over
from edge.options import add_command, configured, course_of, files_read, model_of, path_options, stated_of


def add(commands: Any) -> None:
    run = add_command(commands, "run", _run, "the main job: source to device", "tuffier run --source v4l2:/dev/video0 --device /dev/tuffier-device")
    run.add_argument("--config", type=Path, help="a TOML file over the defaults")
    run.add_argument("--source", help="default: the bundled recording")
    run.add_argument("--device", help="a serial port's path, sim: (simulated, the default) or none:")
    run.add_argument("--once", action="store_true", help="play a file once (the default where the output is no terminal)")
    run.add_argument("--record", type=Path, metavar="FILE", help="record the scan area as MCAP: a new file, or a folder that keeps the newest")
    run.add_argument("--igtl", metavar="ADDRESS:PORT", help="serve scan, needle and state by OpenIGTLink there, e.g. 127.0.0.1:18944")
    run.add_argument("--page", metavar="ADDRESS:PORT", help=f"serve the local page there too, e.g. {addresses.DEFAULT}")
    _demo_option(run)
    path_options(run)

    text = "the main job with its local page: the live scan, target, numbers and reasons in a browser"
    monitor = add_command(commands, "monitor", _monitor, text, "tuffier monitor --source v4l2:/dev/video0 --page 0.0.0.0:8642")
    monitor.add_argument("--config", type=Path, help="a TOML file over the defaults")
    monitor.add_argument("--source", help="default: the bundled recording, over and over")
    monitor.add_argument("--device", help="a serial port's path, sim: (simulated) or none:")
    monitor.add_argument("--page", metavar="ADDRESS:PORT", help=f"default {addresses.DEFAULT}: this machine's browsers only")
    _demo_option(monitor)
    path_options(monitor)


def _demo_option(parser: argparse.ArgumentParser) -> None:
    text = "let a picture that is not live (a file, a phantom) go to a real device: it says DEMO and arms nothing"
    parser.add_argument("--demo", action="store_true", help=text)


def _run(options: argparse.Namespace) -> int:
    from edge.board.run import run

    config = configured(options)
    if options.record is not None:
        refuse_recording_over(options.record, files_read(config, options.config))
    model = model_of(config)
    course, stated = course_of(config, model), stated_of(options, config)
    once = options.once or sys.stdout is None or not sys.stdout.isatty()
    return run(config, course, stated, model, once=once, record_to=options.record, page=options.page or "")


def _monitor(options: argparse.Namespace) -> int:
    from edge.board.run import run

    config = configured(options)
    model = model_of(config)
    course, stated = course_of(config, model), stated_of(options, config)
    return run(config, course, stated, model, once=False, record_to=None, page=config.monitor.page or addresses.DEFAULT)
