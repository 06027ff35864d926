"""What is installed: pyproject.toml, environment.yml, and the files that travel in a wheel and in an editable install."""

import ast
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from hatchling.build import build_editable, build_wheel
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nastutor

tomllib = pytest.importorskip("tomllib", reason="tomllib came with Python 3.11")
ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# why something other than a lower bound is needed stands in pyproject.toml
BOUNDED = {"ipywidgets": {">=7.7", "<9"}, "ipykernel": {">=6.17", "!=7.0.*"}}


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)])
def test_lower_bounds_only(line):
    requirement = Requirement(line)
    bounds = {str(bound) for bound in requirement.specifier}
    assert bounds == BOUNDED.get(requirement.name, bounds)
    assert requirement.name in BOUNDED or (len(bounds) == 1 and min(bounds).startswith(">="))


def test_environment_yml_installs_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert environment["channels"] == ["conda-forge"]
    assert conda == [f"python{PROJECT['requires-python']}", "graphviz", "python-graphviz", "pip"]
    (extras,) = [re.fullmatch(r"-e \.\[(.*)\]", line)[1].split(",") for line in pip]
    assert extras == ["course", "test"] and set(extras) <= set(EXTRAS)


OURS = {"nastutor", "tests", *(path.stem for path in (ROOT / "notebooks").glob("*.py"))}


OPTIONAL = {"ot": "POT"}  # what is called otherwise than its distribution, and may not be installed


def imported(*folders):
    """The modules of others that files in these folders import, at the top or in a function, as names of distributions."""
    trees = [ast.parse(path.read_text("utf-8")) for folder in folders for path in (ROOT / folder).glob("**/*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    tops = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - OURS
    known = packages_distributions()
    return {canonicalize_name(known.get(top, [OPTIONAL.get(top, top)])[0]) for top in tops}


def declared(*extras):
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_what_is_imported_is_declared():
    assert not imported("nastutor", "notebooks") - declared("course", "transport")
    assert not imported("tests") - declared("course", "test")
    assert {"pillow", "pyyaml", "ipython"} <= imported("nastutor", "notebooks", "tests"), "what functions import is seen"


def test_what_is_declared_is_imported():
    assert declared() - imported("nastutor") == set()


def test_course_py_knows_the_same_python_and_extras():
    text = (ROOT / "course.py").read_text("utf-8")
    least = tuple(int(part) for part in PROJECT["requires-python"].removeprefix(">=").split("."))
    assert f"sys.version_info < {least}" in text
    for extras in re.findall(r'extras = (\["[^]]*\]) if .* else (\["[^]]*\])', text)[0]:
        assert set(re.findall(r"\w+", extras)) <= set(EXTRAS)


def test_make_and_ci_call_course_py():
    make, ci = (ROOT / "Makefile").read_text("utf-8"), (ROOT / ".ci/run").read_text("utf-8")
    commands = re.findall(r'^        "(\w+)": "', (ROOT / "course.py").read_text("utf-8"), re.MULTILINE)
    assert re.search(r"\.PHONY: (.*)", make)[1].split() == ["lab", "test", "notebooks", "bench"] and {"lab", "test", "notebooks", "bench"} <= set(commands)
    assert "$(PYTHON) course.py $@" in make and "python3 course.py test" in ci


def build(backend, folder):
    """What the backend makes, unpacked; it works in the current folder, as the standard for build backends says."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        wheel = folder / backend(str(folder))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
        return archive.namelist()


def found_from(site):
    """Where a fresh process with this folder as site-packages finds the package and its data."""
    code = (
        "import sys, site; site.addsitedir(sys.argv[1]); sys.path.reverse(); import nastutor.data as d; print(d.__file__, d.data_file('README.md'), sep='\\n')"
    )
    answer = subprocess.run([sys.executable, "-I", "-c", code, str(site)], capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in answer.splitlines()]


def test_wheel_carries_the_package_and_its_data_and_nothing_else(tmp_path):
    names = build(build_wheel, tmp_path)
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").glob("**/*") if path.is_file()}
    assert {f"nastutor/{name}" for name in here} == {name for name in names if name.startswith("nastutor/data/")}
    assert any(name == f"nastutor-{nastutor.__version__}.dist-info/METADATA" for name in names)
    assert "nastutor/core.py" in names and any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"nastutor"}
    module, file = found_from(tmp_path / "site")
    assert module.is_relative_to(tmp_path) and file.samefile(tmp_path / "site/nastutor/data/README.md")


def test_editable_install_finds_the_data_of_the_checkout(tmp_path):
    build(build_editable, tmp_path)
    module, file = found_from(tmp_path / "site")
    assert module.samefile(ROOT / "nastutor/data.py") and file.samefile(ROOT / "data/README.md")
