"""What the rooms above do when somebody arrives at their account: they say so once, as the house is put together, because this room
may not know them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app

from webapp.accounts.actor import Actor

Deed = Callable[[int, Actor], object]
"""Something done for a person, by themselves, in the transaction of their arrival."""

_DEEDS = "arrivals"


def on_arrival(app: Flask, *deeds: Deed) -> None:
    """Have these done whenever somebody logs in, or confirms the address of their account."""
    app.extensions.setdefault(_DEEDS, []).extend(deeds)


def arrived(person_id: int, actor: Actor) -> None:
    """Do what is to be done for a person who has just arrived."""
    for deed in current_app.extensions.get(_DEEDS, []):
        deed(person_id, actor)
