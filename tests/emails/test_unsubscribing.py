"""Optional mails: they say how they are stopped, in their head and in their foot, and what is needed does not."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from mentorly.emails.answering import Expired, NotOurs
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.message import compose
from mentorly.emails.post_office import PostOffice
from mentorly.emails.scanning import find_mails
from mentorly.emails.writing import SAMPLE
from mentorly.mentoring.suppressions import Family, Suppression
from tests.cast import Cast, Clock, Keeper
from tests.emails.correspondence import Correspondence
from tests.emails.test_golden import judged
from tests.optional_mail import nudge_in

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return find_mails(nudge_in(tmp_path_factory.mktemp("mails") / "nudging"))


def token_in(data: bytes) -> str:
    """The token of List-Unsubscribe, or ''."""
    return str(message_from_bytes(data, policy=default)["List-Unsubscribe"] or "").strip("<>").rpartition("/")[2]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_optional_mail_passes_the_judge_of_reminders(
    office: PostOffice, cast: Cast, now: datetime, language: str, tmp_path: Path, mail_judges: Path | None
) -> None:
    cast.alice.language = language
    data = compose(office.preview(office.register["nudge"], cast.alice, now))
    mail = message_from_bytes(data, policy=default)
    assert mail["List-Unsubscribe"] == "<https://mentorly.example.org/unsubscribe/sample>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        assert "https://mentorly.example.org/unsubscribe/sample" in body.get_content().replace("\n", "")
    path = tmp_path / "nudge.eml"
    path.write_bytes(data)
    if mail_judges:
        assert judged(path, mail_judges, "reminder") == []


def test_every_mail_that_can_be_stopped_bears_its_own_token_and_no_other_mail_does(
    office: PostOffice, cast: Cast, now: datetime
) -> None:
    cast.propose(now)
    keeper = Keeper()
    office.round(Clock(now), keeper)
    tokens = [token_in(data) for _, _, data in keeper.carried if b"how about" in data or b"si vous vous" in data]
    assert len(set(tokens)) == len(tokens) == 5
    assert [token_in(data) for _, _, data in keeper.carried].count("") == 1
    readers = {office.unsubscription(token).reader for token in tokens}
    assert readers == {cast.alice, cast.bob, cast.carol, cast.dave, cast.eve}


def test_what_is_stopped_is_held_back_and_shown_as_such_and_what_is_needed_goes(
    office: PostOffice, cast: Cast, now: datetime
) -> None:
    office.collect(now)
    nudge = cast.session.scalars(select(Envelope).where(Envelope.reader_id == cast.alice.id)).one()
    token = office.desk.tokens.make("unsubscribe", nudge.id, cast.alice.generation)
    found = office.unsubscription(token)
    found.stop(now)
    found.stop(now)
    cast.propose(now)
    foreseen = {(one.kind.name, one.reader.name) for one in office.upcoming(now, now + HOUR)}
    assert ("nudge", "Alice Gagnon") not in foreseen
    assert {("nudge", "Bob Tremblay"), ("match_proposed", "Alice Gagnon")} <= foreseen
    office.round(Clock(now), Keeper())
    sent = dict(
        iter(cast.session.execute(select(Envelope.kind, Envelope.state).where(Envelope.reader_id == cast.alice.id)))
    )
    assert sent == {"nudge": State.SUPPRESSED, "match_proposed": State.SENT}
    assert found.is_stopped
    found.resume(now)
    cast.session.commit()
    office.round(Clock(now + HOUR), Keeper())
    assert cast.session.scalar(select(Envelope.state).where(Envelope.id == nudge.id)) == State.SENT


def test_a_token_stops_its_own_mails_and_only_while_it_is_ours(office: PostOffice, cast: Cast, now: datetime) -> None:
    cast.propose(now)
    office.collect(now)
    envelopes = {
        one.kind: one for one in cast.session.scalars(select(Envelope).where(Envelope.reader_id == cast.alice.id))
    }
    answer = office.desk.token(envelopes["nudge"].id, cast.alice)
    needed = office.desk.tokens.make("unsubscribe", envelopes["match_proposed"].id, cast.alice.generation)
    token = office.desk.tokens.make("unsubscribe", envelopes["nudge"].id, cast.alice.generation)
    for wrong, fault in (
        (answer, NotOurs),
        ("x", NotOurs),
        (token[:-1], NotOurs),
        (needed, Expired),
        (SAMPLE, Expired),
    ):
        with pytest.raises(fault):
            office.unsubscription(wrong)
    assert office.unsubscription(token).family == Family.REMINDERS
    cast.alice.generation += 1
    with pytest.raises(NotOurs):
        office.unsubscription(token)


def test_who_answers_stop_to_an_optional_mail_stops_its_family_and_no_other(register: Register, cast: Cast) -> None:
    post = Correspondence(cast, register=register)
    post.pass_by()
    assert post.reply(post.last_to(cast.alice), "Stop").decision == "stop"
    (told,) = post.pass_by(minutes=1)
    assert "stopped from now on: reminders." in told.text
    assert Suppression.stopped(cast.alice) == {Family.REMINDERS}
