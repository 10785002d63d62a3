"""The named protocols: one table, each entry with its source.

Names ending in `-noc` score only pixels seen by both cameras.
"""

from collections.abc import Mapping
from dataclasses import replace

from wilddepth.errors import ConfigError
from wilddepth.protocol import Protocol

# Ours: KITTI's outlier rule on every pixel with truth, whatever the data set; a hole is an outlier, so that leaving out
# the difficult pixels wins nothing; mean over images, as the papers on adaptation average.
DEFAULT = Protocol("default")

# KITTI 2015 development kit (Menze and Geiger, CVPR 2015), evaluation of the first disparity map: holes closed from
# the background, D1 = above 3 px and above 5 %, counts added over all images.
KITTI2015 = Protocol("kitti2015", min_disparity=0.0, missing="background", average="pixel")

# KITTI 2012 development kit (Geiger et al., CVPR 2012): the same holes, outliers above 3 px alone (so `d1_all` is
# `bad3`), mean over images of each image's share.
KITTI2012 = Protocol("kitti2012", min_disparity=0.0, missing="background", outlier_relative=0.0)

# Middlebury stereo SDK, evaldisp (Scharstein et al., GCPR 2014): bad-x are its "total bad" (bad + invalid over all
# evaluated pixels), the average error is over estimated pixels; predictions of half and quarter size are enlarged. It
# also clips predictions to 0..ndisp of the scene: set `clip_disparity` where that is known.
MIDDLEBURY = Protocol("middlebury", enlarge="nearest")

# ETH3D two-view evaluation (Schoeps et al., CVPR 2017): everything is over estimated pixels, coverage stands apart.
ETH3D = Protocol("eth3d", missing="skip")

# Stereo_Online_Adaptation script (Tonioni et al., CVPR 2019, MAD): "bad3" is above 3 px without the 5 % test, mean over
# frames of the central window.
RTSA_ONLINE = Protocol("rtsa-online", crop="centre 320x1216", min_disparity=0.0, outlier_relative=0.0)

# Learning2Adapt test script with its KITTI flag (Tonioni et al., CVPR 2019, L2A): err > 3 and err > 0.05 truth.
L2A = Protocol("l2a", crop="centre 320x1216", min_disparity=0.0, outlier_quotient="float64")

# Stereo_Continual_Adaptation script (Poggi et al., TPAMI 2021): err > 3 and err / truth >= 0.05.
TPAMI = Protocol(
    "tpami", crop="centre 320x1216", min_disparity=0.0, outlier_relative_test=">=", outlier_quotient="float64"
)

# monodepth, evaluate_kitti on the KITTI split (Godard et al., CVPR 2017): err >= 3 and err / truth >= 0.05.
MONODEPTH = Protocol(
    "monodepth", min_disparity=0.0, outlier_px_test=">=", outlier_relative_test=">=", outlier_quotient="float64"
)

# fedstereo, kitti_metrics (Poggi and Tosi, ECCV 2024): called bad 3, but with the 5 % test; whole frames.
FEDSTEREO = Protocol("fedstereo", min_disparity=0.0, outlier_quotient="float64")


def _visible(protocol: Protocol) -> Protocol:
    return replace(protocol, name=f"{protocol.name}-noc", mask="visible")


PROTOCOLS: Mapping[str, Protocol] = {
    entry.name: entry
    for entry in (
        DEFAULT,
        _visible(DEFAULT),
        KITTI2015,
        _visible(KITTI2015),
        KITTI2012,
        _visible(KITTI2012),
        MIDDLEBURY,
        _visible(MIDDLEBURY),
        ETH3D,
        _visible(ETH3D),
        RTSA_ONLINE,
        L2A,
        TPAMI,
        MONODEPTH,
        FEDSTEREO,
    )
}


def protocol(name: str) -> Protocol:
    """The protocol of that name, or `ConfigError` with the names there are."""
    if name not in PROTOCOLS:
        raise ConfigError(f"unknown protocol {name!r}; choose one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]
