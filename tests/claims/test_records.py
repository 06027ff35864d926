"""Records: lines made by the settings that stand in the code, claims that wait for all of them and can go either way."""

import json

import numpy as np
import pytest

import nastutor as nt
from nastutor.claims import autonets, banks, connecting, fabrics, motifs, policies, prices, records, single_paths, sizing, transforming
from nastutor.claims.recorded import RECORDED
from nastutor.claims.records import fingerprint
from nastutor.data import folder
from nastutor.rng import numpy_rng

TABLE = nt.estimators.Table(records.BESIDE)
ORDER = np.argsort(TABLE.column(), kind="stable")
COSTS = np.argsort(TABLE.column("mult_adds"), kind="stable")
PARTS = (autonets, transforming, motifs, prices, sizing, connecting, policies, single_paths, fabrics, banks)
SHORT = {
    autonets: {"train_size": 40, "epochs": 1, "trials": 3, "start": 2},
    transforming: {"batches": 1, "judged": 1},
    motifs: {"train_size": 40, "training": {"epochs": 1}, "evaluations": 2, "start": 1},
    prices: {"etas": [0.0, 0.1], "steps": 2, "every": 1},
    sizing: {"train_size": 100, "answers": 2, "epochs": 1},
    connecting: {"answers": 3, "epochs": 1},
    policies: {"enas": {"rounds": 1, "child_steps": 2, "updates": 1, "samples": 2, "final": 2}},
    single_paths: {"search": {"steps": 2, "candidates": 4, "again": 2}},
    fabrics: {"train_size": 100, "training": {"steps": 1, "batch_size": 20}},
    banks: {"train_size": 100, "networks": 6, "epochs": 1, "smash": {**banks.SETTINGS["smash"], "steps": 1}},
}
ids = {"ids": lambda part: part.__name__.rpartition(".")[2]}


@pytest.mark.parametrize("part", PARTS, **ids)
def test_a_line_is_made_by_these_settings_and_those_of_the_record_hold_as_much(part):
    one, lines = part.RECORD.line(0, **SHORT[part]), part.RECORD.lines()
    assert one["seed"] == 0 and one["settings"] != fingerprint(part.SETTINGS) and one["machine"] and json.loads(json.dumps(one)) == one
    assert [line["seed"] for line in lines] == list(part.RECORD.seeds)[: len(lines)], "seeds come in order"
    assert (folder() / part.RECORD.file).is_file() == bool(lines)
    assert all(set(line) == set(one) and line["seconds"] > 0 and line["machine"] for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS, **ids)
def test_a_line_comes_out_again(part):
    one, again = (part.RECORD.line(1, **SHORT[part]) for _ in range(2))
    assert {key: value for key, value in one.items() if key != "seconds"} == {key: value for key, value in again.items() if key != "seconds"}


def test_what_lines_hold_is_sound():
    for line in prices.RECORD.lines():
        assert np.shape(line["archs"]) == (4, 10) and max(map(max, line["archs"])) < len(TABLE.archs)
    for line in policies.RECORD.lines():
        assert len(line["learnt draws"]) == len(line["uniform draws"]) == 10
        assert line["learnt cost"] == line["uniform cost"] == pytest.approx(300 * 64 / len(TABLE.task.train), abs=0.01)
    for line in connecting.RECORD.lines():
        assert (len(line["learnt"]), len(line["random"]), len(line["none"])) == (1, 2, 1)
        assert list(map(len, line["masks"])) == [1, 2, 3, 4, 5] and all(0 <= own <= 1 for mask in line["masks"] for own in mask)
    for line in banks.RECORD.lines():
        assert len(line["seeing"]) == len(line["blind"]) == 50 and len(line["alone"]) == len(line["params"]) == 5


def test_seeds_print_their_lines(capsys, monkeypatch):
    monkeypatch.setattr(records, "machine", lambda: {"torch": "2", "machine": "some"})
    own = records.Record("none.jsonl", {"a": 1}, lambda seed, settings: {"twice": 2 * seed + settings["a"]}, "numbers", range(3))
    own.run(["0", "2"])
    assert [json.loads(line)["twice"] for line in capsys.readouterr().out.splitlines()] == [1, 5]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A record in a file, of so many seeds."""

    def keep(count, settings):
        own = records.Record("some.jsonl", settings, lambda seed, settings: {"value": seed}, "numbers")
        monkeypatch.setattr(records, "data_file", lambda name: tmp_path / name)
        records.lines_of.cache_clear()
        lines = [{"seed": seed, "settings": fingerprint({"a": 1}), "value": 2 * seed} for seed in reversed(range(count))]
        (tmp_path / "some.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return own

    yield keep
    records.lines_of.cache_clear()


def test_claims_wait_for_all_planned_seeds(kept):
    assert kept(10, {"a": 1}).need.lack(TABLE) == "" and kept(10, {"a": 1})["value"].tolist() == list(range(0, 20, 2))
    assert kept(4, {"a": 1}).need.lack(TABLE) == "not run yet: it has 4 of 10 seeds"
    other = nt.estimators.Table(records.BESIDE)
    other.path = other.path.with_name("other.npz")
    assert kept(10, {"a": 1}).need.lack(other) == "there is none"


def test_a_record_of_other_settings_is_refused(kept):
    with pytest.raises(ValueError, match=r"`some.jsonl` has lines of other settings, with the seeds \[0, 1\]; allowed are those of"):
        kept(2, {"a": 2}).lines()


def test_no_file_is_no_line(tmp_path, monkeypatch):
    own = records.Record("there is none.jsonl", {}, lambda seed, settings: {}, "nothing", range(10))
    assert own.lines() == [] and own.need.lack(TABLE) == "not run yet: it has 0 of 10 seeds"


def numbers(order, start):
    """Ten architectures of the table from this place of an order."""
    return [int(number) for number in order[start : start + 10]]


LOW, HIGH = [0.1 + 0.001 * seed for seed in range(10)], [0.3 + 0.002 * seed for seed in range(10)]
MOTIFS = {f"{kind}{test}": HIGH for kind in ("hierarchical", "hierarchical random", "flat", "flat random") for test in ("", " test")}
BEST, WORST = numbers(ORDER, 0), numbers(ORDER, 90)
GOOD, BAD = [[own] * 10 for own in BEST], [[own] * 10 for own in WORST]
FALLING = [[[int(COSTS[place])] * 10 for place in (110, 80, 40, 0)]] * 10
RANKS = np.linspace(0, 1, 50)
NOISE = np.random.default_rng(0).permutation(50).tolist()
SCORED = {"alone": RANKS.reshape(10, 5).tolist(), "params": [[1, 2, 3, 4, 5]] * 10}
CASES = {  # key -> what the record says where the claim holds, and where it does not
    "mendoza2016-smac": ({"smac": LOW, "smac test": HIGH, "random": HIGH, "random test": LOW},
                         {"smac": HIGH, "smac test": LOW, "random": LOW, "random test": HIGH}),
    "cai2018a-learnt": ({"learnt": LOW, "drawn": HIGH}, {"learnt": [own + 0.001 for own in LOW[::-1]], "drawn": [own + 0.002 for own in LOW[::-1]]}),
    "liu2018b-hierarchical": (MOTIFS | {"hierarchical": LOW}, MOTIFS | {"flat": LOW}),
    "liu2018b-motifs": (MOTIFS | {"hierarchical": LOW}, MOTIFS | {"hierarchical random": LOW}),
    "cai2019-prices": ({"archs": FALLING}, {"archs": [row[::-1] for row in FALLING]}),
    "shin2018-start": ({"learnt": LOW, "start": HIGH, "hand": LOW, "kernels": [[3] * 4] * 10},
                       {"learnt": HIGH, "start": LOW, "hand": LOW, "kernels": [[1] * 4] * 10}),
    "shin2018-hand": ({"learnt": [own + 0.01 for own in LOW], "hand": LOW, "start": HIGH, "kernels": [[3] * 4] * 10},
                      {"learnt": [own + 0.03 for own in LOW], "hand": LOW, "start": HIGH, "kernels": [[1] * 4] * 10}),
    "ahmed2018-random": ({"learnt": LOW, "random": HIGH, "none": LOW}, {"learnt": HIGH, "random": LOW, "none": LOW}),
    "ahmed2018-chain": ({"learnt": LOW, "random": LOW, "none": HIGH}, {"learnt": HIGH, "random": LOW, "none": LOW}),
    "pham2018-cost": ({"learnt": BEST, "learnt cost": [24.8] * 10}, {"learnt": WORST, "learnt cost": [24.8] * 10}),
    "pham2018-policy": ({"learnt draws": GOOD, "uniform draws": BAD}, {"learnt draws": BAD, "uniform draws": GOOD}),
    "pham2018-controller": ({"learnt": BEST, "uniform": WORST}, {"learnt": WORST, "uniform": BEST}),
    "sciuto2019-paths": ({"found": BEST}, {"found": WORST}),
    "saxena2016-size": ({"small": HIGH, "enough": LOW, "deeper": [own + 0.01 for own in LOW], "wider": [own - 0.01 for own in LOW]},
                        {"small": HIGH, "enough": LOW, "deeper": LOW, "wider": [own - 0.03 for own in LOW]}),
    "saxena2016-pruning": ({"enough": LOW, "without weakest": LOW, "without random": HIGH}, {"enough": LOW, "without weakest": HIGH, "without random": LOW}),
    "brock2017-ranks": (SCORED | {"seeing": [RANKS] * 10, "blind": [NOISE] * 10}, SCORED | {"seeing": [-RANKS] * 10, "blind": [NOISE] * 10}),
    "brock2017-code": (SCORED | {"seeing": [RANKS] * 10, "blind": [NOISE] * 10}, SCORED | {"seeing": [NOISE] * 10, "blind": [RANKS] * 10}),
}  # fmt: skip


def test_every_claim_has_a_case():
    assert [*CASES, "sciuto2019-early"] == sorted([claim.key for claim in RECORDED], key=[*CASES, "sciuto2019-early"].index)
    assert all(claim in nt.claims.CLAIMS and claim.recorded == (30 if claim.key == "mendoza2016-smac" else 10) for claim in RECORDED)


@pytest.mark.parametrize("key", CASES)
def test_claims_go_either_way_on_made_up_records(key, monkeypatch):
    claim = nt.claims.claim(key)
    (part,) = (part for part in PARTS if claim in part.CLAIMS)
    outcomes = []
    for said in CASES[key]:
        listed = {name: np.asarray(own).tolist() for name, own in said.items()}
        shaped = {name: [[own] if part is connecting else own for own in values] for name, values in listed.items()}
        lines = [
            {"seed": seed, "settings": fingerprint(part.SETTINGS), "masks": [[0.0, 1.0]], **{name: own[place % 10] for name, own in shaped.items()}}
            for place, seed in enumerate(part.RECORD.seeds)
        ]
        monkeypatch.setattr(records, "lines_of", lambda file, lines=lines: tuple(lines))
        outcomes.append(claim.run(TABLE, seeds=10))
    good, bad = outcomes
    assert good.supported and not bad.supported and good.effect.value != bad.effect.value, (str(good), str(bad))
    assert str(good).startswith(f"{key} on {claim.on or 'digits-tiny'}: supported") and f"{claim.recorded} recorded seeds" in str(good)


def test_early_stopping_goes_on_with_the_best_of_one_epoch(monkeypatch):
    archs = single_paths.networks(TABLE)
    curves = TABLE.curves(seed=2)[TABLE.rows(archs)]
    chosen = single_paths._stopped_early(TABLE, archs, 7)
    drawn = numpy_rng(7, "stopped early").choice(len(archs), 24, replace=False)
    kept = sorted(drawn, key=lambda row: curves[row, 0])[:3]
    assert chosen in kept and curves[chosen, -1] == min(curves[row, -1] for row in kept)
    errors = TABLE.column()[TABLE.rows(archs)]
    for first, supported in ((errors.argmax(), False), (errors.argmin(), True)):
        wrong = np.zeros((10, len(archs)))
        wrong[:, first] = -1
        monkeypatch.setattr(single_paths.shared, "record", lambda wrong=wrong: {f"one path {single_paths.shared.STEPS}": wrong})
        assert (single_paths.against_early_stopping(TABLE, 10, 0).p < 0.05) == supported


def test_random_skips_are_as_many_as_may_be_chosen():
    space = nt.spaces.MacroSpace(5, ("conv3",), channels=4)
    drawn = list(connecting.random_skips(nt.MaskConnect(space, 1), 0, 20))
    assert len(set(drawn)) > 1
    for arch in drawn:
        counts = [len(layer.skips) for layer in space.plan(arch)]
        assert counts == [0, 1, 1, 1, 1]
