"""What to try next: one file per idea. Each is an ask/tell object over a space and knows nothing of estimators."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "random": ["RandomSearch"],
        "evolution": ["RegularizedEvolution"],
        "tournament": ["TournamentEvolution"],
        "nsga2": ["NSGA2"],
        "lemonade": ["LEMONADE"],
        "climb": ["HillClimbing"],
        "nash": ["NASH"],
        "reinforce": ["REINFORCE"],
        "tpe": ["TPE"],
        "smac": ["SMAC"],
        "gaussian_process": ["GaussianProcess"],
        "graph_bo": ["AutoKeras", "NASBOT"],
        "ngrams": ["NGramSMBO"],
        "qlearning": ["QLearning"],
        "tree": ["MCTS"],
        "one_shot": ["OneShot"],
        "perturbation": ["Perturbation"],
        "enas": ["ENAS"],
        "ppo": ["PPO"],
        "eas": ["EAS"],
        "path_level_eas": ["PathLevelEAS"],
        "relaxed": ["DARTS", "GDAS", "SNAS"],
        "proxyless": ["ProxylessNAS", "ProxylessREINFORCE"],
        "das": ["DAS"],
        "perturbation_darts": ["PerturbationDARTS"],
        "mask_connect": ["MaskConnect"],
    },
)
