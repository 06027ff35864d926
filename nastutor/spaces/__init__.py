"""Search spaces: what there is to choose from."""

from nastutor.spaces.base import ChoiceSpace, ProductSpace
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.chain import ChainSpace

__all__ = ["CellSpace", "ChainSpace", "ChoiceSpace", "ProductSpace"]
