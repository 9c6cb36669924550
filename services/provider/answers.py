"""What the provider says: an answer, or a refusal that names the field at fault."""

from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status code, JSON body and extra headers."""

    status: int
    body: Body
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Garbage:
    """An answer that is not JSON although it says so; only the fault knobs give it."""

    status: int = 200
    text: str = '{"id": "ch_'


@dataclass(frozen=True)
class Silence:
    """No answer at all: the connection is held open for `hold` seconds and then closed."""

    hold: float


Reply = Answer | Garbage | Silence


class Refused(Exception):
    """A request that is not carried out: the HTTP status, a stable code, a sentence and, where one is at fault, the field."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.answer = refusal(status, code, message, field)


def refusal(status: int, code: str, message: str, field: str | None = None) -> Answer:
    """The answer for a request that is not carried out."""
    body: Body = {"error": code, "message": message}
    if field is not None:
        body["field"] = field
    return Answer(status, body)
