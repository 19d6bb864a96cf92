"""What a mentor is asked who raises a reservation about a match."""

from mentorly.mentoring.questions import Choice, Text

RESERVATION = Choice(
    "kind",
    {"en": "What is the reason?", "fr": "Quelle en est la raison?"},
    options={
        "other": {"en": "Something else", "fr": "Une autre raison"},
        "conflict": {"en": "A conflict of interest", "fr": "Un conflit d’intérêts"},
        "relationship": {
            "en": "We know each other too well (family, friends, the same team)",
            "fr": "Nous nous connaissons trop bien (famille, amitié, même équipe)",
        },
    },
)
RESERVATION_WORDS = Text(
    "words",
    {"en": "In your own words, if you like", "fr": "Dans vos mots, si vous le voulez"},
    {
        "en": "Only the person who proposed this match reads it.",
        "fr": "Seule la personne qui a proposé ce jumelage le lira.",
    },
)
