"""Pictures with truth, for measurement. Nothing here is ever trained on, but `held_out` is from
the same folders as the training footage (other pictures)."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from . import HEAD, PERSON, VEHICLE, boxes, paths, records
from .detection import TiledTeacher

VTEST_EVERY_FRAMES = 5
MOT_PEDESTRIAN = 1
MOT_LIKE_PEDESTRIAN = (2, 7, 8, 12)  # on vehicle, static, distractor, reflection
MOT_LEAST_VISIBLE = 0.3
ROAD_CLIPS = {"street/TestV4.mp4": 30, "street/input.mp4": 30, "pets2001-ds3/pets2001-ds3-cam1.mp4": 60}
TEACHER_SURE, TEACHER_UNSURE = 0.5, 0.15


@dataclass
class Truth:
    """`boxes` and `ignored` are `[n, 4]`, in the picture."""

    image: np.ndarray
    boxes: np.ndarray
    ignored: np.ndarray


def vtest() -> Iterator[Truth]:
    yield from video(paths.VTEST, paths.FOOTAGE / "vtest" / "gt.txt", VTEST_EVERY_FRAMES)


def tud_campus() -> Iterator[Truth]:
    folder = paths.FOOTAGE / "tud-campus"
    yield from video(folder / "TUD-Campus.mp4", folder / "gt" / "gt.txt", 1)


def video(path, truth_path, every) -> Iterator[Truth]:
    truth = mot_rows(truth_path)
    capture, number = cv2.VideoCapture(str(path)), 0
    while True:
        read, image = capture.read()
        number += 1
        if not read:
            return
        if (number - 1) % every == 0:
            yield Truth(image, corners(truth[truth[:, 0] == number]), boxes.empty())


def mot17_mini(scenes="*") -> Iterator[Truth]:
    for folder in sorted((paths.FOOTAGE / "mot17-mini" / "train").glob(scenes)):
        truth = mot_rows(folder / "gt" / "gt.txt")
        wanted = (truth[:, 6] == 1) & (truth[:, 7] == MOT_PEDESTRIAN) & (truth[:, 8] >= MOT_LEAST_VISIBLE)
        tolerated = ~wanted & np.isin(truth[:, 7], (MOT_PEDESTRIAN, *MOT_LIKE_PEDESTRIAN))
        for path in sorted((folder / "img1").glob("*.jpg")):
            here = truth[:, 0] == int(path.stem)
            yield Truth(cv2.imread(str(path)), corners(truth[here & wanted]), corners(truth[here & tolerated]))


def held_out_coco(class_id: int) -> Iterator[Truth]:
    """The coco128 pictures kept from training: boxes made by hand, so honest, but few."""
    yield from labelled([r for r in records.load() if r.held_out and r.source == "coco128"], class_id)


def held_out_without_people() -> Iterator[Truth]:
    """Photographs kept from training on which neither a person nor a doubtful one is labelled."""
    stills = [r for r in records.load() if r.held_out and r.source in ("coco128", "photos")]
    yield from labelled([r for r in stills if not any((t[:, 4] == PERSON).any() for t in (r.labels, r.ignored))], PERSON)


def labelled(chosen, class_id) -> Iterator[Truth]:
    for record in chosen:
        wanted, tolerated = (t[t[:, 4] == class_id, :4] for t in (record.labels, record.ignored))
        yield Truth(cv2.imread(str(record.path)), wanted, tolerated)


def vehicles_by_teacher() -> Iterator[Truth]:
    """Pseudo-truth: vehicles that the tiled teacher is sure of; what it is unsure of counts for nothing."""
    teacher = TiledTeacher()
    for name, every in ROAD_CLIPS.items():
        capture, number = cv2.VideoCapture(str(paths.require(paths.FOOTAGE / name))), -1
        while capture.grab():
            number += 1
            if number % every == 0:
                image = capture.retrieve()[1]
                found, scores = teacher.detect(image, VEHICLE)
                unsure = (scores < TEACHER_SURE) & (scores > TEACHER_UNSURE)
                yield Truth(image, found[scores >= TEACHER_SURE], found[unsure])


def dlib_faces() -> Iterator[Truth]:
    """Group photographs with face boxes (a face box is smaller than the head)."""
    folder = paths.FOOTAGE / "faces" / "dlib"
    for name in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(folder / name).getroot().iter("image"):
            rows = {False: [], True: []}
            for box in image.iter("box"):
                x, y, width, height = (float(box.get(k)) for k in ("left", "top", "width", "height"))
                rows[box.get("ignore") == "1"].append([x, y, x + width, y + height])
            table = {key: np.array(value, np.float32).reshape(-1, 4) for key, value in rows.items()}
            yield Truth(cv2.imread(str(folder / image.get("file"))), table[False], table[True])


def mot_rows(path) -> np.ndarray:
    return np.loadtxt(paths.require(path), delimiter=",", ndmin=2)


def corners(rows) -> np.ndarray:
    return np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], 1).astype(np.float32)


@dataclass(frozen=True)
class Suite:
    """A set to measure on. `present` says whether its files are here."""

    name: str
    what: str
    class_id: int
    read: object
    needs: tuple

    def present(self) -> bool:
        return all(path.exists() for path in self.needs)


SUITES = (
    Suite("vtest", "PETS09-S2L1, outdoor CCTV, every 5th frame", PERSON, vtest,
          (paths.VTEST, paths.FOOTAGE / "vtest" / "gt.txt")),
    Suite("tud-campus", "street, side view, all 71 frames", PERSON, tud_campus, (paths.FOOTAGE / "tud-campus",)),
    Suite("mot17-mini", "crowded street, 12 frames", PERSON, mot17_mini, (paths.FOOTAGE / "mot17-mini",)),
    Suite("coco128 held out, person", "16 photographs", PERSON, lambda: held_out_coco(PERSON), (records.INDEX,)),
    Suite("coco128 held out, vehicle", "16 photographs", VEHICLE, lambda: held_out_coco(VEHICLE), (records.INDEX,)),
    Suite("road clips, vehicle", "street and PETS2001; truth is what tiled YOLOX-nano is sure of", VEHICLE,
          vehicles_by_teacher, tuple(paths.FOOTAGE / name for name in ROAD_CLIPS)),
)
FACES = Suite("dlib faces", "group photographs", HEAD, dlib_faces, (paths.FOOTAGE / "faces" / "dlib",))
