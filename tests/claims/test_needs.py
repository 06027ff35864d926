"""A table that does not suit a claim is refused in words, before anything is searched."""

from types import SimpleNamespace

import pytest

import nastutor as nt
from nastutor.claims import aging, benchmarks
from nastutor.claims.base import Claim
from nastutor.claims.needs import ARCHITECTURES, RUNS, budgets, networks
from tests.claims.made_up import SMOOTH, MadeUp

KEYS = [claim.key for claim in nt.claims.CLAIMS]
# These need what no made-up table has: networks that can be built, their parameters, a record of trainings.
NETWORKS = ("kandasamy2018-distance", "kandasamy2018-ranking", "jin2018-kernel", "jin2018-search", "elsken2019-density", "zhong2018b-early")
MORE = (*NETWORKS, *(claim.key for claim in nt.claims.CLAIMS if claim.recorded))
OF_JOINT = ("zela2018-budgets", "zela2018-joint")  # about a space of architectures together with their training
MADE_UP = [key for key in KEYS if key not in (*MORE, *OF_JOINT)]


class Joint(MadeUp):
    """As digits-hpo: decisions on the training as well, one run, the budgets 3, 9 and 27."""

    runs, trained, default_budget = 1, (3, 9, 27), 27

    def __init__(self):
        super().__init__(SMOOTH)
        self.errors = dict(zip(self.trained, self.errors.values(), strict=True))
        self.space = nt.spaces.JointSpace(nt.spaces.CellSpace(nodes=3), {"lr": (0.01, 0.1)})


class OneRun(MadeUp):
    runs = 1


@pytest.fixture
def no_search(monkeypatch):
    def never(*_, **__):
        raise AssertionError("a search before the refusal")

    for module in (aging, benchmarks):
        monkeypatch.setattr(module, "search", never)
        monkeypatch.setattr(module.comparing, "locality", never)


def with_trained(*trained):
    return SimpleNamespace(trained=trained)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in OF_JOINT])
def test_claims_about_architectures_refuse_a_joint_table(key, no_search):
    with pytest.raises(ValueError, match=f"`table` is made-up: its space decides on settings of the training as well, and {key} needs a space of"):
        nt.claims.claim(key).run(Joint(), seeds=10)


@pytest.mark.parametrize("key", OF_JOINT)
def test_claims_about_joint_spaces_refuse_a_table_of_architectures(key, no_search):
    assert not nt.claims.claim(key).lacks(Joint())
    with pytest.raises(ValueError, match=f"`table` is made-up: its space is ProductSpace, and {key} needs a space of architectures with settings"):
        nt.claims.claim(key).run(MadeUp(SMOOTH), seeds=10)


@pytest.mark.parametrize("key", MORE)
def test_made_up_tables_are_refused_by_claims_that_need_more(key, no_search):
    with pytest.raises(ValueError, match=f"`table` is made-up: .*{key} needs"):
        nt.claims.claim(key).run(MadeUp(SMOOTH), seeds=10)


@pytest.mark.parametrize("key", MADE_UP)
def test_one_run_is_refused_where_noise_counts(key, no_search):
    refused = nt.claims.claim(key).lacks(OneRun(SMOOTH))
    assert bool(refused) == (key in ("ying2019-evolution", "real2019-aging-own-noise"))
    if refused:
        with pytest.raises(ValueError, match=f"it has 1 run of each network, and {key} needs two runs or more"):
            nt.claims.claim(key).run(OneRun(SMOOTH), seeds=10)


@pytest.mark.parametrize("key", MADE_UP)
def test_each_suits_the_tables_of_its_issue(key):
    """Three runs, budgets as in digits-graphs and as in digits-cells; and digits-tiny."""
    graphs, cells = MadeUp(SMOOTH), MadeUp(SMOOTH)
    graphs.trained, cells.trained = (1, 3, 9, 27), (12,)
    assert not any(nt.claims.claim(key).lacks(table) for table in (graphs, cells, nt.estimators.Table("digits-tiny")))


def test_budgets_are_those_that_can_be_compared():
    for trained, count in ((12,), 3), ((2,), 1), ((1,), 0), ((1, 3), 1), ((1, 3, 9), 2):
        assert [bool(budgets(least).lack(with_trained(*trained))) for least in (1, 2, 3)] == [count < least for least in (1, 2, 3)]
    assert budgets(2).lack(with_trained(1, 3)) == "it was trained for 1, 3 epochs, which leaves 1 to compare"


def test_small_tables_are_refused():
    assert networks(60, "why").lack(SimpleNamespace(networks=59)) == "it has 59" and not networks(60, "why").lack(SimpleNamespace(networks=60))
    small = MadeUp(SMOOTH)
    small.networks = 19
    for_any = ("ying2019-locality", "ying2019-budgets", "zoph2017-samples", "zoph2018-samples", "zoph2017-baseline")  # what a policy draws does not run out
    assert [key for key in KEYS if nt.claims.claim(key).lacks(small)] == [key for key in KEYS if key not in for_any]


def test_all_that_lacks_is_said_at_once():
    claim = Claim("x", "ying2019", "So.", "Test, 5 %.", "effect", None, (ARCHITECTURES, RUNS))
    assert claim.lacks(Joint()).count("x needs") == 2 and claim.tables == "a space of architectures alone; two runs or more of each network"
    assert Claim("x", "ying2019", "So.", "Test, 5 %.", "effect", None).tables == "any"


@pytest.mark.parametrize("settings", [{"seed": 0}, {"seed": "repeat"}, {"budget": 3}])
def test_a_table_opened_otherwise_is_refused(settings):
    with pytest.raises(ValueError, match="`table` was opened with .*; allowed are the defaults"):
        nt.claims.claim("ying2019-locality").run(nt.estimators.Table("digits-tiny", **settings))


def test_what_is_no_table_is_refused():
    with pytest.raises(TypeError, match="`table` is int, without space, archs"):
        nt.claims.claim("ying2019-locality").run(7)
