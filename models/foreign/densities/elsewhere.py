"""What no view shows: flesh, limbs, ribs, the back's other planes, gel and air."""

from __future__ import annotations

from collections.abc import Callable

from models.foreign.densities import lumbar, sacrum
from models.foreign.densities.bodies import Lump, Oval, Rng, Sheet, rod
from models.foreign.densities.scene import Scene, posed


def _plain(draw: Rng, lumps: list[Lump], sheets: list[Sheet], ovals: list[Oval], deep_mm: float, kind: str = "limb") -> Scene:
    """A scene without landmarks, its plane anyhow through y = 0."""
    pose = posed(
        (0, 0, 20),
        20,
        shift_mm=draw.normal(0, 6),
        roll_deg=draw.normal(0, 8),
        pitch_deg=draw.normal(0, 8),
        yaw_deg=draw.normal(0, 12),
        sagittal=False,
    )
    return Scene(pose, lumps, sheets, ovals, [], draw.uniform(2, 18), deep_mm, draw.uniform(18, 40), draw.uniform(0.5, 2), kind)


def flesh(draw: Rng) -> Scene:
    """Muscle, perhaps with vessels and septa."""
    ovals = []
    for _ in range(int(draw.integers(0, 4))):
        r = draw.uniform(1.5, 8)
        where = (draw.uniform(-20, 20), 0.0, draw.uniform(8, 50))
        ovals.append(Oval(where, (r * draw.uniform(0.8, 2), 80, r), draw.choice([0.05, 0.3, 1.6]), draw.uniform(0, 1.3)))
    sheets = []
    for _ in range(int(draw.integers(0, 4))):
        where = (draw.uniform(-20, 20), 0.0, draw.uniform(10, 60))
        sheets.append(
            Sheet(where, (draw.uniform(8, 50), 90), draw.uniform(0.4, 2), draw.uniform(0.4, 1.3), (draw.normal(0, 0.2), 0), draw.normal(0, 0.004))
        )
    return _plain(draw, [], sheets, ovals, draw.uniform(30, 100))


def limb(draw: Rng) -> Scene:
    """One long bone, round or angular, or two side by side; across or along."""
    lumps = []
    z = draw.uniform(8, 40)
    for bone in range(int(draw.choice([1, 1, 2]))):
        x = draw.normal(0, 6) + bone * draw.uniform(18, 30)
        r = draw.uniform(5, 17)
        slant = draw.normal(0, 12)
        depth = z + r + draw.uniform(0, 8)
        lumps.append(
            rod(
                bone + 1,
                (x - slant, -90, depth),
                (x + slant, 90, depth + draw.normal(0, 6)),
                (r * draw.uniform(0.6, 1.4), r),
                square=bool(draw.random() < 0.3),
            )
        )
    if draw.random() < 0.3:  # along the bone
        lumps = [rod(1, (-90, 0, z + 8), (90, draw.normal(0, 4), z + 8 + draw.normal(0, 12)), (9, 8))]
    scene = flesh(draw)
    return _plain(draw, lumps, scene.sheets, scene.ovals, z + draw.uniform(25, 45))


def ribs(draw: Rng) -> Scene:
    """Ribs in a row with the pleura below them."""
    z = draw.uniform(10, 35)
    pitch = draw.uniform(16, 28)
    lumps = [
        rod(k + 3, (k * pitch, -60, z + 5), (k * pitch + draw.normal(0, 4), 60, z + 5), (draw.uniform(4, 8), draw.uniform(3, 5)), square=False)
        for k in (-2, -1, 0, 1, 2)
    ]
    pleura = Sheet((0, 0, z + draw.uniform(8, 13)), (90, 90), draw.uniform(0.8, 2), draw.uniform(0.8, 1.6), (draw.normal(0, 0.04), 0))
    return _plain(draw, lumps, [pleura], [], z + draw.uniform(30, 60))


def organ(draw: Rng) -> Scene:
    """A kidney or so: a large oval with a bright middle."""
    z = draw.uniform(30, 60)
    r = draw.uniform(14, 26)
    inner = Oval((0, 0, z), (r * 0.8, 50, r * 0.35), draw.uniform(1.5, 3.5), 0.2)
    return _plain(draw, [], [], [Oval((0, 0, z), (r * 1.8, 80, r), draw.uniform(0.3, 0.8), draw.uniform(0.3, 1)), inner], z + r + 20)


def nothing(draw: Rng) -> Scene:
    """Gel, water or air."""
    return _plain(draw, [], [], [], draw.uniform(30, 110), str(draw.choice(["air", "water"])))


def processes_along(draw: Rng) -> Scene:
    """Along the transverse processes or the joints: a row of humps, no window."""
    of = lumbar.spine(draw)
    sign = int(draw.choice([-1, 1]))
    x = sign * of.size * float(draw.choice([draw.uniform(28, 36), draw.uniform(17, 21)]))
    pose = posed(
        (x, draw.uniform(0, 20), 0),
        of.depth_mm * draw.uniform(0.8, 1),
        shift_mm=0.0,
        roll_deg=draw.normal(0, 5),
        pitch_deg=draw.normal(0, 3),
        yaw_deg=draw.normal(0, 4),
        sagittal=True,
    )
    lumps = [one for k in (-1, 0, 1, 2) for one in lumbar.vertebra(draw, of, k * of.pitch_mm, k + 2)]
    return Scene(pose, lumps, [], [], [], of.fat_mm, of.depth_mm + 20, 40, of.blend_mm)


def spinous_along(draw: Rng) -> Scene:
    """Along the spinous processes."""
    of = lumbar.spine(draw)
    pose = posed(
        (draw.normal(0, 0.5), draw.uniform(0, 20), 0),
        of.depth_mm,
        shift_mm=0.0,
        roll_deg=draw.normal(0, 5),
        pitch_deg=draw.normal(0, 1),
        yaw_deg=draw.normal(0, 1.5),
        sagittal=True,
    )
    lumps = [one for k in (-1, 0, 1, 2) for one in lumbar.vertebra(draw, of, k * of.pitch_mm, k + 2)]
    return Scene(pose, lumps, [], [], [], of.fat_mm, of.depth_mm + 15, 40, of.blend_mm)


def aslant(draw: Rng) -> Scene:
    """The plane far askew across the lumbar spine, or far out on the flank."""
    of = lumbar.spine(draw)
    far = draw.random() < 0.5
    sign = float(draw.choice([-1, 1]))
    x = sign * draw.uniform(62, 90) if far else float(draw.choice([-1, 1])) * draw.uniform(12, 26)
    pose = posed(
        (x, draw.uniform(0, 30), 0),
        of.depth_mm,
        shift_mm=0.0,
        roll_deg=draw.normal(0, 5),
        pitch_deg=draw.normal(0, 5),
        yaw_deg=float(draw.choice([-1, 1])) * draw.uniform(45, 60),
        sagittal=False,
    )
    lumps = [one for k in (-1, 0, 1, 2) for one in lumbar.vertebra(draw, of, k * of.pitch_mm, k + 2)]
    return Scene(pose, lumps, [], [], [], of.fat_mm, of.depth_mm + 20, 40, of.blend_mm)


def crest_along(draw: Rng) -> Scene:
    """Along the sacrum's plate, or along the iliac blade."""
    scene = sacrum.joint(draw)
    x = float(draw.choice([-1, 1])) * float(draw.choice([draw.uniform(6, 15), draw.uniform(46, 56)]))
    pose = posed(
        (x, 38, 0),
        scene.deep_mm - 20,
        shift_mm=0.0,
        roll_deg=draw.normal(0, 6),
        pitch_deg=draw.normal(0, 5),
        yaw_deg=draw.normal(0, 5),
        sagittal=True,
    )
    return Scene(pose, scene.lumps, [], [], [], scene.fat_mm, scene.deep_mm, 30, scene.blend_mm)


KINDS: tuple[tuple[float, Callable[[Rng], Scene]], ...] = (
    (0.2, flesh),
    (0.26, limb),
    (0.1, ribs),
    (0.06, organ),
    (0.05, nothing),
    (0.1, processes_along),
    (0.06, spinous_along),
    (0.08, aslant),
    (0.06, crest_along),
)


def scene(draw: Rng) -> Scene:
    """One of the kinds by their shares."""
    shares = [share for share, _ in KINDS]
    return KINDS[int(draw.choice(len(KINDS), p=[share / sum(shares) for share in shares]))][1](draw)
