"""The networks: one grey metric grid in, a heatmap per landmark and a logit per view out, of operators that quantise whole.

Rule 1: no tensor of the body leaves 0 to 6, or -LINEAR to LINEAR where it may be negative. Runtimes round half a step differently: with residual
streams left free (steps of 0.1 to 0.3) that put landmarks up to 2 mm apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Block = Literal["separable", "inverted", "dense"]
LINEAR = 4.0  # int8 saturates there: export sets the ranges, no operator clamps
PEAK = 6.0  # the same of heatmap logits: 0.0025 to 0.9975, where a heatmap holds nothing and all


@dataclass(frozen=True, slots=True)
class Shape:
    """widths: channels at strides 2, 4, 8, 16. kinds, depths: blocks at strides 4, 8, 16. decoder: blocks at strides 4 and 8 after the add-skip."""

    widths: tuple[int, int, int, int]
    kinds: tuple[Block, Block, Block]
    depths: tuple[int, int, int]
    decoder: tuple[int, int] = (1, 1)
    kernel: int = 5


SEPARABLE: tuple[Block, Block, Block] = ("separable", "separable", "separable")
INVERTED: tuple[Block, Block, Block] = ("inverted", "inverted", "inverted")
DENSE: tuple[Block, Block, Block] = ("dense", "dense", "dense")
HYBRID: tuple[Block, Block, Block] = ("dense", "dense", "separable")
ARCHITECTURES: dict[str, Shape] = {
    "separable": Shape((12, 24, 48, 96), SEPARABLE, (1, 2, 3)),
    "inverted": Shape((12, 20, 32, 64), INVERTED, (1, 2, 3)),
    "dense": Shape((8, 16, 32, 64), DENSE, (1, 1, 2)),
    "hybrid_a": Shape((8, 16, 32, 96), HYBRID, (1, 1, 5)),
    "hybrid_b": Shape((8, 16, 32, 64), HYBRID, (1, 2, 6)),
    "hybrid_c": Shape((8, 24, 32, 64), HYBRID, (0, 1, 6)),
    "hybrid_d": Shape((8, 16, 32, 80), HYBRID, (1, 2, 5)),
}


class _DepthwiseProduct(torch.autograd.Function):
    """A depthwise convolution of stride 1 whose gradients are a flipped convolution and kernel x kernel sums: on CPUs PyTorch's own took a fifth of
    a training step, twice as long as this."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return functional.conv2d(x, weight, padding=weight.shape[-1] // 2, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        kernel, reach = weight.shape[-1], weight.shape[-1] // 2
        rows, columns = x.shape[2:]
        to_x = functional.conv2d(gradient, weight.to(gradient.dtype).flip(2, 3), padding=reach, groups=len(weight))
        padded = functional.pad(x.to(gradient.dtype), (reach, reach, reach, reach))
        shifted = (padded[:, :, i : i + rows, j : j + columns] for i in range(kernel) for j in range(kernel))
        to_weight = torch.stack([(part * gradient).sum((0, 2, 3)) for part in shifted], 1).view_as(weight)
        return to_x.to(x.dtype), to_weight.to(weight.dtype)


class Depthwise(nn.Conv2d):
    """nn.Conv2d with a group a channel and stride 1, learnt faster."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__(width, width, kernel, 1, kernel // 2, groups=width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and torch.is_grad_enabled()):
            return super().forward(x)  # what the exporter knows
        y: Tensor = _DepthwiseProduct.apply(x, self.weight)  # type: ignore[no-untyped-call]
        return y


def conv(inputs: int, outputs: int, *, kernel: int = 1, groups: int = 1, relu: bool = True) -> nn.Sequential:
    depthwise = groups == inputs == outputs > 1
    product = Depthwise(inputs, kernel) if depthwise else nn.Conv2d(inputs, outputs, kernel, 1, kernel // 2, groups=groups, bias=False)
    layers: list[nn.Module] = [product, nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, Relu() if relu else Saturate())


class Relu(nn.Module):
    """0 to 6. rounding: to int8's steps, as the exported model will; the gradient passes as if it did not."""

    rounding = False

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(x)
        return _stepped(y, 6 / 255) if self.rounding else y


class Saturate(nn.Module):
    """What int8 does to a value beyond its range. In training a clamp; exported as nothing, since the range itself does it. rounding: as Relu's."""

    exporting = False
    rounding = False

    def forward(self, x: Tensor) -> Tensor:
        if self.exporting:
            return x
        y = functional.hardtanh(x, -LINEAR, LINEAR)  # one kernel back where clamp takes three
        return _stepped(y, 2 * LINEAR / 255) if self.rounding else y


def _stepped(x: Tensor, step: float) -> Tensor:
    return x + (torch.round(x / step) * step - x).detach()


def set_rounding(network: nn.Module, rounding: bool) -> None:
    """Whether every activation is rounded as int8 will round it: a network that has never met that can lean on what an int8 step swallows."""
    for module in network.modules():
        if isinstance(module, (Relu, Saturate)):
            module.rounding = rounding


class Halve(nn.Module):
    """3 x 3, stride 2. Padded on the right and below only, which is what SAME means in TFLite: a symmetric pad would stay as an operator."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 2, 0, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.out = Relu()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(self.norm(self.conv(functional.pad(x, (0, 1, 0, 1)))))
        return y


class Separable(nn.Module):
    """Residual: wide depthwise, two pointwise."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            conv(width, width, kernel=kernel, groups=width, relu=False), conv(width, width), conv(width, width, relu=False)
        )
        self.out = Relu()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(x + self.inner(x))
        return y


class Inverted(nn.Module):
    """Residual: pointwise up to twice the width, depthwise, pointwise down."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            conv(width, 2 * width),
            conv(2 * width, 2 * width, kernel=kernel, groups=2 * width),
            conv(2 * width, width, relu=False),
        )
        self.out = Relu()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(x + self.inner(x))
        return y


class Dense(nn.Module):
    """Residual: two 3 x 3."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        del kernel
        self.inner = nn.Sequential(conv(width, width, kernel=3), conv(width, width, kernel=3, relu=False))
        self.out = Relu()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(x + self.inner(x))
        return y


BLOCKS: dict[Block, type[Separable] | type[Inverted] | type[Dense]] = {
    "separable": Separable,
    "inverted": Inverted,
    "dense": Dense,
}


def up(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


class Network(nn.Module):
    """x: float (n, 1, rows, columns), grey / 255. Gives heatmap logits (n, landmarks, rows / 4, columns / 4) and view logits (n, views)."""

    def __init__(self, shape: Shape, *, landmarks: int, views: int) -> None:
        super().__init__()
        two, four, eight, sixteen = shape.widths

        def blocks(level: int, count: int) -> nn.Sequential:
            block, width = BLOCKS[shape.kinds[level]], shape.widths[level + 1]
            return nn.Sequential(*[block(width, shape.kernel) for _ in range(count)])

        self.to_2 = Halve(1, two)
        self.to_4 = nn.Sequential(Halve(two, four), blocks(0, shape.depths[0]))
        self.to_8 = nn.Sequential(Halve(four, eight), blocks(1, shape.depths[1]))
        self.to_16 = nn.Sequential(Halve(eight, sixteen), blocks(2, shape.depths[2]))
        self.up_8 = conv(sixteen, eight, relu=False)
        self.at_8 = blocks(1, shape.decoder[1])
        self.up_4 = conv(eight, four, relu=False)
        self.joined = Relu()
        self.at_4 = blocks(0, shape.decoder[0])
        peaks = nn.Conv2d(max(four, 32), landmarks, 1)
        self.heat = nn.Sequential(conv(four, max(four, 32)), peaks)
        self.glance = conv(sixteen, 64)
        self.view = nn.Linear(64, views)
        assert peaks.bias is not None
        nn.init.constant_(peaks.bias, -5.0)  # a cell is near a landmark about once in 200

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        four = self.to_4(self.to_2(x))
        eight = self.to_8(four)
        sixteen = self.to_16(eight)
        eight = self.at_8(self.joined(eight + up(self.up_8(sixteen))))
        four = self.at_4(self.joined(four + up(self.up_4(eight))))
        # channels last before the mean: the converter then needs no TRANSPOSE
        return self.heat(four), self.view(self.glance(sixteen).permute(0, 2, 3, 1).mean((1, 2)))


class Deployed(nn.Module):
    """What is exported: peaks as probabilities in 0 to 1, so that the output quantises at 1/256."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        heat, view = self.network(x)
        return torch.sigmoid(heat), view


def build(name: str, *, landmarks: int, views: int) -> Network:
    """An architecture by name, channels last in memory."""
    network = Network(ARCHITECTURES[name], landmarks=landmarks, views=views)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def multiply_adds(network: Network, *, rows: int, columns: int) -> int:
    """Of all convolutions, for one frame."""
    total = 0

    def count(module: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        total += output[0].numel() * module.weight[0].numel()

    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, nn.Conv2d)]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, 1, rows, columns))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
