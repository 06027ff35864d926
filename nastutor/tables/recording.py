"""`Recording`: training that also notes what a table keeps and no search may see."""

from __future__ import annotations

from typing import Any

from nastutor.estimators.fit import Fit
from nastutor.estimators.train import Train
from nastutor.values import Trial


class Recording(Train):
    """`Train`, with the test error after each epoch in `info["test_curve"]`: for makers of tables, not for searches. It changes no other number."""

    splits = ("valid", "test")

    def _info(self, fit: Fit, effective: Trial) -> dict[str, Any]:
        return {**super()._info(fit, effective), "test_curve": fit.curves["test"]}
