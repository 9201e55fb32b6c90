"""How likely a number is wrong: its view is another, or its target hidden or far off. One measure of all that speaks of it."""

from __future__ import annotations

from math import exp, log

from edge.model.manifest import TargetRisk

ROOM = 1e-4  # a probability is never nearer to 0 or 1 than this: int8 tells no more
MOST_ODDS = 500.0  # of a logarithm: beyond it exp overflows
GREYS = 255.0


def signs(view_confidence: float, confidence: float, contrast: float) -> tuple[float, float, float]:
    """What speaks for a number: log odds of the view, confidence of the target, contrast of its echo as a share of white."""
    return log((view_confidence + ROOM) / (1 - view_confidence + ROOM)), confidence, contrast / GREYS


def risk_of(risk: TargetRisk, procedure: str, *, view_confidence: float, confidence: float, contrast: float) -> float:
    """0 to 1. A procedure without a move of its own is as risky as the others."""
    view, target, echo = signs(view_confidence, confidence, contrast)
    odds = risk.level + risk.procedures.get(procedure, 0.0) - risk.view * view - risk.confidence * target - risk.contrast * echo
    return 1 / (1 + exp(-max(-MOST_ODDS, min(MOST_ODDS, odds))))
