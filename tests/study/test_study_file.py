"""What a study file may say, and how each mistake in it is refused: all at once, with its place and a repair."""

from pathlib import Path

import pytest

from coevolve.errors import StudyError
from coevolve.study.study import Study, option_table, read_study, toml_value

HEAD = 'title = "t"\nseed = 7\n\n[evidence.firms]\nfile = "firms.csv"\n'
GROWTH = '\n[[ask]]\nquestion = "growth"\npanel = "firms"\nof = "x"\n'


def refused(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        Study.from_text(text, Path(), "study.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "seeds = [", "study.toml: this is not TOML."),
        ("seeds = 3\n" + HEAD + GROWTH, "study.toml: a study has no key 'seeds'. Did you mean 'seed'?"),
        (HEAD.replace("7", '"a"') + GROWTH, "study.toml: 'seed' is a whole number. Got \"a\". Write seed = 7."),
        (HEAD, "study.toml: the study asks nothing."),
        (HEAD + '\n[ask]\nquestion = "growth"\n', "asks come as a list. Write [[ask]] with two brackets"),
        (HEAD + '\n[[ask]]\npanel = "firms"\n', "study.toml, ask 1: an ask needs a question."),
        (
            HEAD + GROWTH.replace("growth", "grwth"),
            "ask 1: there is no question 'grwth'. Got \"grwth\". Did you mean 'growth'?",
        ),
        (HEAD + GROWTH + "untill = 2030\n", "ask 1: 'growth' has no option 'untill'. Did you mean 'until'?"),
        (HEAD + GROWTH.replace('panel = "firms"\n', ""), "ask 1: 'growth' needs the option 'panel'."),
        (
            HEAD + GROWTH.replace('"firms"', '"frms"'),
            "option 'panel': there is no panel called 'frms'. Did you mean 'firms'?",
        ),
        (HEAD + GROWTH + GROWTH, "ask 2: two asks are called 'growth'. Give one of them its own name"),
        (HEAD + GROWTH + 'name = "firms"\n', "ask 1: the ask and a piece of evidence are both called 'firms'."),
        (
            HEAD + GROWTH + 'name = "My Growth"\n',
            'ask 1: an ask\'s name has letters a-z, digits, _ and - only. Got "My Growth".',
        ),
        (
            HEAD + '\n[[ask]]\nquestion = "recovery"\nof = "poles"\ntruth = []\n'
            '\n[[ask]]\nname = "poles"\nquestion = "symbiosis"\npanel = "firms"\nof = "x"\npoles = ["a", "b"]\n',
            "ask 1 ('recovery'), option 'of': 'poles' is asked later than here. Move ask 'poles' above this one.",
        ),
        (
            HEAD + GROWTH + '\n[[ask]]\nquestion = "standing"\nnetwork = "growth"\n',
            "option 'network': 'growth' makes no evidence, not a network.",
        ),
        (HEAD + GROWTH.replace("growth", "mine.py:Mine"), 'ask 1: there is no such file of your own. Got "mine.py".'),
        (HEAD.replace("firms]", '"Firms!"]') + GROWTH, "a name of evidence has letters a-z, digits, _ and - only."),
    ],
)
def test_a_mistake_is_named_with_its_place_and_repair(text: str, message: str) -> None:
    assert message in refused(text)


def test_all_mistakes_come_at_once() -> None:
    said = refused("seeds = 3\n" + HEAD + GROWTH.replace("growth", "grwth") + '\n[[ask]]\nquestion = "standing"\n')
    assert len(said.splitlines()) == 3


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="there is no such study"):
        read_study(tmp_path / "none.toml")
    with pytest.raises(StudyError, match="this is a folder"):
        read_study(tmp_path)
    (tmp_path / "b.toml").write_bytes(b"title = '\xff\xfe'")
    with pytest.raises(StudyError, match="not UTF-8"):
        read_study(tmp_path / "b.toml")


def test_one_declaration_gives_the_options_table() -> None:
    from coevolve.inquiry import catalogue

    for name in catalogue.QUESTIONS:
        for row in option_table(catalogue.question(name)):
            assert row["help"], f"{name}.{row['option']} has no description"
            assert row["type"] != "value", f"{name}.{row['option']}: its type has no words"


def test_values_are_written_as_toml() -> None:
    import tomllib

    value = {"a": ["x", 1, 2.5, True], "b": {"c": 'say "so"'}}
    assert tomllib.loads(f"v = {toml_value(value)}")["v"] == value
