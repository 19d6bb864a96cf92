"""Typed: where people's words are kept, and whose they are. Erasing a person and retention read the same list."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select, update
from sqlalchemy.orm import Session

from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.asked import Asked, Response
from mentorly.mentoring.base import Base
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.passwords import PasswordRequest
from mentorly.mentoring.people import Participation
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.remarks import Remark
from mentorly.mentoring.reports import ProgressReport
from mentorly.mentoring.sessions import SessionLog, SessionShare
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.tasks import Task, TaskRemark
from mentorly.mentoring.unheard import Unheard
from mentorly.mentoring.unreached import Unreached

Condition = ColumnElement[bool]
Numbers = Select[int]


# Whether a column holds the number of one of the relationships that are meant.
Inside = Callable[[Any], Condition]


def _never(_inside: Inside) -> Condition:
    return false()


@dataclass(frozen=True)
class Typed:
    """One place with words.

    blank: what its columns hold afterwards; nothing: the rows go. of: which rows are a person's, because they typed
    them or are alone in being spoken of. within: which rows are of relationships, given which ones; for what goes once
    those have been over for long enough.
    """

    model: type[Base]
    of: Callable[[int], Condition]
    blank: Mapping[str, Any] = field(default_factory=dict)
    within: Callable[[Inside], Condition] = _never

    def erase(self, session: Session, person_id: int) -> None:
        """Delete the words that are a person's."""
        self._delete(session, self.of(person_id))

    def fade(self, session: Session, relationships: Collection[int]) -> None:
        """Delete the words of some relationships."""
        if self.within is not _never:
            self._delete(session, self.within(lambda column: is_among(column, relationships)))

    def _delete(self, session: Session, which: Condition) -> None:
        made = update(self.model).values(**self.blank) if self.blank else delete(self.model)
        session.execute(made.where(which).execution_options(synchronize_session=False))


def _blank(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "")


def _own(person_id: int) -> Numbers:
    """The relationships in which a person is or was: an index finds what was written there."""
    return select(Member.relationship_id).where(Member.person_id == person_id)


def _of(model: Any) -> Callable[[Inside], Condition]:
    """Which rows of a table are of some relationships."""
    return lambda inside: inside(model.relationship_id)


def pairs_of(person_id: int) -> Numbers:
    """The relationships of a person in which there was never more than one other."""
    return (
        select(Member.relationship_id)
        .where(Member.relationship_id.in_(_own(person_id)))
        .group_by(Member.relationship_id)
        .having(func.count(Member.person_id.distinct()) <= 2)
    )


def _mentee_alone(person_id: int) -> Condition:
    """Whether a report is about a person alone: the mentee of a pair."""
    is_mentee = select(Member.relationship_id).where(Member.person_id == person_id, Member.is_mentee)
    together = ProgressReport.relationship_id
    return and_(together.in_(is_mentee), together.in_(pairs_of(person_id)))


def _objectives_of(person_id: int) -> Numbers:
    """A mentee's own, and of a pair those that a mentor wrote down; in a group they are the mentee's to keep."""
    wrote = and_(Objective.opened_by_id == person_id, Objective.relationship_id.in_(pairs_of(person_id)))
    return select(Objective.id).where(or_(Objective.mentee_id == person_id, wrote))


def _objectives_within(inside: Inside) -> Numbers:
    return select(Objective.id).where(inside(Objective.relationship_id))


def _tasks_within(inside: Inside) -> Numbers:
    return select(Task.id).where(Task.objective_id.in_(_objectives_within(inside)))


def _tasks_of(person_id: int) -> Condition:
    wrote = or_(Task.added_by_id == person_id, Task.given_by_id == person_id)
    in_pairs = Task.objective_id.in_(_objectives_within(lambda column: column.in_(pairs_of(person_id))))
    return or_(Task.owner_id == person_id, and_(wrote, in_pairs), Task.objective_id.in_(_objectives_of(person_id)))


def _asked_of(person_id: int) -> Numbers:
    return select(Asked.id).where(Asked.person_id == person_id)


def _asked_within(inside: Inside) -> Numbers:
    return select(Asked.id).where(inside(Asked.relationship_id))


def _agreements_of(person_id: int) -> Numbers:
    """What a pair agreed, and versions that a person wrote alone in a group and nobody else signed."""
    others = select(Signature.agreement_id).where(Signature.person_id != person_id, Signature.agreement_id.is_not(None))
    alone = and_(AgreementText.written_by_id == person_id, AgreementText.id.not_in(others))
    together = AgreementText.relationship_id
    return select(AgreementText.id).where(together.in_(_own(person_id)), or_(together.in_(pairs_of(person_id)), alone))


def _remarks_of(person_id: int) -> Condition:
    seen = TaskRemark.task_id.in_(_tasks_within(lambda column: column.in_(_own(person_id))))
    about = TaskRemark.task_id.in_(select(Task.id).where(Task.objective_id.in_(_objectives_of(person_id))))
    return and_(seen, or_(TaskRemark.author_id == person_id, about))


def _meetings_of(person_id: int) -> Condition:
    attended = Meeting.id.in_(select(Attendance.meeting_id).where(Attendance.person_id == person_id))
    together = Meeting.relationship_id
    return and_(together.in_(_own(person_id)), or_(together.in_(pairs_of(person_id)), attended))


def _places_of(person_id: int) -> Condition:
    """Where a pair met, and where a group met whom a person asked there; where it is going to meet, all must know."""
    over = or_(Meeting.stage == Stage.OFF, Meeting.held.is_not(None))
    asked = or_(Meeting.proposed_by_id == person_id, Meeting.changed_by_id == person_id)
    together = Meeting.relationship_id
    return and_(together.in_(_own(person_id)), or_(together.in_(pairs_of(person_id)), and_(asked, over)))


def _reasons_of(person_id: int) -> Condition:
    return or_(Meeting.relationship_id.in_(pairs_of(person_id)), Meeting.changed_by_id == person_id)


# In this order: what is told by its relation to another row is before that row goes.
TYPED = (
    Typed(
        TaskRemark,
        _remarks_of,
        {"words": "", "taken_back_at": TaskRemark.said_at},
        lambda inside: TaskRemark.task_id.in_(_tasks_within(inside)),
    ),
    Typed(Task, _tasks_of, _blank("words"), lambda inside: Task.objective_id.in_(_objectives_within(inside))),
    Typed(
        Objective,
        lambda one: Objective.id.in_(_objectives_of(one)),
        _blank("title", "why", "support", "barriers", "success"),
        _of(Objective),
    ),
    Typed(
        Note,
        lambda one: and_(Note.relationship_id.in_(_own(one)), or_(Note.author_id == one, Note.mentee_id == one)),
        within=_of(Note),
    ),
    Typed(Meeting, _meetings_of, _blank("agenda"), _of(Meeting)),
    Typed(Meeting, _places_of, _blank("place", "link", "phone"), _of(Meeting)),
    Typed(Meeting, _reasons_of, _blank("reason"), _of(Meeting)),
    Typed(
        Meeting,
        lambda one: Meeting.event_owner_id == one,
        {"event_uid": None, "event_recurrence": None},
        _of(Meeting),
    ),
    Typed(
        SessionLog,
        lambda one: and_(
            SessionLog.relationship_id.in_(_own(one)),
            or_(SessionLog.logged_by_id == one, SessionLog.corrected_by_id == one),
        ),
        _blank("topics"),
    ),
    Typed(
        Response,
        lambda one: and_(Response.words.is_not(None), Response.asked_id.in_(_asked_of(one))),
        within=lambda inside: and_(Response.words.is_not(None), Response.asked_id.in_(_asked_within(inside))),
    ),
    Typed(
        Asked,
        lambda one: Asked.person_id == one,
        {"draft": "", "draft_key": "", "draft_at": None},
        _of(Asked),
    ),
    Typed(
        Signature, lambda one: or_(Signature.person_id == one, Signature.agreement_id.in_(_agreements_of(one)))
    ),
    Typed(
        AgreementText,
        lambda one: AgreementText.id.in_(_agreements_of(one)),
        {"words": "{}"},
        _of(AgreementText),
    ),
    Typed(
        ProgressReport,
        lambda one: or_(ProgressReport.author_id == one, _mentee_alone(one)),
        {"sealed": b""},
        _of(ProgressReport),
    ),
    Typed(
        Concern,
        lambda one: Concern.raised_by_id == one,
        {"sealed": b""},
        _of(Concern),
    ),
    Typed(CallForHelp, lambda one: CallForHelp.caller_id == one, {"words": "", "forget_at": None}),
    Typed(Remark, lambda one: or_(Remark.author_id == one, Remark.receiver_id == one), _blank("words")),
    Typed(
        Proposal,
        lambda one: or_(Proposal.mentor_id == one, Proposal.mentee_id == one),
        {"reservation_words": "", "declared_conflict": False},
    ),
    Typed(Conflict, lambda one: or_(Conflict.person_id == one, Conflict.other_id == one)),
    Typed(Alias, lambda one: Alias.person_id == one),
    Typed(PasswordRequest, lambda one: PasswordRequest.person_id == one, {"address_mark": "", "person_id": None}),
    Typed(Unreached, lambda one: Unreached.person_id == one),
    Typed(Unheard, lambda one: Unheard.person_id == one),
    Typed(Sponsor, lambda one: Sponsor.person_id == one),
    Typed(
        Participation,
        lambda one: Participation.person_id == one,
        {
            "notes": "", "fields": (), "skills": (), "wants": (), "helps_with_language": False,
            "needs_language_help": False,
        },
    ),
)  # fmt: skip

# What professional bodies may ask for of a mentor: who met when, for how long, about what, and what was signed.
RECORD = (
    Typed(
        SessionShare,
        lambda _one: false(),
        within=lambda inside: SessionShare.session_log_id.in_(
            select(SessionLog.id).where(inside(SessionLog.relationship_id))
        ),
    ),
    Typed(SessionLog, lambda _one: false(), within=_of(SessionLog)),
    Typed(Signature, lambda _one: false(), within=lambda inside: Signature.asked_id.in_(_asked_within(inside))),
)
