"""It runs both orders and prints each ratio beside its bar."""

import sys

import torch


def test_both_orders_stand_beside_their_bars(benchmark, monkeypatch, capsys):
    supernets = benchmark("supernets")
    sizes = {"plain": 400.0, "plain, channels-last": 300.0, "nastutor, as read": 250.0, "nastutor": 100.0}
    steps = []

    class Runner:
        def __init__(self, variant, channels, cells, batch, order):
            self.variant, self.order, self.net = variant, order, torch.nn.Linear(2, 3)

        def step(self):
            steps.append((self.variant, self.order))

    monkeypatch.setattr(supernets, "Runner", Runner)
    monkeypatch.setattr(supernets, "memory", lambda variant, asked, order: sizes[variant])
    monkeypatch.setattr(supernets, "seconds", lambda runner: runner.step() or sizes[runner.variant] / 100 * runner.order)
    monkeypatch.setattr(sys, "argv", ["supernets.py", "--pairs", "2"])
    supernets.main()
    said = capsys.readouterr().out
    assert steps == [(variant, order) for order in (1, 2) for _ in range(3) for variant in supernets.VARIANTS], "in turn, the first step apart"
    assert said.count("nastutor is 4.00x as fast, with 0.25x its memory (asked for 1.8x and 0.5x)") == 2
    assert said.count("nastutor is 3.00x as fast, with 0.33x its memory (asked for 1.15x and 0.5x)") == 2 and "order 2" in said
