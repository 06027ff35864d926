"""The README tells the truth about what is built. Called as a script, this file brings its status table into step."""

import re
from pathlib import Path

import nastutor as nt

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
MARKED = re.compile(r"(?<=<!-- papers: begin -->\n).*(?=\n<!-- papers: end -->)", re.DOTALL)


def test_status_table_is_in_step():
    assert MARKED.search(README.read_text("utf-8"))[0] == nt.papers.table(), "call `python tests/test_readme.py` and commit the README"


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
    text = README.read_text("utf-8")
    README.write_text(MARKED.sub(lambda _: nt.papers.table(), text), "utf-8")
