"""Drafts: what was typed and not sent, which belongs to the browser that typed it (rules B2)."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.merging import joined
from mentorly.mentoring.people import Person

MOST_DRAFT = 200_000
BASE, APART = "#base", "#apart"
"""The keys of a draft that are no question's name."""


def draft_base(asked: Asked) -> int | None:
    """The number of the agreement's text that a draft began from, if it began from one."""
    return int(found) if asked.draft and (found := json.loads(asked.draft).get(BASE)) else None


def keep_draft(
    asked: Asked,
    by: Person,
    typed: Mapping[str, str],
    key: str,
    now: datetime,
    *,
    shown: str = "",
    base: int | None = None,
) -> None:
    """Keep what was typed for later. key: what the browser keeps that typed it; '' for a signed-in reader.

    shown: the draft_mark of the draft that the form showed; another one, typed elsewhere meanwhile, is kept too,
    but not shown here. base: the number of the agreement's text that the form began from. Raises Refused.
    """
    asked.check_answerable(by, now)
    if asked.finished_at is not None and not asked.instrument.is_signed:
        raise Refused("You have finished this already.")
    known = {question.name for question in asked.instrument.answerable}
    words = {name: value for name, value in typed.items() if name in known and value.strip()}
    apart = _draft_apart(asked) if key else {}
    if shown != asked.draft_mark:
        if key and not _was_typed_with(asked, key):
            apart = draft_for(asked, None)
        else:
            words = joined(asked.instrument.answerable, draft_for(asked, key or None), words)
    kept: dict[str, Any] = words | ({BASE: str(base)} if base else {}) | ({APART: apart} if apart else {})
    draft = json.dumps(kept, ensure_ascii=False)
    if len(draft) > MOST_DRAFT:
        raise Refused("This is too long to be kept for later. Please shorten it.")
    asked.draft = draft
    asked.has_words_again()
    asked.draft_at, asked.draft_key = now, _digest(key) if key else ""


def draft_for(asked: Asked, key: str | None) -> dict[str, str]:
    """What was typed and not sent. key: the browser's; None: the reader is signed in and sees all (rules B2)."""
    if not asked.draft or (key is not None and not _was_typed_with(asked, key)):
        return {}
    words = {name: said for name, said in json.loads(asked.draft).items() if name not in {BASE, APART}}
    return words if key is not None else joined(asked.instrument.answerable, _draft_apart(asked), words)


def _draft_apart(asked: Asked) -> dict[str, str]:
    """What was typed elsewhere than the rest, which the browser that typed the rest does not show."""
    return dict(json.loads(asked.draft).get(APART, {})) if asked.draft else {}


def typed_with(asked: Asked, key: str) -> None:
    """Keep which browser typed the answers, so that it shows them again when they are taken back."""
    asked.draft_key = _digest(key)


def _was_typed_with(asked: Asked, key: str) -> bool:
    return bool(key) and compare_digest(_digest(key), asked.draft_key)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
