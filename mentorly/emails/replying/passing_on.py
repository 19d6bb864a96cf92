"""The question who should get what somebody wrote, and what the answer does (rules C6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.email import Given
from mentorly.mentoring.base import Refused
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Choice, Question
from mentorly.mentoring.remarks import Remark, partners

WHO = {"en": "Who should get it?", "fr": "À qui le remettre?"}
SAID_BESIDES = {"en": "I am away until the 10th.", "fr": "Je serai en congé jusqu'au 10."}
BUTTONS: Mapping[str, Sequence[Question]] = {"mentor": (), "mentee": (), "program": (), "nobody": ()}


def offered(author: Person) -> list[str]:
    """Who can be chosen: a mentor or a mentee only by somebody who has one."""
    roles = set(partners(author).values())
    return [name for name in BUTTONS if name not in {"mentor", "mentee"} or name in roles]


def which(button: str, author: Person) -> Sequence[Question]:
    """The question which mentor or mentee, if there are several."""
    names = {str(one.id): one.name for one, role in partners(author).items() if role == button}
    if len(names) < 2:
        return ()
    options = {number: dict.fromkeys(WHO, name) for number, name in names.items()}
    return (Choice(button, WHO, required=True, options=options),)


def passing_values(remark: Remark, reader: Person, *, came_here: bool) -> dict[str, Any]:
    """What the question shows: the words only where their author's mailbox holds them anyway, or may (rules C1)."""
    roles = offered(reader)
    return {
        "has_mentor": "mentor" in roles,
        "has_mentee": "mentee" in roles,
        "words": remark.words if came_here or reader.quotes else "",
    }


def besides(remark: Remark | None, reader: Person, *, came_here: bool) -> Mapping[str, Any]:
    """The same of words beside an answer, while their author has not decided."""
    if remark is None or remark.decided_at:
        return {"asks_who": False, "has_mentor": False, "has_mentee": False, "words": ""}
    return {"asks_who": True, **passing_values(remark, reader, came_here=came_here)}


def sample_besides(reader: Person) -> Mapping[str, Any]:
    """The same of invented people."""
    words = SAID_BESIDES[reader.language] if reader.quotes else ""
    return {"asks_who": True, "has_mentor": False, "has_mentee": True, "words": words}


def decide(remark: Remark | None, given: Given, by: Person, now: datetime) -> None:
    """Pass the words on as their author chose. Raises Refused."""
    if remark is None:
        raise Refused("There is nothing here to pass on.")
    if given.button == "nobody":
        remark.take_out(by, now)
    elif given.button == "program":
        CallForHelp.make(by, remark.take_out(by, now), now)
    else:
        remark.pass_on(_receiver(given, by), by, now)


def _receiver(given: Given, by: Person) -> Person:
    found = [one for one, role in partners(by).items() if role == given.button]
    chosen = given.said.get(given.button)
    receiver = next((one for one in found if chosen is None or str(one.id) == chosen), None)
    if receiver is None:
        raise Refused("You are in no relationship now in which somebody could get this.")
    return receiver
