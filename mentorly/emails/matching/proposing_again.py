"""What the mails that bring an unaccepted match back have in common: whom to ask next, and a button to do so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.email import Given
from mentorly.emails.spoken import because
from mentorly.mentoring.affinity import Reason
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.questions import Choice, Question
from mentorly.mentoring.suggestions import suggestions_for


def next_values(proposal: Proposal, reader: Person, now: datetime) -> dict[str, Any]:
    """Who did not accept, for whom, and who would be next and why."""
    suggested = suggestions_for(proposal.mentee, proposal.program, now, by=reader)
    return {
        "program": proposal.program.name,
        "mentor": proposal.mentor.name,
        "mentee": proposal.mentee.name,
        "next": suggested[0].mentor.name if suggested else "",
        "reasons": [because(reason, reader.language) for reason in suggested[0].reasons] if suggested else [],
    }


def whom_next(proposal: Proposal, reader: Person, now: datetime) -> Sequence[Question]:
    """The question which mentor to ask next."""
    suggested = suggestions_for(proposal.mentee, proposal.program, now, by=reader)
    options = {str(one.mentor.id): dict.fromkeys(("en", "fr"), one.mentor.name) for one in suggested}
    label = {"en": "Whom do we ask next?", "fr": "À qui le demander maintenant?"}
    return (Choice("mentor", label, required=True, options=options),)


def sample_next(reader: Person) -> dict[str, Any]:
    """The same of invented people."""
    reason = Reason("Both work in {fields}.", {"fields": ("data science",)})
    return {
        "program": "Pilot",
        "mentor": "Alice Gagnon",
        "mentee": "Bob Tremblay",
        "next": "Grace Chen",
        "reasons": [because(reason, reader.language)],
    }


def propose_next(proposal: Proposal, by: Person, given: Given, now: datetime) -> None:
    """Propose the chosen mentor for the same mentee."""
    mentor = Person.find(proposal.session, int(given.said["mentor"]))
    made = propose_match(proposal.session, proposal.program, mentor, proposal.mentee, now, by=by)
    AuditEntry.write(by.session, Deed.MATCH_PROPOSED, made, by, now)


def take_next_back(proposal: Proposal, by: Person, given: Given, now: datetime) -> None:
    """Take the proposal that the button made back."""
    made = proposal.followed_by(int(given.said["mentor"]), by)
    made.withdraw(by, now)
    AuditEntry.write(by.session, Deed.PROPOSAL_WITHDRAWN, made, by, now)
