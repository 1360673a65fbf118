"""The training loop: resumable, CPU by default, on a GPU where torch sees one."""

import copy
import math
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from . import assignment, paths, recover
from .dataset import Pictures, Stream, collate
from .network import Detector, cells

CHECKPOINTS = paths.WORK / "checkpoints"
WARM_UP_STEPS = 150
BOX_LOSS_WEIGHT = 2.0
EMA_DECAY = 0.998
SAVE_EVERY_SECS = 120
RECOVERY_BATCHES = 12


@dataclass(frozen=True)
class Plan:
    """What a run does. The cosine ends at `images`, or after `minutes` where that comes first.

    `initial` names an earlier run whose averaged weights this one starts from, or an exported ONNX file.
    """

    images: int
    minutes: float | None = None
    batch: int = 16
    learning_rate: float = 2.5e-3
    weight_decay: float = 0.03
    height_px: int = 320
    width_px: int = 416
    seed: int = 20261121
    initial: str | None = None
    workers: int = 1
    threads: int = 1


@torch.no_grad()
def follow(average, net, step: int, decay: float):
    """Lets the running average of a network's weights follow it; faster while it is young."""
    decay = min(decay, (1 + step) / (10 + step))
    for mean, now in zip(average.state_dict().values(), net.state_dict().values()):
        if mean.dtype.is_floating_point:
            mean.lerp_(now, 1 - decay)
        else:
            mean.copy_(now)


class Run:
    """The state of a training run, and its checkpoint."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(plan.seed)
        self.net = Detector().to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        matrices = [p for p in self.net.parameters() if p.ndim == 4]
        vectors = [p for p in self.net.parameters() if p.ndim != 4]
        groups = [dict(params=matrices, weight_decay=plan.weight_decay), dict(params=vectors, weight_decay=0.0)]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.98))
        self.step, self.spent_secs = 0, 0.0

    @property
    def images(self) -> int:
        return self.step * self.plan.batch

    def progress(self) -> float:
        by_time = self.spent_secs / (self.plan.minutes * 60) if self.plan.minutes else 0.0
        return min(1.0, max(self.images / self.plan.images, by_time))

    def learning_rate(self) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * max(0.0, (self.progress() - 0.05) / 0.95)))
        return self.plan.learning_rate * min(1.0, (self.step + 1) / WARM_UP_STEPS) * (0.98 * cosine + 0.02)

    def learn(self, batch, grid, stride) -> tuple[float, float]:
        images, labels, ignored, teacher = (t.to(self.device, non_blocking=True) for t in batch)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        output = self.net(images.float().contiguous(memory_format=torch.channels_last))
        class_loss, box_loss = assignment.loss(output, labels, ignored, teacher, grid, stride)
        self.optimizer.zero_grad()
        (class_loss + BOX_LOSS_WEIGHT * box_loss).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimizer.step()
        self.step += 1
        follow(self.average, self.net, self.step, EMA_DECAY)
        return class_loss.item(), box_loss.item()

    def save(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        state = dict(
            plan=asdict(self.plan), step=self.step, spent_secs=self.spent_secs, net=self.net.state_dict(),
            average=self.average.state_dict(), optimizer=self.optimizer.state_dict(),
        )
        partial = path.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(path)

    def start_from(self, initial: str, loader):
        """The averaged weights of an earlier run or of an export, with a fresh optimizer."""
        if initial.endswith(".onnx"):
            average = self.recovered(Path(initial), loader)
        else:
            path = CHECKPOINTS / initial / "latest.pt"
            average = torch.load(paths.require(path), map_location=self.device, weights_only=True)["average"]
        self.net.load_state_dict(average)
        self.average.load_state_dict(average)

    @staticmethod
    def recovered(path: Path, loader) -> dict:
        images = [batch[0] for batch, _ in zip(loader, range(RECOVERY_BATCHES))]
        return recover.recover(path, torch.cat(images).float()).state_dict()

    def resume(self, path: Path):
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.spent_secs = state["step"], state["spent_secs"]


def train(plan: Plan, name: str) -> Path:
    """Trains to the end of the plan; a run of the same name is continued. Returns its checkpoint."""
    torch.set_num_threads(plan.threads)
    random.seed(plan.seed)
    latest = CHECKPOINTS / name / "latest.pt"
    run = Run(plan)
    continued = latest.exists()
    if continued:
        run.resume(latest)
        print(f"continuing `{latest}` after {run.images} images", flush=True)
    pictures = Pictures()
    print(f"{run.device}, {sum(p.numel() for p in run.net.parameters())} parameters, "
          f"person cut-outs {({k: len(v) for k, v in pictures.persons_by_source.items()})}, "
          f"vehicles {len(pictures.vehicles)}, things {({k: len(v) for k, v in pictures.things.items()})}, "
          f"empty scenes {len(pictures.empty_scenes)}", flush=True)
    stream = Stream(pictures, plan.height_px, plan.width_px, plan.seed + run.step)
    loader = torch.utils.data.DataLoader(
        stream, batch_size=plan.batch, num_workers=plan.workers, collate_fn=collate,
        prefetch_factor=6 if plan.workers else None,
    )
    if plan.initial and not continued:
        run.start_from(plan.initial, loader)
    grid, stride = cells(plan.height_px, plan.width_px, run.device)
    progress = Progress(run)
    saved_at = time.monotonic()
    for batch in loader:
        if run.progress() >= 1:
            break
        started = progress.waited()
        losses = run.learn(batch, grid, stride)
        run.spent_secs += progress.learned(started, losses)
        if time.monotonic() - saved_at > SAVE_EVERY_SECS:
            run.save(latest)
            saved_at = time.monotonic()
    run.save(latest)
    print(f"done: {run.images} images in {run.spent_secs / 60:.1f} min", flush=True)
    return latest


class Progress:
    """Prints means over the last steps, and counts the time spent."""

    EVERY_STEPS = 25

    def __init__(self, run: Run):
        self.run, self.sums, self.waiting_secs = run, [0.0, 0.0], 0.0
        self.since = self.last = time.monotonic()

    def waited(self) -> float:
        now = time.monotonic()
        self.waiting_secs += now - self.last
        return self.last

    def learned(self, started: float, losses) -> float:
        self.sums = [a + b for a, b in zip(self.sums, losses)]
        self.last = time.monotonic()
        if self.run.step % self.EVERY_STEPS == 0:
            elapsed = self.last - self.since
            print(f"{self.run.progress():6.1%} step {self.run.step} images {self.run.images} "
                  f"class {self.sums[0] / self.EVERY_STEPS:.3f} box {self.sums[1] / self.EVERY_STEPS:.3f} "
                  f"lr {self.run.learning_rate():.5f} {self.EVERY_STEPS * self.run.plan.batch / elapsed:.1f} images/s, "
                  f"waiting {self.waiting_secs / elapsed:.0%}", flush=True)
            self.sums, self.waiting_secs, self.since = [0.0, 0.0], 0.0, self.last
        return self.last - started
