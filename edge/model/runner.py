"""The TFLite runtime: the only file that imports one.

Rule 1: an interpreter is built from bytes whose hash was checked (edge.model.manifest), and refused before its first invoke if its tensors do not
fit the manifest.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from edge.model import manifest as manifests
from edge.model.manifest import Manifest, ModelError
from edge.model.tensor import brightness, contrast, contrast_at
from edge.types import Int8Tensor, ModelInput, RawOutput

RUNTIMES = {"litert": "ai_edge_litert.interpreter", "tflite": "tflite_runtime.interpreter"}
BUNDLED = Path(__file__).resolve().parents[2] / "models" / "tuffier.tflite"


@dataclass(frozen=True, slots=True)
class Network:
    """A built interpreter and where its tensors are."""

    interpreter: Any
    input_index: int
    heatmap_index: int
    logit_index: int

    def run(self, tensor: Int8Tensor) -> None:
        self.interpreter.set_tensor(self.input_index, tensor)
        self.interpreter.invoke()

    def said(self) -> tuple[Int8Tensor, Int8Tensor]:
        """Copies of what it said last: heatmaps (rows, columns, landmarks), view logits (views,)."""
        return self.interpreter.get_tensor(self.heatmap_index)[0], self.interpreter.get_tensor(self.logit_index)[0]


@dataclass(frozen=True, slots=True)
class Model:
    """Built networks, which take turns, with their manifest. Not for two threads at once."""

    manifest: Manifest
    runtime: str
    networks: tuple[Network, ...]

    def asked(self, model_input: ModelInput) -> Network:
        """Whose turn it is: networks that learned apart err apart, so that a number on several frames rests on several of them."""
        return self.networks[model_input.turn % len(self.networks)]

    def bare(self, model_input: ModelInput) -> None:
        """The network alone, as whoever has a tensor calls it: what the path is measured by."""
        self.asked(model_input).run(model_input.tensor)

    def invoke(self, model_input: ModelInput) -> RawOutput:
        """One inference: tensors copied in and out."""
        network = self.asked(model_input)
        network.run(model_input.tensor)
        heatmaps, logits = network.said()
        tensor, heatmap = model_input.tensor, self.manifest.heatmap
        whole = partial(brightness, tensor, heatmap), partial(contrast, tensor, heatmap)
        return RawOutput(heatmaps, logits, *whole, partial(contrast_at, tensor, heatmap))


def load(path: Path = BUNDLED, *, threads: int = 1, runtime: str | None = None) -> Model:
    """Reads, checks and builds. runtime: "litert", "tflite" or None for TUFFIER_RUNTIME, else the first installed. Raises ModelError."""
    manifest, networks = manifests.read(path)
    name, module = _runtime(runtime or os.environ.get("TUFFIER_RUNTIME"))
    return Model(manifest, name, tuple(_built(content, manifest, path, name, module, threads) for content in networks))


def _built(content: bytes, manifest: Manifest, path: Path, name: str, module: Any, threads: int) -> Network:
    """name, module: the runtime's. Raises ModelError."""
    # the runtime gets the very bytes that were checked, not whatever the path holds by now
    with tempfile.NamedTemporaryFile(prefix="tuffier-", suffix=".tflite") as checked:
        checked.write(content)
        checked.flush()
        try:
            interpreter = module.Interpreter(model_path=checked.name, num_threads=max(1, threads))
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path}: {name} cannot build it: {error}: {manifests.CURE}") from error
    heatmap, logits = _outputs(interpreter, manifest, path)
    entry = interpreter.get_input_details()[0]
    grid = manifest.grid
    _fits(entry, (1, grid.rows, grid.columns, 1), path)
    scale, zero_point = entry["quantization"]
    if abs(scale * 255 - 1) > 1e-6 or zero_point != -128:
        raise ModelError(f"{path}: input quantised at {scale}, {zero_point}, not at 1/255, -128: train and export it again")
    return Network(interpreter, entry["index"], heatmap["index"], logits["index"])


def _runtime(wanted: str | None) -> tuple[str, Any]:
    if wanted is not None and wanted not in RUNTIMES:
        raise ModelError(f"TUFFIER_RUNTIME is {wanted}: it can be {' or '.join(RUNTIMES)}")
    for name in [wanted] if wanted else list(RUNTIMES):
        try:
            return name, importlib.import_module(RUNTIMES[name])
        except ImportError:
            continue
    raise ModelError(f"no TFLite runtime ({wanted or 'litert, tflite'}) imports: `{sys.executable} -m pip install ai-edge-litert`")


def _outputs(interpreter: Any, manifest: Manifest, path: Path) -> tuple[Any, Any]:
    """The heatmap and logit outputs, told by their rank."""
    details = sorted(interpreter.get_output_details(), key=lambda detail: -len(detail["shape"]))
    if len(details) != 2:
        raise ModelError(f"{path}: {len(details)} outputs, not 2: {manifests.CURE}")
    heatmap, logits = details
    _fits(heatmap, (1, manifest.heatmap.rows, manifest.heatmap.columns, len(manifest.landmarks)), path)
    _fits(logits, (1, len(manifest.views)), path)
    _means(heatmap, (manifest.heatmap.scale, manifest.heatmap.zero_point), path)
    _means(logits, (manifest.logit_scale, manifest.logit_zero_point), path)
    return heatmap, logits


def _means(detail: Any, stated: tuple[float, int], path: Path) -> None:
    """The networks of a model speak in the same steps, which its manifest states once."""
    (scale, zero_point), (stated_scale, stated_zero) = detail["quantization"], stated
    if abs(scale / stated_scale - 1) > 1e-5 or zero_point != stated_zero:
        raise ModelError(f"{path}: an output is quantised at {scale}, {zero_point}, not at {stated_scale}, {stated_zero}: {manifests.CURE}")


def _fits(detail: Any, shape: tuple[int, ...], path: Path) -> None:
    found = tuple(int(size) for size in detail["shape"])
    if found != shape or detail["dtype"] is not np.int8:
        raise ModelError(f"{path}: a tensor is {detail['dtype'].__name__} {found}, its manifest says int8 {shape}: {manifests.CURE}")
