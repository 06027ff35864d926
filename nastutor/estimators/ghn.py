"""`GHN`: architectures judged with weights that are written from their graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nastutor.estimators.hypernet import Hypernet, hyper_recipe
from nastutor.estimators.inputs import check_task
from nastutor.values import Arch


class GHN(Hypernet):
    """Judges networks by weights that a hypernetwork writes from their graph, all of them (Zhang et al. 2019); see `Hypernet` for the rest.

    For any space whose networks have known operations with weights: convolutions of all kinds, linear layers, batch norm, squeeze and excitation.

    hidden    size of a node's state
    rounds    T, of messages along the edges
    order     "both" (forward and backward, the paper's), "forward", "synchronous", or "none": no messages, a control
    channels, kernel, units, tiled   of what writes weights, as `Chunks` says: size of a chunk and of what writes it
    shapes    whether a node's state starts from channels and image sizes too
    stacked   cell after cell instead of one graph
    learns    a space to draw architectures to learn from: smaller networks, say; None: `space`
    """

    def __init__(
        self,
        space: Any,
        task: Any,
        steps: int = 1000,
        *,
        hidden: int = 32,
        rounds: int = 1,
        order: str = "both",
        channels: int = 8,
        kernel: int = 5,
        units: int = 64,
        tiled: bool = False,
        shapes: bool = True,
        stacked: bool = False,
        learns: Any = None,
        batch_size: int = 64,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        clip: float | None = 5.0,
        metrics: Sequence[str] = (),
        seed: int = 0,
        device: str = "auto",
        checkpoint: int = 500,
        weights: str | Path | None = None,
        threads: int = 1,
    ) -> None:
        super().__init__(space)
        self.learns = learns
        check_task(task)
        if tiled is True and task.classes > channels:
            raise ValueError(
                f"`tiled` is True and `channels` {channels}: class {channels} would be told by the weights of class 0, and so on; allowed are "
                f"`channels` from the {task.classes} classes of `task`"
            )
        recipe = hyper_recipe(self.settings | {"weight_decay": 0.0})
        self._prepare(task, recipe, metrics, seed, checkpoint, weights, threads)
        for place in {id(own): own for own in (self.space, self._drawn)}.values():
            self._try(place)

    def _try(self, space: Any) -> None:
        """Refuses a space with weights that cannot be written, by one of its networks."""
        import torch

        from nastutor.nets.generated import places, shell

        graph = self._graph(space, space.sample(self.seed))
        with torch.no_grad():
            self._made()(graph, places(shell(graph)))

    @property
    def _drawn(self) -> Any:
        return self.space if self.learns is None else self.learns

    def _made(self) -> Any:
        from nastutor.hypernets import GraphWeights

        given = self.settings
        how = {name: given[name] for name in ("hidden", "rounds", "order", "channels", "kernel", "units", "tiled", "shapes", "stacked")}
        return GraphWeights(**how, seed=self.seed)

    def _write(self, net: Any, arch: Arch, graph: Any, places: Mapping[str, tuple[int, ...]], step: int | None) -> dict[str, Any]:
        return net(graph, places)  # type: ignore[no-any-return]
