"""The tool that builds notebooks: what it keeps, drops and notices."""

import base64
import io
import sys
from pathlib import Path

import nbformat.v4 as v4
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "notebooks"))
import build


def test_tidy_drops_stderr_and_live_widgets_and_joins_text():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "w"}
    live, pictured = v4.new_output("display_data", data=view), v4.new_output("display_data", data=view | {"text/html": "<img>"})
    printed = [v4.new_output("stream", name=name, text=text) for name, text in (("stdout", "a"), ("stderr", "10:00"), ("stdout", "b"))]
    cell = v4.new_code_cell("1", outputs=[*printed, live, pictured], metadata={"execution": {"started": "now"}})
    notebook = v4.new_notebook(cells=[cell], metadata={"widgets": {}})
    build.tidy(notebook)
    assert [output.get("text", "") or sorted(output.data) for output in cell.outputs] == ["ab", ["text/html", "text/plain"]]
    assert "widgets" not in notebook.metadata and "execution" not in cell.metadata


def test_large_pictures_get_a_palette():
    import numpy as np
    from PIL import Image

    raw = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 120, 3), dtype=np.uint8)).save(raw, "PNG")
    png = base64.b64encode(raw.getvalue()).decode()
    output = build.tidy_output(v4.new_output("display_data", data={"image/png": png}))
    small = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
    assert small.mode == "P" and small.size == (120, 120) and len(output["data"]["image/png"]) < len(png)


def test_survey_map_lights_the_chapter():
    assert build.survey_map(4).count("▶") == 2 and "**▶ search strategy ◀**" in build.survey_map(4) and "**▶ 4 ◀**" in build.survey_map(4)
    assert build.survey_map(0).count("▶") == 3


def test_chapters_that_exist_are_linked_and_the_others_named(monkeypatch):
    source = Path("source/ch00_one.py")
    monkeypatch.setattr(build, "chapters", lambda: {"ch00": source, "ch04": Path("source/ch04_luck.py")})
    assert "[4](ch04_luck.ipynb)" in build.survey_map(0) and "[5]" not in build.survey_map(0)
    assert build.fill("Next: chapter 4.{{unwritten 4}}", source, {}) == "Next: chapter 4."
    assert build.fill("Next: chapter 1.{{unwritten 1 4}}", source, {}) == "Next: chapter 1. (Not written yet: chapter 1.)"
    assert build.unwritten([1, 4, 5]) == " (Not written yet: chapters 1 and 5.)"


def test_a_cell_that_warns_stops_the_build(monkeypatch, tmp_path):
    def warning(notebook, scale):
        text = "x.py:4: UserWarning: The given NumPy array is not writable\n  images = from_numpy(x)\n"
        notebook.cells[-1].outputs = [v4.new_output("stream", name="stderr", text="epoch 1\n"), v4.new_output("stream", name="stderr", text=text)]
        return 1.0

    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "ch77_short.py"
    source.write_text("# %%\n1\n")
    monkeypatch.setattr(build, "execute", warning)
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=r"ch77-000: x\.py:4: UserWarning: The given") as stopped:
        build.build(source, {})
    assert "epoch" not in str(stopped.value) and not list(tmp_path.glob("*.ipynb"))


def test_builds_side_by_side_keep_each_others_times(monkeypatch, tmp_path):
    """The other build writes while this one executes its cells."""
    (tmp_path / "source").mkdir()
    source, others = tmp_path / "source" / "ch77_short.py", {"cpu": 2.0, "machine": "theirs"}
    source.write_text("# %% [markdown]\n# {{time}}\n")
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "TIMES", tmp_path / "times.json")
    monkeypatch.setattr(build, "package_hash", lambda: "same")
    monkeypatch.setattr(build, "execute", lambda notebook, scale: build.note_times("ch78", others) or 3.0)
    build.build(source, build.read_times())
    assert build.read_times()["ch78"] == others and build.read_times()["ch77"]["cpu"] == 3.0
    assert "cpu scale 3 s" in (tmp_path / "ch77_short.ipynb").read_text() and sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".ipynb", ".json"]


def test_only_what_changed_is_built(monkeypatch, capsys):
    built = []
    monkeypatch.setattr(build, "build", lambda source, times: built.append(source.name[:4]))
    monkeypatch.setattr(build, "package_hash", lambda: "same")
    times = {name: {"package": "same"} for name in build.chapters()}
    monkeypatch.setattr(build, "read_times", lambda: times)
    monkeypatch.setattr(build, "out_of_step", lambda source, times: "changed" if source.name.startswith("ch04") else "")
    build.main([])
    assert built == ["ch04"]
    times["ch00"]["package"] = "another"
    build.main([])
    assert built == ["ch04", "ch00", "ch04"]
    built.clear()
    build.main(["ch00", "--force"])
    assert built == ["ch00"]
    assert build.main(["--check"]) == 1 and built == ["ch00"] and "changed" in capsys.readouterr().out


def test_unknown_chapter_is_refused(capsys):
    with pytest.raises(SystemExit):
        build.main(["ch77"])
    assert "ch77" in capsys.readouterr().err


def test_times_are_said_in_words():
    assert build.minutes(37.6) == "38 s" and build.minutes(150) == "2.5 min"
    assert "not measured" in build.time_line({}) and build.time_line({"cpu": 20, "machine": "2 cores"}) == "Time to run: cpu scale 20 s (2 cores)."
