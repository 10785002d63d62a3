"""The table of protocols, and what may share a table."""

import json
from dataclasses import replace

import pytest

from wilddepth.errors import ConfigError
from wilddepth.metrics.protocols import PROTOCOLS, protocol
from wilddepth.protocol import Protocol, require_same

NAMED = {
    "default", "kitti2015", "kitti2015-noc", "kitti2012", "middlebury", "eth3d", "rtsa-online", "l2a", "tpami",
    "monodepth", "fedstereo",
}  # fmt: skip


def test_every_published_protocol_is_there_under_its_own_name():
    assert set(PROTOCOLS) >= NAMED
    assert all(protocol(name).name == name for name in PROTOCOLS)


def test_an_unknown_protocol_is_refused_with_the_names_there_are():
    with pytest.raises(ConfigError, match=r"unknown protocol 'kitti'; choose one of default, .*fedstereo"):
        protocol("kitti")


def test_a_protocol_is_plain_json():
    for entry in PROTOCOLS.values():
        assert Protocol(**json.loads(json.dumps(entry.describe()))) == entry


def test_a_noc_protocol_differs_in_its_mask_only():
    pairs = [(PROTOCOLS[name[:-4]], PROTOCOLS[name]) for name in PROTOCOLS if name.endswith("-noc")]
    assert len(pairs) == 5
    for full, visible in pairs:
        assert replace(full, name=visible.name, mask="visible") == visible


def test_numbers_of_different_protocols_may_not_share_a_table():
    with pytest.raises(ConfigError, match=r"'kitti2015' and 'kitti2015-noc' cannot share a table \(mask: all against"):
        require_same(protocol("kitti2015"), protocol("kitti2015-noc"))


def test_only_the_name_may_differ():
    require_same(protocol("default"), Protocol("another name"))


@pytest.mark.parametrize("crop", ["", "320x1216", "centre 320", "centre 0x10", "centre -1x10", "center 320x1216"])
def test_a_crop_that_says_nothing_known_is_refused(crop):
    with pytest.raises(ConfigError, match="write 'none' or 'centre HxW'"):
        Protocol("own", crop=crop)


def test_crop_size():
    assert Protocol("own").crop_size() is None
    assert protocol("rtsa-online").crop_size() == (320, 1216)
