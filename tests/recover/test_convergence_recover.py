"""Convergence on worlds whose truth is known: types are found, and nothing is found where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coevolve.evidence.evidence import Evidence
from coevolve.inquiry import catalogue
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import Finding
from coevolve.inquiry.key import Key
from coevolve.inquiry.options import question_of
from coevolve.themes.convergence import outcome
from coevolve.themes.convergence.pair_measures import asked_of, gathered_of
from coevolve.themes.convergence.pairs import TYPES, PairSettings, simulate_pairs


def answers(seed: int, wanted: set[str] | None = None) -> dict[str, Finding]:
    """The asks of the world, each with what earlier ones made."""
    world = catalogue.world("merging-industries", seed)
    bag = Evidence({name: piece.item for name, piece in world.pieces.items()})
    found = {}
    for ask in world.asks:
        options = dict(ask)
        name = str(options.pop("name", options["question"]))
        if wanted is not None and name not in wanted:
            continue
        if options["question"] == "convergence":
            options["classifier"] = False  # the rule alone is what is tested here
        question = question_of(catalogue.question(str(options.pop("question"))), options, name)
        assert not list(question.faults(bag))
        found[name] = question.answer(bag, Here(Key.of(seed, name)))
        if found[name].made is not None:
            bag = bag.with_item(name, found[name].made)
    return found


def test_the_merging_industries_are_told_apart() -> None:
    """Penetration and complements are named; of the other four pairs none is given a type."""
    found = answers(7)
    assert found["penetration"]["types"]["verdict"][0] == "penetration"
    named = [row for row in found["penetration"]["types"].rows() if row["what_was_observed"] == "holds"]
    assert [(row["from"], row["to"]) for row in named if row["type"] == "penetration"] == [("software", "farms")]
    assert found["complements"]["types"]["verdict"][0] == "complementary"
    verdicts = {row["pair"]: str(row["verdict"]) for row in found["all-pairs"]["types"].rows()}
    assert len(verdicts) == 6
    others = [word for pair, word in verdicts.items() if pair not in ("software × farms", "energy × vehicles")]
    assert all(word in ("none", "undetermined") for word in others)
    assert "software with farms" in found["modules"].claim
    gains = {row["plan"]: float(str(row["gain"])) for row in found["policy"]["gain"].rows()}
    assert gains["plan"] > gains["equal split"] > 0


def test_shuffled_years_give_no_convergence() -> None:
    """The same pairs with their years dealt out at random: no rise, no type, no degree."""
    made = simulate_pairs(12, Key.of(1, "shuffled"), PairSettings(shares=(0, 0.25, 0.25, 0.25, 0.25)))
    order = np.random.default_rng(3).permutation(24)
    pairs = replace(made, values=made.values[:, order])
    found = outcome.of(gathered_of(pairs), asked_of(pairs), None, 300, Here(Key.of(1, "judge")))
    assert {one.verdict for one in found.ones} == {"none"}
    assert all(one.judged is not None and one.judged.degree is None for one in found.ones)
    assert outcome.fit_of(found, {}) is None


def test_a_true_wave_lies_within_its_bounds() -> None:
    """Where all aspects follow one strong wave, the degree's 90 % bounds hold it in most years."""
    strong = PairSettings(years=30, noise=0.5, strength=2.0, shares=(0, 0.5, 0.5, 0, 0))
    pairs = simulate_pairs(10, Key.of(2, "waves"), strong)
    found = outcome.of(gathered_of(pairs), asked_of(pairs), None, 400, Here(Key.of(2, "judge")))
    held = []
    for k, one in enumerate(found.ones):
        if one.judged is None or one.judged.degree is None:
            continue
        true = pairs.degree[k] / pairs.truth["ceiling"][k]
        bounds = one.judged.degree.bounds
        held.append(((bounds[:, 0] - 0.05 <= true) & (true <= bounds[:, 2] + 0.05)).mean())
    assert len(held) >= 6
    assert np.mean(held) > 0.7


@pytest.mark.slow
def test_types_of_simulated_pairs() -> None:
    """The rule is seldom wrong where it speaks: of named types at least nine in ten are right, none is none."""
    random = np.random.default_rng(0)
    pairs = simulate_pairs(250, Key.of(5, "types"), PairSettings(noise=0.7, strength=1.6, years=30))
    true = pairs.truth["symbiosis"] * pairs.degree[:, -1:]
    draws = true[:, None] + random.normal(0, 0.03, (250, 1, 2)) + random.normal(0, 0.04, (250, 400, 2))
    found = outcome.of(gathered_of(pairs, draws), asked_of(pairs), None, 400, Here(Key.of(5, "judge")))
    words = [one.verdict.removeprefix("consistent with ") for one in found.ones]
    right = [word.split(" or ")[0] == TYPES[k] for word, k in zip(words, pairs.types, strict=True)]
    spoken = [k for k, word in enumerate(words) if word not in ("none", "undetermined")]
    quiet = [k for k, kind in enumerate(pairs.types) if kind == 0]
    assert len(spoken) >= 40
    assert np.mean([right[k] for k in spoken]) >= 0.9
    assert np.mean([words[k] in ("none", "undetermined") for k in quiet]) >= 0.9
