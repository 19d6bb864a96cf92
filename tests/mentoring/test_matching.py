"""Matching: who fits whom and why, who never, and the best assignment for everybody."""

import itertools
import random
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorly.mentoring.affinity import WEIGHTS, Candidate, Reason, Rule, conflict, objections, overlap, score
from mentorly.mentoring.matching import Assignment, assign
from mentorly.mentoring.ranking import grid, suggest

WINTER, SUMMER = date(2027, 1, 12), date(2027, 7, 13)
BOREAL, PRAIRIE = 1, 2
CONFLICT = "A conflict of interest or a personal relationship was declared between Alice Tremblay and Bob Singh."
FIELDS = ("Hydraulics", "Robotics", "Énergie", "Mining", "Optics", "Software")
SKILLS = tuple(f"Skill {number}" for number in range(20))
ZONES = ("America/Toronto", "America/Vancouver", "America/St_Johns", "Asia/Kathmandu", "Pacific/Auckland")
TRAITS = ("a woman", "a newcomer", "retired")


def person(number: int, name: str = "", **known: Any) -> Candidate:
    return Candidate(id=number, name=name or f"Person {number}", email=f"person{number}@example.org", **known)


def alice(**known: Any) -> Candidate:
    return person(1, "Alice Tremblay", **{"organization_id": BOREAL} | known)


def bob(**known: Any) -> Candidate:
    return person(2, "Bob Singh", **{"organization_id": BOREAL} | known)


def sentences(mentor: Candidate, mentee: Candidate, on: date = WINTER) -> list[str]:
    return [str(reason) for reason in score(mentor, mentee, on).reasons]


def crowd(mentors: int, mentees: int, seed: int, capacity: int = 1) -> tuple[list[Candidate], list[Candidate]]:
    """A program of made-up people, with a conflict here and there."""
    chance = random.Random(seed)  # noqa: S311 - made-up people keep no secret

    def one(number: int) -> Candidate:
        return person(
            number,
            organization_id=chance.randrange(5),
            language=chance.choice(["en", "fr"]),
            timezone=chance.choice(ZONES[:3]),
            fields=tuple(chance.sample(FIELDS, 2)),
            skills=tuple(chance.sample(SKILLS, 4)),
            wants=tuple(chance.sample(SKILLS, 3)),
            conflicts=frozenset(chance.sample(range(mentors + mentees), 3)),
            capacity=capacity,
            first=number >= mentors and chance.random() < 0.1,
        )

    people = [one(number) for number in range(mentors + mentees)]
    return people[:mentors], people[mentors:]


def total(assignment: Assignment) -> float:
    return sum(pair.score for pair in assignment.pairs)


def taken_by(assignment: Assignment) -> dict[int, int]:
    """How many mentees each mentor gets."""
    numbers: dict[int, int] = {}
    for pair in assignment.pairs:
        numbers[pair.mentor_id] = numbers.get(pair.mentor_id, 0) + 1
    return numbers


@st.composite
def candidates(draw: st.DrawFn, first_id: int, most: int) -> list[Candidate]:
    """A few people of all sorts, who know each other by id and address."""
    ids = st.integers(0, 9)
    words = st.lists(st.sampled_from(["Énergie", "energie ", "ROBOTICS", "Optics", ""]), max_size=3).map(tuple)

    def one(number: int) -> Candidate:
        return person(
            number,
            organization_id=draw(st.sampled_from([None, BOREAL, PRAIRIE])),
            manager_email=draw(st.none() | st.just("") | ids.map("PERSON{}@example.org ".format)),
            conflicts=draw(st.frozensets(ids, max_size=1)),
            proposed=draw(st.frozensets(ids, max_size=1)),
            language=draw(st.sampled_from(["en", "fr"])),
            timezone=draw(st.sampled_from(ZONES)),
            fields=draw(words),
            skills=draw(words),
            wants=draw(words),
            capacity=draw(st.integers(0, 3)),
            taken=draw(st.integers(0, 1)),
            helps_with_language=draw(st.booleans()),
            needs_language_help=draw(st.booleans()),
            first=draw(st.booleans()),
            preference=draw(st.frozensets(st.sampled_from(TRAITS))),
            traits=draw(st.frozensets(st.sampled_from(TRAITS))),
        )

    return [one(number) for number in range(first_id, first_id + draw(st.integers(0, most)))]


MENTORS, MENTEES, RULES = candidates(0, 3), candidates(3, 4), st.sampled_from(Rule)
SIZES = st.sampled_from([None, (1, 1), (2, 3), (3, 4)])


# Why two people fit


def test_a_skill_that_the_mentee_wants_and_the_mentor_has_is_a_reason() -> None:
    mentor, mentee = alice(skills=("Networking", "Public speaking")), bob(wants=("public  speaking", "Patents"))
    assert "Alice Tremblay can teach public speaking, which Bob Singh wants to learn." in sentences(mentor, mentee)


def test_a_skill_that_the_mentor_wants_and_the_mentee_has_is_none() -> None:
    assert sentences(alice(wants=("Patents",)), bob(skills=("Patents",))) == sentences(alice(), bob())


def test_shared_fields_are_a_reason_whatever_their_case_and_accents() -> None:
    mentor = alice(fields=("ENERGIE", "mining", "Optics"))
    mentee = bob(fields=("Énergie", "Mining", "énergie", "Optics"))
    assert "Both work in Énergie, Mining and Optics." in sentences(mentor, mentee)


@pytest.mark.parametrize(("language", "sentence"), [("en", "Both write in English."), ("fr", "Both write in French.")])
def test_a_common_language_is_a_reason(language: str, sentence: str) -> None:
    assert sentence in sentences(alice(language=language), bob(language=language))


def test_different_languages_are_no_reason() -> None:
    assert not any("write" in sentence for sentence in sentences(alice(language="fr"), bob(language="en")))


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ("America/Toronto", "They work at the same hours."),
        ("America/St_Johns", "Their working hours overlap by 6.5 hours a day."),
        ("America/Vancouver", "Their working hours overlap by 5 hours a day."),
        ("Africa/Cairo", "Their working hours overlap by one hour a day."),
    ],
)
def test_hours_in_which_both_are_at_work_are_a_reason(zone: str, sentence: str) -> None:
    assert sentence in sentences(alice(timezone="America/Toronto"), bob(timezone=zone))


def test_hours_that_nobody_shares_are_no_reason() -> None:
    assert not any("hours" in sentence for sentence in sentences(alice(), bob(timezone="Asia/Kolkata")))


def test_working_hours_overlap_across_the_date_line() -> None:
    assert overlap("America/Vancouver", "Pacific/Auckland", WINTER) == 5
    assert overlap("Pacific/Auckland", "America/Vancouver", WINTER) == 5


def test_the_overlap_is_that_of_the_day_asked_about() -> None:
    assert overlap("America/Toronto", "America/Regina", WINTER) == 7
    assert overlap("America/Toronto", "America/Regina", SUMMER) == 6


def test_a_mentor_who_likes_to_help_with_language_fits_a_mentee_who_needs_it() -> None:
    helping, needing = alice(helps_with_language=True), bob(needs_language_help=True)
    assert "Alice Tremblay likes to help with the language of the workplace." in sentences(helping, needing)
    assert score(helping, needing, WINTER).score > score(helping, bob(), WINTER).score
    assert sentences(helping, bob()) == sentences(alice(), bob())


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        (0, "Alice Tremblay has room for 2 more mentees."),
        (1, "Alice Tremblay has room for one more mentee."),
    ],
)
def test_the_places_that_a_mentor_has_left_are_a_reason(taken: int, sentence: str) -> None:
    assert sentence in sentences(alice(capacity=2, taken=taken), bob())


def test_everything_in_common_scores_what_the_table_of_weights_says() -> None:
    everything = {
        "fields": FIELDS[:4],
        "skills": SKILLS[:4],
        "wants": SKILLS[:4],
        "preference": frozenset(TRAITS),
        "traits": frozenset(TRAITS),
    }
    mentor = alice(capacity=9, helps_with_language=True, **everything)
    mentee = bob(needs_language_help=True, **everything)
    assert score(mentor, mentee, WINTER).score == sum(weight.points * weight.most for weight in WEIGHTS.values())


def test_a_reason_can_be_said_in_another_language() -> None:
    fields = Reason("Both work in {fields}.", {"fields": ("Mining", "Optics")})
    hours = Reason("Their working hours overlap by {hours} hours a day.", {"hours": 6.5})
    assert fields.said("Domaines communs : {fields}.", last=" et ") == "Domaines communs : Mining et Optics."
    assert hours.said("{hours} heures par jour en commun.", point=",") == "6,5 heures par jour en commun."


def test_braces_in_a_name_are_just_a_name() -> None:
    assert str(score(replace(alice(), name="{mentee}"), bob(), WINTER).reasons[-1]).startswith("{mentee} has room")


# What nobody is shown (C7)


def test_a_preference_that_is_met_counts_and_is_no_reason() -> None:
    mentor, mentee = alice(traits=frozenset(TRAITS)), bob(preference=frozenset({"a woman"}))
    met, unmet = score(mentor, mentee, WINTER), score(alice(), mentee, WINTER)
    assert met.score > unmet.score
    assert met.reasons == unmet.reasons


@given(MENTORS, MENTEES, RULES, SIZES)
def test_a_preference_never_appears_in_any_sentence(
    mentors: list[Candidate], mentees: list[Candidate], rule: Rule, sizes: tuple[int, int] | None
) -> None:
    found = assign(mentors, mentees, rule, WINTER, sizes)
    suggested = itertools.chain(found.pairs, *suggest(mentors, mentees, rule, WINTER).values())
    said = [str(reason) for pair in suggested for reason in pair.reasons]
    said += map(str, found.unmatched_mentees.values())
    said += [str(one) for mentor in mentors for mentee in mentees for one in objections(mentor, mentee, rule)]
    assert not any(trait in sentence for trait in TRAITS for sentence in said)


def test_neither_people_nor_scores_show_in_a_log() -> None:
    mentor, mentee = alice(traits=frozenset(TRAITS)), bob(preference=frozenset(TRAITS))
    assert repr([mentor, mentee]) == "[<Candidate 1>, <Candidate 2>]"
    assert "score" not in repr(score(mentor, mentee, WINTER))


def test_a_declared_conflict_does_not_say_who_declared_it() -> None:
    by_mentor = conflict(alice(conflicts=frozenset({2})), bob(), Rule.ANY)
    by_mentee = conflict(alice(), bob(conflicts=frozenset({1})), Rule.ANY)
    assert str(by_mentor) == str(by_mentee) == CONFLICT


def test_a_mentee_left_over_because_of_a_conflict_is_told_of_no_conflict() -> None:
    found = assign([alice(conflicts=frozenset({2}))], [bob()], Rule.ANY, WINTER)
    assert str(found.unmatched_mentees[2]) == "No mentor who has a place left can be matched with Bob Singh."


# Who is never matched


@pytest.mark.parametrize(
    ("mentor", "mentee", "sentence"),
    [
        (alice(), bob(manager_email="Person1@Example.org "), "Alice Tremblay is the manager of Bob Singh."),
        (alice(manager_email="PERSON2@example.org"), bob(), "Bob Singh is the manager of Alice Tremblay."),
        (alice(conflicts=frozenset({2})), bob(), CONFLICT),
        (alice(), alice(), "Nobody can be their own mentor."),
        (alice(), replace(alice(), id=7, email="Person1@example.org"), "Nobody can be their own mentor."),
        (alice(proposed=frozenset({2})), bob(), "Alice Tremblay and Bob Singh were proposed to each other before."),
        (alice(capacity=2, taken=2), bob(), "Alice Tremblay has no place left."),
        (alice(capacity=1, taken=3), bob(), "Alice Tremblay has no place left."),
    ],
)
def test_a_conflict_excludes_with_a_sentence(mentor: Candidate, mentee: Candidate, sentence: str) -> None:
    assert str(conflict(mentor, mentee, Rule.ANY)) == sentence
    assert suggest([mentor], [mentee], Rule.ANY, WINTER) == {mentee.id: []}
    assert assign([mentor], [mentee], Rule.ANY, WINTER).pairs == []


def test_people_with_nothing_against_them_have_no_conflict() -> None:
    assert conflict(alice(), bob(), Rule.ANY) is None


@pytest.mark.parametrize(
    ("rule", "organizations", "sentence"),
    [
        (Rule.SAME, (BOREAL, BOREAL), None),
        (Rule.SAME, (BOREAL, PRAIRIE), "This program matches people of the same organization only."),
        (Rule.SAME, (None, None), "This program matches people of the same organization only."),
        (Rule.OTHER, (BOREAL, PRAIRIE), None),
        (Rule.OTHER, (BOREAL, BOREAL), "This program matches people of different organizations only."),
        (Rule.OTHER, (None, None), None),
        (Rule.ANY, (BOREAL, BOREAL), None),
        (Rule.ANY, (BOREAL, PRAIRIE), None),
    ],
)
def test_the_rule_of_the_program_decides_whether_an_organization_may_be_shared(
    rule: Rule, organizations: tuple[int | None, int | None], sentence: str | None
) -> None:
    mentor, mentee = alice(organization_id=organizations[0]), bob(organization_id=organizations[1])
    found = conflict(mentor, mentee, rule)
    assert (found and str(found)) == sentence


def test_a_pair_named_by_a_person_is_warned_about_all_at_once() -> None:
    mentor = alice(capacity=1, taken=1, conflicts=frozenset({2}))
    against = [str(one) for one in objections(mentor, bob(manager_email=mentor.email), Rule.OTHER)]
    assert against == [
        "Alice Tremblay is the manager of Bob Singh.",
        CONFLICT,
        "This program matches people of different organizations only.",
        "Alice Tremblay has no place left.",
    ]


@given(MENTORS, MENTEES, RULES, st.sampled_from([WINTER, SUMMER]))
def test_the_grid_says_what_score_and_conflict_say_of_each_pair(
    mentors: list[Candidate], mentees: list[Candidate], rule: Rule, on: date
) -> None:
    pairs = grid(mentors, mentees, rule, on)
    for (row, mentee), (column, mentor) in itertools.product(enumerate(pairs.mentees), enumerate(pairs.mentors)):
        assert pairs.points[row, column] == score(mentor, mentee, on).score
        assert pairs.allowed[row, column] == (conflict(mentor, mentee, rule) is None)


# Suggestions


def test_the_best_mentor_is_suggested_first_and_equal_ones_by_their_number() -> None:
    mentors = [person(4), person(3), person(5, fields=FIELDS)]
    found = suggest(mentors, [bob(fields=FIELDS)], Rule.ANY, WINTER)
    assert [one.mentor_id for one in found[2]] == [5, 3, 4]


def test_no_more_than_the_asked_number_is_suggested() -> None:
    assert len(suggest(map(person, range(10, 20)), [bob()], Rule.ANY, WINTER, most=3)[2]) == 3


def test_a_mentee_whose_last_relationship_ended_early_comes_first() -> None:
    mentees = [person(5), person(7, first=True), person(6)]
    assert list(suggest([alice()], mentees, Rule.ANY, WINTER)) == [7, 5, 6]
    assert [pair.mentee_id for pair in assign([alice()], mentees, Rule.ANY, WINTER).pairs] == [7]


# The assignment


def greedy(mentors: list[Candidate], mentees: list[Candidate]) -> tuple[int, float]:
    """How many pairs, and what total, come of taking the best pair that is left, again and again."""
    pairs = [
        score(mentor, mentee, WINTER)
        for mentor in mentors
        for mentee in mentees
        if conflict(mentor, mentee, Rule.ANY) is None
    ]
    places, free, points = {one.id: one.places for one in mentors}, {one.id for one in mentees}, 0.0
    for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.mentee_id, pair.mentor_id)):
        if places[pair.mentor_id] and pair.mentee_id in free:
            places[pair.mentor_id] -= 1
            free.remove(pair.mentee_id)
            points += pair.score
    return len(mentees) - len(free), points


@pytest.mark.parametrize(("mentors", "mentees", "capacity"), [(100, 100, 1), (50, 150, 3), (40, 160, 5)])
def test_with_200_people_the_assignment_beats_greedy(mentors: int, mentees: int, capacity: int) -> None:
    everybody = crowd(mentors, mentees, seed=mentors, capacity=capacity)
    found = assign(*everybody, Rule.ANY, WINTER)
    pairs, points = greedy(*everybody)
    assert len(found.pairs) == mentees >= pairs
    assert total(found) > points


def test_as_many_as_possible_are_matched_before_anybody_is_matched_well() -> None:
    mentors = [person(1, fields=FIELDS, skills=SKILLS), person(2)]
    mentees = [person(3, fields=FIELDS, wants=SKILLS), person(4, conflicts=frozenset({2}))]
    found = assign(mentors, mentees, Rule.ANY, WINTER)
    assert [(pair.mentor_id, pair.mentee_id) for pair in found.pairs] == [(2, 3), (1, 4)]


def test_a_mentor_gets_no_more_mentees_than_places_left() -> None:
    found = assign([person(1, capacity=3, taken=1), person(2, capacity=1)], map(person, range(3, 9)), Rule.ANY, WINTER)
    assert taken_by(found) == {1: 2, 2: 1}
    assert [str(reason) for reason in found.unmatched_mentees.values()] == [
        f"The places of the mentors who could be matched with Person {number} went to others." for number in (6, 7, 8)
    ]


def test_a_group_has_its_least_number_or_is_none() -> None:
    mentors = [person(number, capacity=10, fields=FIELDS[number - 1 : number]) for number in (1, 2, 3)]
    mentees = [person(number, fields=FIELDS[number % 3 : number % 3 + 1]) for number in range(10, 22)]
    assert taken_by(assign(mentors, mentees, Rule.ANY, WINTER)) == {1: 4, 2: 4, 3: 4}
    found = assign(mentors, mentees, Rule.ANY, WINTER, (5, 10))
    assert sorted(taken_by(found).values()) in ([5, 7], [6, 6])
    assert len(found.unmatched_mentors) == 1


def test_a_group_has_its_greatest_number_at_most() -> None:
    found = assign([person(1, capacity=50)], map(person, range(2, 20)), Rule.ANY, WINTER, (5, 10))
    assert taken_by(found) == {1: 10}


def test_the_mentees_whom_a_group_has_already_count_towards_its_size() -> None:
    found = assign([person(1, capacity=9, taken=4)], [person(2)], Rule.ANY, WINTER, (5, 6))
    assert taken_by(found) == {1: 1}
    full = assign([person(1, capacity=9, taken=4)], map(person, (2, 3, 4)), Rule.ANY, WINTER, (5, 6))
    assert taken_by(full) == {1: 2}


def test_too_few_for_a_group_stay_unmatched_and_the_reason_says_so() -> None:
    found = assign([alice(capacity=10)], map(person, (5, 6)), Rule.ANY, WINTER, (3, 10))
    assert (found.pairs, found.unmatched_mentors) == ([], [1])
    assert str(found.unmatched_mentees[5]) == "No group that Person 5 could be in would be large enough."


def test_without_a_place_left_the_reason_says_so() -> None:
    found = assign([alice(capacity=1, taken=1)], [bob()], Rule.ANY, WINTER)
    assert str(found.unmatched_mentees[2]) == "No mentor has a place left."
    assert found.unmatched_mentors == []
    assert str(assign([], [bob()], Rule.ANY, WINTER).unmatched_mentees[2]) == "No mentor has a place left."


def test_a_program_without_mentees_leaves_its_mentors() -> None:
    assert assign([alice()], [], Rule.ANY, WINTER) == Assignment([], {}, [1])


def best_by_trying_all(
    mentors: list[Candidate], mentees: list[Candidate], rule: Rule, sizes: tuple[int, int] | None
) -> tuple[int, int, float]:
    """The most pairs, then the most who come first, then the most points, of every assignment that keeps the rules."""
    choices = [[None, *(one for one in mentors if conflict(one, mentee, rule) is None)] for mentee in mentees]
    return max(worth for chosen in itertools.product(*choices) if (worth := _worth(chosen, mentees, sizes)))


def _worth(
    chosen: tuple[Candidate | None, ...], mentees: list[Candidate], sizes: tuple[int, int] | None
) -> tuple[int, int, float] | None:
    pairs = [(mentor, mentee) for mentor, mentee in zip(chosen, mentees, strict=True) if mentor]
    for mentor in {mentor for mentor, _ in pairs}:
        group = mentor.taken + chosen.count(mentor)
        if group > mentor.capacity or (sizes and not sizes[0] <= group <= sizes[1]):
            return None
    return len(pairs), sum(one.first for _, one in pairs), sum(score(*pair, WINTER).score for pair in pairs)


@settings(max_examples=60, deadline=None)
@given(MENTORS, MENTEES, RULES, SIZES)
def test_no_assignment_is_better(
    mentors: list[Candidate], mentees: list[Candidate], rule: Rule, sizes: tuple[int, int] | None
) -> None:
    found = assign(mentors, mentees, rule, WINTER, sizes)
    matched = {pair.mentee_id for pair in found.pairs}
    first = sum(one.first for one in mentees if one.id in matched)
    assert (len(found.pairs), first, total(found)) == best_by_trying_all(mentors, mentees, rule, sizes)
    assert matched.isdisjoint(found.unmatched_mentees)
    assert matched | found.unmatched_mentees.keys() == {one.id for one in mentees}


@settings(max_examples=60, deadline=None)
@given(MENTORS, MENTEES, RULES, SIZES)
def test_no_pair_conflicts_and_no_mentor_has_too_many_or_too_few(
    mentors: list[Candidate], mentees: list[Candidate], rule: Rule, sizes: tuple[int, int] | None
) -> None:
    found = assign(mentors, mentees, rule, WINTER, sizes)
    people = {one.id: one for one in (*mentors, *mentees)}
    for pair in found.pairs:
        assert conflict(people[pair.mentor_id], people[pair.mentee_id], rule) is None
    fewest, most = sizes or (0, 99)
    for mentor_id, number in taken_by(found).items():
        assert fewest <= people[mentor_id].taken + number <= min(most, people[mentor_id].capacity)


@settings(max_examples=60, deadline=None)
@given(MENTORS, MENTEES, RULES, SIZES, st.randoms(use_true_random=False))
def test_the_order_in_which_people_come_changes_nothing(
    mentors: list[Candidate], mentees: list[Candidate], rule: Rule, sizes: tuple[int, int] | None, chance: random.Random
) -> None:
    mixed, others = chance.sample(mentors, len(mentors)), chance.sample(mentees, len(mentees))
    before, after = suggest(mentors, mentees, rule, WINTER), suggest(mixed, others, rule, WINTER)
    assert list(before.items()) == list(after.items())
    assert assign(mentors, mentees, rule, WINTER, sizes) == assign(mixed, others, rule, WINTER, sizes)


def test_people_who_are_all_alike_are_assigned_the_same_whatever_their_order() -> None:
    mentors, mentees = [person(number) for number in range(12)], [person(number) for number in range(12, 24)]
    backwards = assign(mentors[::-1], mentees[::-1], Rule.ANY, WINTER)
    assert assign(mentors, mentees, Rule.ANY, WINTER) == backwards


def test_groups_of_200_people_are_whole_and_nobody_is_left_out() -> None:
    found = assign(*crowd(25, 175, seed=1, capacity=10), Rule.ANY, WINTER, (5, 10))
    assert len(found.pairs) == 175
    assert all(5 <= number <= 10 for number in taken_by(found).values())


def test_groups_too_many_to_be_weighed_are_whole_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = crowd(30, 120, seed=2, capacity=10)
    exact = assign(*everybody, Rule.ANY, WINTER, (5, 10))
    monkeypatch.setattr("mentorly.mentoring.matching.PAIRS_WEIGHED", 0)
    found = assign(*everybody, Rule.ANY, WINTER, (5, 10))
    assert len(found.pairs) == 120
    assert all(5 <= number <= 10 for number in taken_by(found).values())
    assert 0.95 * total(exact) < total(found) <= total(exact)


@pytest.mark.parametrize("answer", [lambda worth: None, np.ones_like, np.negative])
def test_groups_are_whole_even_where_the_solver_fails(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setattr("mentorly.mentoring.matching.milp", lambda worth, **_: SimpleNamespace(x=answer(worth)))
    found = assign(*crowd(30, 120, seed=2, capacity=10), Rule.ANY, WINTER, (5, 10))
    assert len(found.pairs) == 120
    assert all(5 <= number <= 10 for number in taken_by(found).values())


def test_a_large_program_is_assigned_in_one_go() -> None:
    everybody = crowd(400, 800, seed=3, capacity=2)
    found = assign(*everybody, Rule.ANY, WINTER)
    assert (len(found.pairs), found.unmatched_mentees, found.unmatched_mentors) == (800, {}, [])
    best = grid(*everybody, Rule.ANY, WINTER)
    most = np.where(best.allowed, best.points, 0).max(axis=1).sum()
    assert 0.8 * most < total(found) <= most
