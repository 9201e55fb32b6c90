r"""Trains the reader of digits and units (edge/screen/ruler/digits.npz) on text rendered with the fonts of this machine.

    sudo apt install --no-install-recommends fontconfig $(cat models/training/fonts.txt)
    fc-list ':charset=30-39 41-5a 61-7a' file | sed 's/: *$//' | sort > FONTS.txt
    python -m models.training.glyphs FONTS.txt     FONTS.txt: one font file a line, each with Latin letters and digits

The committed reader learnt from 255 of the 292 faces that these packages of Debian 12 leave (upright ones, at most six of a family); of the glyphs of
the other 37 it reads 98.0 % right, and 0.25 % of its sure digits wrong.

Pages of single glyphs are rendered, stretched and degraded as scalers and grabbers do, cut up by the reader's own segmentation and learnt by
two convolutions and one hidden layer; weights are kept as int8. About fifteen minutes on one core.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from torch import Tensor, nn
from torch.nn import functional

from edge.screen.ruler.digits import (
    BLURRED_SHARE,
    CLASSES,
    GLYPH_PX,
    STROKE_SHARE,
    SURE,
    WEIGHTS,
    classify,
    glyphs,
    marks_of,
    stroke_mask,
)
from models.phantom.glyphs import glyph

CELL_PX = 56
OTHERS = [
    *"ABDEFGHKLNPQRTUVWXYZabdefghknpqrstuvwxyz%/+-=<>&#Zzsgq",
    *("10", "11", "25", "50", "40", "30", "mH", "dB", "cn", "rn", "ms", "fps"),
]
# as units of other things look beside a number: a "25Hz" was 25 mm
LIKE_UNITS = [
    *("Hz", "MH", "MHz", "kHz", "HZ", "fps", "dB", "ms", "mW", "min", "ml", "cc"),
    *("nm", "um", "cps", "cn", "rn", "on", "en", "in", "nn", "om", "em"),
]
LIKE_A_UNIT = 0.25  # of what is no digit
CAPITALS = 0.25  # of the units: CM and MM count as cm and mm
CHANNELS, HIDDEN = (12, 24), 64
PAGES, TEST_PAGES, EPOCHS, BATCH = 6000, 300, 14, 256
STROKED = 0.35  # of the pages
BLURRED_EVERY = 3  # pages, one is cut up at the lower limit for blurred writing
BLOBS = 0.12  # of what is no digit: buttons and marks, filled
STRETCHED = 0.5  # of the pages: a scaler that does not keep the aspect
FACES = 6  # of a family of fonts, at most
# slanted faces, hair lines, scripts and symbols; faces that repeat others
UNWANTED = re.compile(
    r"Ital|Oblique|-BdIta|Z003|D050|Symbols|Math|Purisa|Thin|Hairline|wght|Condensed-BoldO|LightIta|Kinnari|Norasi|Umpush|Monoisome|It\.|Slanted"
    r"|ExtraLight|UltraLight|FREE|OCRBX|OCRBF|Mplus1Code|MplusCode60|PTZ|PT.56|PT.76|OSP"
)
Cells = list[tuple[int, int, int]]


def chosen(files: list[str]) -> list[str]:
    """The faces to learn from, by their files' names."""
    families: dict[str, list[str]] = {}
    for file in files:
        if not UNWANTED.search(Path(file).name):
            families.setdefault(re.split(r"[-.]", Path(file).name)[0], []).append(file)
    kept = [faces[int(k * max(1.0, len(faces) / FACES))] for faces in families.values() for k in range(min(FACES, len(faces)))]
    return sorted(set(kept))


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
            if kind == len(CLASSES) - 1 and rng.random() < LIKE_A_UNIT:
                text = LIKE_UNITS[int(rng.integers(len(LIKE_UNITS)))]
            if text in CLASSES[10:14] and rng.random() < CAPITALS:
                text = text.upper()
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
    for number in range(pages):
        contrast, cells, (wide, high) = page(rng, fonts)
        boxes = marks_of(stroke_mask(contrast, STROKE_SHARE if number % BLURRED_EVERY else BLURRED_SHARE))
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


class Reader(nn.Module):
    """features (n, GLYPH_PX squared and the aspect) to scores (n, classes), as edge.screen.ruler.digits.classify works them out."""

    def __init__(self) -> None:
        super().__init__()
        one, two = CHANNELS
        self.first = nn.Conv2d(1, one, 3, padding=1)
        self.second = nn.Conv2d(one, two, 3, padding=1)
        self.hidden = nn.Linear((GLYPH_PX // 4) ** 2 * two + 1, HIDDEN)
        self.last = nn.Linear(HIDDEN, len(CLASSES))

    def forward(self, features: Tensor) -> Tensor:
        image = features[:, :-1].reshape(-1, 1, GLYPH_PX, GLYPH_PX)
        for layer in (self.first, self.second):
            image = functional.max_pool2d(functional.relu(layer(image)), 2)
        # rows, columns, channels: as NumPy's arrays have them
        flat = image.permute(0, 2, 3, 1).flatten(1)
        scores: Tensor = self.last(functional.relu(self.hidden(torch.cat([flat, features[:, -1:]], 1))))
        return scores


def train(features: np.ndarray, classes: np.ndarray) -> Reader:
    """Softmax cross-entropy with a little smoothing, AdamW, one cycle of the learning rate."""
    torch.manual_seed(0)
    reader = Reader()
    x, wanted = torch.from_numpy(features), torch.from_numpy(classes.astype(np.int64))
    optimiser = torch.optim.AdamW(reader.parameters(), 2e-3, weight_decay=1e-3)
    rounds = len(wanted) // BATCH
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=EPOCHS * rounds)
    for epoch in range(EPOCHS):
        total = 0.0
        for picked in torch.randperm(len(wanted))[: rounds * BATCH].split(BATCH):
            part = x[picked].float()
            loss = functional.cross_entropy(reader(part + 0.05 * torch.randn_like(part)), wanted[picked], label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            pace.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total / rounds:.4f}", flush=True)
    return reader


def keep(reader: Reader) -> None:
    """int8 weights with one step each, in the order in which NumPy multiplies."""
    layers = ((reader.first, "k1", "a1"), (reader.second, "k2", "a2"), (reader.hidden, "w1", "b1"), (reader.last, "w2", "b2"))
    kept = {}
    for layer, weight, bias in layers:
        values = layer.weight.detach()
        matrix = values.permute(2, 3, 1, 0).flatten(0, 2) if values.dim() == 4 else values.T
        for name, each in ((weight, matrix.numpy()), (bias, layer.bias.detach().numpy())):
            step = np.float32(np.abs(each).max() / 127)
            kept[name] = np.round(each / step).astype(np.int8)
            kept[f"{name}_step"] = step
    np.savez_compressed(WEIGHTS, **kept)


def main() -> None:
    fonts = chosen(Path(sys.argv[1]).read_text().splitlines())
    rng = np.random.default_rng(7)
    held = [font for index, font in enumerate(fonts) if index % 8 == 3]
    features, classes = samples(rng, [font for font in fonts if font not in held], PAGES)
    keep(train(features.astype(np.float16), classes))
    tested, truth = samples(np.random.default_rng(8), held, TEST_PAGES)
    name, certainty = classify(tested)
    sure = certainty >= SURE
    digits = truth < 10
    print(f"{len(classes)} glyphs learnt; held-out fonts: {(name == truth).mean():.4f} right, {sure.mean():.3f} sure")
    print(f"sure digits wrong: {(name != truth)[sure & (name < 10)].mean():.5f}; digits sure: {sure[digits].mean():.4f}")


if __name__ == "__main__":
    main()
