"""What papers claim, tested again on tables: each claim with its test, its settings and its margin stated beforehand; outcomes are printed as they are.

>>> import nastutor as nt
>>> outcomes = [claim.run("digits-tiny", seeds=10) for claim in nt.claims.CLAIMS]
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"base": ["Claim", "Finding", "Outcome"], "listed": ["CLAIMS", "claim"]})
