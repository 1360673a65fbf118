"""The measured part of the model card, regenerated from the weights."""

import hashlib

import cv2

from . import CLASSES, HEAD, PERSON, VEHICLE, evaluate, paths, staged
from .detection import OnnxDetector, TiledTeacher
from .groundtruth import FACES, SUITES

TEACHER_THRESHOLD = 0.5
EARLIER = (("velum-person-0", {PERSON: 0.52, HEAD: 0.34, VEHICLE: 0.45}),)  # with the thresholds of their cards
TILED_ON = ("mot17-mini",)
SWEEP = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
FIRST_LINE = "<!-- measured: written by `make -C models/training evaluate ARGS=--write-card` -->"
LAST_LINE = "<!-- end of measured -->"


def write(path, measured: str):
    """Replaces the measured part of the card at `path`."""
    before, rest = path.read_text().split(FIRST_LINE)
    after = rest.split(LAST_LINE)[1]
    path.write_text(f"{before}{FIRST_LINE}\n{measured}\n{LAST_LINE}{after}")
    print(f"{path}: measured part replaced")


def tables(weights, thresholds: dict[str, float], nms_iou: float) -> str:
    """Markdown: this model at its thresholds beside the earlier ones, and YOLOX-nano at 0.5 and at ours."""
    cv2.setNumThreads(1)
    ours = OnnxDetector(weights, nms_iou)
    lines = [
        f"`{weights.name}` sha256 `{hashlib.sha256(weights.read_bytes()).hexdigest()}`, "
        f"{weights.stat().st_size} bytes, input {ours.width_px}x{ours.height_px}, "
        f"median {ours.milliseconds():.1f} ms on 1 thread of the measuring machine.",
        "",
        "Score thresholds: " + ", ".join(f"{name} {value:.2f}" for name, value in thresholds.items())
        + f"; suppression at IoU {nms_iou}, each class apart.",
        "",
        "| set | model | threshold | recall (found/all, 95 %) | precision (right/shown, 95 %) | AP50 |",
        "|---|---|---|---|---|---|",
    ]
    sweep = [f"| recall / precision at | {' | '.join(f'{t:.2f}' for t in SWEEP)} |", "|---" * (len(SWEEP) + 1) + "|"]
    for suite in SUITES:
        if not suite.present():
            lines.append(f"| {suite.name} | not measured: footage absent | | | | |")
            continue
        measured = evaluate.measure(ours, suite)
        lines += suite_rows(suite, weights.stem, measured, thresholds[CLASSES[suite.class_id]], nms_iou)
        if suite.class_id == PERSON:
            sweep.append(sweep_row(suite.name, measured))
    lines += ["", f"{weights.stem} at other person thresholds:", "", *sweep]
    models = [(weights.stem, ours, thresholds["head"])]
    models += [(name, OnnxDetector(path, nms_iou), theirs[HEAD]) for name, path, theirs in earlier_than(weights.stem)]
    if FACES.present():
        lines += [""] + [heads_sentence(*model) for model in models]
    if staged.CLIP.exists():
        lines += [""] + [staged.sentence(name, detector) for name, detector, _ in models]
    return "\n".join(lines)


def earlier_than(name):
    found = [(earlier, paths.WEIGHTS / f"{earlier}.onnx", thresholds) for earlier, thresholds in EARLIER]
    return [(earlier, path, thresholds) for earlier, path, thresholds in found if earlier != name and path.exists()]


def heads_sentence(name, detector, threshold) -> str:
    covered, total = evaluate.faces_covered(detector, FACES, threshold)
    return (f"Heads, {name}: {evaluate.share_text(covered, total)} of the annotated faces in {FACES.what} "
            f"({FACES.name}) lie at least 85 % inside one head box at {threshold:.2f}.")


def sweep_row(name, measured) -> str:
    found = [measured.at(threshold) for threshold in SWEEP]
    shares = [f"{right / max(1, measured.truths):.2f} / {right / max(1, shown):.2f}" for right, shown in found]
    return f"| {name} | {' | '.join(shares)} |"


def suite_rows(suite, name, measured, threshold, nms_iou):
    title = f"{suite.name} ({suite.what})"
    lines = [evaluate.row_text(f"{title}, {measured.pictures} pictures", name, threshold, measured)]
    for earlier, path, thresholds in earlier_than(name):
        before = evaluate.measure(OnnxDetector(path, nms_iou), suite)
        lines.append(evaluate.row_text(title, earlier, thresholds[suite.class_id], before))
    teacher_path = paths.THIRD_PARTY_MODELS / "yolox-nano" / "yolox_nano.onnx"
    if teacher_path.exists():
        teacher = evaluate.measure(OnnxDetector(teacher_path, nms_iou), suite)
        lines += [evaluate.row_text(title, "YOLOX-nano", t, teacher) for t in (TEACHER_THRESHOLD, threshold)]
        if suite.name in TILED_ON:
            tiled = evaluate.measure(TiledTeacher(), suite)
            lines.append(evaluate.row_text(title, "YOLOX-nano, tiled", TEACHER_THRESHOLD, tiled))
    return lines
