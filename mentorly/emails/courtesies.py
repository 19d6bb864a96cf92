"""Courtesies: the greeting, the thanks and the name around what a person says, which ask for nothing."""

import re
import unicodedata

GREETING = re.compile(r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|all[oô])\b")
MOST_GREETING_WORDS = 5
CLOSINGS = frozenset(
    [
        *("regards", "kind regards", "best regards", "warm regards", "with kind regards", "best", "all the best"),
        *("cheers", "sincerely", "yours sincerely", "yours", "yours truly", "talk soon", "see you soon"),
        *(
            "thanks",
            "thank you",
            "many thanks",
            "thanks a lot",
            "thanks again",
            "thank you very much",
            "thank you so much",
        ),
        *("have a nice day", "have a good day", "have a great day"),
        *("cordialement", "bien cordialement", "salutations", "cordiales salutations", "sinceres salutations"),
        *("meilleures salutations", "amicalement", "bien a vous", "au plaisir", "a bientot", "a plus"),
        *("merci", "merci beaucoup", "grand merci", "un grand merci", "merci bien", "merci d'avance", "merci encore"),
        *("bonne journee", "bonne soiree", "bonne fin de journee", "bonne semaine"),
    ]
)
EDGES = " \t.,;:!-–—*_'\"()…"
LONGEST_SIGNATURE = 8
SENTENCE = re.compile(r"[.?!]\s*$|^\s*p\.?\s?s\b", re.IGNORECASE)
PIECES = re.compile(r"[,.!;–—]+|\s-\s")


def without_greeting(words: str) -> str:
    """Words without a line of greeting at their beginning; a greeting alone stays."""
    first, _, rest = words.strip().partition("\n")
    greets = GREETING.match(_plain(first)) and len(first.split()) <= MOST_GREETING_WORDS and "?" not in first
    return rest.strip() if greets and rest.strip() else words.strip()


def without_closing(words: str, name: str) -> str:
    """Words without the thanks, the closing and the writer's own name at their end; '' if there is nothing else.

    What follows the own name alone on a line is a signature, unless it is long or says something in a sentence.
    """
    lines = words.strip().split("\n")
    signed = next((place for place, line in enumerate(lines) if line.strip() and _is_own_name(line, name)), len(lines))
    if len(lines) - signed <= LONGEST_SIGNATURE and not any(map(SENTENCE.search, lines[signed + 1 :])):
        lines = lines[:signed]
    while lines and _is_courtesy(lines[-1], name):
        lines.pop()
    return "\n".join(lines).strip()


def _is_own_name(line: str, name: str) -> bool:
    return set(_plain(line).strip(EDGES).replace("-", " ").split()) <= set(_plain(name).replace("-", " ").split())


def _is_courtesy(line: str, name: str) -> bool:
    pieces = [piece.strip(EDGES) for piece in PIECES.split(_plain(line))]
    return all(piece in CLOSINGS or _is_own_name(piece, name) for piece in pieces)


def _plain(words: str) -> str:
    spelled = unicodedata.normalize("NFKD", words.replace("\u2019", "'")).casefold()
    return "".join(letter for letter in spelled if not unicodedata.combining(letter)).strip()
