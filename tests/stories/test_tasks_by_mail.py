"""Tasks by mail, with real processes: a mentor gives one, the mentee replies that it is done, and takes it back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from mentorly.config import Listen
from mentorly.mentoring.objectives import Category, Objective, Plan
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.tasks import Task
from tests.doors.handing import mail_server
from tests.stories.kit import DATA, Service, wait_for, words_of
from tests.stories.test_answered_by_mail import BJORN, NOEMIE, from_a_telephone, hand_over, new_mails
from tests.stories.test_calendars_by_mail import SETTINGS, inside

DAY = timedelta(days=1)


def is_open(service: Service) -> bool:
    with inside(service) as session:
        return session.scalars(select(Task)).one().is_open


def given(service: Service, now: datetime) -> None:
    """Björn and Noémie are matched, have been told so, and he gives her a task for an objective of hers."""
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
    service.run("match", "propose", BJORN, NOEMIE, "--program", "Pilot")
    with inside(service) as session:
        proposal = session.scalars(select(Proposal)).one()
        together = proposal.accept(proposal.mentor, now)
        session.commit()
    service.run("round")
    with inside(service) as session:
        together = session.merge(together)
        mentee, mentor = together.mentees[0], together.mentors[0]
        one = Objective.open(together, mentee, Plan("A wider network", Category.NETWORKING), mentee, now)
        Task.add(one, "Call three people", mentee.rhythm.day(now) + 30 * DAY, mentee, mentor, now)
        session.commit()


def test_a_mentee_replies_done_takes_it_back_and_the_mentor_hears_of_what_stands(tmp_path: Path) -> None:
    service, now = Service(tmp_path / "instance", SETTINGS), datetime.now(UTC)
    given(service, now)
    before = service.arrived()
    with service.up(), mail_server(Listen("127.0.0.1", service.lmtp_port)) as server:
        (recipient, mail) = next(iter(new_mails(service, before, 1).items()))
        assert recipient == NOEMIE
        assert "Call three people" not in words_of(mail), "nobody has asked for it to be quoted"
        reply = from_a_telephone(mail, NOEMIE, "Done!\n\nNoémie", "en")
        assert hand_over(server, mail, reply, NOEMIE).startswith("250 ")
        (confirmed,) = new_mails(service, before + 1, 1).values()
        assert not is_open(service)
        undo = from_a_telephone(confirmed, NOEMIE, "Undo", "en")
        assert hand_over(server, confirmed, undo, NOEMIE).startswith("250 ")
        wait_for(lambda: is_open(service), 60, "the undoing")
        (undone,) = new_mails(service, before + 2, 1).values()
        assert hand_over(server, undone, from_a_telephone(undone, NOEMIE, "It is done", "en"), NOEMIE)[:4] == "250 "
        wait_for(lambda: not is_open(service), 60, "the task")
        let_the_grace_be_over(service)
        told = new_mails(service, before + 3, 2)
        assert set(told) == {BJORN, NOEMIE}, "the confirmation, and what he hears"
        assert "tâche 1" in " ".join(words_of(told[BJORN]).split())
    assert service.arrived() == before + 5


def let_the_grace_be_over(service: Service) -> None:
    """Let the five minutes be over in which nobody hears of an answer by mail."""
    with inside(service) as session:
        task = session.scalars(select(Task)).one()
        assert task.done_at
        task.done_at -= timedelta(minutes=6)
        session.commit()
    service.run("round")
