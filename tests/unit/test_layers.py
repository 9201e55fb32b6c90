"""Imports only point down, heavy modules are imported in one file each, and the pure layers know no clock."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = [
    ("values", {"types", "config", "catalogue", "toml_words"}),
    (
        "pure",
        {"geometry", "session", "manifest", "crop", "resample", "tensor", "decode", "locate", "track", "gate"}
        | {"screen", "scan_area", "edges", "connected", "scale", "shape", "ruler", "digits", "health", "profile", "pixels", "glyphs", "printed"}
        | {"watch", "far_edge", "foreign", "writing", "columns", "rounds", "bars", "heads", "parts"}
        | {"marks", "labels", "across", "against"},
    ),
    (
        "path",
        {"pipeline", "answer_line", "recording", "truth", "sources", "video_source", "dicom_source", "phantom_source", "picamera2_source"}
        | {"v4l2", "v4l2_source", "luma", "notify", "storage", "mcap_file", "board"}
        | {"runner", "port", "terminal", "replay", "mailbox", "score", "export", "dicom_export", "monitor"},
    ),
    ("jobs", {"app", "run", "doctor", "report", "bench", "calibrate", "calibrate_page"}),
    ("command", {"cli"}),
]
PURE_FORBIDS = {"time", "threading", "random", "os", "logging", "datetime", "socket", "subprocess"}
ALONE = {
    "av": {"video_source"}, "serial": {"link"}, "ai_edge_litert": {"runner"}, "tflite_runtime": {"runner"},
    "picamera2": {"picamera2_source"}, "pydicom": {"dicom_source", "dicom_export"},
}  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """Full names of what a file imports at its top or anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rank(name: str) -> int:
    for level, (_, members) in enumerate(LAYERS):
        if name in members:
            return level
    raise AssertionError(f"edge/{name}.py stands in no layer: name it in LAYERS")


def module_of(name: str) -> str | None:
    """The file of edge that a full name lies in."""
    parts = name.split(".")
    files = [part for depth, part in enumerate(parts, start=1) if ROOT.joinpath(*parts[:depth]).with_suffix(".py").is_file()]
    return files[0] if parts[0] == "edge" and files else None


def modules() -> list[Path]:
    return [path for path in sorted((ROOT / "edge").rglob("*.py")) if path.stem != "__init__"]


def test_imports_only_point_down() -> None:
    wrong = []
    for path in modules():
        for name in imports_of(path):
            file = module_of(name)
            if file is not None and rank(file) > rank(path.stem):
                wrong.append(f"{path.stem} imports {name}")
    assert wrong == []


def test_pure_layers_know_no_clock_thread_or_system() -> None:
    wrong = []
    for path in modules():
        if rank(path.stem) > 1:
            continue
        wrong += [f"{path.stem} imports {name}" for name in imports_of(path) if name.split(".")[0] in PURE_FORBIDS]
    assert wrong == []


def test_heavy_modules_are_imported_in_one_file_each() -> None:
    files = [*modules(), *(ROOT / "firmware_bridge").glob("*.py")]
    wrong = []
    for path in files:
        for name in imports_of(path):
            owners = ALONE.get(name.split(".")[0])
            if owners is not None and path.stem not in owners:
                wrong.append(f"{path.name} imports {name}")
    assert wrong == []


def test_the_wire_never_imports_the_pipeline() -> None:
    for path in (ROOT / "firmware_bridge").glob("*.py"):
        assert not {name for name in imports_of(path) if name.split(".")[0] in ("edge", "models", "numpy", "PIL")}, path.name


def test_the_phantom_never_imports_training() -> None:
    for path in (ROOT / "models" / "phantom").glob("*.py"):
        assert not {name for name in imports_of(path) if name.startswith("models.training") or name.split(".")[0] == "torch"}, path.name
