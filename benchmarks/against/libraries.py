"""Searches of Optuna, SMAC3 and syne-tune behind `ask` and `tell`. None of them is a dependency: each says what it lacks.

All get the natural encoding of a space, each decision a category with its options. Optuna is asked for a decision only where the space asks
for it, the others for all of them. CMA-ES knows no categories and gets the number of the option as a whole number. Defaults otherwise.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import nastutor as nt

IMPORTS = {"optuna": "optuna", "cmaes": "cmaes", "smac": "smac", "syne-tune": "syne_tune"}


class Rival(nt.Strategy):
    """A library's search behind `ask` and `tell`; `package` is what it needs, `settings` how a record says that it is called."""

    package, settings = "", ""
    needs = ("walk", "sites")

    def __init__(self, space: Any, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        if (why := missing(type(self))) is not None:
            raise ImportError(why)
        self.sites = {name: list(options) for name, options in space.sites().items()}
        self.asked: dict[str, list[Any]] = {}  # key of a trial -> what the library calls it, each time that it was asked

    def arch(self, number_of: Callable[[str], int]) -> nt.Arch:
        """The architecture with the options of these numbers; where the space does not offer one, its first."""

        def choose(name: str, options: Any) -> Any:
            option = self.sites[name][number_of(name)]
            return option if option in options else options[0]

        return self.space.walk(choose)

    def numbers(self, arch: nt.Arch) -> dict[str, int]:
        """The number of the option of each decision; 0 where it is not asked for."""
        return dict.fromkeys(self.sites, 0) | {name: self.sites[name].index(option) for name, option in arch.choices}

    def trial(self, arch: nt.Arch, own: Any) -> nt.Trial:
        trial = nt.Trial(arch)
        self.asked.setdefault(trial.key, []).append(own)
        return trial

    def own(self, trial: nt.Trial) -> Any:
        """What the library calls it; None for a trial that it did not ask for."""
        return waiting.pop(0) if (waiting := self.asked.get(trial.key)) else None


class OptunaTPE(Rival):
    """Optuna's TPESampler."""

    package, sampler, numeric = "optuna", "TPESampler", False
    settings = "TPESampler(), categories, asked for where the space asks"

    def __init__(self, space: Any, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.optuna, self.kinds = optuna, optuna.distributions
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some samplers are called experimental
            self.study = optuna.create_study(sampler=getattr(optuna.samplers, self.sampler)(seed=seed))

    def distribution(self, name: str) -> Any:
        count = len(self.sites[name])
        return self.kinds.IntDistribution(0, count - 1) if self.numeric else self.kinds.CategoricalDistribution(tuple(range(count)))

    def ask(self) -> nt.Trial:
        own = self.study.ask()
        return self.trial(self.arch(lambda name: own._suggest(name, self.distribution(name))), own)

    def tell(self, trial: nt.Trial, result: nt.Result) -> None:
        own, state = self.own(trial), self.optuna.trial.TrialState
        if own is not None:
            self.study.tell(own, result.error if result.usable else None, state=state.COMPLETE if result.usable else state.FAIL)
        elif result.usable:
            taken = {name: self.numbers(trial.arch)[name] for name, _ in trial.arch.choices}
            kinds = {name: self.distribution(name) for name in taken}
            self.study.add_trial(self.optuna.trial.create_trial(params=taken, distributions=kinds, value=result.error))


class OptunaGP(OptunaTPE):
    """Optuna's GPSampler."""

    sampler = "GPSampler"
    settings = "GPSampler(), categories, asked for where the space asks"


class OptunaCMAES(OptunaTPE):
    """Optuna's CmaEsSampler over the numbers of the options."""

    package, sampler, numeric = "optuna cmaes", "CmaEsSampler", True
    settings = "CmaEsSampler(), numbers of the options, asked for where the space asks"


class SMAC3(Rival):
    """SMAC3's hyperparameter optimisation facade, asked and told; one run an architecture."""

    package = "smac"
    settings = "HyperparameterOptimizationFacade(deterministic, 100 trials), categories, all of them"

    def __init__(self, space: Any, *, seed: int = 0, trials: int = 100) -> None:
        super().__init__(space, seed=seed)
        from ConfigSpace import Categorical, ConfigurationSpace
        from smac import HyperparameterOptimizationFacade, Scenario

        self.configs = ConfigurationSpace(seed=seed)
        self.configs.add([Categorical(name, list(range(len(options)))) for name, options in self.sites.items()])
        self.folder = tempfile.TemporaryDirectory(prefix="rivals-")
        scenario = Scenario(self.configs, output_directory=self.folder.name, deterministic=True, n_trials=trials, seed=seed)
        self.smac = HyperparameterOptimizationFacade(scenario, lambda config, seed=0: 0.0, overwrite=True, logging_level=False)

    def ask(self) -> nt.Trial:
        from smac.main.exceptions import ConfigurationSpaceExhaustedException

        try:
            own = self.smac.ask()
        except (ConfigurationSpaceExhaustedException, StopIteration):
            raise nt.Finished("SMAC3 has asked for every architecture, or for as many as it was made for") from None
        return self.trial(self.arch(lambda name: int(own.config[name])), own)

    def tell(self, trial: nt.Trial, result: nt.Result) -> None:
        from ConfigSpace import Configuration
        from smac.runhistory import StatusType, TrialInfo, TrialValue

        own = self.own(trial) or TrialInfo(Configuration(self.configs, self.numbers(trial.arch)), seed=0)
        status = StatusType.SUCCESS if result.usable else StatusType.CRASHED
        self.smac.tell(own, TrialValue(result.error if result.usable else 1.0, status=status))


class SyneTuneKDE(Rival):
    """syne-tune's kernel density searcher, the model of BOHB, which it calls TPE."""

    package, searcher = "syne-tune", "kde"
    settings = "kde, categories, all of them"

    def __init__(self, space: Any, *, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        from syne_tune.config_space import choice
        from syne_tune.optimizer.schedulers.searchers.searcher_factory import searcher_cls

        self.number = 0
        self.search = searcher_cls(self.searcher)({name: choice(list(range(len(options)))) for name, options in self.sites.items()}, random_seed=seed)

    def ask(self) -> nt.Trial:
        config = self.search.suggest()
        if config is None:
            raise nt.Finished("syne-tune has asked for every architecture")
        return self.trial(self.arch(config.__getitem__), config)

    def tell(self, trial: nt.Trial, result: nt.Result) -> None:
        config = self.own(trial) or self.numbers(trial.arch)
        if result.usable:
            self.number += 1
            self.search.on_trial_complete(self.number, config, result.error)


class SyneTuneREA(SyneTuneKDE):
    """syne-tune's regularised evolution."""

    searcher = "regularized_evolution"
    settings = "regularized_evolution, categories, all of them"


RIVALS: dict[str, type[Rival]] = {
    "Optuna TPE": OptunaTPE,
    "Optuna GP": OptunaGP,
    "Optuna CMA-ES": OptunaCMAES,
    "SMAC3": SMAC3,
    "syne-tune KDE": SyneTuneKDE,
    "syne-tune REA": SyneTuneREA,
}


def missing(rival: type[Rival]) -> str | None:
    """What `rival` lacks, in words; None where it can run."""
    lacking = [package for package in rival.package.split() if importlib.util.find_spec(IMPORTS[package]) is None]
    return f"{rival.__name__} needs {' and '.join(lacking)}, which is not installed: pip install {' '.join(lacking)}" if lacking else None


def versions(rival: type[Rival]) -> dict[str, str]:
    """Package -> version, of those that `rival` needs."""
    return {package: importlib.metadata.version(package) for package in rival.package.split()}
