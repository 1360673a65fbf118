"""A checkpoint to ONNX, checked against torch.

Input `images` `[batch, 3, h, w] f32 BGR 0..255`, letterboxed top left with 114.
Output `output` `[batch, rows, 5 + 3]`: strides 8, 16, 32 in that order, cells row by row; each
row is raw (centre x and y offset, log width, log height), objectness (always 1), and the
probabilities of person, head and vehicle. It decodes as YOLOX-nano's own export does.
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch

from . import CLASSES, STRIDES_PX, paths
from .network import Deployed, Detector
from .teacher import open_session

OPSET = 17
TOLERANCE = 1e-3
SIDE_MULTIPLE_PX = 32


class ExportDiffers(Exception):
    """The exported graph does not compute what the trained one does."""


def load_average(checkpoint: Path) -> Detector:
    detector = Detector()
    state = torch.load(paths.require(checkpoint), map_location="cpu", weights_only=True)
    detector.load_state_dict(state["average"])
    return detector.eval()


def export(detector: Detector, target: Path, height_px: int, width_px: int) -> str:
    """Writes the detector to `target`, checks it, and returns its sha256."""
    rows = sum((height_px // s) * (width_px // s) for s in STRIDES_PX)
    return write(Deployed(detector).eval(), target, (height_px, width_px), "output", {1: rows, 2: 5 + len(CLASSES)})


def write(deployed, target: Path, size_px: tuple[int, int], output: str, output_dims: dict[int, int]) -> str:
    """Writes any network from `images` to `output`; `output_dims` are stated in the graph."""
    height_px, width_px = size_px
    for side in size_px:
        if side % SIDE_MULTIPLE_PX:
            raise ValueError(f"`{width_px}x{height_px}`: each side must be a multiple of 32, for example 640x384")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    torch.onnx.export(
        deployed, (torch.zeros(1, 3, height_px, width_px),), str(partial), dynamo=False, opset_version=OPSET,
        input_names=["images"], output_names=[output],
        dynamic_axes={"images": {0: "batch"}, output: {0: "batch"}},
    )
    fix_output_shape(partial, output_dims)
    worst = largest_difference(deployed, partial, height_px, width_px)
    if worst > TOLERANCE:
        raise ExportDiffers(f"`{target}`: differs from torch by {worst:.2g}, expected at most {TOLERANCE}")
    partial.replace(target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target}: {target.stat().st_size} bytes, differs from torch by {worst:.1e}, sha256 {digest}")
    return digest


def fix_output_shape(path: Path, dims: dict[int, int]):
    """States the output's shape in the graph, so that a reader need not run it to learn it."""
    model = onnx.load(path)
    shape = model.graph.output[0].type.tensor_type.shape.dim
    for axis, value in dims.items():
        shape[axis].dim_value = value
    onnx.checker.check_model(model)
    onnx.save(model, path)


def largest_difference(deployed, path: Path, height_px: int, width_px: int) -> float:
    session = open_session(path)
    worst = 0.0
    generator = torch.Generator().manual_seed(0)
    for batch in (1, 2):
        images = torch.randint(0, 256, (batch, 3, height_px, width_px), generator=generator).float()
        with torch.no_grad():
            expected = deployed(images).numpy()
        got = session.run(None, {"images": images.numpy()})[0]
        worst = max(worst, float(np.abs(expected - got).max()))
    return worst
