"""The row of the KITTI 2015 leaderboard: DispNetC, StereoNet and MADNet tuned on the ground truth of KITTI."""

from wilddepth.tables.table import Claim, Column, Part, Pick, Picks, Plan, Row, Scale, Start, Table

HELD_OUT = 160
"""The last 40 of the 200 training pairs of KITTI 2015 are not learned from, and scored."""


def _keys(first: int, last: int) -> tuple[str, ...]:
    """Keys of KITTI pairs, the last one included."""
    return tuple(f"{number:06d}_10" for number in range(first, last + 1))


def _row(name: str, text: str, d1: float, seconds: float) -> Row:
    published = {"held out/d1_all": d1, "seconds": seconds}
    return Row(name, text, "supervised", {}, (), "learn", start=name, published=published)


def _part(name: str, group: str, learn: Picks, held_out: Picks, submission: Picks, *, optional: bool = False) -> Part:
    return Part(name, group, learn, {"held out": held_out}, optional=optional, submission=submission)


def _street(seed: int, frames: int) -> Picks:
    return (Pick(f"worlds:street?seed={seed}&frames={frames}&height=256&width=512"),)


def _sample(first: int, last: int) -> Picks:
    return (Pick("{data}/kitti2015", keys=_keys(first, last)),)


SUPERVISED = "Every row learns ground truth: SUPERVISED, as published."

MINI = Scale(
    parts=(
        _part("street", "rendered street", _street(21, 24), _street(22, 12), _street(22, 12)),
        _part("kitti2015", "KITTI 2015, small sample", _sample(1, 6), _sample(7, 12), (), optional=True),
    ),
    plan=Plan(steps=300, batch=2, height=192, width=384, learning_rate=2e-4),
    starts={
        "dispnetc": Start("dispnetc-quarter-worlds", "dispnetc-quarter-worlds"),
        "stereonet": Start("stereonet-worlds", "stereonet-worlds"),
        "madnet": Start("madnet-worlds", "madnet-worlds-4"),
    },
    differences=(
        SUPERVISED,
        "24 rendered pairs of a street are learned from, 12 others are scored; published: KITTI 2012 and 2015, scored "
        "by the benchmark's server on 200 pairs whose truth is secret.",
        "The zips hold predictions of the rendered pairs: they show the form of a submission and cannot be submitted.",
        "DispNetC has a quarter of its width.",
        "Time is that of one prediction of 256x512 on this machine; published: the benchmark's size on a GPU.",
    ),
)

FULL = Scale(
    parts=(
        _part(
            "KITTI",
            "KITTI 2012 and 2015",
            (Pick("{data}/kitti2012"), Pick("{data}/kitti2015", keys=_keys(0, HELD_OUT - 1))),
            (Pick("{data}/kitti2015", keys=_keys(HELD_OUT, 199)),),
            (Pick("{data}/kitti2015/testing"),),
        ),
    ),
    plan=Plan(steps=20_000, batch=4, height=320, width=896, learning_rate=1e-5, average=0.999, checkpoint_every=200),
    starts={
        "dispnetc": Start("dispnetc-worlds", "dispnetc-worlds"),
        "stereonet": Start("stereonet-worlds", "stereonet-worlds"),
        "madnet": Start("madnet-worlds", "madnet-worlds-4"),
    },
    differences=(
        SUPERVISED,
        "Scored on the last 40 training pairs of KITTI 2015, which are not learned from; published: the benchmark's "
        "server, on 200 pairs whose truth is secret. Upload the zip of a row for that number.",
        "Pre-trained on this package's rendered worlds; 20,000 steps of four crops of 320x896 from 1e-5, the rate that "
        "an author names. All levels learn the truth; the author speaks of the last one alone.",
        "Time is that of one prediction on this machine.",
    ),
)

MADNET = Table(
    name="madnet",
    title="Fast stereo networks tuned on KITTI's ground truth",
    source="Tonioni, Tosi, Poggi, Mattoccia, Di Stefano, Real-time self-adaptive deep stereo (CVPR 2019): row of the "
    "KITTI 2015 leaderboard",
    columns=(Column("held out", "d1_all", "D1-all"), Column("", "seconds", "time of a pair, s")),
    rows=(
        _row("dispnetc", "DispNetC", 4.34, 0.06),
        _row("stereonet", "StereoNet", 4.83, 0.02),
        _row("madnet", "MADNet", 4.66, 0.02),
    ),
    scales={"mini": MINI, "full": FULL},
    claims=(
        Claim("MADNet beats StereoNet", ("madnet",), ("stereonet",), "held out/d1_all"),
        Claim("DispNetC beats MADNet", ("dispnetc",), ("madnet",), "held out/d1_all"),
        Claim("MADNet is faster than DispNetC", ("madnet",), ("dispnetc",), "seconds"),
    ),
    protocol="kitti2015",
)
