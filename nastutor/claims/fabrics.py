"""Does the size of a fabric matter, and which of its convolutions (Saxena & Verbeek 2016)? From a record (chapter 13).

`python -m nastutor.claims.fabrics SEED ... >> data/fabrics-digits.jsonl` adds a line for each seed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from nastutor.claims.base import Finding
from nastutor.claims.records import Record, bootstrapped, paired
from nastutor.comparing import equivalent

SETTINGS: dict[str, Any] = {  # written down before any of the seeds was run
    "train_size": 600,
    "scales": 4,  # 8x8 pixels down to one
    "sizes": {"small": [2, 8], "enough": [4, 8], "deeper": [8, 8], "wider": [4, 16]},  # layers, channels
    "training": {"steps": 75, "batch_size": 32},  # four epochs
    "cut": 1 / 3,  # of the convolutions of "enough"
}
MARGIN = 0.02  # of error, in either direction


def errors(seed: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Validation errors of fabrics of all sizes, and of one of them without its weakest convolutions or as many random ones."""
    from nastutor.estimators.fabric import Fabric
    from nastutor.spaces.fabric import FabricSpace
    from nastutor.tasks import digits

    task, found = digits(train_size=settings["train_size"]), dict[str, Any]()
    for name, (layers, channels) in settings["sizes"].items():
        fabric = Fabric(FabricSpace(layers, settings["scales"], channels), task, seed=seed, device="cpu", **settings["training"])
        found[name] = round(fabric.error(), 4)
        if name == "enough":
            found["without weakest"] = round(fabric.error(fabric.pruned(settings["cut"])), 4)
            found["without random"] = round(fabric.error(fabric.pruned(settings["cut"], seed=seed)), 4)
    return found


RECORD = Record("fabrics-digits.jsonl", SETTINGS, errors, "fabrics of four sizes")


def same_at_any_size(table: Any, seeds: int, first: int) -> Finding:
    """Twice as many layers, and twice as many channels, against enough of both; p is the larger of the two."""
    enough, larger = RECORD["enough"], {name: RECORD[name] for name in ("deeper", "wider")}
    found = {name: equivalent(own, enough, MARGIN) for name, own in larger.items()}
    means = ", ".join(f"{layers} layers of {channels} {RECORD[name].mean():.3f}" for name, (layers, channels) in SETTINGS["sizes"].items())
    told = f"errors: {means}; p {', '.join(f'{name} {own.p:.2g}' for name, own in found.items())}; margin {MARGIN}"
    return Finding(bootstrapped(larger["deeper"] - enough, seeds, first), max(own.p for own in found.values()), told, 1 / 2 ** len(enough))


def weak_ones_matter_less(table: Any, seeds: int, first: int) -> Finding:
    whole, weak, chance = (RECORD[name] for name in ("enough", "without weakest", "without random"))
    told = f"error of the whole {whole.mean():.3f}, without the weakest third {weak.mean():.3f}, without a random third {chance.mean():.3f}"
    return paired(weak, chance, seeds, first, told)


CLAIMS = (
    RECORD.claim(
        "saxena2016-size",
        "saxena2016",
        "Performance is insensitive to layers and channels once both are large enough.",
        f"Fabrics of 4 scales trained as a whole for 75 steps of 32 images: validation errors of 8 layers and of 16 channels differ from that of 4 layers of 8 "
        f"channels by less than {MARGIN} in either direction: two one-sided signed-rank tests each over ten recorded seeds, the largest p, 5 %. The error of 2 "
        "layers, which are not enough, is told beside it.",
        "difference in error, 8 layers less 4",
        same_at_any_size,
        on="600 digits",
    ),
    RECORD.claim(
        "saxena2016-pruning",
        "saxena2016",
        "A fabric can do without its weakest convolutions better than without others.",
        "The fabric of 4 layers of 8 channels of saxena2016-size, cut after its training: validation error without the third of convolutions whose weights are "
        "smallest on average, less that without a random third: signed-rank test over ten recorded seeds, one-sided, 5 %.",
        "difference in error, weakest less random",
        weak_ones_matter_less,
        on="600 digits",
    ),
)

if __name__ == "__main__":
    RECORD.run(sys.argv[1:])
