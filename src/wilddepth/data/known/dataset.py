"""What is known about one data set."""

from dataclasses import dataclass
from typing import Literal

Use = Literal["predict", "metres", "score", "sequence"]
"""What a part is for: predicting and adapting, depth in metres, measuring with truth, following the camera in time."""

Evidence = Literal["quoted", "reported"]
"""Of a size: the text of the owners' page as others quote it, or what others found after fetching."""


Views = Literal["rectified pairs", "unrectified pairs", "one view"]
"""What pictures there are. Only the first kind can be matched as it is."""


@dataclass(frozen=True)
class Download:
    """One thing to fetch from the page.

    Attributes:
        name: as the page calls it.
        size: as it is stated; None where it is not known to us.
        evidence: where the size is from.
        needed: whether the smallest useful part needs it.
    """

    name: str
    size: str | None = None
    evidence: Evidence | None = None
    needed: bool = False


@dataclass(frozen=True)
class Part:
    """One kind of files on disk.

    Attributes:
        name: what they are, for people.
        use: what they are needed for.
        patterns: where they may lie below the folder; any of them will do.
        fetch: what to do where there is none.
    """

    name: str
    use: Use
    patterns: tuple[str, ...]
    fetch: str


@dataclass(frozen=True)
class Dataset:
    """One data set, or one way to lay out pictures of one's own.

    Attributes:
        name: as `--layout` and `wilddepth data show` call it.
        title: for people.
        page: the owners' own; None for pictures of one's own.
        licence: as its owners state; None where we have not verified it, and for pictures of one's own.
        downloads: what there is to fetch.
        smallest: the smallest part that is of use.
        parts: what is looked for on disk, in the order in which it is needed.
        shape: how it must lie.
        notes: what goes wrong otherwise.
        views: what pictures there are.
    """

    name: str
    title: str
    page: str | None
    licence: str | None
    downloads: tuple[Download, ...]
    smallest: str
    parts: tuple[Part, ...]
    shape: str
    notes: tuple[str, ...] = ()
    views: Views = "rectified pairs"

    @property
    def own(self) -> bool:
        """Whether these are pictures of one's own, which nobody licenses."""
        return self.page is None
