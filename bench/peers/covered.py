"""Whom deface leaves uncovered, by the evaluator's own rule and truth (pipeline/eval/src: truth, coverage).

Annotated persons and faces of the evaluator's built-in suite, in the pictures that it compares, cut and left out by size as
there; and faces that YuNet finds on photographs, written down so that the evaluator reads the same. An area counts as covered
where deface blurs it, however well the blur hides.
"""

import math
import xml.etree.ElementTree as xml
from pathlib import Path

import cv2
import numpy as np
from skimage.draw import ellipse

FACE, HEAD, PERSON = 0.9, 0.9, 0.7
HEAD_HEIGHT, HEAD_WIDTH = 0.15, 0.5
BARE = 0.1
SIZE_MIN_PX = {"persons": 24.0, "faces": 8.0}
INSIDE_MIN = 0.5
VISIBLE_MIN = 0.25
ANALYSED_WIDTH_PX = 1280
YUNET_SCORE_MIN, YUNET_IOU = 0.8, 0.3


def mot(file: Path) -> dict[int, list]:
    """Frame number, from 1, to boxes of persons."""
    frames: dict[int, list] = {}
    for line in file.read_text().splitlines():
        if not line.strip():
            continue
        frame, _, left, top, width, height, *rest = (float(field) for field in line.split(","))
        told = len(rest) == 3
        is_used = not rest or (rest[0] > 0 and (not told or (rest[1] == 1.0 and rest[2] >= VISIBLE_MIN)))
        if is_used and width > 0 and height > 0:
            frames.setdefault(int(frame), []).append((left, top, left + width, top + height))
    return frames


def dlib(files: list[Path]) -> dict[str, list]:
    """File name to boxes of faces."""
    images = {}
    for file in files:
        for image in xml.parse(file).getroot().iter("image"):
            boxes = [box.attrib for box in image.iter("box") if box.get("ignore") != "1"]
            corners = [[float(box[side]) for side in ("left", "top", "width", "height")] for box in boxes]
            images[image.get("file")] = [(x, y, x + w, y + h) for x, y, w, h in corners]
    return images


def yolo(file: Path, width_px: int, height_px: int) -> list:
    boxes = []
    for line in file.read_text().splitlines() if file.exists() else []:
        kind, *shares = line.split()
        x, y, w, h = (float(share) for share in shares)
        if kind == "0":
            boxes.append(tuple(
                at * side for at, side in zip((x - w / 2, y - h / 2, x + w / 2, y + h / 2), 2 * (width_px, height_px))
            ))  # fmt: skip
    return boxes


def faces_by_yunet(model: Path, files: list[Path], out: Path) -> None:
    """Looks for faces on whole photographs, and writes them as dlib does."""
    detector = cv2.FaceDetectorYN.create(str(model), "", (640, 640), YUNET_SCORE_MIN, YUNET_IOU, 5000)
    root = xml.Element("images")
    for file in files:
        picture = cv2.imread(str(file), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        detector.setInputSize((picture.shape[1], picture.shape[0]))
        _, found = detector.detect(picture)
        image = xml.SubElement(root, "image", file=file.name)
        for left, top, width, height in [] if found is None else found[:, :4]:
            sides = {"left": left, "top": top, "width": width, "height": height}
            xml.SubElement(image, "box", {side: f"{px:.1f}" for side, px in sides.items()})
    tree = xml.ElementTree(root)
    xml.indent(tree)
    tree.write(out)


def inside(box, width_px: float, height_px: float):
    """The part inside the picture; none where most is outside."""
    left, top, right, bottom = max(box[0], 0), max(box[1], 0), min(box[2], width_px), min(box[3], height_px)
    area = max(right - left, 0) * max(bottom - top, 0)
    is_enough = area > 0 and area >= INSIDE_MIN * (box[2] - box[0]) * (box[3] - box[1])
    return (left, top, right, bottom) if is_enough else None


def mask_of(picture: dict) -> np.ndarray:
    """Shape: [height, width] f64, 1 where deface draws."""
    width, height = picture["size_px"]
    mask = np.zeros((height, width))
    for x1, y1, x2, y2 in picture["ellipses_px"]:
        down, across = (y2 - y1) // 2, (x2 - x1) // 2
        rows, columns = ellipse(down, across, down, across)
        mask[y1:y2, x1:x2][rows, columns] = 1.0
    return mask


def overlap(start: float, end: float, count: int) -> np.ndarray:
    """How much of each of so many pixels lies in the span."""
    at = np.arange(count)
    return np.clip(np.minimum(end, at + 1) - np.maximum(start, at), 0.0, 1.0)


def share(box, mask: np.ndarray) -> float:
    left, top, right, bottom = box
    height, width = mask.shape
    return float(overlap(top, bottom, height) @ mask @ overlap(left, right, width)) / ((right - left) * (bottom - top))


class Tally:
    """Persons or faces not covered, strictly, and those whose head, or face, is hardly touched."""

    def __init__(self) -> None:
        self.of = self.uncovered = self.heads_bare = 0

    def told(self) -> dict:
        return vars(self)


def count(picture: dict, kind: str, boxes: list, tally: Tally) -> float:
    """Takes in one picture; the share of it that is masked."""
    width, height = picture["size_px"]
    scale = min(1.0, ANALYSED_WIDTH_PX / width)
    mask = mask_of(picture)
    for box in filter(None, (inside(box, width, height) for box in boxes)):
        wide, tall = box[2] - box[0], box[3] - box[1]
        size = tall if kind == "persons" else min(wide, tall)
        if size * scale < SIZE_MIN_PX[kind]:
            continue
        aside = wide * (1 - HEAD_WIDTH) / 2
        head = (box[0] + aside, box[1], box[2] - aside, box[1] + tall * HEAD_HEIGHT)
        whole = share(box, mask)
        of_head = share(head, mask) if kind == "persons" else whole
        tally.of += 1
        tally.uncovered += not (of_head >= HEAD and whole >= PERSON if kind == "persons" else whole >= FACE)
        tally.heads_bare += of_head < BARE
    return float(mask.mean())


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 %, of each for itself."""
    if of == 0:
        return 0.0, 1.0
    z, p = 1.959964, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
