"""How several classifiers speak with one voice: SAMME boosting (Ma Fig. 6), averaging, and honest probabilities.

Ma Fig. 6: samples that were misclassified gain weight in the next round, and the rounds vote by weight. A network fits
its training samples without error, and boosting would stop there: errors are therefore counted out of fold, on samples
that the voting network has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from .classifier import Classifier, Penalties, Real, Shape, fit, log_probabilities
from .train import Settings, Tick

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]
MOST_WEIGHT = 10.0  # times the mean weight: one mislabelled sample must not become the whole sample
ROUNDS = 200  # of capping, until none stands above it
LEAST_ERROR = 1e-3


def samme_say(error: float, classes: int) -> float:
    """How much say a round has: log((1 - e) / e) + log(classes - 1); zero when no better than guessing.

    SAMME (Zhu, Zou, Rosset and Hastie 2009), the form of AdaBoost for more than two classes.

    >>> round(samme_say(0.25, 2), 4), samme_say(0.5, 2), samme_say(0.9, 5)
    (1.0986, 0.0, 0.0)
    """
    error = min(max(error, LEAST_ERROR), 1.0 - LEAST_ERROR)
    return max(0.0, float(np.log((1.0 - error) / error) + np.log(classes - 1.0)))


def samme_weights(weight: Numbers, wrong: NDArray[np.bool_], say: float) -> Numbers:
    """Sample weights of the next round, mean one: misclassified samples gain by exp(say), none above ten."""
    raised = weight * np.exp(say * wrong)
    raised = raised / raised.mean()
    for _ in range(ROUNDS):
        if raised.max() <= MOST_WEIGHT * 1.001:
            break
        raised = np.minimum(raised, MOST_WEIGHT)
        raised = raised / raised.mean()
    return np.asarray(raised)


def weighted_vote(chosen: Labels, says: Numbers, classes: int) -> Numbers:
    """Share of the say that each class gets, (sample, class), from the classes `chosen[round, sample]`."""
    ballots = np.eye(classes)[chosen]
    return np.asarray(np.tensordot(says, ballots, axes=1) / max(float(says.sum()), 1e-300))


def average(logs: Numbers) -> Numbers:
    """Mean over members of the probabilities given as logs[member, sample, class]; as good as boosting or better."""
    return np.asarray(np.exp(logs).mean(axis=0))


def temperature(logs: Numbers, label: Labels) -> float:
    """The temperature T for which softmax(log p / T) says the truth about held-out samples (Guo et al. 2017).

    `logs[sample, class]` are log probabilities of samples that the classifier has not seen. T above one makes them
    more cautious; the class that is most probable stays the same.
    """

    def surprise(log_t: float) -> float:
        return -float(tempered(logs, float(np.exp(log_t)))[np.arange(len(label)), label].mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-3.0, 3.0), method="bounded").x))


def tempered(logs: Numbers, of: float) -> Numbers:
    """Log probabilities at temperature `of`."""
    scaled = logs / of
    top = scaled.max(axis=-1, keepdims=True)
    return np.asarray(scaled - top - np.log(np.exp(scaled - top).sum(axis=-1, keepdims=True)))


def calibration_error(probabilities: Numbers, label: Labels, bins: int = 10) -> float:
    """Mean distance between how sure the classifier was and how often it was right, over bins of how sure it was."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == label
    at = np.minimum((sure * bins).astype(int), bins - 1)
    off = [abs(float(sure[at == b].sum()) - float(right[at == b].sum())) for b in range(bins)]
    return float(sum(off) / len(label))


def folds_of(label: Labels, folds: int, random: np.random.Generator) -> Labels:
    """A fold for each sample, every class spread evenly over the folds."""
    fold = np.empty(len(label), np.int64)
    order = random.permutation(len(label))
    order = order[np.argsort(label[order], kind="stable")]
    fold[order] = np.arange(len(label)) % folds
    return fold


@dataclass(frozen=True)
class Vote:
    """Rounds of classifiers with their say, the temperature, and what each sample was given by those blind to it.

    `out_of_fold[sample, class]` are log probabilities before tempering; `errors[round]` weighted out-of-fold errors.
    """

    how: str
    rounds: tuple[Classifier, ...]
    says: Numbers
    errors: Numbers
    temperature: float
    out_of_fold: Numbers

    def probabilities(self, x: Real, mask: NDArray[np.bool_]) -> Numbers:
        """Probability of each class for new cases, (sample, class), tempered."""
        logs = [np.log(average(log_probabilities(one, x, mask))) for one in self.rounds]
        joint = tempered(_joined(np.stack(logs), self.how, self.says), self.temperature)
        return np.asarray(np.exp(joint))


def _joined(logs: Numbers, how: str, says: Numbers) -> Numbers:
    """Log probabilities (sample, class) of all rounds together; SAMME votes are smoothed so that none is impossible."""
    if how == "average":
        return np.asarray(np.log(average(logs)))
    classes = logs.shape[-1]
    return np.asarray(np.log(0.98 * weighted_vote(logs.argmax(axis=2), says, classes) + 0.02 / classes))


def vote(
    x: Real,
    mask: NDArray[np.bool_],
    label: Labels,
    shape: Shape,
    settings: Settings,
    penalties: Penalties,
    key: Array,
    random: np.random.Generator,
    how: str = "average",
    rounds: int = 5,
    folds: int = 5,
    tick: Tick | None = None,
) -> Vote:
    """Rounds of networks that vote: "average" (default: as good or better) or "samme" (the paper's Fig. 6).

    Each round trains one network a fold, blind to it, and one on all samples, in one loop; the last is the one that
    votes on new cases. SAMME ends early when a round is no better than guessing. The temperature comes from the
    out-of-fold probabilities of the joint vote.
    """
    weight = np.ones(len(label))
    done: list[Classifier] = []
    says: list[float] = []
    errors: list[float] = []
    blind: list[Numbers] = []
    for turn in range(rounds):
        fold = folds_of(label, folds, random)
        given = np.stack([weight * (fold != f) for f in range(folds)] + [weight]).astype(np.float32)

        def told(now: int, of: int, turn: int = turn) -> None:
            if tick is not None:
                tick(turn * of + now, rounds * of)

        fitted = fit(x, mask, label, given, shape, settings, penalties, jax.random.fold_in(key, turn), told)
        logs = log_probabilities(fitted, x, mask)[fold, np.arange(len(label))]
        wrong = logs.argmax(axis=1) != label
        error = float((weight * wrong).sum() / weight.sum())
        say = samme_say(error, shape.classes) if how == "samme" else 1.0
        if say == 0.0 and done:
            break
        done.append(fitted.member(slice(folds, None)))
        says.append(say)
        errors.append(error)
        blind.append(logs)
        if how == "samme":
            weight = samme_weights(weight, wrong, say)
            if say == 0.0:
                break
    joint = _joined(np.stack(blind), how, np.array(says) if any(says) else np.ones(len(says)))
    return Vote(how, tuple(done), np.array(says), np.array(errors), temperature(joint, label), joint)
