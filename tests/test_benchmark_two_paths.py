"""benchmarks/two_paths.py: what a step of two paths keeps stays within its bar, and all paths keep several times as much."""

import importlib.util
from pathlib import Path

import nastutor as nt

FILE = Path(__file__).parents[1] / "benchmarks" / "two_paths.py"


def test_two_paths_keep_hardly_more_than_one(monkeypatch):
    """Here of four blocks."""
    spec = importlib.util.spec_from_file_location("benchmark_two_paths", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "space", lambda: nt.spaces.MobileSpace((8, 16), (2, 2), (1, 2), (3, 5, 7), (3, 6)))
    one, two, all_of_them = (module.Runner(way, 2).kept(0) for way in module.WAYS)
    assert one < two <= module.BAR * one and all_of_them > 3 * one
