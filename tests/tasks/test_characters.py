"""Made-up texts: documents are well-formed, sums are right, windows end where the next character is asked for."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.rng import python_rng
from nastutor.tasks.characters import RESULT, SUMS, document, exercise, text_of, xml_alphabet

SMALL = {"train_size": 60, "valid": 20, "test": 20}


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_every_tag_is_closed_in_order(seed):
    text, open_tags = document(python_rng(seed, "text"), "abc", 4), []
    assert re.fullmatch(r"(</?[a-c]{2,4}>)+", text)
    for closes, name in re.findall(r"<(/?)([a-c]+)>", text):
        if closes:
            assert open_tags.pop() == name
        else:
            open_tags.append(name)
    assert not open_tags and len(re.findall("<[a-c]", text)) <= 51


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_the_result_is_that_of_the_numbers_without_their_letters(seed, digits):
    question, result = exercise(python_rng(seed, "sums"), digits)
    a, sign, b = re.fullmatch(r"(\d+)([+-])(\d+)=", re.sub("[a-z]", "", question)).groups()
    assert result == f"{int(a) + (int(b) if sign == '+' else -int(b))}." and max(len(a), len(b)) <= digits
    assert len(question + result) - 1 <= nt.tasks.arithmetic(digits, **SMALL).shape[1]


def test_a_window_of_xml_ends_before_the_character_that_is_asked_for():
    task, alphabet = nt.tasks.xml(8, 3, **SMALL), xml_alphabet(3)
    texts = [text_of(image, alphabet) for image in task.train.x]
    assert texts[0] == "" and task.labels[task.train.y[0]] == "<" and [len(text) for text in texts[:10]] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    for text, label, following in zip(texts, task.train.y, texts[1:], strict=False):
        assert following == (text + task.labels[label])[-8:]
    assert task.shape == (1, 8, 6) and set(np.unique(task.train.x)) == {0, 1}


def test_in_closing_names_alone_what_is_asked_for_was_opened():
    """Names of the past say it, as far as the window reaches."""
    task, alphabet = nt.tasks.xml(60, 3, closing=True, **SMALL), xml_alphabet(3)
    for image, label in zip(task.train.x, task.train.y, strict=True):
        text, stack = text_of(image, alphabet), []
        begun = text[text.rindex("</") + 2 :]
        if len(text) == 60:
            continue
        for closes, name in re.findall(r"<(/?)([a-c]+)>", text):
            _ = stack.pop() if closes else stack.append(name)
        assert (stack[-1] + ">")[len(begun)] == task.labels[label] and stack[-1].startswith(begun)


def test_arithmetic_asks_for_each_character_of_a_result():
    task = nt.tasks.arithmetic(2, **SMALL)
    first = text_of(task.train.x[0], SUMS)
    question, result = first, ""
    for image, label in zip(task.train.x, task.train.y, strict=True):
        assert text_of(image, SUMS) == question + result
        result += task.labels[label]
        if result.endswith("."):
            break
    assert question.endswith("=") and task.labels == tuple(RESULT)
    numbers = re.sub("[a-z=]", "", question)
    assert int(result[:-1]) == eval(re.sub(r"\b0+(?=\d)", "", numbers))


@pytest.mark.parametrize("make", [nt.tasks.xml, nt.tasks.arithmetic])
def test_parts_are_texts_of_their_own_and_the_same_again(make):
    task, again, other = make(**SMALL), make(**SMALL), make(**SMALL, seed=1)
    assert task == again and np.array_equal(task.train.x, again.train.x) and task != other and not np.array_equal(task.train.y, other.train.y)
    assert not np.array_equal(task.valid.x, task.test.x) and {name: len(split) for name, split in task.splits.items()} == {"train": 60, "valid": 20, "test": 20}
    assert 0.3 < task.chance < 1


@pytest.mark.parametrize(
    "make, option, value",
    [(nt.tasks.xml, "length", 1), (nt.tasks.xml, "letters", 27), (nt.tasks.xml, "longest", 1), (nt.tasks.xml, "closing", 1), (nt.tasks.xml, "valid", 0),
     (nt.tasks.arithmetic, "digits", 0), (nt.tasks.arithmetic, "train_size", 1.5)],
)  # fmt: skip
def test_refusals(make, option, value):
    with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
        make(**{option: value})
