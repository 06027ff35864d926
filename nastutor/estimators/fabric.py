"""`Fabric`: a convolutional neural fabric trained as a whole, all its paths at once; a path is judged with the weights that it has there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from nastutor.estimators.device import numerics
from nastutor.estimators.hypernet import Hypernet, hyper_recipe
from nastutor.inputs import require, share
from nastutor.values import Arch

if TYPE_CHECKING:
    from nastutor.spaces.fabric import Edge


class Whole:
    """What is trained at every step: no architecture, but all of them together."""

    def sample(self, rng: Random) -> Whole:
        return self


class Fabric(Hypernet):
    """Trains `space.fabric(task)` as one network by SGD, in which every path is (Saxena & Verbeek 2016); see `Hypernet` for the rest.

    That network is the paper's result: nothing is chosen, `error()` says what it is worth. Beyond it, `error(edges)` cuts a part out and judges
    it with its weights, `pruned(share)` leaves out the weakest convolutions, and an architecture, which is a path, is judged alone like that.
    Batch norm goes by the statistics of the images that it sees, as a part has others than the whole.

    momentum, weight_decay   of SGD, on all weights
    """

    needs: ClassVar[Mapping[str, int]] = {"fabric": 13, **Hypernet.needs}

    def __init__(
        self,
        space: Any,
        task: Any,
        steps: int = 400,
        *,
        batch_size: int = 32,
        lr: float = 0.1,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        clip: float | None = None,
        metrics: Sequence[str] = (),
        seed: int = 0,
        device: str = "auto",
        checkpoint: int = 500,
        weights: str | Path | None = None,
        threads: int = 1,
    ) -> None:
        super().__init__(space)
        if getattr(space, "head", "classes") != "classes":
            raise ValueError(f"`space` is {space!r}, whose fabric scores each pixel; allowed is head='classes'")
        recipe = hyper_recipe({**self.settings, "betas": (0.9, 0.999), "epsilon": 1e-8}, momentum=share("momentum", momentum))
        self._prepare(task, recipe, metrics, seed, checkpoint, weights, threads)

    def error(self, edges: Iterable[Edge] | None = None, *, budget: int | None = None, split: str = "valid") -> float:
        """Of the whole after all or `budget` steps, or of the part with these convolutions, with the weights that they have; `split` "test" for the end."""
        require("split", split, lambda split: split in ("train", "valid", "test"), "'train', 'valid' and 'test'")
        part: Any = Whole() if edges is None else tuple(edges)
        with self._alone, numerics(self.threads):
            return self._after(self.recipe.steps if budget is None else budget).judge(part, self.space, split)[0]

    def strengths(self, budget: int | None = None) -> dict[Edge, float]:
        """Mean size of the weights of each convolution."""
        from nastutor.nets.generated import filled

        graph = self._graph(self.space, Whole())
        with self._alone, numerics(self.threads):
            net = self._after(self.recipe.steps if budget is None else budget).net
            return self.space.strengths(filled(graph, {_dotted(name): own.detach() for name, own in net.free.items()}))  # type: ignore[no-any-return]

    def pruned(self, share: float, *, seed: int | None = None) -> list[Edge]:
        """The convolutions that are left without the weakest `share`, as `FabricSpace.pruned` has it; with a `seed` without random ones, as a control."""
        strengths = self.strengths()
        if seed is not None:
            rng = Random(seed)
            strengths = {edge: rng.random() for edge in strengths}
        return self.space.pruned(strengths, share)  # type: ignore[no-any-return]

    @property
    def _drawn(self) -> Any:
        return Whole()

    def _graph(self, space: Any, arch: Any) -> Any:
        if isinstance(arch, Whole):
            return self.space.fabric(self.task)
        return self.space.graph(arch, self.task) if isinstance(arch, Arch) else self.space.network(arch, self.task)

    def _made(self) -> Any:
        from torch import nn

        net = nn.Module()
        net.free = nn.ParameterDict({_plain(name): own for name, own in self._graph(self.space, Whole()).build(self.seed).named_parameters()})
        return net

    def _write(self, net: Any, arch: Any, graph: Any, places: Mapping[str, tuple[int, ...]], step: int | None) -> dict[str, Any]:
        return {name: net.free[_plain(name)] for name in places}


def _plain(name: str) -> str:
    """Dots are not allowed in names of parameters."""
    return name.replace(".", " : ")


def _dotted(name: str) -> str:
    return name.replace(" : ", ".")
