"""What a user would write in an afternoon: OpenCV reads a camera, ONNX Runtime looks for people, MOG2 for what moves.

    pipeline.py MODEL.onnx RTSP_ADDRESS FRAMES_PER_SECOND

The same model, thread count and rate as the box; every frame is decoded, as there. It prints nothing and sends nothing:
tracks, rules, policy, redaction, events and delivery are not in it.
"""

import os
import sys
import time

os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|threads;1")

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402


def main() -> None:
    model, address, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    height, width = [side if isinstance(side, int) else 384 for side in given.shape[2:]]
    background = cv2.createBackgroundSubtractorMOG2()
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG)
    due = time.monotonic()
    while True:
        if not capture.grab():
            sys.exit("the camera ended")
        if time.monotonic() < due:
            continue
        due += 1.0 / rate
        _, frame = capture.retrieve()
        scale = min(width / frame.shape[1], height / frame.shape[0])
        small = cv2.resize(frame, None, fx=scale, fy=scale)
        canvas = np.full((height, width, 3), 114, np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        tensor = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32)
        session.run(None, {given.name: tensor})
        background.apply(cv2.resize(frame, (640, 360)))


main()
