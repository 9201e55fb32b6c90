"""Training's own arithmetic: targets, augmentation, calibration. What needs torch is skipped without it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.training.settings import GRID, STRIDE_CELLS, vocabulary

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from edge.model import manifest as manifests  # noqa: E402
from edge.model import runner  # noqa: E402
from edge.types import ModelInput  # noqa: E402
from models.training import augment, export, fit, mining, network, targets, train  # noqa: E402
from models.training.augment import Batch, Strength  # noqa: E402
from models.training.looks import NO_LOOKS  # noqa: E402
from models.training.optimiser import Optimiser  # noqa: E402
from models.training.shards import SIDES, SLOTS, Samples  # noqa: E402
from tests.unit.made import whole_grid  # noqa: E402

WORDS = vocabulary(("transverse_facet", "paramedian_oblique"))
STILL = Strength(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NO_LOOKS)


def one_point(column: float, row: float, view: str) -> Batch:
    grids = torch.zeros(1, 1, GRID.rows, GRID.columns)
    grids[0, 0, int(row), int(column)] = 1.0
    points = torch.full((1, len(WORDS.landmarks), SLOTS, 2), float("nan"))
    points[0, 0, 0] = torch.tensor([column, row])
    return Batch(grids, torch.tensor([WORDS.views.index(view)]), points, torch.ones_like(grids))


def test_a_depthwise_convolution_learns_as_pytorchs_own_does() -> None:
    torch.manual_seed(0)
    x, ours = torch.randn(3, 6, 9, 7, requires_grad=True), network.Depthwise(6, 5)
    theirs = torch.nn.Conv2d(6, 6, 5, 1, 2, groups=6, bias=False)
    theirs.load_state_dict(ours.state_dict())
    gradient = torch.randn(3, 6, 9, 7)
    found = []
    for layer in (ours, theirs):
        y = layer(x)
        y.backward(gradient)
        found.append((y.detach(), x.grad.clone(), layer.weight.grad))
        x.grad = None
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(("column", "row"), [(40.0, 80.0), (41.5, 81.5), (97.25, 150.0)])
def test_a_target_tops_where_its_point_is(column: float, row: float) -> None:
    heat = targets.heatmaps(one_point(column, row, "transverse_facet").points)[0, 0]
    top = int(heat.argmax())
    found = [STRIDE_CELLS * cell + (STRIDE_CELLS - 1) / 2 for cell in (top % heat.shape[1], top // heat.shape[1])]
    assert found == pytest.approx([column, row], abs=STRIDE_CELLS / 2)
    assert float(heat.max()) <= 1.0


def test_a_dim_point_tops_at_half_and_yields_to_a_clear_one() -> None:
    batch = one_point(41.5, 81.5, "transverse_facet")
    batch.points[0, 1, SIDES] = batch.points[0, 0, 0]
    clear, dim = targets.heatmaps(batch.points)[0, :2]
    assert torch.allclose(dim, targets.DIM_HEIGHT * clear)
    batch.points[0, 0, SIDES] = batch.points[0, 0, 0]
    assert torch.equal(targets.heatmaps(batch.points)[0, 0], clear)


def test_a_missing_point_leaves_its_channel_empty() -> None:
    heat = targets.heatmaps(one_point(40, 80, "transverse_facet").points)
    assert float(heat[0, 1:].max()) == 0.0


def test_every_view_has_full_weight_on_its_own_channels_only() -> None:
    weights = targets.channel_weights(torch.arange(len(WORDS.views)), WORDS)
    for index, view in enumerate(WORDS.views):
        own = WORDS.channels_of(view)
        assert all((float(weights[index, channel]) == 1.0) == (channel in own) for channel in range(len(WORDS.landmarks)))


@pytest.mark.parametrize("seed", range(12))
def test_points_move_with_the_picture(seed: int) -> None:
    batch = one_point(100, 90, "paramedian_oblique")
    batch.grids[0, 0, 86:95, 96:105] = 1.0
    strength = Strength(gamma=0, gain=0, no_view=0, noise=0, crop=0, shadow=0, air=0, marks=0, narrow=0, looks=NO_LOOKS)
    moved = augment.augmented(batch, WORDS, torch.Generator().manual_seed(seed), strength)
    mass = moved.grids[0, 0]
    rows, columns = torch.meshgrid(torch.arange(GRID.rows), torch.arange(GRID.columns), indexing="ij")
    centre = [float((mass * axis).sum() / mass.sum()) for axis in (columns, rows)]
    assert moved.points[0, 0, 0].tolist() == pytest.approx(centre, abs=0.3)


def test_sagittal_frames_are_never_mirrored() -> None:
    for seed in range(20):
        moved = augment.augmented(one_point(30, 90, "paramedian_oblique"), WORDS, torch.Generator().manual_seed(seed), STILL)
        assert float(moved.points[0, 0, 0, 0]) == pytest.approx(30, abs=1e-3)


def test_transverse_frames_are_mirrored_half_the_time() -> None:
    columns = [
        float(augment.augmented(one_point(30, 90, "transverse_facet"), WORDS, torch.Generator().manual_seed(seed), STILL).points[0, 0, 0, 0])
        for seed in range(40)
    ]
    mirrored = [abs(column - (GRID.columns - 1 - 30)) < 1e-3 for column in columns]
    assert all(flipped or abs(column - 30) < 1e-3 for flipped, column in zip(mirrored, columns, strict=True))
    assert 8 <= sum(mirrored) <= 32


def test_a_ruined_frame_is_no_view_and_has_no_points() -> None:
    ruined = augment.augmented(one_point(30, 90, "transverse_facet"), WORDS, torch.Generator().manual_seed(1), Strength(no_view=1.0))
    assert ruined.views.tolist() == [0]
    assert bool(torch.isnan(ruined.points).all())


def everywhere(view: str) -> Batch:
    """A white picture with a pair of points in every channel of the view."""
    points = torch.full((64, len(WORDS.landmarks), SLOTS, 2), float("nan"))
    for channel in WORDS.channels_of(view):
        points[:, channel] = torch.rand(64, SLOTS, 2, generator=torch.Generator().manual_seed(channel)) * (GRID.columns - 1)
    grids = torch.ones(64, 1, GRID.rows, GRID.columns)
    return Batch(grids, torch.full((64,), WORDS.views.index(view)), points, torch.ones_like(grids))


def test_what_air_covers_is_hidden_and_nothing_else_is() -> None:
    before = everywhere("transverse_facet")
    after = augment.augmented(before, WORDS, torch.Generator().manual_seed(3), replace(STILL, air=1.0))
    there = ~before.points[..., 0].isnan() & (after.views != 0)[:, None, None]
    plain = augment.augmented(before, WORDS, torch.Generator().manual_seed(3), STILL)  # the same mirrorings
    at = plain.points.nan_to_num().round().long()  # the nearest cell: at most a fifth lighter than the point
    greys = torch.stack([after.grids[n, 0][at[n, ..., 1], at[n, ..., 0]] for n in range(64)])
    hidden = after.points[..., 0].isnan() & there
    assert int(hidden.sum()) > 50
    assert float(greys[hidden].max()) < 0.9  # where it goes over, a cell beside the point is lighter than the point
    assert float(greys[there & ~hidden].min()) > 0.6


def test_a_view_of_which_air_leaves_next_to_nothing_is_none() -> None:
    before = one_point(95.5, 60, "transverse_facet")
    seen = [augment.augmented(before, WORDS, torch.Generator().manual_seed(seed), replace(STILL, air=1.0)) for seed in range(60)]
    assert {(int(one.views[0]), bool(one.points.isnan().all())) for one in seen} == {(0, True), (WORDS.views.index("transverse_facet"), False)}


@pytest.mark.parametrize("name", network.ARCHITECTURES)
def test_every_architecture_gives_a_heatmap_per_landmark_and_a_logit_per_view(name: str) -> None:
    built = network.build(name, landmarks=5, views=3).eval()
    with torch.no_grad():
        heat, view = built(torch.zeros(2, 1, GRID.rows, GRID.columns))
    assert heat.shape == (2, 5, GRID.rows // STRIDE_CELLS, GRID.columns // STRIDE_CELLS)
    assert view.shape == (2, 3)
    assert np.isfinite(heat.numpy()).all()


@pytest.mark.parametrize("name", network.ARCHITECTURES)
def test_no_body_tensor_leaves_its_range(name: str) -> None:
    """Weights blown up a hundredfold: every block still gives 0 to 6, every linear layer -LINEAR to LINEAR."""
    built = network.build(name, landmarks=5, views=3).eval()
    seen: list[tuple[float, float, float]] = []

    def note(module: torch.nn.Module, _: object, output: torch.Tensor) -> None:
        least = -network.LINEAR if isinstance(module, network.Saturate) else 0.0
        most = network.LINEAR if isinstance(module, network.Saturate) else 6.0
        seen.append((float(output.min()) - least, most - float(output.max()), float(output.abs().max())))

    watched = (network.Saturate, torch.nn.ReLU6, network.Separable, network.Inverted, network.Dense, network.Halve)
    for module in built.modules():
        if isinstance(module, watched):
            module.register_forward_hook(note)
    with torch.no_grad():
        for weight in built.parameters():
            weight.mul_(100)
        built(torch.rand(1, 1, GRID.rows, GRID.columns))
    assert len(seen) > 10
    assert all(low >= 0 and high >= 0 for low, high, _ in seen)
    assert any(largest == network.LINEAR for _, _, largest in seen)


def test_exported_layers_leave_saturation_to_int8() -> None:
    layer = network.Saturate()
    beyond = torch.tensor([-9.0, 0.5, 9.0])
    assert layer(beyond).tolist() == [-network.LINEAR, 0.5, network.LINEAR]
    layer.exporting = True
    assert layer(beyond).tolist() == beyond.tolist()


def test_weights_come_back_and_are_half_the_size(tmp_path: Path) -> None:
    built = network.build("hybrid_a", landmarks=5, views=3)
    fit.write_weights(tmp_path / "w.npz", built)
    found = fit.read_weights(tmp_path / "w.npz")
    again = network.build("hybrid_a", landmarks=5, views=3)
    again.load_state_dict(found)
    for name, value in built.state_dict().items():
        assert torch.allclose(found[name].float(), value.float(), rtol=1e-3, atol=1e-6), name
    assert (tmp_path / "w.npz").stat().st_size < 2.4 * sum(value.numel() for value in built.state_dict().values()) + 40_000


@pytest.mark.parametrize("name", ["none.npz", "none.pt", "text.npz", "text.pt"])
def test_what_holds_no_weights_is_named(tmp_path: Path, name: str) -> None:
    if name.startswith("text"):
        (tmp_path / name).write_text("no weights")
    with pytest.raises(ValueError, match=r"no weights: give the \.weights\.npz"):
        fit.read_weights(tmp_path / name)


def test_a_work_folder_belongs_to_its_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = train.parsed(["--work", str(tmp_path)])
    train._bound_to(tmp_path / "options.json", train._stated(first))
    train._bound_to(tmp_path / "options.json", train._stated(train.parsed(["--work", str(tmp_path), "--workers", "1"])))
    assert train.main(["--work", str(tmp_path), "--seed", "7"]) == 2
    assert "seed 6 there, 7 now" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--steps", "-1"], ["--views", "elbow"], ["--architecture", "none"], ["--out", "no/model.tflite"],
                                   ["--frames", "no"], ["--from", "no.npz"]])  # fmt: skip
def test_options_that_cannot_be_leave_the_work_folder_free(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert train.main(["--work", "work", "--out", "model.tflite", *words]) == 2
    assert list(tmp_path.iterdir()) == []


def test_calibrating_again_keeps_the_network_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    networks, fields = export.unpacked(runner.BUNDLED)
    before, _ = manifests.read(runner.BUNDLED)
    other = replace(before, target_risk=replace(before.target_risk, most=0.4))
    monkeypatch.setattr(train, "_validation_set", lambda options, views: ("validation", options.validation_frames, views))
    given: list[Any] = []
    monkeypatch.setattr(train.calibrate, "calibrated", lambda *rest: (other, given.append(rest[-1])))
    arguments = ["--calibrate", str(runner.BUNDLED), "--work", str(tmp_path), "--out", str(tmp_path / "a.tflite"), "--validation-frames", "7"]
    assert train.main(arguments) == 0
    assert given == [("validation", fields["training"]["options"]["validation_frames"], before.views[1:])]
    same, written = export.unpacked(tmp_path / "a.tflite")
    assert same == networks
    assert manifests.read(tmp_path / "a.tflite")[0].target_risk == other.target_risk
    assert written["training"] | {"calibrated": ""} == fields["training"] | {"calibrated": ""}
    assert written["training"]["calibrated"]


def test_joined_networks_take_turns(tmp_path: Path) -> None:
    networks, fields = export.unpacked(runner.BUNDLED)
    turned = (*networks[1:], networks[0])
    joined, found = export.joined([((network,), fields | {"training": {"commit": str(number)}}) for number, network in enumerate(turned)])
    assert joined == turned
    assert found["training"] == {"commit": "0", "others": [{"commit": str(number)} for number in range(1, len(turned))]}
    export.write(tmp_path / "joined.tflite", export.packed(joined, found))
    model, shipped = runner.load(tmp_path / "joined.tflite"), runner.load()
    grid = np.random.default_rng(3).integers(-128, 128, (1, GRID.rows, GRID.columns, 1), np.int8)
    said = [model.invoke(ModelInput(grid, (1.0, 0.0, 1.0, 0.0), False, turn)).heatmaps_int8 for turn in range(len(turned) + 1)]
    assert np.array_equal(said[0], shipped.invoke(ModelInput(grid, (1.0, 0.0, 1.0, 0.0), False, 1)).heatmaps_int8)
    assert np.array_equal(said[0], said[-1])
    assert not np.array_equal(said[0], said[1])


@pytest.mark.parametrize("key", ["views", "view_logits"])
def test_networks_that_do_not_speak_alike_are_not_joined(key: str) -> None:
    networks, fields = export.unpacked(runner.BUNDLED)
    with pytest.raises(ValueError, match=f"the models' {key} are not the same"):
        export.joined([(networks, fields), (networks, fields | {key: "other"})])


def test_a_network_that_speaks_in_other_steps_than_its_manifest_is_refused(tmp_path: Path) -> None:
    networks, fields = export.unpacked(runner.BUNDLED)
    export.write(tmp_path / "other.tflite", export.packed(networks, fields | {"view_logits": {"scale": 0.2, "zero_point": 32}}))
    with pytest.raises(manifests.ModelError, match=r"not at 0\.2, 32"):
        runner.load(tmp_path / "other.tflite")


def test_a_model_from_before_there_was_a_risk_is_calibrated_again_and_not_run(tmp_path: Path) -> None:
    networks, fields = export.unpacked(runner.BUNDLED)
    del fields["target_risk"]
    export.write(tmp_path / "old.tflite", export.packed(networks, fields))
    assert export.unpacked(tmp_path / "old.tflite") == (networks, fields)
    with pytest.raises(manifests.ModelError, match="target_risk"):
        runner.load(tmp_path / "old.tflite")


def test_a_model_made_with_labelled_frames_is_not_calibrated_without_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    networks, fields = export.unpacked(runner.BUNDLED)
    fields["training"]["options"]["frames"] = "ours"
    export.write(tmp_path / "tuned.tflite", export.packed(networks, fields))
    assert train.main(["--calibrate", str(tmp_path / "tuned.tflite"), "--work", str(tmp_path / "w"), "--out", str(tmp_path / "a.tflite")]) == 2
    assert "train it again with them" in capsys.readouterr().err


@pytest.mark.slow
def test_exporting_leaves_the_network_clamping() -> None:
    """Once it did not, and the int8 model was compared with a network that saturates nowhere."""
    built = network.build("hybrid_a", landmarks=5, views=3).to(memory_format=torch.contiguous_format).eval()
    export._converted(network.Deployed(built), np.random.default_rng(0).integers(0, 256, (2, GRID.rows, GRID.columns), np.uint8))
    assert not any(module.exporting for module in built.modules() if isinstance(module, network.Saturate))


def test_rounded_activations_stand_on_int8_steps_and_pass_the_gradient() -> None:
    for layer, step in ((network.Relu(), 6 / 255), (network.Saturate(), 2 * network.LINEAR / 255)):
        network.set_rounding(layer, True)
        x = torch.linspace(-7, 7, 999, requires_grad=True)
        y = layer(x)
        assert torch.allclose(y / step, torch.round(y / step), atol=1e-3)
        y.sum().backward()
        network.set_rounding(layer, False)
        still = x.detach().clone().requires_grad_()
        layer(still).sum().backward()
        assert x.grad is not None
        assert still.grad is not None
        assert torch.equal(x.grad, still.grad)
        assert float((layer(still) - y).abs().max()) <= step / 2 + 1e-4


def test_settled_statistics_stay_and_are_used() -> None:
    built = network.build("separable", landmarks=5, views=3).train()
    fit.settle(built)
    before = {name: value.clone() for name, value in built.named_buffers()}
    grids = torch.rand(2, 1, GRID.rows, GRID.columns, generator=torch.Generator().manual_seed(1))
    heat, view = built(grids)
    assert all(torch.equal(value, before[name]) for name, value in built.named_buffers())
    alone = built(grids[:1])  # with statistics of the batch the other frame would change this one's answer
    assert torch.allclose(alone[0], heat[:1], atol=1e-4)
    assert torch.allclose(alone[1], view[:1], atol=1e-4)
    assert any(parameter.requires_grad for parameter in built.parameters())


def test_the_rate_falls_to_nothing_in_each_phase() -> None:
    schedule = fit.Schedule(steps=1000, rounded_steps=100, settled_steps=50, rate=1.0, rounded_rate=0.5, settled_rate=0.25, warm_up=10)
    rates = [schedule.rate_at(step) for step in range(schedule.total)]
    assert max(rates[:1000]) == 1.0
    assert rates[999] < 1e-4
    assert rates[1000] == 0.5
    assert rates[1099] < 1e-3
    assert rates[1100] == 0.25
    assert rates[-1] < 1e-3
    onwards = fit.Schedule(steps=0, rounded_steps=100, rounded_rate=0.5, warm_up=10)
    assert onwards.rate_at(0) == pytest.approx(0.05)
    assert onwards.rate_at(9) == pytest.approx(0.5, rel=0.05)
    assert all(later <= sooner for sooner, later in pairwise(rates[10:1000]))


def test_the_rate_falls_no_lower_than_is_asked() -> None:
    rates = [fit.Schedule(steps=1000, rate=1.0, lowest_share=0.3, warm_up=10).rate_at(step) for step in range(1000)]
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(("share", "hardest"), [(0.0, 0), (1.0, 40), (0.4, 16)])
def test_as_many_batches_wear_the_hardest_looks_as_are_asked(share: float, hardest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Strength] = []

    def noted(batch: Batch, *others: Any) -> Batch:
        seen.append(others[2])
        return batch

    monkeypatch.setattr(augment, "augmented", noted)
    samples = dark_and_bright(6)
    schedule = fit.Schedule(steps=20, batch=1, hard_share=share)
    for step in range(40):
        fit._batch(samples, fit._pools(samples), fit._pools(samples), schedule, step)
    assert sum(strength == Strength() for strength in seen) == pytest.approx(hardest, abs=8 * (0 < share < 1))


def dark_and_bright(count: int) -> Samples:
    """Frames that are dark where they show no view and bright where they show one, but for the last of each, which looks like the other."""
    words = vocabulary(("transverse_facet",))
    views = np.arange(count) % 2
    grey = np.where(views == 0, 20, 200)
    grey[-2:] = grey[-2:][::-1]
    grids = np.broadcast_to(grey[:, None, None].astype(np.uint8), (count, GRID.rows, GRID.columns)).copy()
    points = np.full((count, len(words.landmarks), SLOTS, 2), np.nan, np.float32)
    return Samples(words, grids, views.astype(np.int64), points, np.arange(count), np.full(count, "x"), whole_grid(count))


class Brightness(torch.nn.Module):
    """Takes what is bright for the first view."""

    def forward(self, x: Any) -> Any:
        bright = x.mean((1, 2, 3))
        return None, torch.stack([0.5 - bright, bright - 0.5], 1)


def test_the_hardest_frames_are_those_taken_for_another_view() -> None:
    hard = mining.hardest(Brightness(), dark_and_bright(20))  # type: ignore[arg-type]
    assert [found.tolist() for found in hard] == [[18], [19]]


class UnpluggedError(Exception):
    pass


class UnpluggedAt:
    """A log that ends the training at a step, as a lost board does."""

    def __init__(self, step: int) -> None:
        self.left = step

    def write(self, text: str) -> None:
        self.left -= text.count("\n")
        if self.left <= 0:
            raise UnpluggedError

    def flush(self) -> None:
        pass


def test_a_step_moves_every_weight_and_kernels_by_a_like_length_in_all_directions() -> None:
    """Muon's part: whatever the gradient, a kernel's step has all its singular values near one another."""
    torch.manual_seed(0)
    made = network.build("hybrid_a", landmarks=27, views=11)
    before = {name: value.detach().clone() for name, value in made.named_parameters()}
    optimiser = Optimiser(made, rate=0.01, decay=0.0)
    heat, logits = made(torch.rand(2, 1, GRID.rows, GRID.columns))
    (heat.square().mean() + logits.square().mean()).backward()
    optimiser.step(0.01)
    assert [name for name, value in made.named_parameters() if torch.equal(value, before[name]) or value.grad is not None] == []
    step = (made.to_8[0].conv.weight - before["to_8.0.conv.weight"]).detach().permute(0, 2, 3, 1).flatten(1)
    values = torch.linalg.svdvals(step)
    assert values[0] < 3 * values[-1]


def test_a_training_cut_short_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "CHECKPOINT_EVERY", 2)
    monkeypatch.setattr(fit, "LOG_EVERY", 1)
    samples = dark_and_bright(20)
    schedule = fit.Schedule(steps=7, batch=2, mine_every=3, mined_share=0.9)

    def trained(folder: Path, log: Any = None) -> dict[str, Any]:
        folder.mkdir(exist_ok=True)
        return fit.fit(samples, architecture="separable", schedule=schedule, folder=folder, log=log).state_dict()  # type: ignore[no-any-return]

    with pytest.raises(UnpluggedError):
        trained(tmp_path / "cut", UnpluggedAt(5))
    whole, resumed = trained(tmp_path / "whole"), trained(tmp_path / "cut")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_narrow_field_hides_what_lies_beyond_it_and_keeps_the_rest() -> None:
    points = torch.full((40, len(WORDS.landmarks), SLOTS, 2), float("nan"))
    facet, spinous = WORDS.landmarks.index("facet"), WORDS.landmarks.index("spinous_process")
    points[:, spinous, 0] = torch.tensor([95.0, 60.0])
    points[:, facet, 0] = torch.tensor([8.0, 90.0])
    grids = torch.ones(40, 1, GRID.rows, GRID.columns)
    before = Batch(grids, torch.full((40,), WORDS.views.index("transverse_facet")), points, torch.ones_like(grids))
    after = augment._narrowed(before, WORDS, torch.Generator().manual_seed(1), replace(STILL, narrow=1.0))
    assert after.points[:, facet].isnan().all()
    assert not after.points[:, spinous, 0].isnan().any()
    assert bool((after.views == before.views).all())
    assert float(after.masks[:, :, :, 8].max()) == 0.0
