"""Does a part keep the rules? `check_strategy`, `check_space`, `check_estimator` say it of any part, one's own above all.

Each raises AssertionError at the first rule that is broken; its first line names the rule and how to keep it. They need no pytest.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "compatible": ["compatibility"],
        "estimator": ["check_estimator"],
        "rules": ["RULES"],
        "space": ["check_space"],
        "strategy": ["check_strategy"],
    },
)
