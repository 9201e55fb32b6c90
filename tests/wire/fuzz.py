"""Fuzzing of both decoders and of the whole device; a command, because its full length is not for the default tests.

    python tests/wire/fuzz.py codec --bytes 10000000    Python against C, damaged bytes
    python tests/wire/fuzz.py device --seconds 600      libFuzzer on the C core (clang)
    python tests/wire/fuzz.py python --seconds 600      atheris on the Python decoder (pip install atheris)
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core import C_FOLDER, LIMITS, POINTING, SESSION, WARNINGS, WITHHELD, Table, compile_bench

from firmware_bridge import framing, wire

PIECE_MOST_BYTES = 20_000
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wire.json").read_text())["vectors"]
FIELDS: dict[str, dict[str, list[int | str]]] = {  # message: field: its values in the golden vectors
    name: {key: [v["fields"][key] for v in VECTORS if v["message"] == name] for key in vector["fields"]}
    for vector in VECTORS
    for name in (vector["message"],)
}


@dataclass(slots=True)
class Told:
    """What a run of the codec fuzz saw."""

    bytes: int = 0
    packets: int = 0
    bad: int = 0
    strangers: int = 0
    resynchronised: int = 0


def random_message(rng: random.Random) -> wire.Message:
    """Any message with every field at its least, its most or between, and any session, layout or clock."""
    name = rng.choice(sorted(FIELDS))
    values = {key: rng.choice(choices) for key, choices in FIELDS[name].items()}
    for key in {"session", "challenge", "device_ms", "frame_id"} & values.keys():
        values[key] = rng.randrange(1 << 32)
    message: wire.Message = getattr(wire, name)(**values)
    if isinstance(message, wire.Hello) and rng.random() < 0.7:
        return replace(message, layout=wire.LAYOUT)
    return message


def damage(rng: random.Random, frame: bytes, earlier: list[bytes]) -> bytes:
    """One frame as a bad line delivers it."""
    at = rng.randrange(len(frame))
    match rng.randrange(9):
        case 0:  # a flipped bit
            return frame[:at] + bytes((frame[at] ^ 1 << rng.randrange(8),)) + frame[at + 1 :]
        case 1:  # cut short
            return frame[:at]
        case 2:  # its beginning lost
            return frame[at:]
        case 3:  # two spliced
            other = rng.choice(earlier)
            return frame[:at] + other[rng.randrange(len(other)) :]
        case 4:  # a burst of noise
            return frame[:at] + rng.randbytes(rng.randrange(1, 12)) + frame[at:]
        case 5:  # an old one again
            return rng.choice(earlier)
        case 6:  # a byte lost
            return frame[:at] + frame[at + 1 :]
        case 7:  # nothing but noise
            return rng.randbytes(rng.randrange(1, 300))
        case _:
            return frame


def stream(rng: random.Random, size: int) -> Iterator[tuple[bytes, set[bytes], list[bytes]]]:
    """Pieces of (bytes, packets that were ever sent, packets that must arrive): damage, then two whole frames of which the second must."""
    sent: set[bytes] = set()
    earlier: list[bytes] = [framing.frame(POINTING)]
    sent.add(wire.encode(POINTING))
    marker = 0
    while size > 0:
        piece, must = bytearray(), []
        while len(piece) < PIECE_MOST_BYTES:
            message = random_message(rng)
            sent.add(wire.encode(message))
            earlier = [*earlier[-50:], framing.frame(message)]
            piece += damage(rng, earlier[-1], earlier)
            if rng.random() < 0.2:
                marker += 2
                for frame_id in (marker, marker + 1):
                    packet = wire.encode(replace(POINTING, frame_id=frame_id))
                    sent.add(packet)
                    piece += framing.frame_packet(packet)
                must.append(packet)
        size -= len(piece)
        yield bytes(piece), sent, must


def named(received: framing.Received) -> str:
    """A Python decoder's event in the words of the C one."""
    match received:
        case wire.Bad(cause):
            return f"bad {int(cause)}"
        case framing.Stranger(layout):
            return f"stranger {layout}"
        case _:
            return f"packet {wire.encode(received).hex()}"


def fuzz_codec(table: Table, size: int, seed: int) -> Told:
    """Raises AssertionError at the first difference, wrong packet or lost marker."""
    rng, told, state = random.Random(seed), Told(), framing.DecoderState()
    for piece, sent, must in stream(rng, size):
        state, received = framing.feed(state, piece)
        ours, theirs = [named(event) for event in received], table.decode(piece)
        assert ours == theirs, f"seed {seed}, byte {told.bytes}: Python and C differ"
        packets = {bytes.fromhex(line.removeprefix("packet ")) for line in ours if line.startswith("packet ")}
        assert packets <= sent, f"seed {seed}, byte {told.bytes}: a packet that nobody sent: {packets - sent}"
        assert set(must) <= packets, f"seed {seed}, byte {told.bytes}: not resynchronised by the second frame"
        told.bytes += len(piece)
        told.packets += sum(line.startswith("packet") for line in ours)
        told.bad += sum(line.startswith("bad") for line in ours)
        told.strangers += sum(line.startswith("stranger") for line in ours)
        told.resynchronised += len(must)
    return told


def _codec(size: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = Table(compile_bench(Path(folder) / "bench"))
        start_s = time.monotonic()
        print(f"seed {seed}: {fuzz_codec(table, size, seed)} in {time.monotonic() - start_s:.0f} s; no difference, no wrong packet")
        table.close()


def seeds() -> list[bytes]:
    """Inputs for fuzz_device.c that greet, configure, point and arm, so that the fuzzer begins behind the handshake."""
    hello = bytes((5, 0)) + wire.Hello(session=SESSION, layout=wire.LAYOUT).payload()
    configure = bytes((5, 3)) + LIMITS.payload()
    points = [bytes((5, 1)) + replace(POINTING, frame_id=i).payload() + bytes((0, 40)) for i in range(1, 20)]
    arm = bytes((2, 1, 0, 30, 2, 0, 0, 30))
    park = arm + b"".join(bytes((5, 1)) + replace(POINTING, frame_id=100 + i).payload() + bytes((0, 200)) for i in range(20))
    points = [bytes((5, 1)) + replace(POINTING, frame_id=200 + i).payload() + bytes((0, 40)) for i in range(1, 20)]
    lock = bytes((2, 2, 0, 30, 2, 0, 0, 30))
    begin = hello + bytes((1, 60)) + hello + configure + points[0] + park + b"".join(points[:3])
    unseen = [bytes((5, 1)) + replace(WITHHELD, frame_id=i, reason=wire.Reason.NO_SIGNAL).payload() + bytes((1, 10)) for i in range(1, 9)]
    held = hello + bytes((1, 60)) + hello + unseen[0] + bytes((2, 4)) + b"".join(unseen[1:])
    coded = held + bytes((5, 4)) + wire.PageAddress(session=SESSION, address="http://10.0.0.1:8642/#token").payload() + bytes((2, 0, 1, 10))
    shown = [coded + points[0], coded + arm]
    return [begin, *shown, begin + arm + b"".join(points[3:]), begin + arm + b"".join(points[3:8]) + lock + b"".join(points[8:])]


def _device(seconds: int) -> int:
    clang = shutil.which("clang") or shutil.which("clang-14")
    if clang is None:
        print("no clang: sudo apt install clang", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        program, corpus = Path(folder) / "fuzz", Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(seeds()):
            (corpus / f"seed{number}").write_bytes(seed)
        sources = [*map(str, sorted((C_FOLDER / "src").glob("*.c"))), str(C_FOLDER / "fuzz" / "fuzz_device.c")]
        sanitizers = ("-O2", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all")
        subprocess.run([clang, *WARNINGS, *sanitizers, f"-I{C_FOLDER / 'src'}", *sources, "-o", str(program)], check=True)
        command = [str(program), f"-max_total_time={seconds}", "-max_len=4096", "-print_final_stats=1", "-verbosity=1", str(corpus)]
        return subprocess.run(command, check=False).returncode


def _python(seconds: int) -> int:
    command = [sys.executable, str(Path(__file__).with_name("fuzz_python.py")), f"-max_total_time={seconds}", "-max_len=400"]
    return subprocess.run([*command, "-print_final_stats=1"], check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("codec", "device", "python"))
    parser.add_argument("--bytes", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    match options.what:
        case "codec":
            _codec(options.bytes, options.seed)
            return 0
        case "device":
            return _device(options.seconds)
        case _:
            return _python(options.seconds)


if __name__ == "__main__":
    sys.exit(main())
