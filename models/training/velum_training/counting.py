"""Counts of persons beside the truth: our density map, MCNN, and a detector's boxes.

The truth of a picture is the number of its boxes; on MOT17 those of which at least 30 % is visible.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from . import PERSON, paths
from .density import STRIDE_PX
from .detection import OnnxDetector, TiledTeacher
from .groundtruth import held_out_without_people, mot17_mini, tud_campus, vtest
from .teacher import letterbox, open_session

# Each scene by itself: a mean over scenes hides the one in which a model fails.
SCENES = (
    ("vtest", vtest),
    ("TUD-Campus", tud_campus),
    ("MOT17-mini 02", lambda: mot17_mini("MOT17-02*")),
    ("MOT17-mini 04", lambda: mot17_mini("MOT17-04*")),
    ("held-out photographs without people", held_out_without_people),
)
MCNN_SIZE_PX = (576, 768)
SPARSE_PERSONS = 10


class OurDensity:
    """Persons in a picture by `velum-density-1`."""

    def __init__(self, path):
        self.session = open_session(paths.require(path))
        self.height_px, self.width_px = self.session.get_inputs()[0].shape[2:]

    def count(self, image) -> float:
        """As the box counts: cells beside the picture count for nothing, a cell in part on it in part."""
        canvas, scale = letterbox(image, self.height_px, self.width_px)
        answer = self.session.run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0, 0]
        on_picture = [np.clip(round(side * scale) / STRIDE_PX - np.arange(cells), 0, 1)
                      for side, cells in zip(image.shape, answer.shape)]
        return float(on_picture[0] @ answer @ on_picture[1])


class Mcnn:
    """Persons in a picture by MCNN, trained on ShanghaiTech part B."""

    def __init__(self):
        self.session = open_session(paths.require(paths.THIRD_PARTY_MODELS / "mcnn" / "mcnn-shanghaitech-b.onnx"))

    def count(self, image) -> float:
        canvas, scale = letterbox(image, *MCNN_SIZE_PX)
        seen = canvas[: round(image.shape[0] * scale), : round(image.shape[1] * scale)]
        grey = cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY)[None, None].astype(np.float32)
        return float(self.session.run(None, {"input": grey})[0].sum())


class Boxes:
    """Persons in a picture by a detector's boxes from `threshold` up."""

    def __init__(self, detector, threshold):
        self.detector, self.threshold = detector, threshold

    def count(self, image) -> float:
        return float((self.detector.detect(image, PERSON)[1] >= self.threshold).sum())


@dataclass(eq=False)
class Counted:
    """What one model counts in each picture of one scene, and what is there."""

    scene: str
    model: str
    counts: np.ndarray
    truths: np.ndarray

    def error(self) -> float:
        """Root mean square."""
        return root_mean_square(self.counts - self.truths)

    def row(self) -> str:
        """Mean absolute error with 95 % of the mean's spread over pictures, root mean square, bias, range of counts."""
        errors = self.counts - self.truths
        spread = 1.96 * np.abs(errors).std() / len(errors) ** 0.5
        return (f"| {self.scene} | {len(errors)} | {self.truths.min()}-{self.truths.max()}, mean {self.truths.mean():.1f} "
                f"| {self.model} | {np.abs(errors).mean():.2f} ± {spread:.2f} | {self.error():.2f} | {errors.mean():+.2f} "
                f"| {self.counts.min():.1f}-{self.counts.max():.1f} |")


def measure(counters) -> list[Counted]:
    """Every scene by every `(name, counter)`."""
    found = []
    for scene, read in SCENES:
        pictures = list(read())
        truths = np.array([len(picture.boxes) for picture in pictures])
        for name, counter in counters:
            counts = np.array([counter.count(picture.image) for picture in pictures])
            found.append(Counted(scene, name, counts, truths))
    return found


def root_mean_square(values) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def error_of(counted: list[Counted]) -> tuple[float, float]:
    """`error_persons` and `error_fraction` of a manifest: the standard deviation of a count where `n` persons are is
    `hypot(error_persons, error_fraction * n)`. The first from the sparse scenes, the second from what it does not
    explain in the crowded ones; every scene weighs the same, for nothing in a count tells which one it is."""
    sparse = [c for c in counted if c.truths.mean() <= SPARSE_PERSONS]
    persons = root_mean_square([c.error() for c in sparse])
    rest = [max(0.0, c.error() ** 2 - persons**2) ** 0.5 / c.truths.mean() for c in counted if c not in sparse]
    return persons, root_mean_square(rest)


def table(weights, detectors) -> str:
    """Markdown; `detectors` are (name, path, threshold)."""
    counters = [("velum-density-1", OurDensity(weights)), ("MCNN", Mcnn())]
    counters += [(f"{name}, boxes from {t:.2f}", Boxes(OnnxDetector(path, 0.5), t)) for name, path, t in detectors]
    counters += [("YOLOX-nano on tiles, boxes from 0.50", Boxes(TiledTeacher(), 0.5))]
    counted = measure(counters)
    persons, fraction = error_of([c for c in counted if c.model == "velum-density-1"])
    head = ["| scene | pictures | persons | model | mean absolute error (95 %) | root mean square | bias | counts |",
            "|---|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *(c.row() for c in counted), "",
                      f"For the manifest: error_persons = {persons:.1f}, error_fraction = {fraction:.2f}."])
