"""`NATSBenchFile`: the trained cells of NAS-Bench-201 from the files of NATS-Bench (Dong et al. 2021) or of NAS-Bench-201 (Dong & Yang 2020)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.estimators.converted import Converted, converted
from nastutor.estimators.nats_reading import NODES, OPS, STRING, VALID, convert
from nastutor.estimators.published import Trainings, _Published
from nastutor.spaces import cell_forms
from nastutor.spaces.cell import CellSpace
from nastutor.values import Arch, Trial

OWN = ("params", "mult_adds")


class NATSBenchFile(_Published):
    """All 15,625 cells of NAS-Bench-201, trained on three sets of images with 12 and with 200 epochs, from the files that you have.

    path     the folder `NATS-tss-v1_0-3ffb9-simple` (best: one file for each cell), or `NATS-tss-v1_0-3ffb9.pickle.pbz2`, or
             `NAS-Bench-201-v1_1-096897.pth` (both need much memory, once), or a converted file
    dataset  cifar10, cifar100 or ImageNet16-120
    budget   of a trial that names none: 12 or 200 epochs, trained each on its own; default: the larger
    seed     "mean" over all runs; a number: that run, by rising seed (`seeds`); "repeat": the run numbered `trial.repeat`
    merge    cells that are the same network (chapter 19) get the answer of the first of them, as everywhere in nastutor; False: each its
             own, as in the benchmark, which has trained equal networks more than once
    trust    True: I know where these files come from. They are pickles: unpickling does what the file says, and may run any code. Here it
             may build nothing but plain data; still, nothing is unpickled without your word. A converted file needs none
    space    a smaller `CellSpace` of 4 nodes to search in, with fewer operations; default: all of it, with the paper's channels and cells
    cache    the files are read once, in some minutes; what is needed of them then lies beside them, with .npz behind the name, or here

    `error` is 1 - validation accuracy, `seconds` the training time and one evaluation, as the benchmark's own simulation counts them. The
    protocol: validation steers, and of the one cell chosen in the end the test error is asked once, by `final(arch)`: the mean over all runs
    at the largest budget. On CIFAR-10 searches see trainings on half of the training images, validated on the other half, and test errors
    are those of trainings on both. After 200 epochs on the other two the file has validation errors of the last epoch alone: no curves.

    >>> benchmark = nt.estimators.NATSBenchFile("NATS-tss-v1_0-3ffb9-simple", dataset="cifar100", trust=True)
    >>> history = nt.search(nt.RandomSearch(benchmark.space), benchmark, trials=1_000, executor=nt.simulate(100))
    """

    def __init__(
        self,
        path: str | Path,
        dataset: str = "cifar10",
        budget: int | None = None,
        seed: int | str = "mean",
        *,
        merge: bool = True,
        trust: bool = False,
        space: CellSpace | None = None,
        cache: str | Path | None = None,
    ) -> None:
        if dataset not in VALID:
            raise ValueError(f"`dataset` is {dataset!r}; allowed are {', '.join(VALID)}")
        space = CellSpace(NODES, channels=16, cells=5, stages=3) if space is None else space
        if not isinstance(space, CellSpace) or space.nodes != NODES:
            raise ValueError(f"`space` is {space!r}; allowed is an nt.spaces.CellSpace of {NODES} nodes")
        found = converted(path, cache, "NATS-Bench", convert, trust=trust)
        self.path, self.dataset, self.merge, self._digest = found.path, dataset, merge, found.digest
        rows, self._codes = _shared(space, found["code"])
        if not rows.size:
            raise ValueError(f"`space` is {space!r}, and {found.path.name} holds none of its cells")
        self._place = {code: row for row, code in enumerate(self._codes.tolist())}
        self.seeds: dict[int, tuple[int, ...]] = {int(key): tuple(seeds) for key, seeds in found.meta["seeds"][dataset].items()}
        if not self.seeds:
            raise ValueError(f"`dataset` is {dataset!r}, of which {found.path.name} has no trainings")
        trainings = {key: _trainings(found, f"{dataset}/{key}", rows) for key in self.seeds}
        test = 1 - found.get(f"{dataset}/{max(self.seeds)}/test", np.full((len(found["code"]), 1), np.nan))[rows] / 100
        super().__init__(space, trainings, test, {name: found[f"{dataset}/{name}"][rows] for name in OWN}, budget, seed)

    @property
    def fingerprint(self) -> str:
        told = f"{self.dataset}, {self.space.fingerprint}, budget={self.default_budget}, seed={self.seed!r}, merge={self.merge}"
        return f"NATSBenchFile({self._digest}, {told})"

    def effective(self, trial: Trial) -> Trial:
        """With `merge` of the first cell that is the same network, else of the cell that is asked for."""
        effective = super().effective(trial)
        return effective if self.merge else replace(effective, arch=trial.arch)

    def string(self, arch: Arch) -> str:
        """The benchmark's name of a cell, such as '|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|'."""
        ops = [cell_forms.PUBLISHED[str(op)] for _, op in self.checked(arch).choices]
        groups = ([f"{ops.pop(0)}~{i}" for i in range(j)] for j in range(1, NODES))
        return "+".join(f"|{'|'.join(group)}|" for group in groups)

    def arch(self, string: str) -> Arch:
        """The cell with the benchmark's name `string`."""
        own, match = {name: op for op, name in cell_forms.PUBLISHED.items()}, STRING.fullmatch(str(string))
        if not match or not all(own.get(name) in self.space.ops for name in match.groups()):
            raise ValueError(f"`string` is {string!r}; allowed are names of cells such as {self.string(self._arch(0))!r}")
        return Arch(tuple(zip(self.space.options, [own[name] for name in match.groups()], strict=True)))

    @cached_property
    def _answering(self) -> NDArray[np.int64]:
        if not self.merge:
            return super()._answering
        return np.array([self._place.get(_code(self.space.canonical(arch)), -1) for arch in self.archs])

    def _row(self, arch: Arch) -> int:
        return self._placed(self.space.canonical(arch) if self.merge else arch, arch)

    def _own_row(self, arch: Arch) -> int:
        return self._placed(arch, arch)

    def _placed(self, arch: Arch, asked: Arch) -> int:
        row = self._place.get(_code(arch))
        if row is None:
            which = "" if arch == asked else f", as the network that it is: {arch} (merge=False takes each cell for itself)"
            raise ValueError(f"`arch` is {asked}, which {self.path.name} does not hold{which}")
        return row

    def _arch(self, row: int) -> Arch:
        digits = np.unravel_index(self._codes[row], (len(OPS),) * len(self.space.options))
        return Arch(tuple(zip(self.space.options, [OPS[int(digit)] for digit in digits], strict=True)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.path, self.dataset, self.default_budget, self.seed, self.merge, self.space)


def _again(path: Path, dataset: str, budget: int, seed: int | str, merge: bool, space: CellSpace) -> NATSBenchFile:
    return NATSBenchFile(path, dataset, budget, seed, merge=merge, space=space)


def _code(arch: Arch) -> int:
    """The cell's place in the enumeration of all cells with all five operations."""
    code = 0
    for _, op in arch.choices:
        code = code * len(OPS) + OPS.index(str(op))
    return code


def _shared(space: CellSpace, known: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows of the file, codes) of the cells that it shares with `space`, in the order of enumeration; `known` codes rise."""
    digits = np.array(list(product([OPS.index(op) for op in space.ops], repeat=len(space.options))))
    codes = digits @ len(OPS) ** np.arange(digits.shape[1])[::-1]
    rows = np.minimum(known.searchsorted(codes), len(known) - 1)
    there = known[rows] == codes
    return rows[there], codes[there]


def _trainings(found: Converted, prefix: str, rows: NDArray[np.int64]) -> Trainings:
    def part(name: str) -> NDArray[np.float64]:
        return found[f"{prefix}/{name}"][rows]

    metrics = {"error": 1 - part("valid") / 100, "loss": part("loss"), "train_error": 1 - part("train") / 100, "train_loss": part("train_loss")}
    if not np.isnan(latency := part("latency_ms")).all():
        metrics["latency_ms"] = latency
    return Trainings(metrics, part("seconds"), 1 - part("curve") / 100 if f"{prefix}/curve" in found else None)
