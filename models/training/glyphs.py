"""Trains the reader of digits and units (edge/digits.npz) on text rendered with the fonts of this machine.

    python -m models.training.glyphs FONTS.txt     FONTS.txt: one font file a line

Pages of single glyphs are rendered, stretched and degraded as scalers and grabbers do, cut up by the reader's own segmentation and learnt by
one hidden layer; weights are kept as int8. NumPy and Pillow only.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from edge.digits import CLASSES, GLYPH_PX, SURE, WEIGHTS, classify, glyphs, marks_of, stroke_mask
from models.phantom.glyphs import glyph

CELL_PX = 56
OTHERS = [
    *"ABCDEFGHKLMNPQRTUVWXYZabdefghknpqrstuvwxyz%/+-=<>&#Zzsgq",
    *("10", "11", "25", "50", "40", "30", "mH", "dB", "cn", "rn", "ms", "fps"),
]
HIDDEN = 128
STROKED = 0.25  # of the pages
BLOBS = 0.12  # of what is no digit: buttons and marks, filled
STRETCHED = 0.5  # of the pages: a scaler that does not keep the aspect
Cells = list[tuple[int, int, int]]


def page(rng: np.random.Generator, fonts: list[str]) -> tuple[np.ndarray, Cells, tuple[float, float]]:
    """A picture of single glyphs (contrast, uint8), (column, row, class) of each cell, and a cell's width and height in pixels."""
    across, down = 12, 8
    grey = int(rng.integers(0, 70))
    image = Image.new("L", (across * CELL_PX, down * CELL_PX), grey)
    pen = ImageDraw.Draw(image)
    font_size = float(rng.choice([8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 30]) * rng.uniform(0.93, 1.07))
    name = fonts[int(rng.integers(len(fonts)))] if rng.random() > 0.06 else ""
    strokes = rng.random() < STROKED
    font = ImageFont.truetype(name, font_size) if name else ImageFont.load_default(font_size)
    ink = int(min(255, grey + rng.integers(70, 220)))
    weight = float(rng.uniform(0.08, 0.24))
    cells = []
    for row in range(down):
        for column in range(across):
            kind = int(rng.choice(len(CLASSES), p=[0.06] * 10 + [0.05, 0.05, 0.03, 0.03, 0.24]))
            text = CLASSES[kind] if kind < len(CLASSES) - 1 else OTHERS[int(rng.integers(len(OTHERS)))]
            at = (column * CELL_PX + 8 + rng.uniform(0, 3), row * CELL_PX + 6 + rng.uniform(0, 3))
            if kind == len(CLASSES) - 1 and rng.random() < BLOBS:
                wide, high = rng.uniform(0.3, 0.9, 2) * font_size
                (pen.ellipse if rng.random() < 0.6 else pen.rectangle)([*at, at[0] + wide, at[1] + high], fill=ink)
            elif strokes:
                _stroked(image, (round(at[0]), round(at[1])), text, font_size, weight, ink, rng)
            elif len(text) > 1:  # touching letters
                x = at[0]
                for letter in text:
                    pen.text((x, at[1]), letter, fill=ink, font=font)
                    x += font.getlength(letter) - rng.uniform(0.3, 1.6) * font_size / 14
            else:
                pen.text(at, text, fill=ink, font=font)
            cells.append((column, row, kind))
    size = image.size
    if rng.random() < STRETCHED:
        size = round(size[0] * rng.uniform(0.6, 1.7)), round(size[1] * rng.uniform(max(0.6, 7.5 / font_size), 1.3))
        image = image.resize(size, Image.Resampling.BILINEAR)
    cell = size[0] / across, size[1] / down
    return degraded(np.random.default_rng(rng.integers(1 << 31)), image, grey), cells, cell


def _stroked(image: Image.Image, at: tuple[int, int], text: str, size: float, weight: float, ink: int, rng: np.random.Generator) -> None:
    """Letters of the phantom's stroke font, as vector-drawn screens have them; several letters touch."""
    x = at[0]
    for letter in text:
        drawn = glyph(letter, max(6, round(0.75 * size)), weight)
        cover = Image.fromarray((np.clip(drawn, 0, 1) * 255).astype(np.uint8))
        image.paste(ink, (x, at[1]), cover)
        x += max(2, drawn.shape[1] - int(rng.integers(1, 3)))


def degraded(rng: np.random.Generator, image: Image.Image, grey: int) -> np.ndarray:
    """Scaling and back, blur, JPEG, noise; the distance from the background's grey."""
    size = image.size
    if rng.random() < 0.5:
        share = rng.uniform(0.75, 1.0)
        image = image.resize((round(size[0] * share), round(size[1] * share)), Image.Resampling.BILINEAR).resize(size, Image.Resampling.BICUBIC)
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.9))))
    if rng.random() < 0.6:
        kept = io.BytesIO()
        image.save(kept, "JPEG", quality=int(rng.integers(32, 96)))
        image = Image.open(kept).convert("L")
    pixels = np.asarray(image).astype(np.float64) + rng.normal(0, rng.uniform(0, 3), image.size[::-1])
    return np.clip(np.abs(pixels - grey), 0, 255).astype(np.uint8)


def samples(rng: np.random.Generator, fonts: list[str], pages: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and classes of the marks of many pages."""
    features, classes = [], []
    for _ in range(pages):
        contrast, cells, (wide, high) = page(rng, fonts)
        boxes = marks_of(stroke_mask(contrast)).boxes
        boxes = boxes[(boxes[:, 3] - boxes[:, 1] >= 5) & (boxes[:, 2] - boxes[:, 0] >= 1)]
        place = (boxes // np.array([wide, high, wide, high])).astype(np.int64)
        within = (place[:, 0] == place[:, 2]) & (place[:, 1] == place[:, 3])
        boxes, place = boxes[within], place[within]
        kinds = {(column, row): kind for column, row, kind in cells}
        places = [(int(each[0]), int(each[1])) for each in place]
        alone = [index for index, place in enumerate(places) if places.count(place) == 1]
        # ligatures that came apart are their letters, not the pair: left out
        features.append(glyphs(contrast, boxes[alone]))
        classes += [kinds[places[index]] for index in alone]
    return np.concatenate(features), np.array(classes)


def train(features: np.ndarray, classes: np.ndarray, rng: np.random.Generator, epochs: int = 40) -> list[np.ndarray]:
    """One hidden layer, softmax cross-entropy with a little smoothing, Adam."""
    width = GLYPH_PX**2 + 1
    weights = [
        rng.normal(0, np.sqrt(2 / width), (width, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, len(CLASSES))),
        np.zeros(len(CLASSES)),
    ]
    moments = [[np.zeros_like(each), np.zeros_like(each)] for each in weights]
    turn = 0
    for epoch in range(epochs):
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs)) + 1e-5
        for batch in np.array_split(rng.permutation(len(classes)), max(1, len(classes) // 256)):
            x = features[batch].astype(np.float64)
            x = x + rng.normal(0, 0.05, x.shape)
            hidden = np.maximum(x @ weights[0] + weights[1], 0)
            score = hidden @ weights[2] + weights[3]
            score = np.exp(score - score.max(axis=1, keepdims=True))
            score /= score.sum(axis=1, keepdims=True)
            wanted = np.full(score.shape, 0.02 / len(CLASSES))
            wanted[np.arange(len(batch)), classes[batch]] += 0.98
            back = (score - wanted) / len(batch)
            inner = (back @ weights[2].T) * (hidden > 0)
            slopes = [x.T @ inner, inner.sum(0), hidden.T @ back, back.sum(0)]
            turn += 1
            for index, slope in enumerate(slopes):
                first, second = moments[index]
                first[:] = 0.9 * first + 0.1 * slope
                second[:] = 0.999 * second + 0.001 * slope**2
                weights[index] -= rate * (first / (1 - 0.9**turn)) / (np.sqrt(second / (1 - 0.999**turn)) + 1e-8)
    return weights


def keep(weights: list[np.ndarray]) -> None:
    """int8 weights with one step each."""
    kept = {}
    for name, each in zip(("w1", "b1", "w2", "b2"), weights, strict=True):
        step = np.float32(np.abs(each).max() / 127)
        kept[name] = np.round(each / step).astype(np.int8)
        kept[f"{name}_step"] = step
    np.savez_compressed(WEIGHTS, **kept)


def main() -> None:
    fonts = [line for line in Path(sys.argv[1]).read_text().split("\n") if line]
    rng = np.random.default_rng(7)
    held = [font for index, font in enumerate(fonts) if index % 8 == 3]
    features, classes = samples(rng, [font for font in fonts if font not in held], 3200)
    weights = train(features, classes, rng)
    keep(weights)
    tested, truth = samples(np.random.default_rng(8), held, 100)
    name, certainty = classify(tested)
    sure = certainty >= SURE
    digits = truth < 10
    print(f"{len(classes)} glyphs learnt; held-out fonts: {(name == truth).mean():.4f} right, {sure.mean():.3f} sure")
    print(f"sure digits wrong: {(name != truth)[sure & (name < 10)].mean():.5f}; digits sure: {sure[digits].mean():.4f}")


if __name__ == "__main__":
    main()
