"""What a drill's script promises: the same from the same seed, every part often enough, and every mail told."""

import csv
import io
from collections import Counter
from dataclasses import asdict
from itertools import pairwise

import pytest

from tests.drill.script import DATABASE, MAIL_SERVER, PARTS, PROPOSAL, PUTTING_OFF, WAYS, WELCOME, Import, Mail, Script

TEN_MINUTES, TWENTY_SECONDS = 600.0, 20.0


def rows_of(one: Import) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(one.text)))


def test_a_seed_says_everything_and_another_seed_says_something_else() -> None:
    assert asdict(Script.write(7, TEN_MINUTES)) == asdict(Script.write(7, TEN_MINUTES))
    one, other = Script.write(7, TWENTY_SECONDS), Script.write(8, TWENTY_SECONDS)
    assert one.breaks != other.breaks
    assert one.imports != other.imports


@pytest.mark.parametrize("seed", range(20))
def test_ten_minutes_break_every_part_twenty_times_and_in_every_way(seed: int) -> None:
    breaks = Script.write(seed, TEN_MINUTES).breaks
    assert Counter(one.part for one in breaks) == dict.fromkeys(PARTS, 20)
    for part in PARTS:
        assert {one.way for one in breaks if one.part == part} >= set(WAYS[part])
    assert set(PUTTING_OFF) <= {one.way for one in breaks if one.part == MAIL_SERVER}


@pytest.mark.parametrize("seed", range(20))
def test_twenty_seconds_break_every_part_and_put_nothing_off(seed: int) -> None:
    breaks = Script.write(seed, TWENTY_SECONDS).breaks
    assert {one.part for one in breaks} == set(PARTS)
    assert not {one.way for one in breaks} & set(PUTTING_OFF)


def test_mails_are_put_off_so_seldom_that_hardly_one_is_twice() -> None:
    moments = [one.at for one in Script.write(1, TEN_MINUTES).breaks if one.way in PUTTING_OFF]
    assert len(moments) == 4
    assert all(later - earlier > 120 for earlier, later in pairwise(moments))


@pytest.mark.parametrize("seconds", [TWENTY_SECONDS, 120.0, TEN_MINUTES])
def test_breaks_and_imports_come_in_their_order_and_within_the_time(seconds: float) -> None:
    script = Script.write(3, seconds)
    for moments in ([one.at for one in script.breaks], [one.at for one in script.imports]):
        assert moments == sorted(moments)
        assert 0 <= moments[0] <= moments[-1] <= seconds


@pytest.mark.parametrize(("seconds", "mails"), [(TWENTY_SECONDS, 300), (TWENTY_SECONDS, 601), (TEN_MINUTES, 6000)])
def test_as_many_mails_as_were_asked_for_and_no_reader_gets_two_of_a_kind(seconds: float, mails: int) -> None:
    told = Script.write(5, seconds, mails).mails
    assert len(told) == len(set(told)) == mails
    assert {mail.kind for mail in told} == {WELCOME, PROPOSAL}


def test_the_mails_follow_from_the_files_alone() -> None:
    for one in Script.write(5, TWENTY_SECONDS).imports:
        kind, column = {"roster": (WELCOME, "email"), "match": (PROPOSAL, "mentor")}[one.command[0]]
        assert list(one.mails) == [Mail(row[column], kind) for row in rows_of(one)]


def test_nobody_is_matched_before_both_are_on_a_roster_nor_twice() -> None:
    roles: dict[str, str] = {}
    matched: list[str] = []
    for one in Script.write(5, TEN_MINUTES).imports:
        for row in rows_of(one):
            if one.command == ("roster",):
                roles[row["email"]] = row["role"]
            else:
                assert (roles[row["mentor"]], roles[row["mentee"]]) == ("mentor", "mentee")
                matched += row.values()
    assert len(matched) == len(set(matched)) > 0


def test_all_addresses_are_of_domains_that_are_kept_for_examples() -> None:
    domains = {mail.recipient.rpartition("@")[2] for mail in Script.write(5, TEN_MINUTES).mails}
    assert {".".join(domain.split(".")[-2:]) for domain in domains} <= {"example.org", "example.com", "example.net"}


def test_a_short_drill_has_the_same_parts_down_for_less_long() -> None:
    longest = {seconds: max(one.seconds for one in Script.write(2, seconds).breaks) for seconds in (20.0, 600.0)}
    assert longest[20.0] <= 20 / 6 < 5 < longest[600.0]
    assert any(one.part == DATABASE and one.seconds > 0 for one in Script.write(2, 20.0).breaks)
