"""The table of data sets as a page of the documentation."""

from wilddepth.data.known.catalog import DATASETS
from wilddepth.data.known.dataset import Dataset, Download

USES = {"predict": "everything", "metres": "metres", "score": "scores", "sequence": "sequences"}

HEADER = """# Data

<!-- Written by `make docs` from the table in src/wilddepth/data/known; change it there. -->

wilddepth downloads nothing. This page says where data sets are got from, what of them is the least that is of use, and
how they must lie; `wilddepth data check DIR` says what of one is on disk and what is missing first.

    wilddepth data                          # this table, short
    wilddepth data show kitti_raw           # one of them
    wilddepth data check ./kitti            # what is there; --layout NAME where it cannot be told by looking

Sizes are those of the archives. *Quoted*: the text of the owners' page beside the download, as public instructions
quote it. *Reported*: what others found after fetching. The pages themselves were not opened for this table, so look
there before a long download. "Not verified" means that we do not know, not that there is none. The owners' terms hold,
whatever stands here.
"""


def page() -> str:
    """All of it, as Markdown."""
    public = [dataset for dataset in DATASETS.values() if not dataset.own]
    own = [dataset for dataset in DATASETS.values() if dataset.own]
    texts = [HEADER, overview(public), *map(section, public), "## Pictures of your own\n", own_table(own)]
    return "\n".join(texts)


def overview(datasets: list[Dataset]) -> str:
    """A row for each public data set."""
    rows = [
        f"| [`{of.name}`](#{of.name}) | {of.title} | {of.licence or 'not verified'} | {of.smallest} |"
        for of in datasets
    ]
    return "\n".join(["| layout | data set | licence | smallest useful part |", "|---|---|---|---|", *rows, ""])


def section(dataset: Dataset) -> str:
    """One data set."""
    downloads = [f"- {download_line(download)}" for download in dataset.downloads]
    parts = [f"| {part.name} | {USES[part.use]} | `{part.patterns[0]}` | {part.fetch} |" for part in dataset.parts]
    return "\n".join(
        [
            f"## {dataset.name}\n",
            f"{dataset.title}: <{dataset.page}>. Licence: {dataset.licence or 'not verified'}.\n",
            f"Smallest useful part: {dataset.smallest}.\n",
            *downloads,
            f"\nLies as: {dataset.shape}.\n",
            *(f"{note}\n" for note in dataset.notes),
            "| part | needed for | e.g. | where it is missing |",
            "|---|---|---|---|",
            *parts,
            "",
        ]
    )


def download_line(download: Download) -> str:
    """A download with its size and where the size is from."""
    size = "size not verified" if download.size is None else f"{download.size}, {download.evidence}"
    return f"{download.name}: {size}{'; needed' if download.needed else ''}"


def own_table(datasets: list[Dataset]) -> str:
    """A row for each way to lay out pictures of one's own."""
    rows = [f"| `{of.name}` | {of.title} | {of.shape} | {' '.join(of.notes)} |" for of in datasets]
    return "\n".join(["| layout | what | lies as | mind |", "|---|---|---|---|", *rows, ""])
