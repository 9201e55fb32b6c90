"""Delivered buffers to full-range grey: packed and planar YUV, RGB and JPEG, rows as wide as the driver made them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from edge.types import GrayImage

# ITU-R BT.601 and BT.709: luma 16 is black and 235 white in limited range
BLACK, WHITE = np.uint8(16), np.uint8(235)
CHUNK_BYTES = 1 << 18  # of a large picture, so that what is made on the way stays in the processor's cache
LUMA_FROM_RGB_256THS = (77, 150, 29)  # ITU-R BT.601's weights, of 256
SAMPLE_STEP = {"GREY": (1, 0), "NV12": (1, 0), "YU12": (1, 0), "YUYV": (2, 0), "UYVY": (2, 1), "RGB3": (3, 0), "BGR3": (3, 0)}  # bytes, first
READABLE = (*SAMPLE_STEP, "MJPG", "JPEG")


class BadPictureError(Exception):
    """The buffer holds no whole picture; the text says why."""


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """How a buffer holds a picture. fourcc: V4L2's name; stride_bytes: from one row of luma to the next; limited: 16 is black."""

    fourcc: str
    width_px: int
    height_px: int
    stride_bytes: int
    limited: bool


def luma(buffer: memoryview | bytes | NDArray[np.uint8], layout: PixelLayout) -> GrayImage:
    """The picture in a buffer as grey, copied out of it: (height_px, width_px), 0 black, 255 white. Raises BadPictureError."""
    if layout.fourcc in ("MJPG", "JPEG"):
        return _decoded(bytes(buffer), layout)
    step, first = SAMPLE_STEP[layout.fourcc]
    rows, row_bytes = layout.height_px, layout.width_px * step
    flat = np.frombuffer(buffer, np.uint8)
    # the last row may lack its padding
    if flat.size < (rows - 1) * layout.stride_bytes + row_bytes:
        raise BadPictureError(f"half a picture: {flat.size} bytes of {rows} rows of {layout.stride_bytes}")
    strided = np.lib.stride_tricks.as_strided(flat, (rows, row_bytes), (layout.stride_bytes, 1), writeable=False)
    if step == 3:
        return _from_rgb(strided.reshape(rows, -1, 3), layout.fourcc)
    picture = strided.copy() if step == 1 else _packed(strided, first)
    return _full_range(picture) if layout.limited else picture


def _packed(rows: NDArray[np.uint8], first: int) -> GrayImage:
    """Every second byte, as the lower or upper half of a word: many at once, which every second byte is not."""
    words = rows.view("<u2")
    return (words if first == 0 else words >> np.uint16(8)).astype(np.uint8)


def _full_range(picture: GrayImage) -> GrayImage:
    """(grey - 16) * 255 / 219 rounded, 0 to 255, written over the picture. A table would be read a pixel at a time; with x the grey over black,
    x + (x + 2 - x // 73) // 6 is the same for every grey, and none of it passes 8 bits."""
    rows = 1 + CHUNK_BYTES // max(1, picture.shape[1])
    for top in range(0, len(picture), rows):
        part = picture[top : top + rows]
        np.clip(part, BLACK, WHITE, out=part)
        part -= BLACK
        more = part // np.uint8(73)
        np.subtract(part, more, out=more)
        more += np.uint8(2)
        more //= np.uint8(6)
        part += more
    return picture


def _from_rgb(pixels: NDArray[np.uint8], fourcc: str) -> GrayImage:
    red, green, blue = LUMA_FROM_RGB_256THS
    weights = (red, green, blue) if fourcc == "RGB3" else (blue, green, red)
    total = sum(pixels[:, :, channel].astype(np.uint16) * np.uint16(weight) for channel, weight in enumerate(weights))
    return ((np.asarray(total) + 128) >> 8).astype(np.uint8)


def _decoded(jpeg: bytes, layout: PixelLayout) -> GrayImage:
    """A grabber's JPEG (its Huffman tables may be missing: the standard ones hold)."""
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            picture.draft("L", picture.size)
            pixels = np.asarray(picture.convert("L"))
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPictureError(f"a damaged JPEG: {error}"[:120]) from error
    if pixels.shape != (layout.height_px, layout.width_px):
        raise BadPictureError(f"a JPEG of {pixels.shape[1]}x{pixels.shape[0]} in a stream of {layout.width_px}x{layout.height_px}")
    return pixels
