"""`SMASH`: architectures of memory banks judged with weights that are written from their code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from nastutor.estimators.hypernet import Hypernet, hyper_recipe
from nastutor.rng import torch_rng
from nastutor.spaces.memory_banks import MemoryBankSpace
from nastutor.values import Arch


class SMASH(Hypernet):
    """Judges networks of `MemoryBankSpace` by weights that a hypernetwork writes from their code (Brock et al. 2018); see `Hypernet` for the rest.

    Only the 1x1 convolutions are written; all others are free weights that every architecture shares, as `BankWeights` says. To learn, noise
    z is drawn anew at each step; all architectures are judged with the same z.

    layers, growth  of the hypernetwork: layers of its three stages, and channels that each adds (release: 8, 10, 4 and 10)
    blind           it sees no code, a control: what of its ranking comes from the free weights
    weight_decay    of the free weights; the hypernetwork has none
    """

    needs: ClassVar[Mapping[str, int]] = {"code": 13, **Hypernet.needs}

    def __init__(
        self,
        space: Any,
        task: Any,
        steps: int = 1000,
        *,
        layers: Sequence[int] = (8, 10, 4),
        growth: int = 10,
        blind: bool = False,
        batch_size: int = 50,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.5, 0.999),
        epsilon: float = 1e-4,
        weight_decay: float = 1e-4,
        clip: float | None = None,
        metrics: Sequence[str] = (),
        seed: int = 0,
        device: str = "auto",
        checkpoint: int = 500,
        weights: str | Path | None = None,
        threads: int = 1,
    ) -> None:
        super().__init__(space)
        if not isinstance(space, MemoryBankSpace):
            raise TypeError(f"`SMASH` reads codes of memory banks; {type(space).__name__} has another code() (chapter 13), allowed is a MemoryBankSpace")
        recipe = hyper_recipe(self.settings)
        self._prepare(task, recipe, metrics, seed, checkpoint, weights, threads)
        self._made()

    def _made(self) -> Any:
        from nastutor.hypernets import BankWeights

        given = self.settings
        how = {name: given[name] for name in ("layers", "growth", "blind")}
        return BankWeights(self.space, self.task.shape, self.task.classes, **how, seed=self.seed)

    def _write(self, net: Any, arch: Arch, graph: Any, places: Mapping[str, tuple[int, ...]], step: int | None) -> dict[str, Any]:
        import torch

        name = ("noise", "judged" if step is None else step)
        z = torch.randn(net.shape[1:], generator=torch_rng(self.seed, *name)).to(next(net.parameters()))
        return net(arch, places, z)  # type: ignore[no-any-return]
