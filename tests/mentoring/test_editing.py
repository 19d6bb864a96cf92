"""Editing what a program asks: nothing typed is lost, a file says what is wrong, a new version asks whom it should."""

import string
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.agreeing import sign_current
from mentorly.mentoring.agreements import AgreementText
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.editing import (
    begin_instrument,
    move_question,
    read_file,
    remove_question,
    take_file,
    throw_away,
    write_head,
    write_question,
)
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.instrument_drafts import ChangedMeanwhile, InstrumentDraft, sketch_of
from mentorly.mentoring.instrument_files import parsed, shipped, sources
from mentorly.mentoring.instrument_use import put_to_use, stop_using, use
from mentorly.mentoring.instruments import Instrument, Kind, Opening, Role
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import extend, take_in
from mentorly.mentoring.program_instruments import InstrumentText, instruments_of, texts_in_use
from mentorly.mentoring.questions import Amount, Day, Heading, Line, Pick, Question, Scale, Text, YesNo
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sketches import Sketch, digest, named, renamed_options
from mentorly.mentoring.typography import set_well
from tests.cast import MONDAY, Cast, cast_of

DAY = timedelta(days=1)
NAMES = st.text(string.ascii_lowercase + "_0123456789", min_size=1, max_size=20).map(lambda name: f"q{name}")
WRITTEN = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t")
ON_A_LINE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)


def both(words: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    """Words in both languages."""
    whole = words.map(str.strip).filter(bool)
    return st.fixed_dictionaries({"en": whole, "fr": whole.map(lambda words: set_well(words, "fr"))})


TITLES = both(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=60))
TEXTS = both(st.text(WRITTEN, min_size=1, max_size=60))


@st.composite
def questions(draw: st.DrawFn, name: str) -> Question:
    """A question of any kind."""
    told = {"name": name, "label": draw(TEXTS), "hint": draw(st.just({}) | TEXTS), "required": draw(st.booleans())}
    made = draw(st.sampled_from([Scale, Amount, Pick, YesNo, Day, Line, Text, Heading]))
    if made is Scale:
        least = draw(st.integers(0, 50))
        ends = {end: draw(st.just({}) | both(ON_A_LINE)) for end in ("low", "high")}
        return Scale(**told, least=least, most=least + draw(st.integers(1, 10)), **ends)
    if made is Amount:
        least = draw(st.integers(0, 500_000))
        return Amount(**told, least=least, most=least + draw(st.integers(1, 400_000)))
    if made is Pick:
        return Pick(**told, options=draw(st.dictionaries(NAMES, both(ON_A_LINE), min_size=2, max_size=6)))
    return made(**told)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """An instrument as somebody might write it."""
    asked = [draw(questions(name)) for name in draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))]
    scales = [one.name for one in asked if isinstance(one, Scale)]
    yes_no = [one.name for one in asked if isinstance(one, YesNo)]
    return Instrument(
        name="made_up",
        version=draw(st.integers(1, 999)),
        kind=draw(st.sampled_from([Kind.SURVEY, Kind.SHEET, Kind.CODE, Kind.SELF])),
        asks=tuple(draw(st.lists(st.sampled_from([Role.MENTEE, Role.MENTOR, Role.ANYBODY]), min_size=1, unique=True))),
        title=draw(TITLES),
        about=draw(TEXTS),
        seen=draw(TEXTS),
        text=draw(TEXTS),
        opens=tuple(draw(st.lists(st.sampled_from(list(Opening)), min_size=1, unique=True))),
        days=draw(st.integers(-365, 365)),
        months=tuple(draw(st.lists(st.integers(0, 36), min_size=1, unique=True))),
        reminds=tuple(sorted(draw(st.sets(st.integers(1, 90), max_size=5)))),
        tells=draw(st.booleans()),
        optional=draw(st.booleans()),
        questions=tuple(asked),
        advice={name: draw(TEXTS) for name in scales[:1]},
        calls=frozenset(yes_no[:1]),
    )


@given(instruments())
def test_what_a_form_holds_is_written_as_toml_that_reads_the_same(instrument: Instrument) -> None:
    sketch = Sketch.of(instrument)
    source = sketch.source(instrument.version)
    assert parsed(source, "made_up") == instrument
    assert Sketch.of(parsed(source, "made_up")) == Sketch.loads(sketch.dumps()) == sketch
    assert sketch.faults("made_up") == []


def test_what_comes_with_mentorly_can_be_edited_and_written() -> None:
    for name, instrument in shipped().items():
        assert parsed(Sketch.of(instrument).source(instrument.version), name) == instrument


@given(st.binary(max_size=300))
def test_no_file_gives_anything_but_a_refusal(data: bytes) -> None:
    with pytest.raises(Refused):
        parsed(read_file(data), "made_up")


@given(st.data())
def test_no_damage_to_a_file_gives_anything_but_a_refusal(data: st.DataObject) -> None:
    source = sources()["midway_mentee"]
    start = data.draw(st.integers(0, len(source)))
    damage = data.draw(
        st.text(max_size=12) | st.sampled_from(['"', "[[questions]]\n", "= 1e999", "= 1979-05-27", "[a.b]"])
    )
    damaged = source[:start] + damage + source[start + data.draw(st.integers(0, 40)) :]
    with suppress(Refused):
        assert parsed(damaged, "midway_mentee").title


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ('kind = "scale"', 'kind = "ladder"', "Line 10: The kind of a question is one of"),
        ("least = 1", "least = 9", "The most is above the least"),
        ('fr = "Combien?"', "", "This needs words in English (en) and in French (fr)."),
        ('name = "how"', 'name = "signature"', "No question can be called signature."),
        ("[title]", "[title", "TOML is not written like this"),
        ('asks = ["mentee"]', 'asks = ["lead"]', "Line 4: Project leads are asked when the program ends"),
        ("version = 1", "verson = 1", "Line 1: Nothing here is called verson."),
    ],
)
def test_a_broken_file_is_refused_with_the_line_and_what_is_wrong(was: str, becomes: str, sentence: str) -> None:
    lines = ["version = 1", 'kind = "survey"', 'asks = ["mentee"]', 'opens = ["match"]']
    lines += [f'{key} = {{ en = "A", fr = "B" }}' for key in ("about", "seen")]
    lines += ["[[questions]]", 'name = "how"', 'en = "How many?"', 'kind = "scale"', "least = 1", 'fr = "Combien?"']
    source = "\n".join([*lines, "[title]", 'en = "A"', 'fr = "B"'])
    with pytest.raises(Refused) as refused:
        parsed(source.replace(was, becomes, 1), "short")
    assert sentence in str(refused.value)


def test_names_are_made_from_words_and_stay() -> None:
    assert named("Êtes-vous prêt?", [], "question") == "etes_vous_pret"
    assert named("3 things", [], "question") == "question_3_things"
    assert named("何", ["question"], "question") == "question_2"
    assert named("Signature", [], "question") == "signature_2"
    before = {"options_en": "Yes\nNo", "option_names": "yes no"}
    assert renamed_options({"options_en": "No\nMaybe\nYes"}, before) == "no maybe yes"
    assert renamed_options({"options_en": "Yes, always\nNo"}, before) == "yes no"


@pytest.fixture
def cast(session: Session) -> Cast:
    return cast_of(session)


@pytest.fixture
def together(cast: Cast) -> Relationship:
    made = cast.propose().accept(cast.alice, MONDAY)
    cast.session.commit()
    return made


def asked(person: Person, name: str) -> dict[str, Asked]:
    found = person.session.scalars(select(Asked).where(Asked.person_id == person.id, Asked.name == name))
    return {one.occasion: one for one in found}


SCALE = {"kind": "scale", "en": "How is it going?", "fr": "Comment cela va-t-il?", "least": "1", "most": "5"}


def two_questions(cast: Cast, title: str = "How it goes") -> str:
    """Dave makes a survey of two questions; returns its name."""
    name = begin_instrument(cast.program, {"title_en": title}, "", cast.dave, MONDAY).name
    sketch = sketch_of(cast.program, name)
    assert sketch
    about = {"title_en": title, "title_fr": "Comment cela va", "about_en": "Two questions.", "about_fr": "Deux."}
    write_head(cast.program, name, about, digest(sketch.head), cast.dave, MONDAY)
    write_question(cast.program, name, "", SCALE, "", cast.dave, MONDAY)
    write_question(cast.program, name, "", {"kind": "text", "en": "Why?", "fr": "Pourquoi?"}, "", cast.dave, MONDAY)
    return name


def seen(cast: Cast, name: str) -> str:
    sketch = sketch_of(cast.program, name)
    assert sketch
    return sketch.digest


def revised(cast: Cast, name: str, at: timedelta = DAY, **typed: str) -> InstrumentText:
    """Dave changes the whole of an instrument, and puts it to use."""
    sketch = sketch_of(cast.program, name)
    assert sketch
    write_head(cast.program, name, typed, digest(sketch.head), cast.dave, MONDAY + at)
    return put_to_use(cast.program, name, seen(cast, name), cast.dave, MONDAY + at).text


def test_a_new_survey_asks_everybody_who_is_in_an_active_relationship(cast: Cast, together: Relationship) -> None:
    name = two_questions(cast)
    assert name == "how_it_goes"
    used = put_to_use(cast.program, name, seen(cast, name), cast.dave, MONDAY + DAY)
    assert (used.text.number, used.asked) == (1, 1), "Bob, and not Eve who has no mentor yet"
    assert asked(cast.bob, name)["match"].opens_at == MONDAY + DAY
    assert [one.name for one in used.text.instrument.questions] == ["how_is_it_going", "why"]
    assert InstrumentDraft.of(cast.program, name) is None
    with pytest.raises(Refused, match="meanwhile"):
        put_to_use(cast.program, name, "", cast.dave, MONDAY)


def test_what_is_unfinished_is_kept_as_it_is_typed_and_cannot_be_used(cast: Cast) -> None:
    name = begin_instrument(cast.program, {"title_en": "Half"}, "", cast.dave, MONDAY).name
    typed = {"kind": "choice", "en": "Which?", "options_en": "One\n\nTwo", "options_fr": "Un", "least": "x"}
    question = write_question(cast.program, name, "", typed, "", cast.dave, MONDAY)
    sketch = sketch_of(cast.program, name)
    assert sketch
    assert sketch.question(question) == {"name": "which", "option_names": "one two", **typed}
    faults = {(one.place, one.key) for one in sketch.faults(name)}
    assert faults == {(None, "title"), (None, "about"), (0, "label"), (0, "options")}
    with pytest.raises(Refused, match="has to be mended"):
        put_to_use(cast.program, name, sketch.digest, cast.dave, MONDAY)


def test_two_who_edit_different_things_do_not_disturb_each_other(cast: Cast) -> None:
    name = two_questions(cast)
    sketch = sketch_of(cast.program, name)
    assert sketch
    first, second = sketch.questions
    write_question(cast.program, name, "why", second | {"en": "Why so?"}, digest(second), cast.dave, MONDAY)
    write_question(cast.program, name, first["name"], first | {"most": "7"}, digest(first), cast.dave, MONDAY)
    move_question(cast.program, name, "why", -1, cast.dave, MONDAY)
    sketch = sketch_of(cast.program, name)
    assert sketch
    assert [(one["name"], one["en"]) for one in sketch.questions] == [
        ("why", "Why so?"), ("how_is_it_going", "How is it going?"),
    ]  # fmt: skip


def test_the_second_of_two_who_edit_the_same_is_told_and_may_keep_what_was_typed(cast: Cast) -> None:
    name = two_questions(cast)
    sketch = sketch_of(cast.program, name)
    assert sketch
    before = sketch.questions[1]
    write_question(cast.program, name, "why", before | {"en": "Why so?"}, digest(before), cast.dave, MONDAY)
    mine = before | {"en": "Why not?"}
    with pytest.raises(ChangedMeanwhile, match="Dave Okoye has changed this") as told:
        write_question(cast.program, name, "why", mine, digest(before), cast.dave, MONDAY)
    assert told.value.stands
    assert told.value.stands["en"] == "Why so?"
    write_question(cast.program, name, "why", mine, digest(told.value.stands), cast.dave, MONDAY)
    remove_question(cast.program, name, "why", cast.dave, MONDAY)
    with pytest.raises(ChangedMeanwhile) as told:
        write_question(cast.program, name, "why", before, digest(mine), cast.dave, MONDAY)
    assert told.value.stands is None
    assert write_question(cast.program, name, "why", before, "", cast.dave, MONDAY) == "why"
    with pytest.raises(ChangedMeanwhile):
        put_to_use(cast.program, name, "what was shown", cast.dave, MONDAY)
    with pytest.raises(ChangedMeanwhile):
        throw_away(cast.program, name, "what was shown", cast.dave, MONDAY)


def test_administrators_alone_edit(cast: Cast) -> None:
    for act in (
        lambda by: begin_instrument(cast.program, {"title_en": "A"}, "", by, MONDAY),
        lambda by: write_head(cast.program, "midway_mentee", {}, "", by, MONDAY),
        lambda by: take_file(cast.program, "", sources()["midway_mentee"], "", by, MONDAY),
        lambda by: put_to_use(cast.program, "midway_mentee", "", by, MONDAY),
        lambda by: stop_using(cast.program, "midway_mentee", by, MONDAY),
        lambda by: use(cast.program, "competencies", by, MONDAY),
    ):
        for person in (cast.alice, cast.bob, cast.carol, cast.eve):
            with pytest.raises(Refused, match="Only an administrator"):
                act(person)


def test_an_edited_instrument_stands_over_the_one_that_comes_with_mentorly(cast: Cast, together: Relationship) -> None:
    bobs = asked(cast.bob, "mentee_baseline")["match"]
    bobs.was_asked(MONDAY)
    planned = bobs.remind_at
    text = revised(cast, "mentee_baseline", reminds="5", title_en="Where you start")
    assert text.number == shipped()["mentee_baseline"].version + 1
    assert texts_in_use(cast.program, MONDAY)["mentee_baseline"] is text
    cast.session.refresh(bobs)
    assert (bobs.text, bobs.reminds, bobs.remind_at) == (text, ("5",), planned), "the planned reminder stays"
    take_file(cast.program, "mentee_baseline", text.source, seen(cast, "mentee_baseline"), cast.dave, MONDAY)
    with pytest.raises(Refused, match="Nothing is different"):
        put_to_use(cast.program, "mentee_baseline", seen(cast, "mentee_baseline"), cast.dave, MONDAY)


def test_an_answer_keeps_the_version_it_was_given_to(cast: Cast, together: Relationship) -> None:
    bobs = asked(cast.bob, "mentee_baseline")["match"]
    first = bobs.text
    bobs.answer(cast.bob, {}, MONDAY)
    revised(cast, "mentee_baseline", title_en="Where you start")
    cast.session.refresh(bobs)
    assert (bobs.text, list(asked(cast.bob, "mentee_baseline"))) == (first, ["match"])


def test_a_signed_text_that_changes_is_signed_again_and_the_first_signature_stands(
    cast: Cast, together: Relationship
) -> None:
    first = asked(cast.bob, "code_of_ethics")["match"]
    take_answer(first, cast.bob, {"signature": "Bob"}, MONDAY)
    text = revised(cast, "code_of_ethics", text_en="Be good.", text_fr="Soyez bons.")
    bobs, alices = asked(cast.bob, "code_of_ethics"), asked(cast.alice, "code_of_ethics")
    cast.session.refresh(first)
    assert first.withdrawn_at is not None
    again = bobs[f"match v{text.number}"]
    assert (again.opens_at, again.finished_at, again.text) == (MONDAY + DAY, None, text)
    assert list(alices) == ["match"], "who has not signed is asked once, and the new text"
    take_answer(again, cast.bob, {"signature": "Bob"}, MONDAY + DAY)
    revised(cast, "code_of_ethics", 2 * DAY, reminds="9")
    assert len(asked(cast.bob, "code_of_ethics")) == 2, "other days of reminding are no other words"


def test_a_changed_agreement_is_signed_in_its_new_version_by_all(cast: Cast, together: Relationship) -> None:
    words = {one.name: "so" for one in shipped()["mentorship_agreement"].answerable}
    hers = asked(cast.alice, "mentorship_agreement")["match"]
    take_answer(hers, cast.alice, words | {"signature": "Alice"}, MONDAY)
    standing = AgreementText.current(together, "mentorship_agreement")
    assert standing
    number = revised(cast, "mentorship_agreement", text_en="New.", text_fr="Nouveau.").number
    with pytest.raises(Refused, match="has a new version"):
        sign_current(standing, cast.bob, "Bob", MONDAY + DAY)
    again = asked(cast.alice, "mentorship_agreement")[f"match v{number}"]
    take_answer(again, cast.alice, words | {"signature": "Alice"}, MONDAY + DAY, base=words)
    standing = AgreementText.current(together, "mentorship_agreement")
    assert standing
    sign_current(standing, cast.bob, "Bob", MONDAY + DAY)
    assert standing.completed_at is not None
    assert standing.text.number == number


def test_what_is_not_used_is_asked_of_nobody_until_it_is_used_again(cast: Cast, together: Relationship) -> None:
    stop_using(cast.program, "mentee_baseline", cast.dave, MONDAY + DAY)
    bobs = asked(cast.bob, "mentee_baseline")["match"]
    cast.session.refresh(bobs)
    assert not bobs.is_open
    assert instruments_of(cast.program)["mentee_baseline"][1] is False
    assert use(cast.program, "mentee_baseline", cast.dave, MONDAY + DAY).asked == 0
    cast.session.refresh(bobs)
    assert bobs.is_open
    assert use(cast.program, "competencies", cast.dave, MONDAY + DAY).asked == 2, "to Bob at the match and at the end"


def test_other_dates_move_what_has_not_opened_and_other_occasions_and_roles_ask_others(
    cast: Cast, together: Relationship
) -> None:
    before = asked(cast.bob, "mentee_end")["end"].opens_at
    revised(cast, "mentee_end", days="-7")
    after = asked(cast.bob, "mentee_end")["end"]
    cast.session.refresh(after)
    assert before
    assert after.opens_at == before + 7 * DAY
    extend(together, together.ends_on + 30 * DAY, cast.dave, MONDAY + DAY)
    assert after.opens_at
    assert after.opens_at.date() == together.ends_on - 7 * DAY
    revised(cast, "mentee_end", 2 * DAY, opens="midway", asks="mentee mentor")
    bobs, alices = asked(cast.bob, "mentee_end"), asked(cast.alice, "mentee_end")
    cast.session.refresh(after)
    assert (list(alices), set(bobs), after.is_open) == (["midway"], {"end", "midway"}, False)
    revised(cast, "mentee_end", 3 * DAY, asks="mentor")
    cast.session.refresh(bobs["midway"])
    assert not bobs["midway"].is_open
    assert alices["midway"].is_open


def test_who_joins_later_is_asked_later_by_other_dates_too(cast: Cast, together: Relationship) -> None:
    together.join(cast.eve, "mentee", MONDAY + 10 * DAY)
    take_in(together, cast.eve, MONDAY + 10 * DAY)
    revised(cast, "planning_sheet", days="20")
    opening = {
        one.person_id: one.opens_at
        for one in cast.session.scalars(select(Asked).where(Asked.name == "planning_sheet", Asked.occasion == "match"))
    }
    assert opening[cast.eve.id] == MONDAY + 30 * DAY


def test_leads_are_asked_what_is_for_leads_once(cast: Cast, together: Relationship) -> None:
    name = two_questions(cast)
    revised(cast, name, asks="lead mentee", opens="end")
    assert asked(cast.carol, name)["end"].relationship_id is None
    assert use(cast.program, name, cast.dave, MONDAY + 2 * DAY).asked == 0


def test_what_an_instrument_is_does_not_change_once_it_was_used(cast: Cast) -> None:
    with pytest.raises(Refused, match="Begin a new one instead"):
        revised(cast, "mentee_baseline", kind="sheet")


def test_the_file_in_the_docs_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "instruments.md").read_text("utf-8")
    source = page.partition("```toml\n")[2].partition("```")[0]
    assert [one.name for one in parsed(source, "first_look").questions] == ["going_well", "contact"]
    assert f"{['Sixteen', 'Seventeen', 'Eighteen'][len(shipped()) - 16]} come with it" in page
