"""The README tells the truth about what is built. Called as a script, this file brings its generated tables into step, with --slow all of them."""

import re
import sys
from pathlib import Path

import pytest

import nastutor as nt
from nastutor import strategies
from nastutor.testing.compatible import compatibility, package_estimators

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TABLES = {"papers": nt.papers.table, "zoo": nt.zoo.table}  # what makes the table between these markers
# These take some minutes; tests/contracts/test_compatible.py compares them.
SLOW_TABLES = {"compatibility": lambda: compatibility(estimators=package_estimators())._repr_markdown_()}


def marked(name):
    return re.compile(rf"(?<=<!-- {name}: begin -->\n).*(?=\n<!-- {name}: end -->)", re.DOTALL)


@pytest.mark.parametrize("name", TABLES)
def test_generated_tables_are_in_step(name):
    assert marked(name).search(README.read_text("utf-8"))[0] == TABLES[name](), "call `python tests/test_readme.py` and commit the README"


def row(heading):
    """What stands in the line `heading` of the table "What is inside"."""
    (text,) = re.findall(rf"^\| {heading} \| (.*) \|$", README.read_text("utf-8"), re.MULTILINE)
    return text


@pytest.mark.parametrize("package", [nt.spaces, strategies, nt.estimators], ids=lambda package: package.__name__.split(".")[1])
def test_what_is_inside_names_every_part(package):
    named = set(re.findall(r"`(\w+)", row(package.__name__.split(".")[1])))
    assert named == set(package.__all__)


def test_what_is_inside_names_every_task():
    """By the name of its data: CIFAR-10 for cifar10; what takes one's own data and the parts of a task have words of their own."""
    names = [name for name in nt.tasks.__all__ if name.islower() and not name.startswith("from_") and name != "cache"]
    letters = re.sub(r"[^a-z0-9]", "", row("tasks").lower())
    assert "digits" in names and [name for name in names if name.replace("_", "") not in letters] == []


def test_what_is_inside_names_the_chapters_that_there_are():
    there = sorted(int(path.stem[2:4]) for path in (ROOT / "notebooks/source").glob("ch*.py"))
    assert row("chapters").split(" (the others")[0] == " · ".join(f"{number} {nt.papers.CHAPTERS[number]}" for number in there)


def test_every_file_that_is_linked_exists():
    for page in (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"):
        links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", page.read_text("utf-8"))
        assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_method_that_is_shown_keeps_the_contract():
    """The README's own strategy, run as it stands there."""
    (code,) = re.findall(r"```python\n(from collections .*?)```", README.read_text("utf-8"), re.DOTALL)
    names: dict = {"__name__": "readme"}
    exec("import nastutor as nt\n" + code, names)
    (shown,) = [value for value in names.values() if isinstance(value, type) and issubclass(value, nt.Strategy)]
    space = nt.spaces.ChoiceSpace.of({f"d{i}": tuple(range(5)) for i in range(6)})

    def search(strategy):
        return nt.search(
            strategy(space, population=10, sample=4, seed=3), lambda trial: nt.Result({"error": sum(dict(trial.arch.choices).values()) / 24}), trials=60
        )

    ours, theirs = search(shown), search(nt.RegularizedEvolution)
    assert [record.trial for record in ours] == [record.trial for record in theirs]


if __name__ == "__main__":
    made = {name: table() for name, table in {**TABLES, **(SLOW_TABLES if "--slow" in sys.argv else {})}.items()}
    text = README.read_text("utf-8")  # only now: these take minutes, in which others may write there
    for name, table in made.items():
        text = text.replace(marked(name).search(text)[0], table)
    README.write_text(text, "utf-8")
