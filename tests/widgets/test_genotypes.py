import re

import pytest

from nastutor.widgets import Genotypes


@pytest.mark.parametrize("name", Genotypes.names())
def test_each_page_has_cells_text_and_table(name):
    page = Genotypes(name).page()
    said = re.sub("<[^>]+>", " ", page)
    assert name in said and "parameters" in said and 1 <= page.count("<figure") <= 2 and 'alt="Cell of' in page
    assert len(Genotypes(name).static()) < 60_000


def test_the_menu_changes_the_page():
    owner = Genotypes("DARTS_V1")
    _, menu, shown = owner.widget().children
    assert menu.options == Genotypes.names() and "3,169,414" in shown.value
    menu.value = "DARTS_V2"
    assert owner.name == "DARTS_V2" and "3,349,342" in shown.value and "dilsep3" in owner.alt
    assert owner.widget() is owner.widget()


def test_bad_input():
    with pytest.raises(ValueError, match="`name` is 'NASNet-B'; allowed are NASNet-A, AmoebaNet-A"):
        Genotypes("NASNet-B")
