"""Bad input to supernets, mixtures and what searches them: each answer names the argument and the chapter to read."""

import numpy as np
import pytest

import nastutor as nt
from tests.contracts.parts import CONNECTING, RELAXED, SIZING

SPACE, OTHER = nt.spaces.CellSpace(nodes=3), nt.spaces.CellSpace(nodes=4)
TASK = nt.tasks.digits(train_size=60)
EVEN = {name: np.full(len(options), 1 / len(options)) for name, options in SPACE.mixture_sites().items()}
KINDS = {part.kind for part in (*RELAXED.values(), *CONNECTING.values(), *SIZING.values()) if "mixture_sites" in part.kind.needs} - {nt.OneShot}


def shared(space=SPACE, **more):
    return nt.estimators.SharedWeights(space, TASK, **{"channels": 4, "batch_size": 20, "device": "cpu", **more})


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__))
def test_a_strategy_says_that_a_space_cannot_be_relaxed(kind):
    with pytest.raises(TypeError, match=rf"`{kind.__name__}` needs a space with \w+\(\), which ChainSpace does not have \(chapter 9\)"):
        kind(nt.spaces.ChainSpace())


def test_so_does_what_trains_a_fixed_distribution_of_paths():
    with pytest.raises(TypeError, match=r"`OneShot` needs a space with mixture_sites\(\), which ChainSpace does not have \(chapter 13\)"):
        nt.OneShot(nt.spaces.ChainSpace())


def test_shared_weights_say_that_a_space_has_no_supernet():
    with pytest.raises(TypeError, match=r"`SharedWeights` needs a space with supernet\(\), which ChainSpace does not have \(chapter 9\)"):
        nt.estimators.SharedWeights(nt.spaces.ChainSpace(), TASK)
    with pytest.raises(TypeError, match=r"`space` is a ChainSpace, which has no supernet\(task\) \(chapter 9\)"):
        nt.estimators.option_costs(nt.spaces.ChainSpace(), TASK)


@pytest.mark.parametrize(
    "weights, words",
    [
        ({"0->9": [1.0]}, "`mixture` weighs other decisions, for instance '0->1'"),
        ({name: own for name, own in EVEN.items() if name != "0->2"}, "for instance '0->2'"),
        (EVEN | {"0->1": [0.5, 0.5]}, "`mixture` has 2 weights for '0->1'; allowed are 5"),
        (EVEN | {"0->1": [0.5, np.nan, 0, 0, 0]}, r"`mixture` has \[0.5, nan, 0.0, 0.0, 0.0\] for '0->1'; allowed are finite weights"),
        (EVEN | {"0->1": [np.inf, 0, 0, 0, 0]}, "allowed are finite weights"),
    ],
    ids=["another decision", "one is missing", "too few options", "not a number", "infinite"],
)
def test_a_mixture_of_something_else_is_refused_by_space_and_shared_weights(weights, words):
    mixture = nt.Mixture(weights)
    for ask in (SPACE.discretize, lambda mixture: shared()(nt.Trial(mixture))):
        with pytest.raises(ValueError, match=rf"{words}.*\(chapter 9\)"):
            ask(mixture)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [0.5, -0.1], [-1.0, -2.0]])
def test_an_architecture_is_chosen_by_weights_above_zero(weights):
    """Of a decision without any weight no option is the largest; DARTS's edges are weighed by themselves."""
    darts = nt.spaces.DARTSSpace(nodes=1, ops=("max3",))
    for space in (nt.spaces.CellSpace(nodes=3, ops=("skip", "conv3")), darts):
        even = {name: [0.5, 0.5] for name in space.mixture_sites()}
        last = list(even)[-1]
        space.discretize(nt.Mixture(even)), space.discretize(nt.Mixture(even | {last: [0.0, 0.1]}))
        with pytest.raises(ValueError, match=rf"`mixture` has \[.*\] for '{last}'; allowed are weights from 0, one of them above 0.*\(chapter 9\)"):
            space.discretize(nt.Mixture(even | {last: weights}))


def test_weights_need_not_sum_to_one_for_a_one_shot_model_counts_each_path_whole():
    """Path dropout sends ones and zeros, and all of one decision may be gone; that is an answer, not an error."""
    for weights in ({name: np.ones(len(own)) for name, own in EVEN.items()}, {name: np.zeros(len(own)) for name, own in EVEN.items()}):
        assert shared(gradients=False)(nt.Trial(nt.Mixture(weights))).status == "ok"


@pytest.mark.parametrize("value", [0, -1.0, np.nan, True])
@pytest.mark.parametrize("kind", [nt.SNAS, nt.GDAS])
@pytest.mark.parametrize("option", ["first", "last"])
def test_temperatures_are_above_zero(kind, option, value):
    with pytest.raises(ValueError, match=rf"`{option}` is {value}; allowed are temperatures above 0 \(chapter 9\)"):
        kind(SPACE, **{option: value})


def test_the_temperature_of_a_controller_is_above_zero():
    with pytest.raises(ValueError, match=r"`temperature` is 0; allowed are temperatures above 0 \(chapter 13\)"):
        nt.ENAS(SPACE, temperature=0)


def test_a_fan_in_above_what_there_is_to_read():
    with pytest.raises(ValueError, match=r"`fan_in` is 9; allowed are 1 to 3.*\(chapter 9\)"):
        nt.MaskConnect(nt.spaces.MacroSpace(4), fan_in=9)


@pytest.mark.parametrize("strategy, chapter", [(nt.DARTS, 9), (nt.OneShot, 13), (nt.ENAS, 13)])
def test_a_table_or_shared_weights_of_another_space(strategy, chapter):
    for estimator in (nt.estimators.Table("digits-tiny"), shared()):
        with pytest.raises(ValueError, match=rf"`estimator` is for CellSpace\(.*, and `strategy` searches CellSpace\(.*\(chapter {chapter}\)"):
            nt.search(strategy(OTHER), estimator, trials=1)


def test_architectures_of_another_space_have_no_row_in_a_table_and_no_path():
    stranger = OTHER.sample(0)
    for ask in (nt.estimators.Table("digits-tiny").rows, lambda archs: [shared()(nt.Trial(arch)) for arch in archs]):
        with pytest.raises(ValueError, match="which is none of CellSpace"):
            ask([stranger])


def test_a_table_gives_no_gradient():
    with pytest.raises(ValueError, match=r"`DARTS` wants grad, and this estimator gives only .* \(chapter 9\)"):
        nt.search(nt.DARTS(nt.estimators.Table("digits-tiny").space), nt.estimators.Table("digits-tiny"), trials=1)
