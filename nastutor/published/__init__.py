"""`nt.zoo`: the networks that the papers of the reading list published, by name, each as a point of its search space. One module for a family of papers.

>>> from nastutor.published import zoo
>>> net = zoo["DARTS_V2"]
>>> net.counts().params, net.space.validate(net.arch)
(3349342, None)
"""

from nastutor.published import amoebanet, auto_deeplab, chains, darts, enas, mobile, nasnet, nasrl, pnasnet, tree_cells
from nastutor.published.catalogue import Zoo
from nastutor.published.network import CIFAR10, CROPPED, LARGE, MOBILE, Images, Published, PublishedCell, Text

__all__ = ["CIFAR10", "CROPPED", "LARGE", "MOBILE", "Images", "Published", "PublishedCell", "Text", "Zoo", "zoo"]

FAMILIES = (nasnet, amoebanet, pnasnet, enas, darts, tree_cells, chains, nasrl, mobile, auto_deeplab)
zoo = Zoo({name: make for family in FAMILIES for name, make in family.NETWORKS.items()})
