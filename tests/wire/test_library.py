"""The C core as others take it: an Arduino library with a sketch, and objects for small microcontrollers, without a warning."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from core import C_FOLDER, WARNINGS

ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
TARGETS = [
    ("Raspberry Pi Pico", "arm-none-eabi-gcc", ("-mcpu=cortex-m0plus", "-mthumb"), "gcc-arm-none-eabi libnewlib-arm-none-eabi"),
    ("Pico 2", "arm-none-eabi-gcc", ("-mcpu=cortex-m33", "-mthumb"), "gcc-arm-none-eabi libnewlib-arm-none-eabi"),
    ("Arduino Mega 2560", "avr-gcc", ("-mmcu=atmega2560",), "gcc-avr avr-libc"),
    ("clang", "clang-14", (), "clang-14"),
]
FORBIDDEN = ("malloc", "calloc", "free", "printf", "sprintf", "__aeabi_f", "__aeabi_d", "__addsf3", "__adddf3")


@pytest.mark.parametrize(("name", "compiler", "flags", "package"), TARGETS, ids=[case[0] for case in TARGETS])
def test_the_core_compiles(name: str, compiler: str, flags: tuple[str, ...], package: str, tmp_path: Path) -> None:  # noqa: ARG001
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}: sudo apt install {package}")
    for source in sorted((C_FOLDER / "src").glob("*.c")):
        command = [compiler, *WARNINGS, *flags, "-Os", f"-I{C_FOLDER / 'src'}", "-c", str(source), "-o", str(tmp_path / "core.o")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi")
def test_the_core_needs_no_heap_and_no_floats(tmp_path: Path) -> None:
    for source in sorted((C_FOLDER / "src").glob("*.c")):
        out = tmp_path / f"{source.stem}.o"
        flags = ("-std=c11", "-Os", "-mcpu=cortex-m3", "-mthumb", f"-I{C_FOLDER / 'src'}")
        subprocess.run(["arm-none-eabi-gcc", *flags, "-c", str(source), "-o", str(out)], check=True)
        listed = subprocess.run(["arm-none-eabi-nm", "-u", str(out)], capture_output=True, text=True, check=True).stdout.split()
        assert not [name for name in listed if name.startswith(FORBIDDEN)]
        listed = subprocess.run(["arm-none-eabi-nm", str(out)], capture_output=True, text=True, check=True).stdout
        assert not [line for line in listed.splitlines() if line.split()[-2] in "bBdDC"], "global state"


MEGA_RAM_BYTES, STACK_BYTES = 8192, 2048
MEGA_FLAGS = ("-mmcu=atmega2560", "-Os", "-ffunction-sections", "-fdata-sections", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_AVR_MEGA2560")


@pytest.mark.skipif(
    shutil.which("avr-g++") is None or not ARDUINO.exists(), reason="sudo apt install gcc-avr avr-libc arduino-core-avr"
)
def test_the_sketch_builds_and_fits_a_mega(tmp_path: Path) -> None:
    """Compiled without a warning, linked with Arduino's own core, and room left for the stack."""
    parts = [ARDUINO / part for part in ("cores/arduino", "variants/mega", "libraries/EEPROM/src", "libraries/Wire/src")]
    flags = (*MEGA_FLAGS, "-DARDUINO_ARCH_AVR", f"-I{C_FOLDER / 'src'}", *(f"-I{part}" for part in parts))
    strict = ("-std=gnu++17", "-Wall", "-Wextra", "-Werror", "-include", "Arduino.h", "-x", "c++")
    run("avr-g++", *flags, *strict, "-c", str(C_FOLDER / "examples" / "Display" / "Display.ino"), "-o", "sketch.o", folder=tmp_path)
    plain = [*parts[0].glob("*.c"), *(C_FOLDER / "src").glob("*.c"), parts[3] / "utility" / "twi.c"]
    run("avr-gcc", *flags, "-std=gnu11", "-w", "-c", *map(str, plain), folder=tmp_path)
    classes = [*parts[0].glob("*.cpp"), *parts[3].glob("*.cpp")]
    run("avr-g++", *flags, "-std=gnu++17", "-fno-exceptions", "-w", "-DDECIMAL_DIG=17", "-c", *map(str, classes), folder=tmp_path)
    run("avr-g++", *MEGA_FLAGS, "-Wl,--gc-sections", *map(str, tmp_path.glob("*.o")), "-o", "sketch.elf", folder=tmp_path)
    _, data, bss, *_ = run("avr-size", "sketch.elf", folder=tmp_path).splitlines()[1].split()
    assert int(data) + int(bss) + STACK_BYTES <= MEGA_RAM_BYTES


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_library_properties_are_complete() -> None:
    lines = dict(line.split("=", 1) for line in (C_FOLDER / "library.properties").read_text().splitlines())
    needed = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"}
    assert needed <= lines.keys()
    assert (C_FOLDER / "src" / lines["includes"]).exists()
