"""How long `Train` takes beside a loop that a practised hand writes in PyTorch, for the same network, data and steps: a ratio, to be <= 1.1.

    python benchmarks/training.py [--epochs 12] [--pairs 9]

Both in turn, one thread each; the ratio is the median over the pairs. The default cell network: 8 channels, 1,000 images of digits.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from torch import nn

import nastutor as nt


def by_hand(graph: object, task: nt.tasks.Task, epochs: int, seed: int = 0, batch: int = 32) -> float:
    """What one finds in any tutorial, with the same optimiser and schedule; returns the validation error."""
    model = graph.build(seed)  # type: ignore[attr-defined]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = epochs * -(-len(task.train) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    loss_of = nn.CrossEntropyLoss()
    x, y = torch.tensor(task.train.x), torch.tensor(task.train.y)
    valid_x, valid_y = torch.tensor(task.valid.x), torch.tensor(task.valid.y)
    generator, error = torch.Generator().manual_seed(seed), 1.0
    for _ in range(epochs):
        model.train()
        for rows in torch.randperm(len(x), generator=generator).split(batch):
            optimizer.zero_grad()
            loss = loss_of(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            error = (model(valid_x).argmax(1) != valid_y).float().mean().item()
    return error


def seconds(call: object, *arguments: object) -> float:
    began = time.perf_counter()
    call(*arguments)  # type: ignore[operator]
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=9)
    asked = parser.parse_args()
    task, space = nt.tasks.digits(), nt.spaces.CellSpace()
    train = nt.estimators.Train(space, task, epochs=asked.epochs, device="cpu")
    archs = [space.canonical(space.sample(number)) for number in range(asked.pairs)]
    torch.set_num_threads(1)
    for warm in archs[:1]:
        train(nt.Trial(warm, budget=1)), by_hand(space.graph(warm, task).simplified(), task, 1)
    ratios = []
    for arch in archs:
        ours = seconds(train, nt.Trial(arch))
        theirs = seconds(by_hand, space.graph(arch, task).simplified(), task, asked.epochs)
        ratios.append(ours / theirs)
        print(f"Train {ours:6.2f} s   by hand {theirs:6.2f} s   ratio {ours / theirs:5.2f}   {arch}")
    print(f"training: median ratio {statistics.median(ratios):.2f} of {len(ratios)} pairs (goal: at most 1.10)")


if __name__ == "__main__":
    main()
