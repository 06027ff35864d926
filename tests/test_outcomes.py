"""What a check has to say: a verdict as text and HTML, a crash as the student's own line, stubs and long values in short."""

import pytest

import nastutor as nt
from nastutor.outcomes import Crash, Outcome, crash_of, own_line, short, show, still_a_stub

PASSED = Outcome("ch00.best", True, (("", "right, also for `[]`"),))
FAILED = Outcome("ch00.best", False, (("", "not yet"), ("<given>", "<b>1</b>"), ("expected", "2"), ("", "look at `max`")), picture="<svg/>")


def test_an_outcome_is_true_where_it_passed_and_aligns_its_labels():
    assert PASSED and not FAILED and (repr(PASSED), repr(FAILED)) == ("<ch00.best: passed>", "<ch00.best: not yet>")
    assert str(FAILED).splitlines() == ["ch00.best: not yet", "  <given>   <b>1</b>", "  expected  2", "  look at `max`"]


def test_html_escapes_marks_code_and_holds_the_picture():
    page = FAILED.to_html()
    assert (
        "&lt;b&gt;1&lt;/b&gt;" in page
        and "<b>1</b>" not in page
        and "<i>&lt;given&gt;</i>" in page
        and "<code>max</code>" in page
        and page.endswith("<svg/></div>")
    )
    assert "<table" not in PASSED.to_html() and PASSED.to_html().count("<code>[]</code>") == 1


def test_shown_is_printed_outside_of_a_notebook(capsys):
    assert show(FAILED) is FAILED
    assert capsys.readouterr().out == f"{FAILED}\n"


def call(function, values):
    return function(*values)


def inner(x):
    return 1 / x


def students(x):
    y = x - 1
    return sorted([y], key=lambda value: 1 / value)


def test_a_crash_names_the_deepest_line_of_the_student():
    assert crash_of(call, inner, (4,)) == 0.25
    crash = crash_of(call, students, (1,))
    assert crash == Crash("ZeroDivisionError: division by zero", "return sorted([y], key=lambda value: 1 / value)")
    assert repr(crash) == "raises ZeroDivisionError: division by zero" and crash.line in crash.why


def test_a_crash_in_the_call_itself_says_so():
    crash = crash_of(call, students, ())
    assert crash.line == "" and "the call itself" in crash.why
    assert own_line(ValueError("never raised"), students) == "" == own_line(ValueError(), len)


def stub(x): ...  # the student's part


def half(x):
    x += 1
    return ...


class StubClass:
    def ask(self): ...


@pytest.mark.parametrize("function, got", [(stub, None), (half, 1), (StubClass, 1), (inner, ...)])
def test_dots_that_are_left_are_found(function, got):
    assert "still holds `...`" in still_a_stub(function, got)


def test_nothing_given_back_is_named_and_an_answer_is_no_stub():
    assert "`inner` gives None back" in still_a_stub(inner, None)
    assert still_a_stub(inner, 0) == "" == still_a_stub(len, 3)


def test_values_in_short():
    assert short([1 / 3, (2.0,), "a"]) == "[0.333333, (2,), 'a']"
    assert short(nt.Arch((("op", "conv"),))) == str(nt.Arch((("op", "conv"),)))
    assert len(short("x" * 1000)) == 300 and short("x" * 1000).endswith(" ...") and short("abc", limit=5) == "'abc'"
