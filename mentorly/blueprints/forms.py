"""Forms: what is asked, as a person fills it in; what was typed is kept, but never a password."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from mentorly.blueprints.reading import language, said
from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.passwords import PASSWORD_LENGTH
from mentorly.mentoring.questions import Choice, Password, Question, Scale

__all__ = ["AskPassword", "Asked", "OwnPassword", "Profile", "SignIn", "asked", "said"]

ADDRESS_LENGTH = 254


@dataclass(frozen=True)
class Asked:
    """A question as a form shows it.

    typed: what was typed before. fault: the sentence beside it, '' if there is none. insists: whether the browser holds
    back a form that does not answer what is required.
    """

    question: Question
    typed: str = ""
    fault: str = ""
    insists: bool = True

    @property
    def required(self) -> bool:
        """Whether the field is marked as required."""
        return self.question.required and self.insists

    @property
    def name(self) -> str:
        """The name of its field."""
        return self.question.name

    @property
    def label(self) -> str:
        """What is asked, in the reader's language."""
        return self.question.label[language()]

    @property
    def hint(self) -> str:
        """What helps to answer, or who sees it; '' if there is nothing to say."""
        return self.question.hint.get(language(), "")

    @property
    def shape(self) -> str:
        """How it is shown."""
        return self.question.shape

    @property
    def options(self) -> list[tuple[str, str]]:
        """The name and the words of each option of a choice."""
        options = self.question.options if isinstance(self.question, Choice) else {}
        return [(name, words[language()]) for name, words in options.items()]

    @property
    def chosen(self) -> str:
        """The option that is marked: what was chosen, else what silence means, unless an answer is required."""
        question = self.question
        if self.typed or question.required or not isinstance(question, Choice) or not question.silence_is_first:
            return self.typed
        return next(iter(question.options), "")

    @property
    def steps(self) -> list[int]:
        """The steps of a scale."""
        return list(self.question.steps) if isinstance(self.question, Scale) else []

    @property
    def ends(self) -> tuple[str, str]:
        """What the least and the most step of a scale mean."""
        scale = self.question
        if not isinstance(scale, Scale):
            return "", ""
        return scale.low.get(language(), ""), scale.high.get(language(), "")


def asked(
    questions: Sequence[Question], typed: Mapping[str, str] | None = None, faults: Mapping[str, Refused] | None = None
) -> list[Asked]:
    """The questions as a form shows them. typed: what was typed before. faults: the refusal of each, by its name."""
    typed, faults = typed or {}, faults or {}
    return [
        Asked(
            question,
            "" if isinstance(question, Password) else typed.get(question.name, ""),
            said(faults[question.name]) if question.name in faults else "",
        )
        for question in questions
    ]


def typed_in() -> dict[str, str]:
    """What was typed into the form that came with this request."""
    return {name: value for name, value in request.form.items() if name != "csrf_token"}


def _address() -> EmailField:
    missing, long = _("Please write your mail address."), _("This is too long for an address.")
    return EmailField(
        _("Your mail address"),
        [InputRequired(missing), Length(max=ADDRESS_LENGTH, message=long)],
        render_kw={"autocomplete": "username"},
    )


class SignIn(FlaskForm):  # type: ignore[misc]
    """Address and password."""

    email = _address()
    password = PasswordField(
        _("Your password"),
        [InputRequired(_("Please write your password."))],
        render_kw={"autocomplete": "current-password"},
    )


class AskPassword(FlaskForm):  # type: ignore[misc]
    """The address to which a link is sent."""

    email = _address()


class OwnPassword(FlaskForm):  # type: ignore[misc]
    """A new password of one's own; the present one is asked of who is signed in."""

    present = PasswordField(_("Your present password"), [Optional()], render_kw={"autocomplete": "current-password"})
    password = PasswordField(
        _("Your new password"),
        [InputRequired(_("Please write a new password."))],
        description=_("At least %(least)s characters. A few words in a row make a good one.", least=PASSWORD_LENGTH),
        render_kw={"autocomplete": "new-password", "minlength": PASSWORD_LENGTH},
    )


class Profile(FlaskForm):  # type: ignore[misc]
    """What a person may say of themself and of their mails."""

    language = SelectField(
        _("Language of your mails and pages"), choices=[SelectChoice(*one) for one in LANGUAGES.items()]
    )
    timezone = SelectField(
        _("Time zone"), description=_("Times are said, and mornings begin, as your own clock shows them.")
    )
    phone = StringField(
        _("Phone"),
        [Optional()],
        description=_("The people you are matched with, and your project lead, see it."),
        render_kw={"autocomplete": "tel"},
    )
    quiet_from = TimeField(_("From"), [Optional()])
    quiet_until = TimeField(_("Until"), [Optional()])
    weekly = BooleanField(_("Gather what is not urgent into one mail a week"))
