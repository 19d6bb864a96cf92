"""Wording: a Markdown text, compiled once, takes values that stay values."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from mentorly.emails import spoken
from mentorly.emails.wording import Links, Wording, Written

LETTER = """\
Mentoring: {{ name }}

Hello {{ reader.first_name }},

**{{ name }}** would like to meet you, `{{ name }}`. See [your page](page:home).

{% if wanted %}
## What {{ name }} wants

{% for want in wanted %}
- {{ want }}
{% endfor %}
{% endif %}

> {{ name|lines }}

Write to [{{ name }}](mailto:{{ name }}), or read [the reason](page:reservation/{{ number }}).

[I accept](button:accept)

[I have a reservation](button:reserve)

---
You get this because somebody asked.
"""

PUBLIC = "https://mentorly.example.org"


@dataclass(frozen=True)
class Somebody:
    name: str = "Bob Tremblay"
    first_name: str = "Bob"
    language: str = "en"
    timezone: str = "America/Toronto"


def page(name: str, number: int | None = None, /) -> str:
    return f"{PUBLIC}/{name}" if number is None else f"{PUBLIC}/{name}/{number}"


LINKS = Links(
    lambda name: f"{PUBLIC}/a/token/{name}", page, "You get this because you asked.", "help@mentorly.example.org"
)


def write(source: str, language: str = "en", timezone: str = "America/Toronto", **values: Any) -> Written:
    return Wording(source, language).write(values, Somebody(language=language, timezone=timezone), LINKS)


def said(words: str, language: str = "en", timezone: str = "America/Toronto", **values: Any) -> str:
    """What the text part says for one line of a letter."""
    written = write(f"Subject\n\n{words}\n", language, timezone, **values)
    return written.text.partition("\n\n----")[0]


class Skeleton(HTMLParser):
    """The tags of a page, and the attributes that no value goes into."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            self.tags.append(("/" + tag,))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


COMPILED = Wording(LETTER, "en")
NASTY = (
    "</p><script>x</script> {{ reader }} {% if %} {# **b** [x](https://e.example) \r\nBcc: eve@example.org\x1e\x1f "
    "jj0001jj &amp; \"'"
)


def written_with(name: str) -> Written:
    return COMPILED.write({"name": name, "wanted": [name], "number": 7}, Somebody(first_name=name), LINKS)


@given(st.text())
@example(NASTY)
@example("\x1ep\x1ep")
@example("<!--")
@example("\u202e\u2028\u2029\x85\x0b\ud800")
def test_no_value_changes_the_structure_of_the_html(name: str) -> None:
    html, plain = written_with(name).html, written_with("Alice").html
    assert Skeleton(html).tags == Skeleton(plain).tags
    assert Skeleton(html).comments == Skeleton(plain).comments


@given(st.text())
@example(NASTY)
@example("a\r\nBcc: eve@example.org")
@example("x" * 500)
def test_a_subject_is_one_line_of_at_most_90_characters_whatever_is_in_it(name: str) -> None:
    subject = written_with(name).subject
    assert len(subject) <= 90
    assert subject == " ".join(subject.split())
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", subject)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=40))
@example("**bold**")
@example("[x](https://e.example)")
@example("{{7*7}}{%raise%}")
@example("jj0001jj")
@example("&lt;b&gt;")
def test_a_value_is_said_as_it_was_typed(name: str) -> None:
    spoken_name = name.translate(dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
    assert spoken_name in written_with(name).text


@given(st.text())
@example(NASTY)
@example("\x1ep one \x1fp two\r\n\r\nthree")
def test_a_value_adds_no_paragraph_to_the_text_part(name: str) -> None:
    assert written_with(name).text.count("\n\n") <= written_with("Alice").text.count("\n\n")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_text_part_has_no_no_break_space_and_no_control_character(name: str) -> None:
    assert not re.search(r"[\u00a0\x00-\x09\x0b-\x1f\x7f]", written_with(name).text)


def test_a_value_called_title_is_the_text_s_own_and_not_the_subject() -> None:
    written = write("The subject\n\nAbout {{ title }}.", title="The survey")
    assert "About The survey." in written.text
    assert "About The survey." in written.html


def test_a_value_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        write("Subject\n\nHello {{ nobody }}.\n")


def test_a_value_that_is_none_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        write("Subject\n\nHello {{ nobody }}.\n", nobody=None)


def test_buttons_and_their_labels_are_known_in_the_order_of_the_letter() -> None:
    assert COMPILED.buttons == ("accept", "reserve")
    assert COMPILED.labels == {"accept": "I accept", "reserve": "I have a reservation"}


def test_the_first_of_several_buttons_is_filled_and_the_others_are_outlined() -> None:
    html = written_with("Alice").html
    first, other = (html.index(f"{PUBLIC}/a/token/{name}") for name in ("accept", "reserve"))
    assert 'bgcolor="#0b6a5b"' in html[:first]
    assert html[html.rindex("<td", 0, other) : other].startswith('<td align="center" bgcolor="#ffffff"')


def test_a_button_in_the_text_part_is_its_label_and_its_address() -> None:
    assert f"\n\nI accept:\n{PUBLIC}/a/token/accept\n\n" in written_with("Alice").text


def test_a_link_in_the_text_part_is_followed_by_its_address() -> None:
    assert said("See [your page](page:home).") == f"See your page ({PUBLIC}/home)."
    assert said("Read [why](page:reservation/{{ number }}).", number=7) == f"Read why ({PUBLIC}/reservation/7)."


def test_a_mail_address_is_written_once() -> None:
    assert said("Write to [{{ contact }}](mailto:{{ contact }}).") == "Write to help@mentorly.example.org."


def test_a_mail_address_cannot_add_headers_to_the_mail_that_it_begins() -> None:
    html = write("Subject\n\n[x](mailto:{{ address }})\n", address="a?bcc=eve@example.org&b").html
    assert 'href="mailto:a%3Fbcc%3Deve@example.org%26b"' in html


def test_why_the_reader_gets_a_mail_is_told_at_its_end() -> None:
    assert COMPILED.why == "You get this because somebody asked."
    written = written_with("Alice")
    for part in (written.text, written.html):
        assert LINKS.why in part
        assert "What does my organization see about me?" in part
        assert f"{PUBLIC}/who_sees" in part
        assert LINKS.contact in part


def test_a_text_need_not_say_why() -> None:
    assert Wording("Subject\n\nHello.\n", "en").why == ""


def test_the_letter_in_a_letter_list_begins_with_its_first_sentence() -> None:
    html = write("Subject\n\nHello {{ reader.first_name }},\n\nIt is **{{ what }}**.\n", what="a & b").html
    assert re.search(r"<div style=\"display:none[^>]*>It is a &amp; b\.</div>", html)


def test_a_loop_of_items_is_one_list() -> None:
    html = written_with("Alice").html
    assert html.count("<ul") == 1
    assert write(LETTER, name="Alice", wanted=["a", "b", "c"], number=7).html.count("<li") == 3


def test_what_a_condition_leaves_out_leaves_nothing_behind() -> None:
    html = write(LETTER, name="Alice", wanted=[], number=7).html
    assert "<ul" not in html
    assert "<h2" not in html
    assert not re.search(r"<div[^>]*></div>", html)


def test_ordered_items_are_numbered_in_the_text_part() -> None:
    assert said("1. one\n2. two\n\nAnd\n\n1. again") == "1. one\n2. two\n\nAnd\n\n1. again"


def test_text_is_wrapped_and_addresses_are_whole() -> None:
    address = PUBLIC + "/" + "a" * 120
    text = said("many words " * 30 + "[here](https://mentorly.example.org/" + "a" * 120 + ")")
    assert f"({address})" in text.split("\n")[-1]
    assert all(len(line) <= 74 for line in text.split("\n")[:-1])
    assert all(len(line) > 55 for line in text.split("\n")[:-2])


def test_people_keep_their_own_lines_where_they_are_quoted() -> None:
    written = write("Subject\n\n> {{ words|lines }}\n", words="One.\r\n\r\nTwo <i>.")
    assert "> One.\n>\n> Two <i>." in written.text
    assert "One.<br /><br />Two &lt;i&gt;." in written.html


def test_no_line_of_a_text_part_begins_a_signature() -> None:
    assert "-- " not in written_with("-- ").text.split("\n")


AT = datetime(2027, 3, 8, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "timezone", "at", "expected"),
    [
        ("en", "America/Toronto", AT, "Monday, March 8 at 2:00 PM (Eastern Time)"),
        ("fr", "America/Toronto", AT, "lundi 8 mars à 14 h 00 (heure de l’Est)"),
        ("en", "America/Vancouver", AT, "Monday, March 8 at 11:00 AM (Pacific Time)"),
        ("fr", "America/St_Johns", AT, "lundi 8 mars à 15 h 30 (heure de Terre-Neuve)"),
        (
            "fr",
            "America/Halifax",
            datetime(2027, 7, 1, 12, 5, tzinfo=UTC),
            "jeudi 1er juillet à 9 h 05 (heure de l’Atlantique)",
        ),
        ("en", "Africa/Dakar", AT, "Monday, March 8 at 7:00 PM (Greenwich Mean Time)"),
        ("fr", "Africa/Dakar", AT, "lundi 8 mars à 19 h 00 (heure moyenne de Greenwich)"),
        ("en", "Asia/Amman", AT, "Monday, March 8 at 10:00 PM (GMT+03:00)"),
        ("en", "UTC", AT, "Monday, March 8 at 7:00 PM (Coordinated Universal Time)"),
    ],
)
def test_a_moment_is_said_where_the_reader_lives_with_the_name_of_the_zone(
    language: str, timezone: str, at: datetime, expected: str
) -> None:
    assert said("{{ at|moment }}", language, timezone, at=at) == expected


def test_a_zone_without_summer_time_is_not_taken_for_its_neighbor() -> None:
    summer = datetime(2027, 7, 5, 20, 0, tzinfo=UTC)
    assert "(Mountain Standard Time)" in said("{{ at|moment }}", timezone="America/Phoenix", at=summer)
    assert "(Mountain Time)" in said("{{ at|moment }}", timezone="America/Denver", at=summer)


def test_the_hour_that_comes_twice_in_autumn_is_told_apart() -> None:
    first, second = datetime(2027, 11, 7, 5, 30, tzinfo=UTC), datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    assert said("{{ at|moment }}", at=first).endswith("1:30 AM (Eastern Daylight Time)")
    assert said("{{ at|moment }}", at=second).endswith("1:30 AM (Eastern Standard Time)")


@given(
    st.timezone_keys(allow_prefix=False),
    st.integers(1_780_000_000, 1_900_000_000),
    st.sampled_from(["en", "fr"]),
)
def test_every_zone_has_a_name_that_can_be_read(timezone: str, at: int, language: str) -> None:
    said_so = spoken.at_time(datetime.fromtimestamp(at, UTC), language, timezone)
    name = said_so[said_so.index("(") + 1 : -1]
    assert len(name) > 2
    assert not set("/()[]_") & set(name)


def test_a_day_is_the_readers_day() -> None:
    late = datetime(2027, 3, 9, 2, 0, tzinfo=UTC)
    assert said("{{ at|day }}", at=late) == "Monday, March 8"
    assert said("{{ at|day }}", "fr", "Europe/Paris", at=late) == "mardi 9 mars"
    assert said("{{ at|dated }}", at=date(2027, 9, 1)) == "September 1, 2027"
    assert said("{{ at|dated }}", "fr", at=date(2027, 9, 1)) == "1er septembre 2027"
    assert said("{{ at|dated }}", "fr", at=date(2027, 9, 11)) == "11 septembre 2027"


def test_several_things_are_listed_as_the_language_does() -> None:
    assert said("{{ all|listed }}", all=["a", "b", "c"]) == "a, b and c"
    assert said("{{ all|listed }}", "fr", all=["a", "b", "c"]) == "a, b et c"


def test_french_has_canadian_spaces_in_the_html_and_plain_ones_elsewhere() -> None:
    source = "Rencontre : {{ at|moment }}\n\nL'agenda : « bonjour »? Oui; {{ at|moment }}!\n"
    written = write(source, "fr", at=AT)
    assert "L’agenda\u00a0: «\u00a0bonjour\u00a0»? Oui; lundi" in unescape(written.html)
    assert "lundi 8\u00a0mars à\u00a014\u00a0h\u00a000" in unescape(written.html)
    assert written.subject == "Rencontre : lundi 8 mars à 14 h 00 (heure de l’Est)"
    assert "L’agenda : « bonjour »? Oui; lundi 8 mars à 14 h 00" in written.text


def test_a_letter_is_in_its_language_for_screen_readers_and_has_one_title() -> None:
    html = write("Le titre\n\nBonjour.\n\n## Suite\n\nAu revoir.\n", "fr").html
    assert '<html lang="fr"' in html
    assert "<title>Le titre</title>" in html
    assert re.findall(r"<h(\d)", html) == ["1", "2"]


def test_a_letter_loads_nothing_from_elsewhere() -> None:
    html = written_with("Alice").html
    assert not re.search(r"<(img|link|script|button|form|svg)\b|@import|url\(|fonts\.google", html)
    assert all(address.startswith((PUBLIC, "mailto:")) for address in re.findall(r'(?:href|src)="([^"]*)"', html))


def test_every_table_is_for_layout_only() -> None:
    html = written_with("Alice").html
    assert html.count("<table") == len(re.findall(r'<table[^>]*role="presentation"', html)) > 3


def test_a_letter_has_colors_for_the_dark() -> None:
    html = written_with("Alice").html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("#24312d", "#ffffff"), ("#10201b", "#ffffff"), ("#0b6a5b", "#ffffff"), ("#ffffff", "#0b6a5b"),
        ("#0b6a5b", "#f2f5f4"), ("#4b5d57", "#f2f5f4"), ("#24312d", "#e9f2ef"), ("#e3ebe7", "#1c2522"),
        ("#ffffff", "#1c2522"), ("#86dcc8", "#1c2522"), ("#08231c", "#86dcc8"), ("#86dcc8", "#121816"),
        ("#a9b8b2", "#121816"), ("#e3ebe7", "#0f1513"),
    ],
)  # fmt: skip
def test_ink_stands_out_from_paper(ink: str, paper: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1; and the colors are those of the frame."""
    html = written_with("Alice").html
    dark, light = sorted((_luminance(ink), _luminance(paper)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert ink in html
    assert paper in html


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("Subject alone\n", "needs a subject"),
        ("Subject\n\n[I am {{ name }}](button:accept)\n", "cannot hold values"),
        ("Subject\n\n[Go](http://example.org)\n", "cannot link to"),
        ("Subject\n\nSay [yes](button:accept) now.\n", "cannot link to"),
        ("Subject\n\n# Too loud\n", "cannot hold heading"),
        ("Subject\n\njj0001jj\n", "looks like our own marks"),
        ("Subject\n\nHello.\n\n---\nBecause {{ name }}.\n", "without values"),
        ("Subject\n\n- a\n  - b\n", "cannot hold bullet list"),
    ],
)
def test_a_text_that_no_letter_can_be_is_refused_with_a_sentence(source: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Wording(source, "en")


def test_html_in_a_text_is_words() -> None:
    assert "&lt;b&gt;no&lt;/b&gt;" in write("Subject\n\n<b>no</b> &amp; co\n").html


def test_a_faulty_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "farewell.en.md"
    path.write_text("Subject alone\n", "utf-8")
    with pytest.raises(ValueError, match=r"^farewell\.en\.md: a mail text needs"):
        Wording.load(path)


def test_a_file_says_its_language_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "farewell.fr.md"
    path.write_text("Sujet\n\nAu revoir.\n", "utf-8")
    assert Wording.load(path).language == "fr"


def fastest(act: Callable[[], object], times: int = 50) -> float:
    def once() -> float:
        begun = perf_counter()
        act()
        return perf_counter() - begun

    return min(once() for _ in range(times))


def test_a_mail_is_written_in_well_under_a_millisecond() -> None:
    assert fastest(lambda: written_with("Alice")) < 0.001


@pytest.mark.parametrize(
    ("share", "text", "cells"), [(0, "." * 20, [100]), (40, "#" * 8 + "." * 12, [40, 60]), (100, "#" * 20, [100])]
)
def test_a_bar_is_drawn_with_cells_and_with_characters_below_the_words_that_say_the_same(
    share: int, text: str, cells: list[int]
) -> None:
    mail = write("Hello\n\n[{{ name }} ({{ share }} of 100)](progress:{{ share }})\n", name="A <b>", share=share)
    assert f"A <b> ({share} of 100)\n[{text}]" in mail.text
    assert [int(width) for width in re.findall(r'<td style="width:(\d+)%;height:10px', mail.html)] == cells
    assert f"A &lt;b&gt; ({share} of 100)" in mail.html
