"""nastutor: neural architecture search to learn from. `import nastutor as nt`; heavy libraries load on first use."""

import lazy_loader

from nastutor.version import __version__  # noqa: F401

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["claims", "comparing", "edits", "estimators", "kernels", "papers", "pareto", "plot", "spaces", "tasks", "testing", "widgets"],
    submod_attrs={
        "values": ["Arch", "Edit", "Mixture", "Record", "Result", "Trial"],
        "history": ["History"],
        "core": ["Finished", "Staged", "Strategy"],
        "loop": ["search"],
        "workers": ["Workers"],
        "simulation": ["simulate"],
        "scales": ["scale"],
        "drawing": ["draw"],
        "published": ["zoo"],
        "checks": ["check", "source"],
        "strategies": [
            "AutoKeras",
            "NASBOT",
            "DARTS",
            "DAS",
            "EAS",
            "GDAS",
            "GaussianProcess",
            "HillClimbing",
            "LEMONADE",
            "MCTS",
            "NASH",
            "NGramSMBO",
            "NSGA2",
            "OneShot",
            "Perturbation",
            "ENAS",
            "MaskConnect",
            "PerturbationDARTS",
            "ProxylessREINFORCE",
            "PPO",
            "PathLevelEAS",
            "ProxylessNAS",
            "QLearning",
            "REINFORCE",
            "RandomSearch",
            "RegularizedEvolution",
            "SMAC",
            "SNAS",
            "TPE",
            "TournamentEvolution",
        ],
    },
)
