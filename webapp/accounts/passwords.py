"""Passwords: argon2id, worked out where it holds nobody else up, and never inside a transaction."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.errors import Invalid

T = TypeVar("T")

SHORTEST, LONGEST = 12, 256

LEAST_OF_ONES_OWN = 4
"""Different signs that must be left of a password when everything expected is taken out of it."""

_LOOKALIKES = str.maketrans("0134578@$!", "oieastbasi")

_WORDS = (
    "password passwort passord wachtwoord contrasena motdepasse senha parola login admin administrator user guest test secret"
    " welcome willkommen hello letmein open sesame changeme default master superman batman dragon monkey football baseball"
    " soccer hockey princess sunshine shadow michael charlie jordan killer ninja pokemon starwars iloveyou love lovely angel"
    " flower summer winter spring autumn january february march april june july august september october november december"
    " monday friday sunday computer internet google facebook samsung iphone marketflow market flow shop owner please trustno"
    " whatever qwerty qwertz azerty qwertyuiop qwertzuiop asdfgh asdfghjkl yxcvbnm zxcvbn zxcvbnm qazwsx qaz wsx edc rfv"
    " 1q2w3e4r 1q2w3e 1qaz2wsx abc abcdef abcdefgh 123 1234 12345 123456 1234567 12345678 123456789 1234567890 321 4321 54321"
    " 654321 987654321 111 222 333 444 555 666 777 888 999 000 2019 2020 2021 2022 2023 2024 2025 2026 2027"
)
_COMMON = tuple(word.translate(_LOOKALIKES) for word in _WORDS.split())
"""The words and rows of keys that the commonest passwords are made of."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's second choice for argon2id: 19 MiB, two passes, one lane."""


def accept(password: str, field: str = "password", about: Iterable[str] = ()) -> str:
    """The password, if an account may have it: long enough, and not one of those that are tried first. `about` is what
    anybody could know of its person, such as their name and address. Raises Invalid naming `field`."""
    if len(password) < SHORTEST:
        raise Invalid.field(
            field,
            "too-short",
            f"Use {SHORTEST} characters or more. A few words that nobody else would put together are best.",
        )
    if len(password) > LONGEST:
        raise Invalid.field(field, "too-long", f"Use {LONGEST} characters or fewer.")
    if is_common(password, about):
        raise Invalid.field(
            field,
            "too-common",
            "This is one of the first that somebody would try. Use words that nobody else would put together.",
        )
    return password


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Whether next to nothing is left of a password once the words that everybody uses, rows of keys, repetitions and
    what is known of its person are taken out of it (NIST SP 800-63B, 3.1.1.2: a list of common and expected passwords)."""
    rest = password.casefold().translate(_LOOKALIKES)
    known = {
        part for text in about for part in re.split(r"[^\w]+", text.casefold().translate(_LOOKALIKES)) if len(part) > 2
    }
    for word in sorted({*_COMMON, *known}, key=len, reverse=True):
        rest = rest.replace(word, " ")
    rest = re.sub(r"(.+?)\1{2,}", " ", rest)
    left = [sign for before, sign in pairwise(f" {rest}") if sign.isalnum() and abs(ord(sign) - ord(before)) > 1]
    return len(set(left)) < LEAST_OF_ONES_OWN


def hashed(password: str) -> str:
    """The hash to keep. Takes a good hundredth of a second and 19 MiB."""
    return _aside(lambda: _hasher.hash(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. Without a hash it takes as long and says no: how long an answer
    takes must not tell whether there is an account."""
    if len(password) > LONGEST:
        return False
    nobody = _nobody()
    known = nobody if password_hash is None else password_hash

    def check() -> bool:
        try:
            return _hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    return _aside(check) and password_hash is not None


def is_old(password_hash: str) -> bool:
    """Whether the hash was made with weaker figures than today's, and should be made anew."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")


def _aside(work: Callable[[], T]) -> T:
    # Under gevent every greenlet of this process would wait for the sum: its hub has real threads for that. Elsewhere the
    # caller's own thread will do, argon2 lets go of the interpreter meanwhile.
    if "gevent.monkey" in sys.modules:
        from gevent import get_hub
        from gevent.monkey import is_module_patched

        if is_module_patched("threading"):
            return get_hub().threadpool.apply(work)
    return work()
