"""Anchor points and set selection, LSTM layers, a decision taken beforehand; against a computation by hand."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import nastutor as nt
from nastutor.rng import torch_rng
from nastutor.strategies.policy import AnchorPolicy, Fixed, Policy
from nastutor.testing import check_strategy

SPACE = nt.spaces.NASRLSpace((3,), (1, 3), (3,), (4, 8))


def anchored(space=SPACE, hidden=6, layers=1, seed=0, scale=10.0):
    policy = AnchorPolicy(space.sites(), hidden, torch_rng(seed), layers, space.anchors())
    with torch.no_grad():
        for weights in policy.parameters():
            weights.mul_(scale)  # far from uniform
    return policy


def replay(policy, space, arch, parts=None):
    def pick(name, options, log_probs):
        if parts is not None:
            parts[name] = dict(zip(options, log_probs.tolist(), strict=True))
        return arch[name]

    return policy.walk(space, pick)


def test_the_space_says_where_anchor_points_lie():
    assert SPACE.anchors() == {"filters1": {}, "filters2": {"1->2": "filters1"}, "filters3": {"1->3": "filters1", "2->3": "filters2"}}
    for point, links in nt.spaces.NASRLSpace(strides=(1, 2)).anchors().items():
        assert {point, *links, *links.values()} <= set(nt.spaces.NASRLSpace().sites())


def lstm(x, state, cell):
    """The equations of an LSTM, gates in torch's order."""
    h, c = state
    i, f, g, o = (cell.weight_ih @ x + cell.bias_ih + cell.weight_hh @ h + cell.bias_hh).chunk(4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def test_links_are_picked_by_the_formula_of_the_paper():
    """P(j is an input of i) = sigmoid(v' tanh(W_prev h_j + W_curr h_i)), with one step of the LSTM at each anchor point, layer 1's too."""
    policy, arch = anchored(), SPACE.sample(5)
    parts = {}
    got, log_p, _ = replay(policy, SPACE, arch, parts)
    x, state, at, total = policy.choices.weight[-1], (torch.zeros(6), torch.zeros(6)), {}, 0.0
    for layer in (1, 2, 3):
        for name in (*(["depth"] if layer == 1 else []), f"height{layer}", f"width{layer}", f"filters{layer}"):
            options = SPACE.sites()[name]
            state = lstm(x, state, policy.cell)
            rows = policy.rows_of(name, options)
            log_probs = (policy.heads.weight[rows] @ state[0] + policy.heads.bias[rows]).log_softmax(0)
            total += log_probs[options.index(arch[name])]
            x = policy.choices.weight[policy.rows[name, arch[name]]]
        state = lstm(x, state, policy.cell)
        at[layer], picked = state[0], [torch.zeros(6)]
        for earlier in range(1, layer):
            p = (policy.score.weight[0] @ torch.tanh(policy.previous.weight @ at[earlier] + policy.current.weight @ at[layer])).sigmoid()
            link = arch[f"{earlier}->{layer}"]
            assert math.exp(parts[f"{earlier}->{layer}"][True]) == pytest.approx(p.item(), abs=1e-5)
            total += (p if link else 1 - p).log()
            picked += [at[earlier]] if link else []
        x = sum(picked) / len(picked)
    assert got == arch and log_p.item() == pytest.approx(total.item(), abs=1e-4)


def test_the_log_probability_of_a_set_is_a_sum_of_log_sigmoids():
    """With the decisions of the layers alone, all four sets of inputs of layer 3 differ by their own terms."""
    policy, sets = anchored(), {}
    base = dict(SPACE.sample(1).choices)
    for one in (False, True):
        for two in (False, True):
            arch = nt.Arch(tuple((base | {"1->3": one, "2->3": two}).items()))
            parts = {}
            log_p = replay(policy, SPACE, arch, parts)[1].item()
            sets[one, two] = log_p - parts["1->3"][one] - parts["2->3"][two]
    assert max(sets.values()) == pytest.approx(min(sets.values()), abs=1e-5)


@pytest.mark.parametrize("layers", [1, 2])
def test_probabilities_of_all_architectures_sum_to_one(layers):
    space = nt.spaces.NASRLSpace((1, 3), (1,), (3,), (4, 8))
    policy = anchored(space, layers=layers)
    with torch.no_grad():
        probabilities = [replay(policy, space, arch)[1].exp().item() for arch in space]
    assert sum(probabilities) == pytest.approx(1, abs=1e-4) and max(probabilities) > 3 * min(probabilities)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 20))
def test_link_probabilities_lie_between_0_and_1(seed, scale):
    parts = {}
    replay(anchored(seed=seed, scale=scale), SPACE, SPACE.sample(seed), parts)
    links = [log_p for name, options in parts.items() if "->" in name for log_p in options.values()]
    assert len(links) == 6 and all(log_p < 0 for log_p in links)
    assert all(math.exp(options[False]) + math.exp(options[True]) == pytest.approx(1) for name, options in parts.items() if "->" in name)


def test_a_link_reaches_what_is_decided_later():
    policy, base, seen = anchored(), dict(SPACE.sample(1).choices), []
    for link in (False, True):
        parts = {}
        replay(policy, SPACE, nt.Arch(tuple((base | {"1->2": link}).items())), parts)
        seen.append(parts)
    assert seen[0]["filters2"] == seen[1]["filters2"] and seen[0]["height3"] != seen[1]["height3"]


def test_two_layers_are_two_lstms_one_above_the_other():
    space = nt.spaces.ChoiceSpace.of({"a": (1, 2), "b": (1, 2, 3)})
    policy = Policy(space.sites(), 5, torch_rng(3), layers=2)
    below = above = (torch.zeros(5), torch.zeros(5))
    parts, x = {}, policy.choices.weight[-1]
    replay(policy, space, space.sample(0), parts)
    for name, options in space.sites().items():
        below = lstm(x, below, policy.cell)
        above = lstm(below[0], above, policy.upper[0])
        rows = policy.rows_of(name, options)
        log_probs = (policy.heads.weight[rows] @ above[0] + policy.heads.bias[rows]).log_softmax(0)
        assert list(parts[name].values()) == pytest.approx(log_probs.tolist(), abs=1e-6)
        x = policy.choices.weight[policy.rows[name, space.sample(0)[name]]]


def test_more_layers_leave_the_first_weights_of_the_others():
    one, two = (Policy(SPACE.sites(), 4, torch_rng(0), layers) for layers in (1, 2))
    assert torch.equal(one.cell.weight_hh, two.cell.weight_hh) and torch.equal(one.heads.weight, two.heads.weight)
    assert max(weights.abs().max().item() for weights in anchored(scale=1.0).parameters()) <= 0.08


def test_a_decision_taken_beforehand_costs_nothing():
    space = nt.spaces.NASRLSpace((1, 2))  # 3 + 4 decisions of two options at depth 2
    sites = {name: options for name, options in space.sites().items() if name != "depth"}
    policy, names = Policy(sites, 4, torch_rng(0)), []
    arch, log_p, _ = policy.walk(Fixed(space, "depth", 2), lambda name, options, log_probs: names.append(name) or options[0])
    assert arch["depth"] == 2 and "depth" not in names and log_p.item() == pytest.approx(math.log(1 / 2**7), abs=0.1)


def test_keeps_the_rules_with_anchor_points_and_growing_depth():
    space = nt.spaces.NASRLSpace((1, 2, 3), (1, 3), (3,), (4, 8))
    check_strategy(nt.REINFORCE, [space], trials=6, process=False, anchors=True, grow=(1, 1, 2), layers=2, hidden=4)
