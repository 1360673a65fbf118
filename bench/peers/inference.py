"""Runs a model as often as needed on one thread: processor milliseconds a frame, and bytes resident.

    inference.py MODEL.onnx [FRAMES]    so many frames together in a run; 1
"""

import resource
import sys
import time

import numpy as np
import onnxruntime

RUNS = 200


def main() -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    shape = [frames] + [side if isinstance(side, int) else 1 for side in given.shape[1:]]
    tensor = np.random.default_rng(0).random(shape, dtype=np.float32)
    for _ in range(20):
        session.run(None, {given.name: tensor})
    before = time.process_time()
    for _ in range(RUNS):
        session.run(None, {given.name: tensor})
    cpu_ms = 1e3 * (time.process_time() - before) / RUNS / frames
    print(cpu_ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


main()
