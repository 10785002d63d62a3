"""How a published checkpoint is described: each name in the file -> the name and shape of the tensor."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Setting = bool | int | float | str
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Entry:
    """One tensor of a checkpoint.

    Attributes:
        name: what it is called here.
        shape: in the file.
        order: how to reorder its axes; () = as they are.
    """

    name: str
    shape: Shape
    order: tuple[int, ...] = ()


Table = Mapping[str, Entry]


@dataclass(frozen=True)
class Published:
    """One network as its checkpoints hold it.

    Attributes:
        network: its name here.
        table: name in the file -> tensor.
        unused: matches names that may be in the file and are left out.
        runs: the stereo network of this package that runs it; "" where none does.
        options: settings of that network that differ from its defaults.
    """

    network: str
    table: Table
    unused: str = r"$^"
    runs: str = ""
    options: Mapping[str, Setting] = field(default_factory=dict)

    def leaves_out(self, name: str) -> bool:
        """Whether a name may be there and is not wanted."""
        return bool(re.fullmatch(rf"(.*\.)?num_batches_tracked|{self.unused}", name))


def convolution(theirs: str, ours: str, shape: Shape, *, bias: bool = True) -> Iterator[tuple[str, Entry]]:
    """Weight (out, in, ...) and bias (out)."""
    yield f"{theirs}.weight", Entry(f"{ours}.weight", shape)
    if bias:
        yield f"{theirs}.bias", Entry(f"{ours}.bias", shape[:1])


def normalisation(theirs: str, ours: str, channels: int) -> Iterator[tuple[str, Entry]]:
    """Scale, offset and running statistics of a batch normalisation."""
    for name in ("weight", "bias", "running_mean", "running_var"):
        yield f"{theirs}.{name}", Entry(f"{ours}.{name}", (channels,))
