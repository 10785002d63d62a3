import numpy as np
import pytest
import torch

from wilddepth.worlds.flat.layered import texture_colour
from wilddepth.worlds.flat.texture import BANK_SIZE, PAINTERS, ROUND, SIDE, TextureBank, mip_levels, paint, textures_of

FIRST = {kind: ROUND.index(kind) for kind in PAINTERS}
"""The first texture of each kind in a bank."""


def one_texture(painted: np.ndarray) -> TextureBank:
    levels = mip_levels(painted.astype(np.float32))
    start = np.cumsum([0, *(len(rows) for rows in levels[:-1])])
    return TextureBank(torch.from_numpy(np.concatenate(levels)), tuple(int(s) for s in start), 1)


def colours(bank: TextureBank, u: list[float], v: list[float], footprint: float = 1.0) -> np.ndarray:
    """Colours 0..255 at some points."""
    shape = (1, 1, len(u))
    here = [torch.tensor(values, dtype=torch.float32).view(shape) for values in (u, v)]
    number = torch.zeros(shape, dtype=torch.int64)
    return texture_colour(bank, number, *here, torch.full(shape, footprint))[0, 0].numpy() * 255


@pytest.fixture(scope="module")
def white() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3))


@pytest.mark.parametrize("kind", PAINTERS)
def test_a_texture_repeats_without_a_seam(kind: str):
    painted = paint(5, FIRST[kind])
    for image in (painted, painted.swapaxes(0, 1)):
        steps = abs(np.diff(image, axis=1)).mean(axis=(0, 2))
        seam = abs(image[:, 0] - image[:, -1]).mean()
        assert seam <= 1.1 * steps.max()
        if kind in {"noise", "leaves", "blank", "branches"}:  # no period of its own
            assert seam <= 2.5 * steps.mean()


@pytest.mark.parametrize("kind", PAINTERS)
def test_a_texture_is_that_of_its_seed_and_number(kind: str):
    number = FIRST[kind]
    painted = paint(5, number)
    assert painted.shape == (SIDE, SIDE, 3)
    assert painted.min() >= 0
    assert painted.max() <= 255
    assert painted.std() > 0.3
    assert (painted == paint(5, number)).all()
    assert (painted != paint(6, number)).mean() > 0.2
    assert (painted != paint(5, number + len(ROUND))).mean() > 0.2


def test_texel_centres_are_at_halves_and_between_them_is_linear(white: np.ndarray):
    bank = one_texture(white)
    np.testing.assert_allclose(
        colours(bank, [0.5, 7.5, 255.5], [0.5, 3.5, 9.5]), white[[0, 3, 9], [0, 7, 255]], atol=1e-3
    )
    between = 0.75 * white[3, 7] + 0.25 * white[3, 8]
    np.testing.assert_allclose(colours(bank, [7.75], [3.5])[0], between, atol=1e-3)
    between = 0.5 * white[3, 7] + 0.5 * white[4, 7]
    np.testing.assert_allclose(colours(bank, [7.5], [4.0])[0], between, atol=1e-3)


def test_coordinates_wrap_around(white: np.ndarray):
    bank = one_texture(white)
    wrapped = colours(bank, [7.3 - 3 * SIDE, 7.3 + 2 * SIDE], [4.1 + SIDE, 4.1 - 2 * SIDE])
    np.testing.assert_allclose(wrapped, colours(bank, [7.3] * 2, [4.1] * 2), atol=0.05)
    edge = 0.5 * white[3, 255] + 0.5 * white[3, 0]
    np.testing.assert_allclose(colours(bank, [0.0], [3.5])[0], edge, atol=1e-3)


@pytest.mark.parametrize("level", range(6))
def test_a_large_footprint_sees_the_mean_of_its_texels(white: np.ndarray, level: int):
    bank, side = one_texture(white), 1 << level
    block = white[2 * side : 3 * side, side : 2 * side].mean(axis=(0, 1))
    centre = [1.5 * side], [2.5 * side]  # the same point of the finest level, whatever the level
    np.testing.assert_allclose(colours(bank, *centre, footprint=side * 1.1)[0], block, atol=0.51)
    if level == 5:
        np.testing.assert_allclose(colours(bank, *centre, footprint=1e6)[0], block, atol=0.51)


def test_textures_are_chosen_by_kind():
    chosen = textures_of({"bricks", "dots"}, BANK_SIZE)
    assert len(chosen) == 4 * (PAINTERS["bricks"][1] + PAINTERS["dots"][1])
    assert {ROUND[number % len(ROUND)] for number in chosen} == {"bricks", "dots"}
    assert len(textures_of(set(PAINTERS), BANK_SIZE)) == BANK_SIZE
    with pytest.raises(ValueError, match=r"unknown texture kinds \['marble'\]; there are"):
        textures_of({"marble", "dots"}, BANK_SIZE)
