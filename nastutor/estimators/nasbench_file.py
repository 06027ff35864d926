"""`NASBench101File`: the benchmark of Ying et al. 2019 from its original file, without TensorFlow."""

from __future__ import annotations

import base64
import json
import math
import struct
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nastutor.estimators.converted import Arrays, converted, lossless
from nastutor.estimators.published import Trainings, _Published
from nastutor.estimators.tfrecord import Damaged, fields, records
from nastutor.spaces.graph_enumeration import MOST_EDGES, MOST_VERTICES
from nastutor.spaces.nasbench import OPS, NASBench101
from nastutor.values import Arch

MEASURED = ("seconds", "train", "valid", "test")  # fields 2 to 5 of an EvaluationData; 1 is the epoch
Graph = tuple[int, str, str, int]  # row, adjacency matrix as a string of 0 and 1, operations with commas between, parameters
PLAIN, TAGS = struct.Struct("<BdBdBdBdBd"), (9, 17, 25, 33, 41)  # an EvaluationData as it is usually written


class NASBench101File(_Published):
    """All 423,624 networks of NAS-Bench-101, each trained three times on CIFAR-10 (Ying et al. 2019), from the file that you have.

    path    `nasbench_only108.tfrecord` (0.5 GB) or `nasbench_full.tfrecord` (2 GB, with 4, 12, 36 and 108 epochs), or a converted file
    budget  of a trial that names none: 4, 12, 36 or 108 epochs; default: the largest of the file. Each was trained on its own with its own
            learning rate schedule: a short training is no prefix of a long one, and no other budget can be answered
    seed    "mean" over all runs; a number: that run, in the order of the file; "repeat": the run numbered `trial.repeat`
    space   a smaller `NASBench101` to search in, such as one of 5 vertices; default: all of it, with the paper's channels and stacks
    cache   the file is read once, in half a minute (the larger one in two); what is needed of it then lies beside it, with .npz behind its
            name (20 MB for the smaller one), or here: a file, or a folder

    `error` is 1 - validation accuracy, `train_error` likewise, `seconds` the recorded training time without evaluations, `cost` the whole
    budget. The protocol of the paper: validation error steers, and of the one architecture chosen in the end the test error is asked
    once, by `final(arch)`: the mean over all runs at the largest budget. The original answers each question with one run at random, for
    which `seed="repeat"` and trials with a random `repeat` stand here, so that the generator is yours.

    >>> benchmark = nt.estimators.NASBench101File("nasbench_only108.tfrecord")
    >>> history = nt.search(nt.RegularizedEvolution(benchmark.space), benchmark, trials=1_000, executor=nt.simulate(100))
    """

    def __init__(
        self, path: str | Path, budget: int | None = None, seed: int | str = "mean", *, space: NASBench101 | None = None, cache: str | Path | None = None
    ) -> None:
        space = NASBench101(channels=128, modules=3, stacks=3) if space is None else space
        if not isinstance(space, NASBench101):
            raise TypeError(f"`space` is {space!r}; allowed is an nt.spaces.NASBench101")
        found = converted(path, cache, "NASBench101", convert)
        numbers, rows = _shared(space, found["number"])
        if not numbers.size:
            raise ValueError(f"`space` is {space!r}, and {found.path.name} holds none of its networks")
        self.path, self._digest, self._numbers = found.path, found.digest, numbers
        parts = {budget: {name: found[f"{name}/{budget}"][rows].astype(np.float64) for name in MEASURED} for budget in found.meta["budgets"]}
        trainings = {key: Trainings({"error": 1 - part["valid"], "train_error": 1 - part["train"]}, part["seconds"]) for key, part in parts.items()}
        own = {"params": found["params"][rows].astype(np.float64)}
        super().__init__(space, trainings, 1 - parts[max(parts)]["test"], own, budget, seed)

    @property
    def fingerprint(self) -> str:
        return f"NASBench101File({self._digest}, {self.space.fingerprint}, budget={self.default_budget}, seed={self.seed!r})"

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The number of each row's canonical architecture in `space`, (A,), rising: `space.arch(number)` gives the architecture."""
        return self._numbers.copy()

    def _row(self, arch: Arch) -> int:
        number = self.space.canonical_numbers([self.space.number(arch)])[0]
        row = int(self._numbers.searchsorted(number))
        if row == len(self._numbers) or self._numbers[row] != number:
            raise ValueError(f"`arch` is {arch}, which {self.path.name} does not hold")
        return row

    def _arch(self, row: int) -> Arch:
        return self.space.arch(self._numbers[row])  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.path, self.default_budget, self.seed, self.space)


def _again(path: Path, budget: int, seed: int | str, space: NASBench101) -> NASBench101File:
    return NASBench101File(path, budget, seed, space=space)


def _shared(space: NASBench101, known: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(numbers in `space`, rows of the file) of the networks that both have; the file's numbers, which rise, are those of the whole benchmark."""
    own = space.networks()
    whole = _whole()
    mask, code = np.divmod(own, len(OPS) ** (space.vertices - 2))
    inner = (space.vertices - 1) * (space.vertices - 2) // 2  # bits of the edges that do not lead to the output
    last = (MOST_VERTICES - 1) * (MOST_VERTICES - 2) // 2
    wide = (mask & (2**inner - 1)) | (mask >> inner << last)
    number = wide * len(OPS) ** (MOST_VERTICES - 2) + code * len(OPS) ** (MOST_VERTICES - space.vertices)
    number = whole.canonical_numbers(number)
    rows = np.minimum(known.searchsorted(number), len(known) - 1)
    there = known[rows] == number
    return own[there], rows[there]


def _whole() -> NASBench101:
    return NASBench101(MOST_VERTICES, MOST_EDGES)


def convert(path: Path) -> tuple[Arrays, Mapping[str, Any]]:
    """The arrays of a converted file: A networks, R runs.

    number         (A,) of the canonical architecture in NASBench101(vertices=7, edges=9), rising
    params         (A,)
    seconds/b, train/b, valid/b, test/b   (A, R) for each budget b: training time and accuracies at the end, in the order of the file
    """
    graphs, found = _collected(path)
    numbers = _numbers(graphs.values(), path)
    order = np.argsort(numbers)
    arrays = {"number": numbers[order], "params": np.array([graph[3] for graph in graphs.values()])[order]}
    for budget, (rows, values) in found.items():
        by_run = _by_run(np.array(rows), np.array(values).reshape(-1, len(MEASURED)), len(graphs))[order]
        arrays |= {f"{name}/{budget}": lossless(by_run[:, :, k]) for k, name in enumerate(MEASURED)}
    return arrays, {"budgets": sorted(found)}


def _collected(path: Path) -> tuple[dict[str, Graph], dict[int, tuple[array[int], array[float]]]]:
    """(hash -> graph, budget -> the row of each of its records and four numbers for each)."""
    if not path.is_file():
        raise ValueError(f"`path` is {str(path)!r}, a folder; allowed is the .tfrecord file of NAS-Bench-101, or a converted one")
    graphs: dict[str, Graph] = {}
    found: dict[int, tuple[array[int], array[float]]] = {}
    number = 0
    try:
        for record in records(path):
            name, budget, adjacency, ops, blob = json.loads(record)
            params, values = _measured(base64.b64decode(blob, validate=True))
            row = graphs.setdefault(name, (len(graphs), adjacency, ops, params))[0]
            rows, numbers = found.setdefault(budget, (array("q"), array("d")))
            rows.append(row)
            numbers.extend(values)
            number += 1
    except Damaged as error:
        raise ValueError(f"`path`: {path.name}, {error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"`path`: record {number} of {path.name} is not one of NAS-Bench-101 ({error})") from error
    if not graphs:
        raise ValueError(f"`path`: {path.name} holds no records")
    return graphs, found


def _measured(message: bytes) -> tuple[int, tuple[float, ...]]:
    """(parameters, seconds and accuracies at the end of training) of a ModelMetrics; evaluations are those at the start, half-way, at the end."""
    params, evaluations = 0, []
    for field, value in fields(message):
        if field == 1 and isinstance(value, bytes):
            evaluations.append(value)
        elif field == 2 and isinstance(value, int):
            params = value
    if len(evaluations) < 3:
        raise ValueError(f"{len(evaluations)} evaluations; there must be those at the start, half-way and at the end")
    return params, _evaluation(evaluations[2])


def _evaluation(message: bytes) -> tuple[float, ...]:
    if len(message) >= PLAIN.size and (parts := PLAIN.unpack_from(message))[::2] == TAGS:
        values = parts[3::2]
    else:  # fields may come in any order
        there = dict(fields(message))
        values = tuple(there.get(field, math.nan) for field in (2, 3, 4, 5))
    if not all(isinstance(value, float) and math.isfinite(value) for value in values):
        raise ValueError(f"an evaluation holds {values} for seconds and accuracies")
    return values


def _numbers(graphs: Iterable[Graph], path: Path) -> NDArray[np.int64]:
    """The canonical number of each graph."""
    space, numbers = _whole(), []
    for row, adjacency, ops, _ in graphs:
        size = math.isqrt(len(adjacency))
        try:
            matrix = np.array(list(adjacency), dtype=np.int8).reshape(size, size)
            numbers.append(space.number(space.from_matrix(matrix, ops.split(","))))
        except ValueError as error:
            raise ValueError(f"`path`: network {row} of {path.name} is none of NAS-Bench-101: {adjacency} {ops} ({error})") from error
    canonical = space.canonical_numbers(numbers)
    if len(np.unique(canonical)) < len(canonical):
        raise ValueError(f"`path`: {path.name} has the same network under two hashes; it is damaged")
    return canonical


def _by_run(rows: NDArray[np.int64], values: NDArray[np.float64], networks: int) -> NDArray[np.float64]:
    """(records, 4) -> (A, R, 4), runs in the order of the file, NaN where a network has fewer."""
    order = np.argsort(rows, kind="stable")
    rows, values = rows[order], values[order]
    counts = np.bincount(rows, minlength=networks)
    run = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((networks, counts.max(), len(MEASURED)), np.nan)
    table[rows, run] = values
    return table
