"""Formulas, protocols, and the scoring of a prediction under a protocol."""

from wilddepth.metrics.score import Score, score

__all__ = ["Score", "score"]
