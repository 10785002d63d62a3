"""Fits the confidence of proxies on rendered pairs and shows how it sorts errors on pairs it was not fitted on.

    python benchmarks/proxy_confidence.py [PAIRS]

Nothing is written: the numbers printed are those of `wilddepth.proxies.fusion.WEIGHTS` and `MATCHERS`.
"""

import sys

import numpy as np
import torch

from wilddepth.proxies.attach import eight_bit
from wilddepth.proxies.confidence import measurements, usable
from wilddepth.proxies.fusion import MATCHERS, ProxySettings, fused, match_with_all
from wilddepth.worlds.catalog import render

WORLD, SEED, SIZE = "flat-all", 99, (320, 896)
PIXELS = 4000
"""Looked at in each pair, anywhere in it: occluded pixels too, for a label must not be sure of them."""


def right_to_three(disparity: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Whether a disparity is right to 3 px or 5 %."""
    error = np.abs(disparity - known)
    return (error <= 3) | (error <= 0.05 * known)


def gathered(index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random pixels of a pair (pixels, matchers, ...) on which some matcher is not contradicted.

    Returns:
        The measurements and which matcher they are of (one column each); whether it may speak; whether it is right.
    """
    sample, truth = render(WORLD, SEED, index, *SIZE)
    pair, known = sample.stereo(), truth.disparity[0, 0].numpy()
    matched = match_with_all(eight_bit(pair.left)[0], eight_bit(pair.right)[0], ProxySettings())
    views = [found.left for found in matched]
    allowed = np.stack([usable(view).ravel() for view in views], axis=-1)
    chosen = np.random.default_rng(index).permutation(np.flatnonzero(allowed.any(axis=-1)))[:PIXELS]
    rows = [
        measurements(view, views[:number] + views[number + 1 :]).reshape(known.size, -1)[chosen]
        for number, view in enumerate(views)
    ]
    names = np.broadcast_to(np.eye(len(views)), (len(chosen), len(views), len(views)))
    right = [right_to_three(view.disparity, known).ravel()[chosen] for view in views]
    return np.concatenate([np.stack(rows, axis=1), names], axis=-1), allowed[chosen], np.stack(right, axis=1)


def logistic(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Logistic regression by L-BFGS; the constant is up to the rows."""
    x, y = torch.from_numpy(rows).double(), torch.from_numpy(right).double()
    w = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y) + 1e-4 * w.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return w.detach().numpy()


def fitted(rows: np.ndarray, allowed: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Weights, and a constant for each matcher, for the confidence of the matcher that decides.

    The most confident of several is less often right than it believes: scale and offset are fitted again on it.
    """
    weights = logistic(rows[allowed], right[allowed])
    logits = np.where(allowed, rows @ weights, -np.inf)
    best = logits.argmax(axis=1)[:, None]
    winner, won = (np.take_along_axis(values, best, axis=1) for values in (logits, right))
    scale, offset = logistic(np.concatenate([winner, np.ones_like(winner)], axis=1), won[:, 0])
    return weights * scale + np.where(np.arange(len(weights)) >= len(weights) - len(MATCHERS), offset, 0)


def fused_pixels(index: int) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of every pixel of a pair with the numbers now in the package, and whether it is right."""
    sample, truth = render(WORLD, SEED, index, *SIZE)
    left, other = eight_bit(sample.image)[0], eight_bit(sample.stereo().right)[0]
    found = fused([pair.left for pair in match_with_all(left, other, ProxySettings())], left, keep=0.0)
    return found.confidence.ravel(), right_to_three(found.disparity, truth.disparity[0, 0].numpy()).ravel()


def main() -> None:
    """Fit, and print weights and reliability."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    found = (np.concatenate(parts) for parts in zip(*map(gathered, range(pairs)), strict=True))
    weights = np.round(fitted(*found), 2).tolist()
    print("weights:", weights[: -len(MATCHERS)], "constants:", weights[-len(MATCHERS) :])
    unseen = range(pairs, pairs + max(1, pairs // 3))
    confidence, right = (np.concatenate(parts) for parts in zip(*map(fused_pixels, unseen), strict=True))
    for low, high in zip((0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95), (0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.01), strict=True):
        inside = (confidence >= low) & (confidence < high)
        mean = right[inside].mean() if inside.any() else float("nan")
        print(f"confidence {low:.2f}..{high:.2f}: share {inside.mean():.3f}, right {mean:.3f}")


if __name__ == "__main__":
    main()
