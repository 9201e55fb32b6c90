"""The newest picture as JPEG in three sizes, each packed once however many look."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

MOST_SIDE_PX = (720, 480, 300)  # best first
QUALITY = (80, 65, 50)


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Grey levels row by row, and the header that came with them."""

    header: dict[str, Any]
    grey: bytes

    @property
    def sound(self) -> bool:
        """Whether size and bytes fit."""
        match self.header.get("size"):
            case [int(width), int(height)]:
                return width > 0 and height > 0 and width * height == len(self.grey)
        return False


class Pictures:
    """One at a time is packed, in a thread beside the server's loop."""

    def __init__(self) -> None:
        self._packing = asyncio.Lock()
        self._packed: dict[int, tuple[Raw, bytes]] = {}

    async def jpeg(self, raw: Raw, tier: int) -> bytes:
        """tier: 0, the best, to 2."""
        async with self._packing:
            found = self._packed.get(tier)
            if found is None or found[0] is not raw:
                found = raw, await asyncio.to_thread(jpeg_of, raw, tier)
                self._packed[tier] = found
            return found[1]


def jpeg_of(raw: Raw, tier: int) -> bytes:
    """The picture in a tier's size and quality."""
    width, height = raw.header["size"]
    image = Image.frombytes("L", (width, height), raw.grey)
    most = MOST_SIDE_PX[tier]
    if max(width, height) > most:
        scale = most / max(width, height)
        image = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.BILINEAR)
    packed = io.BytesIO()
    image.save(packed, format="JPEG", quality=QUALITY[tier])
    return packed.getvalue()
