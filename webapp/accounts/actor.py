"""Who did it: what every audited change carries, whether a person, a token or a machine made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (perhaps by a token), or a machine by its name; `address` is the network address they came from."""

    person_id: int | None
    token_id: int | None
    name: str
    address: str = ""

    @classmethod
    def system(cls, name: str) -> Self:
        """A machine or a command of ours, such as ``import`` or ``reconciler``."""
        return cls(None, None, name)
