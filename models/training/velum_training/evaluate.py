"""Recall and precision at IoU 0.5, with counts and Wilson intervals.

The intervals treat every box as independent. Boxes of one clip are not, so the true
uncertainty is larger, and other scenes may lie well outside.
"""

import math
from dataclasses import dataclass

import numpy as np

from . import boxes
from .groundtruth import Suite

MATCH_IOU = 0.5


@dataclass
class Measured:
    """Every detection of a suite, best first: its score and whether it was right."""

    scores: np.ndarray
    right: np.ndarray
    truths: int
    pictures: int

    def at(self, threshold: float) -> tuple[int, int]:
        """Detections that were right, and all detections, from `threshold` up."""
        shown = self.scores >= threshold
        return int(self.right[shown].sum()), int(shown.sum())

    def average_precision(self) -> float:
        right = np.cumsum(self.right)
        precision = right / np.arange(1, len(right) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float((envelope * self.right).sum() / max(1, self.truths))


def measure(detector, suite: Suite) -> Measured:
    scores, right, truths, pictures = [], [], 0, 0
    for truth in suite.read():
        found, found_scores = detector.detect(truth.image, suite.class_id)
        matched = match(found, truth.boxes)
        counted = matched | ~tolerated(found, truth.ignored)
        scores.append(found_scores[counted])
        right.append(matched[counted])
        truths += len(truth.boxes)
        pictures += 1
    scores, right = np.concatenate(scores), np.concatenate(right)
    order = np.argsort(-scores, kind="stable")
    return Measured(scores[order], right[order], truths, pictures)


def match(found, truth) -> np.ndarray:
    """Greedy, best score first; each truth is matched once."""
    overlap = boxes.iou(found, truth)
    matched = np.zeros(len(found), bool)
    for index, row in enumerate(overlap):
        if row.size and row.max() >= MATCH_IOU:
            matched[index] = True
            overlap[:, row.argmax()] = 0
    return matched


def tolerated(found, ignored) -> np.ndarray:
    if not len(found) or not len(ignored):
        return np.zeros(len(found), bool)
    return boxes.intersection_px2(found, ignored).max(1) > 0.5 * boxes.area_px2(found)


def faces_covered(detector, suite: Suite, threshold: float) -> tuple[int, int]:
    """Face boxes of which at least 85 % lies inside one head box, and all face boxes."""
    covered = total = 0
    for truth in suite.read():
        found, scores = detector.detect(truth.image, suite.class_id)
        found = found[scores >= threshold]
        total += len(truth.boxes)
        if len(found):
            share = boxes.intersection_px2(truth.boxes, found) / boxes.area_px2(truth.boxes)[:, None]
            covered += int((share.max(1, initial=0) >= 0.85).sum())
    return covered, total


def wilson(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not trials:
        return 0.0, 1.0
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def share_text(successes: int, trials: int) -> str:
    if not trials:
        return "none"
    low, high = wilson(successes, trials)
    return f"{successes / trials:.2f} ({successes}/{trials}, {low:.2f}-{high:.2f})"


def row_text(suite_name: str, model: str, threshold: float, measured: Measured) -> str:
    right, shown = measured.at(threshold)
    return (f"| {suite_name} | {model} | {threshold:.2f} | {share_text(right, measured.truths)} | "
            f"{share_text(right, shown)} | {measured.average_precision():.2f} |")
