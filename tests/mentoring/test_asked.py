"""What people are asked: when it opens, who is reminded, what is kept, and what was signed stands."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mentorly.mentoring.agreeing import sign_agreement, write_agreement
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked, Response, asked_of
from mentorly.mentoring.asking import ask_everybody, ask_members, open_for
from mentorly.mentoring.base import Refused
from mentorly.mentoring.drafts import draft_for, keep_draft
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.merging import merged
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import extend, part
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.questions import Line, Text
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.sharing import may_be_read_by, share, unshare
from tests.cast import MONDAY, Cast, cast_of

DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return cast_of(session)


@pytest.fixture
def together(cast: Cast) -> Relationship:
    made = cast.propose().accept(cast.alice, MONDAY)
    cast.session.commit()
    return made


def asked(person: Person, name: str, occasion: str = "match") -> Asked:
    found = person.session.scalar(
        select(Asked).where(Asked.person_id == person.id, Asked.name == name, Asked.occasion == occasion)
    )
    assert found is not None, f"{person.first_name} is not asked {name}"
    return found


def answers(name: str, number: int = 4) -> dict[str, object]:
    return {one.name: number for one in shipped()[name].answerable if one.required}


def refusal(refused: pytest.ExceptionInfo[Refused]) -> str:
    return str(refused.value)


def test_a_match_asks_each_what_their_role_asks(together: Relationship, cast: Cast) -> None:
    opening = {one.name for one in asked_of(cast.bob, together) if one.opens_at == MONDAY}
    assert opening == {"mentee_baseline", "planning_sheet", "mentorship_agreement", "code_of_ethics"}
    assert "mentor_baseline" in {one.name for one in asked_of(cast.alice, together)}
    assert not {one.name for one in asked_of(cast.alice, together)} & {"mentee_baseline", "competencies"}


def test_midway_and_end_open_at_midnight_of_the_programs_own_day(together: Relationship, cast: Cast) -> None:
    zone = ZoneInfo(cast.program.timezone)
    began = MONDAY.astimezone(zone).date()
    midway = began + (together.ends_on - began) / 2
    assert asked(cast.bob, "midway_mentee", "midway").opens_at == datetime.combine(midway, datetime.min.time(), zone)
    end = asked(cast.bob, "mentee_end", "end").opens_at
    assert end == datetime.combine(together.ends_on - 14 * DAY, datetime.min.time(), zone)


def test_an_extension_moves_what_has_not_opened(together: Relationship, cast: Cast) -> None:
    before = asked(cast.bob, "mentee_end", "end").opens_at
    extend(together, together.ends_on + 30 * DAY, cast.dave, MONDAY)
    after = asked(cast.bob, "mentee_end", "end").opens_at
    assert before
    assert after
    assert (after - before).days in {29, 30}
    assert asked(cast.bob, "mentee_baseline").opens_at == MONDAY


def test_an_early_end_opens_the_end_three_days_later_and_withdraws_the_rest(together: Relationship, cast: Cast) -> None:
    later = MONDAY + 20 * DAY
    asked(cast.bob, "mentee_baseline").was_asked(MONDAY)
    part(together, cast.dave, later)
    cast.session.commit()
    assert asked(cast.bob, "mentee_end", "end").opens_at == later + 3 * DAY
    assert asked(cast.bob, "midway_mentee", "midway").withdrawn_at == later
    assert asked(cast.bob, "mentee_baseline").remind_at is None
    assert asked(cast.bob, "mentee_baseline").is_open
    follow_up = asked(cast.bob, "follow_up_mentee", "ended 3").opens_at
    assert follow_up is not None
    assert follow_up.date() == date(2027, 6, 21)


def midnight(moment: datetime, cast: Cast) -> datetime:
    """When the program's own day began."""
    zone = ZoneInfo(cast.program.timezone)
    return datetime.combine(moment.astimezone(zone).date(), datetime.min.time(), zone)


def test_what_follows_the_first_meeting_is_locked_until_it_took_place(together: Relationship, cast: Cast) -> None:
    feedback = asked(cast.bob, "first_meeting_feedback_mentee", "first_meeting")
    assert feedback.is_locked(MONDAY + 100 * DAY)
    with pytest.raises(Refused) as refused:
        feedback.answer(cast.bob, {}, MONDAY)
    assert "opens later" in refusal(refused)
    log = SessionLog.add(together, cast.alice, Way.MEETING, MONDAY + DAY, 60, "", MONDAY + 2 * DAY)
    assert feedback.opens_at == MONDAY + 3 * DAY
    log.strike(cast.alice, MONDAY + 2 * DAY)
    assert feedback.opens_at is None


def test_reminders_are_counted_from_when_it_was_asked_then_the_lead_hears(together: Relationship, cast: Cast) -> None:
    baseline, late = asked(cast.bob, "mentee_baseline"), MONDAY + 10 * DAY
    baseline.was_asked(late)
    assert baseline.remind_at == midnight(late + 3 * DAY, cast)
    baseline.was_reminded(late + 3 * DAY)
    assert baseline.remind_at == midnight(late + 7 * DAY, cast)
    member = together.member(cast.bob)
    assert member
    assert member.unfinished_at is None
    baseline.was_reminded(late + 7 * DAY)
    assert (baseline.remind_at, member.unfinished_at) == (None, midnight(late + 8 * DAY, cast))
    baseline.answer(cast.bob, answers("mentee_baseline"), late + 8 * DAY)
    assert member.unfinished_at is None


def test_the_lead_still_hears_while_another_thing_is_unfinished(together: Relationship, cast: Cast) -> None:
    for name in ("mentee_baseline", "code_of_ethics"):
        one = asked(cast.bob, name)
        one.was_asked(MONDAY)
        one.was_reminded(MONDAY + 3 * DAY)
        one.was_reminded(MONDAY + 7 * DAY)
    asked(cast.bob, "mentee_baseline").answer(cast.bob, answers("mentee_baseline"), MONDAY + 8 * DAY)
    member = together.member(cast.bob)
    assert member
    assert member.unfinished_at == midnight(MONDAY + 8 * DAY, cast)


def test_answers_keep_numbers_apart_from_words(together: Relationship, cast: Cast) -> None:
    feedback = asked(cast.bob, "mentee_baseline")
    feedback.answer(cast.bob, answers("mentee_baseline"), MONDAY)
    cast.session.commit()
    kept = cast.session.scalars(select(Response).where(Response.asked_id == feedback.id)).all()
    assert {one.number for one in kept} == {4}
    assert len(kept) == len(answers("mentee_baseline"))


def test_nobody_answers_for_another(together: Relationship, cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        asked(cast.bob, "mentee_baseline").answer(cast.alice, answers("mentee_baseline"), MONDAY)
    assert "asked of Bob Tremblay alone" in refusal(refused)


def test_reopened_answers_are_a_draft_again(together: Relationship, cast: Cast) -> None:
    one = asked(cast.bob, "mentee_baseline")
    said = answers("mentee_baseline")
    one.answer(cast.bob, said, MONDAY)
    one.reopen(cast.bob, MONDAY)
    assert (one.finished_at, one.responses) == (None, [])
    assert draft_for(one, None) == dict.fromkeys(said, "4")


def test_a_draft_is_shown_to_who_typed_it_and_to_the_signed_in_alone(together: Relationship, cast: Cast) -> None:
    one = asked(cast.bob, "planning_sheet")
    name = shipped()["planning_sheet"].answerable[0].name
    keep_draft(one, cast.bob, {name: "far", "nonsense": "x"}, "the browser's key", MONDAY)
    assert draft_for(one, None) == draft_for(one, "the browser's key") == {name: "far"}
    assert draft_for(one, "another key") == draft_for(one, "") == {}
    assert "far" not in repr(one)


def test_a_call_is_wanted_by_a_yes_alone(together: Relationship, cast: Cast) -> None:
    midway = asked(cast.bob, "midway_mentee", "midway")
    [call] = shipped()["midway_mentee"].calls
    midway.opens_at = MONDAY
    midway.answer(cast.bob, {call: "no"}, MONDAY)
    assert midway.call_at is None
    midway.answer(cast.bob, {call: "yes"}, MONDAY + DAY)
    assert midway.call_at == MONDAY + DAY


def test_a_sheet_is_its_authors_until_it_is_shared(together: Relationship, cast: Cast) -> None:
    sheet = asked(cast.bob, "planning_sheet")
    with pytest.raises(Refused):
        share(sheet, cast.bob, MONDAY)
    sheet.answer(cast.bob, {}, MONDAY)
    assert not may_be_read_by(sheet, cast.alice)
    share(sheet, cast.bob, MONDAY)
    assert may_be_read_by(sheet, cast.alice)
    assert not any(may_be_read_by(sheet, one) for one in (cast.carol, cast.dave, cast.eve))
    unshare(sheet, cast.bob, MONDAY)
    assert not may_be_read_by(sheet, cast.alice)


def test_a_reflection_is_taken_up_once_for_each_meeting(together: Relationship, cast: Cast) -> None:
    first = open_for(cast.bob, together, "session_reflection", MONDAY, "7")
    assert open_for(cast.bob, together, "session_reflection", MONDAY + DAY, "7") is first
    assert open_for(cast.bob, together, "session_reflection", MONDAY, "8") is not first


def test_planning_again_asks_nobody_twice(together: Relationship, cast: Cast) -> None:
    before = cast.session.scalars(select(Asked.id)).all()
    ask_members(together, MONDAY + DAY)
    assert cast.session.scalars(select(Asked.id)).all() == before
    text_of_ethics = InstrumentText.shipped(cast.session, MONDAY)["code_of_ethics"]
    assert ask_everybody(cast.program, text_of_ethics, MONDAY + DAY) == 0


def test_who_is_in_several_relationships_signs_the_code_and_says_where_they_start_from_once(cast: Cast) -> None:
    cast.propose().accept(cast.alice, MONDAY)
    Participation.join(cast.carol, cast.program, "mentee", MONDAY, by=None)
    propose_match(cast.session, cast.program, cast.alice, cast.carol, MONDAY, by=cast.dave).accept(cast.alice, MONDAY)
    cast.session.commit()
    names = [one.name for one in asked_of(cast.alice)]
    assert [names.count(name) for name in ("code_of_ethics", "mentor_baseline")] == [1, 1]
    assert [names.count(name) for name in ("mentorship_agreement", "midway_mentor")] == [2, 2]


def test_who_could_not_finish_it_in_an_ended_relationship_is_asked_anew_in_the_next(
    together: Relationship, cast: Cast
) -> None:
    asked(cast.bob, "code_of_ethics").was_asked(MONDAY)
    take_answer(asked(cast.alice, "code_of_ethics"), cast.alice, {"signature": "Alice"}, MONDAY)
    part(together, cast.dave, MONDAY + DAY)
    cast.session.flush()
    cast.propose(MONDAY + DAY).accept(cast.alice, MONDAY + DAY)
    cast.session.commit()
    open_codes = [one for one in asked_of(cast.bob, only=["code_of_ethics"]) if one.relationship_id != together.id]
    assert len(open_codes) == 1
    assert len(asked_of(cast.alice, only=["code_of_ethics"])) == 1


def test_what_is_to_be_finished_once_more_is_reminded_of_once_more(together: Relationship, cast: Cast) -> None:
    one, later = asked(cast.bob, "mentee_baseline"), MONDAY + 20 * DAY
    one.was_asked(MONDAY)
    one.answer(cast.bob, answers("mentee_baseline"), MONDAY)
    assert one.remind_at is None
    one.reopen(cast.bob, later)
    assert one.remind_at is not None
    assert timedelta() < one.remind_at - later <= 3 * DAY
    one.was_reminded(one.remind_at)
    one.was_reminded(later + 7 * DAY)
    member = together.member(cast.bob)
    assert member is not None
    assert member.unfinished_at is not None


def test_a_draft_is_kept_whole_or_refused(together: Relationship, cast: Cast) -> None:
    one = asked(cast.bob, "planning_sheet")
    name = one.instrument.answerable[0].name
    keep_draft(one, cast.bob, {name: "x" * 9000}, "", MONDAY)
    assert draft_for(one, None) == {name: "x" * 9000}
    with pytest.raises(Refused) as refused:
        keep_draft(one, cast.bob, {name: "x" * 300_000}, "", MONDAY)
    assert "too long to be kept" in refusal(refused)


def test_the_lead_is_asked_once_for_a_whole_program(together: Relationship, cast: Cast) -> None:
    view = asked(cast.carol, "organization_view", "end")
    assert view.relationship_id is None
    cast.session.expire_all()
    ask_members(together, MONDAY)
    assert len([one for one in asked_of(cast.carol) if one.name == "organization_view"]) == 1


def test_a_taken_back_match_asks_nothing_more(cast: Cast) -> None:
    proposal = cast.propose()
    proposal.accept(cast.alice, MONDAY)
    cast.session.commit()
    proposal.unaccept(cast.alice, MONDAY)
    cast.session.commit()
    assert not cast.session.scalars(select(Asked.id).where(Asked.is_open, Asked.relationship_id.is_not(None))).all()


class TestAgreements:
    @pytest.fixture
    def words(self) -> dict[str, str]:
        return {one.name: f"about {one.name}" for one in shipped()["mentorship_agreement"].answerable}

    def test_it_is_complete_when_all_have_signed_the_same_text(
        self, together: Relationship, cast: Cast, words: dict[str, str]
    ) -> None:
        hers, his = asked(cast.alice, "mentorship_agreement"), asked(cast.bob, "mentorship_agreement")
        take_answer(hers, cast.alice, {**words, "signature": "Alice  Gagnon"}, MONDAY)
        standing = AgreementText.current(together, "mentorship_agreement")
        assert standing
        assert standing.completed_at is None
        assert hers.finished_at
        sign_agreement(his, standing, cast.bob, "Bob", "fr", MONDAY + DAY)
        assert standing.completed_at == MONDAY + DAY
        first, second = standing.signatures
        assert (first.name, first.address, first.language) == ("Alice Gagnon", cast.alice.email, "en")
        assert second.language == "fr"
        assert all("about goal" in one.sealed for one in standing.signatures)

    def test_a_change_asks_for_all_signatures_anew_and_keeps_the_old(
        self, together: Relationship, cast: Cast, words: dict[str, str]
    ) -> None:
        hers, his = asked(cast.alice, "mentorship_agreement"), asked(cast.bob, "mentorship_agreement")
        hers.was_asked(MONDAY)
        take_answer(hers, cast.alice, {**words, "signature": "Alice"}, MONDAY)
        assert hers.remind_at is None
        first = AgreementText.current(together, "mentorship_agreement")
        changed = words | {next(iter(words)): "something else"}
        second = write_agreement(his, cast.bob, changed, MONDAY + DAY, base=words)
        assert first
        assert second.number == 2
        assert hers.finished_at is None
        assert hers.remind_at is not None, "she is reminded of the new text too"
        assert [one.name for one in first.signatures] == ["Alice"]
        with pytest.raises(Refused) as refused:
            sign_agreement(his, first, cast.bob, "Bob", "fr", MONDAY + DAY)
        assert "changed since you opened it" in refusal(refused)

    def test_two_who_write_at_once_lose_nothing(
        self, together: Relationship, cast: Cast, words: dict[str, str]
    ) -> None:
        hers, his = asked(cast.alice, "mentorship_agreement"), asked(cast.bob, "mentorship_agreement")
        take_answer(hers, cast.alice, words, MONDAY)
        his_words = {name: f"his {said}" for name, said in words.items()}
        take_answer(his, cast.bob, {**his_words, "signature": "Bob"}, MONDAY)
        standing = AgreementText.current(together, "mentorship_agreement")
        assert standing
        assert not standing.signatures
        for name, said in standing.said.items():
            assert words[name] in said
            assert his_words[name] in said

    def test_it_stays_short_enough_for_its_paper(self, together: Relationship, cast: Cast) -> None:
        hers = asked(cast.alice, "mentorship_agreement")
        far = {one.name: "x" * 2000 for one in hers.instrument.answerable}
        for round_ in range(2):
            write_agreement(hers, cast.alice, {name: f"{words}{round_}" for name, words in far.items()}, MONDAY)
        with pytest.raises(Refused) as refused:
            write_agreement(hers, cast.alice, {name: f"{words}3" for name, words in far.items()}, MONDAY)
        assert "too long" in refusal(refused)

    def test_it_is_not_signed_before_what_it_needs_is_filled_in(self, together: Relationship, cast: Cast) -> None:
        hers = asked(cast.alice, "mentorship_agreement")
        required = [one for one in shipped()["mentorship_agreement"].answerable if one.required]
        assert required
        standing = write_agreement(hers, cast.alice, {"goal_2": "To write"}, MONDAY)
        with pytest.raises(Refused) as refused:
            sign_agreement(hers, standing, cast.alice, "Alice", "en", MONDAY)
        assert required[0].label["en"] in refusal(refused)

    def test_what_was_signed_cannot_be_changed_in_the_database_either(self, together: Relationship, cast: Cast) -> None:
        take_answer(asked(cast.bob, "code_of_ethics"), cast.bob, {"signature": "Bob Tremblay"}, MONDAY)
        cast.session.commit()
        signed = cast.session.scalars(select(Signature)).one()
        for statement in ("UPDATE signature SET name = 'Eve'", "UPDATE signature SET sealed = ''"):
            with pytest.raises(DBAPIError) as failed:
                cast.session.execute(text(statement))
            assert "cannot be changed" in str(failed.value)
            cast.session.rollback()
        assert signed.name == "Bob Tremblay"

    def test_a_name_is_needed_to_sign(self, together: Relationship, cast: Cast) -> None:
        with pytest.raises(Refused) as refused:
            take_answer(asked(cast.bob, "code_of_ethics"), cast.bob, {"signature": "  "}, MONDAY)
        assert "Type your name" in refusal(refused)

    @pytest.mark.parametrize(
        ("base", "theirs", "mine", "both"),
        [
            ("", "", "mine", "mine"),
            ("", "theirs", "", "theirs"),
            ("", "theirs", "mine", "theirs\n\nmine"),
            ("old", "old", "", ""),
            ("old", "theirs", "old", "theirs"),
            ("old", "old\n\ntheirs", "old\n\nmine", "old\n\ntheirs\n\nmine"),
            ("", "same", "same", "same"),
        ],
    )
    def test_words_of_two_are_put_together(self, base: str, theirs: str, mine: str, both: str) -> None:
        assert merged(Text("a", {}), base, theirs, mine) == both

    def test_a_line_of_two_is_one_line(self) -> None:
        assert merged(Line("a", {}), "", "weekly", "monthly") == "weekly / monthly"
        assert merged(Line("a", {}), "", "weekly / monthly", "monthly") == "weekly / monthly"
