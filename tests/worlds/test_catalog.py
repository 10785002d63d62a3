"""Whole worlds: what is promised of every rendered pair."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from wilddepth.errors import ConfigError
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.worlds.catalog import VERSIONS, WORLDS, Rendered, render, render_batch, world
from wilddepth.worlds.flat import render as flat
from wilddepth.worlds.flat.render import bank_of, build
from wilddepth.worlds.flat.texture import BANK_SIZE
from wilddepth.worlds.sensor import SENSORS, Sensor, sensed
from wilddepth.worlds.table import worlds_in
from wilddepth.worlds.weather import WEATHERS

SIZE = (48, 96)
FLAT = [name for name, entry in WORLDS.items() if entry.renderer == "flat"]
every_world = pytest.mark.parametrize("name", FLAT)


@pytest.fixture
def views_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both views as the renderer makes them: no difference in exposure, tone, colour, blur or noise."""
    monkeypatch.setattr(flat, "sensed", lambda chosen, left, right, seed, told: (left, right))


# The table


def test_the_table_names_what_training_may_look_at():
    held_out = {"nature", "repetitive", "street-night-rain", "flat-dusk"}
    assert {name for name, entry in WORLDS.items() if entry.role == "held_out"} == held_out
    assert {name for name, entry in WORLDS.items() if entry.role == "train"} == set(WORLDS) - held_out
    assert all(world(name).name == name and world(name).text for name in WORLDS)
    assert len({entry.key for entry in WORLDS.values()}) == len(WORLDS)


def test_a_world_that_training_may_see_is_made_of_nothing_held_out():
    for entry in WORLDS.values():
        if entry.role == "train":
            assert all(part.role == "train" for part in worlds_in(entry)), entry.name
            assert all(SENSORS[name].role == "train" for name, _ in entry.sensors), entry.name
            assert all(WEATHERS[name].role == "train" for name, _ in entry.weathers), entry.name
    builders = {role: scene_builders(role) for role in ("train", "held_out")}
    assert not builders["train"] & builders["held_out"]
    assert [name for name, entry in SENSORS.items() if entry.role == "held_out"] == ["webcam"]


def scene_builders(role: str) -> set[tuple[str, str]]:
    """Renderer and name of the scenes of all worlds of a role."""
    found = [part for entry in WORLDS.values() if entry.role == role for part in worlds_in(entry)]
    return {(part.renderer, name) for part in found for name, _ in part.builders}


def test_an_unknown_world_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match=r"unknown world 'atlantis'; .*known: street, indoor, nature, .*flat-dusk"):
        world("atlantis")
    with pytest.raises(ConfigError, match="unknown world 'flat-stret'; did you mean 'flat-street'"):
        render("flat-stret", 0, 0)


def test_held_out_worlds_wear_textures_that_training_never_sees():
    seen, kept = bank_of(world("flat-all")), bank_of(world("flat-dusk"))
    assert {id(bank_of(world(name))) for name in FLAT if world(name).role == "train"} == {id(seen)}
    assert seen.count == kept.count == BANK_SIZE
    small = slice(seen.start[3], None)  # 32x32 texels and less of every texture
    assert (seen.texels[small] == kept.texels[small]).all(dim=1).float().mean() < 0.01
    finest = [bank.texels[: bank.start[1]].view(BANK_SIZE, -1) for bank in (seen, kept)]
    assert not {bytes(row.numpy()) for row in finest[0]} & {bytes(row.numpy()) for row in finest[1]}


# The same pair, always


def parts(rendered: Rendered, place: int | slice) -> dict[str, torch.Tensor]:
    """All that is known of one pair of a batch (or of a slice of it)."""
    sample, truth, camera = rendered.sample, rendered.truth, rendered.sample.camera
    assert sample.right is not None
    assert camera is not None
    assert sample.baseline is not None
    everything = {
        "left": sample.image,
        "right": sample.right,
        "focal": camera.focal_x,
        "centre_x": camera.centre_x,
        "centre_y": camera.centre_y,
        "baseline": sample.baseline,
        "disparity": truth.disparity,
        "occluded": truth.occluded,
        "surface": truth.surface,
        "right_disparity": rendered.right_disparity,
        "right_occluded": rendered.right_occluded,
    }
    return {name: values[place] for name, values in everything.items() if values is not None}


@every_world
def test_a_pair_is_the_same_whatever_the_batch(name: str):
    """The surface numbers were those of the batch: the same pair had others beside another one."""
    alone, batch = render_batch(name, 2, [3], *SIZE), render_batch(name, 2, [0, 3, 9], *SIZE)
    one, other = parts(alone, 0), parts(batch, 1)
    assert len(one) == len(other) == 11
    for part, values in one.items():
        assert torch.equal(values, other[part]), part
    assert alone.sample.keys == (f"{name}-2-000003",)
    assert batch.sample.keys[1] == alone.sample.keys[0]


def test_another_seed_index_world_or_size_is_another_scene():
    def pixels(name: str, seed: int, index: int, height: int = 48) -> torch.Tensor:
        return render_batch(name, seed, [index], height, 96, occlusion=False).sample.image[..., :48, :]

    first = pixels("flat-street", 0, 0)
    others = [("flat-street", 1, 0), ("flat-street", 0, 1), ("flat-all", 0, 0), ("flat-street", 0, 0, 64)]
    for other in others:
        assert (pixels(*other) - first).abs().mean() > 0.02, other


MEANS = {
    "flat-flying": (0.4042, 0.4059, 2.7682, 2.7490, 0.1434),
    "flat-street": (0.5770, 0.5520, 7.5570, 6.5736, 0.0957),
    "flat-indoor": (0.3775, 0.3617, 4.3987, 4.4402, 0.0917),
    "flat-all": (0.3439, 0.3396, 4.0985, 4.1543, 0.0700),
    "flat-dusk": (0.1970, 0.1998, 4.5758, 4.5594, 0.0537),
}
"""Of pairs 0 and 1 of seed 0: left, right, disparity, right disparity, occluded."""


@every_world
def test_pixels_stay_while_the_version_stays(name: str):
    """Rendered pairs are kept on disk under the version: raise it with these numbers."""
    assert VERSIONS["flat"] == 1
    rendered = render_batch(name, 0, [0, 1], *SIZE)
    known = parts(rendered, slice(None))
    found = [
        known[part].float().mean().item() for part in ("left", "right", "disparity", "right_disparity", "occluded")
    ]
    assert found == pytest.approx(MEANS[name], abs=1e-3)


def test_a_single_pair_comes_with_its_truth():
    sample, truth = render("flat-flying", 1, 4, *SIZE)
    batch = render_batch("flat-flying", 1, [4], *SIZE)
    assert torch.equal(sample.image, batch.sample.image)
    assert sample.size == SIZE
    assert truth.valid.all()
    assert truth.disparity is not None
    assert truth.occluded is not None
    assert torch.equal(sample.labels["renderer"].disparity, truth.disparity)
    assert torch.equal(sample.labels["right/renderer"].disparity, batch.right_disparity)
    assert {label.origin for label in sample.labels.values()} == {"renderer"}


def test_surfaces_are_numbered_as_the_scene_lists_them():
    scene = build(world("flat-flying"), 1, 4, *SIZE)
    _, truth = render("flat-flying", 1, 4, *SIZE)
    seen = truth.surface
    assert seen is not None
    assert seen.max() <= len(scene.surfaces)
    assert seen.unique().numel() > 5
    rig = scene.rig
    ray = np.array([(50 - rig.centre_x) / rig.focal, (20 - rig.centre_y) / rig.focal, 1])
    piece = [scene.backdrop, *scene.surfaces][int(seen[0, 0, 20, 50])]
    normal = np.cross(piece.half_s, piece.half_t)
    disparity = rig.focal * rig.baseline * (normal @ ray) / (normal @ piece.origin)
    assert truth.disparity[0, 0, 20, 50].item() == pytest.approx(disparity, abs=1e-3)


def test_without_occlusion_nothing_else_changes():
    quick, whole = (render_batch("flat-indoor", 0, [1], *SIZE, occlusion=way) for way in (False, True))
    assert quick.truth.occluded is None
    assert quick.right_occluded is None
    assert torch.equal(quick.sample.image, whole.sample.image)
    assert torch.equal(quick.truth.disparity, whole.truth.disparity)


def test_no_indices_are_refused():
    with pytest.raises(ValueError, match="no scenes"):
        render_batch("flat-flying", 0, [], *SIZE)


# The pictures fit the truth


def unexplained(
    view: torch.Tensor, other: torch.Tensor, disparity: torch.Tensor, hidden: torch.Tensor, offset: float
) -> float:
    """Mean difference between a view and the one rebuilt from the other, where that can see it."""
    rebuilt, inside = warp_by_disparity(other, disparity + offset)
    return float((rebuilt - view).abs().mean(dim=1, keepdim=True)[inside & ~hidden].mean())


@every_world
@pytest.mark.usefixtures("views_alike")
def test_the_exact_disparity_explains_both_images_best(name: str):
    for index in range(3):
        pair = parts(render_batch(name, 5, [index], 96, 192), slice(None))
        of_left = pair["left"], pair["right"], pair["disparity"], pair["occluded"]
        of_right = pair["right"], pair["left"], -pair["right_disparity"], pair["right_occluded"]
        for side in (of_left, of_right):
            exact = unexplained(*side, 0.0)
            assert exact < 0.02
            assert exact < 0.75 * min(unexplained(*side, offset) for offset in (-2, -1, -0.5, 0.5, 1, 2))


@pytest.mark.usefixtures("views_alike")
def test_block_matching_finds_the_disparity_of_streets():
    rendered = render_batch("flat-street", 5, range(3), 256, 512)
    for place in range(3):
        pair = parts(rendered, place)
        left, right = (pair[side].permute(1, 2, 0).mul(255).round().byte().numpy() for side in ("left", "right"))
        matcher = cv2.StereoSGBM_create(0, 144, 5, 8 * 75, 32 * 75, 1, 63, 5, 100, 2, cv2.STEREO_SGBM_MODE_SGBM_3WAY)
        found = torch.from_numpy(matcher.compute(left, right).astype(np.float32) / 16)
        scored = (found >= 0) & ~pair["occluded"][0]
        assert scored.float().mean() > 0.4
        assert (found - pair["disparity"][0]).abs()[scored].median() < 0.5


# What the cameras add


def flat_pair(value: float = 0.5) -> tuple[torch.Tensor, torch.Tensor]:
    image = torch.full((1, 3, 24, 40), value)
    return image, image.clone()


def quiet(**changes: Any) -> Sensor:
    calm = {"differences": 0.0, "read_noise": (0.0, 0.0), "exposure": (1.0, 1.0)}
    return replace(SENSORS["cheap"], **{**calm, **changes})


def test_without_differences_both_views_are_changed_alike_but_for_the_noise():
    left, right = sensed(quiet(), *flat_pair(), (1, 2, 3))
    assert (left.mean() - right.mean()).abs() < 2e-3  # shot noise alone
    assert left.std() < 0.1
    assert not torch.equal(left, right)


def test_differences_make_the_views_differ_in_proportion():
    def gap(amount: float) -> float:
        pairs = [sensed(quiet(differences=amount), *flat_pair(), (seed,)) for seed in range(20)]
        return float(torch.stack([(left.mean() - right.mean()).abs() for left, right in pairs]).mean())

    assert gap(0.0) < 0.002
    assert 0.01 < gap(1.0) < 0.06
    assert 1.3 * gap(1.0) < gap(2.0) < 2.7 * gap(1.0)


def test_exposure_and_noise_are_drawn_from_the_ranges_of_the_world():
    bright, dark = (
        torch.stack([torch.cat(sensed(quiet(exposure=(e, e)), *flat_pair(), (seed,))) for seed in range(10)])
        for e in (1.0, 0.5)
    )
    assert dark.mean() / bright.mean() == pytest.approx(0.5, abs=0.01)
    loud = torch.stack([torch.cat(sensed(quiet(read_noise=(0.1, 0.1)), *flat_pair(), (seed,))) for seed in range(10)])
    assert 0.09 < (loud[..., 1:] - loud[..., :-1]).std().item() / 2**0.5 < 0.11


def test_the_world_of_the_demo_is_darker_and_noisier_than_streets():
    dusk, street = (
        render_batch(name, 0, range(4), *SIZE, occlusion=False).sample.image for name in ("flat-dusk", "flat-street")
    )
    assert dusk.mean() < 0.6 * street.mean()
    dim, cheap = (SENSORS[world(name).sensors[0][0]] for name in ("flat-dusk", "flat-street"))
    assert dim.read_noise[0] > 0
    assert dim.differences > cheap.differences


@every_world
@pytest.mark.slow
def test_sixty_four_pairs_of_every_world_at_full_size(name: str):
    largest, covered = 0.0, 0.0
    for index in range(64):
        rendered = render_batch(name, 0, [index])
        for image in (rendered.sample.image, rendered.sample.right):
            assert torch.isfinite(image).all()
            assert image.min() >= 0
            assert image.max() <= 1
            assert image.std() > 0.02
        for disparity in (rendered.truth.disparity, rendered.right_disparity):
            assert torch.isfinite(disparity).all()
            assert disparity.min() > 0
            largest = max(largest, float(disparity.max()))
        covered += float((~rendered.truth.occluded).float().mean()) / 64
    assert 60 < largest < 256
    assert covered > 0.7
