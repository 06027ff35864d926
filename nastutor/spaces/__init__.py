"""Search spaces: what there is to choose from."""

from nastutor.spaces.base import ChoiceSpace
from nastutor.spaces.block_code import BlockQNNSpace
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.chain import ChainSpace
from nastutor.spaces.darts import DARTSSpace
from nastutor.spaces.fabric import FabricSpace
from nastutor.spaces.hierarchical import HierarchicalSpace
from nastutor.spaces.joint import JointSpace
from nastutor.spaces.macro import MacroSpace
from nastutor.spaces.metaqnn import MetaQNNSpace
from nastutor.spaces.mobile import MobileSpace
from nastutor.spaces.nasbench import NASBench101
from nastutor.spaces.nasnet import AmoebaNetSpace, ENASMicroSpace, NASNetSpace, PNASSpace
from nastutor.spaces.nasrl import NASRLSpace
from nastutor.spaces.product import ProductSpace
from nastutor.spaces.recurrent import RecurrentSpace
from nastutor.spaces.trellis import TrellisSpace

__all__ = [
    "AmoebaNetSpace",
    "BlockQNNSpace",
    "CellSpace",
    "ChainSpace",
    "ChoiceSpace",
    "DARTSSpace",
    "ENASMicroSpace",
    "HierarchicalSpace",
    "FabricSpace",
    "JointSpace",
    "MacroSpace",
    "MetaQNNSpace",
    "MobileSpace",
    "NASBench101",
    "NASNetSpace",
    "NASRLSpace",
    "PNASSpace",
    "ProductSpace",
    "RecurrentSpace",
    "TrellisSpace",
]
