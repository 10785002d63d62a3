"""Do we really need the second step? Tuning on labelled pairs beside adapting without labels, and what each loss adds.

The question is asked in the talk about these papers; no figures were published for it.
"""

from wilddepth.tables.pami_stereo import COLUMNS, COMMON, FULL, MINI, THRESHOLDS
from wilddepth.tables.table import Claim, PairsChart, Row, Scale, Setting, Table

LOSSES = {
    "c": ("L_c alone", 0.0, 0.0),
    "c-s": ("L_c + smoothness", 0.05, 0.0),
    "c-r": ("L_c + reconstruction", 0.0, 1.0),
    "all": ("all three", 0.05, 1.0),
}
"""Suffix of the row -> words, and the weights of smoothness and reconstruction."""


def _labelled(count: int | None) -> Row:
    """Supervised tuning on the first so many pairs of the target."""
    name = "all" if count is None else str(count)
    text = "every target pair labelled" if count is None else f"{count} labelled target pair{'s' * (count > 1)}"
    return Row(f"truth-{name}", text, "supervised", {}, (), "learn", count)


def _loss(proxy: str, suffix: str) -> Row:
    words, smoothness, reconstruction = LOSSES[suffix]
    settings: dict[str, Setting] = {
        "label": proxy,
        "threshold": THRESHOLDS[proxy],
        "smoothness": smoothness,
        "reconstruction": reconstruction,
    }
    return Row(f"{proxy}-{suffix}", f"label-free, {proxy.upper()}: {words}", "domain-adaptation", settings, (proxy,))


ROWS = (
    Row("truth-0", "no labelled pair: as it comes"),
    *(_labelled(count) for count in (1, 5, 20, None)),
    *(_loss(proxy, suffix) for proxy in THRESHOLDS for suffix in LOSSES),
)
ONE_PART = (MINI.parts[0],)
NOTE = "The talk asks the question and shows no figures, so there is nothing published to compare with."


def _own(scale: Scale, first: str) -> Scale:
    parts = ONE_PART if scale is MINI else scale.parts
    told = tuple(line for line in (*scale.differences, *COMMON) if not line.startswith("Row b"))
    return Scale(parts, scale.plan, {"network": scale.starts["network"]}, (first, *told))


SECOND_STEP = Table(
    name="second-step",
    title="Do we really need the second step?",
    source="the question of A. Tonioni's talk of 8 May 2019, with the losses of Tonioni et al. (TPAMI)",
    columns=COLUMNS,
    rows=ROWS,
    scales={"mini": _own(MINI, NOTE), "full": _own(FULL, NOTE)},
    claims=(
        Claim("adapting without labels beats no adaptation", ("sgm-all", "ad-all"), ("truth-0",), "similar/bad3"),
        Claim("adapting without labels beats one labelled pair", ("sgm-all",), ("truth-1",), "similar/bad3"),
        Claim("adapting without labels beats five labelled pairs", ("sgm-all",), ("truth-5",), "similar/bad3"),
        Claim("adapting without labels beats twenty labelled pairs", ("sgm-all",), ("truth-20",), "similar/bad3"),
        *(
            Claim(
                f"the types of losses are complementary, {proxy.upper()}: all three beat L_c alone and each pair",
                (f"{proxy}-all",),
                (f"{proxy}-c", f"{proxy}-c-s", f"{proxy}-c-r"),
                "target/bad3",
            )
            for proxy in THRESHOLDS
        ),
    ),
    chart=PairsChart(
        "Error by labelled pairs",
        "similar/bad3",
        ("truth-0", "truth-1", "truth-5", "truth-20", "truth-all"),
        "tuned on labelled pairs",
        ("sgm-all", "ad-all"),
    ),
)
