import sys
from types import SimpleNamespace

import pytest

from nastutor.frontend import running_kernel


@pytest.mark.parametrize(("shell", "kernel"), [(None, None), (SimpleNamespace(), None), (SimpleNamespace(kernel="kernel"), "kernel")])
def test_only_a_notebook_has_a_kernel(monkeypatch, shell, kernel):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert running_kernel() == kernel


def test_nobody_asks_ipython_where_it_is_not_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert running_kernel() is None and "IPython" not in sys.modules
