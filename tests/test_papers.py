import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from nastutor.papers import CHAPTERS, PAPERS, paper, table

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
LIST = """
zoph2018 real2019 brock2017 elsken2017 elsken2019 cai2018b liu2019b zhong2018a zhong2018b liu2018b bergstra2011 bergstra2013 hutter2011 mendoza2016
swersky2013 kandasamy2018 domhan2015 zela2018 negrinho2017 wistuba2017 baker2017a zoph2017 cai2018a xie2019 cai2019 shin2018 ahmed2018 klein2018
klein2017b chrabaszcz2017 li2017 falkner2018 klein2017a baker2017b rawal2018 liu2018a wei2016 jin2018 saxena2016 pham2018 bender2018 sciuto2019
zhang2019 chen2018 nekrasov2018 liu2019a wong2018 greff2015 jozefowicz2015 liang2018 meyerson2018 han2015 han2016 cheng2018 liu2017 gordon2018
liu2019c cao2019 ramachandran2018 cubuk2017 ying2019 interpretability
"""
KEYS = LIST.split()


def test_the_whole_reading_list_is_there_in_order():
    assert [one.key for one in PAPERS] == KEYS and len(set(KEYS)) == 62


@pytest.mark.parametrize("one", PAPERS, ids=lambda one: one.key)
def test_each_paper_is_described(one):
    assert one.title and one.venue and one.must_exist and one.claim and one.chapters and set(one.chapters) <= set(CHAPTERS) - {0}
    assert one.key == "interpretability" or (one.authors and one.key.startswith(str.lower(one.authors.split(",")[0])) and str(one.year) in one.key)
    assert one.url is None or re.fullmatch(r"https://(arxiv\.org/abs/\d{4}\.\d{4,5}|doi\.org/10\.\d{4,}/\S+|[a-z.]+/\S+)", one.url)
    if one.source.startswith("arxiv:"):
        first = 2000 + int(one.source[6:8])
        assert one.year - 2 <= first <= one.year + 1, "a preprint appears about when the paper does"


def test_no_two_papers_share_an_address():
    urls = [one.url for one in PAPERS if one.url]
    assert len(urls) == len(set(urls)) >= 60


def complaints(one):
    """What is wrong with a paper's claim to be built."""
    if one.built in ("", "yes") or one.built.startswith("partly: "):
        wrong = [] if (one.function is not None) == (one.built == "yes") else ["a function is there exactly for what is built"]
    else:
        wrong = [f"`built` is {one.built!r}"]
    if one.built == "yes":
        wrong += [] if callable(one.resolve()) else ["its function cannot be called"]
        wrong += [] if one.small and one.paper else ["no settings"]
        sources = (path.read_text(encoding="utf-8") for path in (NOTEBOOKS / "source").glob("*.py"))
        wrong += [] if any(one.key in text for text in sources) else ["in no notebook"]
    return wrong


@pytest.mark.parametrize("one", PAPERS, ids=lambda one: one.key)
def test_what_is_called_built_is_built(one):
    assert not complaints(one)


def test_a_false_claim_is_found():
    one = paper("real2019")
    assert complaints(replace(one, built="nearly")) and complaints(replace(one, function="nastutor.methods.real2019"))
    assert complaints(replace(one, built="yes", function="nastutor.papers.table"))[0] == "no settings"
    with pytest.raises(AttributeError):
        complaints(replace(one, built="yes", function="nastutor.methods.nobody"))
    with pytest.raises(ValueError, match="has no function"):
        paper("zoph2017").resolve()


def test_unknown_keys_are_refused_with_the_known_ones():
    with pytest.raises(KeyError, match=r"`key` is 'real2018'; known are zoph2018, real2019"):
        paper("real2018")


def test_table_has_a_row_a_paper_and_its_status():
    lines = table().splitlines()[2:]
    assert len(lines) == len(PAPERS) and all(line.count(" | ") == 3 for line in lines)
    for one, line in zip(PAPERS, lines):
        assert one.title in line and (one.url or "") in line and line.endswith(f"| {', '.join(map(str, one.chapters))} | {one.built or 'not yet'} |")


# ---------------------------------------------------------------- chapters

NAMED = re.compile(r"chapters? (\d+(?:(?:, | and | to )\d+)*)")


def chapters_named(text):
    """The numbers of the chapters that the strings in a module name."""
    strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {int(number) for string in strings for numbers in NAMED.findall(string) for number in re.findall(r"\d+", numbers)}


def test_the_chapters_are_numbered_through_and_each_has_a_paper():
    assert list(CHAPTERS) == list(range(21)) and len(set(CHAPTERS.values())) == 21
    assert {chapter for one in PAPERS for chapter in one.chapters} == set(CHAPTERS) - {0}


@pytest.mark.parametrize("path", sorted((ROOT / "nastutor").glob("**/*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_messages_name_chapters_that_there_are(path):
    assert chapters_named(path.read_text("utf-8")) <= set(CHAPTERS)


def test_a_chapter_that_is_not_there_is_found_in_any_string():
    assert chapters_named('raise ValueError(f"{x!r} (chapter 21)")  # chapter 99') == {21}
    assert chapters_named('"""As in chapters 4, 7 and 30."""') == {4, 7, 30}


@pytest.mark.parametrize("path", sorted((NOTEBOOKS / "source").glob("ch*.py")), ids=lambda path: path.stem)
def test_a_notebook_has_the_title_of_its_chapter(path):
    number = int(path.stem[2:4])
    title = CHAPTERS[number][0].upper() + CHAPTERS[number][1:]
    assert f"# # Chapter {number} · {title}" in path.read_text("utf-8").splitlines()
