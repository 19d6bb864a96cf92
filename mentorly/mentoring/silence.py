"""After how long a silence a program speaks up: to the mentee, then to both, then to the project lead (product 2.9).

A pause is a silence that was announced: after so many days its people are asked whether they go on.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from mentorly.mentoring.base import Refused
from mentorly.mentoring.pauses import Pause
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import SILENCES, Program
from mentorly.mentoring.relationships import Relationship


def set_silence(
    program: Program, by: Person, now: datetime, *, quiet_days: int | None, nudge_days: int | None,
    leads_days: int | None, pause_days: int | None,
) -> None:  # fmt: skip
    """Set after how many days each step is due, and a pause is long; what was not sent follows. Raises Refused."""
    del now
    if not by.is_administrator:
        raise Refused("Only an administrator changes the settings of a program.")
    days = [quiet_days, nudge_days, leads_days]
    if any(number not in SILENCES for number in days):
        raise Refused("Each step of a silence takes from {least} to {most} days.", least=SILENCES[0], most=SILENCES[-1])
    if pause_days is None or pause_days not in SILENCES:
        raise Refused("A pause is asked about after {least} to {most} days.", least=SILENCES[0], most=SILENCES[-1])
    program.quiet_days, program.nudge_days, program.leads_days = (number or 0 for number in days)
    program.pause_days = pause_days
    active = select(Relationship).where(Relationship.program_id == program.id, Relationship.is_active)
    for together in program.session.scalars(active.options(joinedload(Relationship.program))):
        together.count_silence()
    open_ones = select(Pause).join(Pause.relationship).where(Relationship.program_id == program.id, Pause.is_open)
    for pause in program.session.scalars(open_ones):
        pause.ask_after(pause_days)
    program.session.flush()
