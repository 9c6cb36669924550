"""What the walk sends to each route. It is completed from the URL map: a route with a new kind of id, or a new one that changes
something, has to be listed here before the walk passes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEYS: Mapping[str, str] = {
    "link": "the link of an order is its key: whoever has it was given it",
    "links": "links of orders are their keys",
    "token": "a letter's link is a key that only its reader has",
    "fingerprint": "the address of a picture is made of its content: whoever knows it has seen it",
    "filename": "static files are everybody's",
    "version": "the stylesheet is everybody's",
    "slug": "a market's address is everybody's",
    "kind": "the kinds of emails are everybody's, and examples of them are made of one's own market",
}
"""Arguments of routes that are no id which could be guessed, each with the reason."""

FORMS: Mapping[str, Mapping[str, Any]] = {
    "console.activate": {},
    "console.add_pictures": {},
    "console.adjust": {"delta": "1", "reason": "received"},
    "console.apply_import": {},
    "console.archive_product": {},
    "console.begin_order_change": {},
    "console.begin_product_change": {},
    "console.cancel": {},
    "console.cancel_import": {},
    "console.change_picture": {"alt": "ours", "go": "first"},
    "console.change_role": {"role": "staff"},
    "console.count": {"on_hand": "1", "expected": "9", "version": "1", "seen": "0"},
    "console.deactivate": {},
    "console.delete_note": {},
    "console.delete_product": {},
    "console.duplicate_product": {},
    "console.forget_order_change": {},
    "console.forget_product_change": {},
    "console.map_columns": {"column-0": "sku"},
    "console.pause": {},
    "console.reactivate": {},
    "console.refund": {"amount": "1", "reason": "ours", "left": "800"},
    "console.remove_picture": {},
    "console.repair": {},
    "console.resend_email": {},
    "console.restore_product": {"version": "2"},
    "console.send_order": {"note": "ours"},
    "console.set_threshold": {"low_stock_threshold": "1", "version": "1"},
    "console.show_product": {},
    "console.stop_order_change": {},
    "console.stop_product_change": {},
    "console.undo_import": {},
    "console.undo_product_change": {},
    "console.undo_movement": {"movement": "{movement_id}"},
    "console.undo_status": {"status": "draft", "version": "1"},
    "console.place_picture": {"place": "1"},
    "console.unsend_order": {"sent": "1"},
    "console.write_note": {"text": "ours"},
    "console.update_product": {"name": "x", "sku": "x", "price": "1", "status": "active", "version": "1"},
    "console.withdraw": {},
    "accounts.end_place": {},
    "shop.place_order": {"quantity": "1", "email": "us@example.org", "name": "Us", "token": "tok_success"},
    "shop.put_in": {"product": "{product_id}"},
    "shop.change_line": {"product": "{product_id}", "quantity": "2"},
    "shop.take_out": {"product": "{product_id}"},
    "shop.put_back": {"product": "{product_id}"},
    "console.choose_order_change": {"action": "send", "id": "{order_id}"},
    "console.choose_product_change": {"action": "archived", "id": "{product_id}"},
    "inventory_api.adjust_stock": {"delta": 1, "reason": "received"},
    "inventory_api.set_inventory": {"on_hand": 1},
    "orders_api.cancel_order": {},
    "orders_api.refund_order": {"reason": "ours"},
    "orders_api.send_order": {"note": "ours"},
    "orders_api.place_order": {"items": [{"product_id": "{product_id}", "quantity": 1}], "payment": {"method": "test", "token": "tok_success"}},
    "products_api.delete_product": {},
    "products_api.update_product": {"name": "ours"},
}  # fmt: skip
"""What is sent by each route that changes something of an id, in its address or in the form."""

OURS_ALONE: Mapping[str, str] = {
    "accounts.ask_email": "one's own account",
    "accounts.change_password": "one's own account",
    "accounts.end_other_places": "one's own account",
    "accounts.forgot": "names no thing of a market",
    "accounts.log_in": "names no thing of a market; tests/accounts shows that it does not tell who exists",
    "accounts.log_out": "one's own account",
    "accounts.register": "names no thing of a market; tests/accounts shows that it does not tell who exists",
    "accounts.rename": "one's own account",
    "accounts.save_delivery": "one's own account",
    "console.apply_sheet": "by SKU, in one's own market: test_a_file_names_only_ones_own",
    "console.change_market": "one's own market",
    "console.create_product": "makes something of one's own",
    "console.invite": "makes something of one's own",
    "console.move_category": "by the name of a category, in one's own market: test_a_file_names_only_ones_own",
    "console.preview": "by SKU, in one's own market: test_a_file_names_only_ones_own",
    "console.upload": "by SKU, in one's own market: test_a_file_names_only_ones_own",
    "console.send_test": "one's own market, to one's own address",
    "payments.callback": "signed by the provider",
    "payments.stripe_event": "signed by Stripe",
    "products_api.create_product": "makes something of one's own",
    "shop.erase": "one's own account",
    "shop.find_order": "by number and email together: test_an_order_is_not_found_by_half_of_what_is_asked",
    "shop.place_cart": "one's own basket",
}
"""Routes that change something and take nobody's id, each with the reason."""

QUERIES: Mapping[str, tuple[str, ...]] = {
    "console.audit_list": (
        "object=product-{product_id}",
        "object=order-{order_id}",
        "object=person-{person_id}",
        "person={person_id}",
    ),
    "console.audit_csv": ("object=product-{product_id}", "person={person_id}"),
    "console.email_log": ("q=kestrel", "state=sent"),
    "console.products": ("after={product_id}&sort=name", "before={product_id}&sort=cheapest"),
    "console.products_csv": ("category=kestrel-draft-category",),
    "console.stock": ("open={product_id}", "adjust={product_id}"),
    "console.reservations": ("product={product_id}",),
    "console.market_ledger": ("product={product_id}",),
    "console.market_ledger_csv": ("product={product_id}",),
    "console.orders": ("q={order_id}", "after={order_id}&sort=dearest", "before={order_id}&since=2020-01-01"),
    "console.orders_csv": ("ids={order_id}",),
    "console.new_orders": ("since=0",),
    "console.try_a_colour": ("accent=%23225588",),
    "console.find": ("q={order_id}", "q=kestrel", "q=robin"),
    "shop.left": ("ids={product_id}",),
}
"""Ids and words in the query of a page."""

TOPICS: Mapping[str, str] = {
    "desk-order": "{order_id}",
    "desk-orders": "{market_id}",
    "order-change": "{change_id}",
    "import": "{import_id}",
    "product-change": "{change_id}",
    "product-pictures": "{product_id}",
    "desk-stock": "{market_id}",
    "order": "",
    "order-found": "",
    "order-status": "",
}
"""What streams of the console watch, by the id in their topic; "" where the key is an order's link, or nobody may ask by topic."""
