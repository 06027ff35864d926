"""How the tables that `nt.estimators.Table` reads are made: `python -m nastutor tables make NAME`."""
