"""data_file in this checkout; tests/test_packaging.py tries it in a wheel and in an editable install."""

import pytest

from nastutor import data


def test_finds_a_file_and_says_what_there_is_instead():
    assert data.data_file("README.md").read_text("utf-8").startswith("# data")
    with pytest.raises(FileNotFoundError, match=r"no 'nothing\.npz' in `data/`; there are .*README\.md"):
        data.data_file("nothing.npz")


@pytest.mark.parametrize("name", ["../pyproject.toml", "a/../../pyproject.toml"])
def test_never_leaves_its_folder(name):
    with pytest.raises(ValueError, match="`name`"):
        data.data_file(name)
