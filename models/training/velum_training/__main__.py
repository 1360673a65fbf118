"""`python -m velum_training [COMMAND]`; without a command, everything in order."""

import argparse
import os
import sys
import warnings
from pathlib import Path

from . import CLASSES, paths

MODEL = "velum-person-1"
DEFAULT_WEIGHTS = paths.WEIGHTS / f"{MODEL}.onnx"
DEFAULT_IMAGES = 180_000
NMS_IOU = 0.5
DENSITY = "velum-density-1"
DENSITY_IMAGES = 60_000
YOLOX_NANO = (("YOLOX-nano", paths.THIRD_PARTY_MODELS / "yolox-nano" / "yolox_nano.onnx", 0.5),)


def arguments():
    parser = argparse.ArgumentParser(prog="velum_training", description=__doc__)
    parser.add_argument("command", nargs="?", default="all",
                        choices=COMMANDS)
    parser.add_argument("--run", default=MODEL, help="name of the run under work/checkpoints")
    parser.add_argument("--images", type=int, help="images to train on, in all")
    parser.add_argument("--minutes", type=float, help="end the schedule after this time if it comes first")
    parser.add_argument("--learning-rate", type=float, default=2.5e-3, help="of the detector")
    parser.add_argument("--initial", help="an earlier run, or an exported .onnx file, to start from")
    parser.add_argument("--threads", type=int, default=os.cpu_count() // 2 or 1, help="torch threads")
    parser.add_argument("--width", type=int, default=640, help="input width of the exported model, px")
    parser.add_argument("--height", type=int, default=384, help="input height of the exported model, px")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--thresholds", type=float, nargs=3, metavar=tuple(c.upper() for c in CLASSES),
                        help="score thresholds for `evaluate`; without it they are calibrated")
    parser.add_argument("--write-card", action="store_true", help="put what `evaluate` measures into the card")
    return parser.parse_args()


def label(_):
    from . import labels

    labels.label_all()


def render(_):
    from . import packages, rendered

    packages.fetch()
    rendered.render_all()


def train(args):
    from . import train as training

    training.train(training.Plan(images=args.images or DEFAULT_IMAGES, minutes=args.minutes, learning_rate=args.learning_rate,
                                 initial=args.initial, threads=args.threads), args.run)


def export(args):
    from . import export as exporting, train as training

    detector = exporting.load_average(training.CHECKPOINTS / args.run / "latest.pt")
    exporting.export(detector, args.weights, args.height, args.width)


def calibrate(args) -> dict[str, float]:
    from .calibrate import threshold_of
    from .detection import OnnxDetector

    detector = OnnxDetector(args.weights, NMS_IOU)
    return {name: threshold_of(detector, class_id) for class_id, name in enumerate(CLASSES)}


def evaluate(args):
    from . import card

    thresholds = dict(zip(CLASSES, args.thresholds)) if args.thresholds else calibrate(args)
    measured = card.tables(args.weights, thresholds, NMS_IOU)
    print(measured)
    if args.write_card:
        card.write(paths.CARDS / f"{args.weights.stem}.md", measured)


def density(args):
    from . import counting, density as counted, density_training

    checkpoint = density_training.learn(density_training.Plan(
        images=args.images or DENSITY_IMAGES, minutes=args.minutes, threads=args.threads,
        initial=args.initial or str(DEFAULT_WEIGHTS)))
    target = paths.WEIGHTS / f"{DENSITY}.onnx"
    counted.export(checkpoint, target, args.height, args.width)
    print(counting.table(target, YOLOX_NANO))


def counts(args):
    """Only the table of `velum-density-1`'s card."""
    from . import counting

    print(counting.table(paths.WEIGHTS / f"{DENSITY}.onnx", YOLOX_NANO))


def selftest(_):
    from . import selftest as checks

    checks.run()


def everything(args):
    from . import records, rendered

    missing = [step for step, index in ((label, records.INDEX), (render, rendered.INDEX)) if not index.exists()]
    for step in (selftest, *missing, train, export, evaluate):
        print(f"== {step.__name__}", flush=True)
        step(args)


COMMANDS = {"all": everything, "label": label, "render": render, "train": train, "export": export,
            "calibrate": calibrate, "evaluate": evaluate, "density": density, "counts": counts, "selftest": selftest}


def main() -> int:
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    args = arguments()
    try:
        COMMANDS[args.command](args)
    except paths.MissingInput as error:
        print(f"velum_training: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
