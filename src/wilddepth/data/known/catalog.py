"""The table of data sets by name."""

from collections.abc import Mapping

from wilddepth.data.known.dataset import Dataset
from wilddepth.data.known.kitti import KITTI
from wilddepth.data.known.others import OTHERS
from wilddepth.data.known.own import OWN
from wilddepth.errors import ConfigError
from wilddepth.plain import closest

DATASETS: Mapping[str, Dataset] = {dataset.name: dataset for dataset in (*KITTI, *OTHERS, *OWN)}


def dataset_named(name: str) -> Dataset:
    """One of `DATASETS`.

    Raises:
        ConfigError: for another name.
    """
    if name not in DATASETS:
        raise ConfigError(f"unknown data set {name!r}; {closest(name, list(DATASETS))}")
    return DATASETS[name]
