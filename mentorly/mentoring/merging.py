"""Two texts that came about apart are put together: nothing that anybody wrote is lost."""

from collections.abc import Mapping, Sequence

from mentorly.mentoring.questions import Line, Question, Text

BETWEEN = " / "


def merged(question: Question, base: str, theirs: str, mine: str) -> str:
    """One text of what two people made of a text: what one left alone is as the other wrote it, else both stand.

    base: what I saw. theirs: what stands now.
    """
    base, theirs, mine = (text.strip() for text in (base, theirs, mine))
    if mine in {base, theirs}:
        return theirs
    if theirs == base:
        return mine
    if isinstance(question, Line):
        return theirs if mine in theirs else f"{theirs}{BETWEEN}{mine}"
    known = _paragraphs(theirs)
    return "\n\n".join([*known, *(one for one in _paragraphs(mine) if one not in known)])


def stands_in(question: Question, theirs: str, mine: str) -> bool:
    """Whether all of one text stands in another already, as merged() puts it there: whole, or as whole parts of it.

    A part of a part is none: whoever sees no more than yes or no could find out the rest letter by letter.
    """
    if isinstance(question, Line):
        return _plain(mine) in map(_plain, [theirs, *theirs.split(BETWEEN)])
    return set(map(_plain, _paragraphs(mine))) <= set(map(_plain, _paragraphs(theirs)))


def joined(questions: Sequence[Question], before: Mapping[str, str], later: Mapping[str, str]) -> dict[str, str]:
    """Two drafts of one form, typed without sight of each other; of two steps of a scale the later one counts."""
    words = {one.name: one for one in questions if isinstance(one, Text)}
    both = {
        name: merged(words[name], "", before[name], later[name]) for name in before.keys() & later.keys() & words.keys()
    }
    return {**before, **later, **both}


def _plain(words: str) -> str:
    return " ".join(words.split())


def _paragraphs(words: str) -> list[str]:
    return [one.strip() for one in words.replace("\r\n", "\n").split("\n\n") if one.strip()]
