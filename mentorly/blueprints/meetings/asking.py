"""What the forms about meetings ask."""

from mentorly.mentoring.choosing import MOST_TIMES
from mentorly.mentoring.meeting_questions import DayAndTime
from mentorly.mentoring.meeting_times import LENGTHS
from mentorly.mentoring.meetings import FEWEST, WORDS_LENGTH
from mentorly.mentoring.planning import MOST_IN_A_SERIES
from mentorly.mentoring.questions import Choice, Line, Number, Question, Text
from mentorly.mentoring.sessions import MINUTES, Way
from mentorly.mentoring.whereabouts import LINK_LENGTH, PLACE_LENGTH

FIRST = DayAndTime("at_1", {"en": "Day and time", "fr": "Date et heure"}, required=True)
OTHERS = tuple(
    DayAndTime(f"at_{number}", {"en": f"Or time {number}", "fr": f"Ou moment {number}"})
    for number in range(2, MOST_TIMES + 1)
)
TIMES = (FIRST, *OTHERS)


def _length(name: str, numbers: range, label: dict[str, str]) -> Number:
    return Number(name, label, required=True, least=numbers[0], most=numbers[-1])


LENGTH = _length("minutes", LENGTHS, {"en": "Length in minutes", "fr": "Durée en minutes"})
WHERE: tuple[Question, ...] = (
    Line("place", {"en": "Place", "fr": "Lieu"}, most=PLACE_LENGTH),
    Line(
        "link",
        {"en": "Link of a video meeting", "fr": "Lien d’une visioconférence"},
        {"en": "It begins with https://.", "fr": "Il commence par https://."},
        most=LINK_LENGTH,
        kind="url",
    ),
    Line(
        "phone",
        {"en": "Telephone number to call", "fr": "Numéro de téléphone à composer"},
        most=PLACE_LENGTH,
        kind="tel",
    ),
)
NUMBER = Number(
    "number",
    {"en": "How many, one a month at the same time", "fr": "Combien, une par mois à la même heure"},
    {"en": "One or two more than you need leave room.", "fr": "Une ou deux de plus laissent de la marge."},
    required=True,
    least=FEWEST,
    most=MOST_IN_A_SERIES,
)
COUNTER_AT = DayAndTime(
    "counter_at",
    {"en": "A day and time that suit you better", "fr": "Une date et une heure qui vous conviennent mieux"},
    required=True,
)
MOVE = (
    DayAndTime("move_at", {"en": "New day and time", "fr": "Nouvelle date et heure"}, required=True),
    _length("move_minutes", LENGTHS, LENGTH.label),
)
AGENDA = Text(
    "agenda",
    {"en": "What is it going to be about?", "fr": "De quoi sera-t-il question?"},
    {"en": "Each line is a point.", "fr": "Chaque ligne est un point."},
    most=WORDS_LENGTH,
)
REASON = Text("reason", {"en": "Why? (optional)", "fr": "Pourquoi? (facultatif)"}, most=WORDS_LENGTH)
TOOK = _length("took", MINUTES, {"en": "How long did it take, in minutes?", "fr": "Combien de temps, en minutes?"})
TOPICS = Text("topics", {"en": "What was it about?", "fr": "De quoi a-t-il été question?"}, most=WORDS_LENGTH)
WAY = Choice(
    "way",
    {"en": "How?", "fr": "Comment?"},
    required=True,
    options={
        Way.MEETING: {"en": "We met", "fr": "Nous nous sommes rencontrés"},
        Way.PHONE: {"en": "A call", "fr": "Un appel"},
        Way.MAIL: {"en": "An exchange of mails", "fr": "Un échange de courriels"},
    },
)
WHEN = DayAndTime("began_at", {"en": "When did it begin?", "fr": "Quand cela a-t-il commencé?"}, required=True)
