"""An endless stream of training samples: composed pictures, their labels, the teacher's view.

The teacher sees the clean composition; the student sees degraded variants of it, so that it
learns to answer under bad light and codecs what the teacher answers without them.
"""

import random
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from . import NOTHING, PERSON, STRIDES_PX, VEHICLE, boxes, composition, drawn, records
from .appearance import degrade
from .cutouts import BAGS, collect, drawn_things, empty_backgrounds
from .lying import laid_down
from .teacher import SIDE_PX, YoloxNano

VARIANTS = 2
SHUFFLE_SAMPLES = 96
STILLS = ("coco128", "photos")
STILL_PICTURES_SHARE = 0.62
BACKDROP_SHARE = 0.65
EMPTY_SCENE_SHARE = 0.18  # of the pictures are nothing but cut-outs in an empty scene
MOST_BOXES = 64
RENDERED, RENDERED_SHARE = "models", 0.4
THINGS_SHARE, VEHICLES_SHARE = 0.3, 0.12  # of the pasted cut-outs
LYING_SHARE = 0.15  # of the pasted persons; 0.08 taught nothing in 15,000 pictures
DRAWN_BAGS, DRAWN_BAG_SHARE = 200, 0.5
EMPTY_CAMERA_COPIES = 4  # there are few, and they look most like what a camera sees
VEHICLE_PICTURE_COPIES = 3  # few pictures show one


@dataclass
class Sample:
    """`teacher_rows` is `[n, 6]`: raw box, person and vehicle score of every output row."""

    image: np.ndarray
    labels: np.ndarray
    ignored: np.ndarray
    teacher_rows: np.ndarray


class Pictures:
    """Training pictures in memory, drawn by source."""

    def __init__(self):
        cv2.setNumThreads(0)  # before the first call: OpenCV's pool does not survive the fork of a loader
        train = [r for r in records.load() if not r.held_out]
        self.cutouts = collect(train)
        self.persons_by_source = {}
        for cutout in self.cutouts:
            if cutout.class_id == PERSON:
                self.persons_by_source.setdefault(cutout.source, []).append(cutout)
        self.vehicles = [c for c in self.cutouts if c.class_id == VEHICLE]
        self.things = {}
        for cutout in self.cutouts:
            if cutout.class_id is None:
                self.things.setdefault(cutout.source, []).append(cutout)
        self.drawn_bags = drawn_things(DRAWN_BAGS, drawn.LUGGAGE)
        self.by_source = {}
        for record in train:
            picture = (cv2.imread(str(record.path)), record.labels, record.ignored)
            copies = VEHICLE_PICTURE_COPIES if (record.labels[:, 4] == VEHICLE).any() else 1
            self.by_source.setdefault(record.source, []).extend([picture] * copies)
        self.empty_scenes = [picture[0] for source in STILLS for picture in self.by_source.get(source, [])
                             if not len(picture[1]) and not len(picture[2])]
        self.empty_scenes += EMPTY_CAMERA_COPIES * empty_backgrounds(train)
        self.names = list(self.by_source)
        self.weights = self.source_weights()

    def source_weights(self) -> np.ndarray:
        """Stills bring the variety, so they get a fixed share; clips by root of size and by people."""
        stills = np.array([name in STILLS for name in self.names])
        weights = np.array([len(self.by_source[name]) for name in self.names], float)
        crowd = [np.mean([(row[1][:, 4] == PERSON).sum() for row in self.by_source[n]]) for n in self.names]
        clips = np.sqrt(weights) * (1 + np.minimum(2, np.array(crowd) / 3))
        shares = np.where(stills, STILL_PICTURES_SHARE * weights / max(1, weights[stills].sum()),
                          (1 - STILL_PICTURES_SHARE) * clips / max(1e-9, clips[~stills].sum()))
        return shares / shares.sum()

    def draw_cutout(self):
        """Mostly persons, drawn by source so that no single walker dominates."""
        choice = random.random()
        if choice < THINGS_SHARE and self.things:
            things = list(self.things.values())
            return random.choice(random.choice(things))
        if choice < THINGS_SHARE + VEHICLES_SHARE and self.vehicles:
            return random.choice(self.vehicles)
        person = random.choice(self.persons_by_source[random.choices(*self.person_sources())[0]])
        return laid_down(person) if random.random() < LYING_SHARE else person

    def draw_bag(self):
        """Something that a person carries and puts down: photographed or rendered, or else drawn."""
        if random.random() < DRAWN_BAG_SHARE or BAGS not in self.things:
            return random.choice(self.drawn_bags)
        return random.choice(self.things[BAGS])

    def person_sources(self):
        """Sources of person cut-outs and their shares: by root of number; rendered people count for less."""
        names = list(self.persons_by_source)
        shares = [len(self.persons_by_source[n]) ** 0.5 * (RENDERED_SHARE if n == RENDERED else 1) for n in names]
        return names, shares

    def canvas(self, height_px, width_px) -> np.ndarray:
        """What shows around a picture: an empty scene, or the grey of the letterbox."""
        if self.empty_scenes and random.random() < BACKDROP_SHARE:
            return composition.backdrop(random.choice(self.empty_scenes), height_px, width_px)
        return composition.padding(height_px, width_px)

    def pick(self):
        name = random.choices(self.names, self.weights)[0]
        return random.choice(self.by_source[name])


class Stream(torch.utils.data.IterableDataset):
    """Samples of `height_px` x `width_px`; both are multiples of 32 and at most 416."""

    def __init__(self, pictures: Pictures, height_px: int, width_px: int, seed: int):
        self.pictures, self.seed = pictures, seed
        self.height_px, self.width_px = height_px, width_px

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        seed = self.seed + (worker.id if worker else 0)
        random.seed(seed)
        cv2.setRNGSeed(seed % 2**31)
        np.random.seed(seed % 2**32)
        teacher = YoloxNano()
        waiting = []
        while True:
            while len(waiting) < SHUFFLE_SAMPLES:
                waiting += self.variants(self.compose(), teacher)
            yield waiting.pop(random.randrange(len(waiting)))

    def compose(self):
        size = (self.height_px, self.width_px)
        choice = random.random()
        if choice < EMPTY_SCENE_SHARE and self.pictures.empty_scenes:
            scene = composition.backdrop(random.choice(self.pictures.empty_scenes), *size)
            nobody = np.array([[0, 0, self.width_px, self.height_px, NOTHING]], np.float32)
            return self.crowded(scene, boxes.empty(5), nobody)
        if choice > 0.68:
            composed = composition.mosaic(self.pictures.pick, self.pictures.canvas, *size)
        else:
            composed = composition.warp(*self.pictures.pick(), self.pictures.canvas(*size))
        if self.pictures.persons_by_source and random.random() < 0.5:
            composed = self.crowded(*composed)
        return composed

    def crowded(self, image, labels, ignored):
        return composition.paste_crowd(image, labels, ignored, self.pictures.draw_cutout, draw_bag=self.pictures.draw_bag)

    def variants(self, composed, teacher) -> list[Sample]:
        image, labels, ignored = composed
        rows = self.teacher_rows(image, teacher)
        first = Sample(degrade(image), labels, ignored, rows)
        return [first] + [self.mirrored(degrade(image), labels, ignored, rows) for _ in range(VARIANTS - 1)]

    def teacher_rows(self, image, teacher) -> np.ndarray:
        canvas = np.full((SIDE_PX, SIDE_PX, 3), composition.PAD_VALUE, np.uint8)
        canvas[: self.height_px, : self.width_px] = image
        raw, scores = teacher.rows(canvas)
        rows, start, parts = np.concatenate([raw, scores], 1), 0, []
        for stride in STRIDES_PX:
            side = SIDE_PX // stride
            level = rows[start : start + side * side].reshape(side, side, 6)
            parts.append(level[: self.height_px // stride, : self.width_px // stride].reshape(-1, 6))
            start += side * side
        return np.concatenate(parts).astype(np.float32)

    def mirrored(self, image, labels, ignored, rows) -> Sample:
        start, parts = 0, []
        for stride in STRIDES_PX:
            height, width = self.height_px // stride, self.width_px // stride
            level = rows[start : start + height * width].reshape(height, width, 6)[:, ::-1].copy()
            level[..., 0] = 1 - level[..., 0]
            parts.append(level.reshape(-1, 6))
            start += height * width
        mirrored_tables = [
            np.stack([self.width_px - t[:, 2], t[:, 1], self.width_px - t[:, 0], t[:, 3], t[:, 4]], 1)
            for t in (labels, ignored)
        ]
        return Sample(np.ascontiguousarray(image[:, ::-1]), *mirrored_tables, np.concatenate(parts))


def collate(samples: list[Sample]):
    """Images `[b, 3, h, w] u8`, labels and ignored `[b, m, 5]` padded with class -1, teacher `[b, n, 6]`."""
    images = torch.from_numpy(np.stack([s.image for s in samples])).permute(0, 3, 1, 2)
    teacher = torch.from_numpy(np.stack([s.teacher_rows for s in samples]))
    return images, padded([s.labels for s in samples]), padded([s.ignored for s in samples]), teacher


def padded(tables) -> torch.Tensor:
    most = max(1, min(MOST_BOXES, max(len(t) for t in tables)))
    out = np.full((len(tables), most, 5), -1, np.float32)
    for row, table in zip(out, tables):
        row[: min(len(table), most)] = table[:most]
    return torch.from_numpy(out)
