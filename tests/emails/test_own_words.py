"""Own words: nothing that a person wrote is lost, and as little as possible of what they answered is kept."""

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from mentorly.emails.html_reading import CERTAIN, read_html
from mentorly.emails.incoming import Incoming
from mentorly.emails.own_words import MARKER, is_marker, own_words
from mentorly.emails.quotations import COLONS, is_sent_from
from tests.emails.received import HERE, OWN, tell
from tests.emails.replying_clients import CLIENTS, PARTS, Answered, answered, reply

GOLDEN = HERE / "golden"
LANGUAGES = ("en", "fr")
REPLIES = (
    "Yes",
    "Oui, avec plaisir\n\nAlice",
    "Done 2",
    "Non merci, pas cette fois-ci.\n\nCordialement,\nRené",
    "Hello Bob,\n\nOn Monday I can do 2 pm; on Tuesday the morning works:\n\n- 9:00\n- 10:30\n\nRegards,\nDana",
    "Le lundi me convient :\nà 14 h, par vidéo.",
    "> my own line with a sign before it",
    "I wrote this:\n\n    indented, and\n    indented again\n\n-- not a signature, a thought --\nand the end of it",
    "From: the heart\nThank you for everything!",
    "Sent the form yesterday.\n\nIs that all?",
    "1. first\n2. second\n3. third",
    "Ça va être très bien… « merci » – 😀",
)


def golden(language: str, *, marked: bool) -> list[Answered]:
    paths = sorted(GOLDEN.glob(f"*.{language}*.eml"))
    return [answered(path.read_bytes(), language, marked=marked) for path in paths]


def pairs(corpus: Path | None) -> list[tuple[str, str]]:
    """Real replies with what a person says are the writer's own words."""
    folder = (corpus or Path("nowhere")) / "discourse-email_reply_trimmer"
    inputs = sorted(folder.glob("input.*"))
    return [(path.read_text("utf-8"), (folder / f"expected.{path.name[6:]}").read_text("utf-8")) for path in inputs]


def keeps(found: str, own: str) -> bool:
    """Whether every word of a person's is still there, in its order."""
    left: Iterator[str] = iter(found.split())
    return all(word in left for word in own.split())


def test_no_word_is_lost_of_real_replies_and_half_of_them_are_exact(
    mail_corpus: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    real = pairs(mail_corpus)
    if not real:
        pytest.skip("MAIL_CORPUS is unset: real replies and their words are in the folder that it names")
    found = [(own_words(text), own) for text, own in real]
    exact = sum(words.split() == own.split() for words, own in found)
    tell(capsys, f"own words of {len(real)} real replies: {exact} exact")
    assert [own for words, own in found if not keeps(words, own)] == []
    assert exact >= 0.5 * len(real)


@pytest.mark.parametrize("marked", [True, False], ids=["with the line", "without the line"])
def test_replies_over_our_own_mails_are_read_exactly_in_six_clients(
    mail_corpus: Path | None, capsys: pytest.CaptureFixture[str], *, marked: bool
) -> None:
    every = [*REPLIES, *(own.rstrip("\n") for _, own in pairs(mail_corpus))]
    mails = {language: itertools.cycle(golden(language, marked=marked)) for language in LANGUAGES}
    exact, all_of, lost = Counter[str](), Counter[str](), []
    shapes = itertools.product(enumerate(every), enumerate(CLIENTS), LANGUAGES)
    for (number, own), (place, client), language in shapes:
        mail, parts = next(mails[language]), PARTS[(number + place) % len(PARTS)]
        incoming = Incoming.read(reply(client, own, mail, parts))
        words = own_words(incoming.text, incoming.html)
        all_of[client] += 1
        exact[client] += words.split() == own.split()
        if not keeps(words, own):
            lost.append((client, language, parts, own))
    share = exact.total() / all_of.total()
    told = ", ".join(f"{client} {exact[client] / all_of[client]:.1%}" for client in CLIENTS)
    line = "with" if marked else "without"
    tell(capsys, f"own words of {all_of.total()} replies over our mails {line} the line: {share:.1%} exact ({told})")
    assert lost == []
    assert share >= 0.95


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60)
ORDINARY = st.lists(WORDS, min_size=1, max_size=6).map("\n".join)


@given(ORDINARY, st.sampled_from(list(CLIENTS)), st.sampled_from(LANGUAGES), st.sampled_from(PARTS))
def test_whatever_a_person_writes_above_the_line_is_kept(own: str, client: str, language: str, parts: str) -> None:
    lines = own.splitlines()
    assume(not any(is_sent_from(line) or is_marker(line) or not any(map(str.isalnum, line)) for line in lines))
    assume(not any(line.strip().endswith(COLONS) or line.strip() in {"--", "—"} for line in lines))
    mail = answered((GOLDEN / f"match_proposed.{language}.eml").read_bytes(), language, marked=True)
    incoming = Incoming.read(reply(client, own, mail, parts))
    assert keeps(own_words(incoming.text, incoming.html), own)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", ["{}", "> {}", ">> *{}*", "  | {} ", "\u200b{}", "*{}*"])
def test_the_line_is_known_however_it_is_quoted(language: str, shape: str) -> None:
    assert is_marker(shape.format(MARKER[language]))
    assert is_marker(shape.format(MARKER[language].upper().replace("É", "É")))


def test_a_person_who_speaks_of_the_line_is_not_cut() -> None:
    words = "I could not reply above this line, so I write anew."
    assert own_words(words) == words


def test_what_is_written_below_or_between_a_quotation_is_kept() -> None:
    below = "> -- Reply above this line --\n> Is it done?\n\nYes\n\n> And the other?\n\nThat too"
    assert own_words(below).split() == ["Yes", "That", "too"]
    assert own_words(Incoming.read((OWN / "reply_below.eml").read_bytes()).text) == "Done 2"


def test_an_empty_reply_has_no_words_and_brings_none_of_ours() -> None:
    quoted = f"\n\nFrom: Mentorly <a@b.org>\nSent: Monday\nTo: x@y.org\nSubject: z\n\n{MARKER['en']}\n\nYes or no?"
    assert own_words(quoted) == ""
    assert own_words(quoted.replace("\n", "\n> ")) == ""


def test_a_text_part_that_says_nothing_gives_way_to_the_html() -> None:
    assert own_words("\n \n", "<p>Yes</p><p>gladly</p>") == "Yes\n\ngladly"


@pytest.mark.parametrize(
    "opening",
    [
        '<blockquote type="cite">No</blockquote>',
        '<blockquote class="gmail_quote">No</blockquote>',
        '<div class="gmail_attr">On Monday wrote:</div><blockquote class="gmail_quote">No</blockquote>',
        '<div class="yahoo_quoted">No</div>',
        '<div class="protonmail_quote">On Monday<blockquote>No</blockquote></div>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: x</div><p>No</p>',
        '<div style="border-top:solid #B5C4DF 1.0pt"><p><b>De :</b> x</p></div><p>No</p>',
        '<div class="moz-cite-prefix">x wrote:</div><blockquote cite="mid:1">No</blockquote>',
        '<table class="OutlookMessageHeader"><tr><td>No</td></tr></table>',
        '<div id="mail-editor-reference-message-container"><p>No</p></div>',
    ],
)
def test_what_a_client_marks_as_quoted_is_no_word_of_the_writer(opening: str) -> None:
    assert own_words("", f"<html><body><div>Yes, <b>gladly</b></div>{opening}</body></html>") == "Yes, gladly"


def test_an_indented_line_of_the_writer_is_no_quotation() -> None:
    page = '<p>Yes</p><blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>'
    assert own_words("", page) == "Yes\n\nindented"


def test_html_is_read_as_it_is_seen() -> None:
    page = "<style>p{}</style><p>a &amp; b<br>c</p><div style='display:none'>x</div><ul><li>d</ul>"
    page += "<pre>e\n  f</pre><!-- g -->"
    assert read_html(page).split("\n") == ["a & b", "c", "", "- d", "e", "f"]
    assert CERTAIN not in read_html(f"<p>{CERTAIN}a</p>")


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from my Galaxy",
        "Get Outlook for iOS",
        "Get Outlook for Android<https://aka.ms/x>",
        "Sent from Outlook for Android<https://aka.ms/x>",
        "Sent via BlackBerry Hub for Android",
        "Sent from my phone, please excuse any typos.",
        "Envoyé de mon iPhone",
        "Envoyé depuis mon appareil mobile Samsung",
        "Envoyé à partir de Outlook pour iOS",
        "Envoyé de mon téléphone intelligent Samsung Galaxy.",
        "Obtenir Outlook pour Android<https://aka.ms/x>",
        "Télécharger Outlook pour iOS",
        "Provenance : Courrier pour Windows",
    ],
)
def test_what_a_telephone_adds_is_left_out(line: str) -> None:
    assert own_words(f"Yes\n\n{line}\n") == "Yes"


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my desk, is much easier than my phone.",
        "Get it done",
        "Sent the report",
        "Envoyé mon CV hier",
        "From me to you",
    ],
)
def test_what_only_begins_like_that_is_kept(line: str) -> None:
    assert own_words(f"Yes\n\n{line}\n") == f"Yes\n\n{line}"
