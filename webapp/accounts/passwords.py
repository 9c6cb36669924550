"""Passwords: argon2id, worked out where it holds nobody else up, and never inside a transaction."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.errors import Invalid

T = TypeVar("T")

SHORTEST, LONGEST = 8, 256

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's second choice for argon2id: 19 MiB, two passes, one lane."""


def accept(password: str, field: str = "password") -> str:
    """The password, if a new account may have it. Raises Invalid naming `field`."""
    if len(password) < SHORTEST:
        raise Invalid.field(field, "too-short", f"Use {SHORTEST} characters or more.")
    if len(password) > LONGEST:
        raise Invalid.field(field, "too-long", f"Use {LONGEST} characters or fewer.")
    return password


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
