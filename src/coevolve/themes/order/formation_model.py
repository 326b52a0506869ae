"""Clusters that form: replicas of the simulated firms, phases over feedback, and what each power does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...engine.formation import Course, Powers
from ...engine.formation import simulate as simulate_firms
from ...engine.lumped import CHANNELS, Rules, even, gathered, paths
from ...inquiry.at import At
from ...inquiry.at import Case as Done
from ...inquiry.key import Key
from .entropy_equations import contributions, entropy
from .formation_equations import sustain_point, threshold

Array = NDArray[np.float64]

REFERENCE = 0.5  # the level at which a power that the ask leaves at 0 is tried
POWERS = ("innovation", "environment", "competition")
OUTCOMES = ("evenness", "largest_share", "knowledge")
PHASE_REPLICAS = 4
PHASE_YEARS = 300
PHASE_FIRMS = 20_000
EFFECT_FIRMS = 5000
EFFECT_YEARS = 100
ALL_CHANNELS = (*CHANNELS, "exit")


@dataclass(frozen=True)
class Plan:
    """What to simulate: firms, regions, the rule of entry, spread of natural advantage, powers, years, replicas."""

    firms: int
    regions: int
    rules: Rules
    advantage: float
    powers: Powers
    years: int
    replicas: int


@dataclass(frozen=True)
class Replica:
    """One world to simulate and what of it to keep: `whole` keeps its path, else only its end."""

    plan: Plan
    key: Key
    whole: bool


@dataclass(frozen=True)
class World:
    """What became of one world: yearly `evenness` S/ln R, `largest_share`, `knowledge`, `entropy`; contributions of
    each of ALL_CHANNELS to the entropy of each year (year, channel); what the facts need of its end."""

    evenness: Array
    largest_share: Array
    knowledge: Array
    entropy: Array
    channels: Array
    residual: float
    leader: Array
    final: NDArray[np.int64]
    known: Array
    attraction: Array


@dataclass(frozen=True)
class PhaseCase:
    """One feedback and one start of the phase table."""

    rules: Rules
    firms: int
    regions: int
    dispersed: bool
    key: Key


@dataclass(frozen=True)
class Simulated:
    """All that was simulated. `phases` has a row a (feedback, dispersed start, evenness, share of largest)."""

    worlds: tuple[World, ...]
    phases: tuple[tuple[float, bool, float, float, float, float], ...]
    edge: float
    sustain: float
    effects: dict[str, Array]
    levels: dict[str, float]
    lost: tuple[str, ...]


def simulate(plan: Plan, at: At) -> Simulated:
    """Replicas of the plan, phases of its rule on either side of the threshold, and the effects of the powers."""
    keys = [at.key.child(f"world {k}") for k in range(plan.replicas)]
    done = at.map(world, [Replica(plan, key, True) for key in keys], words="simulating firms")
    edge = threshold(plan.rules.external, plan.rules.spin_off)
    cases = _phase_cases(plan, edge, at.key)
    phases = at.map(phase, cases, words="following phases")
    effects, levels, trouble = _effects(plan, keys, at)
    lost = [one.trouble for one in (*done, *phases) if not one.is_done]
    return Simulated(
        tuple(one.value for one in done if one.is_done),
        tuple(
            (case.rules.feedback, case.dispersed, *one.value)
            for case, one in zip(cases, phases, strict=True)
            if one.is_done
        ),
        edge,
        sustain_point(plan.rules.external, plan.rules.spin_off, plan.regions),
        effects,
        levels,
        (*lost, *trouble),
    )


def world(case: Replica) -> World:
    """One world, firm by firm."""
    plan = case.plan
    pull = natural_advantage(plan.regions, plan.advantage, case.key)
    rules = (plan.rules.feedback, plan.rules.external, plan.rules.spin_off, plan.rules.exit)
    seed = int(case.key.child("firms").numpy().integers(2**62))
    course = simulate_firms(even(plan.firms, plan.regions), pull, rules, plan.powers, plan.years, seed)
    share = course.counts / plan.firms
    spread = entropy(course.counts.astype(float))
    known = (share * course.knowledge).sum(axis=1)
    first = int(share[-1].argmax())
    if case.whole:
        channels = ledger(course)
        residual = float(np.abs(channels.sum(axis=1) - np.diff(spread)).max())
        kept: tuple[Array, ...] = (spread / np.log(plan.regions), share.max(axis=1), known, spread)
    else:
        channels, residual = np.zeros((0, len(ALL_CHANNELS))), 0.0
        tail = slice(-max(1, plan.years // 5), None)
        means = (spread[tail].mean() / np.log(plan.regions), share[tail].max(axis=1).mean(), known[-1], 0.0)
        kept = tuple(np.array([one]) for one in means)
    return World(
        kept[0],
        kept[1],
        kept[2],
        kept[3],
        channels,
        residual,
        share[:, first],
        course.counts[-1],
        course.knowledge[-1],
        pull,
    )


def ledger(course: Course) -> Array:
    """What each channel added to the entropy of each year, in nat (year, channel); rows sum to its change."""
    changes = np.concatenate([course.entrants, -course.leavers[:, None]], axis=1).astype(float)
    return contributions(course.counts[:-1].astype(float), course.counts[1:].astype(float), changes)


def natural_advantage(regions: int, spread: float, key: Key) -> Array:
    """e_r: lognormal with that sd of the log, summing to 1; equal for 0."""
    weight = np.exp(spread * key.child("advantage").numpy().normal(size=regions))
    return np.asarray(weight / weight.sum())


def phase(case: PhaseCase) -> tuple[float, float, float, float]:
    """Evenness and largest share late in PHASE_YEARS, means over replicas, and their sd between replicas."""
    start = (even if case.dispersed else gathered)(case.firms, case.regions)
    pull = np.full(case.regions, 1 / case.regions)
    draw = case.key.numpy()
    course = paths(np.tile(start, (PHASE_REPLICAS, 1)), pull, case.rules, PHASE_YEARS, draw)
    late = course.counts[-PHASE_YEARS // 8 :]
    even_ness = entropy(late.astype(float)).mean(axis=0) / np.log(case.regions)
    largest = late.max(axis=2).mean(axis=0) / case.firms
    return float(even_ness.mean()), float(largest.mean()), float(even_ness.std()), float(largest.std())


def _phase_cases(plan: Plan, edge: float, key: Key) -> list[PhaseCase]:
    """Feedback from well below to well above the threshold, and the ask's own, each from both starts."""
    middle = edge if np.isfinite(edge) else 1.0
    grid = sorted(
        {round(middle * one, 4) for one in (0.8, 0.9, 0.94, 0.97, 1.0, 1.05, 1.15, 1.3)} | {plan.rules.feedback}
    )
    firms = min(plan.firms, PHASE_FIRMS)
    return [
        PhaseCase(replace(plan.rules, feedback=alpha), firms, plan.regions, start, key.child(f"phase {alpha} {start}"))
        for alpha in grid
        for start in (True, False)
    ]


def _effects(plan: Plan, keys: Sequence[Key], at: At) -> tuple[dict[str, Array], dict[str, float], list[str]]:
    """Direct, indirect and total effects by power: (outcome, replica, 3), each power against none of it.

    The other powers stay as asked, except that innovation is tried at REFERENCE where the ask has none of it, so that
    there is a path to go through. Worlds with and without share their random numbers only at the start.
    """
    base = plan.powers
    levels = {name: getattr(base, name) or REFERENCE for name in POWERS}
    own = replace(base, innovation=levels["innovation"])
    variants: dict[tuple[str, str], Powers] = {("innovation", "without"): replace(base, innovation=0.0)}
    variants["innovation", "with"] = own
    variants["environment", "without"] = replace(own, environment=0.0)
    variants["environment", "with"] = replace(own, environment=levels["environment"])
    variants["environment", "closed"] = replace(variants["environment", "with"], environment_path=False)
    variants["competition", "without"] = replace(own, competition=0.0)
    variants["competition", "with"] = replace(own, competition=levels["competition"])
    variants["competition", "closed"] = replace(variants["competition", "with"], competition_path=False)
    small = replace(
        plan, firms=min(plan.firms, max(EFFECT_FIRMS, 5 * plan.regions)), years=min(plan.years, EFFECT_YEARS)
    )
    wanted = list(dict.fromkeys(variants.values()))
    cases = [Replica(replace(small, powers=one), key, False) for one in wanted for key in keys]
    done = at.map(world, cases, words="switching powers")
    lost = [one.trouble for one in done if not one.is_done]
    many = len(keys)
    ends = {one: _ends(done[place * many : (place + 1) * many]) for place, one in enumerate(wanted)}
    effects = {}
    for name in POWERS:
        total = ends[variants[name, "with"]] - ends[variants[name, "without"]]
        direct = total if name == "innovation" else ends[variants[name, "closed"]] - ends[variants[name, "without"]]
        effects[name] = np.stack([direct, total - direct, total], axis=-1)
    return effects, levels, lost


def _ends(done: Sequence[Done]) -> Array:
    """(outcome, replica) of worlds of which only the end was kept; NaN where one failed."""
    return np.array([[getattr(one.value, name)[-1] if one.is_done else np.nan for one in done] for name in OUTCOMES])
