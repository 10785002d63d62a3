"""What the checkpoints of published networks hold: their names and shapes, and the names used here.

A table maps each name in the file to the name and shape of the tensor. Names here are those of the network in this
package where there is one (stereo networks), torchvision's for its residual networks, and otherwise say what the
layer does.

Sources:
    MADNet and DispNetC: the code published with Tonioni et al., CVPR 2019, and its variables. MADNet 2: the published
    PyTorch code of Poggi and Tosi, CVPR 2024. StereoNet: Khamis et al., ECCV 2018, in the PyTorch port with named
    segments (K = 3). Residual networks: He et al., CVPR 2016, table 1, under torchvision's names. monodepth2: Godard
    et al., ICCV 2019, the four parts of a published model.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Literal

from wilddepth.engine.published_arrays import arrays
from wilddepth.engine.published_table import Entry, Published, Setting, Shape, convolution, normalisation

Kind = Literal["madnet2", "stereonet", "torchvision-resnet", "monodepth2", "npz"]
NOTES: Mapping[str, str] = {
    "madnet2": "no licence file was found beside the published code and weights: ask their authors first",
    "stereonet": "ports of this network differ in licence: see the page that the file comes from",
    "torchvision-resnet": "torchvision's code is BSD; the weights come from ImageNet, which has terms of its own",
    "monodepth2": "the published weights are for non-commercial use; its authors assert a patent on the method",
    "npz": "the original code of MADNet and this DispNetC is Apache-2.0; other exports may have other terms",
}
"""What is known about licences, by kind; no advice."""


def candidates(kind: Kind) -> tuple[Published, ...]:
    """The networks that a file of a kind may hold."""
    return _KINDS[kind]()


_PYRAMID = (16, 32, 64, 96, 128, 192)
_MADNET2_DECODER = (128, 128, 96, 64, 1)


def madnet2() -> tuple[Published, ...]:
    """Six blocks of two convolutions, and at each level a decoder of five."""
    return (Published("madnet2", dict(_madnet2()), runs="madnet2"),)


def _madnet2() -> Iterator[tuple[str, Entry]]:
    for block, (before, after) in enumerate(zip((3, *_PYRAMID[:-1]), _PYRAMID, strict=True), start=1):
        for place, inputs in ((0, before), (1, after)):
            theirs = f"feature_extraction.block{block}.{2 * place}.0"
            yield from convolution(theirs, f"pyramid.{2 * (block - 1) + place}", (after, inputs, 3, 3))
    for level in range(6, 1, -1):
        inputs = _PYRAMID[level - 1] + 5 + (level < 6)  # features, correlation of radius 2, the coarser prediction
        for place, outputs in enumerate(_MADNET2_DECODER):
            shape = (outputs, inputs, 3, 3)
            yield from convolution(f"decoder{level}.decoder.{2 * place}.0", f"decoders.{level}.{place}", shape)
            inputs = outputs


_WIDTH = 32
_PORT: Mapping[str, Setting] = {"halvings": 3, "largest": 256, "grid": "stretched"}
"""What the port is set to where nothing else is asked for; a checkpoint does not tell its largest disparity."""


def stereonet() -> tuple[Published, ...]:
    """K = 3 with a refinement at each of the three scales, or at the full resolution only."""
    return tuple(
        Published(
            f"stereonet-{count}", dict(_stereonet(count)), runs="stereonet", options={**_PORT, "refinements": word}
        )
        for count, word in ((3, "multi"), (1, "single"))
    )


def _stereonet(refiners: int) -> Iterator[tuple[str, Entry]]:
    for place, inputs in enumerate((3, _WIDTH, _WIDTH)):
        theirs = f"feature_extractor.net.segment_0_conv_{place}"
        yield from convolution(theirs, f"features.down.{place}", (_WIDTH, inputs, 5, 5))
    yield from _residual("feature_extractor.net", "features")
    yield from convolution("feature_extractor.net.segment_2_conv_0", "features.last", (_WIDTH, _WIDTH, 3, 3))
    for place in range(4):
        theirs = f"cost_volumizer.net.segment_0_conv_{place}"
        yield from convolution(theirs, f"cost.{place}.conv", (_WIDTH, _WIDTH, 3, 3, 3))
        yield from normalisation(f"cost_volumizer.net.segment_0_bn_{place}", f"cost.{place}.norm", _WIDTH)
    yield from convolution("cost_volumizer.net.segment_1_conv_0", "cost.last", (1, _WIDTH, 3, 3, 3))
    for place in range(refiners):
        theirs, ours = f"refiners.{place}.net", f"refiners.{place}"
        # The disparity beside the three colours.
        yield from convolution(f"{theirs}.segment_0_conv_0", f"{ours}.first", (_WIDTH, 4, 3, 3))
        yield from _residual(theirs, ours)
        yield from convolution(f"{theirs}.segment_2_conv_0", f"{ours}.last", (1, _WIDTH, 3, 3))


def _residual(theirs: str, ours: str) -> Iterator[tuple[str, Entry]]:
    """Six blocks of two convolutions without bias, each with a normalisation."""
    for block in range(6):
        for place in (1, 2):
            old, new = f"{theirs}.segment_1_res_{block}", f"{ours}.blocks.{block}"
            shape = (_WIDTH, _WIDTH, 3, 3)
            yield from convolution(f"{old}.conv_{place}", f"{new}.conv{place}", shape, bias=False)
            yield from normalisation(f"{old}.batch_norm_{place}", f"{new}.norm{place}", _WIDTH)


# Blocks of each of the four stages; from 50 layers on a block is a bottleneck, four times as wide at its end.
_RESNET_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_RESNET_WIDTHS = (64, 128, 256, 512)
_CLASSIFIER = r"(encoder\.)?fc\.(weight|bias)"


def torchvision_resnet() -> tuple[Published, ...]:
    """Residual networks of 18 to 152 layers; the classifier at the end is left out."""
    return tuple(Published(f"resnet-{layers}", dict(resnet(layers)), _CLASSIFIER) for layers in _RESNET_BLOCKS)


def resnet(layers: int, images: int = 1, *, theirs: str = "", ours: str = "") -> Iterator[tuple[str, Entry]]:
    """A residual network without its classifier.

    Args:
        layers: 18, 34, 50, 101 or 152.
        images: how many pictures are stacked at its input.
        theirs: before each name in the file.
        ours: before each name here.
    """
    for name, shape in _resnet_shapes(layers, images):
        if len(shape) == 1:
            yield from normalisation(theirs + name, ours + name, shape[0])
        else:
            yield from convolution(theirs + name, ours + name, shape, bias=False)


def resnet_channels(layers: int) -> tuple[int, ...]:
    """Channels of the five scales, finest first."""
    return (64, *(width * (4 if layers >= 50 else 1) for width in _RESNET_WIDTHS))


def _resnet_shapes(layers: int, images: int) -> Iterator[tuple[str, Shape]]:
    """Layer -> shape of its weight; one number for a normalisation."""
    yield "conv1", (64, 3 * images, 7, 7)
    yield "bn1", (64,)
    before, bottleneck = 64, layers >= 50
    for stage, (width, count) in enumerate(zip(_RESNET_WIDTHS, _RESNET_BLOCKS[layers], strict=True), start=1):
        after = width * (4 if bottleneck else 1)
        for block in range(count):
            name = f"layer{stage}.{block}"
            sides = (before, width, width, after) if bottleneck else (before, width, width)
            for place, (inputs, outputs) in enumerate(pairwise(sides), start=1):
                side = 1 if bottleneck and place != 2 else 3
                yield f"{name}.conv{place}", (outputs, inputs, side, side)
                yield f"{name}.bn{place}", (outputs,)
            if before != after:  # where shape or channels change, the way around has a convolution too
                yield f"{name}.downsample.0", (after, before, 1, 1)
                yield f"{name}.downsample.1", (after,)
            before = after


_DECODER = (16, 32, 64, 128, 256)


def monodepth2() -> tuple[Published, ...]:
    """The four files of a model: depth encoder and decoder, pose encoder and decoder; 18 or 50 layers."""
    found = []
    for layers in (18, 50):
        encoder = dict(resnet(layers, theirs="encoder.", ours="encoder."))
        pose_encoder = dict(resnet(layers, 2, theirs="encoder.", ours="pose_encoder."))
        found += [
            Published(f"monodepth2-encoder-{layers}", encoder, _CLASSIFIER),
            Published(f"monodepth2-depth-{layers}", dict(_depth_decoder(layers))),
            Published(f"monodepth2-pose-encoder-{layers}", pose_encoder, _CLASSIFIER),
            Published(f"monodepth2-pose-{layers}", dict(_pose_decoder(layers))),
        ]
    return tuple(found)


def _depth_decoder(layers: int) -> Iterator[tuple[str, Entry]]:
    """Two convolutions at each of five scales, coarse to fine, then a head at each of the four finest."""
    encoder, number = resnet_channels(layers), 0
    for scale in range(4, -1, -1):
        outputs = _DECODER[scale]
        above = encoder[4] if scale == 4 else _DECODER[scale + 1]
        beside = encoder[scale - 1] if scale > 0 else 0
        for place, inputs in enumerate((above, outputs + beside)):
            theirs = f"decoder.{number}.conv.conv"
            yield from convolution(theirs, f"depth.up.{scale}.{place}", (outputs, inputs, 3, 3))
            number += 1
    for scale in range(4):
        shape = (1, _DECODER[scale], 3, 3)
        yield from convolution(f"decoder.{number + scale}.conv", f"depth.heads.{scale}", shape)


def _pose_decoder(layers: int) -> Iterator[tuple[str, Entry]]:
    """Squeeze, two convolutions, and six numbers for each of two poses."""
    shapes = ((256, resnet_channels(layers)[4], 1, 1), (256, 256, 3, 3), (256, 256, 3, 3), (12, 256, 1, 1))
    for place, shape in enumerate(shapes):
        yield from convolution(f"net.{place}", f"pose.{place}", shape)


_KINDS: Mapping[Kind, Callable[[], tuple[Published, ...]]] = {
    "madnet2": madnet2,
    "stereonet": stereonet,
    "torchvision-resnet": torchvision_resnet,
    "monodepth2": monodepth2,
    "npz": arrays,
}
