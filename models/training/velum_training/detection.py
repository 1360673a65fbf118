"""A detector read from ONNX: ours and YOLOX-nano decode alike."""

import time
from pathlib import Path

import numpy as np

from . import CLASSES, PERSON, VEHICLE, boxes, paths
from .teacher import (COCO_PERSON, COCO_VEHICLES, YoloxNano, cells, decode, fuse, letterbox, open_session,
                      tiled_candidates)

LOWEST_SCORE = 0.02


class OnnxDetector:
    """Boxes `[n, 4]` and scores `[n]` of one class, after suppression, best first."""

    def __init__(self, path: Path, nms_iou: float):
        self.session = open_session(paths.require(path))
        source = self.session.get_inputs()[0]
        self.input_name = source.name
        self.height_px, self.width_px = source.shape[2], source.shape[3]
        self.nms_iou = nms_iou
        self.grid, self.stride = cells(self.height_px, self.width_px)

    def rows(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes `[n, 4]` and scores `[n, 3]` of every cell, in the picture."""
        canvas, scale = letterbox(image, self.height_px, self.width_px)
        tensor = canvas.transpose(2, 0, 1)[None].astype(np.float32)
        output = self.session.run(None, {self.input_name: tensor})[0][0]
        found = decode(output[:, :4], self.grid, self.stride) / scale
        return found, output[:, 4:5] * self.class_scores(output[:, 5:])

    def class_scores(self, classes):
        if classes.shape[1] == len(CLASSES):
            return classes
        ours = np.zeros((len(classes), len(CLASSES)), np.float32)
        ours[:, PERSON] = classes[:, COCO_PERSON]
        ours[:, VEHICLE] = classes[:, COCO_VEHICLES].max(1)
        return ours

    def detect(self, image: np.ndarray, class_id: int) -> tuple[np.ndarray, np.ndarray]:
        found, scores = self.rows(image)
        seen = scores[:, class_id] > LOWEST_SCORE
        found, scores = found[seen], scores[seen, class_id]
        kept = boxes.non_maximum_suppression(found, scores, self.nms_iou)
        return found[kept], scores[kept]

    def milliseconds(self, runs: int = 60) -> float:
        """Median time of one inference on one thread."""
        tensor = np.full((1, 3, self.height_px, self.width_px), 114, np.float32)
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            self.session.run(None, {self.input_name: tensor})
            times.append(time.perf_counter() - started)
        return float(np.median(times) * 1e3)




class TiledTeacher:
    """What the labels come from: the teacher on the whole picture, its mirror image and enlarged tiles."""

    def __init__(self):
        self.model = YoloxNano()

    def detect(self, image: np.ndarray, class_id: int) -> tuple[np.ndarray, np.ndarray]:
        candidates, scores = tiled_candidates(self.model, image)
        mine = scores[:, 0 if class_id == PERSON else 1]
        found, fused = fuse(candidates[mine > LOWEST_SCORE], mine[mine > LOWEST_SCORE])
        order = np.argsort(-fused, kind="stable")
        return found[order], fused[order]
