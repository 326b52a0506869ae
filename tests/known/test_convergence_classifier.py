"""The classifier beside the rule: both ways round, only what was observed, labels from a hundred on, and its words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import coevolve
from coevolve.errors import StudyError
from coevolve.evidence.accounts import Accounts
from coevolve.inquiry.finding import Finding
from coevolve.inquiry.key import Key
from coevolve.themes.convergence import recognised
from coevolve.themes.convergence.direction import CLASSES, either_given, either_way, turned
from coevolve.themes.convergence.pairs import CHANNELS, TYPES, PairSettings, simulate_pairs
from coevolve.themes.convergence.recognition import Schooling

SMALL = Schooling(pairs=600, worlds=4, steps=60, held_out=200, wandering=0.3)
YEARS = 12
MONEY = ("a_ab", "a_ba", "market", "log_a", "log_b")  # what accounts in constant prices tell
SECTORS = tuple(f"s{k:02d}" for k in range(12))


def accounts_of(prices: str, years: int = YEARS, seed: int = 1) -> Accounts:
    """Twelve sectors in constant or current prices; inputs from s00 into s01 rise sixfold."""
    random = np.random.default_rng(seed)
    many = len(SECTORS)
    logs = np.log(0.02) + random.normal(0, 0.4, (many, many)) + random.normal(0, 0.05, (years, many, many))
    logs[:, 0, 1] += np.linspace(0.0, 1.8, years)
    output = 1000 * np.exp(random.normal(0, 0.2, many) + 0.02 * np.arange(years)[:, None])
    flows = np.exp(logs) * output[:, None, :]
    labels = tuple(str(2001 + t) for t in range(years))
    final, added = output - flows.sum(axis=2), output - flows.sum(axis=1)
    return Accounts(SECTORS, labels, ("",) * years, flows, output, final, added, prices=prices)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognised, "SCHOOLING", SMALL)


def asked(prices: str = "constant prices", **options: object) -> Finding:
    options = {"pairs": (("s00", "s01"), ("s02", "s03")), "draws": 200, **options}
    return coevolve.convergence.convergence(accounts=accounts_of(prices), **options)


def test_directions_by_hand() -> None:
    """Every class by Bayes with even chances of either direction, one pair at a time."""
    random = np.random.default_rng(1)
    given, round_ = (random.dirichlet(np.ones(5), 3) for _ in range(2))
    found = np.exp(either_way(np.log(given), np.log(round_)))
    for k in range(3):
        p, q = given[k], round_[k]
        s, t = p[0] + p[2] + p[3], q[0] + q[2] + q[3]
        odds = [(p[j] / s + q[j] / t) / 2 for j in (0, 2, 3)]
        odds += [p[1] / s / 2, p[4] / s / 2, q[1] / t / 2, q[4] / t / 2]
        assert found[k] == pytest.approx(np.array(odds) / sum(odds))
    assert CLASSES[3:] == (
        ("penetration", False),
        ("substitution", False),
        ("penetration", True),
        ("substitution", True),
    )


def test_turning_round_swaps_the_sides() -> None:
    values = np.arange(8.0)[None, :]
    there = turned(values, CHANNELS)
    assert there.tolist() == [[1, 0, 3, 2, 4, 5, 7, 6]]
    assert turned(there, CHANNELS).tolist() == values.tolist()
    made = simulate_pairs(200, Key.of(1, "turned"))
    shown, right = either_given(made, CHANNELS, np.random.default_rng(2))
    for k in range(200):
        type_, is_turned = CLASSES[right[k]]
        assert type_ == TYPES[made.types[k]]
        if is_turned:
            assert shown[k] == pytest.approx(turned(made.values[k], CHANNELS))


def test_a_turned_pair_gets_the_turned_answer() -> None:
    """What is said of (A, B) is said of (B, A) with the direction turned."""
    plain, other = asked(), asked(pairs=(("s01", "s00"), ("s03", "s02")))
    chances = [
        {(row["from"], row["to"], row["type"]): row["probability"] for row in each["types"].rows()}
        for each in (plain, other)
    ]
    for (first, second, type_), chance in chances[0].items():
        directed = type_ in ("penetration", "substitution")
        twin = (first, second, type_) if directed else (second, first, type_)
        assert chance == pytest.approx(chances[1][twin], abs=1e-5)


def test_probabilities_stand_beside_the_verdict() -> None:
    finding = asked()
    for pair in ("s00 × s01", "s02 × s03"):
        rows = [row for row in finding["types"].rows() if row["pair"] == pair]
        one = next(row for row in finding["recognised"].rows() if row["pair"] == pair)
        total = sum(float(str(row["probability"])) for row in rows) + float(str(one["probability_none"]))
        assert total == pytest.approx(1.0, abs=1e-6)
        assert {row["agrees"] for row in rows} == {one["agrees"]}
        assert one["agrees"] in ("yes", "no", "rule undetermined")
        assert float(str(one["accuracy"])) > 1 / 7
    notes = " ".join(note.text for note in finding.notes)
    assert "600 simulated pairs" in notes
    assert "the rule gives the verdict" in notes


def test_only_what_was_observed_is_shown() -> None:
    """Outputs in current prices are no volumes: they are left out, and so are patents that nobody gave."""
    volumes, values = (asked(prices)["recognised"].rows() for prices in ("constant prices", "current prices"))
    assert {row["channels"] for row in volumes} == {"inputs of each in the other, likeness of customers, both outputs"}
    assert {row["channels"] for row in values} == {"inputs of each in the other, likeness of customers"}


def test_it_can_be_left_out() -> None:
    finding = asked(classifier=False)
    assert "probability" not in finding["types"].columns
    assert "recognised" not in [table.name for table in finding.tables]


def test_too_few_years_have_no_probability() -> None:
    finding = coevolve.convergence.convergence(
        accounts=accounts_of("constant prices", 7), pairs=(("s00", "s01"),), draws=200
    )
    assert "recognised" not in [table.name for table in finding.tables]
    assert all(row["agrees"] == "not classified" for row in finding["types"].rows())
    assert any("no probability from the classifier" in note.text for note in finding.notes)


def test_few_labels_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a bit: the classifier is taught anew for the second answer, and learns the same."""
    every = tuple((SECTORS[i], SECTORS[j]) for i in range(12) for j in range(i + 1, 12) if i + j < 20)[:60]
    few = [{"pair": pair, "type": "none"} for pair in every[:5]]
    plain = asked(pairs=every)
    monkeypatch.setattr(recognised, "LEARNT", {})
    taught = asked(pairs=every, labels=few)
    assert [row["probability"] for row in plain["recognised"].rows()] == [
        row["probability"] for row in taught["recognised"].rows()
    ]
    assert any("Give 100 labels or more" in note.text for note in taught.notes)


def test_a_hundred_labels_correct_it() -> None:
    random = np.random.default_rng(3)
    made = simulate_pairs(120, Key.of(4, "labelled"), PairSettings(years=YEARS))
    values = made.values[:, :, [CHANNELS.index(name) for name in MONEY]]
    instrument = recognised._instrument(MONEY, YEARS, SMALL, lambda done, of, words: None)
    known = [(TYPES[one], bool(random.random() < 0.5)) for one in made.types]
    flips = np.array([flip for _, flip in known])[:, None, None]
    shown = np.where(flips, turned(values, MONEY), values)
    found = recognised._corrected(instrument, shown, known, Key.of(5, "folds"))
    assert found is not None
    assert len(found.surprise) == 3
    assert found.surprise[found.how] == min(found.surprise.values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": [{"pair": ("s00", "s05"), "type": "none"}]}, "pair that is not asked"),
        ({"labels": [{"pair": ("s00", "s01"), "type": "none"}, {"pair": ("s01", "s00"), "type": "none"}]}, "twice"),
        ({"labels": [{"pair": ("s00", "s01"), "type": "none"}], "classifier": False}, "teach the classifier"),
        ({"labels": [{"pair": ("s00", "s01"), "type": "merger"}]}, "merger|penetration"),
    ],
)
def test_labels_that_help_nobody_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        asked(**options)


def test_pairs_wilder_than_all_it_learnt_from_have_no_probability() -> None:
    accounts = accounts_of("constant prices")
    flows = np.array(accounts.flows)
    flows[:, 2, 3] *= np.exp(np.random.default_rng(7).normal(0, 3.0, YEARS))
    wild = replace(accounts, flows=flows)
    finding = coevolve.convergence.convergence(accounts=wild, pairs=(("s00", "s01"), ("s02", "s03")), draws=200)
    assert [row["pair"] for row in finding["recognised"].rows()] == ["s00 × s01"]
    assert any("wilder than nearly all" in note.text for note in finding.notes)


def test_nothing_is_measured_across_a_break() -> None:
    line = np.array([1.0, 2.0, 10.0, 11.0, np.nan, 12.0])
    spliced = recognised._spliced(line, np.array([0, 0, 1, 1, 1, 1]))
    np.testing.assert_allclose(spliced, [1.0, 2.0, 2.0, 3.0, np.nan, 4.0])
