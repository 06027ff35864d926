import os

import pytest

from nastutor.files import replace_file


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.json"
    for text in ("old", "new"):
        replace_file(path, lambda draft, text=text: draft.write_text(text))
        assert path.read_text() == text and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_what_fails_half_way_leaves_nothing(tmp_path, error):
    path = tmp_path / "a.json"
    path.write_text("old")

    def half(draft):
        assert draft.parent == tmp_path and draft != path
        draft.write_text("ne")
        raise error

    with pytest.raises(type(error)):
        replace_file(path, half)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_two_that_write_the_same_where_one_is_reading(tmp_path, monkeypatch):
    """Windows refuses to replace a file that somebody reads."""
    path = tmp_path / "a.json"
    path.write_text("as it is")

    def refused(source, target):
        raise PermissionError

    monkeypatch.setattr(os, "replace", refused)
    replace_file(path, lambda draft: draft.write_text("as it is"), same=True)
    with pytest.raises(PermissionError):
        replace_file(path, lambda draft: draft.write_text("another"))
    with pytest.raises(PermissionError):
        replace_file(tmp_path / "b.json", lambda draft: draft.write_text("new"), same=True)
    assert list(tmp_path.iterdir()) == [path]
