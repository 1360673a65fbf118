"""Whether the staged bag is taken for a person: the demonstration's footage, measurement only.

The clip is made by `velum-camera-sim --video vtest.avi --camera plaza-2:bag --write-video
models/training/work/staged.mp4 --write-secs 100`; the bag's place is that program's default.
"""

import cv2
import numpy as np

from . import PERSON, boxes, paths

CLIP = paths.WORK / "staged.mp4"
FIRST_FRAME = 260  # the bag was put down before
EVERY_FRAMES = 8
FOOT, HEIGHT, WIDTH_OF_HEIGHT = (0.901, 0.736), 0.077, 0.72
ON_THE_BAG_IOU = 0.3


def scores(detector) -> np.ndarray:
    """Per frame the highest person score of a box on the bag, 0 where there is none."""
    capture, number, found = cv2.VideoCapture(str(CLIP)), 0, []
    while True:
        read, image = capture.read()
        if not read:
            return np.array(found)
        number += 1
        if number >= FIRST_FRAME and number % EVERY_FRAMES == 0:
            person, score = detector.detect(image, PERSON)
            on_it = boxes.iou(person, bag_box(image.shape))[:, 0] > ON_THE_BAG_IOU
            found.append(float(score[on_it].max(initial=0)))


def bag_box(shape) -> np.ndarray:
    height, width = shape[:2]
    x, y, tall = FOOT[0] * width, FOOT[1] * height, HEIGHT * height
    half = tall * WIDTH_OF_HEIGHT / 2
    return np.array([[x - half, y - tall, x + half, y]], np.float32)


def sentence(name: str, detector) -> str:
    found = scores(detector)
    return (f"Staged bag, {name}: highest person score on it {found.max():.2f}, median {np.median(found):.2f} "
            f"in {len(found)} frames.")
