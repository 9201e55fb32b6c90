"""The soft parts around the bones of a plane: how strongly each place scatters, where sheets answer, and what sound loses.

The layers of the back follow the depth beneath the skin; what belongs to the spine (ligaments, dura, fluid, nerve) follows the bones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from models.foreign.digitised.field import Floats
from models.foreign.digitised.places import Setting
from models.foreign.digitised.spine import LINING_MM

TEXTURE_PX, TEXTURE_MM = 256, 0.5
FLAVUM_MM = 3.0  # of the mesh


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Where the samples lie. x_mm, z_mm: in the plane; along_mm: from the skin; all (beams, samples).

    mesh: (3, beams, samples), None without a spine.
    """

    x_mm: Floats
    z_mm: Floats
    along_mm: Floats
    mesh: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class Flesh:
    """All (beams, samples). level_db: scattering over that of muscle. sheets: amplitude of smooth layers over muscle's, at their first surface.

    loss_db_per_mm: beyond what the scanner corrects.
    """

    level_db: Floats
    sheets: Floats
    loss_db_per_mm: Floats


def texture(chance: np.random.Generator, x_mm: float, z_mm: float) -> NDArray[np.float32]:
    """Even noise of deviation 1 with grains of a size; it repeats."""
    noise = gaussian_filter(chance.normal(size=(TEXTURE_PX, TEXTURE_PX)), (z_mm / TEXTURE_MM, x_mm / TEXTURE_MM), mode="wrap")
    return np.asarray(noise / noise.std(), dtype=np.float32)


def laid(grain: NDArray[np.float32], x_mm: Floats, z_mm: Floats) -> Floats:
    places = np.stack([z_mm, x_mm]) / TEXTURE_MM
    return np.asarray(map_coordinates(grain, places, order=1, mode="grid-wrap", prefilter=False))


def gain(level_db: float | Floats) -> Floats:
    return np.asarray(10 ** (np.asarray(level_db) / 20))


def beneath(past_mm: Floats, thick_mm: float) -> Floats:
    """A sheet's echo: 1 at its first surface, fading over its thickness; nothing before."""
    return np.where(past_mm >= 0, np.exp(-np.maximum(past_mm, 0) / thick_mm), 0.0)


def back(scan: Scan, fat_mm: float, sagittal: bool, chance: np.random.Generator) -> Flesh:
    """Skin, fat, fascia and muscle, as if there were no spine."""
    waves = fat_mm + fat_mm**0.5 * 0.35 * laid(texture(chance, 14, 14), scan.x_mm, 0 * scan.z_mm)
    depth = scan.along_mm
    in_fat, skin = depth < waves, depth < chance.uniform(1.2, 2.5)
    muscle_db = _muscle(scan, sagittal, chance)
    fat_db = chance.uniform(-9, 1) + 1.5 * laid(texture(chance, 3, 2), scan.x_mm, scan.z_mm)
    level = np.where(skin, 6.0, np.where(in_fat, fat_db, muscle_db))
    sheets = gain(chance.uniform(11, 21)) * beneath(depth - waves, chance.uniform(0.5, 1.2))
    if chance.random() < 0.5:
        sheets = sheets + gain(chance.uniform(4, 12)) * beneath(depth - waves - chance.uniform(1.5, 4), 0.5)
    septa = laid(texture(chance, chance.uniform(5, 12), chance.uniform(0.5, 0.9)), scan.x_mm, scan.z_mm)
    sheets = sheets + np.where(in_fat & ~skin, gain(chance.uniform(4, 12)) * np.exp(-((septa / 0.12) ** 2)), 0.0)
    loss = np.where(in_fat, chance.uniform(-0.1, 0.12), 0.0)
    return Flesh(level, sheets * _uneven(scan, chance), loss)


def _muscle(scan: Scan, sagittal: bool, chance: np.random.Generator) -> Floats:
    """Level of muscle with its fibres: long lines along the spine, short ones across it."""
    slant = chance.normal(0, 0.12)
    run = (chance.uniform(7, 14) if sagittal else chance.uniform(1.5, 4.5), chance.uniform(0.35, 0.6))
    fibres = laid(texture(chance, *run), scan.x_mm, scan.z_mm + slant * scan.x_mm)
    coarse = laid(texture(chance, 10, 8), scan.x_mm, scan.z_mm)
    return np.asarray(chance.uniform(0.5, 3) * coarse + chance.uniform(5, 14) * np.exp(-((fibres / chance.uniform(0.2, 0.5)) ** 2)) - 3)


def _uneven(scan: Scan, chance: np.random.Generator) -> Floats:
    return gain(2.5 * laid(texture(chance, 6, 4), scan.x_mm, scan.z_mm))


def spinal(scan: Scan, at: Setting, bone_mm: Floats, around: Flesh, chance: np.random.Generator) -> Flesh:
    """The back with what belongs to the spine. bone_mm: distance from any bone."""
    assert scan.mesh is not None
    right, cranial, dorsal = np.abs(scan.mesh[0]), scan.mesh[1], scan.mesh[2]
    wall = at.spine.wall(cranial)
    arch = at.spine.arch(cranial) - 0.25 * np.maximum(right - 4, 0)
    size = float(at.spine.scale[2])
    level, sheets = around.level_db.copy(), around.sheets.copy()
    inside = (dorsal < arch) & (dorsal > wall) & (right < 10)
    level = np.where((right < 12) & (dorsal >= arch) & (dorsal < arch + FLAVUM_MM), chance.uniform(-5, 3), level)
    between = (right < 1.6) & (dorsal >= arch + FLAVUM_MM) & (bone_mm > 0) & ~(around.sheets > 3)
    level = np.where(between, level + chance.uniform(-2, 5), level)
    level = np.where(inside, _canal(scan, arch - dorsal, chance), level)
    level = np.where((dorsal <= wall) & (right < 22), chance.uniform(-10, -3), level)
    clear = np.where(bone_mm > 0, _uneven(scan, chance), 0.0)
    sheets += gain(chance.uniform(10, 22)) * beneath((arch - dorsal) * size, chance.uniform(0.5, 1.0)) * (right < 10) * clear
    sheets += gain(chance.uniform(10, 22)) * beneath((wall + LINING_MM - dorsal) * size, chance.uniform(0.5, 1.2)) * (right < 11) * clear
    row = at.spine.process(cranial) - dorsal
    sheets += gain(chance.uniform(8, 18)) * beneath(row * size, chance.uniform(0.5, 1.0)) * ((right > 15) & (right < 31)) * clear
    level = np.where((row > 1.0) & (right > 22), level + chance.uniform(-4, 1), level)
    level, sheets = _muscles_apart(scan, right, row, level, sheets, at.cover_mm, chance)
    return _nerve(scan, at, Flesh(level, sheets, around.loss_db_per_mm), chance)


def _canal(scan: Scan, past: Floats, chance: np.random.Generator) -> Floats:
    """Behind the dura: fluid, with the roots of the cauda in it."""
    strands = laid(texture(chance, 2.5, 0.5), scan.x_mm, scan.z_mm)
    return np.where(past < 0.8, 0.0, chance.uniform(-26, -12) + 7 * np.exp(-((strands / 0.3) ** 2)))


def _muscles_apart(
    scan: Scan, right: Floats, row: Floats, level: Floats, sheets: Floats, under_mm: float, chance: np.random.Generator
) -> tuple[Floats, Floats]:
    """Septa between the muscles beside the spine, and the differences between their levels."""
    for middle in (chance.uniform(9, 15), chance.uniform(22, 30)):
        bend = 2.0 * laid(texture(chance, 8, 8), scan.x_mm, scan.z_mm)
        border = right - middle - chance.uniform(-0.5, 0.5) * (row + 20) - bend
        level = np.where((border > 0) & (row < 0), level + chance.normal(0, 1.5), level)
        sheets = sheets + gain(chance.uniform(-8, 5)) * np.exp(-((border / 0.6) ** 2)) * (row < 0) * (scan.along_mm > under_mm)
    return level, sheets


def _nerve(scan: Scan, at: Setting, around: Flesh, chance: np.random.Generator) -> Flesh:
    """A root in its fat where the view has one."""
    level, sheets = around.level_db, around.sheets
    for mark in at.marks:
        if mark.kind == "nerve":
            wide, high = chance.uniform(2.4, 4.0), chance.uniform(1.9, 3.0)
            turn = chance.normal(0, 0.5)
            x, z = scan.x_mm - mark.at[0], scan.z_mm - mark.at[1]
            far = np.hypot((np.cos(turn) * x + np.sin(turn) * z) / wide, (np.cos(turn) * z - np.sin(turn) * x) / high)
            level = np.where(far < 2.0, chance.uniform(1, 8), level)
            level = np.where(far < 1.0, chance.uniform(-20, -8), level)
            sheets = np.where(far < 1.0, 0.0, sheets) + gain(chance.uniform(0, 8)) * np.exp(-(((far - 1.08) / 0.12) ** 2))
    return Flesh(level, sheets, around.loss_db_per_mm)


def empty(scan: Scan) -> Flesh:
    """A probe in air: its face rings, and nothing answers."""
    ringing = 60 * np.exp(-scan.along_mm / 3.0) - 45 + 6 * np.cos(2 * np.pi * scan.along_mm / 1.7)
    return Flesh(ringing, np.zeros_like(scan.x_mm), np.zeros_like(scan.x_mm))


def over_gas(scan: Scan, flesh: Flesh, gas_mm: float, chance: np.random.Generator) -> Flesh:
    """A bright line where gas begins, its repeats, and haze beneath."""
    past = scan.along_mm - gas_mm - laid(texture(chance, 15, 15), scan.x_mm, 0 * scan.z_mm)
    sheets = np.where(past < 0, flesh.sheets, 0.0)
    for repeat, level_db in enumerate((22, 8, 0)):
        sheets = sheets + gain(level_db) * beneath(past - repeat * gas_mm, 1.0)
    return Flesh(np.where(past > 0, chance.uniform(-14, -4), flesh.level_db), sheets, flesh.loss_db_per_mm)
