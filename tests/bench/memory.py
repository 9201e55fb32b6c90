"""How much memory `tuffier run` holds at each size of picture: resident of its own process, while it runs and at most.

    python -m tests.bench.memory                   # 15 seconds each: recording, page and simulated device on
    python -m tests.bench.memory --seconds 8

The frames are pictures of the demonstration on a drawn screen, at 30 a second: read from a folder as grey, and as YUYV out of a grabber's mapped
buffers (tests.bench.grabber), through the source that reads real ones.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from edge.judge.screens import screens
from tests.bench.grabber import as_yuyv

SIZES = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
PICTURES = 8
LOOPS = 60
MOST_S = PICTURES * LOOPS / 30
PROFILE = 'name = "bench"\n[ruler]\ntick_mm = 10\n[orientation]\nscreen_left = "patient_left"\n'
FIELDS = ("VmRSS", "VmHWM", "RssAnon", "RssFile")


def held(process_id: int) -> dict[str, float]:
    """MB of a process, by the kernel's names: resident now, at most so far, its own, of files."""
    lines = Path(f"/proc/{process_id}/status").read_text(encoding="ascii").splitlines()
    return {line.split(":")[0]: round(int(line.split()[1]) / 1000, 1) for line in lines if line.startswith(FIELDS)}


def grey(size_px: tuple[int, int], folder: Path) -> list[str]:
    """The job's words up to its options, after its frames have been written."""
    frames = folder / "frames"
    frames.mkdir()
    for index, picture in enumerate(screens(size_px, PICTURES) * LOOPS):
        Image.fromarray(picture).save(frames / f"{index:06d}.png", compress_level=1)
    return ["edge.cli", "run", "--source", f"images:{frames}", "--once"]


def yuyv(size_px: tuple[int, int], folder: Path) -> list[str]:
    """The same, out of a grabber."""
    frames = folder / "frames.yuyv"
    frames.write_bytes(b"".join(as_yuyv(picture) for picture in screens(size_px, PICTURES)))
    return ["tests.bench.grabber", str(frames), f"{size_px[0]}x{size_px[1]}", "run", "--source", "v4l2:/dev/video0"]


def measured(job: list[str], seconds: float, folder: Path) -> dict[str, Any]:
    """What one run holds after a second, in the middle and at its end."""
    (folder / "bench.toml").write_text(PROFILE, encoding="utf-8")
    words = [*job, "--device", "sim:", "--procedure", "facet", "--side", "right", "--page", "127.0.0.1:0"]
    words += ["--profile", str(folder / "bench.toml"), "--record", str(folder / "memory.mcap")]
    with subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        seen, until = [], time.monotonic() + seconds
        while time.monotonic() < until and run.poll() is None:
            time.sleep(0.5)
            with contextlib.suppress(OSError):  # it ended meanwhile
                seen.append(held(run.pid))
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate()
    seen = [each for each in seen if each]
    every = [each["VmRSS"] for each in seen]
    moments = {"begin": seen[min(2, len(seen) - 1)], "middle": seen[len(seen) // 2], "end": seen[-1]}
    return {**moments, "each_half_second": every, "said": said.splitlines()[-2:]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help=f"at most {MOST_S:.0f}: a job whose pictures have ended holds less")
    options = parser.parse_args()
    options.seconds = min(options.seconds, MOST_S)
    found = {}
    for name, size_px in SIZES.items():
        for kind in (grey, yuyv):
            with tempfile.TemporaryDirectory() as folder:
                found[f"{name} {kind.__name__}"] = measured(kind(size_px, Path(folder)), options.seconds, Path(folder))
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
