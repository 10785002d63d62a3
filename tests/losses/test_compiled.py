"""What training calls every step compiles as one graph and gives the same numbers.

In a process of its own: the shape checker that pytest switches on wraps every function, and cannot be compiled.
"""

import subprocess
import sys

SCRIPT = """
import torch
from wilddepth.geometry.occlusion import consistent
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.matching import matching_loss
from wilddepth.losses.photometric import TargetStatistics, mean_ssim_l1, photometric_map
from wilddepth.losses.pyramid import sum_l1_levels
from wilddepth.losses.smoothness import edge_aware_smoothness

torch.manual_seed(0)
right, left = torch.rand(2, 1, 3, 16, 32).unbind(0)
statistics = TargetStatistics.of(left)
disparity = torch.rand(1, 1, 16, 32) * 5
features = torch.randn(1, 8, 16, 32)


def everything(disparity):
    rebuilt, inside = warp_by_disparity(right, disparity)
    last = warp_by_disparity(features.contiguous(memory_format=torch.channels_last), disparity, border="zeros")[0]
    return (
        rebuilt, inside, last, photometric_map(rebuilt, statistics), mean_ssim_l1(rebuilt, left),
        edge_aware_smoothness(disparity, left),
        sum_l1_levels({2: disparity[..., ::4, ::4]}, disparity, inside, {2: 1.0}),
        matching_loss(features, features, disparity, inside), consistent(disparity, disparity),
    )


graph = torch.compile(everything, fullgraph=True, backend="eager")
compared = list(zip(graph(disparity), everything(disparity), strict=True))
torch.testing.assert_close(*map(list, zip(*compared, strict=True)))
print(len(compared))
"""


def test_warps_and_losses_compile_as_one_graph():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert run.stdout == "9\n", run.stderr[-2000:]
