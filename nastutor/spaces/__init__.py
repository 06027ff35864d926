"""Search spaces: what there is to choose from."""

from nastutor.spaces.base import ChoiceSpace
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.chain import ChainSpace
from nastutor.spaces.joint import JointSpace
from nastutor.spaces.nasbench import NASBench101
from nastutor.spaces.product import ProductSpace

__all__ = ["CellSpace", "ChainSpace", "ChoiceSpace", "JointSpace", "NASBench101", "ProductSpace"]
