"""Weights out of an exported ONNX file, so that training can go on where only the export was kept.

The export folds each normalisation into the convolution before it. Here the folded weights are
read back in graph order and the normalisation is set anew from the statistics of training
pictures: the recovered network computes what the exported one does, and can be trained.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from . import paths
from .network import Detector

SMALLEST_SPREAD = 1e-3


class GraphDiffers(Exception):
    """The ONNX graph is not an export of this network."""


def recover(path: Path, images: torch.Tensor) -> Detector:
    """The network of the export at `path`; `images` `[b, 3, h, w] f32` set its statistics."""
    detector = Detector().eval()
    folded = folded_convolutions(path)
    ours = convolutions_in_order(detector)
    if len(folded) != len(ours):
        raise GraphDiffers(f"`{path}`: {len(folded)} convolutions, expected {len(ours)}; is it an older network?")
    norms = normalisation_after(detector)
    with torch.no_grad():
        for module, (weight, bias) in zip(ours, folded):
            if tuple(module.weight.shape) != weight.shape:
                raise GraphDiffers(f"`{path}`: a convolution of {weight.shape}, expected {tuple(module.weight.shape)}")
            module.weight.copy_(torch.from_numpy(weight))
            if module.bias is not None:
                module.bias.copy_(torch.from_numpy(bias))
            elif module in norms:
                be_identity(norms[module], torch.from_numpy(bias))
        unfold(detector, norms, images)
    return detector


def folded_convolutions(path: Path):
    """Weight and bias of every convolution, in graph order."""
    graph = onnx.load(paths.require(path)).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            values[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "Identity" and node.input[0] in values:  # equal tensors are stored once
            values[node.output[0]] = values[node.input[0]]
    found = []
    for node in graph.node:
        if node.op_type == "Conv":
            weight = values[node.input[1]]
            bias = values[node.input[2]] if len(node.input) > 2 else np.zeros(weight.shape[0], np.float32)
            found.append((weight.copy(), bias.copy()))
    return found


def convolutions_in_order(detector: Detector) -> list[nn.Conv2d]:
    """The convolutions in the order in which a picture passes them."""
    order = []
    hooks = [m.register_forward_hook(lambda module, *_: order.append(module))
             for m in detector.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        detector(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    return order


def normalisation_after(detector: Detector) -> dict:
    """The normalisation that follows each convolution which has one."""
    norms = {detector.stem[0]: detector.stem[1]}
    for module in detector.modules():
        if hasattr(module, "pointwise"):
            norms[module.pointwise] = module.norm
    return norms


def be_identity(norm: nn.BatchNorm2d, bias):
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.fill_(1)
    norm.bias.copy_(bias)


def unfold(detector: Detector, norms: dict, images):
    """Moves the spread and mean of each convolution's answer into its normalisation."""
    seen = {}
    hooks = [conv.register_forward_hook(lambda module, _, out: seen.__setitem__(module, (
        out.mean((0, 2, 3)), out.std((0, 2, 3)).clamp(min=SMALLEST_SPREAD)))) for conv in norms]
    detector(images)
    for hook in hooks:
        hook.remove()
    for conv, norm in norms.items():
        mean, spread = seen[conv]
        conv.weight /= spread[:, None, None, None]
        norm.running_mean.copy_(mean / spread)
        norm.running_var.fill_(1)
        norm.weight.copy_(spread * (1 + norm.eps) ** 0.5)
        norm.bias += mean
