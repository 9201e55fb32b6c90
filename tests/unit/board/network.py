"""A poor network between a browser and the page: so many bits a second each way for all connections together, so long on the way; it can be cut."""

from __future__ import annotations

import asyncio
import threading

CHUNK_BYTES = 1400  # a packet's


class Network:
    """Listens at port until close(). cut: nothing passes any more, and nobody is told."""

    def __init__(self, to_port: int, *, bits_per_s: float = 1e9, delay_s: float = 0.0) -> None:
        self._to_port = to_port
        self._bits_per_s = bits_per_s
        self._delay_s = delay_s
        self._free_s = {"up": 0.0, "down": 0.0}  # when the line is free again
        self.cut = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    async def _run(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        await self._ended.wait()
        server.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        await asyncio.gather(self._carry(reader, back, "up"), self._carry(there, writer, "down"), return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        while content := await reader.read(CHUNK_BYTES):
            now_s = self._loop.time()
            self._free_s[way] = max(now_s, self._free_s[way]) + 8 * len(content) / self._bits_per_s
            if not self.cut:
                self._loop.call_at(self._free_s[way] + self._delay_s, writer.write, content)
            # what waits for the line waits at the sender, as behind a full queue
            await asyncio.sleep(max(0.0, self._free_s[way] - now_s - 0.05))
        self._loop.call_at(self._free_s[way] + self._delay_s, writer.close)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(5)
