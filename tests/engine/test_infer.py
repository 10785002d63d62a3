"""Prediction end to end: both views, confidence, unequal principal points, memory, and what is given back."""

import math
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from tiny import network
from wilddepth.data.augment import mirrored
from wilddepth.engine.infer import Predictor, consistency
from wilddepth.errors import MissingView
from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.method import Method, Outputs, Part
from wilddepth.methods.stereo import StereoMethod
from wilddepth.methods.supervised import Supervised
from wilddepth.networks import winograd as winograd_module
from wilddepth.networks.madnet import MADNet
from wilddepth.objective import Objective
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample


class Fake(Method):
    """Predicts `answer(sample)` plus a weight of 0, and remembers every sample it saw."""

    def __init__(self, answer: Callable[[Sample], Tensor], quantity: Quantity = Quantity.DISPARITY_PX) -> None:
        super().__init__()
        self.answer, self.quantity = answer, quantity
        self.bias = nn.Parameter(torch.zeros(()))
        self.seen: list[Sample] = []

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        self.seen.append(sample)
        return Outputs((self.answer(sample) + self.bias,))

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        return Prediction(outputs.disparities[-1], self.quantity)

    def objective(self, outputs: Outputs, sample: Sample, **options: object) -> Objective:
        raise NotImplementedError

    def parts(self) -> dict[str, Part]:
        return {}


def by_first_pixel(sample: Sample) -> Tensor:
    """Ten times the red of the left image's top row, per image: another answer for each view."""
    return 10 * sample.image[:, :1, :1, :1].expand(-1, 1, *sample.size)


def block_matched(sample: Sample) -> Tensor:
    """The one whole disparity in 0..15 at which the views agree best, per image; like a network, never negative."""
    left, right = sample.stereo().left, sample.stereo().right
    width = left.shape[-1]
    errors = [(left[..., d:] - right[..., : width - d]).abs().mean((1, 2, 3)) for d in range(16)]
    return torch.stack(errors).argmin(0).float().view(-1, 1, 1, 1).expand(-1, 1, *sample.size)


def grey(left: float, right: float | None, size: tuple[int, int] = (4, 8)) -> Sample:
    return Sample(
        image=torch.full((1, 3, *size), left), right=None if right is None else torch.full((1, 3, *size), right)
    )


def shifted_pair(disparity: int, doffs: float, batch: int = 1) -> Sample:
    """Noise seen with one whole raw disparity; the right principal point lies `doffs` further right."""
    scene = torch.rand(1, 3, 12, 96, generator=torch.Generator().manual_seed(0)).expand(batch, -1, -1, -1)
    camera = Camera(*(torch.full((batch,), value) for value in (50.0, 50.0, 31.5, 5.5)), height=12, width=64)
    right_camera = replace(camera, centre_x=camera.centre_x + doffs)
    return Sample(
        image=scene[..., 16:80],
        right=scene[..., 16 + disparity : 80 + disparity],
        camera=camera,
        right_camera=right_camera,
        baseline=torch.full((batch,), 0.1),
    )


def predictor(method: Method, *, both_at_once: bool = False) -> Predictor:
    made = Predictor(method, device="cpu", precision="fp32")
    made._both_at_once = both_at_once  # what a GPU does
    return made


@pytest.fixture(scope="module")
def madnet() -> Supervised:
    return Supervised(MADNet(generator=torch.Generator().manual_seed(0)))


@pytest.fixture(scope="module")
def pair() -> Sample:
    views = torch.rand(2, 3, 50, 100, generator=torch.Generator().manual_seed(1))
    return Sample(image=views[:1], right=views[1:], keys=("a",))


@pytest.mark.parametrize("both_at_once", [False, True])
def test_the_right_view_is_predicted_in_a_mirror(madnet: Supervised, pair: Sample, both_at_once: bool):
    predict = predictor(madnet, both_at_once=both_at_once)
    found = predict(pair)
    assert found.values.std() > 0
    other = predict(mirrored(pair))
    torch.testing.assert_close(found.right.flip(-1), other.values)
    torch.testing.assert_close(found.values.flip(-1), other.right)
    torch.testing.assert_close(found.confidence, consistency(found.values, found.right))


def test_prediction_is_the_methods_own_at_the_size_of_the_image(madnet: Supervised, pair: Sample):
    found = predictor(madnet)(pair, confidence=False)
    with torch.no_grad():
        expected = madnet.eval()(pair).disparities[-1]
    assert found.values.shape == (1, 1, 50, 100)
    torch.testing.assert_close(found.values, expected)
    assert found.right is None
    assert found.confidence is None


def test_bf16_stays_near_fp32_and_comes_back_as_float32(madnet: Supervised, pair: Sample):
    exact = predictor(madnet)(pair, confidence=False).values
    found = Predictor(madnet, device="cpu", precision="bf16")(pair, confidence=False).values
    assert found.dtype == torch.float32
    difference = (found - exact).abs().mean()
    assert 0 < difference < 0.2 * exact.abs().mean()  # a network of random weights


def test_confidence_is_1_where_the_views_agree_and_0_where_the_match_is_outside():
    confidence = consistency(torch.full((1, 1, 2, 8), 3.0), torch.full((1, 1, 2, 8), 3.0))
    assert confidence[..., 3:].eq(1).all()
    assert confidence[..., :3].eq(0).all()


def test_confidence_falls_with_the_disagreement_in_px():
    confidence = consistency(torch.full((1, 1, 2, 8), 3.0), torch.full((1, 1, 2, 8), 5.0))
    torch.testing.assert_close(confidence[..., 3:], torch.full((1, 1, 2, 5), math.exp(-2)))


def test_confidence_of_a_hole_is_0():
    left = torch.full((1, 1, 1, 4), 1.0)
    left[..., 2] = torch.nan
    right = torch.full((1, 1, 1, 4), 1.0)
    right[..., 2] = torch.nan  # what left column 3 looks at
    assert consistency(left, right).tolist() == [[[[0.0, 1.0, 0.0, 0.0]]]]


@pytest.mark.parametrize("both_at_once", [False, True])
def test_each_view_is_the_reference_of_its_own_prediction(both_at_once: bool):
    found = predictor(Fake(by_first_pixel), both_at_once=both_at_once)(grey(0.3, 0.4))
    torch.testing.assert_close(found.values, torch.full((1, 1, 4, 8), 3.0))
    torch.testing.assert_close(found.right, torch.full((1, 1, 4, 8), 4.0))
    torch.testing.assert_close(found.confidence[..., 3:], torch.full((1, 1, 4, 5), math.exp(-1)))


def test_a_gpu_without_room_for_both_predicts_one_after_the_other():
    def only_one(sample: Sample) -> Tensor:
        if sample.image.shape[0] > 1:
            raise torch.OutOfMemoryError("too large")
        return by_first_pixel(sample)

    method = Fake(only_one)
    found = predictor(method, both_at_once=True)(grey(0.3, 0.4))
    assert [sample.image.shape[0] for sample in method.seen] == [2, 1, 1]
    torch.testing.assert_close(found.right, torch.full((1, 1, 4, 8), 4.0))


@pytest.mark.parametrize("both_at_once", [False, True])
@pytest.mark.parametrize(("disparity", "doffs"), [(-3, 5.0), (-3, 4.2), (7, 5.0), (0, 0.0), (4, -2.0)])
def test_disparities_below_zero_are_found_where_principal_points_differ(
    disparity: int, doffs: float, both_at_once: bool
):
    found = predictor(Fake(block_matched), both_at_once=both_at_once)(shifted_pair(disparity, doffs))
    assert found.values.eq(disparity).all()
    assert found.right.eq(disparity).all()
    inside = found.confidence[..., max(disparity, 0) : 64 + min(disparity, 0)]
    assert inside.eq(1).all()


class Seeing(StereoMethod):
    """A stereo method that answers by the pair itself, and remembers what it saw."""

    def __init__(self, factor: float, answer: Callable[[Sample], Tensor] = block_matched) -> None:
        super().__init__(network())
        self.answer = answer
        self.network.enlargement = factor
        self.seen: list[Sample] = []

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        self.seen.append(sample)
        return Outputs((self.answer(sample),))

    def objective(self, outputs: Outputs, sample: Sample, **options: object) -> Objective:
        raise NotImplementedError


@pytest.mark.parametrize("both_at_once", [False, True])
@pytest.mark.parametrize(("disparity", "doffs"), [(5, 0.0), (-2, 3.0)])
def test_pictures_are_enlarged_for_the_network_and_its_answer_is_brought_back(
    disparity: int, doffs: float, both_at_once: bool
):
    """At twice the size the views agree at twice the disparity, and principal points lie twice as far apart."""
    method, sample = Seeing(2.0), shifted_pair(disparity, doffs)
    found = predictor(method, both_at_once=both_at_once)(sample)
    assert {seen.size for seen in method.seen} == {(24, 128)}
    assert found.values.shape == found.right.shape == found.confidence.shape == (1, 1, 12, 64)
    assert found.values.eq(disparity).all()
    assert found.right.eq(disparity).all()
    inside = found.confidence[..., max(disparity, 0) : 64 + min(disparity, 0)]
    assert inside.eq(1).all()  # told apart in px of the sample


def by_column(sample: Sample) -> Tensor:
    """A ramp: a tenth of a pixel's column in the picture of 121, in px of what is seen."""
    rows, columns = sample.size
    factor = columns / 121
    place = (torch.arange(columns) + 0.5) / factor - 0.5
    return (place / 10 * factor).expand(1, 1, rows, columns)


@pytest.mark.parametrize("factor", [1.0, 1.25, 1.5, 3.7])
def test_what_comes_back_lies_where_it_was_seen(factor: float):
    """Sides of 37 and 121 px that no factor here makes whole: half a pixel off would be 0.05 px at least."""
    method = Seeing(factor, by_column)
    found = predictor(method)(Sample(image=torch.zeros(1, 3, 37, 121), right=torch.zeros(1, 3, 37, 121)))
    assert method.seen[0].size == (round(37 * factor), round(121 * factor))
    inner = slice(2, -2)  # beyond the border there is nothing to interpolate with
    wanted = (torch.arange(121) / 10).expand(1, 1, 37, 121)
    torch.testing.assert_close(found.values[..., inner], wanted[..., inner], rtol=0, atol=1e-4)


@pytest.mark.parametrize(("quantity", "values"), [(Quantity.DISPARITY_PX, 4.0), (Quantity.DEPTH_M, 6.0)])
def test_a_resized_prediction_keeps_depth_and_scales_disparity_with_the_width(quantity: Quantity, values: float):
    whole = torch.full((1, 1, 6, 12), 6.0)
    found = Prediction(whole, quantity, confidence=whole / 6, right=whole + 3, maps={"x": whole}).resized(6, 8)
    assert found.values.shape == found.confidence.shape == found.maps["x"].shape == (1, 1, 6, 8)
    torch.testing.assert_close(found.values, torch.full((1, 1, 6, 8), values))
    torch.testing.assert_close(found.right, torch.full((1, 1, 6, 8), values * 1.5))
    torch.testing.assert_close(found.confidence, torch.ones(1, 1, 6, 8))
    torch.testing.assert_close(found.maps["x"], torch.full((1, 1, 6, 8), 6.0))


def test_a_predicted_camera_is_not_resized_silently():
    values = torch.zeros(1, 1, 12, 64)
    with pytest.raises(ValueError, match="belongs to the size it was predicted at"):
        Prediction(values, Quantity.DEPTH_M, camera=shifted_pair(0, 0.0).camera).resized(6, 32)


def test_without_the_calibration_a_negative_disparity_cannot_be_found():
    blind = replace(shifted_pair(-3, 5.0), camera=None, right_camera=None)
    assert predictor(Fake(block_matched))(blind).values.ge(0).all()


def test_the_network_sees_the_left_view_untouched_and_the_right_one_moved_by_whole_columns():
    method = Fake(block_matched)
    sample = shifted_pair(-3, 4.2)
    predictor(method)(sample, confidence=False)
    (seen,) = method.seen
    assert torch.equal(seen.image, sample.image)
    assert torch.equal(seen.right[..., :-5], sample.right[..., 5:])


def test_a_rounding_difference_of_principal_points_moves_nothing():
    method = Fake(block_matched)
    sample = shifted_pair(2, 0.001)
    predictor(method)(sample, confidence=False)
    assert torch.equal(method.seen[0].right, sample.right)


def test_the_largest_doffs_of_a_batch_serve_all():
    sample = shifted_pair(-3, 5.0, batch=2)
    camera = replace(sample.right_camera, centre_x=sample.right_camera.centre_x - torch.tensor([5.0, 0.0]))
    found = predictor(Fake(block_matched))(replace(sample, right_camera=camera))
    assert found.values.eq(-3).all()
    assert found.values.shape[0] == 2


def test_a_sample_without_right_view_is_the_methods_to_refuse(madnet: Supervised):
    with pytest.raises(MissingView, match="has no right image"):
        predictor(madnet)(grey(0.3, None))


def test_a_method_for_one_camera_keeps_its_prediction():
    found = predictor(Fake(by_first_pixel))(grey(0.3, None))
    assert found.right is None
    assert found.confidence is None


@pytest.mark.parametrize("both_at_once", [False, True])
def test_what_is_no_disparity_has_no_left_right_check(both_at_once: bool):
    found = predictor(Fake(by_first_pixel, Quantity.DEPTH_M), both_at_once=both_at_once)(grey(0.3, 0.4))
    assert found.values.eq(3).all()
    assert found.right is None
    assert found.confidence is None


@pytest.mark.parametrize("both_at_once", [False, True])
def test_a_method_that_fills_both_views_itself_is_believed(both_at_once: bool):
    class Both(Fake):
        def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
            values = outputs.disparities[-1]
            return Prediction(values, self.quantity, confidence=values / 10, right=values + 1, maps={"m": values + 2})

    found = predictor(Both(by_first_pixel), both_at_once=both_at_once)(grey(0.3, 0.4))
    torch.testing.assert_close(found.confidence, torch.full((1, 1, 4, 8), 0.3))
    torch.testing.assert_close(found.right, torch.full((1, 1, 4, 8), 4.0))
    torch.testing.assert_close(found.maps["m"], torch.full((1, 1, 4, 8), 5.0))


def test_neighbours_and_labels_do_not_hinder_the_mirror():
    label = Label("renderer", disparity=torch.zeros(1, 1, 4, 8))
    sample = replace(grey(0.3, 0.4), neighbours={-1: torch.rand(1, 3, 4, 8)}, labels={"renderer": label})
    method = Fake(by_first_pixel)
    found = predictor(method, both_at_once=True)(sample)
    torch.testing.assert_close(found.right, torch.full((1, 1, 4, 8), 4.0))
    assert [set(seen.neighbours) for seen in method.seen] == [{-1}, set()]


def test_the_result_can_be_used_in_a_loss():
    found = predictor(Fake(by_first_pixel))(grey(0.3, 0.4))
    weight = torch.ones(1, requires_grad=True)
    ((weight * found.values - found.right) ** 2).mean().backward()
    torch.testing.assert_close(weight.grad, torch.tensor([-6.0]))  # 2 (3 - 4) 3


def test_the_sample_is_left_as_it_was():
    sample = grey(0.3, 0.4)
    predictor(Fake(lambda each: each.image[:, :1]))(sample).values.zero_()
    assert sample.image.eq(0.3).all()


def test_training_mode_is_given_back_module_by_module(madnet: Supervised, pair: Sample):
    madnet.train()
    madnet.network.context.eval()
    predict = predictor(madnet)
    predict(pair, confidence=False)
    assert madnet.training
    assert madnet.network.pyramid.training
    assert not madnet.network.context.training
    with pytest.raises(MissingView):
        predict(grey(0.3, None))
    assert madnet.training


def test_weights_that_change_are_seen():
    method = Fake(by_first_pixel)
    predict = predictor(method)
    with torch.no_grad():
        method.bias.add_(2.0)
    assert predict(grey(0.3, None)).values.eq(5).all()


def test_images_reach_the_network_channels_last():
    method = Fake(by_first_pixel)
    predictor(method)(grey(0.3, 0.4))
    for seen in method.seen:
        assert seen.image.is_contiguous(memory_format=torch.channels_last)
        assert seen.right.is_contiguous(memory_format=torch.channels_last)


def test_fast_convolutions_are_the_default_in_fp32_and_can_be_left_out(
    madnet: Supervised, monkeypatch: pytest.MonkeyPatch
):
    used = []
    operator = winograd_module._operator
    monkeypatch.setattr(winograd_module, "_operator", lambda *inputs: used.append(1) or operator(*inputs))
    views = torch.rand(2, 3, 192, 192, generator=torch.Generator().manual_seed(2))
    sample = Sample(image=views[:1], right=views[1:])
    direct = Predictor(madnet, device="cpu", precision="fp32", convolutions="direct")(sample, confidence=False)
    Predictor(madnet, device="cpu", precision="bf16")(sample, confidence=False)
    assert not used
    fast = predictor(madnet)(sample, confidence=False)
    assert used
    assert (fast.values - direct.values).abs().mean() < 1e-3


def test_without_numba_one_line_is_logged_and_it_goes_on(
    madnet: Supervised, pair: Sample, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setitem(sys.modules, "wilddepth.networks.winograd", None)
    found = predictor(madnet)(pair, confidence=False)
    assert found.values.shape == (1, 1, 50, 100)
    assert len(caplog.records) == 1
    assert "fast convolutions are left out" in caplog.text
