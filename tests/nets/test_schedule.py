"""Batching by operation: everything runs once, nothing before its inputs, and few steps do all."""

import random

from hypothesis import given
from hypothesis import strategies as st

import nastutor as nt
from nastutor.nets.graph import LayerGraph
from nastutor.nets.schedule import Lane, merged, schedule
from tests.nets.graphs import graphs

TASK = nt.tasks.digits(train_size=20)
SPACE = nt.spaces.CellSpace(nodes=4)


def cells(count, seed=0):
    rng = random.Random(seed)
    return [SPACE.graph(SPACE.sample(rng), TASK).simplified() for _ in range(count)]


def inputs_of(plan, step):
    """For each lane of a step the lanes that it reads, as its takes put them together."""
    columns = []
    for take in step.takes:
        come = [plan.steps[source].lanes[position] for source, positions in take.pieces for position in positions]
        columns.append(come if take.order is None else [come[place] for place in take.order])
    return list(zip(*columns, strict=True))


def check(networks):
    plan, small = schedule(networks), [merged(graph) for graph in networks]
    wanted = {Lane(member, node.name) for member, graph in enumerate(small) for node in graph.nodes}
    ran = [lane for step in plan.steps for lane in step.lanes if lane.node]
    assert len(ran) == len(wanted) and set(ran) == wanted
    for number, step in enumerate(plan.steps):
        assert all(source < number for take in step.takes for source, _ in take.pieces)
        for lane, sources in zip(step.lanes, inputs_of(plan, step), strict=False):
            if lane.node:
                node = small[lane.member].node(lane.node)
                assert (node.op, node.attrs, node.shape) == (step.signature.op, step.signature.attrs, step.shape)
                assert [source.node for source in sources] == list(node.inputs) and {source.member for source in sources} == {lane.member}
    outputs = [plan.steps[source].lanes[position] for source, positions in plan.outputs.pieces for position in positions]
    outputs = outputs if plan.outputs.order is None else [outputs[place] for place in plan.outputs.order]
    assert outputs == [Lane(member, graph.output) for member, graph in enumerate(small)]
    return plan


@given(st.lists(graphs(), min_size=1, max_size=4))
def test_everything_runs_once_and_in_order(networks):
    check([graph for graph in networks if graph.nodes[0].shape == networks[0].nodes[0].shape])


def test_many_cells_take_few_steps():
    networks = cells(32)
    plan = check(networks)
    alone = sum(len(merged(graph)) for graph in networks)
    convolutions = [len(step.lanes) for step in plan.steps if step.signature.op == "conv"]
    assert len(plan.steps) < 80 < alone / 10 and len(convolutions) < 20 and sum(convolutions) > 250


def test_equal_networks_take_the_steps_of_one():
    (graph,) = cells(1, seed=3)
    assert len(schedule([graph] * 5).steps) == len(schedule([graph]).steps)
    assert all(take.order is None and len(take.pieces) == 1 for step in schedule([graph] * 5).steps if step.signature.op == "bn" for take in step.takes)


def test_what_is_computed_twice_is_computed_once():
    builder = LayerGraph.start((2, 4, 4))
    same = builder.add("identity", "input")
    relus = [builder.add("relu", source) for source in ("input", same)]
    convs = [builder.add("conv", source, channels=2, kernel=1) for source in relus]
    graph = merged(builder.finish(builder.add("add", *convs, name="sum")))
    assert [node.op for node in graph.nodes] == ["input", "relu", "conv", "conv", "add"]  # weights are never shared
    assert len(set(graph.node("sum").inputs)) == 2


def test_a_cheap_operation_takes_whole_steps_where_most_lanes_want_it():
    def network(relu):
        builder = LayerGraph.start((2, 4, 4))
        x = builder.add("conv", "input", channels=2, kernel=1)
        return builder.finish(builder.add("bn", builder.add("relu", x) if relu else x))

    most, few = schedule([network(True), network(True), network(False)]), schedule([network(True), network(False), network(False)])
    (whole,) = [step for step in most.steps if step.signature.op == "relu"]
    (chosen,) = [step for step in few.steps if step.signature.op == "relu"]
    assert [lane.member for lane in whole.lanes] == [0, 1, 2] and whole.lanes[2].node == "" and len(chosen.lanes) == 1


def test_a_value_is_finished_after_its_last_reader():
    plan = schedule(cells(8))
    readers = {}
    for number, step in enumerate(plan.steps):
        for take in step.takes:
            readers.update({source: number for source, _ in take.pieces})
    for step, _ in plan.outputs.pieces:
        readers.pop(step, None)  # the answer is read last of all
    assert {step: number for number, finished in enumerate(plan.finished) for step in finished} == readers
    assert sum(map(len, plan.finished)) == len(readers) > 10


def test_an_output_is_kept_where_others_of_its_step_are_read():
    def network(depth):
        builder = LayerGraph.start((3,))
        x = "input"
        for _ in range(depth):
            x = builder.add("linear", x, units=3)
        return builder.finish(x)

    plan = schedule([network(1), network(2)])
    first = next(number for number, step in enumerate(plan.steps) if len(step.lanes) == 2 and step.signature.op == "linear")
    assert first in {source for take in plan.steps[-1].takes for source, _ in take.pieces} & {step for step, _ in plan.outputs.pieces}
    assert all(first not in finished for finished in plan.finished)
