"""What a form about a progress report or a concern asks, behind a button and on a page."""

from mentorly.mentoring.concerns import WORDS_LENGTH, Kind
from mentorly.mentoring.questions import Choice, Text, Texts
from mentorly.mentoring.reports import REPORT_LENGTH, Tone

TONES: dict[str, Texts] = {
    Tone.NEWS: {"en": "How it is going", "fr": "Des nouvelles"},
    Tone.PRAISE: {"en": "Praise", "fr": "Des félicitations"},
    Tone.CONCERN: {"en": "A major concern", "fr": "Une préoccupation importante"},
}
URGENCIES: dict[str, Texts] = {"no": {"en": "No", "fr": "Non"}, "yes": {"en": "Yes", "fr": "Oui"}}
CONFIDENCE: Texts = {
    "en": "Do not disclose what your mentee shared with you in confidence, unless it is urgent. "
    "This goes to the project lead of your mentee’s organization. Your mentee does not see it.",
    "fr": "Ne révélez pas ce qu’on vous a dit en confidence, à moins d’une urgence. Ce bilan va au responsable de "
    "projet de l’organisation de la personne que vous accompagnez. Celle-ci ne le voit pas.",
}
KINDS: dict[str, Texts] = {
    Kind.LANGUAGE: {"en": "Language or communication", "fr": "La langue ou la communication"},
    Kind.SCHEDULING: {"en": "Finding time to meet", "fr": "Trouver le temps de se voir"},
    Kind.EXPECTATIONS: {"en": "Different expectations", "fr": "Des attentes différentes"},
    Kind.CONDUCT: {"en": "How somebody behaves", "fr": "La conduite de quelqu’un"},
    Kind.OTHER: {"en": "Something else", "fr": "Autre chose"},
    Kind.ENDING: {
        "en": "I would like to end this relationship; nobody is to blame",
        "fr": "J’aimerais mettre fin à cette relation; ce n’est la faute de personne",
    },
}
TO_ADMINISTRATORS: Texts = {
    "en": "Goes to the administrators of the program alone. Neither your project lead nor anybody you are matched with "
    "sees it.",
    "fr": "Va à l’administration du programme seulement. Ni votre responsable de projet ni la personne avec qui vous "
    "êtes en relation de mentorat ne le voient.",
}

TONE = Choice("tone", {"en": "What is it?", "fr": "De quoi s’agit-il?"}, options=TONES)
URGENT = Choice("urgent", {"en": "Is it urgent?", "fr": "Est-ce urgent?"}, options=URGENCIES)
REPORT = Text("words", {"en": "Your report", "fr": "Votre bilan"}, hint=CONFIDENCE, required=True, most=REPORT_LENGTH)
KIND = Choice("kind", {"en": "What is it about?", "fr": "De quoi s’agit-il?"}, required=True, options=KINDS)
WORDS = Text(
    "words",
    {"en": "What would you like to say?", "fr": "Qu’aimeriez-vous dire?"},
    hint=TO_ADMINISTRATORS,
    most=WORDS_LENGTH,
)
