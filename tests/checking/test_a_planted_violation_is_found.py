"""Every invariant is broken on purpose, and the check names that one and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
import sqlalchemy as sa

from tests.checking.plants import PLANTS
from tests.checking.world import World
from webapp.payments import gateway
from workers import checking
from workers.checking import witness
from workers.checking.asking import Answer, Asking, answer


@pytest.fixture
def asking(world: World) -> Iterator[Asking]:
    """A look at the market in which the database's own guards are off, and after which nothing has happened."""
    with checking.looking(world.app) as look:
        take_guards_away(look.connection)
        yield look
        if look.connection.dialect.name == "sqlite":
            look.connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def take_guards_away(connection: sa.Connection) -> None:
    """Let rows in that the tables' own constraints would refuse."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        return
    found = connection.exec_driver_sql(
        "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"
    )
    for table, name in found.all():
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def answers(asking: Asking) -> list[Answer]:
    """What both groups say."""
    return [answer(invariant, asking) for invariant in checking.INVARIANTS]


def broken(asking: Asking) -> dict[int, Answer]:
    """The invariants that are broken, by number."""
    return {one.invariant.number: one for one in answers(asking) if one.broken}


def test_a_market_in_order_breaks_nothing_and_only_the_provider_could_not_be_asked(asking: Asking) -> None:
    said = answers(asking)
    assert [one.invariant.number for one in said] == [*range(1, 22), 23, 24]
    assert [one for one in said if one.broken] == []
    assert [one.invariant.number for one in said if one.unasked] == [10]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_violation_is_found(world: World, asking: Asking, plant: str) -> None:
    numbers, statements = PLANTS[plant]
    for statement in statements:
        assert asking.connection.execute(sa.text(statement.format(**ids_of(world)))).rowcount != 0, (
            "nothing was planted"
        )
    found = broken(asking)
    assert set(found) == numbers
    assert all(one.examples and all(one.examples) for one in found.values())


def test_every_invariant_has_a_violation_planted() -> None:
    planted = {number for numbers, _ in PLANTS.values() for number in numbers}
    assert planted | {10} == {invariant.number for invariant in checking.INVARIANTS}


def test_half_a_unit_is_found_where_the_database_lets_it_in(asking: Asking) -> None:
    if asking.connection.dialect.name == "sqlite":
        asking.run("UPDATE inventories SET low_stock_threshold = 1.5")
        assert set(broken(asking)) == {24}
    else:
        asking.run("UPDATE inventories SET low_stock_threshold = 1.5")
        assert set(broken(asking)) == set()
        assert asking.value("SELECT max(low_stock_threshold) FROM inventories") == 2


def test_only_five_examples_are_kept_however_many_rows_break_it(asking: Asking) -> None:
    values = ", ".join(f"('payments', 'charge', '{number}', 1)" for number in range(2500))
    asking.run(f"INSERT INTO outbox (channel, actor, argument, at) VALUES {values}")
    found = broken(asking)[16]
    assert (found.broken, len(found.examples)) == (2500, 5)


def honest(world: World) -> list[gateway.Testimony]:
    """What the provider would say of this market."""
    return [
        gateway.Testimony(world.completed, "order-a", "EUR", 3750, 0),
        gateway.Testimony(world.refunded, "order-b", "EUR", 3750, 1250),
        gateway.Testimony(world.declined, "order-c", "EUR", 0, 0),
        gateway.Testimony(None, "somebody else's, given back", "EUR", 100, 100),
    ]


def test_a_provider_that_agrees_is_believed(world: World, asking: Asking) -> None:
    assert list(witness.compare(asking, honest(world))) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"taken_minor": 3751}, "3750 EUR kept; the provider has 3751 EUR of it"),
        ({"taken_minor": 0}, "3750 EUR kept; the provider has 0 EUR of it"),
        ({"refunded_minor": 1}, "3750 EUR kept; the provider has 3749 EUR of it"),
        ({"currency": "JPY"}, "3750 EUR kept; the provider has 3750 JPY of it"),
    ],
)
def test_a_provider_that_kept_something_else_is_found(
    world: World, asking: Asking, change: dict[str, object], sentence: str
) -> None:
    [first, *others] = honest(world)
    [found] = witness.compare(asking, [gateway.Testimony(**{**asdict(first), **change}), *others])
    assert sentence in found
    assert f"order {world.completed}:" in found


def test_a_second_charge_is_found_although_it_was_given_back(world: World, asking: Asking) -> None:
    again = gateway.Testimony(world.completed, "another key", "EUR", 3750, 3750)
    assert list(witness.compare(asking, [*honest(world), again])) == [f"order {world.completed}: charged 2 times"]


def test_money_kept_for_no_order_is_found(world: World, asking: Asking) -> None:
    stray = gateway.Testimony(4711, "stray", "EUR", 500, 0)
    assert list(witness.compare(asking, [*honest(world), stray])) == ["charge stray: 500 kept, for no order of ours"]


def test_a_charge_that_the_provider_does_not_know_is_found(world: World, asking: Asking) -> None:
    [found] = witness.compare(asking, honest(world)[1:])
    assert f"order {world.completed}: COMPLETED, 3750 EUR kept; the provider has 0" in found


def ids_of(world: World) -> dict[str, int]:
    """What the plants call things."""
    return {
        name: getattr(world, name)
        for name in ("mug", "bowl", "completed", "refunded", "declined", "short", "cancelled")
    }
