"""Random networks for property tests."""

from hypothesis import strategies as st

from nastutor.nets.graph import LayerGraph
from nastutor.nets.ops import OPS

WINDOWS = st.sampled_from([1, 2, 3, 5, (1, 3), (3, 1), (2, 5)])
STRIDES = st.sampled_from([1, 1, 1, 2, 3, (1, 2)])
PADDINGS = st.sampled_from(["same", "same", 0, 1, (0, 1)])
COUNTS = st.sampled_from([1, 2, 3, 4, 6])
BOOLS = st.booleans()


def step():
    """A step for rows of eight numbers, with a state of four."""
    b = LayerGraph.start((12,))
    gate = b.add("sigmoid", b.add("linear", "input", name="gate", units=4))
    new = b.add("tanh", b.add("linear", "input", name="new", units=4, bias=False))
    old = b.add("slice", "input", start=8, channels=4)
    return b.finish(b.add("add", old, b.add("mul", gate, b.add("add", new, b.add("scale", old, by=-1)))))


SETTINGS = {
    "start": st.integers(0, 2),
    "by": st.sampled_from([-1, 0.5]),
    "step": st.just(step().to_json()),
    **dict.fromkeys(("channels", "units"), COUNTS),
    **dict.fromkeys(("bias", "affine"), BOOLS),
    **dict.fromkeys(("top", "bottom", "left", "right"), st.integers(-1, 2)),
    "kernel": WINDOWS,
    "stride": STRIDES,
    "padding": PADDINGS,
    "groups": st.sampled_from([1, 1, 1, 2, 3]),
    "dilation": st.sampled_from([1, 1, 2]),
    "p": st.sampled_from([0.0, 0.5]),
    "draw": st.sampled_from(["simplex", "softmax"]),
    "size": st.sampled_from([1, 3, (2, 4)]),
    "shape": st.just(None),
}


@st.composite
def settings_of(draw, op):
    return {name: draw(SETTINGS[name]) for name in OPS[op].attrs}


@st.composite
def graphs(draw, max_nodes=8, ops=tuple(op for op in OPS if op != "input"), units=None):
    """Any network: nodes that do not fit are left out; `units`: a linear layer of so many at the end."""
    builder = LayerGraph.start(draw(st.sampled_from([(1, 8, 8), (3, 7, 9), (2, 5, 5), (4, 1, 6), (6,)])))
    for _ in range(draw(st.integers(1, max_nodes))):
        op = draw(st.sampled_from(ops))
        sources = [draw(st.sampled_from(list(builder.nodes))) for _ in range(draw(st.integers(1, 3)) if OPS[op].inputs[1] > 1 else 1)]
        try:
            builder.add(op, *sources, **draw(settings_of(op)))
        except ValueError:
            continue
    output = list(builder.nodes)[-1]
    if units:
        flat = builder.add("flatten", output, name="flat") if len(builder.shape(output)) == 3 else output
        output = builder.add("linear", flat, units=units, name="head")
    return builder.finish(output)
