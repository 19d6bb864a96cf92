"""The question whether mails may quote what people write (rules C1)."""

from mentorly.mentoring.questions import Choice

QUOTING = Choice(
    "quotes",
    {"en": "Quote what we write in my mails", "fr": "Citer nos textes dans mes courriels"},
    options={
        "no": {"en": "No, keep it behind a button", "fr": "Non, le garder derrière un bouton"},
        "yes": {"en": "Yes, show the text in the mail itself", "fr": "Oui, montrer le texte dans le courriel"},
    },
)
