"""The model file's manifest: what the networks see and say, appended to the .tflite, checked before any runtime opens it.

A model is one network or several of the same form, which take turns with the placings. The first stands at the file's beginning, as in any .tflite;
the others are members of the zip that holds the manifest.
Rule 1: bytes whose hash, identifier or shapes do not fit the manifest never reach a runtime (an old one dies of them).
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

from edge.limits import MOST_MANIFEST_BYTES, MOST_NETWORK_BYTES
from edge.types import Placing

MEMBER = "tuffier.json"
NETWORK = "network-{}.tflite"  # from 2 on
FORMAT = 2
FORMATS = (1, FORMAT)  # 1: a file of one network
MOST_NETWORKS = 8
IDENTIFIER = b"TFL3"  # bytes 4 to 8 of every TFLite flatbuffer
FURTHEST_PLACING_CELLS = 16  # as far as training shifts pictures, and a little more
# all that zipfile raises on damaged bytes
ZIP_ERRORS = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, RuntimeError, zlib.error, struct.error)
CURE = "copy the model again, or reinstall tuffier"


class ModelError(Exception):
    """The model file cannot be used; the text names the cure."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The metric grid the network sees. x0_mm, z0_mm: probe_mm of the centre of cell (0, 0)."""

    columns: int
    rows: int
    mm_per_cell: float
    x0_mm: float
    z0_mm: float


@dataclass(frozen=True, slots=True)
class Heatmap:
    """value = (int8 - zero_point) * scale; its cell (i, j) is centred on grid cell (offset_cells + stride_cells * i, ...)."""

    columns: int
    rows: int
    stride_cells: int
    offset_cells: float
    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class TargetRisk:
    """How likely a number is wrong: its log odds are level + the procedure's own move - the weighted signs (edge/guidance/risk.py). most: a number
    likelier to be wrong than this is not shown; 1 shows all. No weight is below 0, so that no sign of a good target takes its number away."""

    most: float
    level: float
    view: float
    confidence: float
    contrast: float
    procedures: Mapping[str, float]


Table = tuple[tuple[float, float], ...]  # (confidence, interval in mm), ascending, linear between


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in the file, as far as the path uses it. evidence_weight, evidence_none: how much a view's landmarks count in its probability
    beside the network's own logit, and what stands in for them where there is no view (decode.view_probabilities). placings: how many cells
    (right, down) the picture is moved on the grid, a frame after another in turn: thresholds, risk and intervals hold for all of them together.
    sha256: of all networks, one behind the other."""

    name: str
    version: str
    sha256: str
    views: tuple[str, ...]
    landmarks: tuple[str, ...]
    grid: Grid
    heatmap: Heatmap
    logit_scale: float
    logit_zero_point: int
    temperature: float
    view_threshold: Mapping[str, float]
    peak_threshold: Mapping[str, float]
    target_risk: TargetRisk
    intervals: Mapping[str, Table]
    target_factor: Mapping[str, float]
    training: Mapping[str, Any]
    placings: tuple[tuple[int, int], ...] = ((0, 0),)
    evidence_weight: float = 0.0
    evidence_none: float = 0.0
    grids: tuple[Grid, ...] = field(init=False)  # one for each placing

    def __post_init__(self) -> None:
        plain = self.grid
        moved = [(plain.x0_mm - right * plain.mm_per_cell, plain.z0_mm - down * plain.mm_per_cell) for right, down in self.placings]
        object.__setattr__(self, "grids", tuple(replace(plain, x0_mm=x0_mm, z0_mm=z0_mm) for x0_mm, z0_mm in moved))

    def grid_of(self, placing: Placing) -> Grid:
        """The grid on which the picture lies moved, as a placing wants it."""
        return self.grids[placing.number % len(self.grids)]


Networks = tuple[bytes, ...]  # flatbuffers, in turn


def read(path: Path) -> tuple[Manifest, Networks]:
    """The manifest and the model's networks. Raises ModelError."""
    return parse(content_of(path), name=str(path))


def content_of(path: Path) -> bytes:
    """A file's bytes. Raises ModelError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}: {CURE}") from error


def parse(content: bytes, *, name: str = "model") -> tuple[Manifest, Networks]:
    """Splits and checks a model file's bytes. Raises ModelError."""
    fields, networks = split(content, name=name)
    manifest = _manifest(fields, name)
    refuse_damaged(networks, manifest.sha256, name=name)
    if any(network[4:8] != IDENTIFIER for network in networks):
        raise ModelError(f"{name}: not a TFLite model: {CURE}")
    return manifest, networks


def digest_of(networks: Networks) -> str:
    """The SHA-256 of a model: of its networks, one behind the other."""
    return hashlib.sha256(b"".join(networks)).hexdigest()


def refuse_damaged(networks: Networks, sha256: str, *, name: str) -> None:
    """sha256: the model's, as its manifest states it. Raises ModelError."""
    digest = digest_of(networks)
    if digest != sha256:
        raise ModelError(f"{name}: hash {digest[:12]} is not the manifest's {sha256[:12]}, so it is damaged: {CURE}")


def split(content: bytes, *, name: str = "model") -> tuple[Any, Networks]:
    """The manifest's fields, as they stand there, and the networks. Raises ModelError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = archive.getinfo(MEMBER)
            fields = json.loads(_member(archive, entry, MOST_MANIFEST_BYTES, name))
            others = sorted(set(archive.namelist()) & {NETWORK.format(number) for number in range(2, MOST_NETWORKS + 1)})
            return fields, (content[: entry.header_offset], *(_member(archive, archive.getinfo(each), MOST_NETWORK_BYTES, name) for each in others))
    except ZIP_ERRORS as error:
        raise ModelError(f"{name}: no manifest at its end, so it is truncated or not tuffier's: {CURE}") from error


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most_bytes: int, name: str) -> bytes:
    """Unpacked. Raises ModelError where it is larger than any of ours, and ZIP_ERRORS."""
    if entry.file_size > most_bytes:
        raise ModelError(f"{name}: its {entry.filename} has {entry.file_size} bytes, {most_bytes} are the most: {CURE}")
    return archive.read(entry)


def _manifest(fields: Any, name: str) -> Manifest:
    if not isinstance(fields, Mapping):
        raise ModelError(f"{name}: its manifest is no object: {CURE}")
    if fields.get("format") not in FORMATS:
        raise ModelError(f"{name}: manifest format {fields.get('format')}, this tuffier reads up to {FORMAT}: install the matching version")
    try:
        manifest = _of_fields(fields)
        missing = set(manifest.landmarks) - set(manifest.intervals) or set(manifest.landmarks) - set(manifest.peak_threshold)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(f"{name}: its manifest lacks or misstates {error}: {CURE}") from error
    if missing:
        raise ModelError(f"{name}: no interval or threshold for {sorted(missing)[0]}: {CURE}")
    grid, heatmap = manifest.grid, manifest.heatmap
    if heatmap.columns * heatmap.stride_cells > grid.columns or heatmap.rows * heatmap.stride_cells > grid.rows:
        raise ModelError(f"{name}: its heatmaps are larger than its grid: {CURE}")
    if not manifest.placings or any(abs(cells) > FURTHEST_PLACING_CELLS for placing in manifest.placings for cells in placing):
        raise ModelError(f"{name}: its placings are {manifest.placings}, not some within {FURTHEST_PLACING_CELLS} cells: {CURE}")
    return manifest


def _of_fields(fields: Mapping[str, Any]) -> Manifest:
    """Raises KeyError, TypeError, ValueError."""
    thresholds, logits, evidence = fields["thresholds"], fields["view_logits"], fields.get("view_evidence", {})
    view_threshold = thresholds["view_confidence"]
    if not isinstance(view_threshold, Mapping):
        view_threshold = dict.fromkeys(fields["views"], float(view_threshold))
    return Manifest(
        name=str(fields["name"]),
        version=str(fields["version"]),
        sha256=str(fields["sha256"]),
        views=tuple(fields["views"]),
        landmarks=tuple(fields["landmarks"]),
        grid=Grid(**fields["grid"]),
        heatmap=_heatmap(fields["heatmap"]),
        logit_scale=float(logits["scale"]),
        logit_zero_point=int(logits["zero_point"]),
        temperature=float(fields.get("temperature", 1.0)),
        view_threshold=_floats(view_threshold),
        peak_threshold=_floats(thresholds["peak"]),
        target_risk=_target_risk(fields["target_risk"]),
        intervals={str(key): tuple((float(c), float(mm)) for c, mm in table) for key, table in fields["intervals"].items()},
        target_factor=_floats(fields.get("target_factor", {})),
        training=dict(fields.get("training", {})),
        placings=tuple((int(right), int(down)) for right, down in fields.get("placings_cells", [[0, 0]])),
        evidence_weight=float(evidence.get("weight", 0.0)),
        evidence_none=float(evidence.get("none", 0.0)),
    )


def _heatmap(fields: Mapping[str, Any]) -> Heatmap:
    stride = int(fields["stride_cells"])
    return Heatmap(
        columns=int(fields["columns"]),
        rows=int(fields["rows"]),
        stride_cells=stride,
        offset_cells=float(fields.get("offset_cells", (stride - 1) / 2)),
        scale=float(fields["scale"]),
        zero_point=int(fields["zero_point"]),
    )


def _target_risk(fields: Mapping[str, Any]) -> TargetRisk:
    names = ("most", "level", "view", "confidence", "contrast")
    risk = TargetRisk(**{name: float(fields[name]) for name in names}, procedures=_floats(fields["procedures"]))
    # written so that a NaN fails
    if not (0 < risk.most <= 1 and min(risk.view, risk.confidence, risk.contrast) >= 0):
        raise ValueError(f"a risk of {risk.most} with weights {risk.view}, {risk.confidence}, {risk.contrast}")
    if not all(isfinite(value) for value in (risk.level, risk.view, risk.confidence, risk.contrast, *risk.procedures.values())):
        raise ValueError("a risk that is no number")
    return risk


def _floats(fields: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): float(value) for key, value in fields.items()}
