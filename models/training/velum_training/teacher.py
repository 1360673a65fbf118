"""The third-party teachers: YOLOX-nano (persons, vehicles) and YuNet (faces).

They only produce labels; no part of them is in the trained weights.
Sources: YOLOX, arXiv 2107.08430; YuNet, libfacedetection.train.
"""

import cv2
import numpy as np
import onnxruntime

from . import PAD_VALUE, STRIDES_PX, boxes, paths

SIDE_PX = 416
COCO_PERSON = 0
COCO_VEHICLES = (2, 3, 5, 7)  # car, motorcycle, bus, truck: what carries a plate


def cells(height_px: int, width_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Grid position `[n, 2]` and stride `[n, 1]` of every output row, YOLOX order."""
    grids, strides = [], []
    for stride in STRIDES_PX:
        rows, columns = height_px // stride, width_px // stride
        y, x = np.mgrid[:rows, :columns]
        grids.append(np.stack([x, y], -1).reshape(-1, 2))
        strides.append(np.full((rows * columns, 1), stride))
    return np.concatenate(grids).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(raw: np.ndarray, grid: np.ndarray, stride: np.ndarray) -> np.ndarray:
    """Raw `[n, 4]` (centre offsets, log size) to boxes `[n, 4]` in input pixels."""
    centre = (raw[:, :2] + grid) * stride
    half = np.exp(raw[:, 2:4]) * stride / 2
    return np.concatenate([centre - half, centre + half], 1)


def letterbox(image: np.ndarray, height_px: int, width_px: int) -> tuple[np.ndarray, float]:
    """The picture scaled into the top left, padded, and the scale used."""
    height, width = image.shape[:2]
    scale = min(height_px / height, width_px / width)
    size = (min(width_px, round(width * scale)), min(height_px, round(height * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.full((height_px, width_px, 3), PAD_VALUE, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=interpolation)
    return canvas, scale


def open_session(path, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class YoloxNano:
    """Scores are `[n, 2]`: person, vehicle."""

    def __init__(self):
        path = paths.require(paths.THIRD_PARTY_MODELS / "yolox-nano" / "yolox_nano.onnx")
        self.session = open_session(path)
        self.input_name = self.session.get_inputs()[0].name
        self.grid, self.stride = cells(SIDE_PX, SIDE_PX)

    def rows(self, canvas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Raw boxes `[3549, 4]` and scores `[3549, 2]` of a 416x416 canvas."""
        tensor = canvas.transpose(2, 0, 1)[None].astype(np.float32)
        output = self.session.run(None, {self.input_name: tensor})[0][0]
        classes = output[:, 5:]
        vehicle = classes[:, COCO_VEHICLES].max(1)
        scores = output[:, 4:5] * np.stack([classes[:, COCO_PERSON], vehicle], 1)
        return output[:, :4], scores

    def candidates(self, image: np.ndarray, threshold: float):
        """Boxes `[n, 4]` and scores `[n, 2]` before suppression."""
        canvas, scale = letterbox(image, SIDE_PX, SIDE_PX)
        raw, scores = self.rows(canvas)
        seen = scores.max(1) > threshold
        return decode(raw[seen], self.grid[seen], self.stride[seen]) / scale, scores[seen]


def tiled_candidates(model: YoloxNano, image: np.ndarray):
    """Candidates of the whole picture, its mirror image, and enlarged tiles.

    Boxes cut by an inner tile edge are dropped: the neighbour tile has them whole.
    """
    height, width = image.shape[:2]
    found = [model.candidates(image, 0.08)]
    mirrored, scores = model.candidates(image[:, ::-1], 0.08)
    found.append((mirrored[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [width, 0, width, 0], scores))
    layouts = [(2, 2, 0.6, 0.6)] + ([(3, 2, 0.42, 0.6)] if width >= 700 else [])
    for columns, rows, width_fraction, height_fraction in layouts:
        tile_width, tile_height = int(width * width_fraction), int(height * height_fraction)
        for row in range(rows):
            for column in range(columns):
                x = int((width - tile_width) * column / (columns - 1))
                y = int((height - tile_height) * row / (rows - 1))
                tile = image[y : y + tile_height, x : x + tile_width]
                inside, scores = model.candidates(tile, 0.15)
                whole = whole_in_tile(inside, x, y, tile.shape[:2], (height, width))
                found.append((inside[whole] + [x, y, x, y], scores[whole]))
    all_boxes = np.concatenate([f[0] for f in found]).astype(np.float32)
    all_boxes[:, [0, 2]] = all_boxes[:, [0, 2]].clip(0, width)
    all_boxes[:, [1, 3]] = all_boxes[:, [1, 3]].clip(0, height)
    return all_boxes, np.concatenate([f[1] for f in found])


def whole_in_tile(inside, x, y, tile_size, image_size, edge_px=4):
    tile_height, tile_width = tile_size
    whole = (inside[:, 3] - inside[:, 1]) < tile_height * 0.8
    whole &= (x == 0) | (inside[:, 0] > edge_px)
    whole &= (y == 0) | (inside[:, 1] > edge_px)
    whole &= (x + tile_width >= image_size[1]) | (inside[:, 2] < tile_width - edge_px)
    whole &= (y + tile_height >= image_size[0]) | (inside[:, 3] < tile_height - edge_px)
    return whole


def fuse(candidates: np.ndarray, scores: np.ndarray):
    """One box per object: the suppression winners, averaged with what agrees with them."""
    if not len(candidates):
        return boxes.empty(), np.zeros(0, np.float32)
    winners = boxes.non_maximum_suppression(candidates, scores, 0.55)
    agreeing = boxes.iou(candidates[winners], candidates) > 0.6
    weights = agreeing * scores[None] ** 2
    fused = weights @ candidates / weights.sum(1, keepdims=True)
    return fused.astype(np.float32), scores[winners].astype(np.float32)


class YuNet:
    """Face boxes `[n, 5]`: box and score."""

    def __init__(self):
        path = paths.require(paths.THIRD_PARTY_MODELS / "yunet" / "yunet_n_dynamic.onnx")
        self.detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), 0.6, 0.3, 500)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        self.detector.setInputSize((image.shape[1], image.shape[0]))
        found = self.detector.detect(image)[1]
        if found is None:
            return boxes.empty(5)
        x, y, width, height = found[:, 0], found[:, 1], found[:, 2], found[:, 3]
        return np.stack([x, y, x + width, y + height, found[:, 14]], 1).astype(np.float32)
