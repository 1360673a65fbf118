"""Counts of persons beside the truth: our density map, MCNN, and the detectors' boxes.

The truth of a picture is the number of its boxes; on MOT17 those of which at least 30 % is visible.
"""

import cv2
import numpy as np

from . import PERSON, paths
from .detection import OnnxDetector
from .groundtruth import SUITES
from .teacher import letterbox, open_session

SETS = ("vtest", "tud-campus", "mot17-mini")
MCNN_SIZE_PX = (576, 768)


class OurDensity:
    """Persons in a picture by `velum-density-1`."""

    def __init__(self, path):
        self.session = open_session(paths.require(path))
        self.height_px, self.width_px = self.session.get_inputs()[0].shape[2:]

    def count(self, image) -> float:
        canvas, _ = letterbox(image, self.height_px, self.width_px)
        return float(self.session.run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0].sum())


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

    def __init__(self, path, threshold):
        self.detector, self.threshold = OnnxDetector(path, 0.5), threshold

    def count(self, image) -> float:
        return float((self.detector.detect(image, PERSON)[1] >= self.threshold).sum())


def row_text(suite, name, counter) -> str:
    """Mean absolute error, bias and counts of one set."""
    errors, truths = [], []
    for truth in suite.read():
        truths.append(len(truth.boxes))
        errors.append(counter.count(truth.image) - len(truth.boxes))
    errors = np.array(errors)
    low, high = min(truths), max(truths)
    return (f"| {suite.name} | {len(errors)} | {low}-{high}, mean {np.mean(truths):.1f} | {name} | "
            f"{np.abs(errors).mean():.2f} ± {1.96 * np.abs(errors).std() / len(errors) ** 0.5:.2f} | "
            f"{errors.mean():+.2f} |")


def table(weights, detectors) -> str:
    """Markdown; `detectors` are (name, path, threshold)."""
    counters = [("velum-density-1", OurDensity(weights))] if weights else []
    counters += [("MCNN", Mcnn())] + [(f"{name}, boxes from {t:.2f}", Boxes(path, t)) for name, path, t in detectors]
    lines = ["| set | pictures | persons | model | mean absolute error (95 %) | bias |", "|---|---|---|---|---|---|"]
    lines += [row_text(suite, name, counter) for suite in SUITES if suite.name in SETS for name, counter in counters]
    return "\n".join(lines)
