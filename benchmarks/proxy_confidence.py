"""Fits the confidence of proxies on rendered pairs and shows how it sorts errors on pairs it was not fitted on.

    python benchmarks/proxy_confidence.py [PAIRS]

Nothing is written: the numbers printed are those of `wilddepth.proxies.confidence.WEIGHTS`.
"""

import sys

import numpy as np
import torch

from wilddepth.proxies.attach import eight_bit
from wilddepth.proxies.confidence import measurements
from wilddepth.proxies.sgm import MatcherSettings, match_pair
from wilddepth.worlds.catalog import render


def gathered(pairs: range, world: str, keep: int) -> tuple[np.ndarray, np.ndarray]:
    """Measurements of random pixels with a match, and whether the match is right (3 px or 5 %)."""
    rows, right = [], []
    for index in pairs:
        sample, truth = render(world, 99, index, 256, 512)
        left, other = eight_bit(sample.image)[0], eight_bit(sample.stereo().right)[0]
        view = match_pair(left, other, MatcherSettings()).left
        known = truth.disparity[0, 0].numpy()
        error = np.abs(view.disparity - known)
        chosen = np.random.default_rng(index).permutation(known.size)[:keep]
        chosen = chosen[np.isfinite(view.disparity).ravel()[chosen]]
        rows.append(measurements(view, left).reshape(-1, 5)[chosen])
        right.append((~((error > 3) & (error > 0.05 * known))).ravel()[chosen])
    return np.concatenate(rows), np.concatenate(right)


def fitted(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Logistic regression by L-BFGS."""
    x = torch.from_numpy(np.concatenate([rows, np.ones((len(rows), 1))], axis=1)).double()
    y, w = torch.from_numpy(right).double(), torch.zeros(6, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y) + 1e-4 * w.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return w.detach().numpy()


def main() -> None:
    """Fit, and print weights and reliability."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    weights = fitted(*gathered(range(pairs), "all", 4000))
    print("weights:", np.round(weights, 3).tolist())
    rows, right = gathered(range(pairs, pairs + pairs // 2), "all", 4000)
    confidence = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
    for low, high in zip((0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95), (0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.01), strict=True):
        bin_ = (confidence >= low) & (confidence < high)
        print(f"confidence {low:.2f}..{high:.2f}: share {bin_.mean():.3f}, right {right[bin_].mean() if bin_.any() else 0:.3f}")


if __name__ == "__main__":
    main()
