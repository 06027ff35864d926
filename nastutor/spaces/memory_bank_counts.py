"""How many architectures of memory banks there are, and which decisions they may ask for: by what is left to read and how many banks hold something."""

from __future__ import annotations

from itertools import product
from math import comb
from typing import TYPE_CHECKING, Any

from nastutor.spaces.memory_bank_rules import dilations, possible_new, possible_writes

if TYPE_CHECKING:
    from nastutor.spaces.memory_banks import MemoryBankSpace


def count(space: MemoryBankSpace, block: int) -> int:
    """How many ways there are to fill block number `block`, from 0."""
    return sum(_ways(space, block, bank, slices) for bank, slices in space.banks[block].items())


def _ways(space: MemoryBankSpace, block: int, bank: int, budgets: tuple[int, ...]) -> int:
    """With banks of one size: sequences of ops that read exactly one of the `budgets`."""
    start, banks = space.start(block, bank)
    step, kinds = space.least(bank)[1], _kinds(space)
    written = range(start, banks + 1)
    # ends[left][w]: ways to go on with so many slices left and w banks written; after[left][w]: the same from the writes of an op on
    writes = {w: _writes(space, bank, banks, w) for w in written}
    ends: dict[int, dict[int, int]] = {0: dict.fromkeys(written, 1)}
    after: dict[int, dict[int, int]] = {}
    for left in range(step, max(budgets) + 1, step):
        after[left - step] = {w: sum(ways * ends[left - step][w + new] for new, ways in writes[w].items()) for w in written}
        for w in written:
            ways = (comb(w, reads) * after[left - reads * bank // space.compression][w] for reads in space.possible_reads(bank, w, left))
            ends.setdefault(left, {})[w] = kinds * sum(ways)
    return sum(ends[left][start] for left in budgets)


def _writes(space: MemoryBankSpace, bank: int, banks: int, written: int) -> dict[int, int]:
    """Number of banks filled for the first time -> choices of filters and of banks that lead to it."""
    ways: dict[int, int] = {}
    for filters in space.possible_filters(bank, banks, 1):
        parts = filters // bank
        for writes in possible_writes(written, parts):
            for new in possible_new(written, min(parts, banks - written), writes):
                ways[new] = ways.get(new, 0) + comb(written, writes - new)
    return ways


def _kinds(space: MemoryBankSpace) -> int:
    """Of the convolutions of an op."""
    one = sum(len(dilations(size)) for size in space.kernels) ** 2 * len(space.groups)
    return sum(int(one ** pattern.count("1")) for pattern in space.patterns)


def sites(space: MemoryBankSpace) -> dict[str, tuple[Any, ...]]:
    """Every decision with the union of its options, in the order in which they are asked for."""
    found: dict[str, tuple[Any, ...]] = {}
    for number, banks in enumerate(space.banks, start=1):
        found[f"{number} bank"] = tuple(banks)
        found[f"{number} slices"] = tuple(sorted({slices for each in banks.values() for slices in each}))
        ops: list[dict[str, set[Any]]] = []
        for bank, slices in banks.items():
            _collect(space, number - 1, bank, max(slices), ops)
        for place, options in enumerate(ops, start=1):
            found |= _of_op(space, f"{number}.{place}", options)
    return found


def _collect(space: MemoryBankSpace, block: int, bank: int, slices: int, ops: list[dict[str, set[Any]]]) -> None:
    """Adds what each op may decide with banks of one size; the number of banks written does not depend on what was read."""
    start, banks = space.start(block, bank)
    step, reached, known = space.least(bank)[1], {start}, dict[int, dict[str, set[Any]]]()
    for place, left in enumerate(range(slices, 0, -step)):
        if place == len(ops):
            ops.append({name: set() for name in ("reads", "read", "filters", "writes", "new", "write")})
        for written in reached:
            if written not in known:
                known[written] = _written(space, bank, banks, written)
            reads = set(space.possible_reads(bank, written, left))
            ops[place]["reads"] |= reads
            ops[place]["read"] |= set(range(1, written)) if min(reads) < written else set()
            for name, options in known[written].items():
                ops[place][name] |= options
        reached = {written + new for written in reached for new in known[written]["new"]}


def _written(space: MemoryBankSpace, bank: int, banks: int, written: int) -> dict[str, set[Any]]:
    """The options of how many filters and banks, and which banks are asked about one by one."""
    options: dict[str, set[Any]] = {"filters": set(space.possible_filters(bank, banks, 1)), "writes": set(), "new": set(), "write": set()}
    for parts in (filters // bank for filters in options["filters"]):
        options["writes"] |= set(possible_writes(written, parts))
        for writes in possible_writes(written, parts):
            new = set(possible_new(written, min(parts, banks - written), writes))
            options["new"] |= new
            options["write"] |= set(range(1, written)) if any(0 < writes - each < written for each in new) else set()
    return options


def _of_op(space: MemoryBankSpace, name: str, options: dict[str, set[Any]]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for what, values in options.items():
        if what in ("read", "write"):
            found |= {f"{name} {what} {bank}": (False, True) for bank in sorted(values)}
        else:
            found[f"{name} {what}"] = tuple(sorted(values))
    if len(space.patterns) > 1:
        found[f"{name} pattern"] = space.patterns
    asked = [place for place in range(1, space.places + 1) if any(pattern[place - 1] == "1" for pattern in space.patterns)]
    pairs = tuple(product(space.kernels, repeat=2))
    dilated = tuple(dict.fromkeys(pair for kernel in pairs for pair in product(*map(dilations, kernel))))
    for place in asked:
        found |= {f"{name} conv{place} kernel": pairs, f"{name} conv{place} dilation": dilated, f"{name} conv{place} groups": space.groups}
    return found
