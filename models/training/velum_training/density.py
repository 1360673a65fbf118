"""`velum-density-1`: how many persons each cell of a picture stands for, where they are many or small.

The detector's backbone and neck with one more branch: a map at stride 8 whose sum is the number of
persons. It learns (`density_training`) from composed crowds, where every person's place is known, and
from the labelled clips.
"""

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import PAD_VALUE, PERSON, boxes, composition, export as exporting, paths
from .appearance import degrade
from .dataset import Pictures
from .network import INPUT_SCALE, NECK_CHANNELS, Detector, Separable

STRIDE_PX = 8
# Fewest, most, height of the nearest in px. The second row is people who walk close by: without it they are not counted.
CROWDS = ((0, 4, 24, 250), (3, 12, 80, 280), (4, 14, 20, 120), (14, 40, 16, 90), (40, 90, 14, 60))
CROWD_SHARES = (0.24, 0.24, 0.2, 0.2, 0.12)
HEAD_SHARE = 0.08  # of the person's height, below its top
SPREAD_SHARE = 0.08
SPREAD_PX = (5.0, 16.0)
THINGS_SHARE = 0.12
NOBODY_SHARE = 0.12  # of the pictures get nothing pasted but things that are no people
THINGS = (0, 12, 24, 280)
EMPTY_SCENE_SHARE = 0.55


class Density(nn.Module):
    """`[b, 3, h, w] f32 BGR 0..255` -> `[b, 1, h / 8, w / 8]`: persons a cell."""

    def __init__(self):
        super().__init__()
        detector = Detector()
        self.stem, self.stage4, self.stage8 = detector.stem, detector.stage4, detector.stage8
        self.stage16, self.stage32, self.lateral = detector.stage16, detector.stage32, detector.lateral
        self.merge_down = detector.merge_down
        self.head = nn.Sequential(Separable(NECK_CHANNELS, NECK_CHANNELS, 5), Separable(NECK_CHANNELS, 48, 3),
                                  nn.Conv2d(48, 1, 1))
        nn.init.normal_(self.head[-1].weight, std=0.01)
        nn.init.constant_(self.head[-1].bias, -5.0)

    def train(self, mode=True):
        """The first layers stay the detector's: they see edges, and are half of the work of a step."""
        super().train(mode)
        for layer in (self.stem, self.stage4):
            layer.train(False).requires_grad_(False)
        return self

    def forward(self, images):
        x = (images - PAD_VALUE) * INPUT_SCALE
        at8 = self.stage8(self.stage4(self.stem(x)))
        at16 = self.stage16(at8)
        at32 = self.lateral[2](self.stage32(at16))
        at16 = self.merge_down[1](self.lateral[1](at16) + F.interpolate(at32, scale_factor=2.0))
        at8 = self.merge_down[0](self.lateral[0](at8) + F.interpolate(at16, scale_factor=2.0))
        return F.softplus(self.head(at8))

    def start_from(self, detector_weights: dict):
        """The detector's weights where the two networks share them."""
        mine = self.state_dict()
        self.load_state_dict({name: detector_weights.get(name, value) for name, value in mine.items()})


@dataclass
class Sample:
    """`target` `[h, w]` persons a cell; `known` `[h, w]` is 0 where nobody can say."""

    image: np.ndarray
    target: np.ndarray
    known: np.ndarray


def head_covered(labels, ignored, cover):
    """For counting: a person is there as long as some of the head shows, and is gone without it."""
    heads = labels.copy()
    heads[:, 3] = heads[:, 1] + 0.18 * (heads[:, 3] - heads[:, 1])
    gone = boxes.intersection_px2(heads, cover[None])[:, 0] > 0.6 * boxes.area_px2(heads)
    return labels[~gone | (labels[:, 4] != PERSON)], ignored


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, pictures: Pictures, height_px: int, width_px: int, seed: int):
        self.pictures, self.seed = pictures, seed
        self.height_px, self.width_px = height_px, width_px

    def __iter__(self):
        random.seed(self.seed)
        cv2.setRNGSeed(self.seed % 2**31)
        np.random.seed(self.seed % 2**32)
        while True:
            image, labels, ignored = self.compose()
            target, known = maps(labels, ignored, self.height_px, self.width_px)
            for mirror in (False, True):
                drawn = degrade(image)
                parts = (drawn, target, known)
                yield Sample(*(np.ascontiguousarray(p[:, ::-1]) if mirror else p for p in parts))

    def draw_thing(self):
        return random.choice(random.choice(list(self.pictures.things.values())))

    def draw_cutout(self):
        if random.random() < THINGS_SHARE:
            return self.draw_thing()
        return random.choice(self.pictures.persons_by_source[random.choices(*self.pictures.person_sources())[0]])

    def compose(self):
        size = (self.height_px, self.width_px)
        if random.random() < EMPTY_SCENE_SHARE:
            scene = composition.backdrop(random.choice(self.pictures.empty_scenes), *size)
            composed = scene, boxes.empty(5), boxes.empty(5)
        elif random.random() < 0.4:
            composed = composition.mosaic(self.pictures.pick, self.pictures.canvas, *size)
        else:
            composed = composition.warp(*self.pictures.pick(), self.pictures.canvas(*size))
        if random.random() < NOBODY_SHARE:
            return composition.paste_crowd(*composed, self.draw_thing, THINGS, head_covered)
        crowd = random.choices(CROWDS, CROWD_SHARES)[0]
        return composition.paste_crowd(*composed, self.draw_cutout, crowd, head_covered)


def maps(labels, ignored, height_px, width_px):
    """A bump of sum 1 at every head, and where nothing is known."""
    rows, columns = height_px // STRIDE_PX, width_px // STRIDE_PX
    target, known = np.zeros((rows, columns), np.float32), np.ones((rows, columns), np.float32)
    for x0, y0, x1, y1, class_id in ignored:
        if class_id == PERSON:
            across = slice(int(x0) // STRIDE_PX, math.ceil(x1 / STRIDE_PX))
            known[int(y0) // STRIDE_PX : math.ceil(y1 / STRIDE_PX), across] = 0
    y, x = (np.arange(n)[:, None] * STRIDE_PX + STRIDE_PX / 2 for n in (rows, columns))
    for x0, y0, x1, y1, class_id in labels:
        if class_id != PERSON:
            continue
        spread = np.clip(SPREAD_SHARE * (y1 - y0), *SPREAD_PX)
        centre = (x0 + x1) / 2, y0 + HEAD_SHARE * (y1 - y0)
        bump = np.exp(-((y - centre[1]) ** 2) / (2 * spread**2)) * np.exp(-((x.T - centre[0]) ** 2) / (2 * spread**2))
        target += bump / max(bump.sum(), 1e-6)
    return target, known


def collate(samples):
    images = torch.from_numpy(np.stack([s.image for s in samples])).permute(0, 3, 1, 2)
    return images, *(torch.from_numpy(np.stack([getattr(s, n) for s in samples]))[:, None] for n in ("target", "known"))


def export(checkpoint, target, height_px: int, width_px: int):
    """The averaged weights as ONNX: `images` -> `density` `[batch, 1, height / 8, width / 8]`."""
    net = Density().eval()
    net.load_state_dict(torch.load(paths.require(checkpoint), map_location="cpu", weights_only=True)["average"])
    exporting.write(net, target, (height_px, width_px), "density",
                    {1: 1, 2: height_px // STRIDE_PX, 3: width_px // STRIDE_PX})
