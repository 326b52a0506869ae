"""The neural channel of influence: derivatives, removed drivers, gaps and held-out units, against plain arithmetic."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coevolve.engine.component_net import component, component_start, lag_jacobian, predictions, total_jacobian
from coevolve.engine.drivers import told
from coevolve.engine.held_out import by_unit, lagged
from coevolve.engine.response import RIDGES, _solved, own_history, products, squares, straight
from coevolve.engine.sequences import by_place, pieces, sequences, spread, units, without_effects

RANDOM = np.random.default_rng(96)
SERIES, STEPS, LAGS = 3, 6, 2
NO_SQUARE = jnp.zeros((LAGS, SERIES))
NO_BEND = jnp.zeros((SERIES, SERIES))


def net_of(seed):
    """One series' net with every weight well away from zero."""
    random = np.random.default_rng(seed)
    start = component_start(
        jax.random.key(seed), jnp.zeros((LAGS, SERIES)), NO_SQUARE, NO_BEND, jnp.zeros(()), hidden=4
    )
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(0.0, 0.5, leaf.shape), jnp.float32), start)


NETS = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[net_of(seed) for seed in range(SERIES)])
X = RANDOM.normal(size=(2, STEPS, SERIES)).astype(np.float32)
SEEN = np.ones((2, STEPS), bool)


one_net = jax.jit(component)


def moved_by_hand(target, sequence, place, source, step=0.02):
    """Central difference of the predictions over time of one net, by one input at one place."""
    net = jax.tree.map(lambda leaf: leaf[target], NETS)
    up, down = X[sequence].copy(), X[sequence].copy()
    up[place, source] += step
    down[place, source] -= step
    both = [np.asarray(one_net(net, one, SEEN[sequence]), float) for one in (up, down)]
    return (both[0] - both[1]) / (2 * step)


def test_one_backward_pass_gives_every_derivative():
    _, moved = total_jacobian(NETS, jnp.broadcast_to(X[None], (SERIES, *X.shape)), SEEN)
    for target, sequence, place, source in [(0, 0, 0, 1), (1, 1, 3, 2), (2, 0, 5, 0), (2, 1, 2, 2)]:
        by_hand = moved_by_hand(target, sequence, place, source).sum()
        assert float(moved[target, sequence, place, source]) == pytest.approx(by_hand, abs=3e-3)


def test_derivatives_by_lag_are_finite_differences_averaged_over_what_counts():
    counts = np.ones((SERIES, 2, STEPS), np.float32)
    counts[1, 0, :3] = 0.0
    size, found = map(np.asarray, lag_jacobian(NETS, jnp.asarray(X), SEEN, jnp.asarray(counts), 2))
    for target, source, lag in [(0, 1, 0), (1, 2, 1), (2, 0, 0)]:
        total = 0.0
        for sequence in range(2):
            for place in range(STEPS - lag):
                moved = moved_by_hand(target, sequence, place, source)[place + lag]
                total += counts[target, sequence, place + lag] * moved
        assert found[target, source, lag] == pytest.approx(total / counts[target].sum(), abs=3e-3)
    for target, source in [(0, 1), (1, 2)]:
        moved = np.array([[moved_by_hand(target, q, place, source) for place in range(STEPS)] for q in range(2)])
        by_hand = (np.abs(moved) * counts[target][:, None]).sum() / counts[target].sum()  # of all lags, whatever sign
        assert size[target, source] == pytest.approx(by_hand, abs=1e-2)


def test_predictions_do_not_know_the_future():
    later = X.copy()
    later[:, 4:] += 10.0
    before, after = (predictions(NETS, jnp.broadcast_to(x[None], (SERIES, *x.shape)), SEEN) for x in (X, later))
    np.testing.assert_allclose(before[:, :, :4], after[:, :, :4], rtol=1e-6)


def test_the_linear_part_alone_is_a_distributed_lag():
    weights = RANDOM.normal(size=(LAGS, SERIES)).astype(np.float32)
    net = component_start(jax.random.key(1), jnp.asarray(weights), NO_SQUARE, NO_BEND, jnp.zeros(()), hidden=4)
    net["read"] = jax.tree.map(jnp.zeros_like, net["read"])
    by_hand = X[0] @ weights[0]
    by_hand[1:] += X[0][:-1] @ weights[1]
    np.testing.assert_allclose(one_net(net, X[0], SEEN[0]), by_hand, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(lagged(X, LAGS)[0, :, 1], np.vstack([np.zeros(SERIES), X[0][:-1]]))


def test_what_is_not_observed_moves_nothing():
    """A step that nobody observed leaves the LSTM as it was, whatever number stands there."""
    seen = SEEN.copy()
    seen[0, 2] = False
    net = jax.tree.map(lambda leaf: leaf[0], NETS)
    net |= {name: jnp.zeros_like(net[name]) for name in ("linear", "square", "bend")}
    other = X.copy()
    other[0, 2] = 99.0
    first, second = (one_net(net, jnp.asarray(x[0]), seen[0]) for x in (X, other))
    np.testing.assert_allclose(first, second, rtol=1e-6)


# ---- sequences -------------------------------------------------------------------------------------------------


def test_effects_come_out_as_in_a_dummy_regression():
    """Two-way means of a ragged panel taken out in turn equal the residuals of least squares on dummies."""
    values = RANDOM.normal(size=(5, 7, 1)) + np.arange(5)[:, None, None] + RANDOM.normal(size=(1, 7, 1))
    values[0, :3] = np.nan
    values[3, 6] = np.nan
    region, period = np.nonzero(np.isfinite(values[..., 0]))
    dummies = np.hstack([np.eye(5)[region], np.eye(7)[period]])
    y = values[region, period, 0]
    residual = y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]
    found = without_effects(values, True, True)
    np.testing.assert_allclose(found[region, period, 0], residual, atol=1e-7)
    assert np.isnan(found[0, 0, 0])


def test_gaps_and_openings_do_not_count():
    growth, level = RANDOM.normal(size=(1, 60, 2)), RANDOM.normal(size=(1, 60, 2))
    growth[0, 5, 0] = np.nan
    level[0, 50, 1] = np.nan
    fold = (np.arange(60) // 20)[None]
    cut = sequences(growth, level, None, fold, True, False, chunk=20, opening=3)
    assert cut.x.shape == (3, 23, 2)
    assert cut.counts.sum(axis=(0, 1)).tolist() == [59.0, 59.0]
    assert np.isfinite(cut.x).all()
    assert np.isfinite(cut.y).all()
    assert [sorted(set(cut.fold[piece][cut.counts[piece, :, 1] > 0])) for piece in range(3)] == [[0], [1], [2]]
    np.testing.assert_allclose(cut.x[1, :3], cut.x[0, -3:])  # the opening repeats what was
    deviation = level[0, :, 0] - level[0, :, 0].mean()
    np.testing.assert_allclose(
        cut.x[0, 3:, 0], deviation[:20] / spread(without_effects(level, True, False))[0], rtol=1e-5
    )


def test_units_are_clusters_regions_or_blocks_of_time():
    folds = np.zeros((12, 8), np.int64)
    assert len(np.unique(units(12, 8, None, folds))) == 12
    assert len(np.unique(units(12, 8, np.arange(12) // 3, folds))) == 4
    fold = np.repeat(np.arange(3), 20)[None]
    block = units(1, 60, None, fold)
    assert all(len(set(fold[block == one])) == 1 for one in np.unique(block))
    assert pieces(60, 30, 2).shape == (1, 60)


# ---- losses and the test ---------------------------------------------------------------------------------------


def panel(regions=20, periods=8, ties=0.6):
    level = RANDOM.normal(size=(regions, periods, 2))
    growth = 0.5 * RANDOM.normal(size=(regions, periods, 2))
    growth[..., 0] += ties * level[..., 1]
    return sequences(growth, level, None, np.arange(regions) % 4, True, True, chunk=24, opening=1)


def test_a_surface_is_blind_to_the_fold_it_predicts():
    of = panel()
    found = straight(of, 1, np.arange(4))
    assert found.linear.shape == (5, 2, 1, 2)
    held = of.fold == 2
    by_hand = of.x[held] @ found.linear[2, 0, 0] + found.constant[2, 0]
    np.testing.assert_allclose(found.predicted[0][held], by_hand, rtol=1e-6)
    x, y = of.x[~held].astype(float), of.y[~held][:, 0].astype(float)
    scale = of.x.reshape(-1, 2).astype(float).std(axis=0)
    even, rest = (x - x.mean(axis=0)) / scale, y - y.mean()
    candidates = [np.linalg.solve(even.T @ even + a * len(y) * np.eye(2), even.T @ rest) / scale for a in RIDGES]
    assert min(np.abs(found.linear[2, 0, 0] - one).max() for one in candidates) < 1e-9


def test_a_bent_surface_finds_a_product_again():
    """The growth of 0 is .8 times the product of 1 and itself; rows are fewer than columns in the dual, same answer."""
    level = np.random.default_rng(4).normal(size=(60, 8, 2))
    growth = 0.1 * RANDOM.normal(size=level.shape)
    growth[..., 0] += 0.8 * level[..., 0] * level[..., 1]
    of = sequences(growth, level, None, np.arange(60) % 3, False, False, chunk=24, opening=1)
    found = products(of, 2, np.arange(3))
    unit = of.level_sd[0] * of.level_sd[1] / of.growth_sd[0]
    assert found.bend[-1, 0, 0, 1] == pytest.approx(0.8 * unit, rel=0.03)
    np.testing.assert_array_equal(found.bend, np.swapaxes(found.bend, 2, 3))
    y = np.moveaxis(of.y, 2, 0)
    assert ((y[0] - found.predicted[0]) ** 2).mean() < 0.1
    assert ((y[0] - straight(of, 2, np.arange(3)).predicted[0]) ** 2).mean() > 0.8


def test_squares_of_an_earlier_level_are_found_where_they_act():
    level = np.random.default_rng(5).normal(size=(60, 8, 2))
    growth = 0.1 * np.random.default_rng(6).normal(size=level.shape)
    growth[:, 1:, 0] += 0.8 * level[:, :-1, 1] ** 2
    of = sequences(growth, level, None, np.arange(60) % 3, False, False, chunk=24, opening=2)
    found = squares(of, 2, np.arange(3))
    assert found.square[-1, 0, 1, 1] == pytest.approx(0.8 * of.level_sd[1] ** 2 / of.growth_sd[0], rel=0.1)
    chosen = told(of, 2, np.arange(3))
    np.testing.assert_array_equal(chosen.start.square, found.square)


def test_the_dual_of_a_ridge_gives_the_same_coefficients():
    columns, y, scale = RANDOM.normal(size=(30, 12)), RANDOM.normal(size=(2, 30)), np.ones(12)
    wide = _solved(np.hstack([columns, np.zeros((30, 40))]), np.append(scale, np.zeros(40)), y)
    np.testing.assert_allclose(wide[..., :12], _solved(columns, scale, y)[..., :12], rtol=1e-6, atol=1e-9)


def test_own_history_reads_nobody_else():
    of = panel()
    bent = own_history(of, 2, np.arange(4), bent=True)
    assert (bent.linear[:, 0, :, 1] == 0.0).all()
    assert np.count_nonzero(bent.square[-1]) == 4
    by_hand = of.x[..., 0] * bent.linear[1, 0, 0, 0] + bent.square[1, 0, 0, 0] * of.x[..., 0] ** 2
    first = (of.fold == 1)[:, 0]
    np.testing.assert_allclose(
        bent.predicted[0][first, 0], by_hand[first, 0] + bent.constant[1, 0], rtol=1e-5, atol=1e-6
    )


def test_sums_by_unit_are_plain_sums():
    of = panel(regions=12)
    values = RANDOM.normal(0.2, 1.0, (2, 12, 8))
    sums, counts = by_unit(values, of)
    np.testing.assert_allclose(sums[:, 1], values[1].sum(axis=1))
    assert (counts == 8).all()


@pytest.mark.parametrize(("periods", "chunk"), [(7, 24), (11, 4)])
def test_what_is_said_of_sequences_goes_back_to_its_place(periods, chunk):
    growth = RANDOM.normal(size=(3, periods, 2))
    of = sequences(growth, growth, None, np.arange(3) % 3, False, False, chunk=chunk, opening=2)
    back = by_place(np.moveaxis(of.y, 2, 0).astype(float), periods, chunk, 2)
    np.testing.assert_allclose(np.moveaxis(back, 0, 2) * of.growth_sd, growth, atol=1e-5)
