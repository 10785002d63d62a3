"""What can go wrong, as types.

WildDepthError                                 anything this package refuses to do, with the next step in the message
├── ConfigError      a recipe or an option names something unknown or contradicts itself
├── SampleError      an input file is missing, unreadable, has the wrong size or contradicts its neighbour
│   └── MissingView  a method asked for a view this sample does not have
├── WeightsError     weights do not fit the network, hold NaN, or their digest differs
└── OutputError      the place to write to is in use or cannot be written

The command turns each of them into one line and exit status 2; every other exception is our fault: status 1.
"""


class WildDepthError(Exception):
    """Base of every error a user can mend; the message names the thing and the next step."""


class ConfigError(WildDepthError):
    """A recipe or an option names something unknown or contradicts itself."""


class SampleError(WildDepthError):
    """An input file is missing, unreadable, has the wrong size or contradicts its neighbour."""


class MissingView(SampleError):  # noqa: N818 - says what is missing, as a sentence would
    """A method asked for a view (right image, baseline, neighbour) that this sample does not have."""


class WeightsError(WildDepthError):
    """Weights do not fit the network, hold NaN, or their digest differs."""


class OutputError(WildDepthError):
    """The place to write to is in use or cannot be written."""
