"""Every command that a refusal, a hint or a document prints can be typed as it stands: tuffier takes its words, a registry has its packages."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from edge import cli
from edge.cli import main

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = frozenset({"tuffier", "pip", "python", "python3", "sudo", "apt", "apt-get"})
# looked up once with `apt-cache policy` on Debian 12 and 13 (libcamera's and picamera2's: Raspberry Pi OS)
DEBIAN = frozenset({"gcc", "libc6-dev", "python3-picamera2", "v4l-utils", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "chromium"})
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "edge/README.md", "systemd/BRINGUP.md", "firmware_bridge/PROTOCOL.md", "models/CARD.md", "docs/*.md"]
FILLED = "X"  # what stands for a value that is filled in when the text is printed


def _texts(node: ast.AST) -> Iterator[str]:
    """String constants, what f-strings fill in as FILLED. An f-string's parts are one text."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED for part in node.values)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _printed() -> Iterator[tuple[str, str]]:
    """(file, command) of what stands in backquotes in the code's texts, and in the documents' blocks."""
    for folder in ("edge", "firmware_bridge", "models/phantom"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                for command in re.findall(r"`([^`\n]+)`", text):
                    yield str(path.relative_to(ROOT)), command
    for pattern in DOCUMENTS:
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
            inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
            for command in [*(line for kind, block in fenced if kind in ("", "sh") for line in block.splitlines()), *inline]:
                yield str(path.relative_to(ROOT)), command


def _commands() -> list[tuple[str, list[str]]]:
    """Those that begin with a program that we answer for."""
    found = []
    for file, text in _printed():
        with contextlib.suppress(ValueError):
            words = shlex.split(re.split(r"\s#", text)[0].strip().removeprefix("$ "), comments=False)
            if words and Path(words[0]).name in PROGRAMS and len(words) > 1:
                found.append((file, words))
    return found


@cache
def _help(command: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([command, "--help"])
    return said.getvalue()


def trouble(words: list[str]) -> str:
    """Why this command cannot be typed; empty where it can."""
    program, rest = Path(words[0]).name, words[1:]
    if program == "tuffier":
        return _tuffier_trouble([word for word in rest if word not in ("...", "|")])
    if program == "sudo":
        return trouble(rest) if Path(rest[0]).name in PROGRAMS else ""
    if program in ("apt", "apt-get"):
        unknown = [name for name in rest if not name.startswith("-") and name not in DEBIAN | {"install"}]
        return "".join(f"{name}: no Debian package that we know. " for name in unknown)
    if "install" in rest and "pip" in [program, *rest]:
        return _pip_trouble(rest[rest.index("install") + 1 :])
    return ""


def _tuffier_trouble(words: list[str]) -> str:
    if ">" in words:
        words = words[: words.index(">")]
    parser, names = cli._parser()
    if words[0] not in names:
        return "" if words[0] in ("--help", "--version", FILLED) else f"no command {words[0]}"
    if words[0] in cli.ELSEWHERE or len(words) == 1:
        return "".join(f"no option {word}" for word in words if word.startswith("--") and word not in _help(words[0]))
    if "--help" in words:
        return ""
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            parser.parse_args(words)
    except SystemExit:
        return told.getvalue()
    return ""


def _pip_trouble(words: list[str]) -> str:
    """Its packages are among those that were installed once, versions in constraints.txt; -e of this checkout is had by who reads its README."""
    constrained = {line.partition("=")[0].lower() for line in (ROOT / "systemd/constraints.txt").read_text().splitlines()}
    names = [re.split(r"[<>=\[]", word)[0].lower() for word in words if not word.startswith(("-", ".", "/", "systemd/", FILLED))]
    return "".join(f"{name}: not in constraints.txt. " for name in names if name and name not in constrained)


def test_every_command_that_is_printed_can_be_typed() -> None:
    found = _commands()
    assert len(found) > 40
    wrong = [f"{file}: {' '.join(words)}: {why}" for file, words in found if (why := trouble(words))]
    assert not wrong, "\n".join(wrong)


WRONG = [
    ("tuffier record clip.mp4", "--out"),
    ("tuffier replya clip.mp4", "no command"),
    ("tuffier flash --bord pico", "no option --bord"),
    ("pip install tuffier", "not in constraints.txt"),
    (f"{sys.executable} -m pip install 'tuffier[video]'", "not in constraints.txt"),
    ("sudo apt install libfoo", "no Debian package"),
]


@pytest.mark.parametrize(("command", "says"), WRONG)
def test_what_cannot_be_typed_is_found(command: str, says: str) -> None:
    assert says in trouble(shlex.split(command))


DEMONSTRATION = "recording:demonstration"
# words, what is wrong, what to do
REFUSALS = [
    ([], "the following arguments are required: COMMAND", "first: `tuffier run`"),
    (["rnu"], "unknown command 'rnu'", "did you mean `tuffier run`?"),
    (["score"], "required: folder", "example: tuffier score"),
    (["run", "--side", "up"], "invalid choice: 'up'", "every option: `tuffier run --help`"),
    (["run", "--source", "nowhere.mp4"], "'nowhere.mp4': no such file", "name one that is there"),
    (["run", "--source", "vidoe:clip.mp4"], "no such file", "KIND is one of recording, images, video"),
    (["run", "--config", "nowhere.toml"], "nowhere.toml: cannot be read: No such file or directory", "name another file"),
    (["run", "--config", "EMPTY/t.toml"], "line 1: unknown key 'sorce'", "did you mean 'source'"),
    (["run", "--source", DEMONSTRATION, "--device", "/dev/null"], "is no live picture", "--demo"),
    (["run", "--mm-per-px", "0.1", "--source", "v4l2:/dev/video0"], "are for files", "run `tuffier calibrate`"),
    (["run", "--procedure", "knee"], "unknown procedure 'knee'", "`tuffier procedures` lists them"),
    (["run", "--profile", "nowhere"], "neither a file that can be read nor a shipped profile", "butterfly, clarius"),
    (["replay", "recording:nowhere.mcap", "--json", "-"], "nowhere.mcap: No such file", "`tuffier record SOURCE --out nowhere.mcap` makes one"),
    (["replay", "EMPTY", "--json", "-"], "no picture in it", ".png"),
    (["export", "clip.mcap"], "nothing to write", "`tuffier export clip.mcap --images pictures`"),
    (["score", "EMPTY"], "no truth.jsonl in it", "`tuffier annotate SOURCE --out FOLDER`"),
    (["calibrate", "EMPTY"], "no picture in it", ".png"),
    (["calibrate"], "no source named", "`tuffier calibrate clip.mp4`"),
    (["monitor", "--page", "1"], "page '1'", "ADDRESS:PORT"),
    (["run", "--igtl", "1"], "igtl '1'", "127.0.0.1:18944 (this machine only)"),
    (["record", "phantom:knee", "--out", "EMPTY/clip.mcap"], "phantom:knee", "it can be none, a view"),
    (["record", DEMONSTRATION, "--out", "EMPTY"], "is a folder", "name a file in it"),
    (["flash", "--board", "pico"], "nothing to write", "`tuffier flash --board pico --image tuffier-pico.uf2`"),
]


@pytest.mark.parametrize(("words", "what", "cure"), REFUSALS, ids=[" ".join(words) or "nothing" for words, _, _ in REFUSALS])
def test_a_refusal_says_what_and_what_to_do(words: list[str], what: str, cure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "t.toml").write_text("[sorce]\n")
    made = [word.replace("EMPTY", str(tmp_path / "empty")) for word in words]
    try:
        status = main(made)
    except SystemExit as end:
        status = int(str(end.code))
    told = capsys.readouterr().err
    assert status == 2
    assert what in told
    assert cure in told
    assert len(told.splitlines()) <= 3
    assert "Errno" not in told
    for command in re.findall(r"`([^`]+)`", told):
        assert trouble(shlex.split(command)) == "", command
