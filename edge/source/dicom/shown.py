"""A DICOM frame's stored values as the brightness that a viewer shows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut, apply_voi_lut

from edge.types import GrayImage

IN_RGB = frozenset({"RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})  # once they are decoded


def luma(frame: NDArray[Any], dataset: Any) -> GrayImage:
    """One frame's brightness, 0 to 255 (BT.601 for colours), as its photometric interpretation and window show it. Raises ValueError."""
    space, bits = str(dataset.PhotometricInterpretation), int(dataset.get("BitsStored") or 8)
    _refuse_odd(dataset, space, bits)
    if space == "PALETTE COLOR":
        frame, bits = _by_palette(frame, dataset)
    if frame.ndim == 2 and space in ("MONOCHROME1", "MONOCHROME2"):
        grey = 255 * _windowed(frame, dataset, bits)
        return np.asarray(np.clip(255 - grey if space == "MONOCHROME1" else grey, 0, 255) + 0.5, np.uint8)
    if frame.ndim != 3 or frame.shape[2] != 3 or space not in IN_RGB:
        raise ValueError(f"pixels of {space} are not understood: export it with RGB or MONOCHROME2 ones")
    red, green, blue = (frame[:, :, channel].astype(np.float32) for channel in range(3))
    grey = (np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue) * np.float32(255 / (2**bits - 1))
    return np.asarray(np.clip(grey + np.float32(0.5), 0, 255), np.uint8)


def _by_palette(frame: NDArray[Any], dataset: Any) -> tuple[NDArray[Any], int]:
    """Stored values as the colours of the file's tables (PS3.3, C.7.6.3.1.5), and their bits. Raises ValueError, KeyError."""
    entries, first, bits = (int(each) for each in dataset.RedPaletteColorLookupTableDescriptor)
    if "RedPaletteColorLookupTableData" not in dataset:
        return apply_color_lut(frame, dataset)[..., :3], 16 if bits > 8 else 8
    tables = [_table(dataset[f"{colour}PaletteColorLookupTableData"], entries or 1 << 16, dataset) for colour in ("Red", "Green", "Blue")]
    places = np.clip(frame.astype(np.int64) - first, 0, (entries or 1 << 16) - 1)
    return np.stack([table[places] for table in tables], axis=-1), 8 * tables[0].itemsize


def _table(element: Any, entries: int, dataset: Any) -> NDArray[Any]:
    """A palette's values of 8 or 16 bits in the file's own order of bytes, which pydicom 3.0 takes for the machine's: colours had come out of their
    low bytes. Raises ValueError."""
    order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian else ">"
    wide = len(element.value) >= 2 * entries
    # values of 8 bits stand two in a word where words are what the element holds
    values = np.frombuffer(element.value, f"{order}u2" if wide or element.VR == "OW" else "u1")
    found = values if wide else np.frombuffer(values.astype("<u2").tobytes(), "u1") if element.VR == "OW" else values
    if found.size < entries:
        raise ValueError(f"a palette of {found.size} values that says it has {entries}")
    return np.asarray(found[:entries].astype(f"u{found.itemsize}"))


def _refuse_odd(dataset: Any, space: str, bits: int) -> None:
    """Raises ValueError where the stored bits are not the lowest, or the file says of its greys that they are shown both ways round."""
    if int(dataset.get("HighBit", bits - 1)) != bits - 1:
        raise ValueError("its greys do not stand in the lowest bits: export it again")
    if (space, dataset.get("PresentationLUTShape")) in (("MONOCHROME2", "INVERSE"), ("MONOCHROME1", "IDENTITY")):
        raise ValueError(f"it says {space} and {dataset.PresentationLUTShape}, black and white both ways round: export it again")


def _windowed(frame: NDArray[Any], dataset: Any, bits: int) -> NDArray[np.float32]:
    """Stored values as 0 to 1: by the window or table that the file states (PS3.3, C.11.2), else by all values that its bits can hold."""
    if "ModalityLUTSequence" in dataset:
        raise ValueError("its greys go through a modality table: export it without one")
    if "VOILUTSequence" in dataset:
        table_bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return np.asarray(apply_voi_lut(frame, dataset) / np.float32(2**table_bits - 1), np.float32)
    least = -(2 ** (bits - 1)) if int(dataset.get("PixelRepresentation") or 0) else 0
    values, slope = frame.astype(np.float32), float(dataset.get("RescaleSlope") or 1)
    if dataset.get("WindowCenter") in (None, "") or dataset.get("WindowWidth") in (None, ""):
        share = np.asarray((values - least) / np.float32(2**bits - 1), np.float32)
        return 1 - share if slope < 0 else share
    centre, width = _first(dataset.WindowCenter), _first(dataset.WindowWidth)
    values = values * slope + float(dataset.get("RescaleIntercept") or 0)
    match str(dataset.get("VOILUTFunction") or "LINEAR"):
        case "SIGMOID":
            return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -80, 80))), np.float32)
        case "LINEAR_EXACT":
            return np.asarray((values - centre) / width + 0.5, np.float32)
        case _:
            return np.asarray((values - (centre - 0.5)) / max(width - 1, 1e-3) + 0.5, np.float32)


def _first(value: Any) -> float:
    """The first of a multiple value. Raises ValueError, TypeError."""
    number = float(value if isinstance(value, (str, float, int)) else value[0])
    if not math.isfinite(number):
        raise ValueError(f"{value} is no number")
    return number
