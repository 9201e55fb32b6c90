"""Echo lines become a picture: time gain, noise, logarithm, grey map, scan conversion."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

from models.foreign.simulator.anatomy.curves import wandering
from models.foreign.simulator.echo import Echo, Passage, step_mm
from models.foreign.simulator.probe import Floats, Probe, half_picture_mm


@dataclass(frozen=True, slots=True)
class Setting:
    """A scanner's picture: range_db shown, grey of muscle (0 to 1), curve of the grey map, noise against muscle at the skin, looks averaged."""

    range_db: float
    muscle_grey: float
    curve: float
    noise_db: float
    tilt_db_mm: float
    wave_db: float
    near_db: float
    looks: int
    lobes_db: float
    reverb_db: float
    reverb_mm: float
    fade: float
    smooth_beams: float
    smooth_mm: float
    smooth_px: float
    sharpen: float
    jpeg: int


def drawn_setting(rng: np.random.Generator) -> Setting:
    """A setting, as an operator and a maker would have it."""
    return Setting(
        range_db=float(rng.uniform(45, 75)),
        muscle_grey=float(rng.uniform(0.3, 0.6)),
        curve=float(rng.uniform(0.8, 1.35)),
        noise_db=float(rng.uniform(-78, -50)),
        tilt_db_mm=float(rng.normal(-0.06, 0.08)),
        wave_db=float(rng.uniform(0, 3)),
        near_db=float(rng.uniform(0, 14)),
        looks=int(rng.choice([1, 2, 3, 5])),
        lobes_db=float(rng.uniform(-48, -30)),
        reverb_db=float(rng.uniform(-60, -30)),
        reverb_mm=float(rng.uniform(2, 14)),
        fade=float(rng.choice([0, 1, 2.5, 5])),
        smooth_beams=float(rng.choice([0.0, 0.0, 0.8, 1.4])),
        smooth_mm=float(rng.choice([0.0, 0.2, 0.45])),
        smooth_px=float(rng.uniform(0, 1.0)),
        sharpen=float(rng.choice([0, 0, 0.4, 0.8])),
        jpeg=int(rng.choice([0, 0, 0, 92, 75])),
    )


def contact_of(probe: Probe, worst: float, fade: float, rng: np.random.Generator) -> Floats:
    """What the skin lets through per beam: a little uneven, sometimes lifted off at a side or under a hair, fainter at the sides."""
    share = np.linspace(-1, 1, probe.beams)
    gain = np.exp(0.25 * worst * wandering(probe.beams, 6, rng)) * np.cos(0.35 * np.pi * share) ** (fade * 0.5)
    if rng.random() < 0.3 * worst + 0.08:
        side, reach = rng.choice([-1, 1]), rng.uniform(0.08, 0.3)
        gain = gain * (0.03 + 0.97 / (1 + np.exp(-(1 - reach * 2 - side * share) / 0.05)))
    if rng.random() < 0.35 * worst:
        gain = gain * (1 - rng.uniform(0.4, 0.9) * np.exp(-0.5 * ((share - rng.uniform(-0.9, 0.9)) / rng.uniform(0.03, 0.12)) ** 2))
    return np.asarray(gain)


def with_artefacts(echo: Echo, probe: Probe, setting: Setting, rng: np.random.Generator) -> Echo:
    """The near field's ringing, and all echoes once more, later, by a way to the skin and back."""
    step = step_mm(probe)
    shift = max(1, int(setting.reverb_mm / step))
    again = np.zeros_like(echo)
    again[:, shift:] = echo[:, :-shift]
    along = np.arange(echo.shape[1]) * step
    ringing = np.exp(-along / 1.4) * (1 + 0.5 * np.cos(along * 2 * np.pi / max(probe.wave_mm, 0.3)))
    uneven = np.exp(0.2 * wandering(echo.shape[0], 8, rng))[:, None]
    return np.asarray(echo + 10 ** (setting.reverb_db / 20) * again + 0.6 * 10 ** (setting.near_db / 20) * ringing[None, :] * uneven)


def noise(shape: tuple[int, int], setting: Setting, rng: np.random.Generator) -> Echo:
    """The receiver's noise, smooth along range as the pulse's filter leaves it."""
    raw = gaussian_filter1d(rng.standard_normal((2, *shape)), 1.0, axis=2) * 1.9
    return np.asarray(10 ** (setting.noise_db / 20) / np.sqrt(2) * (raw[0] + 1j * raw[1]))


def gain_db(passage: Passage, setting: Setting, rng: np.random.Generator) -> Floats:
    """Time gain per sample: what the tissue takes on the average, and the operator's error."""
    lost = -20 * np.log10(np.maximum(np.median(passage.soft, axis=0), 1e-6))
    along = np.arange(len(lost)) * passage.step_mm
    wave = setting.wave_db * wandering(len(lost), 12 / passage.step_mm, rng)
    return np.asarray(np.minimum(gaussian_filter1d(lost, 5 / passage.step_mm), 75) + setting.tilt_db_mm * (along - along[-1] / 2) + wave)


def greys(envelope: Floats, gain: Floats, setting: Setting, along_mm: float) -> Floats:
    """Grey 0 to 255 per beam and sample (along_mm apart), smoothed as a maker's speckle filter does."""
    level = 20 * np.log10(np.maximum(envelope, 1e-9)) + gain[None, :]
    level = gaussian_filter(level, (setting.smooth_beams, setting.smooth_mm / along_mm), mode="nearest")
    share = np.clip(setting.muscle_grey + level / setting.range_db, 0, 1)
    return np.asarray(255 * share**setting.curve)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture's size, scale and origin. box: the scan's left, top, right, bottom."""

    width_px: int
    height_px: int
    mm_per_px: tuple[float, float]
    origin_px: tuple[float, float]
    box: tuple[int, int, int, int]

    def pixel(self, x: float, z: float) -> tuple[float, float]:
        return self.origin_px[0] + x / self.mm_per_px[0], self.origin_px[1] + z / self.mm_per_px[1]


def drawn_canvas(probe: Probe, rng: np.random.Generator) -> Canvas:
    """A picture 380 to 820 pixels high with a border of up to 6."""
    top = float(probe.face_z(np.array([probe.half_width_mm]))[0])
    half, high = half_picture_mm(probe), probe.depth_mm - top
    scale = max(high / float(rng.uniform(380, 820)), 2 * half / 1150)
    across = scale * (rng.uniform(0.94, 1.08) if probe.kind == "rectangle" and rng.random() < 0.25 else 1.0)
    border = [int(k) for k in rng.integers(0, 7, 4)]
    width, height = int(np.ceil(2 * half / across)) + 1, int(np.ceil(high / scale)) + 1
    origin = (border[0] + half / across, border[1] - top / scale)
    box = (border[0], border[1], border[0] + width, border[1] + height)
    return Canvas(width + border[0] + border[2], height + border[1] + border[3], (across, scale), origin, box)


def converted(grey: Floats, probe: Probe, canvas: Canvas, setting: Setting) -> NDArray[np.uint8]:
    """Beams onto pixels; black outside the scan."""
    u, v = np.meshgrid(np.arange(canvas.width_px, dtype=float), np.arange(canvas.height_px, dtype=float))
    beam, far = probe.beam_range((u - canvas.origin_px[0]) * canvas.mm_per_px[0], (v - canvas.origin_px[1]) * canvas.mm_per_px[1])
    inside = (beam >= 0) & (beam <= probe.beams - 1) & (far >= 0) & (far <= probe.depth_mm)
    picture = map_coordinates(grey, [beam, far / step_mm(probe)], order=1, mode="nearest")
    blurred = gaussian_filter(picture, setting.smooth_px)
    sharp = blurred + setting.sharpen * (blurred - gaussian_filter(blurred, setting.smooth_px + 1.2))
    return compressed(np.where(inside, np.clip(sharp, 0, 255), 0).astype(np.uint8), setting.jpeg)


def compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """As a recorder's JPEG leaves it; quality 0 leaves it alone."""
    if not quality:
        return picture
    held = BytesIO()
    Image.fromarray(picture).save(held, "JPEG", quality=quality)
    return np.array(Image.open(held))
