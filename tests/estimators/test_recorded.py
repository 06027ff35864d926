"""What all that answers from recorded trainings refuses in the same words, and what subclasses must say."""

import numpy as np
import pytest

import nastutor as nt
from nastutor.estimators import Table
from nastutor.estimators.recorded import Recorded
from tests.estimators.test_published import Small

SPACE = nt.spaces.ChoiceSpace.of({"width": (4, 8)})
BOTH = pytest.mark.parametrize("kind", [Small, lambda *arguments: Table("digits-tiny", *arguments)], ids=["published", "table"])


@BOTH
def test_the_same_words_for_the_same_mistakes(kind):
    recorded = kind()
    arch, budget = recorded.archs[0], recorded.default_budget
    for ask, words in (
        (lambda: kind(None, "median"), "`seed` is 'median'; allowed are 'mean', 'repeat' and the runs 0 to"),
        (lambda: recorded.column("error", seed=99), "`seed` is 99; allowed are"),
        (lambda: kind(99), "`budget` is 99; allowed are"),
        (lambda: recorded(nt.Trial(arch, 99)), "`budget` is 99; allowed are"),
        (lambda: recorded(nt.Trial(arch, edit=nt.Edit())), "holds independent trainings and carries no weights over"),
        (lambda: kind(None, "repeat")(nt.Trial(arch, repeat=9)), f"`repeat` is 9; with {budget} epochs there are the runs 0 to"),
        (lambda: recorded.column("test_error"), r"`metric` is 'test_error'; allowed with a `budget` of .*: test error steers nothing, ask `final\(arch\)`"),
        (lambda: recorded.best("eror"), f"`metric` is 'eror'; allowed with a `budget` of {budget} are error"),
        (lambda: recorded.final(nt.Arch((("depth", 3),))), "none of"),
    ):
        with pytest.raises(ValueError, match=words):
            ask()


@BOTH
def test_columns_are_the_answers_and_the_best_is_their_least(kind):
    recorded = kind()
    errors = [recorded(nt.Trial(arch)).error for arch in recorded.archs]
    assert recorded.column().tolist() == errors and recorded.best().error == min(errors) and recorded.best().trial.budget == recorded.default_budget
    assert [recorded.own_metrics(arch)["params"] for arch in recorded.archs] == recorded.column("params").tolist()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda one: one(nt.Trial(SPACE.sample(0))), "define _find"),
        (lambda one: one.column("error"), "define _read"),
        (lambda one: one._arch(0), "define _arch"),
        (lambda one: one._answering, "define _answering"),
        (lambda one: one._tested, "knows no test error"),
    ],
)
def test_what_a_subclass_must_say(call, words):
    with pytest.raises(TypeError, match=words):
        call(Recorded(SPACE, (3,), {3: 1}, {"params": np.ones(2)}, None, "mean"))
