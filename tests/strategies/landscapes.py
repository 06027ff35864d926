"""Where evolution is watched: a bowl of six decisions, and strings of bits under noise."""

import random

import nastutor as nt

SPACE = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})


def error_of(arch):
    return sum((value - 2) ** 2 for _, value in arch.choices) / 24


def run(strategy, trials, error=error_of):
    """One at a time; the trials asked for."""
    asked = []
    for _ in range(trials):
        asked.append(strategy.ask())
        strategy.tell(asked[-1], nt.Result({"error": error(asked[-1].arch)}))
    return asked


def distance(a, b):
    return sum(x != y for x, y in zip(a.choices, b.choices))


class Bits:
    """Strings of `size` bits, as plain and fast as possible; a mutation flips one bit (the toy of the paper's appendix)."""

    def __init__(self, size):
        self.size = size

    def sample(self, rng):
        return self._arch(tuple(rng.getrandbits(1) for _ in range(self.size)))

    def mutate(self, arch, rng):
        bits, place = list(arch["bits"]), rng.randrange(self.size)
        bits[place] ^= 1
        return self._arch(tuple(bits))

    def _arch(self, bits):
        return nt.Arch((("bits", bits),))


def true_fitness_at_the_end(size, sigma, evaluations, aging, seed, population=100, sample=10, **how):
    """The noise-free fitness of the member of the last population whose measured error is smallest."""
    strategy, noise = nt.RegularizedEvolution(Bits(size), population, sample, aging=aging, seed=seed, **how), random.Random(1000 + seed)
    for _ in range(evaluations):
        trial = strategy.ask()
        fitness = min(1.0, max(0.0, sum(trial.arch["bits"]) / size + noise.gauss(0, sigma)))
        strategy.tell(trial, nt.Result({"error": 1 - fitness}))
    return sum(min(strategy.population, key=lambda member: member.error).arch["bits"]) / size
