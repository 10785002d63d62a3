"""The one table of tables: name -> what it is."""

from collections.abc import Mapping

from wilddepth.errors import ConfigError
from wilddepth.plain import closest
from wilddepth.tables.madnet import MADNET
from wilddepth.tables.pami_stereo import PAMI_STEREO
from wilddepth.tables.second_step import SECOND_STEP
from wilddepth.tables.table import Table

TABLES: Mapping[str, Table] = {each.name: each for each in (PAMI_STEREO, SECOND_STEP, MADNET)}


def table(name: str) -> Table:
    """A table by its name, or `ConfigError` with the nearest one."""
    if name not in TABLES:
        raise ConfigError(f"unknown table {name!r}; {closest(name, list(TABLES))}")
    return TABLES[name]
