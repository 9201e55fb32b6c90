"""What each rule of the screen stage is worth: python -m tests.system.rules --frames 600 --real DIR --out rules.jsonl

A rule is a condition in edge/screen: the test of an `if`, a part of an `and` or `or`, the filter of a comprehension. It speaks on a frame where it
decides there: an `if` that is true, a part of an `and` that is false or of an `or` that is true, a filter that drops something. One line a frame
goes to --out, with the rules that spoke and what was read, so that a run that was stopped goes on where it was.

With --worth each rule that spoke on a few frames only is taken out, and these are read again: what would be lost, and what would be wrong.
A rule that spoke on no frame can go without changing any of them; what it was once made for stands in the test that its comment names.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
STAGE = "edge.screen."
CALL = "_rule"  # put around each condition
PICTURES = (".png", ".jpg", ".jpeg")
FEW = 4  # frames: a rule that speaks on more is no exception
FIRST_SEED = 39_960_000


@dataclass(slots=True)
class Hearing:
    """Which rules spoke since it was last emptied; taken_out: the rule that may not speak."""

    spoke: set[str] = field(default_factory=set)
    taken_out: str = ""

    def rule(self, name: str, decides: bool, value: Any) -> Any:
        """A condition's value, as the rule leaves it. decides: the value by which it speaks."""
        if (isinstance(value, np.ndarray) and value.size != 1) or bool(value) is not decides:
            return value
        self.spoke.add(name)
        # what is no yes or no is a value that the code goes on with: it cannot be taken out so
        return not decides if name == self.taken_out and isinstance(value, bool | np.bool_) else value


HEARING = Hearing()


class Listening(ast.NodeTransformer):
    """Puts a call around every condition of a file."""

    def __init__(self, file: str, source: str) -> None:
        self._file, self._source = file, source

    def _heard(self, node: ast.expr, decides: bool) -> ast.expr:
        if isinstance(node, ast.BoolOp):  # its parts are heard
            return node
        text = " ".join((ast.get_source_segment(self._source, node) or "").split())
        name = f"{self._file}:{node.lineno}:{node.col_offset}: {text}"
        call = ast.Call(ast.Name(CALL, ast.Load()), [ast.Constant(name), ast.Constant(decides), node], [])
        return ast.copy_location(call, node)

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        node.test = self._heard(node.test, True)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        node.test = self._heard(node.test, True)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        node.values = [self._heard(value, isinstance(node.op, ast.Or)) for value in node.values]
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs = [self._heard(test, False) for test in node.ifs]
        return node


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a file of the screen stage with its conditions heard."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        source = bytes(data).decode()
        tree = Listening(str(Path(path).relative_to(ROOT)), source).visit(ast.parse(source))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True, optimize=_optimize)

    def get_code(self, fullname: str) -> Any:  # noqa: ARG002
        return self.source_to_code(self.get_data(self.path), self.path)

    def exec_module(self, module: ModuleType) -> None:
        setattr(module, CALL, HEARING.rule)
        super().exec_module(module)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the files of the screen stage, for the Loader."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:  # noqa: ARG002
        file = (ROOT / fullname.replace(".", "/")).with_suffix(".py")
        if not fullname.startswith(STAGE) or not file.is_file():
            return None
        return importlib.util.spec_from_file_location(fullname, file, loader=Loader(fullname, str(file)))


def rules_of_the_stage() -> list[str]:
    """Every rule's name, in the order of files and lines."""
    names: list[str] = []
    for path in sorted((ROOT / "edge" / "screen").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        tree = Listening(str(path.relative_to(ROOT)), source).visit(ast.parse(source))
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == CALL]
        names += [str(each.args[0].value) for each in calls if isinstance(each.args[0], ast.Constant)]
    return sorted(set(names), key=lambda name: (name.split(":")[0], int(name.split(":")[1]), int(name.split(":")[2])))


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame to read: its pixels, and its truth where it is known, or the page of a design that was drawn; a real frame has neither."""

    name: str
    pixels: Any
    truth: dict[str, Any] | None = None
    page: Any = None


def phantom(seed: int) -> Shown | None:
    """A frame of the phantom's; None for those without a truth of a scan."""
    from tests.system import screens

    frame = screens.render_exam(screens.examine(screens.spec_of(seed)))
    if frame.kind in screens.LEFT_OUT or frame.truth.get("origin_px") is None:
        return None
    return Shown(f"seed {seed}", frame.pixels, frame.truth)


def named(name: str) -> Shown | None:
    """The frame of this name: a seed's, or a picture's."""
    match name.split(" "):
        case ["seed", seed]:
            return phantom(int(seed))
        case ["design", design, number]:
            return drawn(name, design, int(number))
        case _:
            return Shown(name, np.asarray(Image.open(name).convert("L")))


def drawn(name: str, design: str, number: int) -> Shown:
    """A screen of a design that the phantom does not draw."""
    from tests.system import other_screens

    page = {each.__name__: each for each in other_screens.DESIGNS}[design](other_screens.content_of(number))
    return Shown(name, np.asarray(page.image.convert("L")), page=page)


def designs(frames: int) -> list[str]:
    """Names of so many frames of each design."""
    from tests.system import other_screens

    return [f"design {each.__name__} {number}" for each in other_screens.DESIGNS for number in range(frames)]


def read(shown: Shown) -> dict[str, Any]:
    """What is read off a frame, and with its scale stated where that is known; both against the truth. Of a real frame the reading alone."""
    from edge.screen import profile, watch
    from tests.system import other_screens, screens

    if shown.page is not None:
        return {"design": other_screens.judged(shown.page)}
    fit = watch.read_screen(shown.pixels, profile.AUTO, None)
    if shown.truth is None:
        given = fit is not None and fit.measures
        return {"given": given, "says": [*(fit.mm_per_px or ()), *fit.origin_px] if given and fit is not None else []}
    stated = watch.read_screen(shown.pixels, profile.AUTO, tuple(shown.truth["mm_per_px"]))
    return {"read": screens.judged(fit, shown.truth), "stated": screens.judged(stated, shown.truth)}


def verdict(line: dict[str, Any]) -> str:
    """One word a way: right, wrong or withheld; of a real frame what it says."""
    from tests.system import screens

    if "design" in line:
        return str(line["design"])
    if "given" in line:
        return " ".join(f"{value:.4g}" for value in line["says"]) or "withheld"
    words = []
    for way in ("read", "stated"):
        one = line[way]
        wrong = one["given"] and (one["scale_error"] > 2 * screens.RIGHT_SCALE or screens.off(one))
        words.append(f"{way} {'wrong' if wrong else 'right' if one['given'] else 'withheld'}")
    return ", ".join(words)


def heard(shown: Shown) -> dict[str, Any]:
    """A frame's line: what was read, and the rules that spoke."""
    HEARING.spoke.clear()
    said = read(shown)
    return {"name": shown.name, "real": shown.truth is None and shown.page is None, "verdict": verdict(said), "spoke": sorted(HEARING.spoke)}


def lines_of(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(each) for each in path.read_text(encoding="utf-8").splitlines(keepends=True) if each.endswith("\n")]


def listen(names: Sequence[str], out: Path) -> list[dict[str, Any]]:
    """Reads what is not yet in the file; all lines of these frames."""
    lines = lines_of(out)
    done = {line["name"] for line in lines}
    with out.open("a", encoding="utf-8") as file:
        for name in names:
            if name not in done:
                shown = named(name)
                lines.append(heard(shown) if shown is not None else {"name": name, "left_out": True})
                file.write(json.dumps(lines[-1]) + "\n")
                file.flush()
    return [line for line in lines if "spoke" in line and line["name"] in set(names)]


def speakers(lines: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Each rule's frames, of the rules that spoke."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        for name in line["spoke"]:
            found[name].append(line)
    return found


def table(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many rules speak how often, then those that never do."""
    rules, spoke = rules_of_the_stage(), speakers(lines)
    silent = [name for name in rules if name not in spoke]
    seldom = [name for name in rules if 0 < len(spoke.get(name, ())) <= FEW]
    yield f"{len(lines)} frames, {sum(line['real'] for line in lines)} of them real"
    yield f"{len(rules)} rules: {len(silent)} never speak, {len(seldom)} on 1 to {FEW} frames"
    yield from (f"never: {name}" for name in silent)


def worth(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Of each rule that spoke on a few frames, what these say without it."""
    for name, frames in sorted(speakers(lines).items()):
        if len(frames) > FEW:
            continue
        changed = []
        for line in frames:
            without = said_without(name, line["name"])
            changed += [f"{line['name']}: {line['verdict']} -> {without}"] if without != line["verdict"] else []
        yield f"{len(frames)} frames, {len(changed)} change: {name}" + "".join(f"\n    {each}" for each in changed)


def said_without(rule: str, name: str) -> str:
    """A frame's verdict with one rule taken out; what it raises where the code rests on the rule."""
    shown = named(name)
    assert shown is not None
    HEARING.taken_out = rule
    try:
        return verdict(read(shown))
    except Exception as error:
        return f"raises {type(error).__name__}"
    finally:
        HEARING.taken_out = ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=600, help="of the phantom's, of which some have no scan")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="first seed")
    parser.add_argument("--designs", type=int, default=3, help="frames of each design in tests/system/other_screens.py")
    parser.add_argument("--real", type=Path, action="append", default=[], help="a folder of real screens (may be repeated)")
    parser.add_argument("--out", type=Path, required=True, help="lines of this run and of earlier ones")
    parser.add_argument("--worth", action="store_true", help="take out each rule that speaks seldom, and read its frames again")
    options = parser.parse_args(arguments)
    real = [str(path) for folder in options.real for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURES]
    sys.meta_path.insert(0, Finder())
    seeds = range(options.first, options.first + options.frames)
    lines = listen([*real, *designs(options.designs), *(f"seed {seed}" for seed in seeds)], options.out)
    for row in table(lines):
        print(row)
    if options.worth:
        for row in worth(lines):
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
