"""Filling in: what a form shows when it is opened, and whether what came with it is known already."""

from collections.abc import Mapping
from dataclasses import dataclass

from mentorly.mentoring.agreements import SIGN, AgreementText
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.instruments import Kind
from mentorly.mentoring.merging import merged, stands_in


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
    draft = asked.draft_for(key)
    together = asked.relationship
    standing = None
    if key is None and together is not None and asked.instrument.kind is Kind.AGREEMENT:
        standing = AgreementText.current(together, asked.name)
    if standing is None:
        return Begun(draft, None, bool(draft), draft != asked.draft_for(None))
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


def _on_what_stands(asked: Asked, draft: Mapping[str, str], standing: AgreementText) -> dict[str, str]:
    """A draft of an agreement, with what others wrote since it was begun."""
    began = base_of(asked, str(asked.draft_base or ""))
    before, now = began.said if began else {}, standing.said
    return {
        one.name: merged(one, before.get(one.name, ""), now.get(one.name, ""), draft.get(one.name, ""))
        for one in asked.instrument.answerable
    }


def _plain(words: str) -> str:
    return " ".join(words.split())
