"""The numbered equations of the three papers, one test each, by hand and by independent programs.

Those of Ma stand in test_nets.py and test_voting.py, those of Wang also in test_entropy.py and test_synergy.py;
docs/papers.md tells for every equation where its test is.
"""

from importlib.metadata import version
from itertools import combinations, permutations
from types import SimpleNamespace

import jax
import networkx as nx
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import entropy as scipy_entropy

from coevolve.engine.classifier import ClassifierLoss, Shape, start
from coevolve.engine.growth import log_growth, paths
from coevolve.engine.logistic import fit_curves, forecast_draws
from coevolve.evidence.accounts import Accounts
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.inquiry.record import Record
from coevolve.show.page import page
from coevolve.study.content import provenance
from coevolve.themes import order
from coevolve.themes.influence.influence_tables import paths_table
from coevolve.themes.influence.model import measure
from coevolve.themes.order import entropy_equations
from coevolve.themes.production import coefficients_equations, coefficients_tables
from coevolve.themes.production import equations as production_equations

# ---- Tong & Wang (1) to (5): a triangle A B C with a tail D E, and F alone; one loop, one link told twice ------

LINKS = [(a, b, 1.0) for a, b in ("AB", "BA", "AC", "BC", "CD", "DE", "CC")]
UNDIRECTED = measure(Network.of(LINKS, directed=False, labels=["F"]))
DIRECTED = measure(Network.of(LINKS, labels=["F"]))  # here A -> B and B -> A are two links
# three clusters (k) and two innovators (i) in a row: k2 - i1 - k1 - i2 - k3, the last link told twice
TWO_MODE = measure(
    Network(
        ("k1", "k2", "k3", "i1", "i2"),
        np.array([0, 0, 1, 2, 2]),
        np.array([3, 4, 3, 4, 4]),
        np.ones(5),
        False,
        mode=np.array([0, 0, 0, 1, 1], np.int8),
        mode_names=("cluster", "innovator"),
    )
)


def test_tong_wang_1_average_degree():
    """Undirected: 2 l / g with 5 links. Directed: l / g with 6. Two-mode: l / g1 and l / g2 with 4."""
    assert UNDIRECTED.network["mean_degree"] == pytest.approx((2 + 2 + 3 + 2 + 1 + 0) / 6)
    assert DIRECTED.network["mean_degree"] == pytest.approx((1 + 1 + 2 + 1 + 1 + 0) / 6)
    assert TWO_MODE.network["mean_degree_first"] == pytest.approx((2 + 1 + 1) / 3)
    assert TWO_MODE.network["mean_degree_second"] == pytest.approx((2 + 2) / 2)


def test_tong_wang_2_density():
    assert UNDIRECTED.network["density"] == pytest.approx(5 / 15)
    assert DIRECTED.network["density"] == pytest.approx(6 / 30)
    assert TWO_MODE.network["two_mode_density"] == pytest.approx(4 / 6)
    full = Network.of([(a, b, 1.0) for a, b in combinations("ABCD", 2)], directed=False)
    assert measure(full).network["density"] == 1.0


def test_tong_wang_3_degree_centrality():
    """Ties over those one could have: 5 others; in a two-mode network the actors of the other mode."""
    assert UNDIRECTED.actors["degree_centrality"] == pytest.approx(np.array([2, 2, 3, 2, 1, 0]) / 5)
    assert DIRECTED.actors["degree_centrality_in"] == pytest.approx(np.array([1, 1, 2, 1, 1, 0]) / 5)
    assert DIRECTED.actors["degree_centrality_out"] == pytest.approx(np.array([2, 2, 1, 1, 0, 0]) / 5)
    assert TWO_MODE.actors["degree_centrality"] == pytest.approx([2 / 2, 1 / 2, 1 / 2, 2 / 3, 2 / 3])


def shares_of_geodesics(graph: nx.Graph) -> np.ndarray:
    """Equation (4) to the letter: every geodesic of every pair is written down and counted."""
    found = np.zeros(len(graph))
    for one, other in (permutations if graph.is_directed() else combinations)(graph, 2):
        if nx.has_path(graph, one, other):
            ways = list(nx.all_shortest_paths(graph, one, other))
            for way in ways:
                found[way[1:-1]] += 1 / len(ways)
    return found


@pytest.mark.parametrize("directed", [False, True])
def test_tong_wang_4_betweenness(directed):
    hand = DIRECTED if directed else UNDIRECTED
    assert hand.actors["betweenness"].tolist() == [0, 0, 4, 3, 0, 0]
    most = 5 * 4 / (1 if directed else 2)
    assert hand.actors["betweenness_normalised"] == pytest.approx(np.array([0, 0, 4, 3, 0, 0]) / most)
    graph = nx.gnp_random_graph(14, 0.2, seed=11, directed=directed)
    drawn = [(f"{a:02d}", f"{b:02d}", 1.0) for a, b in graph.edges]
    found = measure(Network.of(drawn, directed=directed, labels=[f"{k:02d}" for k in graph]))
    names = Network.of(drawn, directed=directed, labels=[f"{k:02d}" for k in graph]).labels
    expected = shares_of_geodesics(graph)
    assert (expected % 1 > 0).any()  # some pairs have several geodesics
    assert found.actors["betweenness"] == pytest.approx(expected[[int(name) for name in names]])


def test_tong_wang_4_betweenness_of_two_modes():
    """In the row of five the middle lies between 4 pairs and its neighbours between 3; maxima of networkx."""
    assert TWO_MODE.actors["betweenness"].tolist() == [4, 0, 0, 3, 3]
    row = nx.Graph([("k2", "i1"), ("i1", "k1"), ("k1", "i2"), ("i2", "k3")])
    expected = nx.bipartite.betweenness_centrality(row, ["k1", "k2", "k3"])
    names = ("k1", "k2", "k3", "i1", "i2")
    assert TWO_MODE.actors["betweenness_normalised"] == pytest.approx([expected[name] for name in names])


def test_tong_wang_5_closeness():
    """Sums of distances by hand: 7 7 5 6 9 and none; F is NaN raw, 0 by Wasserman & Faust and harmonic."""
    total = np.array([1 + 1 + 2 + 3, 1 + 1 + 2 + 3, 1 + 1 + 1 + 2, 2 + 2 + 1 + 1, 3 + 3 + 2 + 1])
    actors = UNDIRECTED.actors
    assert actors["closeness"][:5] == pytest.approx(1 / total)
    assert np.isnan(actors["closeness"][5])
    assert actors["closeness_wf"] == pytest.approx([*(4 / 5 * 4 / total), 0.0])
    assert actors["harmonic"][2] == pytest.approx(1 + 1 + 1 + 1 / 2)
    assert actors["harmonic"][5] == 0.0


def test_tong_wang_5_closeness_inward_and_outward():
    """To E come D at 1, C at 2, A and B at 3; from A lead ways to B and C at 1, D at 2, E at 3."""
    actors = DIRECTED.actors
    assert actors["closeness"][4] == pytest.approx(1 / (1 + 2 + 3 + 3))
    assert actors["closeness_out"][0] == pytest.approx(1 / (1 + 1 + 2 + 3))
    assert np.isnan(actors["closeness_out"][4])
    assert actors["closeness_wf_out"][0] == pytest.approx(4 / 5 * 4 / 7)


def test_tong_wang_5_closeness_of_two_modes():
    """Nearest possible over actual sum: k1 6/6, an end (2 + 4)/(1 + 2 + 3 + 4), an innovator (3 + 2)/7."""
    assert TWO_MODE.actors["closeness_wf"] == pytest.approx([6 / 6, 6 / 10, 6 / 10, 5 / 7, 5 / 7])


def test_tong_wang_section_2_1_3_direct_indirect_total():
    """a raises b by .5, b raises c by .4 and c lowers a by .1: the loop a b c a multiplies by k = -.02."""
    direct = np.zeros((3, 3))
    direct[1, 0], direct[2, 1], direct[0, 2] = 0.5, 0.4, -0.1
    outcome = SimpleNamespace(network=direct, readied=SimpleNamespace(names=("a", "b", "c")), unit="")
    rows = {(row["source"], row["target"]): row for row in paths_table(outcome).rows()}
    round_trips = 1 / (1 + 0.02)
    assert rows["a", "c"]["direct"] == 0.0
    assert rows["a", "c"]["indirect"] == pytest.approx(0.5 * 0.4 * round_trips)
    assert rows["a", "b"]["direct"] == 0.5
    assert rows["a", "b"]["total"] == pytest.approx(0.5 * round_trips)
    assert rows["a", "b"]["indirect"] == pytest.approx(0.5 * round_trips - 0.5)
    assert rows["b", "a"]["total"] == pytest.approx(-0.4 * 0.1 * round_trips)


# ---- Tong & Wang (6) to (10): growth ---------------------------------------------------------------------------

YEARS = np.arange(1990.0, 2011.0)


def grown(start, rate, capacity, symbiosis, times):
    """Scales at `times` by the engine, shape (time, pole)."""
    arrays = (np.asarray(one, float)[None] for one in (np.log(start), rate, capacity, symbiosis))
    return np.exp(paths(*arrays, np.diff(times), substeps=8))[0]


def solved(slope, start, times):
    """The same by an independent integrator, on the scales themselves instead of their logs."""
    way = solve_ivp(slope, (times[0], times[-1]), start, method="DOP853", rtol=1e-11, atol=1e-11, t_eval=times)
    return way.y.T


@pytest.mark.parametrize("first", [0.0, 1990.0])
def test_tong_wang_6_population(first):
    """N0 exp(r (t - t0)) of a population of 50 that grows by 3 % a year, wherever time begins."""
    times = first + np.arange(21.0)
    curves = fit_curves(times, 50.0 * np.exp(0.03 * (times - first))[None], "exponential")
    assert curves.theta[0, :, 1] == pytest.approx(0.03, rel=1e-9)
    assert curves.reference[0] * np.exp(curves.theta[0, :, 0]) == pytest.approx(50.0, rel=1e-9)
    doubled = forecast_draws(curves, np.array([first + np.log(2) / 0.03]), np.random.default_rng(0), 20)
    assert doubled.ravel() == pytest.approx(100.0, rel=1e-6)


def test_tong_wang_7_one_economy():
    """From a fifth of its capacity: closed form, integrated scales, and back from the curve to R, x1 and x0."""
    rate, capacity, start = 0.3, 500.0, 100.0
    ours = grown([start], [rate], [capacity], [[0.0]], YEARS)[:, 0]
    closed = capacity / (1 + (capacity / start - 1) * np.exp(-rate * (YEARS - YEARS[0])))
    assert ours == pytest.approx(closed, rel=1e-7)
    assert ours == pytest.approx(solved(lambda _, x: rate * x * (1 - x / capacity), [start], YEARS)[:, 0], rel=1e-7)
    theta = fit_curves(YEARS, closed[None], "logistic")
    log_start, found, bend = theta.theta[0, 0]
    assert (found, found / bend * theta.reference[0]) == pytest.approx((rate, capacity), rel=1e-7)
    assert np.exp(log_start) * theta.reference[0] == pytest.approx(start, rel=1e-7)
    unused = 1 - start / capacity
    assert log_growth(np.log([start / capacity]), np.array([rate]), np.zeros((1, 1))) == pytest.approx([rate * unused])


def test_tong_wang_8_one_innovation_pole():
    """dx1/dt = R1 x1 (1 - x1/N1), with x1 in the bracket: nothing beside the pole slows it, however large."""
    for beside in (1.0, 399.0):
        ours = grown([30.0, beside], [0.25, 0.1], [200.0, 400.0], np.zeros((2, 2)), YEARS)[:, 0]
        assert ours == pytest.approx(solved(lambda _, x: 0.25 * x * (1 - x / 200.0), [30.0], YEARS)[:, 0], rel=1e-7)


R1, R2, N1, N2, B1, B2 = 0.25, 0.4, 200.0, 90.0, -0.5, 0.3  # B helps A, A hurts B
BOTH = np.array([[0.0, B1], [B2, 0.0]])


def test_tong_wang_9_the_first_of_two_poles():
    def slopes(_, x):
        return R1 * x[0] * (1 - x[0] / N1 - B1 * x[1] / N2), R2 * x[1] * (1 - x[1] / N2 - B2 * x[0] / N1)

    ours = grown([40.0, 30.0], [R1, R2], [N1, N2], BOTH, YEARS)
    assert ours[:, 0] == pytest.approx(solved(slopes, [40.0, 30.0], YEARS)[:, 0], rel=1e-7)
    now = log_growth(np.log([0.2, 1 / 3]), np.array([R1, R2]), BOTH)[0]
    assert now == pytest.approx(0.25 * (1 - 0.2 + 0.5 / 3))  # b1 < 0: B helps A


def test_tong_wang_10_the_second_of_two_poles():
    def slopes(_, x):
        return R1 * x[0] * (1 - x[0] / N1 - B1 * x[1] / N2), R2 * x[1] * (1 - x[1] / N2 - B2 * x[0] / N1)

    ours = grown([40.0, 30.0], [R1, R2], [N1, N2], BOTH, YEARS)
    assert ours[:, 1] == pytest.approx(solved(slopes, [40.0, 30.0], YEARS)[:, 1], rel=1e-7)
    now = log_growth(np.log([0.2, 1 / 3]), np.array([R1, R2]), BOTH)[1]
    assert now == pytest.approx(0.4 * (1 - 1 / 3 - 0.3 * 0.2))  # b2 > 0: A hurts B
    rest = grown([40.0, 30.0], [R1, R2], [N1, N2], BOTH, np.arange(0.0, 400.0, 10.0))[-1] / [N1, N2]
    assert rest == pytest.approx([(1 - B1) / (1 - B1 * B2), (1 - B2) / (1 - B1 * B2)], rel=1e-6)


def test_tong_wang_9n_any_number_of_poles():
    """Four poles, the sum over the others written out; b[i, j] is the effect of j on i."""
    random = np.random.default_rng(4)
    rate, capacity = random.uniform(0.1, 0.35, 4), random.uniform(50, 300, 4)
    b = random.uniform(-0.25, 0.4, (4, 4)) * (1 - np.eye(4))
    start = capacity * random.uniform(0.05, 0.3, 4)

    def slopes(_, x):
        held = [sum(b[i, j] * x[j] / capacity[j] for j in range(4) if j != i) for i in range(4)]
        return [rate[i] * x[i] * (1 - x[i] / capacity[i] - held[i]) for i in range(4)]

    assert grown(start, rate, capacity, b, YEARS) == pytest.approx(solved(slopes, start, YEARS), rel=1e-6)


# ---- Tong & Wang, section 3.2 and the tables -------------------------------------------------------------------

FLOWS, OUTPUT = np.array([[20.0, 60.0], [40.0, 20.0]]), np.array([100.0, 200.0])
DIRECT = np.array([[0.2, 0.3], [0.4, 0.1]])
COMPLETE = np.array([[0.9, 0.3], [0.4, 0.8]]) / 0.6 - np.eye(2)  # det(I - A) = .8 x .9 - .3 x .4 = .6


def test_tong_wang_section_3_2_consumption_coefficients():
    """a_ij = Z_ij / x_j and B = (I - A)^-1 - I of two industries by hand, wherever they are computed."""
    final, added = OUTPUT - FLOWS.sum(axis=1), OUTPUT - FLOWS.sum(axis=0)
    accounts = Accounts(("a", "b"), ("2000",), ("",), FLOWS[None], OUTPUT[None], final[None], added[None])
    assert accounts.direct[0] == pytest.approx(DIRECT)
    assert accounts.complete[0] == pytest.approx(COMPLETE)
    assert production_equations.direct_coefficients(FLOWS, OUTPUT) == pytest.approx(DIRECT)
    assert production_equations.complete_coefficients(DIRECT) == pytest.approx(COMPLETE)
    assert coefficients_equations.complete_of(DIRECT)[0] == pytest.approx(COMPLETE)
    assert accounts.complete[0] @ final == pytest.approx(OUTPUT - final)  # what all need beyond their own demand


def test_tong_wang_table_1_what_computed_it():
    """The provenance box names what ran, as the installed packages themselves say, and the page shows it."""
    said = provenance()
    assert {name: said[name] for name in ("numpy", "scipy", "jax")} == {
        name: version(name) for name in ("numpy", "scipy", "jax")
    }
    shown = page(Record("A study", 7, "", (), (), said, {}))
    for name in ("numpy", "python", "system"):
        assert f"<dt>{name}</dt><dd>{said[name]}</dd>" in shown


def test_tong_wang_table_2_errors_of_the_three_models():
    rows = {row["model"]: row for row in coefficients_tables.paper().rows()}
    errors = {name: (rows[name]["error_supply"], rows[name]["error_demand"]) for name in "ABC"}
    assert errors["A"] == pytest.approx((0.40, 0.05), abs=0.005)
    assert errors["B"] == pytest.approx((56.2, 41.4), abs=0.05)
    assert errors["C"] == pytest.approx((28.2, 40.6), abs=0.05)
    assert rows["actual"]["complete_supply"] == 0.253013


# ---- Ma (12): the loss that carries the penalty; all other equations of Ma: test_nets.py -----------------------


def test_ma_12_the_loss_is_fit_plus_lambda_times_elastic_net():
    shape = Shape(steps=4, channels=2, classes=3, head="dense", hidden=5)
    params, kept = start(jax.random.key(0), shape)
    random = np.random.default_rng(1)
    data = {
        "x": random.normal(size=(6, 4, 2)).astype("float32"),
        "mask": np.ones((6, 4), bool),
        "label": np.array([0, 1, 2, 0, 1, 2]),
        "row": np.arange(6),
    }

    def loss(penalty):
        hyper = {"weight": np.ones(6, "float32"), "drop": 0.0, "penalty": penalty, "alpha": 0.3}
        return float(ClassifierLoss(shape)(params, data, jax.random.key(1), hyper, kept)[0])

    weights = [np.asarray(layer["weight"], float) for layer in params["net"].values()]
    size = sum((0.3 * abs(w) + 0.7 * w**2).sum() for w in weights)
    assert len(weights) == 3
    assert loss(0.5) - loss(0.0) == pytest.approx(0.5 * size, rel=1e-4)


# ---- Wang (b), (c); (a) and the levels of (b): test_entropy.py -------------------------------------------------

BEFORE = np.array([[30.0, 5.0], [5.0, 20.0], [10.0, 10.0]])
AFTER = np.array([[45.0, 3.0], [4.0, 28.0], [10.0, 12.0]])


def test_wang_b_changes_of_joint_attributes():
    """dS = sum dS_k - dTC; the paper's plain sum of the subsystems misses the synergy and is not dS."""
    entropies = [
        (scipy_entropy(one.ravel()), scipy_entropy(one.sum(axis=1)), scipy_entropy(one.sum(axis=0)))
        for one in (BEFORE, AFTER)
    ]
    joint, first, second = np.diff(entropies, axis=0)[0]
    synergy = entropy_equations.total_correlation(AFTER) - entropy_equations.total_correlation(BEFORE)
    assert first + second - synergy == pytest.approx(joint, abs=1e-13)
    assert abs(first + second - joint) > 0.02


def test_wang_b_changes_of_a_partition():
    """dS = dS_between + d sum pi_k S_k, cells 0 to 2 being one kind and 3 to 5 another."""
    parts = []
    for one in (BEFORE, AFTER):
        cells = one.ravel()
        between, share, within = entropy_equations.between_and_within(cells, [0, 0, 0, 1, 1, 1])
        assert between == pytest.approx(scipy_entropy([cells[:3].sum(), cells[3:].sum()]))
        assert within == pytest.approx([scipy_entropy(cells[:3]), scipy_entropy(cells[3:])])
        parts.append((between, (share * within).sum(), scipy_entropy(cells)))
    between, inside, whole = np.diff(parts, axis=0)[0]
    assert between + inside == pytest.approx(whole, abs=1e-13)


@pytest.mark.parametrize(("later", "state"), [([70_000.0, 38_000.0], "orderly"), ([55_000.0, 47_000.0], "disorderly")])
def test_wang_c_the_state_follows_the_sign(later, state):
    now = [60_000.0, 40_000.0]
    panel = Panel.of({"firms": np.array([now, later]).T}, regions=["A", "B"], periods=[2001, 2002])
    ledger = order.entropy(panel, "firms", delta=0.0, draws=60)["ledger"]
    assert ledger["change"][0] == pytest.approx(scipy_entropy(later) - scipy_entropy(now))
    assert ledger["state"].tolist() == [state]


def test_wang_c_few_units_are_undetermined():
    panel = Panel.of({"firms": np.array([[6.0, 7.0], [4.0, 4.0]])}, regions=["A", "B"], periods=[2001, 2002])
    assert order.entropy(panel, "firms", delta=0.0, draws=60)["ledger"]["state"].tolist() == ["undetermined"]
