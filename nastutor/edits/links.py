"""Links beside the chain: skips, and branches that are copies of a path."""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.edits.base import NetworkEdit, layer_of, refuse
from nastutor.edits.network import IMAGE, MERGES, OUTPUT, WIDE, Layer, Network


@dataclass(frozen=True)
class AddSkip(NetworkEdit):
    """A link from `source` to what `target` reads (types II and IV of Elsken et al. 2017).

    By "add" the source comes through a 1x1 convolution and a batch norm, whose scale may begin as zero, and the sum through ReLU; by "concat"
    its channels stand behind the others. A merge of this kind that `target` alone reads takes it in, otherwise there is a new one.

    source  a layer that does not depend on `target`, or 0, the image
    target  a layer that is no merge, or -1, the output; what reads the image itself has nothing that could be skipped

    >>> print(Network.of(AddSkip(1, target=-1)(Network.chain([("conv", 8, 3), ("conv", 4, 3)]).arch())))
    1: conv 8 3 <- 0
    2: conv 4 3 <- 1
    3: add <- 2, 1
    output <- 3
    """

    source: int
    target: int
    merge: str = "add"
    seed: int = 0

    def edited(self, network: Network) -> Network:
        (read,) = self._checked(network)
        merged = network.layers[read]
        if merged.kind == self.merge and network.readers[read] == (self.target,):
            return network.reading(read, (*merged.reads, self.source))
        child = network.put(network.fresh, Layer(self.merge, None, None, (read, self.source)))
        return child.reading(self.target, (network.fresh,))

    def _checked(self, network: Network) -> tuple[int, ...]:
        """What `target` reads."""
        if self.merge not in MERGES:
            raise refuse("merge", self.merge, ", ".join(MERGES))
        targets = [OUTPUT, *(number for number in sorted(network.layers) if network.layers[number].kind not in MERGES)]
        targets = [number for number in targets if network.reads(number) != (IMAGE,)]
        if type(self.target) is not int or self.target not in targets:
            raise refuse("target", self.target, f"{', '.join(map(str, targets))}: the output (-1), and layers that are no merges and do not read the image")
        reads = network.reads(self.target)
        linked = {*reads, *(network.layers[reads[0]].reads if network.layers[reads[0]].kind in MERGES else ())}
        sources = [number for number in (IMAGE, *network.order) if number not in linked and number != self.target and self.target not in network.above(number)]
        if type(self.source) is not int or self.source not in sources:
            raise refuse("source", self.source, f"{', '.join(map(str, sources)) or 'none here'}: not linked yet, and not dependent on {self.target}")
        return reads


@dataclass(frozen=True)
class RemoveSkip(NetworkEdit):
    """Without the link from `source` to the merge `layer`; what nothing else reads goes with it. The first part of a merge stays: it is no skip."""

    layer: int
    source: int
    seed: int = 0

    def edited(self, network: Network) -> Network:
        reads = layer_of(network, self.layer, MERGES).reads
        if type(self.source) is not int or self.source not in reads[1:]:
            raise refuse("source", self.source, f"{', '.join(map(str, reads[1:]))}: what layer {self.layer} reads beside {reads[0]}")
        return network.reading(self.layer, tuple(read for read in reads if read != self.source)).tidied()


@dataclass(frozen=True)
class Branch(NetworkEdit):
    """A copy of the path from `first` to `last` beside it, the ends of both merged (type IV of Elsken et al. 2017; NASBOT's doubled paths).

    Inside a path every layer reads the one before it alone and is read by the next one alone; `last` may have several readers, which read
    the merge from now on. Some layer of it has weights.
    """

    first: int
    last: int
    merge: str = "add"
    seed: int = 0

    def edited(self, network: Network) -> Network:
        if self.merge not in MERGES:
            raise refuse("merge", self.merge, ", ".join(MERGES))
        path, child = self._path(network), network
        read = network.layers[self.first].reads[0]
        for number in path:
            child, read = child.put(child.fresh, network.layers[number]._replace(reads=(read,))), child.fresh
        readers = network.readers[self.last]
        if len(readers) == 1 and readers[0] != OUTPUT and network.layers[readers[0]].kind == self.merge:
            return child.reading(readers[0], (*network.layers[readers[0]].reads, read))
        return child.put(child.fresh, Layer(self.merge, None, None, (self.last, read))).redirected(self.last, child.fresh, readers)

    def _path(self, network: Network) -> list[int]:
        """The layers from `first` to `last`."""
        path = path_to(network, self.last)
        if self.last not in network.layers or self.first not in path:
            raise refuse("first", self.first, f"{', '.join(map(str, path)) or 'none here'}: what leads to {self.last} and to nothing else")
        path = path[path.index(self.first) :]
        if not any(network.layers[number].kind in WIDE for number in path):
            raise refuse("first", self.first, f"what gives a path to {self.last} with weights")
        return path


def path_to(network: Network, last: int) -> list[int]:
    """The longest row of layers that ends in `last`, in which each reads the one before it alone and is read by the next one alone."""
    path: list[int] = []
    while last in network.layers and network.layers[last].kind not in MERGES and (not path or len(network.readers[last]) == 1):
        path.append(last)
        (last,) = network.layers[last].reads
    return path[::-1]
