"""Imports only point down from room to room and never in a circle, heavy modules are imported in one file each, and the pure rooms know no clock."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# from the bottom; edge/README.md, "Rooms", says why a source stands above a record. A line is a room or one of edge's own files
ROOMS = [
    "edge/types.py", "edge/catalogue.py", "edge/limits.py", "edge/toml_words.py", "edge/extras.py",
    "edge/screen/area", "edge/screen/ruler", "edge/screen", "edge/model", "edge/guidance", "edge/pipeline.py",
    "edge/record", "edge/source", "edge/step.py", "edge/api.py", "edge/board", "edge/update", "edge/judge", "edge/annotate", "edge/options.py",
    "edge/commands", "edge/cli.py", "edge/__init__.py",
]  # fmt: skip
PURE = {*ROOMS[: ROOMS.index("edge/record")]}
# the one file of a pure room that meets the machine: a runtime, and the variable that chooses it
NOT_PURE = {"edge/model/runner.py"}
PURE_FORBIDS = {"time", "threading", "random", "os", "logging", "datetime", "socket", "subprocess"}
ALONE = {
    "av": {"edge/source/video_source.py"}, "serial": {"firmware_bridge/link.py"}, "ai_edge_litert": {"edge/model/runner.py"},
    "tflite_runtime": {"edge/model/runner.py"}, "picamera2": {"edge/source/picamera2_source.py"},
    "aiohttp": {"edge/board/page/server.py"}, "segno": {"edge/board/page/token_file.py"},
    "pydicom": {"edge/source/dicom/dicom_source.py", "edge/source/dicom/shown.py", "edge/record/dicom_export.py"},
}  # fmt: skip


@cache
def imports_of(file: str) -> frozenset[str]:
    """Full names of what a file imports at its top or anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def files_of(folder: str) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).rglob("*.py"))]


def file_of(name: str) -> str:
    """The file that a full name of ours lies in."""
    path = ROOT.joinpath(*name.split("."))
    while True:
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return str(file.relative_to(ROOT))
        path = path.parent


@cache
def doors(room: str) -> frozenset[str]:
    """What a room's __all__ names."""
    for node in ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def own(name: str) -> bool:
    return name.split(".")[0] == "edge"


def rank(file: str) -> int:
    """The room that a file lies in, the innermost of those that it lies in."""
    within = [level for level, room in enumerate(ROOMS) if file == room or file.startswith(f"{room}/")]
    assert within, f"{file} stands in no room: name it in ROOMS"
    return min(within)


def test_imports_only_point_down_from_room_to_room() -> None:
    wrong = []
    for file in files_of("edge"):
        wrong += [f"{file} imports {name}" for name in sorted(imports_of(file)) if own(name) and rank(file_of(name)) > rank(file)]
    assert wrong == []


def test_a_room_is_entered_by_its_doors_only() -> None:
    """A file imports from a room that it does not lie in only what that room's __all__ names."""
    wrong = []
    for file in files_of("edge"):
        for name in sorted(filter(own, imports_of(file))):
            found = Path(file_of(name))
            for room in [parent for parent in found.parents if parent.parts[1:] and parent not in Path(file).parents]:
                if found.relative_to(room).parts[0].removesuffix(".py") not in doors(str(room)):
                    wrong.append(f"{file} imports {name}")
    assert wrong == []


def test_a_rooms_doors_are_there() -> None:
    for room in {str(Path(file).parent) for file in files_of("edge")} - {"edge"}:
        assert [name for name in doors(room) if not list((ROOT / room).glob(f"{name}.py")) and not (ROOT / room / name).is_dir()] == [], room


def test_no_imports_go_in_a_circle() -> None:
    """Within a room too: what is left when files that import none of those left are taken away."""
    left = {file: {file_of(name) for name in imports_of(file) if own(name)} - {file} for file in files_of("edge")}
    while ready := {file for file, needed in left.items() if not needed & left.keys()}:
        left = {file: needed for file, needed in left.items() if file not in ready}
    assert left == {}


def test_the_pure_rooms_know_no_clock_thread_or_system() -> None:
    wrong = []
    for file in files_of("edge"):
        if ROOMS[rank(file)] in PURE and file not in NOT_PURE:
            wrong += [f"{file} imports {name}" for name in imports_of(file) if name.split(".")[0] in PURE_FORBIDS]
    assert wrong == []


def test_heavy_modules_are_imported_in_one_file_each() -> None:
    wrong = []
    for file in files_of("edge") + files_of("firmware_bridge"):
        wrong += [f"{file} imports {name}" for name in imports_of(file) if file not in ALONE.get(name.split(".")[0], {file})]
    assert wrong == []


def test_a_room_opens_with_its_rule_and_holds_a_dozen_entries_at_most() -> None:
    assert len(list((ROOT / "edge").glob("*.py"))) <= 12
    for folder in (path.parent for path in sorted((ROOT / "edge").glob("*/**/__init__.py"))):
        entries = [path.name for path in folder.iterdir() if path.name != "__pycache__"]
        assert len(entries) <= 12, f"{folder.name}: {sorted(entries)}"
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))), f"{folder.name}/__init__.py says no rule"


def test_no_comment_names_a_frame_by_its_number() -> None:
    """A seed's number tells a stranger nothing: a comment names the test that holds the case."""
    lines = [(file, line) for file in files_of("edge") for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    assert [(file, line) for file, line in lines if re.search(r"\b\d{8}\b", line)] == []


def test_every_test_that_a_comment_names_is_there() -> None:
    named = {name for file in files_of("edge") for name in re.findall(r"\btest_\w+\b(?!\.py)", (ROOT / file).read_text(encoding="utf-8"))}
    there = {name for path in (ROOT / "tests").rglob("*.py") for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))}
    assert sorted(named - there) == []


def test_the_wire_never_imports_the_pipeline() -> None:
    for file in files_of("firmware_bridge"):
        assert not {name for name in imports_of(file) if name.split(".")[0] in ("edge", "models", "numpy", "PIL")}, file


def test_the_phantom_never_imports_training() -> None:
    for file in files_of("models/phantom"):
        assert not {name for name in imports_of(file) if name.startswith("models.training") or name.split(".")[0] == "torch"}, file
