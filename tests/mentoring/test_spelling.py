import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorly.mentoring.spelling import are_near, misspelt


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("northlight hydro", "northlihgt hydro"),
        ("northlight hydro", "northlight hydros."),
        ("northlight", "southlight"),
        ("acme", "acne"),
        ("ibm", "ibn"),
    ],
)
def test_names_within_two_letters_are_near(left: str, right: str) -> None:
    assert are_near(left, right)
    assert are_near(right, left)


@pytest.mark.parametrize(
    ("left", "right"), [("northlight hydro", "northlight hydro inc"), ("cgi", "cae"), ("a", "b"), ("hp", "ge")]
)
def test_other_names_are_not_and_short_ones_need_fewer_letters(left: str, right: str) -> None:
    assert not are_near(left, right)
    assert not are_near(right, left)


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_nearness_is_the_number_of_letters_to_change(left: str, right: str) -> None:
    most = min(2, len(left) // 2, len(right) // 2)
    assert are_near(left, right) is (distance(left, right) <= most)


def distance(left: str, right: str) -> int:
    if not (left and right):
        return len(left or right)
    if left[0] == right[0]:
        return distance(left[1:], right[1:])
    return 1 + min(distance(left[1:], right), distance(left, right[1:]), distance(left[1:], right[1:]))


def test_the_commoner_spelling_is_believed_and_a_known_one_before_all() -> None:
    written = ["Nortlight", "Northlight", "Northlight", "NORTHLIGHT", "Prairy", "Prairy", "Prairie", "Cedar"]
    assert misspelt(written, {"prairie": "Prairie"}) == {"nortlight": "Northlight", "prairy": "Prairie"}


@given(st.lists(st.text("ab ", min_size=1, max_size=12), max_size=8), st.lists(st.text("ab", min_size=4), max_size=3))
def test_every_name_is_believed_or_near_one_that_is(written: list[str], known: list[str]) -> None:
    found = misspelt(written, {name: name.title() for name in known})
    for folded_name, other in found.items():
        assert folded_name not in known
        assert are_near(folded_name, " ".join(other.casefold().split()))
