"""The rules that the parts of a search keep, each with what to do about it, and how to say that one is broken."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

RULES = {
    # strategies
    "made by cls(space, seed=...)": "let __init__ take `space` first and `seed` by name, with a default for everything else",
    "same seed, same trials": "the seed decides everything: draw from self.rng, and loop over no set",
    "same trials in another process": "nothing may depend on the process: sort sets before looping over them, use no hash() and no id()",
    "other seeds, other trials": "the seed reaches every draw: pass it to super().__init__ and draw from self.rng",
    "global generators stay untouched": "not even for a moment: draw from self.rng, or from a generator of nastutor.rng",
    "answers in any order": "tell takes answers in any order, with others in flight: keep what a trial needs later under trial.key",
    "answers it did not ask for": "tell takes trials that ask never gave: learn from them or leave them",
    "failed trials do not end a search": "tell looks at result.status before it reads the error, and ask goes on",
    "stopped trials are answers": "a training stopped early has an honest error: learn where result.usable, or leave it",
    "failed trials teach no error": "learn only where result.usable: a failed result may carry an error, say of a training that diverged later",
    "tell does not change what it is told": "trial and result belong to the history too: copy what is to be changed",
    "ask gives a Trial or None": "or it raises Finished when there is no more",
    "None only while something is in flight": "nobody would ever tell it more: raise Finished, or ask for something",
    "None changes nothing": "an ask that gives None leaves the strategy as it was: return None before drawing or counting",
    "the same events, the same next trial": "a journal replays asks and tells: keep all state in self, compare trials by key or value",
    "proposals are architectures of the space": "change architectures through the space's own methods only",
    "unfit spaces are refused at once": "name every method of the space that it uses in `needs`, and call super().__init__(space, seed=seed)",
    "recommend gives an architecture of the space": "return history.best().trial.arch or one of your own that the space accepts",
    "recommend gives the best": "leave it to nt.Strategy, or define recommend in the class",
    "equal settings, equal fingerprints": "pass plain values to the constructor",
    # spaces
    "same seed, same architectures": "draw from the rng that is given, and loop over no set",
    "closed under its own methods": "what sample, mutate, crossover and neighbours give is accepted by validate",
    "mutate changes something": "a mutant differs from its parent; a space with nothing to change raises ValueError",
    "mutate tells its edit": "a space with edits gives (child, edit) by mutate, with edit(arch) == child, and the edit goes through JSON",
    "edits lead to other architectures": "start() gives one of the space, and each of edits(arch, rng) leads from `arch` to another one of it",
    "mutate changes one decision": "the others stay as they are, unless they appear, vanish or have become illegal by the change",
    "mutate draws from its rng": "other seeds give other mutants: draw decision and option from the rng that is given",
    "neighbours are others, each once": "leave out the architecture itself and what was listed before",
    "neighbours are one step away": "each differs in one decision, and none that mutate reaches is left out; two architectures or more have neighbours",
    "crossover takes from both parents": "each decision comes from one of them, drawn by the rng that is given, wherever one of theirs is legal",
    "enumeration gives each architecture once": "len(space), or `size`, is how many architectures iterating gives, all of them different and valid",
    "encode tells architectures apart": "one number of columns for all, another code for each architecture",
    "encode gives finite numbers": "neither NaN nor infinity: zeros for decisions that are absent",
    "canonical gives the first of the same": "canonical(arch) is in the space, no later in the enumeration than arch, and its own canonical form",
    "canonical is the same network": "merge architectures only where, weights renamed, their graphs compute the same",
    "canonical merges equal networks": "one canonical form where simplified graphs differ by names alone; what is too dear is said in the text `unmerged`",
    "JSON keeps architectures": "decisions hold None, bool, int, float, str and tuples of them, so that Arch.from_json(arch.to_json()) == arch, types included",
    "graphs can be built": "graph(arch, task) gives a LayerGraph whose module maps a batch of images to one row of class scores each",
    "graphs show the architecture": "graph(arch, task) is made of the decisions of `arch`: each of them alters some graph",
    "a supernet holds every architecture": "supernet(task).sites is mixture_sites(), and the options chosen(arch) lead through it to graph(arch, task)",
    "discretize undoes one_hot": "discretize(one_hot(arch)) is the same network as arch",
    "architectures of other spaces are refused": "raise ValueError that names the decision that does not fit",
    # estimators
    "same trial, same result": "seed everything by child_seed(self.seed, trial.key)",
    "the order of trials does not matter": "nothing is left over from one trial to the next: no running generator, no counter",
    "equal architectures, equal results": "evaluate space.canonical(arch), and seed by it",
    "results are Results": "return nt.Result(metrics, ...), or raise",
    "errors are finite": "an ok result has a finite error; otherwise return Result.failed(reason)",
    "costs are not negative": "cost is counted in epochs of the full task, from 0",
    "a resumed trial costs the difference": "`warm_start` with the same arch and no edit goes on: charge what is added, or leave it out of `gives`",
    "many answers as one by one": "many(trials) gives one Result for each, in order, equal to that of a call",
    "test error steers nothing": "give it in final(arch) alone, never as a metric (chapter 4)",
    "gives what it says": "each metric named in `gives` is in the metrics of an ok result; `curve` and `budget` hold what they promise",
    "can be sent to another process": "keep open files, locks and lambdas that hold them out of the estimator's attributes",
}


def broken(rule: str, who: str, detail: str = "", cause: BaseException | None = None) -> NoReturn:
    """Raises AssertionError: first line the rule and how to keep it, then what happened."""
    raise AssertionError(f"{who} breaks the rule '{rule}': {RULES[rule]}\n{detail}".rstrip()) from cause


@contextmanager
def kept(rule: str, who: str, doing: str) -> Iterator[None]:
    """Whatever is raised inside breaks `rule`."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        broken(rule, who, f"{doing} raised {type(error).__name__}: {error}", error)


SEEDING = {
    "random": ("seed", "setstate"),
    "numpy.random": ("seed", "set_state"),
    "torch": ("manual_seed", "seed", "set_rng_state"),
    "torch.random": ("manual_seed", "seed", "set_rng_state"),
}


@contextmanager
def generators_untouched(who: str) -> Iterator[None]:
    """Inside, the global generators of random, numpy and torch (those that are loaded) are neither drawn from nor seeded, put back or not."""
    calls: list[str] = []
    before = _states()
    undo = [_watch(sys.modules[module], name, calls) for module, names in SEEDING.items() if module in sys.modules for name in names]
    try:
        yield
    finally:
        for put_back in undo:
            put_back()
    moved = [name for name, state in _states().items() if name in before and before[name] != state]
    if moved or calls:
        what = [f"the state of {name} has changed" for name in moved] + [f"{call} was called" for call in dict.fromkeys(calls)]
        broken("global generators stay untouched", who, "; ".join(what))


def _watch(module: Any, name: str, calls: list[str]) -> Callable[[], None]:
    own = getattr(module, name)

    def watched(*args: Any, **kwargs: Any) -> Any:
        calls.append(f"{module.__name__}.{name}")
        return own(*args, **kwargs)

    setattr(module, name, watched)
    return lambda: setattr(module, name, own)


def _states() -> dict[str, Any]:
    states: dict[str, Any] = {"random": random.getstate()}
    if "numpy" in sys.modules:
        kind, keys, *rest = sys.modules["numpy"].random.get_state()
        states["numpy.random"] = (kind, keys.tobytes(), rest)
    if "torch" in sys.modules:
        states["torch"] = sys.modules["torch"].get_rng_state().numpy().tobytes()
    return states
