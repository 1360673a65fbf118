"""Makes a static int8 version of the built-in detector, and measures it beside the original by turns: is it worth it?

    int8.py MODEL.onnx FOOTAGE OUT_DIR    needs bench/peers/requirements-int8.txt

FOOTAGE is the shared folder of footage; only clips that its README lets be trained on are named here. Activations are
unsigned and weights signed, by channel; ranges are the least and the greatest seen. First stages and what decodes boxes stay
as they are.
Prints processor milliseconds a frame on one thread: the median of the turns, and each of them.
"""

import glob
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

WIDTH_PX, HEIGHT_PX = 640, 384
PADDING = 114
# Clips and how many pictures of each; photographs beside them.
CLIPS = {
    "intel-samples/one-by-one-person-detection.mp4": 40,
    "intel-samples/face-demographics-walking.mp4": 25,
    "intel-samples/face-demographics-walking-and-pause.mp4": 25,
    "intel-samples/head-pose-face-detection-female-and-male.mp4": 25,
    "intel-samples/store-aisle-detection.mp4": 25,
    "intel-samples/worker-zone-detection.mp4": 25,
    "deepstream-retail/Retail02_short.mp4": 40,
    "pexels-luggage/3695972-hd_1280_720_24fps.mp4": 25,
    "pexels-luggage/8044791-hd_1280_720_50fps.mp4": 20,
    "pexels-luggage/3723457-hd_1366_720_24fps.mp4": 20,
}
PHOTOGRAPHS = [("photos/**/*.jpg", 2, 35), ("coco128/images/*.jpg", 3, 30)]
# Left in floating point: names of nodes with these parts, and what decodes boxes.
FLOATING = ("stem", "stage4", "stage8")
DECODING = ("Concat", "Slice", "Sigmoid", "Clip", "Transpose", "Reshape", "Shape", "ConstantOfShape", "Sub", "Mul")
RUNS, WARM_UP, TURNS = 200, 20, 6


def tensor(picture: np.ndarray) -> np.ndarray:
    """As models/src/preprocess.rs makes it, but of BGR: into the upper left corner, grey beside it. [1, 3, 384, 640] f32."""
    height, width = picture.shape[:2]
    scale = min(WIDTH_PX / width, HEIGHT_PX / height)
    size = (min(round(width * scale), WIDTH_PX), min(round(height * scale), HEIGHT_PX))
    filled = np.full((HEIGHT_PX, WIDTH_PX, 3), PADDING, np.float32)
    filled[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return filled.transpose(2, 0, 1)[None]


def pictures(footage: str):
    for name, wanted in CLIPS.items():
        clip = cv2.VideoCapture(f"{footage}/{name}")
        total = int(clip.get(cv2.CAP_PROP_FRAME_COUNT))
        numbers = set(np.linspace(0, total - 2, wanted).astype(int))
        for number in range(total):
            if not clip.grab():
                break
            if number in numbers:
                yield clip.retrieve()[1]
    for pattern, every, most in PHOTOGRAPHS:
        for path in sorted(glob.glob(f"{footage}/{pattern}", recursive=True))[::every][:most]:
            picture = cv2.imread(path)
            if picture is not None:
                yield picture


class Calibration(CalibrationDataReader):
    def __init__(self, footage: str):
        self.tensors = ({"images": tensor(picture)} for picture in pictures(footage))

    def get_next(self):
        return next(self.tensors, None)


def without_normalisation(source: Path, target: Path) -> None:
    """Takes the graph's first Sub and Mul out: a manifest's mean and std say the same."""
    model = onnx.load(source)
    graph = model.graph
    first = {kind: next(node for node in graph.node if node.op_type == kind) for kind in ("Sub", "Mul")}
    constants = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    constants |= {n.output[0]: numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"}
    print("mean", constants[first["Sub"].input[1]], "std", 1 / constants[first["Mul"].input[1]])
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == first["Mul"].output[0]:
                node.input[place] = "images"
    for node in first.values():
        graph.node.remove(node)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def quantise(source: Path, target: Path, footage: str) -> None:
    prepared = target.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    nodes = onnx.load(prepared).graph.node
    floating = [n.name for n in nodes if n.op_type in DECODING or any(part in n.name for part in FLOATING)]
    quantize_static(
        str(prepared), str(target), Calibration(footage), quant_format=QuantFormat.QDQ, per_channel=True,
        op_types_to_quantize=["Conv", "Add", "Relu", "Resize"], nodes_to_exclude=floating,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax,
        # Else the outputs of all pictures are held at once.
        extra_options={"CalibMaxIntermediateOutputs": 20},
    )


def by_turns(models: list[Path]) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    sessions = [onnxruntime.InferenceSession(str(m), options, providers=["CPUExecutionProvider"]) for m in models]
    noise = np.random.default_rng(0).random((1, 3, HEIGHT_PX, WIDTH_PX), dtype=np.float32)
    taken = [[] for _ in models]
    for _ in range(TURNS):
        for session, times in zip(sessions, taken):
            for _ in range(WARM_UP):
                session.run(None, {"images": noise})
            before = time.process_time()
            for _ in range(RUNS):
                session.run(None, {"images": noise})
            times.append(1e3 * (time.process_time() - before) / RUNS)
    for model, times in zip(models, taken):
        each = " ".join(f"{ms:.2f}" for ms in times)
        print(f"{model.name}: {statistics.median(times):.2f} ms a frame ({each}), {model.stat().st_size} bytes")


def main() -> None:
    source, footage, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    plain, part = out / "fp32.onnx", out / "int8.onnx"
    without_normalisation(source, plain)
    quantise(plain, part, footage)
    by_turns([source, plain, part])


main()
