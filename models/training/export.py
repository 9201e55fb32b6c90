"""Trained network -> fully int8 .tflite -> checked operators -> manifest appended -> hash.

Rule 1: a model with a float tensor, an operator off the list or an input not at 1/255 is not written.
Rule 2: nor is one whose heatmaps or mean view logits differ from the network's (litert-torch 0.10 reads channels-last weights as if contiguous).
"""

from __future__ import annotations

import copy
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.model import manifest as manifests
from edge.model.manifest import FORMAT, MEMBER, NETWORK, ModelError, Networks
from models.training.settings import GRID, HEATMAP_COLUMNS, HEATMAP_ROWS, PLACINGS_CELLS, STRIDE_CELLS, Vocabulary

ALLOWED_OPERATORS = frozenset(
    {
        "ADD",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "LOGISTIC",
        "MEAN",
        "RESHAPE",
        "RESIZE_NEAREST_NEIGHBOR",
        "DELEGATE",
    }
)
INPUT_SCALE = 1 / 255
INPUT_ZERO_POINT = -128
MOST_BYTES = 300_000  # of a network
SEEN = 0.1
MOST_DIFFERENCE = 0.03
MOST_LOGIT_SHIFT = 0.3
# of view logits: 0.1 a step, the same for all networks, so that those of one model speak alike (measured: -13 to 7)
LOGITS = (-16.0, 9.5)
FIXED_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Quantised:
    """A .tflite's bytes and what the manifest must say of its outputs. operators: name -> count."""

    content: bytes
    heatmap_scale: float
    heatmap_zero_point: int
    logit_scale: float
    logit_zero_point: int
    heatmap_output: int
    logit_output: int
    operators: Mapping[str, int]


def quantise(network: Any, calibration: NDArray[np.uint8]) -> Quantised:
    """network: a trained Network, in evaluation mode. calibration: (n, rows, columns) grey. Raises ValueError if the result breaks rule 1."""
    import torch

    from models.training.network import Deployed

    network = copy.deepcopy(network).to(memory_format=torch.contiguous_format).eval()
    corrected = copy.deepcopy(network)
    first = _compared(_converted(Deployed(network), calibration), network, calibration)
    # rounding shifts the mean of every logit (measured: "none" +0.8, the rest -0.6, and 4 % of frames told wrong): the last bias takes it back
    with torch.no_grad():
        corrected.view.bias -= torch.from_numpy(first.logit_shift.astype(np.float32))
    found = _compared(_converted(Deployed(corrected), calibration), network, calibration)
    if found.heatmap_difference > MOST_DIFFERENCE:
        raise ValueError(f"int8 heatmaps are {found.heatmap_difference:.3f} off the network's on average, where either exceeds {SEEN}")
    remaining = float(np.abs(found.logit_shift).max())
    if remaining > MOST_LOGIT_SHIFT:
        raise ValueError(f"int8 view logits are {remaining:.2f} off the network's on average")
    return found.quantised


def _converted(deployed: Any, calibration: NDArray[np.uint8]) -> Quantised:
    import litert_torch  # type: ignore[import-untyped]
    import torch
    from ai_edge_quantizer import quantizer, recipe  # type: ignore[import-untyped]

    from models.training.network import Saturate

    deployed = copy.deepcopy(deployed)  # the caller's own network goes on clamping
    for module in deployed.modules():
        if isinstance(module, Saturate):
            module.exporting = True  # the ranges below do it
    channels_last = litert_torch.to_channel_last_io(deployed.eval(), args=[0], outputs=[0])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "float.tflite")
        litert_torch.convert(channels_last, (torch.zeros(1, GRID.rows, GRID.columns, 1),)).export(path)
        quantiser = quantizer.Quantizer(path, recipe.static_wi8_ai8())
        key, name = _input_name(path)
        # one frame at a time: over several the quantizer averages the extremes, and the peaks, which few cells reach, are cut off
        ranges = _saturated(_widest([quantiser.calibrate({key: [{name: _spanned(frame)}]}) for frame in calibration]))
        content = bytes(quantiser.quantize(ranges, enable_progress_report=False).quantized_model)
    return inspect(short_named(content))


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """An int8 model beside its network. heatmap_difference: mean where either says something; logit_shift: (views,) mean of int8 - float."""

    quantised: Quantised
    heatmap_difference: float
    logit_shift: NDArray[np.float64]


def _compared(quantised: Quantised, network: Any, frames: NDArray[np.uint8]) -> Compared:
    import torch
    from ai_edge_litert.interpreter import Interpreter

    apart: list[NDArray[np.float64]] = []
    shifts: list[NDArray[np.float64]] = []
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder, "model.tflite")
        path.write_bytes(quantised.content)
        interpreter = Interpreter(model_path=str(path))
        interpreter.allocate_tensors()
        outputs = interpreter.get_output_details()
        for frame in frames:
            heat, logits = network(torch.from_numpy(frame[None, None].astype(np.float32) / 255))
            wanted = torch.sigmoid(heat[0]).permute(1, 2, 0).numpy()
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], (frame ^ 0x80).view(np.int8)[None, :, :, None])
            interpreter.invoke()
            got = interpreter.get_tensor(outputs[quantised.heatmap_output]["index"])[0].astype(np.float64)
            got = (got - quantised.heatmap_zero_point) * quantised.heatmap_scale
            apart.append(np.abs(got - wanted)[np.maximum(wanted, got) > SEEN])
            said = interpreter.get_tensor(outputs[quantised.logit_output]["index"])[0].astype(np.float64)
            shifts.append((said - quantised.logit_zero_point) * quantised.logit_scale - logits[0].numpy())
    joined = np.concatenate(apart)
    return Compared(quantised, float(joined.mean()) if len(joined) else 0.0, np.mean(shifts, axis=0))


def short_named(content: bytes) -> bytes:
    """The same model with tensors called t0, t1, ...: the converter's names, paths of modules, are a third of the file."""
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    for graph in model.subgraphs:
        for index, tensor in enumerate(graph.tensors):
            tensor.name = f"t{index}".encode()
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _widest(ranges: list[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """tensor -> least minimum and largest maximum over the frames."""
    return {
        tensor: {
            "min": np.min([one[tensor]["min"] for one in ranges], axis=0),
            "max": np.max([one[tensor]["max"] for one in ranges], axis=0),
        }
        for tensor in ranges[0]
    }


def _saturated(ranges: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Tensors that may be negative within the network's LINEAR, heatmap logits within PEAK, view logits at LOGITS; heatmaps as they are."""
    from models.training.network import LINEAR, PEAK

    for tensor, span in ranges.items():
        if span["min"].min() < 0 and tensor.startswith("serving_default"):
            span["min"], span["max"] = np.full_like(span["min"], LOGITS[0]), np.full_like(span["max"], LOGITS[1])
        elif span["min"].min() < 0:
            most = PEAK if "Sequential_heat/" in tensor else LINEAR
            span["min"], span["max"] = np.maximum(span["min"], -most), np.minimum(span["max"], most)
    return ranges


def _input_name(path: str) -> tuple[str, str]:
    from ai_edge_litert.interpreter import Interpreter

    signatures = Interpreter(model_path=path).get_signature_list()
    key = next(iter(signatures))
    return key, signatures[key]["inputs"][0]


def _spanned(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    # one 0 and one 1 in every frame: the input then quantises at exactly 1/255 with zero point -128
    sample = frame.astype(np.float32)[None, :, :, None] / 255
    sample[0, 0, 0, 0], sample[0, 0, 1, 0] = 0.0, 1.0
    return np.ascontiguousarray(sample)


def inspect(content: bytes) -> Quantised:
    """Reads operators, types and quantisation off the file. Raises ValueError if it breaks rule 1."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.tflite")
        path.write_bytes(content)
        interpreter = Interpreter(
            model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        operators: dict[str, int] = {}
        for operator in interpreter._get_ops_details():
            operators[operator["op_name"]] = operators.get(operator["op_name"], 0) + 1
        tensors = [t for t in interpreter.get_tensor_details() if t["name"]]
        source, outputs = interpreter.get_input_details()[0], interpreter.get_output_details()
    stray = sorted(set(operators) - ALLOWED_OPERATORS)
    floats = [t["name"] for t in tensors if np.dtype(t["dtype"]).kind == "f"]
    scale, zero_point = source["quantization"]
    if stray or floats:
        raise ValueError(f"operators off the list: {stray}; float tensors: {floats}")
    if abs(scale - INPUT_SCALE) > 1e-9 or zero_point != INPUT_ZERO_POINT or source["dtype"] != np.int8:
        raise ValueError(f"input quantised at {scale}, {zero_point}, {source['dtype']}")
    heat = next(i for i, output in enumerate(outputs) if len(output["shape"]) == 4)
    (heat_scale, heat_zero), (logit_scale, logit_zero) = outputs[heat]["quantization"], outputs[1 - heat]["quantization"]
    return Quantised(content, float(heat_scale), int(heat_zero), float(logit_scale), int(logit_zero), heat, 1 - heat, operators)


def fields_of_model(quantised: Quantised, words: Vocabulary) -> dict[str, Any]:
    """The part of the manifest that follows from network and quantisation; thresholds, intervals and training are the caller's."""
    return {
        "format": FORMAT,
        "name": "tuffier",
        "views": list(words.views),
        "landmarks": list(words.landmarks),
        "grid": {
            "columns": GRID.columns,
            "rows": GRID.rows,
            "mm_per_cell": GRID.mm_per_cell,
            "x0_mm": GRID.x0_mm,
            "z0_mm": GRID.z0_mm,
        },
        "placings_cells": [list(placing) for placing in PLACINGS_CELLS],
        "heatmap": {
            "columns": HEATMAP_COLUMNS,
            "rows": HEATMAP_ROWS,
            "stride_cells": STRIDE_CELLS,
            "offset_cells": (STRIDE_CELLS - 1) / 2,
            "scale": quantised.heatmap_scale,
            "zero_point": quantised.heatmap_zero_point,
        },
        "view_logits": {"scale": quantised.logit_scale, "zero_point": quantised.logit_zero_point},
        "input": {"scale": INPUT_SCALE, "zero_point": INPUT_ZERO_POINT},
        "outputs": {"heatmaps": quantised.heatmap_output, "view_logits": quantised.logit_output},
        "sha256": manifests.digest_of((quantised.content,)),
    }


def packed(networks: Networks, manifest: Mapping[str, Any]) -> bytes:
    """The first network with manifest and other networks appended as members of a zip, dates fixed: the same parts give the same bytes."""
    largest = max(len(network) for network in networks)
    if largest > MOST_BYTES:
        raise ValueError(f"a network has {largest} bytes, most {MOST_BYTES}")
    buffer = io.BytesIO(networks[0])
    buffer.seek(0, io.SEEK_END)
    # the manifest before the others: where it begins, the first network ends
    members: dict[str, str | bytes] = {MEMBER: json.dumps(manifest, indent=1, sort_keys=True)}
    members |= {NETWORK.format(number): network for number, network in enumerate(networks[1:], start=2)}
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def unpacked(path: Path) -> tuple[Networks, dict[str, Any]]:
    """The reverse: a model's networks and its manifest's fields, of what path they ever were calibrated for. Raises ModelError."""
    fields, networks = manifests.split(manifests.content_of(path), name=str(path))
    if not isinstance(fields, dict) or not {"views", "landmarks", "training", "sha256"} <= set(fields):
        raise ModelError(f"{path}: its manifest does not tell what it was trained with: {manifests.CURE}")
    manifests.refuse_damaged(networks, str(fields["sha256"]), name=str(path))
    return networks, fields


SHARED = ("views", "landmarks", "grid", "placings_cells", "heatmap", "view_logits", "input")  # what networks of one model have in common


def joined(models: Sequence[tuple[Networks, dict[str, Any]]]) -> tuple[Networks, dict[str, Any]]:
    """Several models' networks as one model's, which take turns, with the first's fields. What taught the others stands in its training record.
    Raises ValueError where they do not speak alike."""
    networks = tuple(network for each, _ in models for network in each)
    first = models[0][1]
    for key in SHARED:
        if any(fields.get(key) != first.get(key) for _, fields in models):
            raise ValueError(f"the models' {key} are not the same: networks that take turns must be trained alike and exported by one version")
    if len(networks) > manifests.MOST_NETWORKS:
        raise ValueError(f"{len(networks)} networks, {manifests.MOST_NETWORKS} are the most")
    records = [record for _, fields in models for record in (fields["training"], *fields["training"].get("others", ()))]
    alone = [{key: value for key, value in record.items() if key != "others"} for record in records]
    training = alone[0] | ({"others": alone[1:]} if alone[1:] else {})
    return networks, first | {"format": FORMAT, "sha256": manifests.digest_of(networks), "training": training}


def write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    os.replace(part, path)
