"""What is written for support: the shape of the database, its numbers and states, on both databases."""

from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope, State
from mentorly.emails.support import support_dump
from mentorly.mentoring.data_requests import DataRequest
from tests.cast import MENTORLY_ORG, MONDAY, REGISTER, Clock, Keeper, cast_of, office_of


def test_it_tells_tables_settings_and_what_became_of_mails(session: Session) -> None:
    cast, office = cast_of(session), office_of(session, MENTORLY_SMTP_RATE="2.5")
    office.round(Clock(), Keeper())
    cast.propose()
    DataRequest.ask(cast.bob, cast.dave, MONDAY)
    session.commit()
    office.round(Clock(), Keeper())
    told = support_dump(session, REGISTER, office.desk.settings, MONDAY)
    assert told["database"]["dialect"] in {"sqlite", "postgresql"}
    assert told["tables"]["person"]["rows"] == session.query(cast.bob.__class__).count()
    assert told["tables"]["envelope"]["columns"]["reader_id"] == "INTEGER NOT NULL"
    assert told["tables"]["envelope"]["indexes"]["ix_envelope_reader"] == ["reader_id", "id"]
    assert told["settings"]["MENTORLY_SMTP_RATE"] == 2.5
    assert told["settings"]["MENTORLY_SECRET_KEY"] == told["settings"]["MENTORLY_CONTACT"] == {"is_set": True}
    assert MENTORLY_ORG["MENTORLY_SECRET_KEY"] not in str(told)
    kinds = {one["kind"] for one in told["envelopes"]}
    assert {"match_proposed", "personal"} <= kinds, "what a mail is about that concerns one person is not told"
    assert told["envelopes_by_state"]["match_proposed"] == {State.SENT: 1}
    assert len(told["envelopes"]) == session.query(Envelope).count()
