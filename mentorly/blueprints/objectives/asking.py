"""What the forms about objectives, tasks and notes ask."""

from collections.abc import Iterable, Mapping
from typing import Any

from mentorly.mentoring.notes import NOTE_LENGTH
from mentorly.mentoring.objectives import TITLE_LENGTH, WORDS_LENGTH, Category, Horizon, Plan
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Choice, Day, Line, Question, Text, Texts

CATEGORIES: dict[str, Texts] = {
    Category.COMMUNICATION: {"en": "Communication", "fr": "Communication"},
    Category.LEADERSHIP: {"en": "Leadership", "fr": "Leadership"},
    Category.NETWORKING: {"en": "Networking", "fr": "Réseautage"},
    Category.SKILLS: {"en": "Skill development", "fr": "Développement des compétences"},
    Category.OTHER: {"en": "Other", "fr": "Autre"},
}
HORIZONS: dict[str, Texts] = {
    Horizon.SHORT: {"en": "Short term", "fr": "Court terme"},
    Horizon.LONG: {"en": "Long term", "fr": "Long terme"},
}
PLAN: tuple[Question, ...] = (
    Line(
        "title",
        {"en": "What do you want to reach?", "fr": "Que voulez-vous atteindre?"},
        required=True,
        most=TITLE_LENGTH,
    ),
    Choice("category", {"en": "What is it about?", "fr": "De quoi s’agit-il?"}, required=True, options=CATEGORIES),
    Choice("horizon", {"en": "How far away is it?", "fr": "À quelle échéance?"}, required=True, options=HORIZONS),
    Text("why", {"en": "Why does it matter?", "fr": "Pourquoi est-ce important?"}, most=WORDS_LENGTH),
    Text(
        "support",
        {"en": "What support or resources does it need?", "fr": "Quel soutien ou quelles ressources faut-il?"},
        most=WORDS_LENGTH,
    ),
    Text("barriers", {"en": "What may stand in the way?", "fr": "Qu’est-ce qui pourrait nuire?"}, most=WORDS_LENGTH),
    Text(
        "success",
        {"en": "How will you know that it is reached?", "fr": "Comment saurez-vous que c’est atteint?"},
        most=WORDS_LENGTH,
    ),
)
TASK = Text("words", {"en": "What is to be done?", "fr": "Que faut-il faire?"}, required=True, most=WORDS_LENGTH)
TARGET = Day("target_on", {"en": "By which day?", "fr": "Pour quelle date?"}, required=True)
REMARK = Text("remark", {"en": "Your remark", "fr": "Votre remarque"}, required=True, most=WORDS_LENGTH)
NOTE = Text("note", {"en": "Your note", "fr": "Votre note"}, required=True, most=NOTE_LENGTH)


def plan_in(given: Mapping[str, Any]) -> Plan:
    """The plan of an objective, as it was typed."""
    return Plan(**{name: given[name] for name in Plan._fields})


def owner_among(people: Iterable[Person], reader: Person) -> Choice:
    """Who is to do it."""
    you = {"en": "You", "fr": "Vous"}
    names = {str(one.id): you if one.id == reader.id else dict.fromkeys(("en", "fr"), one.name) for one in people}
    return Choice("owner", {"en": "Who does it?", "fr": "Qui s’en charge?"}, options=names)


def audience(names: Mapping[str, str], *, is_shared: bool = False) -> Choice:
    """Who sees a note. names: of the others, by language. is_shared: it is already, and stays so."""
    own = {"en": "Only you see this", "fr": "Personne d’autre que vous ne voit ceci"}
    shared = {"en": f"You and {names['en']} see this", "fr": f"Vous et {names['fr']} voyez ceci"}
    options = {"shared": shared} if is_shared else {"private": own, "shared": shared}
    return Choice("audience", {"en": "Who sees it?", "fr": "Qui la voit?"}, options=options)
