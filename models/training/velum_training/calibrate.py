"""The score threshold of each class, chosen on pictures of the training folders only.

The held-out pictures decide where they can. Nothing from vtest, TUD-Campus or MOT17 is seen.
"""

import numpy as np

from . import CLASSES, evaluate, records
from .groundtruth import Suite, labelled

CANDIDATES = np.round(np.arange(0.15, 0.75, 0.01), 2)
EVERY_TRAINING_PICTURE = 8


def suites(class_id: int) -> tuple[Suite, Suite]:
    every = records.load()
    held_out = [r for r in every if r.held_out]
    trained = [r for r in every if not r.held_out][::EVERY_TRAINING_PICTURE]
    return (
        Suite("held out", "", class_id, lambda: labelled(held_out, class_id), ()),
        Suite("trained on", "", class_id, lambda: labelled(trained, class_id), ()),
    )


def f1(measured: evaluate.Measured, threshold: float) -> float:
    right, shown = measured.at(threshold)
    return 2 * right / max(1, shown + measured.truths)


def threshold_of(detector, class_id: int) -> float:
    """Where the mean of F1 on held-out and on trained pictures is best."""
    measured = [evaluate.measure(detector, suite) for suite in suites(class_id)]
    means = [np.mean([f1(m, t) for m in measured]) for t in CANDIDATES]
    best = float(CANDIDATES[int(np.argmax(means))])
    for suite, m in zip(("held out", "trained on"), measured):
        right, shown = m.at(best)
        print(f"{CLASSES[class_id]} at {best:.2f}, {suite}: recall {evaluate.share_text(right, m.truths)}, "
              f"precision {evaluate.share_text(right, shown)}, AP50 {m.average_precision():.2f}", flush=True)
    return best
