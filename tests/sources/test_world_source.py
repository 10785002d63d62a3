import pytest
import torch

from wilddepth.errors import ConfigError
from wilddepth.sources.open import open_source
from wilddepth.sources.world import WorldSource, stream


def test_a_world_is_a_source_with_exact_truth():
    source = open_source("worlds:flat-flying?seed=3&frames=4&height=48&width=96")
    assert len(source) == 4
    assert source.layout == "world"
    assert source.keys == tuple(f"flat-flying-3-00000{number}" for number in range(4))
    assert source.describe().endswith("4 rendered pairs of flat-flying, seed 3, exact truth")
    scene = source[1]
    assert scene.key == source.keys[1] == scene.sample.keys[0]
    assert scene.sample.size == (48, 96)
    assert scene.truth.valid.all()


def test_the_same_words_give_the_same_scenes_and_another_seed_others():
    text = "worlds:flat-flying?seed={}&frames=2&height=48&width=96"
    first, again, other = (open_source(text.format(seed))[1].digest() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_a_size_and_a_limit_can_be_given_beside_the_words():
    source = open_source("worlds:flat-flying?frames=5", size=(48, 96), limit=2)
    assert len(source) == 2
    scene = source[0]
    assert scene.sample.size == (48, 96)
    assert torch.equal(scene.sample.image, open_source("worlds:flat-flying?height=48&width=96")[0].sample.image)


def test_two_sizes_must_agree():
    with pytest.raises(ConfigError, match="names another size than 48x96; give one of them"):
        open_source("worlds:flat-flying?height=64", size=(48, 96))


def test_an_unknown_world_is_refused_when_it_is_opened():
    with pytest.raises(ConfigError, match="unknown world 'atlantis'"):
        open_source("worlds:atlantis")


# Workers


def test_a_stream_is_the_same_with_any_number_of_workers_and_goes_on_where_it_was():
    source = open_source("worlds:flat-flying?seed=3&frames=2&height=48&width=96")
    assert isinstance(source, WorldSource)
    digests = {
        workers: [scene.digest() for scene in stream(source, start=1, end=5, workers=workers)] for workers in (0, 1, 2)
    }
    assert digests[0] == digests[1] == digests[2]
    assert len(set(digests[0])) == 4
    assert digests[0][0] == source[1].digest()
    endless = stream(source, start=3)
    assert [next(endless).digest() for _ in range(2)] == digests[0][2:]


def test_a_scene_says_how_it_was_made():
    record = open_source("worlds:flat-street?seed=3&height=48&width=96&sensor=video")[2].record
    assert record is not None
    assert (record["world"], record["seed"], record["index"]) == ("flat-street", 3, 2)
    assert record["sensor"]["name"] == "video"
    assert 50 <= record["sensor"]["jpeg"] <= 92


def test_words_that_do_not_go_with_a_world_are_refused_when_it_is_opened():
    with pytest.raises(ConfigError, match="unknown rig 'kity'"):
        open_source("worlds:street?rig=kity")
    with pytest.raises(ConfigError, match="drawn in layers and has no weather"):
        open_source("worlds:flat-street?weather=day")


def test_a_stamp_tells_scenes_apart_that_differ_and_no_others():
    def stamp(words: str, index: int = 1) -> dict[str, str]:
        return dict(open_source(f"worlds:{words}").stamp(index))

    first = stamp("street?seed=3&frames=4")
    assert first == stamp("street?frames=9&seed=3")
    others = (
        "city-a?seed=3",
        "street?seed=4",
        "street?seed=3&height=64",
        "street?seed=3&samples=2",
        "street?seed=3&rig=kitti",
    )
    assert all(stamp(words) != first for words in others)
    assert stamp("street?seed=3", 2) != first
