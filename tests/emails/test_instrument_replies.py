"""Short surveys are answered by a reply: read in either language, else asked again with nothing lost."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.editing import begin_instrument, write_head, write_question
from mentorly.mentoring.instrument_drafts import sketch_of
from mentorly.mentoring.instrument_use import put_to_use
from mentorly.mentoring.remarks import Remark
from mentorly.mentoring.sketches import digest
from tests.cast import MONDAY, cast_of, register_of
from tests.emails.correspondence import Came, Correspondence

KINDS = (
    "instrument_asked",
    "reply_taken",
    "reply_unclear",
    "remark_kept",
    "reply_undone",
    "reply_refused",
    "reply_done",
)
TEN = {"kind": "scale", "en": "How likely?", "fr": "Dans quelle mesure?", "least": "0", "most": "10", "required": "yes"}
FIVE = {"kind": "scale", "en": "How well?", "fr": "À quel point?", "required": "yes"}
AGAIN = {"kind": "yes_no", "en": "Would you do it again?", "fr": "Le referiez-vous?"}
OFTEN = {
    "kind": "choice", "en": "How often?", "fr": "À quelle fréquence?",
    "options_en": "too seldom\nright\ntoo often", "options_fr": "pas assez\nce qu'il faut\ntrop",
}  # fmt: skip
WHY = {"kind": "text", "en": "Why?", "fr": "Pourquoi?"}
MANY = {"kind": "number", "en": "How many people?", "fr": "Combien de personnes?"}


@pytest.fixture
def post(session: Session) -> Correspondence:
    cast = cast_of(session)
    cast.propose().accept(cast.alice, MONDAY)
    session.execute(update(Asked).values(withdrawn_at=MONDAY))
    session.commit()
    return Correspondence(cast)


def asked(post: Correspondence, *questions: Mapping[str, str], language: str = "fr") -> Came:
    """Bob is asked a survey of some questions; returns its mail."""
    cast = post.cast
    cast.bob.language = language
    name = begin_instrument(cast.program, {"title_en": "Short", "title_fr": "Bref"}, "", cast.dave, MONDAY).name
    sketch = sketch_of(cast.program, name)
    assert sketch
    about = {"about_en": "A word.", "about_fr": "Un mot.", "reminds": ""}
    write_head(cast.program, name, about, digest(sketch.head), cast.dave, MONDAY)
    for typed in questions:
        write_question(cast.program, name, "", typed, "", cast.dave, MONDAY)
    sketch = sketch_of(cast.program, name)
    assert sketch
    put_to_use(cast.program, name, sketch.digest, cast.dave, MONDAY)
    cast.session.commit()
    post.register = register_of(*(kind for kind in KINDS if kind in post.register))
    post.pass_by(bell=False, days=1)
    return post.last_to(cast.bob)


def answers(post: Correspondence) -> list[object] | None:
    """What Bob has answered, in the order of the questions; None if it is not finished."""
    post.cast.session.expire_all()
    one = post.cast.session.scalars(select(Asked).where(Asked.name == "short")).one()
    said = {answer.question: answer.as_typed for answer in one.responses}
    return [said.get(question.name) for question in one.instrument.answerable] if one.finished_at else None


@pytest.mark.parametrize(
    ("question", "words", "answer"),
    [
        (TEN, "10", "10"),
        (TEN, "0", "0"),
        (TEN, "10/10", "10"),
        (TEN, "8 sur 10, merci!", "8"),
        (FIVE, "4", "4"),
        (FIVE, "4/5", "4"),
        (FIVE, "4.", "4"),
        (FIVE, "Bonjour,\n\n4\n\nMerci,\nBob Tremblay", "4"),
        (AGAIN, "oui", "yes"),
        (AGAIN, "Oui, avec plaisir", "yes"),
        (AGAIN, "Non", "no"),
        (AGAIN, "yes", "yes"),
        (OFTEN, "ce qu’il faut", "option"),
        (OFTEN, "2", "right"),
        (MANY, "12 personnes", "12"),
        (WHY, "Parce que le temps manque.\nEt la distance.", "Parce que le temps manque.\nEt la distance."),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_question_is_answered_by_a_word(
    post: Correspondence, question: Mapping[str, str], words: str, answer: str
) -> None:
    received = post.reply(asked(post, question), words)
    assert (received.decision, answers(post)) == ("taken", [answer.replace("option", "right")])


def test_what_was_answered_is_told_back_to_its_author(post: Correspondence) -> None:
    mail = asked(post, FIVE, AGAIN)
    post.reply(mail, "4\noui")
    confirmed = post.pass_by()[-1]
    assert confirmed.recipient == post.cast.bob.email
    assert "À quel point? 4" in confirmed.text.replace("\u00a0", " ")
    assert "Le referiez-vous? Oui" in confirmed.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "words",
    [
        "4\noui\nLe temps manque",
        "1. 4\n2. oui\n3. Le temps manque",
        "2) oui\n1) 4\n3) Le temps manque",
        "4/5\n\nOui\n\nLe temps manque",
    ],
)
def test_several_are_answered_a_line_each_or_by_their_number(post: Correspondence, words: str) -> None:
    received = post.reply(asked(post, FIVE, AGAIN, WHY), words)
    assert (received.decision, answers(post)) == ("taken", ["4", "yes", "Le temps manque"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("words", ["4 parce que le temps manque un peu", "4\nLe temps manque"])
def test_a_number_and_its_reason(post: Correspondence, words: str) -> None:
    post.reply(asked(post, FIVE, WHY), words)
    assert (answers(post) or [""])[0] == "4"


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ([FIVE], "9"),
        ([FIVE], "entre 3 et 4"),
        ([FIVE], "je ne sais pas"),
        ([FIVE, AGAIN], "9\noui"),
        ([FIVE, AGAIN], "oui"),
        ([AGAIN], "oui, mais pas tout de suite"),
        ([OFTEN], "9"),
    ],
)
def test_what_cannot_be_an_answer_is_asked_again_with_the_button_and_nothing_is_lost(
    post: Correspondence, questions: list[Mapping[str, str]], words: str
) -> None:
    mail = asked(post, *questions)
    assert post.reply(mail, words).decision in {"unclear", "refused"}
    assert answers(post) is None
    (told,) = post.pass_by(seconds=10)
    assert "/a/" in told.text
    kept = post.cast.session.scalars(select(Remark)).all()
    assert [" ".join(one.words.split()) for one in kept] == [" ".join(words.split())]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_long_survey_is_not_read_from_a_reply_and_what_was_written_is_sealed(post: Correspondence) -> None:
    mail = asked(post, *(FIVE | {"en": f"{place}", "fr": f"{place}"} for place in range(6)))
    assert "répondre simplement" not in mail.text
    assert post.reply(mail, "4\n4\n4\n4\n4\n4").decision == "unclear"
    assert answers(post) is None
    (told,) = post.pass_by(seconds=10)
    assert "/a/" in told.text
    assert len(post.cast.session.scalars(select(Remark)).all()) == 1


def test_a_changed_mind_takes_the_answers_back_and_answers_anew(post: Correspondence) -> None:
    mail = asked(post, FIVE)
    post.reply(mail, "4")
    (confirmed,) = post.pass_by(seconds=10)
    assert "/undo" in confirmed.text
    assert post.reply(confirmed, "annuler").decision == "undone"
    assert answers(post) is None
    assert post.reply(mail, "5").decision == "taken"
    assert answers(post) == ["5"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_mail_says_how_a_reply_answers_and_who_reads_no_french_is_understood_too(post: Correspondence) -> None:
    mail = asked(post, FIVE, AGAIN, language="en")
    assert "one answer a line, in the same order" in mail.text
    assert "How well?" in mail.text
    post.reply(mail, "3\nyes")
    assert answers(post) == ["3", "yes"]
