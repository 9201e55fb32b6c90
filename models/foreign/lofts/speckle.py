"""Speckle: scatterers with random phase, summed over the pulse and over beams that are narrowest at the focus; and the greys of a screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.ndimage import gaussian_filter

from models.foreign.lofts.array import BEAMS, SAMPLES, Array
from models.foreign.lofts.echoes import Echoes
from models.foreign.lofts.look import SPEED_MM_US, Look, pulse_mm
from models.foreign.lofts.mesh import Draw, Real

WIDE, LONG = 192, 512  # padded, so that one side does not reach the other


@dataclass(frozen=True, slots=True)
class Greys:
    """(SAMPLES, BEAMS) of 0 to 1 without grain: with all, and with no bone."""

    with_bone: Real
    without: Real


def widths_mm(array: Array, look: Look) -> Real:
    """(SAMPLES,) deviation of a beam's width."""
    narrow = 0.45 * SPEED_MM_US / look.mhz * (1.2 + array.depth_mm / 60)
    return np.hypot(narrow, look.spread * 2 * (array.along_mm - look.focus * array.depth_mm))


def _lateral(array: Array, look: Look, frequencies: Real, *, narrower: float) -> Real:
    """(SAMPLES, frequencies) the beams' transfer, with side lobes."""
    sigma = np.clip(widths_mm(array, look) / array.pitch_mm, 0.35, 14)[:, None] / np.float32(narrower)
    lobes = np.float32(10 ** (look.lobes_db / 20))
    wave = (-2 * np.pi**2) * (sigma * frequencies[None, :]) ** 2
    return ((1 - lobes) * np.exp(wave) + lobes * np.exp(wave * 49)).astype(np.float32)


def greys_of(array: Array, echoes: Echoes, look: Look) -> Greys:
    """Mean greys, as blurred as the beams are wide."""
    transfer = _lateral(array, look, fft.rfftfreq(WIDE).astype(np.float32), narrower=1.414)

    def blurred(power: Real) -> Real:
        wide = np.concatenate([power, np.repeat(power[:, -1:], WIDE - BEAMS, axis=1)], axis=1)
        return np.asarray(fft.irfft(fft.rfft(wide, axis=1) * transfer, WIDE, axis=1)[:, :BEAMS])

    return Greys(*(shown(blurred(power), look) for power in (echoes.scattered + echoes.bone, echoes.bare)))


def shown(power: Real, look: Look) -> Real:
    """Greys of 0 to 1 of powers."""
    db = np.float32(10) * np.log10(np.maximum(power, np.float32(1e-9)))
    grey = np.clip(db / np.float32(look.range_db) + np.float32(look.grey_at), 0, 1)
    return np.asarray(grey ** np.float32(look.curve))


def grained(draw: Draw, array: Array, echoes: Echoes, look: Look) -> Real:
    """Greys of 0 to 1 with their grain."""
    noise = draw.standard_normal((SAMPLES, BEAMS, 2), dtype=np.float32).view(np.complex64)[..., 0] * np.float32(0.7071)
    rough = echoes.scattered + (1 - np.float32(look.coherent)) * echoes.bone
    field = np.sqrt(rough) * noise
    phase = np.exp(1j * np.cumsum(draw.normal(0, 0.25, BEAMS))).astype(np.complex64)
    power = np.abs(summed(field, array, look) + _smooth(np.sqrt(np.float32(look.coherent) * echoes.bone) * phase[None, :], array, look)) ** 2
    return _finished(shown(power, look), look)


def summed(field: Real, array: Array, look: Look) -> Real:
    """Over pulse and beam, so that even tissue keeps its power."""
    pulse = np.clip(pulse_mm(look) / array.sample_mm, 0.35, 8)
    down = np.exp(-2 * (np.pi * pulse * fft.fftfreq(LONG)) ** 2).astype(np.float32)
    across = _lateral(array, look, fft.fftfreq(WIDE).astype(np.float32), narrower=1.0)
    down /= np.sqrt((down**2).mean())
    across /= np.sqrt((across**2).mean(axis=1, keepdims=True))
    along = fft.ifft(fft.fft(field, LONG, axis=0) * down[:, None], axis=0)[:SAMPLES]
    return np.asarray(fft.ifft(fft.fft(along, WIDE, axis=1) * across, axis=1)[:, :BEAMS])


def _smooth(field: Real, array: Array, look: Look) -> Real:
    """A smooth skin's echo adds up in phase: its level stays, its sides are blurred."""
    across = _lateral(array, look, fft.fftfreq(WIDE).astype(np.float32), narrower=1.0)
    return np.asarray(fft.ifft(fft.fft(field, WIDE, axis=1) * across, axis=1)[:, :BEAMS])


def _finished(grey: Real, look: Look) -> Real:
    """As scanners do: smoothed, or with harder edges."""
    if look.smooth:
        grey = gaussian_filter(grey, (look.smooth, 0.6 * look.smooth), truncate=2.5)
    if look.sharpen:
        grey = grey + np.float32(look.sharpen) * (grey - gaussian_filter(grey, 1.5, truncate=2.0))
    return np.clip(grey, 0, 1)
