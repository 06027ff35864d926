"""What a step of two paths keeps stays within its bar, and all paths keep several times as much."""

import nastutor as nt


def test_two_paths_keep_hardly_more_than_one(benchmark, monkeypatch):
    """Here of four blocks."""
    two_paths = benchmark("two_paths")
    monkeypatch.setattr(two_paths, "space", lambda: nt.spaces.MobileSpace((8, 16), (2, 2), (1, 2), (3, 5, 7), (3, 6)))
    one, two, all_of_them = (two_paths.Runner(way, 2).kept(0) for way in two_paths.WAYS)
    assert one < two <= two_paths.BAR * one and all_of_them > 3 * one
