"""docs/questions.md is what the questions themselves say."""

from pathlib import Path

import pytest

from coevolve.cli.explain import explanation, questions_page
from coevolve.inquiry import catalogue


def test_the_page_is_up_to_date(repository: Path) -> None:
    page = (repository / "docs" / "questions.md").read_text(encoding="utf-8")
    assert page == questions_page(), "run: python -m coevolve.cli.explain > docs/questions.md"


@pytest.mark.parametrize("name", list(catalogue.QUESTIONS))
def test_every_question_explains_itself(name: str) -> None:
    kind = catalogue.question(name)
    said = explanation(name, kind)
    assert "When not to trust" in said
    for option, field in kind.model_fields.items():
        assert option in said
        assert field.description, option
    assert kind.model_json_schema()["additionalProperties"] is False
