"""Box arithmetic in numpy, shared by labelling and measurement."""

import numpy as np


def empty(columns: int = 4) -> np.ndarray:
    return np.zeros((0, columns), np.float32)


def area_px2(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2] - boxes[:, 0]).clip(0) * (boxes[:, 3] - boxes[:, 1]).clip(0)


def intersection_px2(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Shape: `[n, 4+]`, `[m, 4+]` -> `[n, m]`."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    extent = (bottom_right - top_left).clip(0)
    return extent[..., 0] * extent[..., 1]


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Shape: `[n, 4+]`, `[m, 4+]` -> `[n, m]`."""
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)), np.float32)
    shared = intersection_px2(a, b)
    return shared / (area_px2(a)[:, None] + area_px2(b)[None] - shared + 1e-9)


def non_maximum_suppression(boxes, scores, iou_threshold, most=300) -> np.ndarray:
    """Indices of the boxes kept, best first."""
    order = np.argsort(-scores, kind="stable")[:1000]
    overlap = iou(boxes[order], boxes[order])
    alive = np.ones(len(order), bool)
    kept = []
    for rank, index in enumerate(order):
        if not alive[rank]:
            continue
        kept.append(index)
        alive &= overlap[rank] <= iou_threshold
        if len(kept) >= most:
            break
    return np.array(kept, int)
