"""Self-checks: right passes, wrong is shown its smallest failing input, nothing global is touched."""

import random

import numpy as np
import pytest

import nastutor as nt
from nastutor.checks import Check, all_checks, find_check, judge, same, smallest_failure, some_inputs, wrong_kind
from nastutor.outcomes import Outcome

EXERCISES = {exercise.id: exercise for exercise in all_checks()}


@pytest.mark.parametrize("id", EXERCISES)
def test_reference_passes(id):
    assert judge(EXERCISES[id], EXERCISES[id].reference).passed


@pytest.mark.parametrize("id", EXERCISES)
def test_every_known_mistake_fails_and_is_named(id):
    for wrong, sentence in EXERCISES[id].mistakes:
        outcome = judge(EXERCISES[id], wrong)
        assert not outcome.passed and ("likely", sentence) in outcome.lines, str(outcome)


@pytest.mark.parametrize("id", EXERCISES)
def test_every_check_has_enough_inputs_to_tell_mistakes_apart(id):
    samples = some_inputs(EXERCISES[id])
    assert len(samples) >= 20 and len({repr(values) for values in samples}) >= 15 and samples == some_inputs(EXERCISES[id])


def test_a_mistake_that_agrees_on_one_input_only_is_not_named():
    exercise = EXERCISES["ch00.count_cells"]  # (2, 2): both give 2 * 2 where 2 is right
    outcome = judge(exercise, lambda nodes, ops: ops * nodes)
    assert "likely" not in dict(outcome.lines) and dict(outcome.lines)["often"] == exercise.why


@pytest.mark.parametrize(
    "id, wrong, words",
    [
        ("ch00.count_cells", lambda nodes, ops: float(ops ** (nodes * (nodes - 1) // 2)), "`//`"),
        ("ch00.best_so_far", lambda errors: 7, "a single number; wanted is a list of 1"),
        (
            "ch00.random_search",
            lambda sample, estimate, trials, rng: EXERCISES["ch00.random_search"].reference(sample, estimate, trials, rng)[::-1],
            "wrong order",
        ),
        ("ch04.mean_band", lambda curves: EXERCISES["ch04.mean_band"].reference(curves)[::-1], "wrong order"),
        ("ch04.rank_sum", lambda differences: [1.0], "it is a list; wanted is a single number"),
    ],
)
def test_a_wrong_kind_is_said(id, wrong, words):
    assert words in str(judge(EXERCISES[id], wrong))


@pytest.mark.parametrize("id", EXERCISES)
def test_what_is_no_answer_fails_with_a_message(id):
    for wrong in (lambda *values: None, lambda *values: 0, lambda *values: 1 / 0):
        assert len(str(judge(EXERCISES[id], wrong))) > 60


def test_check_prints_and_tells_the_truth(capsys):
    assert nt.check("ch00.best_so_far", EXERCISES["ch00.best_so_far"].reference)
    assert "ch00.best_so_far: passed on 100 inputs." in capsys.readouterr().out
    assert not nt.check("ch00.best_so_far", lambda errors: errors)
    assert "not yet" in capsys.readouterr().out


def test_the_failing_input_is_the_simplest():
    assert smallest_failure(EXERCISES["ch00.best_so_far"], lambda errors: errors) == ([0.0, 0.01],)
    assert smallest_failure(EXERCISES["ch00.count_cells"], lambda nodes, ops: 1) == (2, 2)


def test_hints_go_up_by_level_and_start_again_after_a_pass():
    exercise = EXERCISES["ch00.count_cells"]
    judge(exercise, exercise.reference)
    hints = [dict(judge(exercise, lambda nodes, ops: -1).lines) for _ in range(3)]
    assert hints[0]["hint 1 of 2"] == exercise.hints[0] and hints[1]["hint 2 of 2"] == hints[2]["hint 2 of 2"] == exercise.hints[1]
    texts = [str(judge(exercise, lambda nodes, ops: -1)) for _ in range(2)]
    assert all('nt.source("ch00.count_cells")' in text and "next hint" not in text for text in texts)
    judge(exercise, exercise.reference)
    assert "hint 1 of 2" in dict(judge(exercise, lambda nodes, ops: -1).lines)


def test_another_mistake_that_has_a_name_tells_no_further_hint():
    exercise = EXERCISES["ch05.ucb"]
    judge(exercise, exercise.reference)
    wrong = [mistake for mistake, _ in exercise.mistakes]
    told = [next(label for label, _ in judge(exercise, answer).lines if label.startswith("hint")) for answer in (*wrong[:3], wrong[0])]
    assert told == ["hint 1 of 2"] * 3 + ["hint 2 of 2"], "only the first mistake came back"
    assert any(label == "hint 2 of 2" for label, _ in judge(exercise, lambda mean, std, beta: 99.0).lines), "one without a name is no news"
    judge(exercise, exercise.reference)


def test_stub_is_recognised():
    def best_so_far(errors): ...

    def forgot(errors):
        sorted(errors)

    assert "still holds `...`" in str(judge(EXERCISES["ch00.best_so_far"], best_so_far))
    assert "missing a `return`" in str(judge(EXERCISES["ch00.best_so_far"], forgot))


def test_exception_is_shortened_to_the_students_own_line():
    def wrong(errors):
        first = errors[0]
        return np.linalg.inv([[first - first]])

    text = str(judge(EXERCISES["ch00.best_so_far"], wrong))
    assert "LinAlgError" in text and "your line: return np.linalg.inv([[first - first]])" in text and "Traceback" not in text


def test_failing_architecture_is_drawn():
    outcome = judge(EXERCISES["ch00.mutate"], lambda arch, options, rng: arch)
    assert outcome.picture.lstrip().startswith("<svg") and outcome.picture in outcome.to_html()
    assert judge(EXERCISES["ch00.mutate"], lambda arch, options, rng: "no arch").picture == ""


def test_global_generators_are_untouched_also_while_a_check_runs():
    python, numpy = random.getstate(), np.random.get_state()[1].tolist()
    seen = []

    def watching(errors):
        seen.append(random.getstate() == python and np.random.get_state()[1].tolist() == numpy)
        return errors

    judge(EXERCISES["ch00.best_so_far"], watching)
    assert len(seen) > 5 and all(seen)
    assert random.getstate() == python and np.random.get_state()[1].tolist() == numpy


def test_the_same_answer_gets_the_same_verdict():
    tried = [], []
    for inputs in tried:
        judge(EXERCISES["ch04.rank_sum"], lambda differences, inputs=inputs: inputs.append(list(differences)))
    assert tried[0] == tried[1] and len(tried[0]) > 3


def test_an_answer_that_changes_its_input_is_judged_on_a_copy():
    def in_place(errors):
        for i in range(1, len(errors)):
            errors[i] = min(errors[i], errors[i - 1])
        return errors

    def cheating(errors):  # the reference, asked about the changed input, would agree
        errors[:] = [0.0] * len(errors)
        return list(errors)

    assert judge(EXERCISES["ch00.best_so_far"], in_place).passed
    assert not judge(EXERCISES["ch00.best_so_far"], cheating).passed


def test_an_answer_that_differs_from_call_to_call_is_found_out():
    calls = []

    def moody(errors):
        calls.append(1)
        return [*errors, 0.0] if len(calls) == 4 else EXERCISES["ch00.best_so_far"].reference(errors)

    outcome = judge(EXERCISES["ch00.best_so_far"], moody)
    assert not outcome.passed and "different answers to the same input" in str(outcome) and "`random` itself" in str(outcome)


def test_bad_arguments():
    with pytest.raises(KeyError, match=r"ch00\.best_so_fa'.*ch00\.best_so_far, .*ch04\.p_value"):
        nt.check("ch00.best_so_fa", len)
    with pytest.raises(TypeError, match="without brackets"):
        nt.check("ch00.best_so_far", [1, 2])


def test_ids_are_unique_and_name_their_chapter():
    ids = [exercise.id for exercise in all_checks()]
    assert len(set(ids)) == len(ids) and all(find_check(id).hints for id in ids)
    assert {id.split(".")[0] for id in ids} == {f"ch{number:02d}" for number in (*range(10), 13, 19)}


def test_what_is_inside_of_another_kind_is_said():
    assert "entry 1 (counted from 0) is wrong: it is a float; wanted is a whole number" in same([1, 2.0], [1, 2])
    assert same([[[1]], [[4.0]]], [[[1]], [[4]]]).startswith("entry 1 (counted from 0) is wrong: it is a float")
    assert same([[1, 2]], [[1, 3]]) == "entry 0 (counted from 0) is wrong" and "single number" in same([[1], 2], [[1], [2]])


def test_same():
    assert same([1.0, (2, 3)], [1 + 1e-12, [2, 3]]) is None and same(np.array([1.0, np.nan]), [1.0, float("nan")]) is None
    assert same(0.0, float("inf")) is not None and same(float("-inf"), float("inf")) is not None and same(float("inf"), float("inf")) is None
    assert same([1.0], [1.0, 2.0]) == "it has 1 entries instead of 2"
    assert same(2.0, 2) is not None and same(2, 2.0) is None and "wrong order" in wrong_kind((1, "a"), ("a", 1)) and wrong_kind(1, 2.0) == ""
    assert "entry 1" in same([0.0, 1.0], [0.0, 2.0]) and same("a", 1.0) is not None and same(None, 0.0) is not None


def test_a_new_check_takes_a_few_lines():
    double = Check("ch99.double", lambda st: st.tuples(st.integers()), lambda n: 2 * n, why="doubling", hints=("n + n",))
    assert judge(double, lambda n: n + n).passed and smallest_failure(double, lambda n: n * n) in [(1,), (-1,)]


def test_html_escapes_what_a_student_wrote():
    outcome = Outcome("ch00.x", False, (("", "not yet"), ("yours", "<script>alert(1)</script> `code`")))
    assert "<script>" not in outcome.to_html() and "<code>code</code>" in outcome.to_html()


def test_emphasis_is_rendered_and_products_are_left_alone():
    html = Outcome("ch00.x", False, (("", "not yet"), ("why", "which *other* option, the *first one*: ops * ops * 2, 2 ** n, a*b*c, `x * y *z*`"))).to_html()
    assert "<em>other</em>" in html and "<em>first one</em>" in html and html.count("<em>") == 2
    assert "ops * ops * 2, 2 ** n, a*b*c, <code>x * y *z*</code>" in html


def test_single_precision_is_told_from_a_wrong_number():
    """Shown in a few digits the two look equal."""
    third = float(np.float32(1 / 3))
    assert "agrees to single precision" in same(third, 1 / 3) and same(1 / 3 + 1e-12, 1 / 3) is None
    assert same([0.5, third], [0.5, 1 / 3]) == f"entry 1 (counted from 0) is wrong: {same(third, 1 / 3)}"
    assert same([[third]], [[1 / 3]]).endswith(same(third, 1 / 3)) and "another number" in same(0.34, 1 / 3)
