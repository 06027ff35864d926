"""Small files in the formats of the published benchmarks, written here by their own rules: nothing of the readers is used."""

import base64
import bz2
import json
import pickle
import random
import struct
from collections import OrderedDict
from functools import cache

import numpy as np

import nastutor as nt

# ---------------------------------------------------------------- NAS-Bench-101


def crc32c(data):
    """Bit by bit, as its definition says."""
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def tfrecord(datas):
    """The bytes of a record file."""
    heads = (struct.pack("<Q", len(data)) for data in datas)
    return b"".join(head + struct.pack("<I", masked(head)) + data + struct.pack("<I", masked(data)) for head, data in zip(heads, datas, strict=True))


def records_of(path):
    """The data of each record, unchecked."""
    whole, place, datas = path.read_bytes(), 0, []
    while place < len(whole):
        (length,) = struct.unpack_from("<Q", whole, place)
        datas.append(whole[place + 12 : place + 12 + length])
        place += length + 16
    return datas


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def evaluation(epoch, seconds, train, valid, test, path=""):
    """An EvaluationData: five doubles, fields 1 to 5, and the path of a checkpoint, field 6."""
    doubles = b"".join(bytes([number << 3 | 1]) + struct.pack("<d", value) for number, value in enumerate((epoch, seconds, train, valid, test), start=1))
    return doubles + (b"\x32" + varint(len(path)) + path.encode() if path else b"")


def metrics(params, evaluations, total=100.0):
    """A ModelMetrics."""
    return b"".join(b"\x0a" + varint(len(one)) + one for one in evaluations) + b"\x10" + varint(params) + b"\x19" + struct.pack("<d", total)


def nasbench_record(name, epochs, matrix, ops, params, ends, path=""):
    """A record: evaluations at the start, half-way and at the end; `ends` are seconds and accuracies of the last."""
    seconds, *accuracies = ends
    evaluations = [(0.0, 0.0, 0.1, 0.1, 0.1), (epochs / 2, seconds / 2, *(0.9 * value for value in accuracies)), (float(epochs), seconds, *accuracies)]
    blob = base64.b64encode(metrics(params, [evaluation(*one, path=path) for one in evaluations])).decode()
    return json.dumps([name, epochs, "".join(str(bit) for row in matrix for bit in row), ",".join(ops), blob]).encode()


def ends_of(place, epochs, run):
    """Invented seconds and accuracies (train, valid, test) of a network, short as float32."""
    rng = random.Random(f"{place} {epochs} {run}")
    return [float(np.float32(value)) for value in (10 * epochs + rng.random(), rng.uniform(0.9, 1), rng.uniform(0.7, 0.9), rng.uniform(0.6, 0.8))]


def write_nasbench(path, vertices=4, budgets=(4, 108), runs=3):
    """All graphs of at most so many vertices, in no particular order; parameters count the networks."""
    space = nt.spaces.NASBench101(vertices=vertices)
    networks = [space.arch(number) for number in space.networks()]
    cases = [(place, epochs, run) for place in range(len(networks)) for epochs in budgets for run in range(runs)]
    random.Random(0).shuffle(cases)
    cases.sort(key=lambda case: case[2])  # runs are numbered as they come
    datas = []
    for place, epochs, run in cases:
        matrix, ops = space.matrix(networks[place])
        name, path_ = space.published_hash(networks[place]), "model.ckpt-1" if run == 1 else ""
        datas.append(nasbench_record(name, epochs, matrix.tolist(), ops, 1000 + place, ends_of(place, epochs, run), path_))
    path.write_bytes(tfrecord(datas))
    return networks


# ---------------------------------------------------------------- NATS-Bench

NAMES = {"none": "none", "skip": "skip_connect", "conv1": "nor_conv_1x1", "conv3": "nor_conv_3x3", "avgpool3": "avg_pool_3x3"}
# which images are evaluated after which training; after 200 epochs in brackets: at the end alone
IMAGES = {"cifar10-valid": ("x-valid", "ori-test"), "cifar10": ("ori-test",), "cifar100": ("x-valid", "x-test", "ori-test")}
IMAGES["ImageNet16-120"] = IMAGES["cifar100"]
SEEDS = {12: {"cifar10-valid": (777, 111), "cifar10": (111,), "cifar100": (111,), "ImageNet16-120": (111,)}}
SEEDS[200] = dict.fromkeys(IMAGES, (999, 777, 888))


def string_of(ops):
    edges = [(i, j) for j in range(1, 4) for i in range(j)]
    named = [[f"{NAMES[op]}~{i}" for (i, k), op in zip(edges, ops, strict=True) if k == j] for j in range(1, 4)]
    return "+".join(f"|{'|'.join(group)}|" for group in named)


@cache
def start(cell, dataset, images, epochs, seed):
    return 50 * random.Random(f"{cell} {dataset} {images} {epochs} {seed}").random()


def accuracy(cell, dataset, images, epochs, seed, epoch):
    """In percent, invented, rising with the epoch."""
    return start(cell, dataset, images, epochs, seed) + 40 * (epoch + 1) / epochs


def nats_run(cell, dataset, epochs, seed):
    """What was recorded of one training: the state of a ResultsCount."""
    last_alone = {200: {"cifar10-valid": ("ori-test",), "cifar100": ("x-valid", "x-test"), "ImageNet16-120": ("x-valid", "x-test")}}.get(epochs, {})
    known = {
        (images, epoch): accuracy(cell, dataset, images, epochs, seed, epoch)
        for images in IMAGES[dataset]
        for epoch in (range(epochs) if images not in last_alone.get(dataset, ()) else [epochs - 1])
    }
    return {
        "name": dataset,
        "train_acc1es": {epoch: 99.0 - epochs + epoch for epoch in range(epochs)},
        "train_losses": {epoch: 1.0 / (epoch + 1) for epoch in range(epochs)},
        "train_times": OrderedDict((epoch, 2.0) for epoch in range(epochs)),
        "eval_acc1es": {f"{images}@{epoch}": value for (images, epoch), value in known.items()},
        "eval_losses": {f"{images}@{epoch}": value / 10 for (images, epoch), value in known.items()},
        "eval_times": {f"{images}@{epoch}": 0.5 for images in IMAGES[dataset] for epoch in range(epochs)},
        "eval_names": list(IMAGES[dataset]),
        "params": np.float64(0.1 + cell / 1e6 if seed in (111, 888) else 0.3),
        "flop": 7.5 + cell / 1e6,
        "latency": [np.float64(0.01 + cell / 1e4)],
        "epochs": epochs,
        "seed": seed,
        "arch_config": {"channel": 16, "num_cells": 5},
        "net_state_dict": None,
    }


def nats_cell(cell, text, budgets=(12, 200)):
    """What was recorded of one cell."""
    found = OrderedDict()
    for epochs in budgets:
        runs = {(dataset, seed): nats_run(cell, dataset, epochs, seed) for dataset, seeds in SEEDS[epochs].items() for seed in seeds}
        found[f"{epochs}"] = {"arch_index": cell, "arch_str": text, "all_results": runs, "dataset_seed": SEEDS[epochs], "clear_net_done": True}
    return found


def nats_contents(ops=("none", "conv3"), budgets=(12, 200), every=1):
    """(names of all cells of these operations in no particular order, number -> what was recorded of every so many of them)."""
    space = nt.spaces.CellSpace(4, ops)
    names = [string_of([value for _, value in arch.choices]) for arch in space]
    random.Random(1).shuffle(names)
    return names, {cell: nats_cell(cell, names[cell], budgets) for cell in range(0, len(names), every)}


def packed(path, data):
    with bz2.open(path, "wb", compresslevel=1) as file:
        pickle.dump(data, file, protocol=4)


def write_nats_folder(folder, names, cells):
    folder.mkdir(exist_ok=True)
    packed(folder / "meta.pickle.pbz2", {"meta_archs": names, "total_archs": len(names), "arch2infos": None, "evaluated_indexes": set()})
    for cell, found in cells.items():
        packed(folder / f"{cell:06d}.pickle.pbz2", found)
    return folder


def write_nats_file(path, names, cells):
    packed(path, {"meta_archs": names, "arch2infos": cells, "evaluated_indexes": set(cells)})
    return path


def write_201(path, names, cells, **how):
    """The form before NATS-Bench: torch's, with other names for the budgets."""
    import torch

    called = {"12": "less", "200": "full"}
    infos = {cell: {called[epochs]: told for epochs, told in found.items()} for cell, found in cells.items()}
    torch.save({"meta_archs": names, "arch2infos": infos, "evaluated_indexes": list(cells)}, path, **how)
    return path
