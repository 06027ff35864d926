"""Chapters: pairs in step, anatomy, sizes, clean outputs, exercises. Nothing is executed here (nbval does that)."""

import inspect
import json
import re
import statistics
import sys
from pathlib import Path

import pytest

from nastutor.checks import all_checks, judge

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "notebooks"))
import build  # noqa: E402

CHAPTERS = build.chapters()
HEADINGS = (
    "1 You will be able to",
    "2 Set-up",
    "3 The question",
    "4 Quick facts",
    "5 The idea in a picture",
    "6 From equations to code",
    "7 Build it",
    "8 Run it",
    "9 Swap a dimension",
    "10 What goes wrong",
    "11 At paper scale",
    "12 Check yourself",
    "13 Exercises",
    "14 Summary",
)


@pytest.fixture(params=CHAPTERS, scope="module")
def source(request):
    return CHAPTERS[request.param]


@pytest.fixture(scope="module")
def notebook(source):
    return json.loads(build.target(source).read_text(encoding="utf-8"))


def cells(notebook, kind, tag=None):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind and (tag is None or tag in cell["metadata"].get("tags", []))]


def text(cell):
    return "".join(cell["source"])


def prose(notebook):
    return "\n".join(text(cell) for cell in cells(notebook, "markdown"))


def output_texts(notebook):
    """Every output as text, embedded pictures left out."""
    for cell in cells(notebook, "code"):
        for output in cell["outputs"]:
            parts = [output.get("text", "")] + [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
            for part in parts:
                yield cell["id"], re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "", "".join(part))


def test_notebook_is_in_step_with_its_source(source):
    assert build.out_of_step(source, build.read_times()) == ""


def test_a_changed_source_is_noticed(source, tmp_path):
    changed = tmp_path / source.name
    changed.write_text(source.read_text(encoding="utf-8").replace("Summary", "The end"), encoding="utf-8")
    assert "another source" in build.out_of_step(changed, build.read_times())


def test_ids_come_from_chapter_and_position(source, notebook):
    assert [cell["id"] for cell in notebook["cells"]] == [f"{source.name[:4]}-{i:03d}" for i in range(len(notebook["cells"]))]


def test_anatomy(notebook):
    titles = re.findall(r"^(#{1,2}) (.+)$", prose(notebook), re.M)
    assert titles[0][0] == "#" and titles[0][1].startswith("Chapter ")
    assert tuple(title for level, title in titles if level == "##") == HEADINGS
    header = text(notebook["cells"][0])
    assert "▶" in header and re.search(r"\*[^*]+\*", header) and "arxiv.org" in header and "Time to run: cpu scale" in header
    assert "**You need**" in text(notebook["cells"][1]) and text(notebook["cells"][1]).count("<details>") == 3


def test_sizes(source, notebook):
    code = cells(notebook, "code")
    words = len(re.sub(r"<[^>]+>", " ", prose(notebook)).split())
    assert 2000 <= words <= 3500, words
    assert len(code) <= 40 and statistics.median(len(text(cell).splitlines()) for cell in code) <= 12
    assert max(len(text(cell).splitlines()) for cell in code) <= 25
    assert build.target(source).stat().st_size <= 300_000
    pictures = [cell for cell in notebook["cells"] if "<img" in json.dumps(cell) or "image/png" in json.dumps(cell) or "|---" in text(cell)]
    assert len(pictures) >= len(code) / 5


def test_setup_cell_is_the_same_everywhere(notebook):
    (setup,) = cells(notebook, "code", "setup")
    assert text(setup) == build.setup() and len(build.setup().splitlines()) <= 6


def test_repository_is_named_in_one_place(monkeypatch, source):
    monkeypatch.setattr(build, "REPOSITORY", "someone/somewhere")
    filled = build.convert(source, {})
    assert "someone/somewhere" in filled.cells[0].source and sum("git+https://github.com/someone/somewhere" in cell.source for cell in filled.cells) == 1


def test_outputs_are_there_and_clean(notebook):
    assert all(cell["execution_count"] for cell in cells(notebook, "code"))
    assert not [output for cell in cells(notebook, "code") for output in cell["outputs"] if output["output_type"] == "error" or output.get("name") == "stderr"]
    for id, part in output_texts(notebook):
        found = re.search(r"/(?:home|root|tmp|work|Users|usr)/|[A-Z]:\\\\|\b\d{1,2}:\d\d:\d\d\b|\bat 0x[0-9a-f]+|localhost|127\.0\.0\.1", part)
        assert found is None, (id, found)
    assert "widgets" not in notebook["metadata"]


def test_claims_are_checked_by_nbval(notebook):
    claims = cells(notebook, "code", "nbval-check-output")
    assert len(claims) >= 5 and all(cell["outputs"] for cell in claims)


def test_board_is_where_the_browser_test_looks(notebook):
    tags = [cell["metadata"].get("tags", []) for cell in cells(notebook, "code")]
    board = tags.index(["board"])
    assert tags[board + 1] == ["after-board"] and "history so far" in json.dumps(cells(notebook, "code")[board + 1]["outputs"])


def test_goals_are_tied_to_checks(source, notebook):
    ids = {exercise.id for exercise in all_checks() if exercise.id.startswith(source.name[:4])}
    used = {id for cell in cells(notebook, "code") for id in re.findall(r'nt\.check\("([\w.]+)"', text(cell))}
    promised = set(re.findall(r"`(ch\d\d\.\w+)`", text(notebook["cells"][1])))
    assert used == ids and promised <= ids and len(promised) >= 3


def test_untouched_stubs_fail_helpfully_and_references_pass(notebook):
    for cell in cells(notebook, "code"):
        for id, name in re.findall(r'nt\.check\("([\w.]+)", (\w+)\)', text(cell)):
            exercise = next(exercise for exercise in all_checks() if exercise.id == id)
            stub = defined(text(cell).split("\n\n\n")[0], name, id)
            outcome = judge(exercise, stub)
            assert not outcome.passed and "not written yet" in str(outcome) and name in str(outcome)
            assert judge(exercise, exercise.reference).passed
            if inspect.isfunction(stub):
                assert list(inspect.signature(stub).parameters) == list(inspect.signature(exercise.reference).parameters)


def defined(code, name, id):
    """What a cell defines, with its source known to `inspect` as in a notebook."""
    import linecache

    import nastutor as nt

    file = f"<cell {id}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    space = {"nt": nt}
    exec(compile(code, file, "exec"), space)
    return space[name]


def test_questions_explain_each_answer(notebook):
    (quiz,) = [text(cell) for cell in cells(notebook, "markdown") if text(cell).startswith("## 12 ")]
    questions = re.split(r"#### \d+\. ", quiz)[1:]
    assert 5 <= len(questions) <= 8 and all(question.count("<details>") >= 2 and "Right" in question for question in questions)


def test_who_is_to_decide_first_finds_the_answer_folded(source):
    parts = source.read_text(encoding="utf-8").split("Decide before you read on.")[1:]
    after = [part.split("# %% [markdown]\n# ", 1)[1] for part in parts]
    assert [words[:40] for words in after if not words.startswith("<details><summary>My answer is ready</summary>")] == []


def test_markdown_inside_html_is_html(notebook):
    """Nothing renders Markdown inside <details>: backticks and asterisks would be read as they stand."""
    folded = re.findall(r"<details>.*?</details>", prose(notebook), re.S)
    assert len(folded) >= 13 and [part for part in folded if re.search(r"`|\*\w", part)] == []


def test_exercises_have_three_levels_with_minutes_and_success(notebook):
    part = prose(notebook).split("## 13 Exercises")[1].split("## 14 ")[0]
    counts = [len(re.findall(rf"\*\*{level} \((?:\d+ minutes|an? \w+)\)", part)) for level in ("Core", "Explore", "Research")]
    assert min(counts) >= 1 and part.count("Success:") == sum(counts)


def test_times_stand_in_the_header(source, notebook):
    measured = build.read_times()[source.name[:4]]
    assert measured["cpu"] <= (120 if source.name.startswith("ch00") else 180) and measured["smoke"] <= 30
    assert build.time_line(measured) in text(notebook["cells"][0])
