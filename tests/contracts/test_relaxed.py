"""Strategies that weigh options: the rules of all strategies on every space with a supernet, and searches over shared weights."""

from functools import partial

import pytest

import nastutor as nt
from nastutor.testing import check_strategy
from nastutor.testing.drive import asked, drive
from nastutor.testing.rules import generators_untouched
from tests.contracts.parts import CONNECTING, RELAXED, SIZING, by_thirds
from tests.relaxed_spaces import RELAXED as SPACES
from tests.relaxed_spaces import TASK


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("part", RELAXED.values(), ids=RELAXED)
def test_keeps_the_rules(part, space):
    check_strategy(part.kind, [space], trials=part.trials, process=False, **part.arguments)


@pytest.mark.parametrize("part", CONNECTING.values(), ids=CONNECTING)
def test_of_a_space_of_skips_it_keeps_the_rules(part):
    check_strategy(part.kind, [SPACES["macro networks"], nt.spaces.MacroSpace(6, channels=4)], trials=part.trials, **part.arguments)


@pytest.mark.parametrize("part", SIZING.values(), ids=SIZING)
def test_of_a_space_of_sizes_it_keeps_the_rules(part):
    check_strategy(part.kind, [SPACES["sizes"], SPACES["sizes, three depths"]], seeded=False, trials=part.trials, **part.arguments)


@pytest.mark.parametrize(("part", "spaces"), by_thirds(RELAXED, SPACES))
def test_asks_the_same_in_another_process(part, spaces, elsewhere):
    makes = [partial(part, space, seed=5) for space in spaces]
    assert elsewhere.asked(makes, 8) == [asked(drive(make(), 8)) for make in makes]


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("part", [*RELAXED.values()], ids=RELAXED)
def test_searches_over_shared_weights_and_repeats_itself(part, space):
    def run():
        strategy = part(space, seed=1)
        history = nt.search(strategy, nt.estimators.SharedWeights(space, TASK, batch_size=16, glances=2, device="cpu"), trials=4, progress=False)
        return [(record.trial.to_json(), record.result.metrics) for record in history], strategy.recommend(history)

    with generators_untouched("the search"):
        lines, arch = run()
    assert len(lines) == 4 and space.validate(arch) is None
    assert (lines, arch) == run()


@pytest.mark.parametrize("part", RELAXED.values(), ids=RELAXED)
def test_without_gradients_or_mixtures_or_judging_without_training_nothing_begins(part):
    with pytest.raises(ValueError, match="wants (grad|mixture|mixture, warm_start)|judges nothing without training"):
        nt.search(part(nt.estimators.Table("digits-tiny").space), nt.estimators.Table("digits-tiny"), trials=1)
    if "mixture_sites" in part.kind.needs:
        with pytest.raises(TypeError, match="needs a space with mixture_sites"):
            part(nt.spaces.FabricSpace(3, 3))
