"""Filling in: what is asked, what a form shows when it is opened, and taking what was said to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mentorly.mentoring.agreeing import sign_agreement, sign_code, write_agreement
from mentorly.mentoring.agreements import AgreementText
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.drafts import draft_base, draft_for
from mentorly.mentoring.instruments import Kind
from mentorly.mentoring.merging import merged, stands_in
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question
from mentorly.mentoring.questions import Signature as Typed
from mentorly.mentoring.relationships import leads_of

SIGN = Typed(
    "signature",
    {"en": "Type your name to sign", "fr": "Tapez votre nom pour signer"},
    {
        "en": "The exact text, your name, your mail address and the time are kept. A signed copy is mailed to you.",
        "fr": "Le texte exact, votre nom, votre adresse de courriel et l'heure sont conservés. Vous recevez la copie "
        "signée par courriel.",
    },
)
SIGN_LATER = replace(
    SIGN,
    hint={
        "en": "Leave it empty to keep what you wrote and sign later. Everybody gets it by mail once all have signed.",
        "fr": "Laissez vide pour garder ce que vous avez écrit et signer plus tard. Tout le monde reçoit la "
        "copie par courriel quand il ne manque aucune signature.",
    },
)


@dataclass(frozen=True)
class Begun:
    """What a form shows when it is opened.

    typed: by the question's name. base: what stood in the agreement when it was opened; None where it is not shown.
    is_draft: whether some of it was typed before and not sent. is_elsewhere: whether more is kept that is shown to
    the signed-in reader, or on the device where it was typed, and not here (rules B2).
    """

    typed: Mapping[str, str]
    base: AgreementText | None = None
    is_draft: bool = False
    is_elsewhere: bool = False


def begun(asked: Asked, key: str | None) -> Begun:
    """What the form shows. key: what the browser keeps that typed the draft, ''; None: the reader is signed in."""
    draft = draft_for(asked, key)
    together = asked.relationship
    standing = None
    if key is None and together is not None and asked.instrument.kind is Kind.AGREEMENT:
        standing = AgreementText.current(together, asked.name)
    if standing is None:
        return Begun(draft, None, bool(draft), draft != draft_for(asked, None))
    return Begun(_on_what_stands(asked, draft, standing) if draft else standing.said, standing, bool(draft))


def base_of(asked: Asked, number: str) -> AgreementText | None:
    """What stood in the agreement when a form was opened, by its number; None if that is none of this agreement."""
    found = asked.session.get(AgreementText, int(number)) if number.isdecimal() and len(number) < 10 else None
    is_ours = found is not None and (found.relationship_id, found.name) == (asked.relationship_id, asked.name)
    return found if is_ours else None


def is_known(asked: Asked, typed: Mapping[str, str]) -> bool:
    """Whether what was typed is kept already, as after a second press; so is nothing at all."""
    kept = asked.typed
    if asked.instrument.kind is Kind.AGREEMENT and asked.relationship is not None:
        standing = AgreementText.current(asked.relationship, asked.name)
        kept = standing.said if standing else {}
    names = [one.name for one in asked.instrument.answerable]
    given = {name: _plain(typed.get(name, "")) for name in names}
    if not any(given.values()) or asked.instrument.kind is Kind.CODE:
        return True
    if asked.instrument.kind is Kind.AGREEMENT:
        return all(
            stands_in(one, kept.get(one.name, ""), typed.get(one.name, ""))
            for one in asked.instrument.answerable
            if given[one.name]
        )
    return given == {name: _plain(kept.get(name, "")) for name in names}


def left_over(asked: Asked, typed: Mapping[str, str]) -> list[str]:
    """Words that were typed to questions which are not asked any more."""
    known = {one.name for one in asked.instrument.answerable} | {SIGN.name}
    return [words for name, words in typed.items() if name not in known and words.strip()]


def questions_of(asked: Asked) -> list[Question]:
    """All that is asked: the questions of the instrument, and a signature where it ends with one.

    What an agreement needs is needed to sign it, not to write into it: it is filled in by several, in turn.
    """
    match asked.instrument.kind:
        case Kind.CODE:
            return [*asked.instrument.questions, replace(SIGN, required=True)]
        case Kind.AGREEMENT:
            return [*(replace(one, required=False) for one in asked.instrument.questions), SIGN_LATER]
        case _:
            return list(asked.instrument.questions)


def take_answer(
    asked: Asked, by: Person, said: Mapping[str, Any], now: datetime, base: Mapping[str, str] | None = None
) -> None:
    """Keep what somebody said to questions_of(), whatever the instrument is. Raises Refused.

    base: of an agreement, what the writer saw before writing; None: an empty form. It is signed only if what stands
    then is what the writer has read. A wish to be called that no project lead hears of goes to the program's people.
    """
    name = str(said.get(SIGN.name) or "")
    match asked.instrument.kind:
        case Kind.CODE:
            sign_code(asked, by, name, by.language, now)
        case Kind.AGREEMENT:
            words = {one.name: str(said.get(one.name) or "") for one in asked.instrument.answerable}
            standing = write_agreement(asked, by, words, now, base)
            if name and standing.said == {key: text for key, text in words.items() if text}:
                sign_agreement(asked, standing, by, name, by.language, now)
        case _:
            had_called = asked.call_at is not None
            asked.answer(by, said, now)
            if asked.call_at and not had_called and asked.relationship and not leads_of(asked.relationship, by):
                CallForHelp.make(by, "", now)


def _on_what_stands(asked: Asked, draft: Mapping[str, str], standing: AgreementText) -> dict[str, str]:
    """A draft of an agreement, with what others wrote since it was begun."""
    began = base_of(asked, str(draft_base(asked) or ""))
    before, now = began.said if began else {}, standing.said
    return {
        one.name: merged(one, before.get(one.name, ""), now.get(one.name, ""), draft.get(one.name, ""))
        for one in asked.instrument.answerable
    }


def _plain(words: str) -> str:
    return " ".join(words.split())
