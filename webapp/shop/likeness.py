"""How like two words are, and how well a thing answers what somebody looks for: pure functions, the same on both databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.db import Row

_WORD = re.compile(r"[^\W_]+")
_OWN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th"})
WEIGHTS = (("name", 1.0), ("maker", 0.9), ("category", 0.85))

SURE = 0.7
"""From this likeness on a word was found; below, another was taken for it."""

NEARLY = 0.55
"""Below this likeness a thing is only nearly called what was looked for."""


def words_of(text: str) -> list[str]:
    """The words of a text without case and accents: "Møllestien 42" is mollestien and 42."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_OWN))
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def trigrams_of(words: Iterable[str], most: int = 80) -> list[str]:
    """Three letters each of the words, with a space where a word begins or ends; of short words also those that they had if two
    neighbours were swapped. An index is asked for any of them."""
    found: dict[str, None] = {}
    for word in words:
        swapped = (
            [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)] if len(word) < 7 else []
        )
        for spelt in (word, *swapped):
            padded = f" {spelt} "
            found |= dict.fromkeys(padded[n : n + 3] for n in range(len(padded) - 2))
    return list(found)[:most]


def likeness(sought: str, word: str) -> float:
    """How well a word of a thing answers a word that was typed, from 0 (not at all) to 1 (the very word)."""
    if sought == word:
        return 1.0
    if sought in _singulars(word):
        return 0.95
    if word.startswith(sought):
        return 0.9
    if word in _singulars(sought):
        return 0.95
    if len(word) >= 4 and sought.startswith(word):
        return 0.8
    if (len(sought) >= 4 and sought in word) or (len(sought) == 3 and word.endswith(sought)):
        return SURE
    if len(sought) < 4:
        return _short_slip(sought, word)
    allowed = 1 if len(sought) < 6 else 2
    slips = min(_slips(sought, word, allowed), _slips(sought, word[: len(sought)], allowed))
    return 0.65 - 0.15 * slips if slips <= allowed else 0.0


def _singulars(word: str) -> tuple[str, ...]:
    """What a word may be the plural of: bowls, dishes, berries, loaves."""
    if len(word) < 4 or word[-1] != "s":
        return ()
    found = [word[:-1]]
    if word.endswith("es"):
        found.append(word[:-2])
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    if word.endswith("ves"):
        found += (word[:-3] + "f", word[:-3] + "fe")
    return tuple(found)


def _short_slip(sought: str, word: str) -> float:
    """The likeness of three letters to a word that they may be a slip for: two swapped, or one wrong behind the first. Every other
    slip in so few letters would take anything for anything; three letters in the middle of a word say little more."""
    if len(sought) < 3:
        return 0.0
    if sought in word:
        return 0.35
    if len(word) != 3 or _slips(sought, word, 1) > 1:
        return 0.0
    if sorted(sought) == sorted(word):
        return 0.5
    return 0.4 if sought[0] == word[0] else 0.0


@dataclass(slots=True)
class Ranking:
    """Things by how well they answer, best first (`scores`, from 1 to 1000 by id), and `closest`: what was taken for words that
    nothing is called by, as the whole search would read; "" where every word was found."""

    scores: dict[int, int] = field(default_factory=dict)
    closest: str = ""


def rank(sought: Sequence[str], things: Sequence[Row]) -> Ranking:
    """Order things by their likeness. Those that answer every word stand alone; without any, those that answer one will do."""
    known: dict[tuple[str, str], float] = {}
    fitting: list[tuple[float, int, int]] = []
    taken: dict[int, list[tuple[float, str]]] = {}
    for thing in things:
        best = [_best(word, thing, known) for word in sought]
        answered = sum(score > 0 for score, _ in best)
        if answered:
            fitting.append((sum(score for score, _ in best) / len(sought), answered, thing["id"]))
            taken[thing["id"]] = best
    most = max((answered for _, answered, _ in fitting), default=0)
    best_of_all = max((score for score, answered, _ in fitting if answered == most), default=0.0)
    # Where something is called just so, what is only nearly called so would be noise.
    least = NEARLY if best_of_all > NEARLY else 0.0
    kept = sorted(((score, id) for score, answered, id in fitting if answered == most and score >= least), reverse=True)
    return Ranking(
        {id: max(1, round(score * 1000)) for score, id in kept}, _closest(sought, taken[kept[0][1]]) if kept else ""
    )


def _best(word: str, thing: Mapping[str, str], known: dict[tuple[str, str], float]) -> tuple[float, str]:
    best = (0.0, "")
    for column, weight in WEIGHTS:
        for candidate in words_of(thing[column]):
            like = known.get((word, candidate))
            if like is None:
                like = known[word, candidate] = likeness(word, candidate)
            best = max(best, (like * weight, candidate))
    return best


def _closest(sought: Sequence[str], best: Sequence[tuple[float, str]]) -> str:
    read = [
        candidate if 0 < score < SURE * 0.85 else word for word, (score, candidate) in zip(sought, best, strict=True)
    ]
    return " ".join(read) if read != list(sought) else ""


def _slips(one: str, other: str, most: int) -> int:
    """How many slips of the finger lie between two words: a letter too many, too few, wrong, or two swapped."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for n, sign in enumerate(one, 1):
        earlier, before, row = before, row, [n]
        for m, beside in enumerate(other, 1):
            cost = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (sign != beside))
            if n > 1 and m > 1 and sign == other[m - 2] and one[n - 2] == beside:
                cost = min(cost, earlier[m - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
