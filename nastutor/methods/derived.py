"""The last step of a search, at the scale of the papers: a derived network is trained alone, from the start, under the recipe of DARTS for CIFAR-10."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nastutor.values import Arch, Trial

if TYPE_CHECKING:
    from nastutor.estimators import Train

# Liu et al. 2019, section 3.2 and appendix A.1; released code, cnn/train.py. The cosine ends at 0.
DARTS_CIFAR10 = {
    "epochs": 600,
    "batch_size": 96,
    "lr": 0.025,
    "momentum": 0.9,
    "nesterov": False,
    "weight_decay": 3e-4,
    "clip": 5.0,
    "auxiliary": 0.4,
    "scheduled_drop_path": True,
}
PUBLISHED = ("DARTS_V1", "DARTS_V2")
CUTOUT = 16
DROP_PATH = 0.2  # of the space: DARTSSpace(drop_path=DROP_PATH)
HELD_BACK = 10  # of the 50,000 training images, for the curve: the papers train on all of them


def darts_trainer(space: Any, task: Any, **changes: Any) -> Train:
    """The estimator that trains a derived network as Liu et al. (2019) do for CIFAR-10 (`DARTS_CIFAR10`).

    space    of the network at its final size: `nt.spaces.DARTSSpace(stages=3, cells=6, channels=36, drop_path=0.2)` for the paper's
    task     `nt.tasks.cifar10(augment=nt.tasks.Augment(crop=4, flip=True, cutout=16))` for the paper's
    changes  of the recipe, or other arguments of `Train`

    >>> import nastutor as nt
    >>> net = nt.zoo["DARTS_V2"]
    >>> trainer = darts_trainer(net.space, nt.tasks.cifar10(augment=nt.tasks.Augment(crop=4, flip=True, cutout=16)))  # doctest: +SKIP
    """
    from nastutor.estimators import Train

    return Train(space, task, **{"weights": False, **DARTS_CIFAR10, **changes})


def train_derived(trainer: Train, arch: Arch, folder: str | Path | None = None, report: Callable[[str], Any] = print) -> float:
    """Trains `arch` and returns its test error, which is computed once, in the end. Days on one GPU at the paper's size.

    The state lies in `folder` after each epoch; the same call goes on from there, to the same result on one device.

    report  called with a line for each epoch
    """
    from nastutor.estimators.device import numerics
    from nastutor.estimators.store import GIB, WeightStore

    effective = trainer.effective(Trial(arch))
    store = WeightStore(folder, trainer.fingerprint, 100 * GIB)
    with numerics(trainer.threads):
        fit = trainer._fit(effective)
        if (state := store.load(effective.key)) is not None:
            fit.restore(state)
            report(f"goes on after epoch {fit.epoch}")

        def after_epoch(curve: Sequence[float]) -> bool:
            report(f"epoch {fit.epoch:4d}  training loss {fit.train_loss:.4f}")
            store.save(effective.key, fit.state())
            return False

        if fit.run(effective.budget or 1, after_epoch) == "diverged":
            raise ValueError(f"`arch` is {arch}, and its training diverged after epoch {fit.epoch}: it has no test error")
        store.save(effective.key, fit.state())
        error, _ = fit.evaluate("test")
    report(f"test error {error:.2%} after {fit.epoch} epochs")
    return error


def main(arguments: Sequence[str] | None = None, task: Any = None) -> int:
    """`python -m nastutor derived ...`; `task` in place of CIFAR-10, which is downloaded where it is not there."""
    parser = argparse.ArgumentParser(prog="python -m nastutor derived", description="Trains a derived network as DARTS does for CIFAR-10.")
    parser.add_argument("network", help="its name in nt.zoo, such as DARTS_V2, or the text of a genotype: 'normal: ...; reduce: ...'")
    for name, value, says in (("channels", 36, "of the first cells"), ("cells", 6, "in a stage"), ("seed", 0, "of weights, orders, augmentation")):
        parser.add_argument(f"--{name}", type=int, default=value, help=f"{says} (default: {value})")
    for name in ("epochs", "batch_size"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=DARTS_CIFAR10[name], help=f"(default: {DARTS_CIFAR10[name]})")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--amp", choices=("float16", "bfloat16"), help="mixed precision on a GPU (default: none)")
    parser.add_argument("--folder", type=Path, default=Path("derived"), help="for weights, from which the same command goes on (default: derived)")
    asked = parser.parse_args(arguments)
    try:
        space, arch = _network(asked)
        trainer = darts_trainer(
            space, task or _cifar10(), epochs=asked.epochs, batch_size=asked.batch_size, seed=asked.seed, device=asked.device, amp=asked.amp or False
        )
        counts = space.graph(arch, trainer.task).counts()
        print(f"{counts.params:,} parameters, {counts.mult_adds / 1e6:,.1f} M mult-adds; {trainer.recipe.device}", flush=True)
        train_derived(trainer, arch, asked.folder, report=lambda line: print(line, flush=True))
    except (ValueError, TypeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _network(asked: argparse.Namespace) -> tuple[Any, Arch]:
    from nastutor.published import zoo
    from nastutor.spaces import DARTSSpace

    space = DARTSSpace(stages=3, channels=asked.channels, cells=asked.cells, drop_path=DROP_PATH)
    if ":" in asked.network:
        return space, space.from_genotype(asked.network)
    if asked.network not in PUBLISHED:
        raise ValueError(f"`network` is {asked.network!r}; allowed are {', '.join(PUBLISHED)} and the text of a genotype of DARTS's space (chapter 9)")
    return space, zoo[asked.network].arch


def _cifar10() -> Any:
    from nastutor.tasks import Augment, cifar10

    return cifar10(valid=HELD_BACK, augment=Augment(crop=4, flip=True, cutout=CUTOUT))
