"""One function for each paper that is complete: it composes a space, a strategy and an estimator with the paper's settings.

A paper gets its function when everything it needs is there; `nastutor.papers` says how far each one is.
"""
