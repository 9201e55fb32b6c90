"""Connected parts: which places of a picture hang together, told by pairs of neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def least_of_part(count: int, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int32]:
    """count places, one[i] beside other[i]: for each place the least index in its connected part, int32 (count,)."""
    root = np.arange(count, dtype=np.int32)
    while one.size:
        a, b = root[one], root[other]
        differ = a != b
        one, other, a, b = one[differ], other[differ], a[differ], b[differ]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            jumped = root[root]
            if np.array_equal(jumped, root):
                break
            root = jumped
    return root
