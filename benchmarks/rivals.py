"""Our searches beside those of Optuna, SMAC3 and syne-tune, on the embedded tables.

    python benchmarks/rivals.py [--table NAME ...] [--again 3] [--no-speed]
    python benchmarks/rivals.py --record [FILE] --table digits-cells [--only NAME ...] [--seeds N]

None of the libraries is a dependency: `pip install optuna cmaes smac syne-tune`. What each search is given stands in `against/libraries.py`,
what is tested and when it holds in `against/verdicts.py`, both written down before a record was made; the record, `records/rivals.jsonl`,
tells versions and settings. Regret is the validation error of the incumbent above the smallest of the table, whose answers are means over runs.

The second form makes the record, and goes on where it was cut. First our candidates on seeds from 1000 on, of which the champion is named, then
every search on seeds from 0 on: 50, of SMAC3 and Optuna's Gaussian process, which take hours, 20; SMAC3 stops after 100 trials. The bars are
for digits-cells and digits-graphs; digits-tiny has 60 networks, which nearly every search has found after 100 trials.

The first form runs some seeds of each again and says whether they come out as recorded, then tests what is recorded: our TPE and SMAC not worse
than Optuna's TPE and SMAC3, the champion better than each rival. The bars are of those of ours that are set as the library is by default:
Optuna's TPE models decisions together, SMAC3 draws 8 % of its challengers at random. The defaults of ours are tested beside them, and told.
Which of ours face them was settled after seeds 1000 to 1009 on a table of the first two runs of digits-cells had been seen, before any seed that
is tested.
Last, how many proposals a second a search makes that has made 100 and 1,000, in the space of `proposals.py`, with the ratio of each pair.

Where TPE without `distinct` stands: Optuna 5 models decisions together by default, with kernels that sharpen as trials come in, and hardly
settles. Its `multivariate=False` with hyperopt's rules repeats itself as TPE by the paper does, and is as far from the best: mean regret on
digits-tiny after 100 and 300 trials 0.26 and 0.09 points (20 seeds), ours 0.25 and 0.05 (40 seeds), random search 0.19 and 0.01.
"""

import argparse
import contextlib
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from against import record, verdicts
from against.libraries import RIVALS, missing, versions
from against.record import AT, Search
from proposals import SPACE, look_up

import nastutor as nt

RECORD = Path(__file__).parent / "records" / "rivals.jsonl"
RANDOM, CHAMPIONS = "random search", range(1000, 1020)  # seeds that no test reads
PAIRS = (("TPE, multivariate", "Optuna TPE"), ("SMAC, interleaved less", "SMAC3"), ("TPE", "Optuna TPE"), ("SMAC", "SMAC3"))  # not worse than
SLOW = {"SMAC3": 20, "Optuna GP": 20}  # seeds

OURS: dict[str, Search] = {
    name: Search(make, settings)
    for name, make, settings in (
        (RANDOM, nt.RandomSearch, "RandomSearch(space)"),
        ("TPE", nt.TPE, "TPE(space)"),
        ("TPE, by the paper", lambda space, seed: nt.TPE(space, distinct=False, seed=seed), "TPE(space, distinct=False)"),
        ("TPE, multivariate", lambda space, seed: nt.TPE(space, multivariate=True, seed=seed), "TPE(space, multivariate=True)"),
        ("SMAC", nt.SMAC, "SMAC(space)"),
        ("SMAC, interleaved less", lambda space, seed: nt.SMAC(space, interleave=12, seed=seed), "SMAC(space, interleave=12)"),  # SMAC3: 8 % of them
        ("Gaussian process", nt.GaussianProcess, "GaussianProcess(space)"),
        ("evolution", lambda space, seed: nt.RegularizedEvolution(space, 20, 5, seed=seed), "RegularizedEvolution(space, 20, 5)"),
        ("hill climbing", nt.HillClimbing, "HillClimbing(space)"),
    )
}


def theirs() -> dict[str, Search]:
    """Those whose packages are there."""
    present = {name: rival for name, rival in RIVALS.items() if missing(rival) is None}
    return {name: Search(rival, rival.settings, versions(rival), min(AT) if name == "SMAC3" else max(AT), whole(name)) for name, rival in present.items()}


def make_record(path: Path, searches: Mapping[str, Search], table: str, seeds: int | None) -> None:
    """What `path` lacks of these searches, each line as soon as it is made."""
    ours = {name: search for name, search in searches.items() if name in OURS}
    todo = record.lacking(path, ours, table, CHAMPIONS if seeds is None else CHAMPIONS[:seeds])
    most = max(search.seeds for search in searches.values()) if seeds is None else seeds
    todo += [(name, seed) for name, seed in record.lacking(path, searches, table, range(most)) if seed < searches[name].seeds]
    for number, (name, seed) in enumerate(todo, 1):
        line = record.made(name, searches[name], table, seed)
        record.write(path, line)
        print(f"{number} of {len(todo)}: {table}, {name}, seed {seed}: {line['regrets']}", flush=True)


def run_again(lines: list[record.Line], searches: Mapping[str, Search], table: str, seeds: int) -> None:
    """How the first seeds of each search come out here, beside the record."""
    recorded = {(line["search"], line["seed"]): line for line in lines if line["table"] == table}
    for name, search in searches.items():
        wanted = [(seed, line) for seed in range(seeds) if (line := recorded.get((name, seed)))]
        if not wanted:
            continue
        found = [(line, record.made(name, search, table, seed)) for seed, line in wanted]
        same = sum(old["regrets"] == new["regrets"] for old, new in found)
        news = {f"{package} {version}" for old, _ in found for package, version in search.versions.items() if old["versions"].get(package) != version}
        print(f"  {name:22s} {same} of {len(found)} seeds as recorded" + (f", here with {' and '.join(sorted(news))}" if news else ""), flush=True)


def whole(name: str) -> int:
    """How many seeds a whole record has."""
    return OURS[name].seeds if name in OURS else SLOW.get(name, 50)


def costs(lines: list[record.Line], table: str) -> list[str]:
    """How often a search repeats itself, and what a trial costs beside one of random search, its look-up included."""
    by_name: dict[str, list[record.Line]] = {}
    for line in lines:
        if line["table"] == table and line["seed"] < CHAMPIONS[0]:
            by_name.setdefault(line["search"], []).append(line)
    said = []
    for name, own in by_name.items():
        networks, trials, seconds = (float(np.median([line[key] for line in own])) for key in ("networks", "trials", "seconds"))
        said.append(f"  {name:22s} {len(own)} of {whole(name)} seeds: {networks:g} different networks in {trials:g} trials")
        if RANDOM in by_name:
            said[-1] += f", {seconds / np.median([line['seconds'] for line in by_name[RANDOM]]):,.0f} x the time of random search"
    return said


def judged(lines: list[record.Line], table: str) -> list[str]:
    """Mean regrets and what the tests say of them."""
    candidates = [record.told(lines, table, at, CHAMPIONS) for at in AT]
    best = verdicts.champion(candidates, RANDOM)
    said = [f"champion of {table}, named on seeds {CHAMPIONS[0]} to {CHAMPIONS[-1]}: {best or 'none yet'}"]
    for at in AT:
        found = record.told(lines, table, at, range(CHAMPIONS[0]))
        said.append(f"after {at} trials")
        said += [f"  {name:22s} mean regret {100 * verdicts.mean(own):7.4f} points, {len(own)} seeds" for name, own in found.items()]
        if RANDOM not in found:
            continue
        for pair in PAIRS:
            if all(name in found for name in pair):
                said.append(f"  {verdicts.non_inferior(pair, *(found[name] for name in pair), found[RANDOM])}")
        said += [f"  {verdicts.better((best, name), found[best], own)}" for name, own in found.items() if name in RIVALS and best in found]
    return said


def rate(make: Callable[..., Any], known: int) -> float:
    """Proposals per second of a search that has made so many of its own: the last tenth of them, the look-up included."""
    strategy = make(SPACE, seed=0)
    for number in range(known):
        if number == known - known // 10:
            began = time.perf_counter()
        trial = strategy.ask()
        strategy.tell(trial, look_up(trial))
    return known // 10 / (time.perf_counter() - began)


def speeds(searches: Mapping[str, Search]) -> None:
    """Ours beside what it is tested against."""
    measured = cache(rate)
    for ours, other in PAIRS:
        for known in (100, 1_000) if other != "SMAC3" else (100,):
            rates = {name: measured(searches[name].make, known) for name in (ours, other) if name in searches}
            ratio = f": {rates[ours] / rates[other]:.1f} times as many" if other in rates else ""
            print(f"at {known:,} trials: " + ", ".join(f"{name} {each:,.1f}/s" for name, each in rates.items()) + ratio, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", nargs="+", default=[], help="default: those that are recorded")
    parser.add_argument("--record", nargs="?", type=Path, const=RECORD, metavar="FILE", help="make it, or go on")
    parser.add_argument("--seeds", type=int, help="fewer than the whole record has")
    parser.add_argument("--again", type=int, default=3, help="so many seeds of each search are run again")
    parser.add_argument("--only", nargs="+", choices=[*OURS, *RIVALS], default=[*OURS, *RIVALS], metavar="NAME", help="some of the searches, by their names")
    parser.add_argument("--no-speed", action="store_true")
    given = parser.parse_args()
    with quiet():
        run(given)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what the libraries say of small spaces, which is much."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def run(given: argparse.Namespace) -> None:
    for why in filter(None, map(missing, RIVALS.values())):
        print(why)
    searches = {name: search for name, search in {**OURS, **theirs()}.items() if name in given.only}
    if given.record:
        for table in given.table or ["digits-tiny"]:
            make_record(given.record, searches, table, given.seeds)
        return
    lines = record.read(RECORD)
    for table in given.table or sorted({line["table"] for line in lines}):
        print(f"{table}: {record.table_of(table).space.size:,} architectures")
        run_again(lines, searches, table, given.again)
        print("\n".join([*costs(lines, table), *judged(lines, table)]), flush=True)
    if not given.no_speed:
        speeds({**OURS, **theirs()})


if __name__ == "__main__":
    main()
