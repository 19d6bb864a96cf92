"""The opening questions: enough of each theme, in both languages, and another theme at each meeting."""

from mentorly.mentoring.opening_questions import opening_question, themes
from mentorly.mentoring.typography import set_well

THEMES = [
    "career_journey",
    "goals",
    "reviewing_actions",
    "strengths_and_improvements",
    "reflection_and_gratitude",
    "relationships",
    "personal_and_professional_development",
]


def test_each_theme_has_at_least_five_questions_in_both_languages_and_none_twice() -> None:
    assert [theme.name for theme in themes()] == THEMES
    for language in ("en", "fr"):
        said = [question[language] for theme in themes() for question in theme.questions]
        assert len(set(said)) == len(said)
        assert all(question.endswith("?") for question in said)
        assert all(theme.title[language] for theme in themes())
    assert min(len(theme.questions) for theme in themes()) >= 5


def test_a_relationship_goes_through_all_questions_theme_by_theme_before_one_comes_again() -> None:
    least = min(len(theme.questions) for theme in themes())
    asked = [opening_question(number, "fr") for number in range(1, len(THEMES) * least + 1)]
    assert len(set(asked)) == len(asked)
    assert asked[: len(THEMES)] == [set_well(theme.questions[0]["fr"], "fr") for theme in themes()]
    assert opening_question(0, "en") == opening_question(1, "en")
