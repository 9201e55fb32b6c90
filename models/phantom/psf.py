"""The point-spread function: an axial pulse and, row by row, the transfer function across the beams."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft

from models.phantom.probe import C64, F32, GAUSSIAN_FWHM, ProbeSpec

MARGIN_BEAMS = 16  # empty beams beside the fan, so that the circular transform does not carry one edge to the other


@lru_cache(maxsize=64)
def axial_pulse(probe: ProbeSpec, ringing: float = 0.10) -> F32:
    """(taps,) amplitude along the beam, unit energy, peak at the middle tap: a Gaussian of the stated width and a short ring-down behind."""
    sigma = max(probe.axial_width_mm / GAUSSIAN_FWHM / probe.sample_mm, 0.3)
    half = int(np.ceil(3.2 * sigma)) + 1
    at = np.arange(-half, half + 1)
    pulse = np.exp(-0.5 * (at / sigma) ** 2)
    tail = np.where(at > 0, np.exp(-at / (1.6 * sigma)) * (1 - np.exp(-0.5 * (at / sigma) ** 2)), 0)
    pulse = pulse + ringing * tail
    return np.asarray(pulse / np.sqrt(np.sum(pulse**2)), np.float32)


def padded_beams(probe: ProbeSpec) -> int:
    return int(fft.next_fast_len(probe.beams + MARGIN_BEAMS))


@lru_cache(maxsize=8)
def lateral_transfer(probe: ProbeSpec, side_db: float, grating_db: float, aberration: float = 1.0) -> tuple[F32, F32]:
    """(samples, frequencies) real transfer function across beams, unit energy per row, and (samples,) its gain for a uniform line.

    Main lobe: Gaussian of the stated width. side_db: a skirt six times as wide. grating_db: two copies, 0.3 rad off or the like, where an
    array's pitch exceeds half a wavelength; here at a quarter of the fan. aberration: what uneven fat and muscle make of the main lobe's width,
    reached over the first 30 mm.
    """
    ranges = probe.ranges_mm()
    blur = 1 + (aberration - 1) * np.minimum(ranges / 30, 1)
    sigma_beams = blur * probe.lateral_width_mm(ranges) / GAUSSIAN_FWHM / probe.beam_spacing_mm(ranges)
    k = fft.fftfreq(padded_beams(probe)).astype(np.float32)[None, :]
    sigma = np.asarray(np.maximum(sigma_beams, 0.25), np.float32)[:, None]

    def lobe(width: F32) -> F32:
        """Of a Gaussian sampled at the beams: its own transform and the two nearest aliases, without which narrow beams would ring."""
        return np.asarray(sum(width * np.exp(-2 * (np.pi * (k + alias) * width) ** 2) for alias in (-1, 0, 1)), np.float32)

    skirt = np.float32(10 ** (side_db / 20))
    copies = np.float32(2 * 10 ** (grating_db / 20)) * np.cos(2 * np.pi * k * np.float32(probe.beams / 4))
    transfer = lobe(sigma) * (1 + copies) + skirt * lobe(6 * sigma)
    transfer /= np.sqrt(np.mean(transfer**2, axis=1, keepdims=True))
    return np.asarray(transfer, np.float32), np.asarray(transfer[:, 0], np.float32)


def spread_lateral(source: C64, transfer: F32, beams: int) -> C64:
    """source: complex64 (samples, beams); every row through its own transfer function."""
    spectrum = fft.fft(source, transfer.shape[1], axis=1)
    spectrum *= transfer
    return np.ascontiguousarray(fft.ifft(spectrum, axis=1, overwrite_x=True)[:, :beams])


def spread_axial(source: C64, pulse: F32) -> C64:
    """source: complex64 (samples, beams); every beam through the pulse."""
    half = len(pulse) // 2
    out: C64 = source * pulse[half]
    for tap in range(1, half + 1):
        out[tap:] += source[:-tap] * pulse[half + tap]
        out[:-tap] += source[tap:] * pulse[half - tap]
    return out
