"""The shape of the package: which way imports run, what loads when, which names `nt.` offers, how long files are."""

import ast
import functools
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import nastutor

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "nastutor"
MODULES = sorted(PACKAGE.glob("**/*.py"))

# Imports run from right to left only. Inside one row a module may import its neighbour, as long as no circle comes of it.
LAYERS = [
    ("describe", "files", "frontend", "inputs", "pareto", "rng", "scales", "data", "version"),
    ("values",),
    ("history",),
    ("core",),
    ("evaluate", "progress", "journal", "limits", "sending", "replay", "workers", "simulation", "loop"),
    ("nets",),
    ("tasks",),
    ("edits", "spaces"),
    ("hypernets",),
    ("kernels",),
    ("estimators", "strategies"),
    ("comparing",),
    ("tables",),
    ("methods", "reading", "papers", "published", "claims"),
    ("pictures", "plot", "drawing", "sources", "outcomes", "checks", "exercises", "testing", "widgets"),
    ("__init__", "__main__"),
]
# What History needs of the journal it imports when it is asked to read one.
UPWARDS = {("history", "journal")}
HEAVY = {
    "torch",
    "torchvision",
    "pandas",
    "matplotlib",
    "sklearn",
    "scipy",
    "networkx",
    "graphviz",
    "ipywidgets",
    "IPython",
    "hypothesis",
    "dask",
    "safetensors",
}
# The builders, the training and the strategy with a network inside; they are imported when something is built or trained.
TENSORS = {
    *("nets/build.py", "nets/lanes.py", "nets/bundle.py", "nets/mixed.py", "nets/nested.py", "nets/fused.py"),
    *("nets/depthwise.py", "nets/rnn.py", "nets/generated.py", "nets/shaking.py", "nets/first_weights.py", "estimators/solvers.py"),
    *("hypernets/bank_weights.py", "hypernets/chunks.py", "hypernets/graph_weights.py", "hypernets/messages.py"),
    *("estimators/fit.py", "estimators/fit_bundle.py", "estimators/fit_shared.py", "estimators/fit_hyper.py", "estimators/device.py", "estimators/store.py"),
    *(
        "strategies/relaxed.py",
        "strategies/das.py",
        "strategies/proxyless.py",
        "strategies/controller.py",
        "strategies/enas.py",
        "strategies/perturbation_darts.py",
    ),
    *("strategies/policy.py", "strategies/reinforce.py", "strategies/meta_controller.py"),
    *("strategies/ppo.py", "strategies/eas.py", "strategies/tree_lstm.py", "strategies/path_level_eas.py"),
}
NAMES = {
    *("Arch", "Mixture", "Edit", "Trial", "Result", "Record", "History", "Strategy", "Staged", "Finished"),
    *("search", "Workers", "simulate", "scale", "draw", "check", "source", "zoo"),
    *("TournamentEvolution", "NSGA2", "LEMONADE", "NASBOT", "AutoKeras"),
    *("RandomSearch", "RegularizedEvolution", "HillClimbing", "NASH", "EAS", "PathLevelEAS", "REINFORCE", "TPE", "SMAC", "MCTS", "QLearning", "NGramSMBO"),
    *("GaussianProcess", "OneShot", "Perturbation", "ENAS", "PPO", "DARTS", "DAS", "SNAS", "GDAS", "ProxylessNAS"),
    *("MaskConnect", "PerturbationDARTS", "ProxylessREINFORCE"),
    *("tasks", "edits", "spaces", "kernels", "estimators", "comparing", "claims", "papers", "pareto", "plot", "testing", "widgets"),
}


def part(path: Path) -> str:
    """The top-level module or package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path), feature_version=(3, 10))


def imported(nodes) -> set[str]:
    """Full names of the modules that these statements import: a.b of `from a.b import c`, unless c is a module itself, then a.b.c."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                found.add(inner if (ROOT / f"{inner.replace('.', '/')}.py").exists() or (ROOT / inner.replace(".", "/")).is_dir() else node.module)
    return found


def at_import(tree: ast.Module):
    """The statements that run when a module is loaded: not those in functions, not those for type checkers."""
    todo = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            continue
        yield node
        todo.extend(ast.iter_child_nodes(node))


def run(code: str, *arguments: str) -> str:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---------------------------------------------------------------- imports


def test_every_module_has_its_place():
    assert {part(path) for path in MODULES} <= {name for row in LAYERS for name in row}


def reached(tree: ast.Module) -> set[str]:
    """The parts of the package that a module reaches, wherever in it; `__init__` where it takes nastutor itself, through which everything is to be had."""
    parts = {(name.split(".") + ["__init__"])[1] for name in imported(ast.walk(tree)) if name.split(".")[0] == "nastutor"}
    plain = (name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names)
    bound = any(name.name.split(".")[0] == "nastutor" and name.asname is None for name in plain)  # `import nastutor.x` binds nastutor
    return parts | {"__init__"} if bound else parts


def wrong_way(me: str, others: set[str]) -> set[str]:
    """Those of the others that stand above `me`."""
    rank = {name: number for number, row in enumerate(LAYERS) for name in row}
    return {other for other in others - {me} if rank.get(other, rank["__init__"]) > rank[me]} - {to for start, to in UPWARDS if start == me}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path):
    me, others = part(path), reached(tree_of(path))
    wrong = wrong_way(me, others)
    assert not wrong, f"{me} imports {', '.join(sorted(wrong))}, which stand(s) above it"
    assert not (me in ("strategies", "estimators") and (others - {me}) & {"strategies", "estimators"}), "strategies and estimators know nothing of each other"


@pytest.mark.parametrize(
    "line, above",
    [
        ("import nastutor as nt", {"__init__"}),
        ("from nastutor import search", {"__init__"}),
        ("import nastutor.rng", {"__init__"}),
        ("from nastutor import loop", {"loop"}),
        ("import nastutor.loop as loop", {"loop"}),
        ("from nastutor.version import __version__", set()),
    ],
)
def test_imports_the_other_way_are_found_in_functions_too(line, above):
    assert wrong_way("rng", reached(ast.parse(f"def late():\n    {line}"))) == above


def test_no_circles_at_import():
    names = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES}
    graph = {name: imported(at_import(tree_of(path))) & set(names.values()) - {name} for path, name in names.items()}
    list(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_heavy_libraries_load_on_first_use(path):
    loaded = {name.split(".")[0] for name in imported(at_import(tree_of(path)))} & HEAVY
    assert not loaded or path.relative_to(PACKAGE).as_posix() in TENSORS, f"loads {', '.join(loaded)} at import"


def test_importing_nastutor_is_quick_and_loads_nothing_heavy():
    code = "import time; t = time.perf_counter(); import nastutor; print(time.perf_counter() - t); import sys; print(*sys.modules)"
    seconds, modules = zip(*(run(code).split("\n", 1) for _ in range(3)), strict=True)
    assert min(map(float, seconds)) < 0.3
    assert not HEAVY & set(modules[0].split()) and "nastutor.core" not in modules[0].split()


THINKING = """
import sys, tempfile

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
import nastutor as nt

space = nt.spaces.CellSpace(nodes=3)
with tempfile.TemporaryDirectory() as folder:
    table = nt.estimators.Table("digits-tiny")
    history = nt.search(nt.RegularizedEvolution(table.space, population=6, sample=3), table, trials=20, journal=f"{folder}/a.sqlite")
    assert [r.trial for r in nt.History.load(f"{folder}/a.sqlite")] == [r.trial for r in history] and len(history) == 20
function = nt.search(nt.HillClimbing(space), lambda trial: nt.Result({"error": int(trial.key[:4], 16) / 65536}), trials=20)
graph = space.graph(history.best().trial.arch, nt.tasks.digits())
assert len(function) == 20 and graph.counts().params > 0 and nt.draw(graph)._repr_svg_()
assert nt.spaces.ChainSpace().graph(nt.spaces.ChainSpace().sample(0), nt.tasks.digits()).counts().mult_adds > 0
print("thought")
"""


def test_thinking_needs_no_tensors():
    assert run(THINKING) == "thought\n"


# ---------------------------------------------------------------- names


def test_the_names_that_nt_offers():
    assert set(nastutor.__all__) == NAMES == set(dir(nastutor)) & NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_resolves(name):
    assert getattr(nastutor, name) is not None


def test_no_module_is_called_like_a_public_function():
    packages = {"tasks", "edits", "spaces", "kernels", "estimators", "comparing", "claims", "papers", "pareto", "plot", "testing", "widgets"}
    assert not (NAMES - packages) & {path.stem for path in PACKAGE.glob("*.py")}


# ---------------------------------------------------------------- tests

# Modules without a test file of their own, and where else they are tested.
TESTED_ELSEWHERE = {
    **dict.fromkeys(("reading/directions.py", "reading/estimating.py", "reading/searching.py"), "data: test_papers.py looks at each paper"),
    **dict.fromkeys(
        ("published/amoebanet.py", "published/pnasnet.py", "published/smash.py", "published/tree_cells.py"),
        "data: published/test_zoo.py counts each network, spaces/test_memory_banks.py has SMASH's sizes",
    ),
    **dict.fromkeys(("published/residual.py", "published/vectors.py", "published/vision.py"), "data: the tests of their spaces count what is decided"),
    **dict.fromkeys(
        tuple(
            f"claims/{name}.py"
            for name in ("autonets", "banks", "connecting", "fabrics", "motifs", "policies", "prices", "recorded", "single_paths", "sizing", "transforming")
        ),
        "records: claims/test_records.py makes a line of each, and tries each claim either way",
    ),
    "replay.py": "half of the journal: test_journal.py kills searches and goes on",
    "version.py": "one line, compared with the wheel's: test_packaging.py",
    "nets/lanes.py": "one kernel for each operation: nets/test_bundle.py compares each of them with the operation alone",
    **dict.fromkeys(("nets/first_weights.py", "estimators/solvers.py"), "what AutoNetSpace decides: spaces/test_autonet.py tries each of them"),
    "nets/shake_ops.py": "the operations of shaking.py: nets/test_shaking.py tries both together",
    "nets/op.py": "what operations have in common: nets/test_ops.py tries each of them",
    "tables/recipes.py": "data: tables/test_make.py makes tables of recipes",
    "testing/drive.py": "what the suites are made of: testing/test_strategy.py has a strategy for each rule that breaks it",
}


def mirror(path: Path) -> Path:
    """Where the tests of a module lie: tests/a/test_b.py for nastutor/a/b.py."""
    inside = path.relative_to(PACKAGE)
    return ROOT / "tests" / inside.parent / f"test_{inside.stem.strip('_')}.py"


def test_tests_mirror_the_package():
    modules = {path.relative_to(PACKAGE).as_posix(): path for path in MODULES if path.stem != "__init__"}
    missing = {name for name, path in modules.items() if not mirror(path).exists()}
    assert missing == set(TESTED_ELSEWHERE), "each module has its test file, or stands in TESTED_ELSEWHERE with the reason"


# ---------------------------------------------------------------- sizes and leftovers


def written() -> list[Path]:
    """The files that people write, all under version control; without git, what lies in the folders that are ours."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        return [ROOT / name for name in listed if name and (ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        folders = ("nastutor", "tests", "benchmarks", "notebooks", "data")
        return [path for folder in folders for path in (ROOT / folder).glob("**/*") if path.is_file() and "__pycache__" not in path.parts]


CODE = [path for path in written() if path.suffix == ".py" and "source" not in path.parts]


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_are_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 350
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = len((ast.get_docstring(node) or "").splitlines())
            assert node.end_lineno - node.lineno + 1 - said <= 60, f"{node.name} in line {node.lineno} is longer than 60 lines"


def test_nothing_of_one_machine_and_nothing_left_open():
    machine, index = re.compile(r"(?<![\w.])/(?:tmp|work|farm|root|opt)/\w"), re.compile(r"pypi[.]org|python" + "hosted")
    unfinished = re.compile("TO" + "DO|FIX" + "ME|NotImplemented" + "Error")
    for path in written():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:  # a picture or a table
            continue
        found = machine.search(text) or index.search(text) or (path.suffix == ".py" and unfinished.search(text))
        assert not found, f"{path.relative_to(ROOT)} holds {found[0]!r}"
