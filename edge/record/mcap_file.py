"""Reads MCAP (mcap.dev/spec) within limits, and writes it with an index that costs some fifty bytes of memory a chunk: the library's own writer
keeps some kilobytes of each.

Rule 1: a chunk is written as one piece; what stands before it is never touched again. Rule 2: the file is read by the library, unchanged. Rule 3:
each chunk, and all before the end mark, carries its CRC: a damaged bit is told, not read. Rule 4: a chunk is unpacked up to what it says, and not at
all where that is more than a limit: 131 kB may hold 4 GB of zeros.
"""

from __future__ import annotations

import io
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

import zstandard
from lz4.frame import LZ4FrameDecompressor
from mcap.data_stream import ReadDataStream, RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    McapRecord,
    Message,
    MessageIndex,
    Schema,
    Statistics,
    SummaryOffset,
)
from mcap.stream_reader import StreamReader

from edge.limits import MOST_CHUNK_BYTES, MOST_RECORDS, TooLargeError

MAGIC = b"\x89MCAP0\r\n"
CHUNK_BYTES = 1024 * 1024
CHUNK_NS = 1_000_000_000
COMPRESSION = "zstd"
CHUNK_FIELDS = 4  # of a chunk in the packed sizes, before its channels' offsets


def records(file: IO[bytes]) -> Iterator[McapRecord]:
    """Every record of an MCAP file in order, those of its chunks among them. Raises what the library and its decompressors raise, and TooLargeError
    before memory is taken for what is over a limit."""
    for record in StreamReader(file, emit_chunks=True, validate_crcs=True, record_size_limit=MOST_CHUNK_BYTES).records:
        if isinstance(record, Chunk):
            yield from _records_in(_unpacked(record), record.uncompressed_crc)
        else:
            yield record


def _records_in(content: bytes, crc: int) -> Iterator[McapRecord]:
    """A chunk's schemas, channels and messages, one by one: a million of nothing takes neither memory nor long. Raises ValueError, struct.error."""
    if crc and zlib.crc32(content) != crc:
        raise ValueError("a chunk whose check sum is another")
    stream = ReadDataStream(io.BytesIO(content))
    for _ in range(MOST_RECORDS):
        if stream.count >= len(content):
            return
        opcode, length = stream.read1(), stream.read8()
        match opcode:
            case Opcode.SCHEMA:
                yield Schema.read(stream)
            case Opcode.CHANNEL:
                yield Channel.read(stream)
            case Opcode.MESSAGE:
                yield Message.read(stream, length)
            case _:
                stream.read(length)
    raise TooLargeError(f"a chunk of more than {MOST_RECORDS} records")


def _unpacked(chunk: Chunk) -> bytes:
    """A chunk's records. Raises TooLargeError, ValueError where it holds more or less than it says."""
    size = chunk.uncompressed_size
    if size > MOST_CHUNK_BYTES:
        raise TooLargeError(f"a chunk of {size} bytes: {MOST_CHUNK_BYTES} are the most")
    match chunk.compression:
        case "zstd":
            content = zstandard.ZstdDecompressor(max_window_size=MOST_CHUNK_BYTES).stream_reader(chunk.data).read(size + 1)
        case "lz4":
            content = LZ4FrameDecompressor().decompress(chunk.data, max_length=size + 1)
        case "":
            content = chunk.data
        case other:
            raise ValueError(f"a chunk that is packed as {other[:20]!r}")
    if len(content) != size:
        raise ValueError(f"a chunk of {len(content)} bytes that says it has {size}")
    return bytes(content)


@dataclass(frozen=True, slots=True)
class Topic:
    """One channel: its messages are JSON that json_schema (its text) describes."""

    name: str
    schema_name: str
    json_schema: str


class McapFile:
    """A file with one channel for each topic, numbered from 1. write takes one piece of the file at a time and may raise OSError.

    A chunk ends after CHUNK_BYTES or after CHUNK_NS of the messages' own time.
    """

    def __init__(self, write: Callable[[bytes], object], topics: Sequence[Topic]) -> None:
        self._write = write
        self._length = self._crc = 0
        numbered = list(enumerate(topics, 1))
        self._schemas = [Schema(id=i, name=each.schema_name, encoding="jsonschema", data=each.json_schema.encode()) for i, each in numbered]
        self._channels = [Channel(id=i, topic=each.name, message_encoding="json", schema_id=i, metadata={}) for i, each in numbered]
        self._chunk = RecordBuilder()
        self._messages: dict[int, list[tuple[int, int]]] = {}
        self._counts = [0] * len(topics)
        self._span_ns: tuple[int, int] | None = None
        # of each chunk: first and last ns; its lengths, then its message indexes' offsets from its start. Chunks follow each other without a gap
        self._times_ns, self._sizes = array("Q"), array("I")
        start = RecordBuilder()
        Header(profile="", library="tuffier").write(start)
        self._put(MAGIC + _taken(start))
        self._chunks_start = self._length
        for record in (*self._schemas, *self._channels):
            record.write(self._chunk)

    @property
    def length(self) -> int:
        """Bytes handed to write so far: up to here the file is whole."""
        return self._length

    def written(self, channel: int) -> int:
        """A channel's messages in the chunks handed to write so far."""
        return self._counts[channel - 1]

    def add(self, channel: int, at_ns: int, content: bytes) -> None:
        """One message. Raises what write raises; the chunk is then lost."""
        self._messages.setdefault(channel, []).append((at_ns, self._chunk.count))
        Message(channel_id=channel, log_time=at_ns, publish_time=at_ns, sequence=0, data=content).write(self._chunk)
        times = [at for entries in self._messages.values() for at in (entries[0][0], entries[-1][0])]
        if self._chunk.count > CHUNK_BYTES or max(times) - min(times) >= CHUNK_NS:
            self.end_chunk()

    def end_chunk(self) -> None:
        """Hands over what was added since the last chunk."""
        if not self._messages:
            return
        messages, self._messages = self._messages, {}
        content = _taken(self._chunk)
        packed = zstandard.compress(content)
        times = [at for entries in messages.values() for at, _ in entries]
        first_ns, last_ns = min(times), max(times)
        chunk = RecordBuilder()
        Chunk(
            compression=COMPRESSION,
            data=packed,
            message_end_time=last_ns,
            message_start_time=first_ns,
            uncompressed_crc=zlib.crc32(content),
            uncompressed_size=len(content),
        ).write(chunk)
        chunk_length, offsets = chunk.count, [0] * len(self._channels)
        for channel, entries in messages.items():
            offsets[channel - 1] = chunk.count
            MessageIndex(channel, entries).write(chunk)
        sizes = (chunk_length, chunk.count - chunk_length, len(packed), len(content), *offsets)
        self._put(_taken(chunk))
        # counted only once it is written
        self._count(messages, sizes, first_ns, last_ns)

    def _count(self, messages: Mapping[int, Sequence[tuple[int, int]]], sizes: Sequence[int], first_ns: int, last_ns: int) -> None:
        """A chunk that was written, for the index at the end."""
        self._times_ns.extend((first_ns, last_ns))
        self._sizes.extend(sizes)
        for channel, entries in messages.items():
            self._counts[channel - 1] += len(entries)
        least_ns, most_ns = self._span_ns or (first_ns, last_ns)
        self._span_ns = (min(least_ns, first_ns), max(most_ns, last_ns))

    def finish(self) -> None:
        """Writes the last chunk, the index and the end."""
        self.end_chunk()
        ending, summary, starts = RecordBuilder(), RecordBuilder(), []
        DataEnd(self._crc).write(ending)
        self._put(_taken(ending))
        summary_start = self._length
        for opcode, records in (
            (Opcode.SCHEMA, self._schemas),
            (Opcode.CHANNEL, self._channels),
            (Opcode.STATISTICS, [self._statistics()]),
            (Opcode.CHUNK_INDEX, self._chunk_indexes()),
        ):
            start = summary.count
            for record in records:
                record.write(summary)
            starts.append(SummaryOffset(group_opcode=opcode, group_start=summary_start + start, group_length=summary.count - start))
        offsets_start = summary_start + summary.count
        for offset in starts:
            offset.write(summary)
        content = _taken(summary)
        Footer(summary_start=summary_start, summary_offset_start=offsets_start, summary_crc=0).write(ending)
        self._put(content + _taken(ending) + MAGIC)

    def _put(self, content: bytes) -> None:
        self._write(content)
        self._length += len(content)
        self._crc = zlib.crc32(content, self._crc)

    def _statistics(self) -> Statistics:
        first_ns, last_ns = self._span_ns or (0, 0)
        return Statistics(
            attachment_count=0,
            channel_count=len(self._channels),
            channel_message_counts={number: count for number, count in enumerate(self._counts, 1) if count},
            chunk_count=len(self._times_ns) // 2,
            message_count=sum(self._counts),
            message_end_time=last_ns,
            message_start_time=first_ns,
            metadata_count=0,
            schema_count=len(self._schemas),
        )

    def _chunk_indexes(self) -> Iterator[ChunkIndex]:
        start, fields = self._chunks_start, CHUNK_FIELDS + len(self._channels)
        for number in range(len(self._times_ns) // 2):
            first_ns, last_ns = self._times_ns[2 * number : 2 * number + 2]
            length, index_length, packed, unpacked, *offsets = self._sizes[fields * number : fields * (number + 1)]
            yield ChunkIndex(
                chunk_length=length,
                chunk_start_offset=start,
                compression=COMPRESSION,
                compressed_size=packed,
                message_end_time=last_ns,
                message_index_length=index_length,
                message_index_offsets={channel: start + offset for channel, offset in enumerate(offsets, 1) if offset},
                message_start_time=first_ns,
                uncompressed_size=unpacked,
            )
            start += length + index_length


def _taken(builder: RecordBuilder) -> bytes:
    """What the builder holds; it is empty afterwards."""
    return bytes(builder.end())  # type: ignore[no-untyped-call]
