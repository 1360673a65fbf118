"""Runs deface as its command line does, on one thread, and tells what that took and what it covered, as JSON.

    defaced.py OUT_FOLDER SCALE FILE...

Its own functions read, look, blur and write (threshold 0.2, mask scale 1.3, ellipses, blur, H.264 by libx264), so that what
is timed is what a user gets. Only two things are put around them: the model runs on one thread, and each area that is
drawn is noted. Loading the model is not timed. SCALE is what `--scale` would say, or `whole`.
"""

import json
import os
import resource
import sys
import time

import cv2
import onnxruntime
from deface import deface
from deface.centerface import CenterFace

SETTINGS = {"threshold": 0.2, "mask_scale": 1.3, "replacewith": "blur", "ellipse": True, "draw_scores": False}
SESSION = onnxruntime.InferenceSession
DRAW = deface.draw_det


def on_one_thread(model: bytes, providers: list[str]) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return SESSION(model, options, providers=providers)


class Noting:
    """Looks for faces as CenterFace does, and begins a list of areas for each picture."""

    def __init__(self, in_shape: tuple[int, int] | None) -> None:
        self.centerface = CenterFace(in_shape=in_shape)
        self.pictures: list[dict] = []

    def __call__(self, frame, threshold: float):
        self.pictures.append({"size_px": [frame.shape[1], frame.shape[0]], "ellipses_px": []})
        return self.centerface(frame, threshold=threshold)

    def draw(self, frame, score, index, x1, y1, x2, y2, **how) -> None:
        self.pictures[-1]["ellipses_px"].append([int(x1), int(y1), int(x2), int(y2)])
        DRAW(frame, score, index, x1, y1, x2, y2, **how)


def cpu_secs() -> float:
    """Of this process and of the ffmpeg that reads and the one that writes."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    out, scale, *files = sys.argv[1:]
    cv2.setNumThreads(1)
    onnxruntime.InferenceSession = on_one_thread
    width, _, height = scale.partition("x")
    noting = Noting((int(width), int(height)) if height else None)
    deface.draw_det = noting.draw
    cpu_before, wall_before = cpu_secs(), time.monotonic()
    for file in files:
        written = os.path.join(out, os.path.basename(file))
        if deface.get_file_type(file) == "video":
            deface.video_detect(
                file, os.path.splitext(written)[0] + ".mp4", noting, enable_preview=False, cam=False, nested=False,
                ffmpeg_config={"codec": "libx264"}, **SETTINGS,
            )  # fmt: skip
        else:
            deface.image_detect(file, written, noting, enable_preview=False, keep_metadata=False, **SETTINGS)
    cpu, wall = cpu_secs() - cpu_before, time.monotonic() - wall_before
    told = {"version": deface.__version__, "cpu_secs": cpu, "wall_secs": wall, "pictures": noting.pictures}
    with open(os.path.join(out, "defaced.json"), "w") as file:
        json.dump(told, file)


main()
