"""Nothing that the package offers escapes the contracts: what is exported is listed in parts.py, what is written is exported."""

import importlib
import inspect
import pkgutil

import pytest

import nastutor as nt
from nastutor import strategies
from tests.contracts.parts import CONNECTING, ESTIMATORS, GRAPHIC, OPEN, OWN, RELAXED, SIZING, SPACES, STRATEGIES, kinds


def answers(kind):
    """Whether calling an instance is an answer to a trial: by what it does, not by what it derives from."""
    return any("__call__" in vars(base) for base in kind.__mro__)


def samples(kind):
    return hasattr(kind, "sample") and hasattr(kind, "validate")


# package -> (which of its classes are parts of that kind, those that the contracts try)
LISTED = {
    strategies: (
        lambda kind: hasattr(kind, "ask"),
        {part.kind for part in (*(STRATEGIES | GRAPHIC).values(), *RELAXED.values(), *(CONNECTING | SIZING).values(), *OWN.values())},
    ),
    nt.spaces: (lambda kind: True, kinds([*SPACES.values(), *OPEN.values()])),
    nt.estimators: (answers, kinds(make() for make in ESTIMATORS.values()) | {nt.estimators.SharedWeights}),  # it remembers: test_relaxed.py tries it
}


def left_out(package):
    """The parts that a package exports and no contract tries."""
    counts, listed = LISTED[package]
    exported = [getattr(package, name) for name in package.__all__]
    return {kind.__name__ for kind in exported if isinstance(kind, type) and counts(kind)} - {kind.__name__ for kind in listed}


@pytest.mark.parametrize("package", LISTED, ids=lambda package: package.__name__)
def test_every_part_that_is_exported_is_tried(package):
    assert not left_out(package), "enter it in tests/contracts/parts.py"


@pytest.mark.parametrize("package", LISTED, ids=lambda package: package.__name__)
def test_a_part_that_is_exported_and_not_listed_is_found(package, monkeypatch):
    new = type("New", (), {"ask": None, "sample": None, "validate": None, "__call__": lambda self, trial: None})
    monkeypatch.setattr(package, "New", new, raising=False)
    monkeypatch.setattr(package, "__all__", [*package.__all__, "New"])
    assert left_out(package) == {"New"}


def unexported(package, is_part):
    """The parts that are written in a package and not exported, but for bases: a base has exported parts that derive from it."""
    modules = [importlib.import_module(f"{package.__name__}.{module.name}") for module in pkgutil.iter_modules(package.__path__)]
    exported = [kind for name in package.__all__ if isinstance(kind := getattr(package, name), type)]
    written = {
        kind
        for module in modules
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and not name.startswith("_") and is_part(kind)
    }
    assert written
    return {kind.__name__ for kind in written - set(exported) if not any(issubclass(other, kind) for other in exported)}


WRITTEN = {strategies: lambda kind: issubclass(kind, nt.Strategy), nt.spaces: samples, nt.estimators: answers}


@pytest.mark.parametrize("package", WRITTEN, ids=lambda package: package.__name__)
def test_every_part_that_is_written_is_exported(package):
    assert not unexported(package, WRITTEN[package])


@pytest.mark.parametrize("package", WRITTEN, ids=lambda package: package.__name__)
def test_a_part_that_is_written_and_not_exported_is_found_and_a_base_is_not(package, monkeypatch):
    found = next(kind for name in package.__all__ if isinstance(kind := getattr(package, name), type) and WRITTEN[package](kind))
    module = importlib.import_module(found.__module__)
    monkeypatch.setattr(module, "New", type("New", (found,), {"__module__": module.__name__}), raising=False)
    assert unexported(package, WRITTEN[package]) == {"New"}
    monkeypatch.setattr(package, "Newer", type("Newer", (module.New,), {}), raising=False)
    monkeypatch.setattr(package, "__all__", [*package.__all__, "Newer"])
    assert not unexported(package, WRITTEN[package])
