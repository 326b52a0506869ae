"""Hare and lynx 1900-1920 under the Lotka-Volterra equations: the posterior by means that share nothing with ours.

The model and priors of the Stan case study (Carpenter 2018, "Predator-Prey Population Dynamics"):

    du/dt = (alpha - beta v) u        dv/dt = (-gamma + delta u) v
    alpha, gamma ~ normal(1, .5)      beta, delta ~ normal(.05, .05)      all above 0
    log y ~ normal(log z, sigma)      sigma ~ lognormal(-1, 1)            z_0 ~ lognormal(log 10, 1)

Two independent ways, both over scipy's integrator: importance sampling from a multivariate t around the mode, and a
plain adaptive Metropolis walk. Used by symbiosis_real.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import odeint
from scipy.optimize import minimize

Array = NDArray[np.float64]

NAMES = ("alpha", "beta", "gamma", "delta", "hare_0", "lynx_0", "sigma_hare", "sigma_lynx")
STAN = {"alpha": 0.55, "beta": 0.028, "gamma": 0.80, "delta": 0.024, "sigma_hare": 0.25, "sigma_lynx": 0.25}
WITHIN = {"alpha": 0.01, "beta": 0.001, "gamma": 0.015, "delta": 0.001, "sigma_hare": 0.01, "sigma_lynx": 0.01}
FREEDOM = 6.0


@dataclass(frozen=True)
class Target:
    """Log posterior density of the logs of the eight unknowns, given counts (year, species)."""

    years: Array
    counts: Array

    def __call__(self, theta: Array) -> float:
        if np.abs(theta).max() > 12.0:
            return -np.inf
        alpha, beta, gamma, delta, *_ = values = np.exp(theta)
        sigma = values[6:]

        def slope(state: Array, _: float) -> tuple[float, float]:
            hare, lynx = state
            return (alpha - beta * lynx) * hare, (delta * hare - gamma) * lynx

        path, report = odeint(
            slope, values[4:6], self.years, rtol=1e-8, atol=1e-8, full_output=True, printmessg=False, mxstep=2000
        )
        if report["message"] != "Integration successful." or not (path > 0).all():
            return -np.inf
        away = (np.log(self.counts) - np.log(path)) / sigma
        fit = -0.5 * (away**2).sum() - len(self.years) * np.log(sigma).sum()
        prior = -0.5 * ((values[[0, 2]] - 1.0) ** 2 / 0.5**2).sum()
        prior -= 0.5 * ((values[[1, 3]] - 0.05) ** 2 / 0.05**2).sum()
        prior -= 0.5 * ((theta[4:6] - np.log(10.0)) ** 2).sum() + 0.5 * ((theta[6:] + 1.0) ** 2).sum()
        return float(fit + prior + theta[:4].sum())  # the last: normal priors of the values, walked on in their logs


def mode(target: Target) -> tuple[Array, Array]:
    """Where the posterior is densest (in logs), and the covariance there by central differences."""
    start = np.log([0.5, 0.025, 0.8, 0.025, target.counts[0, 0], target.counts[0, 1], 0.25, 0.25])
    found = minimize(lambda at: -target(at), start, method="Nelder-Mead", options={"maxiter": 6000, "xatol": 1e-6})
    best, n, h = found.x, len(start), 1e-3
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            ei, ej = h * np.eye(n)[i], h * np.eye(n)[j]
            corners = target(best + ei + ej) - target(best + ei - ej) - target(best - ei + ej) + target(best - ei - ej)
            hessian[i, j] = -corners / (4 * h * h)
    return best, np.linalg.inv(0.5 * (hessian + hessian.T))


def importance(target: Target, random: np.random.Generator, draws: int) -> tuple[Array, float]:
    """Weighted posterior means, sds and effective number of draws: rows mean and sd of the eight unknowns."""
    centre, covariance = mode(target)
    root = np.linalg.cholesky(covariance)
    normal = random.standard_normal((draws, len(centre)))
    stretch = np.sqrt(FREEDOM / random.chisquare(FREEDOM, draws))
    scaled = normal * stretch[:, None]
    log_proposal = -0.5 * (FREEDOM + len(centre)) * np.log1p((scaled**2).sum(axis=1) / FREEDOM)
    points = centre + scaled @ root.T
    log_weight = np.array([target(point) for point in points]) - log_proposal
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    values = np.exp(points)
    mean = weight @ values
    return np.array([mean, np.sqrt(weight @ (values - mean) ** 2)]), float(1.0 / (weight**2).sum())


def metropolis(target: Target, random: np.random.Generator, draws: int, warm_up: int) -> tuple[Array, float]:
    """Posterior means and sds by a random walk, its steps shaped by the covariance at the mode; the share accepted."""
    centre, covariance = mode(target)
    root = np.linalg.cholesky(covariance) * 2.38 / np.sqrt(len(centre))
    at, height, kept, accepted = centre, target(centre), [], 0
    for step in range(warm_up + draws):
        there = at + root @ random.standard_normal(len(at))
        found = target(there)
        if np.log(random.random()) < found - height:
            at, height, accepted = there, found, accepted + 1
        if step >= warm_up:
            kept.append(np.exp(at))
    values = np.array(kept)
    return np.array([values.mean(axis=0), values.std(axis=0)]), accepted / (warm_up + draws)
