"""The detector: a depthwise-separable backbone, a path-aggregation neck, three output scales.

0.44 M parameters. It is fully convolutional, so it trains at one size and is deployed at another.
"""

import torch
from torch import nn
from torch.nn import functional as F

from . import CLASSES, PAD_VALUE, STRIDES_PX

BACKBONE_CHANNELS = (16, 32, 72, 144, 224)
BACKBONE_DEPTHS = (1, 2, 4, 2)
NECK_CHANNELS = 80
INPUT_SCALE = 1 / 58
LARGEST_LOG_SIZE = 5.0
RARE_OBJECT_BIAS = -4.6


def batch_norm(channels):
    return nn.BatchNorm2d(channels, momentum=0.03, eps=1e-3)


class Separable(nn.Module):
    """Depthwise and pointwise convolution with one normalisation; residual where shapes allow."""

    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, kernel, stride, kernel // 2, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = batch_norm(outputs)
        self.residual = inputs == outputs and stride == 1

    def forward(self, x):
        y = self.norm(self.pointwise(self.depthwise(x)))
        return F.relu(x + y) if self.residual else F.relu(y)


def stage(inputs, outputs, depth, kernel):
    return nn.Sequential(
        Separable(inputs, outputs, kernel, 2), *[Separable(outputs, outputs, kernel) for _ in range(depth)]
    )


class Branch(nn.Module):
    """The outputs of one scale: 4 box and `len(CLASSES)` class channels."""

    def __init__(self):
        super().__init__()
        self.shared = Separable(NECK_CHANNELS, NECK_CHANNELS, 5)
        self.box = nn.Sequential(Separable(NECK_CHANNELS, NECK_CHANNELS), nn.Conv2d(NECK_CHANNELS, 4, 1))
        self.classes = nn.Sequential(
            Separable(NECK_CHANNELS, NECK_CHANNELS), nn.Conv2d(NECK_CHANNELS, len(CLASSES), 1)
        )

    def forward(self, x):
        x = self.shared(x)
        return torch.cat([self.box(x), self.classes(x)], 1).flatten(2).transpose(1, 2)


class Detector(nn.Module):
    """`[b, 3, h, w] f32 BGR 0..255` -> `[b, rows, 4 + classes]`: raw box, class logits."""

    def __init__(self):
        super().__init__()
        c, d, n = BACKBONE_CHANNELS, BACKBONE_DEPTHS, NECK_CHANNELS
        self.stem = nn.Sequential(nn.Conv2d(3, c[0], 3, 2, 1, bias=False), batch_norm(c[0]), nn.ReLU())
        self.stage4, self.stage8 = stage(c[0], c[1], d[0], 3), stage(c[1], c[2], d[1], 3)
        self.stage16, self.stage32 = stage(c[2], c[3], d[2], 5), stage(c[3], c[4], d[3], 5)
        self.lateral = nn.ModuleList(nn.Conv2d(width, n, 1) for width in c[2:])
        self.merge_down = nn.ModuleList(Separable(n, n) for _ in range(2))
        self.shrink_up = nn.ModuleList(Separable(n, n, 3, 2) for _ in range(2))
        self.merge_up = nn.ModuleList(Separable(n, n, 5) for _ in range(2))
        self.branches = nn.ModuleList(Branch() for _ in STRIDES_PX)
        self.initialise()

    def initialise(self):
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                mode = "fan_out" if module.groups == 1 else "fan_in"
                nn.init.kaiming_normal_(module.weight, mode=mode, nonlinearity="relu")
            if isinstance(module, Separable) and module.residual:
                nn.init.constant_(module.norm.weight, 0.5)
        for branch in self.branches:
            for last in (branch.box[-1], branch.classes[-1]):
                nn.init.normal_(last.weight, std=0.01)
            branch.box[-1].bias.data = torch.tensor([0.5, 0.5, 1.0, 1.4])
            nn.init.constant_(branch.classes[-1].bias, RARE_OBJECT_BIAS)

    def forward(self, images):
        x = (images - PAD_VALUE) * INPUT_SCALE
        at8 = self.stage8(self.stage4(self.stem(x)))
        at16 = self.stage16(at8)
        at32 = self.lateral[2](self.stage32(at16))
        at16 = self.merge_down[1](self.lateral[1](at16) + F.interpolate(at32, scale_factor=2.0))
        at8 = self.merge_down[0](self.lateral[0](at8) + F.interpolate(at16, scale_factor=2.0))
        at16 = self.merge_up[0](at16 + self.shrink_up[0](at8))
        at32 = self.merge_up[1](at32 + self.shrink_up[1](at16))
        return torch.cat([branch(f) for branch, f in zip(self.branches, (at8, at16, at32))], 1)


def cells(height_px: int, width_px: int, device="cpu"):
    """Grid position `[n, 2]` and stride `[n, 1]` of every output row."""
    grids, strides = [], []
    for stride in STRIDES_PX:
        rows, columns = height_px // stride, width_px // stride
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        grids.append(torch.stack([x, y], -1).reshape(-1, 2).float())
        strides.append(torch.full((rows * columns, 1), float(stride)))
    return torch.cat(grids).to(device), torch.cat(strides).to(device)


def decode(raw, grid, stride):
    """Raw boxes `[..., n, 4]` to `[..., n, 4]` in input pixels (YOLOX decoding)."""
    centre = (raw[..., :2] + grid) * stride
    half = raw[..., 2:4].clamp(max=LARGEST_LOG_SIZE).exp() * stride / 2
    return torch.cat([centre - half, centre + half], -1)


class Deployed(nn.Module):
    """The exported graph: rows `[b, n, 5 + classes]` in the layout of YOLOX, objectness 1."""

    def __init__(self, detector: Detector):
        super().__init__()
        self.detector = detector

    def forward(self, images):
        rows = self.detector(images)
        raw, classes = rows[..., :4], rows[..., 4:].sigmoid()
        size = raw[..., 2:].clamp(max=LARGEST_LOG_SIZE)
        return torch.cat([raw[..., :2], size, torch.ones_like(raw[..., :1]), classes], -1)
