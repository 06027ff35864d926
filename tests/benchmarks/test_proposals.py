"""What strategies cost and keep is measured as it says."""

import pytest

import nastutor as nt


@pytest.fixture(scope="module")
def proposals(benchmark):
    return benchmark("proposals")


class Hoarder(nt.RandomSearch):
    """Keeps so many bytes of each answer."""

    each = 1_000

    def __init__(self, space):
        super().__init__(space)
        self.hoard = []

    def tell(self, trial, result):
        self.hoard.append(bytes(self.each))


class Squarer(Hoarder):
    """And more, the more it has."""

    def tell(self, trial, result):
        self.hoard.append(bytes(100 * (1 + len(self.hoard))))


def test_memory_is_what_a_strategy_holds(proposals):
    grown = [
        proposals.kept(lambda kind=kind: kind(proposals.SPACE), 200) / proposals.kept(lambda kind=kind: kind(proposals.SPACE), 20)
        for kind in (Hoarder, Squarer)
    ]
    assert 8 < grown[0] < 10.5 and grown[1] > 50, "linear and square"
    assert proposals.kept(lambda: nt.RandomSearch(proposals.SPACE), 200) < 20_000


def test_a_strategy_is_told_before_it_is_timed(proposals):
    strategy = proposals.knowing(lambda: Hoarder(proposals.SPACE), 7)
    assert len(strategy.hoard) == 7
    assert len(proposals.knowing(lambda: nt.TPE(proposals.SPACE), 30).split.errors) == 30
    assert proposals.rate_at(lambda: nt.RandomSearch(proposals.SPACE), 3, 5) > 1


def test_bars_and_growth_are_printed(proposals, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["proposals.py", "--trials", "50", "--repeats", "1"])
    monkeypatch.setattr(proposals, "MODELS", {"drawn": (lambda: nt.RandomSearch(proposals.SPACE), {1_000: 7, 10_000: None}, 5)})
    monkeypatch.setattr(proposals, "rate_at", lambda make, known, proposals: 70_000 / known)
    monkeypatch.setattr(proposals, "kept", lambda make, known: known)
    proposals.main()
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("drawn") and "asked for 7/s: 10.00 x" in line for line in said)
    assert said[-1].endswith("1,000 to 10,000: a proposal costs 10.0 x, memory 10.0 x (asked for: at most 10 x)")
    assert sum("asked for 20,000/s" in line for line in said) == 2, "without a journal"


def test_all_strategies_that_search_decisions_are_measured_to_ten_thousand_trials(proposals):
    assert all({1_000, 10_000} <= set(bars) for _, bars, _ in proposals.MODELS.values())
    asked = {name: bars for name, (_, bars, _) in proposals.MODELS.items()}
    assert asked["TPE"][1_000] == 1_000 and asked["SMAC"][100] == 40 and asked["evolution"][1_000] == 20_000
