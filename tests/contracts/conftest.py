"""Another process, for all who want one: it is started once."""

import pytest

from nastutor.testing.elsewhere import Elsewhere


@pytest.fixture(scope="session")
def elsewhere():
    with Elsewhere() as other:
        yield other
