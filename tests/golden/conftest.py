"""What golden tests of networks share: the inputs and weights that tests/golden's numbers were made with."""

import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from wilddepth.networks.block import Norm


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """This module."""
    return sys.modules[__name__]


def picture(height, width, shift, step=0):
    """The test image (1 3 h w), float32, 0..1; the right view has step = 4."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    channels = [0.5 + 0.5 * np.sin(0.05 * (x + step) * (c + 1) + 0.07 * y + shift) for c in range(3)]
    return torch.from_numpy(np.stack(channels))[None].float()


def hash_uniform(stream, index):
    """The 32-bit hash of the golden numbers: words to [0, 1)."""
    word = (index.astype(np.uint64) + np.uint64(1000003 * stream)) % np.uint64(2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = ((word ^ (word >> np.uint64(shift))) * np.uint64(factor)) % np.uint64(2**32)
    return (word ^ (word >> np.uint64(16))).astype(np.float64) / 2**32


@torch.no_grad()
def fill(layers, filling, gain=1.0):
    """Give the layers, counted from 1 in their order, the weights of the golden numbers (times `gain`)."""
    for k, layer in enumerate(layers, start=1):
        if isinstance(layer, Norm):
            fill_norm(layer, k)
            continue
        assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Conv3d)
        fan_in, index = layer.in_channels * layer.weight[0, 0].numel(), np.arange(layer.weight.numel())
        if filling == "hash":
            weight = np.sqrt(6 / fan_in) * (2 * hash_uniform(k, index) - 1)
        else:
            weight = np.sqrt(2 / fan_in) * np.sin(0.7 * k + 0.011 * index)
        layer.weight.copy_(torch.from_numpy(gain * weight).view_as(layer.weight))
        if layer.bias is not None:
            layer.bias.copy_(torch.from_numpy(0.01 * np.cos(k + np.arange(layer.bias.numel()))))


def fill_norm(layer, k):
    """The same for a normalisation, which counts as a layer."""
    j = np.arange(layer.weight.numel())
    layer.weight.copy_(torch.from_numpy(1 + 0.1 * np.sin(0.7 * k + 0.5 * j)))
    layer.bias.copy_(torch.from_numpy(0.01 * np.cos(k + j)))
    layer.running_mean.copy_(torch.from_numpy(0.05 * np.sin(0.3 * k + j)))
    layer.running_var.copy_(torch.from_numpy(1 + 0.2 * np.cos(0.2 * k + j)))


def assert_summary(array, expected, *, rtol, atol):
    """Shape, mean, standard deviation and samples of an array are those of the oracle."""
    array = array.detach().double()
    assert list(array.shape) == expected["shape"]
    index, values = np.array(expected["samples"]).T
    np.testing.assert_allclose(array.flatten()[index.astype(int)], values, rtol=rtol, atol=atol)
    np.testing.assert_allclose(array.mean(), expected["mean"], rtol=rtol, atol=atol)
    np.testing.assert_allclose(array.std(correction=0), expected["std"], rtol=rtol, atol=atol)
