"""Liu et al. 2018b, section 3: everyone stays, a share competes, and those that begin are diversified."""

import random
from collections import Counter

import pytest
from scipy.stats import chisquare, wilcoxon

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})
MOTIFS = nt.spaces.HierarchicalSpace((6, 1), (4, 5))  # the paper's


def error_of(trial):
    return nt.Result({"error": sum((value - 2) ** 2 for _, value in trial.arch.choices) / 24})


def test_nobody_is_removed_and_the_tournament_grows():
    strategy = nt.TournamentEvolution(SPACE, 10, 0.05, seed=0)
    sizes, draw = [], strategy.rng.sample
    strategy.rng.sample = lambda population, count: sizes.append((len(population), count)) or draw(population, count)
    nt.search(strategy, error_of, trials=210, progress=False)
    assert len(strategy.population) == 210 and [member.birth for member in strategy.population] == list(range(210))
    assert all(member.death is None for member in strategy.population)
    assert sizes == [(n, max(1, round(0.05 * n))) for n in range(10, 210)] and sizes[-1] == (209, 10)


def test_the_fittest_of_the_tournament_has_the_child():
    strategy = nt.TournamentEvolution(SPACE, 1, 1.0, seed=0)
    history = nt.search(strategy, error_of, trials=40, progress=False)
    for number in range(1, 40):
        best = min(history[:number], key=lambda record: record.error).error
        parents = [record.trial.arch for record in history[:number] if record.error == best]
        assert any(sum(x != y for x, y in zip(arch.choices, history[number].trial.arch.choices)) == 1 for arch in parents)


def test_those_that_begin_are_diversified_and_settings_are_told_apart():
    trivial = nt.TournamentEvolution(MOTIFS, 3, mutations=0, seed=0)
    assert {trivial.ask().arch for _ in range(3)} == {MOTIFS.trivial}
    few, many = ([nt.TournamentEvolution(MOTIFS, 2, mutations=n, seed=0).ask().arch for _ in range(1)] for n in (5, None))
    assert 0 < sum(a != b for a, b in zip(few[0].choices, MOTIFS.trivial.choices)) <= 5 < sum(a != b for a, b in zip(many[0].choices, MOTIFS.trivial.choices))
    plain = nt.TournamentEvolution(SPACE, 2, seed=0)
    twin = random.Random()
    twin.setstate(plain.rng.getstate())
    assert plain.ask().arch == SPACE.sample(twin), "elsewhere a random architecture is uniform already"
    assert nt.TournamentEvolution(SPACE, 2, mutations=3, seed=0).ask().arch != nt.TournamentEvolution(SPACE, 2, seed=0).ask().arch


def test_children_change_one_edge_also_where_motifs_are_flat():
    for space in (nt.spaces.HierarchicalSpace(), nt.spaces.HierarchicalSpace().flat_twin()):
        strategy = nt.TournamentEvolution(space, 3, mutations=50, seed=1)
        history = nt.search(strategy, lambda trial: nt.Result({"error": len(str(trial.arch)) / 1000}), trials=30, progress=False)
        living = [record.trial.arch for record in history]
        for number in range(3, 30):
            assert min(sum(a != b for a, b in zip(living[number].choices, arch.choices)) for arch in living[:number]) <= 1


def test_it_never_waits_and_failures_stay_out():
    strategy = nt.TournamentEvolution(SPACE, 4, seed=0)
    asked = [strategy.ask() for _ in range(9)]
    assert all(asked), "nothing is told yet: random ones"
    strategy.tell(asked[0], nt.Result.failed("planted"))
    assert not strategy.population
    strategy.tell(asked[1], nt.Result({"error": 0.5}))
    child = strategy.ask().arch
    assert sum(a != b for a, b in zip(child.choices, asked[1].arch.choices)) == 1


def options_after(space, mutations, genotypes=200):
    """p of chi-square: whether options of edges are uniform among genotypes that began at nothing (from all-none motifs)."""
    rng, counts = random.Random(0), Counter()
    for _ in range(genotypes):
        arch = dict.fromkeys(space.sites(), "none")
        for _ in range(mutations):
            name, options = space._drawn_edge(rng)
            arch[name] = rng.choice(options)
        counts.update(space.sites()[name].index(option) for name, option in arch.items())
    return chisquare([counts[number] for number in range(7)]).pvalue


def test_claim_a_thousand_mutations_make_a_uniform_sample_and_fifty_do_not():
    """50 and 200 mutations are rejected with p < 1e-100, 1,000 are not (0.89); fewer genotypes here."""
    assert options_after(MOTIFS, 50) < 1e-50 and options_after(MOTIFS, 200, 100) < 1e-5 and options_after(MOTIFS, 1000, 150) > 0.01


@pytest.mark.slow
def test_claim_holds_for_the_flat_twin():
    assert options_after(MOTIFS.flat_twin(), 200, 300) < 1e-10 and options_after(MOTIFS.flat_twin(), 1000, 300) > 0.01


def test_it_beats_random_search_on_a_smooth_landscape():
    large = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(12)})
    ends = [
        [nt.search(make(seed), error_of, trials=300, progress=False).best().error for seed in range(10)]
        for make in (lambda seed: nt.TournamentEvolution(large, 30, seed=seed), lambda seed: nt.RandomSearch(large, seed=seed))
    ]
    assert wilcoxon(*ends, alternative="less").pvalue < 0.01


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"start": 0}, "`start` is 0; allowed are whole numbers from 1"),
        ({"share": 0}, "`share` is 0; allowed are numbers above 0 and up to 1"),
        ({"share": 1.5}, "`share` is 1.5"),
        ({"mutations": -1}, "`mutations` is -1; allowed are None and whole numbers from 0"),
        ({"space": nt.spaces.ChoiceSpace.of({"a": (1,)})}, "`space` is ProductSpace"),
        ({"space": nt.spaces.HierarchicalSpace(ops=("conv1",))}, "the trivial architecture needs 'skip'"),
    ],
)
def test_refusals(wrong, words):
    with pytest.raises(ValueError, match=words):
        nt.TournamentEvolution(wrong.pop("space", SPACE), **wrong)
