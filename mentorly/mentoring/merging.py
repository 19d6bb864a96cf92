"""Two texts that came about apart are put together: nothing that anybody wrote is lost."""

from collections.abc import Mapping, Sequence

from mentorly.mentoring.questions import Line, Question, Text


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
        return theirs if mine in theirs else f"{theirs} / {mine}"
    known = _paragraphs(theirs)
    return "\n\n".join([*known, *(one for one in _paragraphs(mine) if one not in known)])


def joined(questions: Sequence[Question], before: Mapping[str, str], later: Mapping[str, str]) -> dict[str, str]:
    """Two drafts of one form, typed without sight of each other; of two steps of a scale the later one counts."""
    words = {one.name: one for one in questions if isinstance(one, Text)}
    both = {
        name: merged(words[name], "", before[name], later[name]) for name in before.keys() & later.keys() & words.keys()
    }
    return {**before, **later, **both}


def _paragraphs(words: str) -> list[str]:
    return [one.strip() for one in words.replace("\r\n", "\n").split("\n\n") if one.strip()]
