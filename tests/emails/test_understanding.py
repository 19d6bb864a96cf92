"""An answer is understood when the first line is one and nothing makes it depend on something (rules A8)."""

import unicodedata
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from mentorly.emails.understanding import BY_WORD, Meaning, Remark, Understood, numbered, understood


def meaning(words: str) -> Meaning | None:
    answer = understood(words)
    return answer.meaning if isinstance(answer, Understood) else None


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("Yes", Meaning.YES),
        ("  YES!!  ", Meaning.YES),
        ("Oui, avec plaisir", Meaning.YES),
        ("Oui, s’il vous plaît", Meaning.YES),
        ("D’accord", Meaning.YES),
        ("Bien sûr !", Meaning.YES),
        ("J'accepte avec joie", Meaning.YES),
        ("I accept, thank you so much", Meaning.YES),
        ("*Yes*, of course", Meaning.YES),
        ("« Oui »", Meaning.YES),
        ("👍 oui", Meaning.YES),
        ("Yes, 45 minutes, interview practice", Meaning.YES),
        ("No", Meaning.NO),
        ("Non merci", Meaning.NO),
        ("Done.", Meaning.DONE),
        ("C’est fait", Meaning.DONE),
        ("Terminé", Meaning.DONE),
        ("FINI!", Meaning.DONE),
        ("stop", Meaning.STOP),
        ("Arrêtez", Meaning.STOP),
        ("Désabonnez-moi", Meaning.STOP),
        ("Help", Meaning.HELP),
        ("Aide", Meaning.HELP),
        ("who sees", Meaning.WHO_SEES),
        ("Who sees?", Meaning.WHO_SEES),
        ("Qui voit quoi", Meaning.WHO_SEES),
        ("Annuler", Meaning.UNDO),
        ("yes one two three four five six", Meaning.YES),
        ("Yes\nbut not before June", Meaning.YES),
    ],
)
def test_an_answer_is_understood(words: str, meant: Meaning) -> None:
    assert meaning(words) is meant


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Hello",
        "Nothing yet",
        "Not done",
        "Yes?",
        "Oui, mais pas avant juin",
        "Yes but later",
        "Yes if Bob agrees",
        "yes, unless it rains",
        "Yes, I can’t wait",
        "Oui sauf lundi",
        "Oui si possible",
        "oui, s'il est libre",
        "No, yes",
        "oui ou non",
        "No problem",
        "No. 3 is late",
        "Dear all, yes",
        "yes one two three four five six seven",
        "Yes " + "x" * 300,
        "yes 可以 但是 不 要 太 早 了 吧 好",
    ],
)
def test_anything_else_is_a_remark(words: str) -> None:
    answer = understood(words)
    assert isinstance(answer, Remark)
    assert answer.words == words.strip()


@pytest.mark.parametrize(
    ("words", "numbers", "rest"),
    [
        ("done 2", (2,), "2"),
        ("Done: 2!", (2,), "2"),
        ("oui 1", (1,), "1"),
        ("yes #3", (3,), "#3"),
        ("fait 2 et 3", (2, 3), "2 et 3"),
        ("done 1, 2, 2 and 4", (1, 2, 4), "1, 2, 2 and 4"),
        ("done no. 3", (3,), "no. 3"),
        ("done 2 thanks", (2,), "2 thanks"),
        ("no 3", (3,), "3"),
        ("yes", (), ""),
        ("yes 45 minutes", (), "45 minutes"),
        ("oui, 1 h 30", (), "1 h 30"),
        ("yes 1:30", (), "1:30"),
        ("yes in 2 days", (), "in 2 days"),
        ("Oui, Déjà Fait Hier", (), "Déjà Fait Hier"),
    ],
)
def test_a_digest_s_line_is_named_by_its_number(words: str, numbers: tuple[int, ...], rest: str) -> None:
    answer = understood(words)
    assert isinstance(answer, Understood)
    assert (answer.numbers, answer.rest) == (numbers, rest)


def test_each_line_of_a_digest_can_be_answered_on_its_own() -> None:
    answers = numbered("done 2\n\nyes 1\nthanks!\nno 3")
    assert [(answer.meaning, answer.numbers) for answer in answers] == [(Meaning.DONE, (2,)), (Meaning.YES, (1,))]
    assert [answer.more for answer in answers] == ["", "thanks!\nno 3"]
    assert numbered("yes\ndone 2") == numbered("stop 2") == []


def test_what_follows_the_first_line_stays_with_the_answer() -> None:
    answer = understood("Yes, gladly\n\nSee you on Monday.\nBob")
    assert isinstance(answer, Understood)
    assert (answer.rest, answer.more) == ("gladly", "See you on Monday.\nBob")


def test_neither_an_answer_nor_a_remark_shows_a_person_s_words() -> None:
    assert "secret" not in repr(understood("yes secret\nsecret")) + repr(understood("a secret"))


WORD = st.sampled_from(sorted(BY_WORD))
PLAIN = st.sampled_from(["thanks", "demain", "Bob", "at", "noon", "avec", "joie", "très", "bientôt", "12"])
CONDITION = st.sampled_from(["but", "not", "except", "if", "unless", "mais", "pas", "sauf", "si", "?"])
MORE = st.lists(PLAIN, max_size=5).map("\n".join)
CASES = st.sampled_from([str.lower, str.upper, str.title])
MARKS = st.sampled_from(["", "!", ".", ",", " :", "…"])


@given(WORD, CASES, MARKS, st.lists(PLAIN, max_size=6), MORE)
def test_every_answer_word_is_understood_however_it_is_written(
    word: str, case: Callable[[str], str], mark: str, rest: list[str], more: str
) -> None:
    line = " ".join([case(word).replace("'", "’") + mark, *rest])
    assume(len(word.split()) + len(rest) <= 6)
    answer = understood(f"{line}\n{more}")
    assert isinstance(answer, Understood)
    assert answer.meaning is BY_WORD[word] or len(rest) > 0
    assert answer.more == more


@given(WORD, st.lists(PLAIN, max_size=3), CONDITION, st.lists(PLAIN, max_size=3))
def test_a_condition_anywhere_makes_a_remark(word: str, before: list[str], condition: str, after: list[str]) -> None:
    assume(not (condition == "?" and BY_WORD[word] is Meaning.WHO_SEES))
    assert isinstance(understood(" ".join([word, *before, condition, *after])), Remark)


@given(WORD, st.lists(PLAIN, min_size=7, max_size=12))
def test_more_than_six_words_make_a_remark(word: str, rest: list[str]) -> None:
    assume(f"{word} {rest[0]}" not in BY_WORD)
    assert isinstance(understood(" ".join([word, *rest])), Remark)


@given(st.text(max_size=300))
def test_whatever_is_written_is_an_answer_or_kept_whole(words: str) -> None:
    answer = understood(words)
    if isinstance(answer, Remark):
        assert answer.words == words.strip()
    else:
        spelled = unicodedata.normalize("NFKD", words.strip().split("\n")[0]).lower()
        first = "".join(letter for letter in spelled if not unicodedata.combining(letter))
        assert any(word.split()[0].replace("'", "") in first.translate({0x2019: None, 0x27: None}) for word in BY_WORD)
    assert all(answer.numbers for answer in numbered(words))
