"""Clips and photographs to labelled pictures of at most 640 px, under `work/dataset`."""

import time

import cv2
import numpy as np

from . import VEHICLE, boxes, paths, records, sources, teacher, tracks
from .heads import with_heads
from .records import DATASET, Record

LARGEST_SIDE_PX = 640
LABELLING_SIDE_PX = 1280
COCO_TRAIN = 6


def label_all() -> list[Record]:
    """Labels every source that is present (about three minutes) and saves the index."""
    cv2.setNumThreads(1)
    paths.require(paths.FOOTAGE)
    found: list[Record] = []
    model, faces = teacher.YoloxNano(), teacher.YuNet()
    for clip in sources.CLIPS:
        if not clip.path.exists():
            print(f"{clip.path_in_footage}: absent, carrying on without it")
            continue
        started = time.monotonic()
        found += label_clip(clip, model, faces)
        report(clip.name, found, started)
    for name, label in (("photos", label_photos), ("coco128", label_coco)):
        started = time.monotonic()
        found += label(model, faces)
        report(name, found, started)
    records.save(found)
    return found


def report(source, found, started):
    mine = [r for r in found if r.source == source]
    counts = np.sum([np.bincount(r.labels[:, 4].astype(int), minlength=3) for r in mine], 0)
    print(f"{source}: {len(mine)} pictures, persons/heads/vehicles {counts.tolist()}, "
          f"{time.monotonic() - started:.0f} s", flush=True)


def shrunk(image, side_px):
    scale = min(1.0, side_px / max(image.shape[:2]))
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return (cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image), scale


def store(image, picture):
    path = DATASET / picture
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 93])


def teach(model, faces, image):
    """Fused persons, fused vehicles (boxes, scores) and faces of one picture."""
    candidates, scores = teacher.tiled_candidates(model, image)
    per_class = [teacher.fuse(candidates[scores[:, c] > 0.08], scores[scores[:, c] > 0.08, c])
                 for c in (0, 1)]
    return *per_class, faces(image)


def label_clip(clip, model, faces) -> list[Record]:
    capture = cv2.VideoCapture(str(clip.path))
    seen, index = [], -1
    while capture.grab():
        index += 1
        if index % clip.step:
            continue
        image = shrunk(capture.retrieve()[1], LABELLING_SIDE_PX)[0]
        small, scale = shrunk(image, LARGEST_SIDE_PX)
        store(small, f"{clip.name}/{index:05d}.jpg")
        persons, vehicles, face_boxes = teach(model, faces, image)
        face_boxes[:, :4] *= scale
        seen.append((index, (persons[0] * scale, persons[1]), vehicles[0][vehicles[1] > 0.3] * scale,
                     face_boxes, small.shape[0]))
    kept, doubtful = tracks.sort_out([s[1] for s in seen])
    found = []
    for (index, _, vehicles, face_boxes, height), persons, doubts in zip(seen, kept, doubtful):
        labels, ignored = with_heads(persons, doubts, face_boxes, height)
        ignored = np.concatenate([ignored, classed(vehicles, VEHICLE)])
        found.append(Record(f"{clip.name}/{index:05d}.jpg", clip.name, clip.held_out, labels, ignored))
    return found


def classed(found, class_id):
    return np.concatenate([found, np.full((len(found), 1), class_id)], 1).astype(np.float32)


def label_photos(model, faces) -> list[Record]:
    found = []
    for rank, path in enumerate(sources.photos()):
        image = shrunk(cv2.imread(str(path)), LABELLING_SIDE_PX)[0]
        small, scale = shrunk(image, LARGEST_SIDE_PX)
        store(small, f"photos/{path.stem}.jpg")
        persons, vehicles, face_boxes = teach(model, faces, image)
        face_boxes[:, :4] *= scale
        sure = persons[1] >= 0.5
        doubtful = persons[0][~sure & (persons[1] >= 0.12)] * scale
        labels, ignored = with_heads(persons[0][sure] * scale, doubtful, face_boxes, small.shape[0])
        sure = vehicles[1] >= 0.5
        doubtful = vehicles[0][~sure & (vehicles[1] >= 0.12)] * scale
        labels = np.concatenate([labels, classed(vehicles[0][sure] * scale, VEHICLE)])
        ignored = np.concatenate([ignored, classed(doubtful, VEHICLE)])
        found.append(Record(f"photos/{path.stem}.jpg", "photos", sources.photo_is_held_out(rank), labels, ignored))
    return found


def label_coco(_model, faces) -> list[Record]:
    """COCO's own boxes; only heads are added."""
    found = []
    for rank, path in enumerate(sources.coco_images()):
        image = cv2.imread(str(path))
        store(image, f"coco128/{path.stem}.jpg")
        height, width = image.shape[:2]
        rows = read_rows(path.parent.parent / "boxes" / f"{path.stem}.txt")
        half = rows[:, 3:5] / 2
        corners = np.concatenate([rows[:, 1:3] - half, rows[:, 1:3] + half], 1)
        corners *= [width, height, width, height]
        class_ids = rows[:, 0].astype(int)
        labels, ignored = with_heads(corners[class_ids == teacher.COCO_PERSON], boxes.empty(), faces(image), height)
        labels = np.concatenate([labels, classed(corners[np.isin(class_ids, teacher.COCO_VEHICLES)], VEHICLE)])
        ignored = np.concatenate([ignored, classed(corners[class_ids == COCO_TRAIN], VEHICLE)])
        found.append(Record(f"coco128/{path.stem}.jpg", "coco128", sources.photo_is_held_out(rank), labels, ignored))
    return found


def read_rows(path) -> np.ndarray:
    lines = path.read_text().split("\n") if path.exists() else []
    return np.array([line.split() for line in lines if line.strip()], float).reshape(-1, 5)
