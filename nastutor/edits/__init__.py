"""Edits: how one network comes of another; the half that changes the architecture. To import them is to be able to read them from a journal."""

from nastutor.edits.base import NetworkEdit
from nastutor.edits.depth import AddPool, Deepen, RemoveLayer
from nastutor.edits.kinds import ChangeKernel, SwapLayer
from nastutor.edits.links import AddSkip, Branch, RemoveSkip
from nastutor.edits.network import Layer, Network
from nastutor.edits.several import Several, Unchanged, carries_weights
from nastutor.edits.widths import Narrow, Widen

__all__ = [
    "Layer",
    "Network",
    "NetworkEdit",
    "Several",
    "Unchanged",
    "Widen",
    "Narrow",
    "Deepen",
    "AddPool",
    "RemoveLayer",
    "AddSkip",
    "RemoveSkip",
    "Branch",
    "SwapLayer",
    "ChangeKernel",
    "carries_weights",
]
