"""Search spaces: what there is to choose from."""

from nastutor.spaces.base import ChoiceSpace, ProductSpace
from nastutor.spaces.cell import CellSpace

__all__ = ["CellSpace", "ChoiceSpace", "ProductSpace"]
