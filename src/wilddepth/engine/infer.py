"""Prediction: a method on this machine, in the precision that is fastest here, with confidence from both views."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.data.augment import enlarged, mirrored
from wilddepth.data.collate import collate
from wilddepth.engine.compiled import Compiled
from wilddepth.engine.device import choose_device
from wilddepth.engine.precision import autocast, choose_precision
from wilddepth.geometry.disparity import needed_shift, shift_columns
from wilddepth.geometry.occlusion import left_right_difference
from wilddepth.geometry.pad import Padding, crop, pad
from wilddepth.method import Method
from wilddepth.methods.stereo import StereoMethod
from wilddepth.networks.stereo import channels_last
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample

Value = TypeVar("Value")

logger = logging.getLogger(__name__)

CONSISTENT_PX = 1.0
"""Disagreement of the two views, px, at which confidence has fallen to 1/e."""


class Predictor:
    """What a method says about samples of any size: `predictor(sample)`.

    Pictures are enlarged as the method's network wants them (`StereoNetwork.enlargement`), and what it says about them
    is brought back to the size of the sample.

    Attributes:
        method: moved to the device and to channels-last memory *in place*. Without `compile`, weights that change
            between calls are seen.
        device: where it runs.
        precision: "fp32" or "bf16", whatever was asked for.
    """

    def __init__(
        self,
        method: Method,
        *,
        device: torch.device | Literal["auto", "cpu", "cuda"] = "auto",
        precision: Literal["auto", "fp32", "bf16"] = "auto",
        compile: bool = False,
        convolutions: Literal["fast", "direct"] = "fast",
    ) -> None:
        """Get a method ready.

        Args:
            method: with its weights.
            device: see `choose_device`.
            precision: see `choose_precision`.
            compile: compile at the first call (see `engine.compiled`); the weights of that moment are built in.
            convolutions: "fast" takes `networks.winograd` for float32 on a CPU: half the time, equal to 1e-3 px;
                "direct" leaves all to torch.

        Raises:
            ConfigError: unknown device or precision, or a GPU that is not there.
        """
        self.device = choose_device(device) if isinstance(device, str) else device
        self.method = method.to(self.device)
        channels_last(self.method)
        with _evaluating(method):
            self.precision = choose_precision(precision, method, self.device)
        fast = convolutions == "fast" and self.precision == "fp32" and self.device.type == "cpu"
        self._kernels = _fast_kernels() if fast else nullcontext
        self._graph = Compiled(self._apply_method, method) if compile else None
        # A GPU has room beside one pair; on a CPU two at once only leave the cache sooner.
        self._both_at_once = self.device.type == "cuda"

    @property
    def compiled(self) -> bool:
        """Whether calls run one compiled graph: not without `compile`, a compiler, or after it failed."""
        return self._graph is not None and self._graph.graph is not None

    def __call__(self, sample: Sample, *, confidence: bool = True) -> Prediction:
        """The prediction for a sample, in float32, on the device of the sample.

        Where `sample.doffs()` is positive, disparities down to -doffs are possible, and networks predict none below
        zero: the right view is moved left by s >= doffs columns, which raises every disparity by s, and s is
        subtracted from the answer.

        Args:
            sample: on any device.
            confidence: also predict the pair seen in a mirror, which makes the right view the reference, to fill
                `right` and `confidence`; twice the work. Left out where there is no right view, where the method
                predicts something else than disparity, and where it fills both itself.

        Raises:
            MissingView: from a stereo method, when the sample has no right view.
        """
        home = sample.image.device
        with torch.inference_mode(), _evaluating(self.method), self._kernels(self.method):
            ready = _channels_last(sample.to(self.device))
            prediction = self._confident(ready) if confidence else self._predict(ready)
        # Copies made out here are plain tensors, which a loss may use; those made inside are not.
        return _changed(prediction, lambda values: values.to(home, copy=True))

    def _confident(self, sample: Sample) -> Prediction:
        if sample.right is None:
            return self._predict(sample)
        if self._both_at_once and not sample.neighbours:
            return _with_right_view(*self._predict_both(sample))
        left = self._predict(sample)
        return _with_right_view(left, self._predict(_mirrored(sample))) if _wants_right_view(left) else left

    def _predict_both(self, sample: Sample) -> tuple[Prediction, Prediction]:
        """The pair and its mirror image in one batch, or one after the other where memory does not allow it."""
        count = sample.image.shape[0]
        pair, mirror = _alone(sample), _mirrored(sample)
        try:
            both = self._predict(collate((pair, mirror)))
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return self._predict(pair), self._predict(mirror)
        return _changed(both, lambda values: values[:count]), _changed(both, lambda values: values[count:])

    def _predict(self, sample: Sample) -> Prediction:
        """With pictures as large as the network wants them."""
        factor = self.method.network.enlargement if isinstance(self.method, StereoMethod) else 1.0
        if factor == 1:
            return self._without_negative(sample)
        return self._without_negative(_channels_last(enlarged(sample, factor))).resized(*sample.size)

    def _without_negative(self, sample: Sample) -> Prediction:
        """Without negative disparities in front of the network."""
        shift = needed_shift(sample.doffs())
        if sample.right is None or shift == 0:
            return _changed(self._apply(sample), Tensor.float)
        prediction = self._apply(replace(sample, right=shift_columns(sample.right, shift)))
        return _changed(prediction, Tensor.float).shifted(torch.full_like(sample.doffs(), -shift))

    def _apply(self, sample: Sample) -> Prediction:
        if self._graph is None:
            return self._apply_method(sample)
        if not isinstance(self.method, StereoMethod):
            return self._graph(sample)
        # Padded here as the network would do it: images of nearly equal size then share one graph.
        padding = Padding.to_multiple(*sample.size, self.method.network.multiple)
        border, pair = self.method.network.border, sample.stereo()
        padded = Sample(image=pad(pair.left, padding, border), right=pad(pair.right, padding, border))
        return _changed(self._graph(_channels_last(padded)), lambda values: crop(values, padding))

    def _apply_method(self, sample: Sample) -> Prediction:
        with autocast(self.device, self.precision):
            return self.method.prediction(self.method(sample), sample)


def consistency(
    left_disparity: Float[Tensor, "b 1 h w"], right_disparity: Float[Tensor, "b 1 h w"]
) -> Float[Tensor, "b 1 h w"]:
    """How well two views agree: exp(-|d_L(x) - d_R(x - d_L)| / 1 px) in 0..1, for the left view.

    0 where x - d_L(x) lies outside the right view, and where either disparity is nan.
    """
    difference = left_right_difference(left_disparity, right_disparity)
    return torch.exp(-difference / CONSISTENT_PX).nan_to_num(nan=0.0)


def _with_right_view(left: Prediction, mirror: Prediction) -> Prediction:
    if not _wants_right_view(left):
        return left
    right = mirror.values.flip(-1)
    return replace(left, right=right, confidence=consistency(left.values, right))


def _wants_right_view(prediction: Prediction) -> bool:
    complete = prediction.right is not None and prediction.confidence is not None
    return prediction.quantity is Quantity.DISPARITY_PX and not complete


def _mirrored(sample: Sample) -> Sample:
    return mirrored(_alone(sample))


def _alone(sample: Sample) -> Sample:
    """The pair and its calibration."""
    return replace(sample, neighbours={}, poses={}, labels={})


def _channels_last(sample: Sample) -> Sample:
    layout = torch.channels_last
    right = None if sample.right is None else sample.right.contiguous(memory_format=layout)
    return replace(sample, image=sample.image.contiguous(memory_format=layout), right=right)


def _changed(value: Value, change: Callable[[Tensor], Tensor]) -> Value:
    """A prediction, or a part of one, with `change` made to each of its tensors."""
    changed: Any = value
    if isinstance(value, Tensor):
        changed = change(value)
    elif isinstance(value, Mapping):
        changed = {name: _changed(entry, change) for name, entry in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        changed = replace(value, **{part.name: _changed(getattr(value, part.name), change) for part in fields(value)})
    return changed  # type: ignore[no-any-return]  # of the type it was made from


def _fast_kernels() -> Callable[[Method], AbstractContextManager[object]]:
    """The context in which convolutions are fast; one that changes nothing where numba cannot make the kernels."""
    try:
        from wilddepth.networks.winograd import winograd  # numba takes a second to import
    except (ImportError, RuntimeError) as error:
        logger.warning("fast convolutions are left out: %s", error)
        return nullcontext
    return winograd


@contextmanager
def _evaluating(method: Method) -> Iterator[None]:
    """Evaluation mode, and afterwards whatever mode each module was in."""
    training = [module for module in method.modules() if module.training]
    method.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
