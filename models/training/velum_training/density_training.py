"""How `velum-density-1` learns: resumable, on the CPU.

The loss is the deviance of Poisson counts, over cells, blocks and the whole picture: its best answer is the
expected number of persons, so that what is doubtful is neither left out nor counted whole, and a person
weighs the same whether it is small or large.
"""

import copy
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional as F

from . import recover, train
from .dataset import Pictures
from .density import Density, Stream, collate

CHECKPOINT = train.CHECKPOINTS / "velum-density-1" / "latest.pt"
BLOCKS = ((1, 1.0), (4, 1.0), (16, 1.0))  # cells a side over which counts are compared, and their weight
PICTURE_WEIGHT = 1.0
SMALLEST_PERSONS = 1e-6
WARM_UP_STEPS = 100
AVERAGE_DECAY = 0.998
SAVE_EVERY_SECS = 60
REPORT_EVERY_STEPS = 25


@dataclass(frozen=True)
class Plan:
    """The cosine ends at `images`, or after `minutes` where that comes first; see `train.Plan` for `initial`."""

    images: int
    initial: str
    minutes: float | None = None
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    batch: int = 16
    threads: int = 1
    height_px: int = 320
    width_px: int = 416
    seed: int = 20261126


class Run:
    """The state of a run, and its checkpoint."""

    def __init__(self, plan: Plan):
        torch.manual_seed(plan.seed)
        self.plan, self.step, self.spent_secs = plan, 0, 0.0
        self.net = Density().train().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        learnt = [p for p in self.net.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(learnt, lr=plan.learning_rate, betas=(0.9, 0.98),
                                           weight_decay=plan.weight_decay)

    def start_from(self, initial: str, loader):
        """The averaged weights of a run of the detector, or of its export."""
        if initial.endswith(".onnx"):
            weights = train.Run.recovered(Path(initial), loader)
        else:
            weights = torch.load(train.CHECKPOINTS / initial / "latest.pt", weights_only=True)["average"]
        self.net.start_from(weights)
        self.average.load_state_dict(self.net.state_dict())

    def progress(self) -> float:
        by_time = self.spent_secs / (60 * self.plan.minutes) if self.plan.minutes else 0.0
        return min(1.0, max(self.step * self.plan.batch / self.plan.images, by_time))

    def learning_rate(self) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * self.progress()))
        return self.plan.learning_rate * min(1.0, (self.step + 1) / WARM_UP_STEPS) * (0.99 * cosine + 0.01)

    def learn(self, images, target, known) -> tuple[float, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        answer = self.net(images.float().contiguous(memory_format=torch.channels_last))
        total, error = loss(answer, target, known)
        self.optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        train.follow(self.average, self.net, self.step, AVERAGE_DECAY)
        return total.item(), error.item()

    def save(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        torch.save(dict(net=self.net.state_dict(), average=self.average.state_dict(), step=self.step,
                        spent_secs=self.spent_secs, optimizer=self.optimizer.state_dict()), partial)
        partial.replace(path)

    def resume(self, path: Path):
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.spent_secs = state["step"], state["spent_secs"]


def deviance(persons, truth):
    """Half the deviance of Poisson counts; 0 where both agree."""
    safe = persons.clamp(min=SMALLEST_PERSONS)
    return safe - truth + torch.xlogy(truth, truth.clamp(min=SMALLEST_PERSONS) / safe)


def loss(density, target, known):
    """What is to be made small, and the mean absolute error of the count, both over what is known."""
    density, target = density * known, target * known
    mine, truth = density.sum((1, 2, 3)), target.sum((1, 2, 3))
    each = PICTURE_WEIGHT * deviance(mine, truth)
    for side, weight in BLOCKS:
        blocks = (F.avg_pool2d(t, side, ceil_mode=True, count_include_pad=False) for t in (density, target))
        mine_there, truth_there = (t * side**2 for t in blocks)
        each = each + weight * deviance(mine_there, truth_there).sum((1, 2, 3))
    return (each / (truth + 4).sqrt()).mean(), (mine - truth).abs().mean()


def learn(plan: Plan) -> Path:
    """Learns to the end of the plan, going on from the checkpoint where there is one. Returns the checkpoint."""
    torch.set_num_threads(plan.threads)
    random.seed(plan.seed)
    run = Run(plan)
    continued = CHECKPOINT.exists()
    if continued:
        run.resume(CHECKPOINT)
        print(f"continuing `{CHECKPOINT}` after step {run.step}", flush=True)
    stream = Stream(Pictures(), plan.height_px, plan.width_px, plan.seed + run.step)
    loader = torch.utils.data.DataLoader(stream, batch_size=plan.batch, num_workers=1, collate_fn=collate,
                                         prefetch_factor=6)
    if not continued:
        run.start_from(plan.initial, loader)
    saved_at = last = time.monotonic()
    sums = [0.0, 0.0]
    for images, target, known in loader:
        if run.progress() >= 1:
            break
        sums = [a + b for a, b in zip(sums, run.learn(images, target, known))]
        run.spent_secs += time.monotonic() - last
        last = time.monotonic()
        if run.step % REPORT_EVERY_STEPS == 0:
            report(run, sums)
            sums = [0.0, 0.0]
        if last - saved_at > SAVE_EVERY_SECS:
            run.save(CHECKPOINT)
            saved_at = last
    run.save(CHECKPOINT)
    return CHECKPOINT


def report(run: Run, sums):
    print(f"{run.progress():6.1%} step {run.step} after {run.spent_secs / 60:.1f} min, "
          f"loss {sums[0] / REPORT_EVERY_STEPS:.3f}, count error {sums[1] / REPORT_EVERY_STEPS:.2f}, "
          f"lr {run.learning_rate():.5f}", flush=True)
