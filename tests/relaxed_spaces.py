"""Small spaces that have a supernet: all tests of supernets try each of them."""

import nastutor as nt

TASK = nt.tasks.digits(train_size=64)
RELAXED = {
    "cells of 3": nt.spaces.CellSpace(nodes=3, channels=4),
    "cells of 4, two in a stage": nt.spaces.CellSpace(nodes=4, channels=2, cells=2, stages=1),
    "cells, three operations": nt.spaces.CellSpace(nodes=4, ops=("none", "skip", "conv3"), channels=4, stages=1),
    "DARTS": nt.spaces.DARTSSpace(nodes=2, channels=4),
    "DARTS, three operations": nt.spaces.DARTSSpace(nodes=3, ops=("max3", "identity", "sep3"), channels=4),
}
