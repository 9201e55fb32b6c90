"""Writes what wire.toml describes: wire.py, c/src/tuffier_wire.h, the golden vectors and PROTOCOL.md's tables; --check compares instead."""

from __future__ import annotations

import argparse
import json
import re
import struct
import sys
import textwrap
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent
NUMBERS = {  # wire type: (struct letter, C type, bytes, least, most)
    "u8": ("B", "uint8_t", 1, 0, 0xFF),
    "u16": ("H", "uint16_t", 2, 0, 0xFFFF),
    "u32": ("I", "uint32_t", 4, 0, 0xFFFFFFFF),
    "i16": ("h", "int16_t", 2, -0x8000, 0x7FFF),
}
PRINTABLE = "printable ASCII, padded with spaces"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. kind is a number's type, "enum", "flags" or "text"; least and most bound it (characters for text)."""

    name: str
    kind: str
    type_name: str
    letter: str
    c_type: str
    size: int
    least: int
    most: int
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    name: str
    id: int
    sender: str
    text: str
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        return sum(field.size for field in self.fields)


@dataclass(frozen=True, slots=True)
class Wire:
    """wire.toml, read and checked. enums and flags map a name to its members in order."""

    protocol: int
    constants: dict[str, tuple[int, str]]
    enums: dict[str, tuple[str, ...]]
    flags: dict[str, tuple[str, ...]]
    texts: dict[str, str]
    words: dict[str, tuple[str, ...]]
    sided: tuple[bool, ...]
    messages: tuple[Message, ...]
    layout: int


def read_wire(path: Path) -> Wire:
    """Read a wire.toml. Raises ValueError naming the entry that cannot be."""
    described = tomllib.loads(path.read_text())
    enums = {name: tuple(entry["values"]) for name, entry in described["enum"].items()}
    flags = {name: tuple(entry["values"]) for name, entry in described["flags"].items()}
    messages = tuple(
        Message(
            name,
            entry["id"],
            entry["from"],
            entry["text"],
            tuple(_field(f"{name}.{key}", key, given, enums, flags) for key, given in entry["fields"].items()),
        )
        for name, entry in described["message"].items()
    )
    if len({message.id for message in messages}) != len(messages):
        raise ValueError("two messages of wire.toml have one id")
    constants = {name: (entry["value"], entry["text"]) for name, entry in described["constant"].items()}
    unsided = set(described["enum"]["Procedure"]["unsided"])
    return Wire(
        protocol=described["protocol"],
        constants=constants,
        enums=enums,
        flags=flags,
        texts={name: entry["text"] for kind in ("enum", "flags") for name, entry in described[kind].items()},
        words={name: _words(described["enum"][name]) for name in enums},
        sided=tuple(name not in unsided for name in enums["Procedure"]),
        messages=messages,
        layout=_layout_hash(described["protocol"], constants, enums, flags, messages),
    )


def _field(where: str, name: str, given: dict[str, Any], enums: dict[str, Any], flags: dict[str, Any]) -> Field:
    kind, unit, text = given["type"], given.get("unit", ""), given["text"]
    if kind in enums:
        return Field(name, "enum", kind, "B", f"tf_{_snake(kind)}", 1, 0, len(enums[kind]) - 1, unit, text)
    if kind in flags:
        return Field(name, "flags", kind, "B", "uint8_t", 1, 0, (1 << len(flags[kind])) - 1, unit, text)
    if kind.startswith("text:"):
        size = int(kind.removeprefix("text:"))
        return Field(name, "text", kind, f"{size}s", "char", size, 0, size, unit, text)
    if kind not in NUMBERS:
        raise ValueError(f"{where}: no type is called {kind!r}")
    letter, c_type, size, least, most = NUMBERS[kind]
    low, high = given.get("least", least), given.get("most", most)
    if not least <= low <= high <= most:
        raise ValueError(f"{where}: {low}..{high} does not fit {kind}")
    return Field(name, kind, kind, letter, c_type, size, low, high, unit, text)


def _words(entry: dict[str, Any]) -> tuple[str, ...]:
    """What a display of 21 columns says for each member."""
    given = entry.get("words", {})
    return tuple(given.get(value, value.replace("_", " ").upper()) for value in entry["values"])


def _layout_hash(
    protocol: int,
    constants: dict[str, tuple[int, str]],
    enums: dict[str, tuple[str, ...]],
    flags: dict[str, tuple[str, ...]],
    messages: tuple[Message, ...],
) -> int:
    """First four bytes of the SHA-256 of everything but texts and units: equal on both sides or nothing is understood."""
    layout = {
        "protocol": protocol,
        "constants": {name: value for name, (value, _) in constants.items()},
        "enums": enums,
        "flags": flags,
        "messages": [
            [m.name, m.id, m.sender, [[f.name, f.type_name, f.least, f.most] for f in m.fields]] for m in messages
        ],
    }
    return int.from_bytes(sha256(json.dumps(layout, sort_keys=True).encode()).digest()[:4], "little")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


# --- Python -----------------------------------------------------------------------------------------------------------------------------

PYTHON_HEAD = '''"""Generated from wire.toml by firmware_bridge.generate: do not edit."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar, Final, TypeAlias

'''

PYTHON_TAIL = '''

@dataclass(frozen=True, slots=True)
class Bad:
    """Bytes that are no packet, and why."""

    cause: BadCause


_READERS: dict[int, Callable[[bytes], Message]] = {
@READERS@}
_SIZES = {
@SIZES@}


def encode(message: Message) -> bytes:
    """The packet of a message: its id and its payload, without checksum and framing. Raises ValueError naming a field out of range."""
    return bytes((message.ID,)) + message.payload()


def decode(packet: bytes) -> Message | Bad:
    """A packet (id and payload, checksum already removed) as a message, or Bad: never an exception, whatever the bytes."""
    if not packet or packet[0] not in _READERS:
        return Bad(BadCause.UNKNOWN_ID)
    if len(packet) != _SIZES[packet[0]]:
        return Bad(BadCause.LENGTH)
    try:
        return _READERS[packet[0]](packet)
    except ValueError:
        return Bad(BadCause.RANGE)


def hello_layout(packet: bytes) -> int | None:
    """The layout hash in a Hello of ANY version, or None: the first six bytes of its payload never change their meaning."""
    if len(packet) < 7 or packet[0] != Hello.ID:
        return None
    return int.from_bytes(packet[3:7], "little")


def _number(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise ValueError(f"{name} = {value} is outside {least}..{most}")
    return value


def _text(name: str, value: str, size: int) -> bytes:
    if len(value) > size or not all(" " <= letter <= "~" for letter in value):
        raise ValueError(f"{name} is not {size} characters of printable ASCII: {value!r}")
    return value.encode("ascii").ljust(size)


def _printable(value: bytes) -> str:
    if not all(0x20 <= byte <= 0x7E for byte in value):
        raise ValueError
    return value.decode("ascii").rstrip(" ")
'''


def python_source(wire: Wire) -> str:
    """wire.py."""
    parts = [PYTHON_HEAD]
    parts.append(f"PROTOCOL: Final = {wire.protocol}\nLAYOUT: Final = 0x{wire.layout:08X}  # layout hash\n")
    parts += [f"{name.upper()}: Final = {value}  # {text}\n" for name, (value, text) in wire.constants.items()]
    parts += [_python_enum(name, values, wire.texts[name]) for name, values in wire.enums.items()]
    parts += [_python_flags(name, values, wire.texts[name]) for name, values in wire.flags.items()]
    parts.append("\n\n# What a display says for each member.\n")
    parts += [
        f"{_snake(name).upper()}_WORDS: Final = (\n" + "".join(f'    "{word}",\n' for word in words) + ")\n"
        for name, words in wire.words.items()
    ]
    sided = "".join(
        f"        Procedure.{name.upper()},\n"
        for name, is_sided in zip(wire.enums["Procedure"], wire.sided, strict=True)
        if is_sided
    )
    parts.append(f"# Procedures that have a side.\nSIDED: Final = frozenset(\n    {{\n{sided}    }}\n)\n")
    parts += [f"_NO_{_snake(name).upper()}: Final = {name}(0)\n" for name in wire.flags]
    parts += [_python_message(message, wire) for message in wire.messages]
    parts.append("\n\nMessage: TypeAlias = " + " | ".join(message.name for message in wire.messages) + "\n")
    parts.append(
        PYTHON_TAIL.replace("@READERS@", "".join(f"    {m.name}.ID: {m.name}.read,\n" for m in wire.messages)).replace(
            "@SIZES@", "".join(f"    {m.name}.ID: {m.size + 1},\n" for m in wire.messages)
        )
    )
    return "".join(parts)


def _python_enum(name: str, values: tuple[str, ...], text: str) -> str:
    members = "".join(f"    {value.upper()} = {number}\n" for number, value in enumerate(values))
    return f'\n\nclass {name}(IntEnum):\n    """{text}"""\n\n{members}'


def _python_flags(name: str, values: tuple[str, ...], text: str) -> str:
    members = "".join(f"    {value.upper()} = {1 << bit}\n" for bit, value in enumerate(values))
    return f'\n\nclass {name}(IntFlag):\n    """{text}"""\n\n{members}'


def _python_message(message: Message, wire: Wire) -> str:
    text = textwrap.fill(message.text, 100, subsequent_indent="    ")
    lines = [f'\n\n@dataclass(frozen=True, slots=True)\nclass {message.name}:\n    """{text}"""\n\n']
    letters = "<" + "".join(field.letter for field in message.fields)
    lines.append(f"    ID: ClassVar[int] = {message.id}\n")
    lines.append(f'    LAYOUT: ClassVar[struct.Struct] = struct.Struct("{letters}")\n')
    lines += [f"{_python_note(f)}    {f.name}: {_python_type(f)} = {_python_default(f, wire)}\n" for f in message.fields]
    packed = "".join(f"            {_python_packed(f)},\n" for f in message.fields)
    lines.append(
        "\n    def payload(self) -> bytes:\n"
        '        """The payload. Raises ValueError naming a field out of range."""\n'
        f"        return self.LAYOUT.pack(\n{packed}        )\n"
    )
    read = "".join(f"            {_python_unpacked(f)},\n" for f in message.fields)
    lines.append(
        f"\n    @classmethod\n    def read(cls, packet: bytes) -> {message.name}:\n"
        '        """From a packet of the right length. Raises ValueError when a field is out of range."""\n'
        f"        (\n{''.join(f'            {f.name},{chr(10)}' for f in message.fields)}        ) = cls.LAYOUT.unpack_from(packet, 1)\n"
        f"        return cls(\n{read}        )\n"
    )
    return "".join(lines)


def _python_type(field: Field) -> str:
    return {"enum": field.type_name, "flags": field.type_name, "text": "str"}.get(field.kind, "int")


def _python_default(field: Field, wire: Wire) -> str:
    """The safe value: 0, or the least that a field can hold."""
    match field.kind:
        case "enum":
            return f"{field.type_name}.{wire.enums[field.type_name][0].upper()}"
        case "flags":
            return f"_NO_{_snake(field.type_name).upper()}"
        case "text":
            return '""'
        case _:
            return str(max(field.least, 0))


def _python_note(field: Field) -> str:
    note = ": ".join(part for part in (field.unit, field.text) if part)
    return textwrap.fill(note, 100, initial_indent="    # ", subsequent_indent="    # ") + "\n" if note else ""


def _python_packed(field: Field) -> str:
    if field.kind == "text":
        return f'_text("{field.name}", self.{field.name}, {field.size})'
    return f'_number("{field.name}", self.{field.name}, {field.least}, {field.most})'


def _python_unpacked(field: Field) -> str:
    if field.kind == "text":
        return f"_printable({field.name})"
    checked = f'_number("{field.name}", {field.name}, {field.least}, {field.most})'
    return f"{field.type_name}({checked})" if field.kind in ("enum", "flags") else checked


# --- C ----------------------------------------------------------------------------------------------------------------------------------


def c_source(wire: Wire) -> str:
    """tuffier_wire.h: constants, enums, messages, their readers and writers."""
    largest = max(message.size for message in wire.messages)
    parts = [
        "/* Generated from wire.toml by firmware_bridge.generate: do not edit. */\n",
        "#ifndef TUFFIER_WIRE_H\n#define TUFFIER_WIRE_H\n\n",
        "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n\n",
        f"#define TF_PROTOCOL {wire.protocol}u\n#define TF_LAYOUT UINT32_C(0x{wire.layout:08X})\n",
        f"#define TF_PAYLOAD_MOST {largest}u\n#define TF_PACKET_MOST {largest + 5}u /* id, payload, CRC-32 */\n",
        f"#define TF_FRAME_MOST {largest + 7}u /* stuffed, with the closing zero */\n\n",
    ]
    parts += [
        f"#define TF_{name.upper()} {_c_number(value)} /* {text} */\n" for name, (value, text) in wire.constants.items()
    ]
    parts += [_c_enum(name, values, wire) for name, values in wire.enums.items()]
    parts += [_c_flags(name, values) for name, values in wire.flags.items()]
    sided = ", ".join("true" if is_sided else "false" for is_sided in wire.sided)
    parts.append(
        f"\nstatic inline bool tf_procedure_sided(tf_procedure procedure)\n{{\n"
        f"    static const bool sided[{len(wire.sided)}] = {{{sided}}};\n    return sided[procedure];\n}}\n"
    )
    parts.append(C_BYTES)
    parts += [_c_message(message) for message in wire.messages]
    cases = "".join(
        f"    case TF_{_snake(m.name).upper()}_ID:\n        if (size != TF_{_snake(m.name).upper()}_SIZE + 1u) {{\n"
        f"            return TF_BAD_CAUSE_LENGTH;\n        }}\n"
        f"        return tf_{_snake(m.name)}_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;\n"
        for m in wire.messages
    )
    parts.append(
        "\n/* Whether a packet (id and payload, checksum removed) is a message, or why not. */\n"
        "static inline tf_bad_cause tf_packet_check(const uint8_t *packet, size_t size)\n{\n"
        "    if (size == 0u) {\n        return TF_BAD_CAUSE_UNKNOWN_ID;\n    }\n"
        f"    switch (packet[0]) {{\n{cases}    default:\n        return TF_BAD_CAUSE_UNKNOWN_ID;\n    }}\n}}\n\n#endif\n"
    )
    return "".join(parts)


C_BYTES = """
static inline uint32_t tf_get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | ((uint32_t)at[1] << 8) | ((uint32_t)at[2] << 16) | ((uint32_t)at[3] << 24);
}

static inline uint16_t tf_get_u16(const uint8_t *at)
{
    return (uint16_t)((uint32_t)at[0] | ((uint32_t)at[1] << 8));
}

static inline int16_t tf_get_i16(const uint8_t *at)
{
    const int32_t raw = (int32_t)tf_get_u16(at);
    return (int16_t)((raw >= 0x8000) ? (raw - 0x10000) : raw);
}

static inline void tf_put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value & 0xFFu);
    at[1] = (uint8_t)((value >> 8) & 0xFFu);
    at[2] = (uint8_t)((value >> 16) & 0xFFu);
    at[3] = (uint8_t)(value >> 24);
}

static inline void tf_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value & 0xFFu);
    at[1] = (uint8_t)((uint32_t)value >> 8);
}

static inline bool tf_printable(const uint8_t *at, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        if ((at[i] < 0x20u) || (at[i] > 0x7Eu)) {
            return false;
        }
    }
    return true;
}
"""


def _c_number(value: int) -> str:
    return f"{value}u" if value <= 0xFFFF else f"UINT32_C({value})"


def _c_enum(name: str, values: tuple[str, ...], wire: Wire) -> str:
    """Enums are bytes with named values: a C enum's size is the compiler's choice."""
    prefix, c_name = f"TF_{_snake(name).upper()}", f"tf_{_snake(name)}"
    members = "".join(f"#define {prefix}_{value.upper()} {number}u\n" for number, value in enumerate(values))
    words = ", ".join(f'"{word}"' for word in wire.words[name])
    return (
        f"\n/* {wire.texts[name]} */\ntypedef uint8_t {c_name};\n{members}#define {prefix}_COUNT {len(values)}u\n"
        f"static inline const char *{c_name}_words({c_name} value)\n{{\n"
        f"    static const char *const words[{len(values)}] = {{{words}}};\n"
        f'    return (value < {prefix}_COUNT) ? words[value] : "?";\n}}\n'
    )


def _c_flags(name: str, values: tuple[str, ...]) -> str:
    return "\n" + "".join(
        f"#define TF_{_snake(name).upper()}_{value.upper()} {1 << bit}u\n" for bit, value in enumerate(values)
    )


def _c_message(message: Message) -> str:
    name, upper = _snake(message.name), _snake(message.name).upper()
    members = "".join(
        f"    {f.c_type} {f.name}{f'[{f.size}]' if f.kind == 'text' else ''};{_c_note(f)}\n" for f in message.fields
    )
    checks, reads, writes = [], [], []
    at = 0
    for field in message.fields:
        checks += _c_checks(field, at)
        reads.append(_c_read(field, at))
        writes.append(_c_write(field, at))
        at += field.size
    in_range = " && ".join(checks) or "true"
    unused = "" if checks else "    (void)payload;\n"
    return (
        f"\n/* {message.text} */\n#define TF_{upper}_ID {message.id}u\n#define TF_{upper}_SIZE {message.size}u\n"
        f"typedef struct {{\n{members}}} tf_{name};\n\n"
        f"static inline bool tf_{name}_in_range(const uint8_t *payload)\n{{\n{unused}    return {in_range};\n}}\n\n"
        f"/* From a payload that tf_packet_check found good. */\n"
        f"static inline void tf_{name}_read(const uint8_t *payload, tf_{name} *out)\n{{\n{''.join(reads)}}}\n\n"
        f"/* Returns the packet's size: id and payload. */\n"
        f"static inline size_t tf_{name}_write(const tf_{name} *in, uint8_t *packet)\n{{\n"
        f"    packet[0] = TF_{upper}_ID;\n{''.join(writes)}    return TF_{upper}_SIZE + 1u;\n}}\n"
    )


def _c_note(field: Field) -> str:
    note = ": ".join(part for part in (field.unit, field.text) if part)
    return f" /* {note} */" if note else ""


def _c_value(field: Field, at: str) -> str:
    return {1: f"{at}[0]", 2: f"tf_get_{'i' if field.letter == 'h' else 'u'}16({at})", 4: f"tf_get_u32({at})"}[field.size]


def _c_checks(field: Field, at: int) -> list[str]:
    if field.kind == "text":
        return [f"tf_printable(&payload[{at}], {field.size}u)"]
    least, most = {"B": (0, 0xFF), "H": (0, 0xFFFF), "I": (0, 0xFFFFFFFF), "h": (-0x8000, 0x7FFF)}[field.letter]
    value = f"payload[{at}]" if field.size == 1 else _c_value(field, f"&payload[{at}]").replace("[0]", "")
    suffix = "" if field.letter == "h" else "u"
    checks = []
    if field.least != least:
        checks.append(f"({value} >= {field.least}{suffix})")
    if field.most != most:
        checks.append(f"({value} <= {field.most}{suffix})")
    return checks


def _c_read(field: Field, at: int) -> str:
    if field.kind == "text":
        return f"    (void)memcpy(out->{field.name}, &payload[{at}], {field.size}u);\n"
    value = f"payload[{at}]" if field.size == 1 else _c_value(field, f"&payload[{at}]")
    return f"    out->{field.name} = {value};\n"


def _c_write(field: Field, at: int) -> str:
    where = f"&packet[{at + 1}]"
    if field.kind == "text":
        return f"    (void)memcpy({where}, in->{field.name}, {field.size}u);\n"
    if field.size == 1:
        return f"    packet[{at + 1}] = in->{field.name};\n"
    cast = "(uint16_t)" if field.letter == "h" else ""
    return f"    tf_put_u{field.size * 8}({where}, {cast}in->{field.name});\n"


# --- golden vectors ---------------------------------------------------------------------------------------------------------------------


def vectors_source(wire: Wire) -> str:
    """wire.json: for each message the least, the most and a mixed value of every field, with packet and frame in hex.

    Packed here from the description alone, not by the codecs that the vectors judge.
    """
    vectors = [
        _vector(message, name, [_vector_value(name, i, field) for i, field in enumerate(message.fields)])
        for message in wire.messages
        for name in ("least", "most", "mixed")
    ]
    head = {"generated": "from wire.toml by firmware_bridge.generate: do not edit", "layout": wire.layout}
    return json.dumps({**head, "vectors": vectors}, indent=1) + "\n"


def _vector_value(name: str, index: int, field: Field) -> int | str:
    share = {"least": 0, "most": 9, "mixed": index % 7 + 1}[name]
    number = field.least + (field.most - field.least) * share // 9
    return ("Tuffier 0123456789 " * 10)[:number].rstrip() if field.kind == "text" else number


def _vector(message: Message, name: str, values: list[int | str]) -> dict[str, Any]:
    packed = [v.encode().ljust(f.size) if isinstance(v, str) else v for v, f in zip(values, message.fields, strict=True)]
    packet = bytes((message.id,)) + struct.pack("<" + "".join(f.letter for f in message.fields), *packed)
    checked = packet + zlib.crc32(packet).to_bytes(4, "little")
    return {
        "name": f"{message.name} {name}",
        "message": message.name,
        "fields": {f.name: v for f, v in zip(message.fields, values, strict=True)},
        "packet": packet.hex(),
        "frame": (_stuff(checked) + b"\0").hex(),
    }


def _stuff(raw: bytes) -> bytes:
    """COBS for fewer than 254 bytes: each run up to a zero is preceded by its length plus one."""
    return b"".join(bytes((len(run) + 1,)) + run for run in raw.split(b"\0"))


# --- PROTOCOL.md's tables ---------------------------------------------------------------------------------------------------------------


def tables(wire: Wire) -> dict[str, str]:
    """Markdown by the name of its marker in PROTOCOL.md."""
    constants = "| name | value | meaning |\n|---|---|---|\n" + "".join(
        f"| `{name}` | {value} | {text} |\n" for name, (value, text) in wire.constants.items()
    )
    enums = "| enum | values, from 0 | meaning |\n|---|---|---|\n" + "".join(
        f"| `{name}` | {', '.join(values)} | {wire.texts[name]} |\n" for name, values in wire.enums.items()
    )
    flags = "| flags | bits, from 0 | meaning |\n|---|---|---|\n" + "".join(
        f"| `{name}` | {', '.join(values)} | {wire.texts[name]} |\n" for name, values in wire.flags.items()
    )
    return {
        "layout": f"Protocol {wire.protocol}, layout hash `0x{wire.layout:08X}`.\n",
        "constants": constants,
        "enums": enums + "\n" + flags,
        "messages": "\n".join(_message_table(message) for message in wire.messages),
        "hazards": _hazards_table(read_hazards(PACKAGE / "HAZARDS.toml")),
        "example": _example(next(message for message in wire.messages if message.name == "Guidance")),
    }


EXAMPLE = {  # a facet on the right, 31.5 mm deep, needle at -33.7 degrees
    "session": 0x5EED0001,
    "frame_id": 1234,
    "heard_ms": 60_000,
    "since_heard_ms": 12,
    "age_ms": 95,
    "procedure": 1,
    "side": 2,
    "picture": 1,
    "configure_digest": 0x2F8A91C4,
    "state": 1,
    "depth_tenths_mm": 315,
    "lateral_tenths_mm": 190,
    "angle_tenths_deg": -337,
    "insertion_tenths_mm": 379,
    "interval_tenths_mm": 21,
    "confidence_percent": 93,
}


def _example(message: Message) -> str:
    """One packet byte by byte, its checksum, and the frame as it goes over the line."""
    values: list[int | str] = [EXAMPLE.get(field.name, 0) for field in message.fields]
    vector = _vector(message, "example", values)
    packet, frame = bytes.fromhex(vector["packet"]), bytes.fromhex(vector["frame"])
    rows, at = [f"| 0 | `{packet[0]:02x}` | id | {message.name} |\n"], 1
    for field, value in zip(message.fields, values, strict=True):
        rows.append(f"| {at} | `{packet[at : at + field.size].hex(' ')}` | {field.name} | {value} {field.unit} |\n")
        at += field.size
    checksum = zlib.crc32(packet).to_bytes(4, "little")
    rows.append(f"| {at} | `{checksum.hex(' ')}` | CRC-32 | of the {len(packet)} bytes above |\n")
    stuffed = "\n".join(frame[i : i + 20].hex(" ") for i in range(0, len(frame), 20))
    return (
        "| at | bytes | field | value |\n|---|---|---|---|\n" + "".join(rows) + f"\nStuffed, {len(frame)} bytes:\n\n```\n{stuffed}\n```\n"
    )


def _message_table(message: Message) -> str:
    rows, at = [], 1
    for f in message.fields:
        bounds = PRINTABLE if f.kind == "text" else f"{f.least}..{f.most}"
        rows.append(f"| {at} | `{f.name}` | {f.type_name} | {f.unit} | {bounds} | {f.text} |\n")
        at += f.size
    sender = {"both": "both ways", "host": "host to device", "device": "device to host"}[message.sender]
    return (
        f"### {message.name} (id {message.id}, {sender}, {message.size} bytes of payload)\n\n{message.text}\n\n"
        "| at | field | type | unit | range | meaning |\n|---|---|---|---|---|---|\n" + "".join(rows)
    )


# --- the safety case --------------------------------------------------------------------------------------------------------------------

HAZARD_FIELDS = {"hazard": str, "harm": str, "cause": str, "rule": str, "alarm": str, "enforced": list, "tests": list}


def read_hazards(path: Path) -> dict[str, dict[str, Any]]:
    """HAZARDS.toml. Raises ValueError naming the entry that lacks or misstates something."""
    hazards = tomllib.loads(path.read_text())
    for name, entry in hazards.items():
        if set(entry) != set(HAZARD_FIELDS) or not all(isinstance(entry[key], kind) and entry[key] for key, kind in HAZARD_FIELDS.items()):
            raise ValueError(f"HAZARDS.toml: [{name}] must have {', '.join(HAZARD_FIELDS)}, none empty")
    return hazards


def hazard_faults(hazards: dict[str, dict[str, Any]], root: Path) -> list[str]:
    """What of the safety case is not there: tests and places that enforce a rule, in a source tree."""
    found = []
    for name, entry in hazards.items():
        for test in entry["tests"]:
            file, _, function = test.partition("::")
            if not re.search(rf"^def {re.escape(function)}\(", _text_of(root / file), re.MULTILINE):
                found.append(f"HAZARDS.toml: [{name}] has no test {test}")
        for place in entry["enforced"]:
            file, _, what = place.partition(": ")
            if not any(re.search(rf"\b{re.escape(what)}\b", _text_of(path)) for path in _files_called(root, file)):
                found.append(f"HAZARDS.toml: [{name}] is enforced nowhere in {place}")
    return found


@cache
def _text_of(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


@cache
def _files_called(root: Path, name: str) -> tuple[Path, ...]:
    return tuple(path for folder in ("firmware_bridge", "edge") for path in (root / folder).rglob(Path(name).name) if str(path).endswith(f"/{name}"))


def _tests_named(tests: list[str]) -> str:
    return ", ".join(f"`{test.rpartition('::')[2]}`" for test in tests)


def _hazards_table(hazards: dict[str, dict[str, Any]]) -> str:
    head = "| hazard | cause | rule | the display says | enforced in | shown by |\n|---|---|---|---|---|---|\n"
    rows = (
        f"| **{name.replace('_', ' ')}**: {e['hazard']}; harm: {e['harm']} | {e['cause']} | {e['rule']} | {e['alarm']} | "
        f"{', '.join(f'`{place}`' for place in e['enforced'])} | {_tests_named(e['tests'])} |\n"
        for name, e in hazards.items()
    )
    return head + "".join(rows)


def fill_tables(document: str, wire: Wire) -> str:
    """PROTOCOL.md with the text between each pair of markers replaced."""
    for name, text in tables(wire).items():
        head, mark, rest = document.partition(f"<!-- generated: {name} -->\n")
        _, end, tail = rest.partition("<!-- end -->")
        if not mark or not end:
            raise ValueError(f"PROTOCOL.md has no place for the table {name!r}")
        document = head + mark + text + end + tail
    return document


# --- the command ------------------------------------------------------------------------------------------------------------------------


def outputs(wire: Wire) -> dict[Path, str]:
    """Every generated file and its text. The vectors belong to a source tree only."""
    files = {PACKAGE / "wire.py": python_source(wire), PACKAGE / "c" / "src" / "tuffier_wire.h": c_source(wire)}
    document = PACKAGE / "PROTOCOL.md"
    if document.exists():
        files[document] = fill_tables(document.read_text(), wire)
    vectors = PACKAGE.parent / "tests" / "vectors"
    if vectors.parent.exists():
        files[vectors / "wire.json"] = vectors_source(wire)
    return files


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, or 1 when --check finds a file that differs."""
    parser = argparse.ArgumentParser(prog="python -m firmware_bridge.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say which files differ")
    check = parser.parse_args(arguments).check
    stale = [
        (path, text)
        for path, text in outputs(read_wire(PACKAGE / "wire.toml")).items()
        if not path.exists() or path.read_text() != text
    ]
    for path, text in stale:
        print(f"{'differs' if check else 'wrote'}: {path.relative_to(PACKAGE.parent)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if check and stale:
        print("cure: python -m firmware_bridge.generate")
    root = PACKAGE.parent
    gone = hazard_faults(read_hazards(PACKAGE / "HAZARDS.toml"), root) if (root / "tests").is_dir() else []
    print("".join(f"{fault}\n" for fault in gone), end="")
    return 1 if gone or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
