"""Cut-outs to paste: persons, vehicles and distractors, with soft masks.

Four origins: COCO polygons; people who walk before a static camera, cut out of their clip by
its median background (those bring the steep views and poses of CCTV); rendered models; drawings.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from . import HEAD, PAD_VALUE, PERSON, VEHICLE, boxes, drawn, paths, rendered, sources
from .heads import head_of
from .teacher import YoloxNano, YuNet

TALLEST_PX = 256
COCO91_PERSON = 1
COCO91_VEHICLES = (3, 4, 6, 8)
COCO91_BAGS = (27, 31, 33)  # backpack, handbag, suitcase
BAG_PERSONS_TALL = (0.18, 0.5)
SMALLEST_BAG_PX = 24
BACKGROUND_PICTURES = 60
AROUND_A_PERSON_PX = 6  # shadow, hair and what the box cut off
DRAWN_THINGS = 600
BAGS = "bags"
COCO91_NEITHER_CLEAR = (2, 7)  # bicycles come with riders, trains are near-vehicles: not pasted
MOTION_THRESHOLD = 28


@dataclass
class Cutout:
    """`bgra` is `[h, w, 4] u8`; `class_id` is None for a distractor; `head` is in the cut-out.

    `persons_tall` is its height in heights of a standing person, where that is known.
    """

    bgra: np.ndarray
    class_id: int | None
    head: np.ndarray | None
    source: str
    persons_tall: tuple[float, float] | None = None


def collect(train_records) -> list[Cutout]:
    """Cut-outs from training pictures only."""
    faces, teacher = YuNet(), YoloxNano()
    found = []
    for record in train_records:
        if record.source == "coco128":
            found += from_polygons(record, faces)
    for clip in sources.CLIPS:
        mine = [r for r in train_records if r.source == clip.name]
        if clip.static_camera and len(mine) >= 10:
            found += from_motion(mine)
    found += from_models(faces)
    found += drawn_things(DRAWN_THINGS)
    return [c for c in found if c.class_id != PERSON or looks_like_person(c, teacher)]


def drawn_things(count, choices=None) -> list[Cutout]:
    return [Cutout(bgra, None, None, "drawn", tall) for bgra, tall in (drawn.thing(choices) for _ in range(count))]


def looks_like_person(cutout, teacher) -> bool:
    """Whether the teacher knows the cut-out alone: hands, hair and torn masks fall out here."""
    alpha = cutout.bgra[..., 3:].astype(np.float32) / 255
    flat = cutout.bgra[..., :3] * alpha + PAD_VALUE * (1 - alpha)
    height, width = flat.shape[:2]
    canvas = np.full((2 * height, 2 * width, 3), PAD_VALUE, np.uint8)
    canvas[height // 2 : height // 2 + height, width // 2 : width // 2 + width] = flat
    found, scores = teacher.candidates(canvas, 0.4)
    whole = np.array([[width // 2, height // 2, width // 2 + width, height // 2 + height]], np.float32)
    return bool(((boxes.iou(found, whole)[:, 0] > 0.6) & (scores[:, 0] > 0.4)).any())


def from_polygons(record, faces) -> list[Cutout]:
    path = paths.FOOTAGE / "coco128" / "masks" / f"{record.path.stem}.txt"
    if not path.exists():
        return []
    image = cv2.imread(str(record.path))
    height, width = image.shape[:2]
    found = []
    for line in path.read_text().split("\n"):
        values = line.split()
        if len(values) < 7 or int(values[0]) in COCO91_NEITHER_CLEAR:
            continue
        polygon = np.array(values[1:], np.float32).reshape(-1, 2) * [width, height]
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [polygon.astype(np.int32)], 255)
        bgra = cropped(image, mask)
        coco = int(values[0])
        bag = coco in COCO91_BAGS and min(bgra.shape[:2]) >= SMALLEST_BAG_PX
        if not bag and (bgra.shape[0] < 50 or bgra.shape[1] < 15):
            continue
        class_id = PERSON if coco == COCO91_PERSON else VEHICLE if coco in COCO91_VEHICLES else None
        head = person_head(bgra, faces) if class_id == PERSON else None
        found.append(Cutout(bgra, class_id, head, BAGS if bag else record.source, BAG_PERSONS_TALL if bag else None))
    return found


def from_models(faces) -> list[Cutout]:
    """The drawn models; a person who sits or lies has a head only where a face is seen."""
    found = []
    for path, class_id, persons_tall, luggage in rendered.load():
        bgra = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        head = person_head(bgra, faces) if class_id == PERSON else None
        found.append(Cutout(bgra, class_id, head, BAGS if luggage else "models", (persons_tall, persons_tall)))
    return found


def cropped(image, mask) -> np.ndarray:
    x, y, width, height = cv2.boundingRect(mask)
    soft = cv2.GaussianBlur(mask, (3, 3), 0)
    bgra = np.dstack([image, soft])[y : y + height, x : x + width]
    if height > TALLEST_PX:
        size = (max(4, round(width * TALLEST_PX / height)), TALLEST_PX)
        bgra = cv2.resize(bgra, size, interpolation=cv2.INTER_AREA)
    return bgra


def person_head(bgra, faces):
    """A cut-out shows where its person ends, not whether the feet are in view: so be strict."""
    height, width = bgra.shape[:2]
    whole_height = height * 2 if height / width > 2.2 else 0
    person = np.array([0, 3, width, height], np.float32)
    return head_of(person, faces(np.ascontiguousarray(bgra[..., :3])), whole_height)


def from_motion(clip_records) -> list[Cutout]:
    background = Background.of(clip_records).image
    found = []
    for record in clip_records:
        picture = cv2.imread(str(record.path))
        moved = cv2.absdiff(cv2.GaussianBlur(picture, (3, 3), 0), cv2.GaussianBlur(background, (3, 3), 0))
        moved = ((moved.max(2) > MOTION_THRESHOLD) * 255).astype(np.uint8)
        moved = cv2.morphologyEx(moved, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        for box in isolated_persons(record, picture.shape):
            bgra = cut_moving(picture, moved, box)
            if bgra is not None:
                found.append(Cutout(bgra, PERSON, head_inside(record, box, bgra), record.source))
    return found


@dataclass
class Background:
    """What a static camera sees behind its people; `everywhere` says whether each place was seen without anybody."""

    image: np.ndarray
    everywhere: bool

    @classmethod
    def of(cls, clip_records):
        """The median over pictures, each without its people: whoever stands for long would else be part of it."""
        chosen = clip_records[:: max(1, len(clip_records) // BACKGROUND_PICTURES)]
        stack = np.stack([cv2.imread(str(r.path)) for r in chosen])
        hidden = np.zeros(stack.shape[:3], bool)
        for mask, record in zip(hidden, chosen):
            for row in np.concatenate([record.labels, record.ignored]):
                if row[4] == PERSON:
                    x0, y0, x1, y1 = row[:4] + AROUND_A_PERSON_PX * np.array([-1, -1, 1, 1])
                    mask[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : int(x1) + 1] = True
        never = hidden.all(0)
        hidden[:, never] = False
        without = np.ma.median(np.ma.array(stack, mask=np.repeat(hidden[..., None], 3, -1)), 0)
        return cls(without.filled(0).astype(np.uint8), not never.any())


def empty_backgrounds(train_records, most_score=0.15) -> list[np.ndarray]:
    """What the static cameras saw when nobody was there; kept where the teacher sees nobody either."""
    teacher, found = YoloxNano(), []
    for clip in sources.CLIPS:
        mine = [r for r in train_records if r.source == clip.name]
        if clip.static_camera and len(mine) >= 10:
            background = Background.of(mine)
            if background.everywhere and not len(teacher.candidates(background.image, most_score)[0]):
                found.append(background.image)
    return found


def isolated_persons(record, shape):
    height, width = shape[:2]
    persons = record.labels[record.labels[:, 4] == PERSON]
    overlap = boxes.intersection_px2(persons, persons) / (boxes.area_px2(persons)[:, None] + 1e-6)
    np.fill_diagonal(overlap, 0)
    for person, shared in zip(persons, overlap.max(1, initial=0)):
        inner = person[0] > 2 and person[1] > 2 and person[2] < width - 2 and person[3] < height - 2
        if inner and shared < 0.1 and person[3] - person[1] >= 60:
            yield person


def cut_moving(picture, moved, box):
    """The moving blob in a person box, or None where it does not look like a whole person."""
    x0, y0, x1, y1 = box[:4].round().astype(int)
    _, marks, stats, _ = cv2.connectedComponentsWithStats(moved[y0:y1, x0:x1])
    if len(stats) < 2:
        return None
    largest = 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    blob = ((marks == largest) * 255).astype(np.uint8)
    outlines, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(blob, outlines, -1, 255, -1)
    fill = (blob > 0).mean()
    if not 0.3 < fill < 0.8 or stats[largest, cv2.CC_STAT_HEIGHT] < 0.9 * (y1 - y0):
        return None
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[y0:y1, x0:x1] = blob
    return cropped(picture, mask)


def head_inside(record, box, bgra):
    for head in record.labels[record.labels[:, 4] == HEAD]:
        x, y = (head[0] + head[2]) / 2, (head[1] + head[3]) / 2
        if box[0] < x < box[2] and box[1] < y < box[1] + 0.4 * (box[3] - box[1]):
            scale = bgra.shape[0] / (box[3] - box[1])
            return (head[:4] - [box[0], box[1], box[0], box[1]]) * scale
    return None
