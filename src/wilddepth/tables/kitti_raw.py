"""The four domains of KITTI raw: 71 drives by where the car drives, as the group that made the tables lists them.

Source: the lists of "Real-time self-adaptive deep stereo" (CVPR 2019) and of fedstereo (CVPR 2024), which are the same.
"""

from collections.abc import Mapping

_NUMBERS: Mapping[str, Mapping[str, str]] = {
    "City": {
        "09_26": "0001 0002 0005 0009 0011 0013 0014 0017 0018 0048 0051 0056 0057 0059 0060 0084 0091 0093 0095 0096 "
        "0104 0106 0113 0117",
        "09_28": "0001 0002",
        "09_29": "0026 0071",
    },
    "Residential": {
        "09_26": "0019 0020 0022 0023 0035 0036 0039 0046 0061 0064 0079 0086 0087",
        "09_30": "0018 0020 0027 0028 0033 0034",
        "10_03": "0027 0034",
    },
    "Campus": {"09_28": "0016 0021 0034 0035 0037 0038 0039 0043 0045 0047"},
    "Road": {
        "09_26": "0015 0027 0028 0029 0032 0052 0070 0101",
        "09_29": "0004",
        "09_30": "0016",
        "10_03": "0042 0047",
    },
}

DOMAINS: Mapping[str, tuple[str, ...]] = {
    domain: tuple(f"2011_{day}_drive_{number}_sync" for day, numbers in days.items() for number in numbers.split())
    for domain, days in _NUMBERS.items()
}
"""Domain -> its drives, in the order in which they are driven one after another."""
