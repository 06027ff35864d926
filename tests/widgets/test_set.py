"""Panels whose search can be set anew: what is refused changes nothing."""

import pytest

import nastutor as nt
from nastutor.widgets.acquisition import AcquisitionMap
from nastutor.widgets.densities import Densities
from nastutor.widgets.lives import Lives
from nastutor.widgets.pareto_front import ParetoFront

TABLE = nt.estimators.Table("digits-tiny")
PANELS = {
    "acquisition": (lambda: AcquisitionMap(TABLE.space, TABLE, 12), {"acquisition": "thompson", "beta": -1}),
    "densities": (lambda: Densities(TABLE.space, TABLE, 12), {"gamma": 0, "distinct": 1}),
    "lives": (lambda: Lives(TABLE.space, TABLE, 20), {"sample": 1, "remove": "youngest"}),
    "pareto": (lambda: ParetoFront(TABLE.space, TABLE, 12, lambda arch: {"length": len(arch.choices)}), {"density": "all"}),
}


@pytest.mark.parametrize("name", PANELS)
def test_what_is_refused_leaves_the_panel_as_it_was(name):
    make, wrong = PANELS[name]
    view = make()
    state, shown = {option: getattr(view, option) for option in wrong}, view.alt
    for option, value in wrong.items():
        with pytest.raises(ValueError, match=f"`{option}` is {value!r}"):
            view.set(**{option: value})
        assert {option: getattr(view, option) for option in wrong} == state
        view.go(view.at)
        assert view.alt == shown
