
import torch
from wilddepth.engine.infer import Predictor
from wilddepth.methods.supervised import Supervised
from wilddepth.networks.madnet import MADNet
from wilddepth.sample import Sample

equal = 0
for seed in (0, 1):
    method = Supervised(MADNet(generator=torch.Generator().manual_seed(seed)))
    import time; plain = Predictor(method, device="cpu", precision="fp32")
    compiled = Predictor(method, device="cpu", precision="fp32", compile=True)
    for height, width in ((64, 128), (50, 100), (75, 190), (140, 60)):
        views = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(height))
        sample = Sample(image=views[:1], right=views[1:], keys=(f"{height}x{width}",))
        difference = (compiled(sample).values - plain(sample).values).abs()  # of up to 100 px
        print(seed,height,time.process_time(),difference.mean(),difference.max(),torch._dynamo.utils.counters['stats'],flush=True)
        equal += bool(difference.mean() < 1e-2 and difference.max() < 0.1)
graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
print(equal, "equal,", graphs, "graphs")
