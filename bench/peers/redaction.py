"""Redaction by a box beside deface, on one processor, by turns: pictures a second, processor time, and who is not covered.

    redaction.py VELUM_EDGE DEFACE_FOLDER OUT RECORDING...

What a box does is what `velum-edge eval --leak` plays: decoder, detector, analysis, timeline, redactor and verifier, for a
picture of every analysed frame (five a second). Its cost a picture is that of 20 s of a recording less that of 10 s, so that
loading and the beginning are not in it; deface's is that of its first pictures without loading. Who is not covered is
measured on the annotated footage of the built-in suite, as far as it is here (VELUM_SHARED, .cache/fixtures), and against
faces that YuNet, of neither's family, finds on its photographs.
Writes redaction.json and redaction.md. BENCH_REPEATED=3 is how often speed is measured.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import covered
import imageio_ffmpeg

SUITE = Path("pipeline/eval/leak.toml")
YUNET = "$VELUM_SHARED/third-party-models/yunet/yunet_n_640_640.onnx"
PLANS = {"velum-person-1": "Velum, built-in model", "yolox-nano": "Velum, YOLOX-nano and the built-in model"}
# How large deface's network sees a picture: whole, as it does unless told, and as large as the box's verifier, the same network.
SCALES = {"whole": "", "640x384": ", `--scale 640x384`"}
SECS = (10.0, 20.0)
DEFACED_PICTURES = 50
TRUTHS = {"annotated persons": "persons", "annotated faces": "faces"}


def toml(suite: dict) -> str:
    """A suite as text; JSON's strings, numbers and lists are TOML's."""
    single = [f"{key} = {json.dumps(value)}" for key, value in suite.items() if not is_tables(value)]
    for name, tables in suite.items():
        if is_tables(tables):
            for table in tables:
                single += [f"[[{name}]]"] + [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(single) + "\n"


def is_tables(value) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def run(command: list, on: dict | None = None) -> tuple[float, float]:
    """Runs it to its end; processor seconds and seconds."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=on)
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]}: ended with {status}: {told[-600:]}")
    return used.ru_utime + used.ru_stime, time.monotonic() - begun


class Comparison:
    def __init__(self, box: str, deface: str, work: Path) -> None:
        self.box, self.deface, self.work = Path(box).resolve(), Path(deface).resolve(), work
        self.suite = tomllib.loads(SUITE.read_text())
        found = [Path(os.path.expandvars(folder)).resolve() for folder in self.suite["folders"]]
        self.suite["folders"] = [str(folder) for folder in found]
        self.suite["plans"] = [plan for plan in self.suite["plans"] if plan["id"] in PLANS]
        self.suite["pseudo_truth"] = []
        for footage in self.suite["clips"] + self.suite["photographs"]:
            footage["pseudo"] = []

    def find(self, name: str) -> Path | None:
        places = (Path(folder) / name for folder in self.suite["folders"])
        return next((place for place in places if place.exists()), None)

    def evaluate(self, changes: dict) -> tuple[dict, float, float]:
        """A box's leak.json of a suite, and what it took."""
        suite = {key: value for key, value in (self.suite | changes).items() if value != []}
        (self.work / "suite.toml").write_text(toml(suite))
        took = run([self.box, "eval", "--leak", self.work / "suite.toml", "--out", self.work])
        return json.loads((self.work / "leak.json").read_text()), *took

    def defaced(self, files: list[Path], scale: str = "whole") -> dict:
        """What deface tells of these files; its pictures lie beside, until the next."""
        out, on = self.work / "defaced", os.environ | {"PYTHONPATH": str(self.deface)}
        out.mkdir(exist_ok=True)
        run([sys.executable, Path(__file__).with_name("defaced.py"), out, scale, *files], on)
        return json.loads((out / "defaced.json").read_text())

    # ---- who is not covered ----

    def annotated(self) -> list[dict]:
        """The annotated footage that is here."""
        here = [one for one in self.suite["clips"] + self.suite["photographs"] if self.find(one.get("file") or one["folder"])]
        every = [one | {"is_clip": "file" in one, "who": "annotated"} for one in here]
        return [one for one in every if self.has_truth(one)]

    def has_truth(self, one: dict) -> bool:
        files = [one.get("persons_mot"), one.get("persons_yolo"), *one.get("faces_dlib", [])]
        named = [file for file in files if file]
        return bool(named) and all(self.find(file) for file in named)

    def looked_for(self) -> list[dict]:
        """The photographs without annotated faces, with those that YuNet finds."""
        model = Path(os.path.expandvars(YUNET))
        photographs = [one for one in self.suite["photographs"] if "faces_dlib" not in one and self.find(one["folder"])]
        given = []
        for number, one in enumerate(photographs if model.exists() else []):
            faces = (self.work / f"faces-{number}.xml").resolve()
            covered.faces_by_yunet(model, self.files(one)[:: one.get("every", 1)], faces)
            # The evaluator takes only pictures that the file names: each second of them is taken already.
            plain = {"id": f"{one['id']}, YuNet", "folder": one["folder"], "faces_dlib": [str(faces)]}
            given.append(plain | {"is_clip": False, "who": "YuNet (pseudo)"})
        return given

    def files(self, one: dict) -> list[Path]:
        begins = tuple(one.get("begins_with") or [""])
        listed = sorted(self.find(one["folder"]).iterdir())
        return [file for file in listed if file.suffix in (".jpg", ".png") and file.name.startswith(begins)]

    def leaks(self) -> list[dict]:
        footage = self.annotated() + self.looked_for()
        if not footage:
            return []
        plain = lambda one: {key: value for key, value in one.items() if key not in ("is_clip", "who")}  # noqa: E731
        ours, *_ = self.evaluate({
            "clips": [plain(one) for one in footage if one["is_clip"]],
            "photographs": [plain(one) for one in footage if not one["is_clip"]],
        })  # fmt: skip
        rows = []
        for one in footage:
            told = next((entry for entry in ours["footage"] if entry["id"] == one["id"]), None)
            if told is None:
                continue
            rows += [row for plan in told["outcomes"] for row in of_box(one, plan)]
            rows.append(self.of_deface(one))
        return rows

    def of_deface(self, one: dict) -> dict:
        truths = self.truths(one)
        looked = self.defaced([self.find(one["file"])] if one["is_clip"] else [file for file, _, _ in truths])["pictures"]
        tally, masked = covered.Tally(), []
        for index, (file, kind, boxes) in enumerate(truths):
            picture = looked[file if one["is_clip"] else index]
            boxes = boxes(picture["size_px"]) if callable(boxes) else boxes
            masked.append(covered.count(picture, kind, boxes, tally))
        row = {"footage": one["id"], "is_clip": one["is_clip"], "who": one["who"], "what": "deface", "kind": kind}
        return row | {"pictures": len(masked), "withheld": 0, "masked": statistics.mean(masked)} | tally.told()

    def truths(self, one: dict) -> list[tuple]:
        """Of each compared picture: its number in the clip or its file, of what kind the truth is, and the boxes."""
        if one["is_clip"]:
            frames, ahead = covered.mot(self.find(one["persons_mot"])), one["mot_fps"] / self.suite["fps"]
            count = int(max(frames) / ahead + 1)
            at = [round(picture * ahead) for picture in range(count) if round(picture * ahead) < max(frames)]
            return [(number, "persons", frames.get(number + 1, [])) for number in at]
        files = self.files(one)
        if "faces_dlib" in one:
            faces = covered.dlib([self.find(file) for file in one["faces_dlib"]])
            return [(file, "faces", faces[file.name]) for file in files if file.name in faces][:: one.get("every", 1)]
        files = files[:: one.get("every", 1)]
        if "persons_mot" in one:
            frames = covered.mot(self.find(one["persons_mot"]))
            return [(file, "persons", frames.get(int(file.stem), [])) for file in files]
        boxes = self.find(one["persons_yolo"])
        read = lambda file: lambda size: covered.yolo(boxes / f"{file.stem}.txt", *size)  # noqa: E731
        return [(file, "persons", read(file)) for file in files]

    # ---- speed ----

    def speeds(self, recordings: list[Path], plans: list[str], repeated: int) -> list[dict]:
        cuts = {recording: self.cut(recording) for recording in recordings}
        taken: dict[tuple, list] = {}
        for _ in range(repeated):
            for recording, cut in cuts.items():
                for plan in plans:
                    taken.setdefault((recording, PLANS[plan]), []).append(self.of_plan(recording, plan))
                for scale, name in SCALES.items():
                    told = self.defaced([cut], scale)
                    count = len(told["pictures"])
                    each = (told["cpu_secs"] / count, told["wall_secs"] / count, count, told["pictures"][0]["size_px"])
                    taken.setdefault((recording, f"deface {told['version']}{name}"), []).append(each)
        sizes = {recording: runs[0][3] for (recording, what), runs in taken.items() if what.startswith("deface")}
        return [
            {"recording": recording.name, "size_px": sizes[recording], "what": what, "pictures": runs[0][2],
             "cpu_ms": [1e3 * run[0] for run in runs], "pictures_a_second": [1 / run[1] for run in runs]}
            for (recording, what), runs in taken.items()
        ]  # fmt: skip

    def of_plan(self, recording: Path, plan: str) -> tuple[float, float, int]:
        """Processor seconds and seconds a picture, and of how many."""
        took = []
        for secs in SECS:
            clip = {"id": "speed", "file": str(recording.resolve()), "secs": secs}
            plans = [one for one in self.suite["plans"] if one["id"] == plan]
            told, cpu, wall = self.evaluate({"plans": plans, "clips": [clip], "photographs": []})
            took.append((told["footage"][0]["outcomes"][0]["planned"]["shown"], cpu, wall))
        (less, cpu_less, wall_less), (more, cpu_more, wall_more) = took
        count = more - less
        return (cpu_more - cpu_less) / count, (wall_more - wall_less) / count, count

    def cut(self, recording: Path) -> Path:
        """Its first pictures, as they are coded."""
        short = self.work / f"cut-{recording.name}"
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        run([ffmpeg, "-y", "-i", recording, "-c", "copy", "-an", "-frames:v", str(DEFACED_PICTURES), short])
        return short


def of_box(one: dict, plan: dict) -> list[dict]:
    """In all pictures that were planned, and in those that the verifier let pass."""
    rows = []
    for which, name in (("released", ""), ("planned", ", before verification")):
        told = plan[which]
        for against in filter(lambda against: against["truth"] in TRUTHS, told["against"]):
            sizes = [size["strict"] for size in against["by_size"]]
            rows.append({
                "footage": one["id"], "is_clip": one["is_clip"], "who": one["who"], "what": PLANS[plan["plan"]] + name,
                "kind": TRUTHS[against["truth"]], "pictures": told["shown"], "withheld": told["asked"] - told["shown"],
                "masked": told["masked_mean"], "of": sum(size["of"] for size in sizes),
                "uncovered": sum(size["hits"] for size in sizes),
            })  # fmt: skip
    return rows


def same_truth(rows: list[dict]) -> None:
    """Ends where deface was held against other truth than the box: counts of all planned pictures must be the same."""
    for row in rows:
        if row["what"].endswith("before verification") and row["withheld"] == 0:
            other = next(o for o in rows if o["what"] == "deface" and o["footage"] == row["footage"])
            if (row["of"], row["pictures"]) != (other["of"], other["pictures"]):
                sys.exit(f"{row['footage']}: the evaluator counts {row['of']}, bench/peers/covered.py {other['of']}")


def joined(rows: list[dict]) -> list[dict]:
    """Video and photographs, persons and faces, each together."""
    groups: dict[tuple, list] = {}
    for row in rows:
        groups.setdefault((not row["is_clip"], row["kind"], row["who"], row["what"]), []).append(row)
    out = []
    for (is_photograph, kind, who, what), group in sorted(groups.items()):
        total = {key: sum(row[key] for row in group) for key in ("of", "uncovered", "pictures", "withheld")}
        total["masked"] = sum(row["masked"] * row["pictures"] for row in group if row["pictures"]) / max(total["pictures"], 1)
        if all("heads_bare" in row for row in group):
            total["heads_bare"] = sum(row["heads_bare"] for row in group)
        total["per_1000_wilson"] = [1e3 * end for end in covered.wilson(total["uncovered"], total["of"])]
        footage = "photographs" if is_photograph else "video"
        out.append({"footage": footage, "kind": kind, "who": who, "what": what} | total)
    return out


def rate(hits: int, of: int) -> str:
    low, high = covered.wilson(hits, of)
    return f"**{1e3 * hits / max(of, 1):.1f}** ({1e3 * low:.1f}–{1e3 * high:.1f}), {hits}/{of}"


def spread(values: list[float], digits: int) -> str:
    return f"**{statistics.median(values):.{digits}f}** ({min(values):.{digits}f}–{max(values):.{digits}f})"


def page(told: dict) -> str:
    lines = [
        "# Redaction beside deface", "", f"{told['machine']}; {told['made_at']}; deface {told['deface']}, on one processor.", "",
        "| recording | what | cpu-ms a picture | pictures a second of its time | by the clock | pictures a run |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in told["speed"]:
        size = "x".join(str(side) for side in row["size_px"])
        lines.append(
            f"| {row['recording']}, {size} | {row['what']} | {spread(row['cpu_ms'], 0)} "
            f"| {1e3 / statistics.median(row['cpu_ms']):.1f} | {spread(row['pictures_a_second'], 1)} | {row['pictures']} |"
        )
    lines += [
        "", f"Median, least and most of {told['repeated']}, by turns. Velum's picture is one of five a second: the frames between are",
        "decoded only, and that is in its cost; coding it as JPEG is not. deface's is each frame, and coding it as H.264 is in its cost.", "",
        "| footage | who says where they are | what | not covered, per 1,000 | head hardly touched | masked | pictures | withheld |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in told["leak"]:
        heads = rate(row["heads_bare"], row["of"]) if row["kind"] == "persons" and "heads_bare" in row else ""
        lines.append(
            f"| {row['footage']} | {row['kind']}, {row['who']} | {row['what']} | {rate(row['uncovered'], row['of'])} | {heads} "
            f"| {100 * row['masked']:.1f} % | {row['pictures']} | {row['withheld']} |"
        )
    lines += [
        "" if told["leak"] else "No annotated footage was here: see VELUM_SHARED in docs/accuracy.md.", "",
        "Covered as in docs/accuracy.md: 0.9 of a face; of a person 0.9 of the head and 0.7 of the whole. deface is made for faces,",
        "and covers nothing else, so that by this rule it covers hardly any person: *head hardly touched* counts those of whose head",
        "less than a tenth is blurred, among them who turn their backs. A blurred area counts as covered, however well it hides.",
        "Intervals: Wilson, 95 %, each box for itself.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def machine() -> str:
    cpus = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return f"{cpus[0] if cpus else platform.machine()}, {len(cpus)} cores"


def main() -> None:
    box, deface, out, *recordings = sys.argv[1:]
    repeated = int(os.environ.get("BENCH_REPEATED", "3"))
    with tempfile.TemporaryDirectory() as work:
        comparison = Comparison(box, deface, Path(work))
        rows = comparison.leaks()
        same_truth(rows)
        # One processor for whatever is started from here on.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        plans = [plan for plan, name in PLANS.items() if any(row["what"] == name for row in rows)] or ["velum-person-1"]
        speed = comparison.speeds([Path(recording) for recording in recordings], plans, repeated)
    version = next(row["what"].split()[1] for row in speed if row["what"].startswith("deface"))
    told = {"machine": machine(), "made_at": time.strftime("%Y-%m-%d %H:%MZ", time.gmtime()), "deface": version}
    told |= {"repeated": repeated, "speed": speed, "leak": joined(rows), "leak_by_footage": rows}
    Path(out).mkdir(parents=True, exist_ok=True)
    Path(out, "redaction.json").write_text(json.dumps(told, indent=1) + "\n")
    Path(out, "redaction.md").write_text(page(told))
    print(page(told))


main()
