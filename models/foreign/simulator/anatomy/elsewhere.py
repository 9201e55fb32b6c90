"""Other parts of a body, and a probe that touches nothing: scenes that are none of the ten views, chosen together with the near misses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.foreign.simulator.anatomy.bone import Hand, oval
from models.foreign.simulator.anatomy.canal import long_muscles
from models.foreign.simulator.anatomy.near_miss import (
    articular_humps,
    beside_the_window,
    coccyx,
    low_sacrum,
    one_lamina,
    spine_alone,
    spines_lengthwise,
    too_oblique,
    trident,
)
from models.foreign.simulator.anatomy.section import Line, Region, Section


def flesh_only(hand: Hand) -> Section:
    """Muscle between fasciae, no bone."""
    lines = []
    for _ in range(int(hand.rng.integers(2, 8))):
        z, slope = hand.between(hand.subject.fat_mm, 70), hand.between(-0.2, 0.2)
        lines.append(hand.line([(-60, z - 60 * slope), (0, z), (60, z + 60 * slope)], hand.between(0.4, 1.2), ragged=0.4, wave_mm=1.2))
    scene = Section((), tuple(lines), (), (), 0.0, hand.between(35, 90), hand.subject.fat_mm, "along" if hand.chance(0.5) else "across")
    return scene if hand.chance(0.5) else replace(scene, regions=vessels(hand))


def vessels(hand: Hand) -> tuple[Region, ...]:
    return tuple(
        Region(oval((hand.between(-25, 25), hand.between(12, 45)), hand.between(1.5, 5), hand.between(1.5, 4)), "fluid")
        for _ in range(int(hand.rng.integers(1, 4)))
    )


def long_bone(hand: Hand) -> Section:
    """A limb: one shaft, across (an arc) or along (a line)."""
    top = hand.subject.fat_mm * 0.5 + hand.between(6, 25)
    if hand.chance(0.55):
        wide = hand.between(7, 17)
        bone = hand.bone([(float(x), float(z)) for x, z in oval((hand.between(-9, 9), top + wide * 0.9), wide, wide * 0.9)[::4]], 0.3)
    else:
        tilt = hand.between(-0.25, 0.25)
        bone = hand.bone(
            [(-70, top - 70 * tilt), (0, top + hand.between(-2, 2)), (70, top + 70 * tilt), (70, top + 20 + 70 * tilt), (-70, top + 20 - 70 * tilt)],
            0.3,
        )
    lines = tuple(
        hand.line([(-40, z), (0, z + hand.between(-2, 2)), (40, z + hand.between(-4, 4))], hand.between(0.5, 1.1), wave_mm=1.0)
        for z in np.linspace(4, max(top - 2, 5), 3)
    )
    return Section((bone,), lines, (), (), 0.0, top + 22, hand.subject.fat_mm * 0.5)


def ribs_and_lung(hand: Hand) -> Section:
    """Two or three ribs with black behind, the pleura's bright line between them and its echoes beneath."""
    deep, pitch = hand.subject.fat_mm + hand.between(9, 20), hand.between(19, 30)
    ribs = [
        hand.bone(
            [(float(x), float(z)) for x, z in oval((k * pitch + hand.between(-2, 2), deep), hand.between(5, 8), hand.between(3, 4.5))[::5]], 0.4
        )
        for k in range(-2, 3)
    ]
    pleura, air = deep + hand.between(4, 8), []
    for k in range(1, 5):
        air.append(hand.line([(-80, pleura * k), (80, pleura * k + hand.between(-1, 1))], 6.0 / k**1.6, 0.5, 0.1, 0.3))
    lung = hand.region([(-90, pleura), (90, pleura), (90, 190), (-90, 190)], "air")
    return Section(tuple(ribs), tuple(air), (lung,), (), hand.between(-14, 14), pleura + 45, hand.subject.fat_mm)


def kidney(hand: Hand) -> Section:
    """A kidney beneath muscle, a rib's shadow sometimes."""
    deep = hand.subject.fat_mm + hand.between(38, 52)
    lean = hand.between(-0.3, 0.3)
    wide, high = hand.between(38, 52), hand.between(19, 26)
    regions = (
        hand.region([(-90, deep - high - 9), (90, deep - high - 5), (90, 190), (-90, 190)], "deep"),
        Region(oval((0, deep), wide, high, lean), "cortex"),
        Region(oval((0, deep), wide * 0.55, high * 0.42, lean), "sinus"),
    )
    rim = oval((0, deep), wide, high, lean)
    lines = (
        hand.line([(float(x), float(z)) for x, z in rim[30:60]], 1.2),
        hand.line([(float(x), float(z)) for x, z in rim[:31]], 0.8),
        *long_muscles(hand, deep - high),
    )
    ribs = (hand.bone([(float(x), float(z)) for x, z in oval((hand.between(25, 45), deep - high - 14), 6, 4)[::5]]),) if hand.chance(0.4) else ()
    return Section(ribs, lines, regions, (), hand.between(-15, 15), deep + high + 8, hand.subject.fat_mm, "along")


def in_air(hand: Hand) -> Section:
    """No contact: the lens's own echoes and noise."""
    lines = tuple(Line(np.array([[x, 1.6 * k] for x in np.arange(-90, 90, 0.2)]), 9.0 / k**1.3, 0.4, 0.05) for k in range(1, 9))
    return Section(
        (),
        lines,
        (Region(np.array([[-99.0, -30], [99, -30], [99, 190], [-99, 190]]), "air"),),
        (),
        0.0,
        hand.between(40, 120),
        0.0,
        skin="air",
        flesh="air",
    )


def gel_over_skin(hand: Hand) -> Section:
    """A thick bed of gel, and flesh far beneath or none at all."""
    deep = hand.between(8, 30)
    regions = (Region(np.array([[-99.0, -30], [99, -30], [99, deep], [-99, deep + hand.between(-6, 6)]]), "water"),)
    return Section(
        (),
        (hand.line([(-80, deep), (80, deep)], 3.0, wave_mm=2.0),),
        regions,
        (),
        0.0,
        hand.between(45, 90),
        hand.subject.fat_mm + deep,
        skin="water",
    )


def water_tank(hand: Hand) -> Section:
    """Water, a bottom plate, its second echo, and sometimes a wire."""
    deep, tilt = hand.between(35, 85), hand.between(-3, 3)
    plate = [hand.line([(-90, deep * k - tilt), (90, deep * k + tilt)], 12.0 / k**1.5, 0.8, 0.1, 0.1) for k in (1, 2)]
    if hand.chance(0.5):
        x, z = hand.between(-20, 20), hand.between(12, deep - 5)
        plate.append(hand.line([(x, z), (x + hand.between(0.3, 25), z + hand.between(-3, 3))], 6.0, wave_mm=0.0))
    return Section(
        (),
        tuple(plate),
        (Region(np.array([[-99.0, -30], [99, -30], [99, 190], [-99, 190]]), "water"),),
        (),
        0.0,
        deep * 1.3,
        0.0,
        skin="water",
        flesh="water",
    )


SCENES: tuple[Callable[[Hand], Section], ...] = (
    flesh_only, flesh_only, long_bone, spines_lengthwise, trident, articular_humps, spine_alone, one_lamina, low_sacrum, coccyx,
    ribs_and_lung, kidney, in_air, gel_over_skin, water_tank, too_oblique, beside_the_window,
)  # fmt: skip


def scene(hand: Hand) -> Section:
    """One of the scenes."""
    return SCENES[int(hand.slip.integers(len(SCENES)))](hand)
