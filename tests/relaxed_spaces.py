"""Small spaces that have a supernet: all tests of supernets try each of them."""

import nastutor as nt

TASK = nt.tasks.digits(train_size=64)
RELAXED = {
    "cells of 3": nt.spaces.CellSpace(nodes=3, channels=4),
    "cells of 4, two in a stage": nt.spaces.CellSpace(nodes=4, channels=2, cells=2, stages=1),
    "cells, three operations": nt.spaces.CellSpace(nodes=4, ops=("none", "skip", "conv3"), channels=4, stages=1),
    "DARTS": nt.spaces.DARTSSpace(nodes=2, channels=4),
    "DARTS, three operations": nt.spaces.DARTSSpace(nodes=3, ops=("max3", "identity", "sep3"), channels=4),
    "mobile blocks": nt.spaces.MobileSpace(widths=(4, 8), depths=(2, 2), kernels=(3,), stem=4, first=4, head=8),
    "mobile stages": nt.spaces.MobileSpace(widths=(4, 8), depths=(2, 1), kernels=(3, 5), expansions=(2,), stem=4, first=4, head=8, squeeze=True, per="stage"),
    "macro networks": nt.spaces.MacroSpace(4, ("conv3", "sep3", "maxpool3"), channels=4, search=True),
    "pairs of ENAS": nt.spaces.ENASMicroSpace(2, ("sep3", "avg3", "identity"), channels=4, search=True),
    "pairs of PNAS": nt.spaces.PNASSpace(2, ("sep3", "max3", "identity"), channels=4),
    "recurrent cells": nt.spaces.RecurrentSpace(3, units=4),
    "recurrent cells, loose ends": nt.spaces.RecurrentSpace(4, "enas", ("tanh", "relu", "identity"), units=4),
    "sizes": nt.spaces.SizeSpace((1, 3), (2, 4), (1, 2)),
    "sizes, three depths": nt.spaces.SizeSpace((3, 5), (4,), (1, 3), (1, 3, 5), stages=3),
}
