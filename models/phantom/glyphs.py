"""A stroke font of our own: letters as polylines on a small grid, drawn smooth at any size, the same on every machine."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# two digits a point (x 0..4, y 0..8; capitals stand on 6 from 0, small letters from 2), a blank between strokes
STROKES: dict[str, str] = {
    "0": "103041453616050110", "1": "112026", "2": "01103041420646", "3": "01103041423313 334445361605", "4": "36300444",
    "5": "40000312324345361605", "6": "413010010516364544331304", "7": "004016", "8": "13020110304142331304051636454433",
    "9": "051636454130100102133342",
    "A": "062046 1434", "B": "06003041423303 3344453606", "C": "4130100105163645", "D": "06003041453606", "E": "40000646 0333",
    "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343", "I": "2026 1030 1636", "J": "4045361605", "K": "0006 4004 1346",
    "L": "000646", "M": "0600234046", "N": "06004640", "O": "103041453616050110", "P": "06003041423303",
    "Q": "103041453616050110 2546", "R": "06003041423303 2346", "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540",
    "V": "002640", "W": "0016233640", "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
    "a": "0312324346 4414051636 3645", "b": "0006 0312324345361605", "c": "4332120305163645", "d": "4046 4332120305163645",
    "e": "04444332120305163645", "f": "40302126 1242", "g": "4332120305163645 4247381807", "h": "0006 0312324346", "i": "2226 2020",
    "j": "32372818 3030", "k": "0006 3204 1346", "l": "2026", "m": "0206 03122326 23324346", "n": "0206 0312324346",
    "o": "123243453616050312", "p": "0208 0312324345361605", "q": "4248 4332120305163645", "r": "0206 03123243",
    "s": "43321203143445361605", "t": "20253646 1242", "u": "0205163645 4246", "v": "022642", "w": "0216243642", "x": "0246 4206",
    "y": "0226 4218", "z": "02420646",
    ".": "2626", ",": "2617", ":": "2323 2626", "-": "1333", "/": "0640", "%": "0640 0101 4545", "+": "0343 2125", "(": "30212536",
    ")": "10212516", "_": "0646", "=": "0242 0444", "*": "1234 3214", "<": "401346", ">": "003306", "[": "30101636", "]": "10303616",
}  # fmt: skip
NARROW = frozenset("1Iil.,:()[]")


@lru_cache(maxsize=1024)
def glyph(letter: str, height_px: int, weight: float) -> NDArray[np.float32]:
    """Coverage 0..1 of a letter: float32 (rows, columns). height_px: of a capital; weight: stroke width as a share of it. Rows reach a
    third of the height below the baseline."""
    unit = height_px / 6.0
    half = max(0.5, weight * height_px / 2)
    left, right = (1.0, 3.0) if letter in NARROW else (0.0, 4.0)
    width = round((right - left) * unit * 0.95 + 2 * half + 0.22 * height_px)
    rows = round(height_px * 1.4 + 2 * half)
    if letter not in STROKES:
        return np.zeros((rows, max(1, round(height_px * 0.45))), np.float32)
    y, x = np.mgrid[0:rows, 0:width].astype(np.float32)
    nearest = np.full((rows, width), 1e6, np.float32)
    for stroke in STROKES[letter].split():
        points = [((int(a) - left) * unit * 0.95 + half, int(b) * unit + half) for a, b in zip(stroke[::2], stroke[1::2], strict=True)]
        for (x0, y0), (x1, y1) in pairwise(points):
            nearest = np.minimum(nearest, _to_segment(x, y, x0, y0, x1, y1))
    return np.asarray(np.clip(half + 0.5 - nearest, 0, 1), np.float32)


def _to_segment(x: NDArray[np.float32], y: NDArray[np.float32], x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float32]:
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    t = np.clip(((x - x0) * dx + (y - y0) * dy) / square, 0, 1) if square > 0 else np.float32(0)
    return np.asarray(np.hypot(x - x0 - t * dx, y - y0 - t * dy), np.float32)


@lru_cache(maxsize=512)
def words(text: str, height_px: int, weight: float = 0.14) -> NDArray[np.float32]:
    """Coverage of a line of text: float32 (rows, columns)."""
    parts = [glyph(letter, height_px, weight) for letter in text] or [np.zeros((1, 1), np.float32)]
    return np.concatenate(parts, axis=1)
