"""Products with their stock, in sets: what `PRODUCT_CREATED` and the first delivery would have left behind.

Everything about the n-th product follows from n. All of them begin with PLENTY; what is left of them when the orders are
there is counted at the end (:func:`count_stock`).
"""

from __future__ import annotations

from bench.fill.telling import counted, event_id, payload, trace
from webapp import events as e
from webapp.db import as_json, execute, fetch, rows

SKU = "FILL-"
MOST = 999_999
"""Products that a SKU's six digits tell apart."""

PLENTY = 10_000_000
"""Units that each product begins with: more than any number of orders takes of it."""

KINDS = ("plain", "glazed", "oak", "linen", "brass", "wool", "stoneware", "walnut", "recycled", "folded", "small", "large", "tall", "round",
         "striped", "indigo", "ochre", "forest", "rust", "ivory", "smoked", "salted", "wild", "slow", "winter", "garden", "harbour",
         "meadow", "northern", "quiet")  # fmt: skip
THINGS = ("bowl", "plate", "jug", "teapot", "vase", "candle", "lamp", "stool", "bench", "blanket", "cushion", "apron", "towel", "scarf",
          "mitten", "basket", "tray", "board", "knife", "spoon", "honey", "jam", "coffee", "tea", "oil", "vinegar", "soap", "brush",
          "notebook", "print", "kite", "puzzle", "bookend", "mirror", "clock", "planter", "trowel", "seed tin")  # fmt: skip
MAKERS = ("Skovly", "Ana Ferreira", "Tegel & Ton", "Bruun", "Maison Colline", "Hara", "Lindqvist", "Okonjo", "Small Hours", "Fjord Works",
          "Casa Verde", "Eder", "Pappel", "Nilufer", "Two Oaks")  # fmt: skip
CATEGORIES = tuple(f"{top} / {below}" for top, belows in {
    "Table": ("Bowls", "Plates", "Jugs", "Cutlery", "Linen"), "House": ("Light", "Textiles", "Storage", "Mirrors"),
    "Pantry": ("Honey and jam", "Coffee and tea", "Oil", "Salt"), "Garden": ("Planters", "Tools", "Seeds"),
    "Paper": ("Notebooks", "Prints", "Games"), "To wear": ("Scarves", "Aprons"),
}.items() for below in belows)  # fmt: skip

COUNTED = 1
"""Tells the second adjustment of a product from the first."""

_N = "CAST(substr(p.sku, 6) AS bigint)"


def known(market_id: int) -> int:
    """How many products of the market were filled in before."""
    [row] = fetch(
        f"SELECT count(*) AS products FROM products WHERE market_id = :market_id AND sku LIKE '{SKU}%'",
        market_id=market_id,
    )
    return int(row["products"])


def sku(number: str) -> str:
    """SQL for the SKU of the product that SQL numbers, from 1."""
    return f"'{SKU}' || substr(CAST({MOST + 1} + {number} AS text), 2)"


def add(market_id: int, currency: str, first: int, last: int, at: int) -> None:
    """Add the products from one number to another, made at an instant (microseconds UTC), a second before their stock came."""
    given = {"market_id": market_id, "currency": currency, "first": first, "last": last, "at": at}
    words = {
        name: as_json([{"n": n, "word": word} for n, word in enumerate(said)])
        for name, said in (("kinds", KINDS), ("things", THINGS), ("makers", MAKERS), ("categories", CATEGORIES))
    }
    execute(
        f"{counted()} INSERT INTO products (market_id, sku, name, slug, description, maker, category, price_minor, currency, status,"
        f" version, created_at, updated_at) SELECT :market_id, {sku('c.n')}, kinds.word || ' ' || things.word || ' no. ' || c.n,"
        " replace(kinds.word || '-' || things.word, ' ', '-') || '-' || c.n, 'A ' || kinds.word || ' ' || things.word || ', made by ' || makers.word"
        " || '. Filled in to measure with.', makers.word, categories.word, 300 + (c.n * 7919) % 24000, :currency,"
        " CASE WHEN c.n % 20 = 3 THEN 'draft' WHEN c.n % 25 = 4 THEN 'archived' ELSE 'active' END, 1, :at, :at FROM counted c"
        f" JOIN {_words('kinds')} ON kinds.n = (c.n * 31) % {len(KINDS)} JOIN {_words('things')} ON things.n = (c.n * 17) % {len(THINGS)}"
        f" JOIN {_words('makers')} ON makers.n = (c.n * 13 + c.n / 7) % {len(MAKERS)}"
        f" JOIN {_words('categories')} ON categories.n = (c.n * 11 + c.n / 5) % {len(CATEGORIES)} ORDER BY c.n",
        **given, **words,
    )  # fmt: skip
    made = f"FROM products p WHERE p.market_id = :market_id AND p.sku BETWEEN {sku(':first')} AND {sku(':last')}"
    execute(
        "INSERT INTO inventories (product_id, market_id, on_hand, low_stock_threshold, version, sequence, updated_at)"
        f" SELECT p.id, :market_id, {PLENTY}, 5, 2, 2, :at + 1000000 {made} ORDER BY p.id", **_picked(given),
    )  # fmt: skip
    execute(
        "INSERT INTO stock_movements (product_id, market_id, kind, delta, before, after, actor, at)"
        f" SELECT p.id, :market_id, 'received', {PLENTY}, 0, {PLENTY}, 'bench', :at + 1000000 {made} ORDER BY p.id", **_picked(given),
    )  # fmt: skip
    goods = {"sku": "p.sku", "name": "p.name", "price_minor": "p.price_minor", "currency": "p.currency"}
    adjusted = {"delta": str(PLENTY), "reason": "'received'", "on_hand": str(PLENTY), "reserved": "0"}
    for kind, sequence, later, fields in (
        (e.ProductCreated, 1, 0, goods), (e.InventoryCreated, 1, 500_000, {}), (e.StockAdjusted, 2, 1_000_000, adjusted),
    ):  # fmt: skip
        execute(
            "INSERT INTO events (id, type, topic, source, product_id, market_id, sequence, at, payload, traceparent)"
            f" SELECT {event_id(kind, 'p.id')}, '{kind.TYPE}', '{kind.TOPIC}', '{kind.SOURCE}', p.id, :market_id, {sequence}, :at + {later},"
            f" {payload('p.market_id', str(sequence), product_id='p.id', **fields)}, {trace('p.id')} {made} ORDER BY p.id", **_picked(given),
        )  # fmt: skip
    execute(
        f"INSERT INTO inbox (consumer, event_id, at) SELECT 'inventory', {event_id(e.ProductCreated, 'p.id')}, :at + 500000 {made}"
        " ORDER BY p.id", **_picked(given),
    )  # fmt: skip


def count_stock(market_id: int, first: int, last: int, at: int) -> None:
    """Count what is left of the products from one number to another at an instant (microseconds UTC): a few are out, a few low, most
    have some dozens to hundreds."""
    left = f"CASE WHEN {_N} % 50 = 7 THEN 0 WHEN {_N} % 25 = 8 THEN 1 + {_N} % 5 ELSE 6 + ({_N} * 7919) % 400 END"
    goods = (
        f"FROM (SELECT i.product_id, i.on_hand, i.reserved, i.sequence, {left} AS counted FROM products p JOIN inventories i ON i.product_id = p.id"
        f" WHERE p.market_id = :market_id AND p.sku BETWEEN {sku(':first')} AND {sku(':last')}) g"
    )
    given = {"market_id": market_id, "first": first, "last": last, "at": at}
    execute(
        "INSERT INTO stock_movements (product_id, market_id, kind, delta, before, after, actor, note, at) SELECT g.product_id, :market_id,"
        f" 'count', g.reserved + g.counted - g.on_hand, g.on_hand, g.reserved + g.counted, 'bench', 'Counted when it was filled', :at {goods} ORDER BY g.product_id",
        **given,
    )
    told = {"delta": "g.reserved + g.counted - g.on_hand", "reason": "'count'", "on_hand": "g.reserved + g.counted", "reserved": "g.reserved"}  # fmt: skip
    execute(
        "INSERT INTO events (id, type, topic, source, product_id, market_id, sequence, at, payload, traceparent)"
        f" SELECT {event_id(e.StockAdjusted, 'g.product_id', COUNTED)}, '{e.StockAdjusted.TYPE}', '{e.StockAdjusted.TOPIC}', '{e.StockAdjusted.SOURCE}',"
        f" g.product_id, :market_id, g.sequence + 1, :at, {payload(':market_id', 'g.sequence + 1', product_id='g.product_id', **told)},"
        f" {trace('g.product_id')} {goods} ORDER BY g.product_id",
        **given,
    )
    execute(
        "UPDATE inventories SET on_hand = g.reserved + g.counted, version = version + 1, sequence = inventories.sequence + 1, updated_at = :at,"
        f" low_since = CASE WHEN g.counted <= inventories.low_stock_threshold THEN :at END {goods} WHERE inventories.product_id = g.product_id",
        **given,
    )


def _words(name: str) -> str:
    return rows(name, n="bigint", word="text")


def _picked(given: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if name != "currency"}
