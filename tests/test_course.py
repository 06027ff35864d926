"""course.py in a copy of its own, with fakes in the places of venv, pip, ruff, mypy, pytest and jupyterlab.

`python -m NAME` looks in the working folder first, and course.py works in its own: a file NAME.py there is the fake.
"""

import argparse
import ast
import importlib.util
import json
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
LOG = "import json, sys\nwith open('calls.txt', 'a') as file: file.write(json.dumps(sys.argv[1:]) + '\\n')\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of course.py as a module; its venv makes an empty folder whose python is this one, its pip writes down what it is asked for."""
    folder = tmp_path / "a course"
    folder.mkdir()
    for name in ("course.py", "pyproject.toml"):
        shutil.copy(HERE / name, folder)
    spec = importlib.util.spec_from_file_location("course_under_test", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "python_of", lambda venv: Path(sys.executable))
    fake(module, "venv", "import os, sys\nopen(os.path.join(sys.argv[1], 'pyvenv.cfg'), 'w').close()")
    fake(module, "pip", LOG)
    return module


def fake(course, name, text):
    (course.ROOT / f"{name}.py").write_text(text, "utf-8")


def calls(course):
    """What the fakes were called with so far."""
    path = course.ROOT / "calls.txt"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def failing_pip(words):
    return f"import sys\nsys.stderr.write({words!r} + '\\n')\nsys.exit(1)"


# ---------------------------------------------------------------- making .venv


def test_first_call_makes_and_later_ones_do_nothing(course, capsys):
    course.environment(["course"], cpu=False)
    assert "GB to download" in capsys.readouterr().out
    assert not course.MAKING.exists() and course.state()["extras"] == ["course"]
    course.environment(["course"], cpu=False)
    assert [call[-2:] for call in calls(course)] == [["-e", ".[course]"]]


def test_more_extras_and_a_new_pyproject_install_again_into_the_same_folder(course):
    course.environment(["course"], cpu=False)
    mine = course.VENV / "mine"
    mine.touch()
    course.environment(["course", "test"], cpu=False)
    course.environment(["course"], cpu=False)  # has it already
    (course.ROOT / "pyproject.toml").write_text("# newer", "utf-8")
    course.environment(["course"], cpu=False)
    assert [call[-1] for call in calls(course)] == [".[course]", ".[course,test]", ".[course,test]"]
    assert mine.exists()


@pytest.mark.parametrize(
    "pip_says, advice",
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "no network"),
        ("error: externally-managed-environment", "--here"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied", "copy of the course"),
        ("something never seen before", "stands above"),
    ],
)
def test_failing_pip_is_explained_and_leaves_nothing(course, capsys, pip_says, advice):
    fake(course, "pip", failing_pip(pip_says))
    assert course.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert pip_says in said and advice in said.splitlines()[-1]
    assert not course.VENV.exists()


def test_failing_update_keeps_what_was_complete(course):
    course.environment(["course"], cpu=False)
    fake(course, "pip", failing_pip("Network is unreachable"))
    with pytest.raises(course.Trouble, match="no network"):
        course.environment(["course", "test"], cpu=False)
    assert course.environment(["course"], cpu=False) and course.state()["extras"] == ["course"]


def test_failing_venv_is_explained_and_leaves_nothing(course, capsys):
    fake(course, "venv", "import sys\nsys.exit(1)")
    assert course.main(["lab"]) == 1
    assert "python3-venv" in capsys.readouterr().err and not course.VENV.exists() and calls(course) == []


def test_interrupt_leaves_nothing(course, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "install", interrupted)
    assert course.main(["lab"]) == 130
    assert "stopped" in capsys.readouterr().err and not course.VENV.exists()


def test_half_made_folder_is_made_anew(course):
    course.VENV.mkdir()
    course.MAKING.touch()
    (course.VENV / "rubbish").touch()
    course.environment(["course"], cpu=False)
    assert not (course.VENV / "rubbish").exists() and not course.MAKING.exists() and course.STAMP.exists()


def test_folder_made_by_someone_else_is_used_and_never_removed(course, monkeypatch):
    course.VENV.mkdir()
    mine = course.VENV / "mine"
    mine.touch()
    course.environment(["course"], cpu=False)
    assert mine.exists() and len(calls(course)) == 1
    course.STAMP.unlink()
    monkeypatch.setattr(course, "works", lambda python: False)
    with pytest.raises(course.Trouble, match="not made by course.py"):
        course.environment(["course"], cpu=False)
    assert mine.exists()


def test_own_folder_whose_python_is_gone_is_made_anew(course, monkeypatch):
    course.environment(["course"], cpu=False)
    (course.VENV / "old").touch()
    monkeypatch.setattr(course, "works", lambda python: False)
    course.environment(["course"], cpu=False)
    assert not (course.VENV / "old").exists() and len(calls(course)) == 2


def test_works_tells_a_python_with_pip_from_none(course, tmp_path):
    assert course.works(Path(sys.executable))
    assert not course.works(tmp_path / "no_such_python")


def test_two_at_a_time_are_refused(course):
    with course.alone(), pytest.raises(course.Trouble, match="another course.py"):
        course.environment(["course"], cpu=False)
    course.environment(["course"], cpu=False)  # and the lock is gone again


# ---------------------------------------------------------------- refused before anything is made


def test_no_disk(course, monkeypatch, capsys):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(course.shutil, "disk_usage", lambda folder: usage(10e9, 9e9, 1e9))
    assert course.main(["lab"]) == 1
    assert "not enough disk" in capsys.readouterr().err and not course.VENV.exists() and calls(course) == []


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_no_venv_module(course, monkeypatch, capsys, module):
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: None if name == module else object())
    assert course.main(["lab"]) == 1
    assert f"`{module}`" in capsys.readouterr().err and not course.VENV.exists()


def test_read_only_folder(course, monkeypatch, capsys):
    def refused(self, *arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    assert course.main(["lab"]) == 1
    assert "cannot be written" in capsys.readouterr().err and not course.VENV.exists()


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 9, 18)])
def test_old_python_is_told(version):
    code = f"import sys, runpy; sys.version_info = {version}; sys.version = '3.x.y'; runpy.run_path('course.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 1 and "needs Python 3.10 or newer; this is 3.x.y" in done.stderr


def test_old_python_can_read_the_file_and_nothing_but_python_is_needed():
    tree = ast.parse((HERE / "course.py").read_text("utf-8"), feature_version=(3, 6))
    imported = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    imported += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names)


# ---------------------------------------------------------------- which torch


def test_cpu_takes_torch_from_its_own_index_first(course, monkeypatch):
    monkeypatch.setattr(course.sys, "platform", "linux")
    course.environment(["course"], cpu=True)
    first, second = calls(course)
    assert first[2:] == ["torch>=2.9", "torchvision>=0.24", "--index-url", "https://download.pytorch.org/whl/cpu"]
    assert second[-2:] == ["-e", ".[course]"] and course.state()["cpu"]
    course.environment(["course"], cpu=False)  # the small build stays
    assert len(calls(course)) == 2


def test_cpu_is_the_usual_build_on_macos(course, monkeypatch):
    monkeypatch.setattr(course.sys, "platform", "darwin")
    course.install(Path(sys.executable), ["course"], cpu=True)
    assert len(calls(course)) == 1 and course.sizes(True) == course.sizes(False)


def test_cpu_comes_too_late_for_a_folder_with_the_usual_torch(course):
    course.environment(["course"], cpu=False)
    with pytest.raises(course.Trouble, match="--cpu counts when"):
        course.environment(["course"], cpu=True)


def test_here_keeps_the_torch_that_is_there(course, monkeypatch):
    monkeypatch.setattr(course.importlib.metadata, "version", {"torch": "2.9.0+cu126", "torchvision": "0.24.0+cu126"}.__getitem__)
    fake(course, "pip", LOG + "open('pins.txt', 'w').write(open(sys.argv[-1]).read())")
    assert course.here(["course"]) == Path(sys.executable)
    assert (course.ROOT / "pins.txt").read_text("utf-8").split() == ["torch==2.9.0+cu126", "torchvision==0.24.0+cu126"]
    assert not course.VENV.exists()


def test_here_refuses_an_old_torch_and_goes_without_one(course, monkeypatch):
    monkeypatch.setattr(course.importlib.metadata, "version", lambda name: "2.8.1+cu126")
    with pytest.raises(course.Trouble, match=r"torch 2.8.1\+cu126 is installed here, the course needs torch>=2.9"):
        course.here(["course"])

    def missing(name):
        raise course.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(course.importlib.metadata, "version", missing)
    course.here(["course"])
    assert len(calls(course)) == 1


def test_here_and_cpu_exclude_each_other(course, capsys):
    assert course.main(["lab", "--cpu", "--here"]) == 1
    assert "choose one" in capsys.readouterr().err


# ---------------------------------------------------------------- the commands


@pytest.fixture
def python(course):
    """The interpreter of the environment, with fakes of the tools: each writes down its call; pytest also reports 3 tests, of which one was skipped."""
    report = '<testsuites><testsuite tests="3" failures="0" errors="0" skipped="1"/></testsuites>'
    for name in ("ruff", "mypy", "jupyterlab"):
        fake(course, name, LOG)
    fake(course, "pytest", LOG + f"open(sys.argv[-1].split('=')[1], 'w').write({report!r})")
    (course.ROOT / "notebooks").mkdir()
    (course.ROOT / "notebooks" / "ch00_welcome.ipynb").touch()
    return Path(sys.executable)


def test_all_steps_run_and_the_last_line_counts(course, python, capsys):
    assert course.test(python, False, [], []) == 0
    asked = calls(course)
    assert [call[0] for call in asked[:2]] == ["check", "format"] and len(asked) == 6
    assert asked[3][:5] == ["-q", "-n", "2", "-m", "not browser"] and "--slow" not in asked[3]
    assert str(Path("notebooks/ch00_welcome.ipynb")) in asked[4] and "--nbval-lax" in asked[4]
    assert asked[5][:3] == ["-q", "-m", "browser"]
    assert capsys.readouterr().out.splitlines()[-1].startswith("===== 9 passed, 3 skipped in ")


def test_a_failing_step_does_not_stop_the_others(course, python, capsys):
    fake(course, "ruff", LOG + "sys.exit('check' in sys.argv)")
    fake(course, "mypy", LOG + "sys.exit(2)")
    assert course.test(python, True, [], []) == 1
    assert len(calls(course)) == 6 and "--slow" in calls(course)[3]
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("===== 2 failed, 7 passed, 3 skipped in ")
    assert [line.split()[:2] for line in out.splitlines() if line.startswith(("lint", "types", "browser"))] == [["lint", "1"], ["types", "1"], ["browser", "0"]]


def test_a_pytest_that_found_nothing_has_failed(course, python, capsys):
    fake(course, "pytest", "import sys\nsys.exit(5)")
    assert course.test(python, False, ["browser"], []) == 1
    assert "1 failed in" in capsys.readouterr().out


def test_arguments_for_pytest_run_these_tests_alone(course, python):
    assert course.test(python, False, [], ["tests/spaces", "-k", "cell"]) == 0
    assert len(calls(course)) == 1 and calls(course)[0][5:8] == ["tests/spaces", "-k", "cell"]


def test_unknown_step(course, python):
    with pytest.raises(course.Trouble, match=r"lint, types, tests, notebooks, browser.*got nonsense"):
        course.test(python, False, ["nonsense"], [])


def test_lab_opens_chapter_0_without_a_browser_where_there_is_no_display(course, python, monkeypatch):
    for display, there in ((True, False), (False, True)):
        monkeypatch.setattr(course, "has_display", lambda display=display: display)
        assert course.lab(python, ["--port", "9000"]) == 0
        call = calls(course)[-1]
        assert call[1] == "--LabApp.default_url=/lab/tree/ch00_welcome.ipynb" and call[-2:] == ["--port", "9000"] and ("--no-browser" in call) == there


def test_lab_without_its_chapter(course, python):
    course.CHAPTER.unlink()
    with pytest.raises(course.Trouble, match="not complete"):
        course.lab(python, [])


def test_bench_runs_what_is_asked_for_and_reports_a_failure(course, python, capsys):
    (course.ROOT / "benchmarks").mkdir()
    fake(course, "benchmarks/good", "")
    fake(course, "benchmarks/bad", "import sys\nsys.exit(3)")
    assert course.bench(python, ["good"]) == 0 and course.bench(python, []) == 1
    assert capsys.readouterr().out.split() == ["==", "good", "==", "bad", "==", "good"]
    with pytest.raises(course.Trouble, match="called like fast"):
        course.bench(python, ["fast"])


def test_main_passes_on_what_it_does_not_know(course, monkeypatch):
    seen = []
    monkeypatch.setattr(course, "environment", lambda extras, cpu: seen.append((extras, cpu)) or Path("python"))
    monkeypatch.setattr(course, "lab", lambda python, arguments: seen.append(arguments) or 0)
    monkeypatch.setattr(course, "test", lambda *arguments: seen.append(arguments) or 0)
    assert course.main(["lab", "--cpu", "--port", "1"]) == course.main(["test", "--slow", "--only", "lint,types", "-k", "x"]) == 0
    assert seen == [(["course"], True), ["--port", "1"], (["course", "test"], False), (Path("python"), True, ["lint", "types"], ["-k", "x"])]
    assert isinstance(course.parser(), argparse.ArgumentParser)
