"""What a card tells its reader to do next."""

import pytest

from wilddepth.tables.card import again


@pytest.mark.parametrize(
    "typed",
    [
        "wilddepth reproduce madnet --out ./run",
        "wilddepth reproduce madnet --out ./run --resume",
        "wilddepth reproduce madnet --overwrite --out ./run",
    ],
)
def test_going_on_never_replaces_what_there_is(typed: str):
    assert again(typed) == "wilddepth reproduce madnet --out ./run --resume"
