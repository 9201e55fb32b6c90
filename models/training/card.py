"""Writes the measured tables into models/CARD.md, between its marks, and leaves the prose: a table is never copied by hand.

    python -m models.training.card --foreign foreign.json --reliefs reliefs.json --digitised bones.json --truth truth.json --screen screen.json
        --report report_test.json

foreign, reliefs, digitised, truth, screen: what `tuffier score --json` printed of the simulator's frames, of the reliefs', of the digitised bones'
and of the phantom's, with the scale from the truth, and of the phantom's with the scale from the screen. report: what training wrote.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.catalogue import NO_VIEW, VIEWS
from edge.model import manifest as manifests
from edge.model import runner
from edge.model.manifest import Manifest, ModelError, TargetRisk

CARD = Path(__file__).resolve().parents[1] / "CARD.md"
SCORED = ("foreign", "reliefs", "digitised", "truth", "screen")
Figures = Mapping[str, Any]
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("target median mm", "target_median_mm", "mm"),
    ("target p95 mm", "target_p95_mm", "mm"),
    ("depth bias mm", "depth_bias_mm", "mm"),
    ("angle p95 deg", "angle_p95_deg", "mm"),
    ("across p95 mm", "across_p95_mm", "mm"),
    ("shown share", "shown_share", "share"),
    ("of those on axis", "shown_share_on_axis", "share"),
    ("wrongly shown", "wrongly_shown_share", "share"),
    ("coverage", "coverage", "share"),
    ("mean interval mm", "interval_mean_mm", "mm"),
)


def between_marks(text: str, name: str, table: str) -> str:
    """The card with what stands between <!-- name --> and <!-- end name --> replaced. Raises ValueError where a mark is missing."""
    opening, closing = f"<!-- {name} -->", f"<!-- end {name} -->"
    pattern = re.compile(f"{re.escape(opening)}.*?{re.escape(closing)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the card lacks the marks {opening} and {closing}")
    return pattern.sub(lambda _: f"{opening}\n{table}\n{closing}", text)


def model_table(manifest: Manifest, size_bytes: int) -> str:
    """What the file is, from its manifest."""
    training = manifest.training
    others = list(training.get("others", ()))
    grid, heatmap = manifest.grid, manifest.heatmap
    rows = [
        ("file", f"`models/tuffier.tflite`, {size_bytes} bytes, fully int8, manifest appended; {_counted(1 + len(others))}"),
        ("SHA-256 of its networks", f"`{manifest.sha256}`"),
        ("input", f"{grid.columns} x {grid.rows} cells of {grid.mm_per_cell} mm, grey - 128, scale 1/255"),
        ("output", f"{len(manifest.landmarks)} heatmaps of {heatmap.columns} x {heatmap.rows}, {len(manifest.views)} view logits"),
        ("made by", f"`{training.get('command')}` at commit `{training.get('commit')}`"),
        ("thresholds and intervals", f"of commit `{training['calibrated']}`, with `--calibrate`" if "calibrated" in training else "of the same"),
        ("a number's risk", risk_text(manifest.target_risk)),
        ("its options", _spelt_options(training.get("options", {}), {})),
        *((f"network {number}, what differs", _what_differs(other, training)) for number, other in enumerate(others, start=2)),
        ("frames", ", ".join(f"{name} {count}" for name, count in dict(training.get("frames", {})).items())),
        ("subjects", ", ".join(f"{name} {count}" for name, count in dict(training.get("subjects", {})).items())),
        ("versions", ", ".join(f"{name} {word}" for name, word in dict(training.get("versions", {})).items())),
    ]
    return _markdown(("what", "value"), rows)


def _counted(networks: int) -> str:
    return "one network" if networks == 1 else f"{networks} networks, which take turns frame by frame"


def _what_differs(other: Figures, first: Figures) -> str:
    return f"commit `{other.get('commit')}`, {_spelt_options(other.get('options', {}), first.get('options', {}))}"


def _spelt_options(options: Figures, as_before: Figures) -> str:
    """Those that are set, and not as before."""
    return ", ".join(f"{key} {value}" for key, value in options.items() if value not in (None, "") and as_before.get(key) != value)


def risk_text(risk: TargetRisk) -> str:
    """The curve in one line: what is shown, and its log odds of being wrong."""
    moves = ", ".join(f"{name} {move:+.2f}" for name, move in risk.procedures.items())
    signs = f"{risk.view:.3g} log odds of the view - {risk.confidence:.3g} confidence - {risk.contrast:.3g} contrast"
    return f"at most {100 * risk.most:g} %; log odds of being wrong {risk.level:.3g} - {signs}, and of the procedure {moves}"


def procedure_table(figures: Figures) -> str:
    """A row a procedure that some frame holds; in brackets the 95 % interval over subjects."""
    rows = [
        (name, f"{row['held']} ({row['subjects']})", str(row["on_axis"]), str(row["shown"]), f"{row['wrong']} ({row['wrong_on_dim']})",
         *(_SPELT[kind](row[key]) for _, key, kind in COLUMNS))
        for name, row in figures["procedures"].items() if row["held"]
    ]  # fmt: skip
    titles = ("procedure", "held (subjects)", "on axis", "shown", "wrong (on a dim target)", *(title for title, _, _ in COLUMNS))
    return _markdown(titles, rows)


def reasons_list(figures: Figures) -> str:
    """What became of the frames that hold the view."""
    return "\n".join(
        f"- {name}: {', '.join(f'{reason} {count}' for reason, count in row['reasons_where_held'].items())}"
        for name, row in figures["procedures"].items()
        if row["held"]
    )


def view_table(figures: Figures) -> str:
    """Each view against the rest, before the gate."""
    views = {name: figures["views"][name] for name in (NO_VIEW, *VIEWS)}
    rows = [(name, str(row["frames"]), _share(row["sensitivity"]), _share(row["specificity"])) for name, row in views.items() if row["frames"]]
    return _markdown(("view", "frames", "sensitivity", "specificity"), rows)


def landmark_table(report: Figures) -> str:
    """Peaks on frames whose view was seen right, int8, from training's report."""
    rows = [
        (name, str(row["peaks"]), f"{row['median_mm']:.2f}", f"{row['p95_mm']:.2f}", f"{100 * row['over_5_mm']:.1f} %")
        for name, row in report["landmarks"].items()
    ]
    return _markdown(("landmark", "peaks", "median mm", "p95 mm", "over 5 mm"), rows)


def _markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _mm(figure: Mapping[str, float] | None) -> str:
    return "-" if figure is None else f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def _share(figure: Mapping[str, float] | None) -> str:
    return "-" if figure is None else f"{100 * figure['value']:.1f} % ({100 * figure['low']:.1f} to {100 * figure['high']:.1f})"


_SPELT: dict[str, Callable[[Mapping[str, float] | None], str]] = {"mm": _mm, "share": _share}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 where a file cannot be used, or the figures are of another model than the one in the file; the card is then as it
    was."""
    parser = argparse.ArgumentParser(prog="python -m models.training.card", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, default=runner.BUNDLED)
    parser.add_argument("--card", type=Path, default=CARD)
    for name in (*SCORED, "report"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args(arguments)
    try:
        text = filled(options)
        options.card.write_text(text, encoding="utf-8")
    except (ModelError, ValueError) as error:
        print(f"card: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"card: {error.filename or options.card}: {error.strerror}", file=sys.stderr)
        return 2
    print(options.card)
    return 0


def filled(options: argparse.Namespace) -> str:
    """The card with the tables of the files that were named. Raises ModelError, ValueError, OSError."""
    manifest, _ = manifests.read(options.model)
    text = between_marks(options.card.read_text(encoding="utf-8"), "model", model_table(manifest, options.model.stat().st_size))
    for name in SCORED:
        path = getattr(options, name)
        if path is None:
            continue
        with _of_its_form(path):
            figures = json.loads(path.read_text(encoding="utf-8"))
            if figures["model"]["sha256"] != manifest.sha256:
                raise ValueError(f"{path} was measured with another model than {options.model}: score again")
            text = between_marks(text, f"{name} procedures", procedure_table(figures))
            text = between_marks(text, f"{name} reasons", reasons_list(figures))
            text = between_marks(text, f"{name} views", view_table(figures)) if name != "screen" else text
    if options.report is not None:
        with _of_its_form(options.report):
            text = between_marks(text, "landmarks", landmark_table(json.loads(options.report.read_text(encoding="utf-8"))))
    return text


@contextmanager
def _of_its_form(path: Path) -> Iterator[None]:
    """Names the file whose figures cannot be used. Raises ValueError."""
    try:
        yield
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: no JSON: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: the figures lack or misstate {error}: name what tuffier score --json and training wrote") from error


if __name__ == "__main__":
    sys.exit(main())
