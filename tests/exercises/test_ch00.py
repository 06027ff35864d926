"""The reference solutions of chapter 0 against numbers known otherwise."""

import random
from collections import Counter

from nastutor.checks import find_check, judge
from nastutor.exercises.ch00 import OPTIONS, best_so_far, count_cells, mutate, random_search, toy_error
from nastutor.spaces import CellSpace
from nastutor.values import Arch


def test_best_so_far():
    assert best_so_far([0.5, 0.7, 0.2, 0.3]) == [0.5, 0.5, 0.2, 0.2]


def test_count_cells_agrees_with_the_spaces():
    assert count_cells(3, 5) == len(CellSpace(nodes=3)) == 125
    assert count_cells(4, 5) == len(CellSpace(nodes=4)) == 15_625


def test_mutations_are_the_neighbours():
    space = CellSpace(nodes=3)
    assert dict(space.sites()) == OPTIONS
    arch = space.sample(0)
    rng = random.Random(0)
    assert {mutate(arch, OPTIONS, rng) for _ in range(400)} == set(space.neighbours(arch))


def test_random_search_returns_the_first_best():
    space, rng = CellSpace(nodes=3), random.Random(0)
    drawn = []

    def sample(rng):
        drawn.append(space.sample(rng))
        return drawn[-1]

    arch, error = random_search(sample, lambda arch: round(toy_error(arch), 1), 50, rng)
    errors = [round(toy_error(a), 1) for a in drawn]
    assert len(drawn) == 50 and error == min(errors) and arch == drawn[errors.index(min(errors))]


def test_toy_errors_are_shared_by_many_cells():
    counts = Counter(map(toy_error, CellSpace(nodes=3)))
    assert len(counts) == 9 and min(counts.values()) >= 10


def verdict(name, function):
    return str(judge(find_check(f"ch00.{name}"), function))


def first_other(arch, options, rng):
    """Ignores its generator: always the first decision, to its first other option."""
    name, old = arch.choices[0]
    new = next(option for option in options[name] if option != old)
    return Arch(((name, new), *arch.choices[1:]))


def global_random(arch, options, rng):
    return mutate(arch, options, random)


def one_decision(arch, options, rng):
    name, old = arch.choices[0]
    return Arch(((name, rng.choice([option for option in options[name] if option != old])), *arch.choices[1:]))


def never_the_last_option(arch, options, rng):
    return mutate(arch, {name: values if arch[name] in values[-2:] else values[:-1] for name, values in options.items()}, rng)


def last_of_equal(sample, estimate, trials, rng):
    """Right but for ties: of equal ones the last."""
    best = error = None
    for _ in range(trials):
        arch = sample(rng)
        value = estimate(arch)
        if error is None or value <= error:
            best, error = arch, value
    return best, error


def test_mutations_that_ignore_their_generator_or_miss_some_options_fail():
    assert "none changes" in verdict("mutate", first_other)
    assert "none changes 0->2 to" in verdict("mutate", one_decision)
    assert "to avgpool3" in verdict("mutate", never_the_last_option)
    assert "`random` itself" in verdict("mutate", global_random)
    assert "old one" not in verdict("mutate", global_random)  # which is not what went wrong


def test_a_mutation_written_otherwise_passes():
    def other_way(arch, options, rng):
        neighbours = [(name, option) for name, values in options.items() for option in values if option != arch[name]]
        name, option = rng.choice(neighbours)
        return Arch(tuple((own, option if own == name else old) for own, old in arch.choices))

    assert "passed" in verdict("mutate", other_way)


def test_the_last_of_equal_ones_fails():
    text = verdict("random_search", last_of_equal)
    assert "not the first architecture that has it" in text and "you return the last" in text


def test_a_search_that_remembers_the_best_passes():
    def keeps_best(sample, estimate, trials, rng):
        best, error = None, float("inf")
        for _ in range(trials):
            arch = sample(rng)
            if (value := estimate(arch)) < error:
                best, error = arch, value
        return best, error

    assert "passed" in verdict("random_search", keeps_best)
