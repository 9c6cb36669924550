"""Pictures of products: taken in by what they are and not by their name, made into sizes by a worker, shown for ever."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.console.conftest import Desk, Trade
from tests.people import SAME_ORIGIN
from webapp.products.encoding import MOST_BYTES


def picture(width: int = 900, height: int = 600, kind: str = "PNG", colour: str = "#aa3311", **how: object) -> bytes:
    """A picture of one colour."""
    written = BytesIO()
    Image.new("RGB", (width, height), colour).save(written, kind, **how)
    return written.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A piece of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says to be as large as that."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 900)) + chunk(b"IEND", b"")
    )


def upload(desk: Desk, product_id: int, *files: tuple[str, bytes]) -> TestResponse:
    """Files sent by the form."""
    return desk.client.post(
        f"/console/products/{product_id}/pictures", data={"files": [(BytesIO(data), name) for name, data in files]}, headers=SAME_ORIGIN
    )  # fmt: skip


def test_pictures_are_made_into_sizes_without_what_the_camera_wrote(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(name="Jug")
    camera = Image.Exif()
    camera[0x010F] = "A secret camera"
    camera[0x0112] = 6  # It was held upright: width and height are the other way round.
    sent = upload(owner, product_id, ("jug.jpg", picture(2000, 1000, "JPEG", exif=camera, comment=b"a secret comment")))
    assert sent.status_code == 303
    assert "It is made ready" in owner.get(sent.location)
    trade.settle()
    row = trade.row("SELECT * FROM product_images")
    assert (row["status"], row["width"], row["height"], row["original"]) == ("ready", 800, 1600, None)
    for size in (320, 800, 1600):
        for kind, mimetype in (("webp", "image/webp"), ("jpg", "image/jpeg")):
            shown = owner.client.get(f"/media/{row['hash']}-{size}.{kind}")
            assert shown.status_code == 200
            assert shown.mimetype == mimetype
            assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert b"secret" not in shown.data
            assert b"Exif" not in shown.data
            with Image.open(BytesIO(shown.data)) as made:
                assert made.size == (size // 2, size)
                assert not made.getexif()
    again = owner.client.get(f"/media/{row['hash']}-320.webp", headers={"If-None-Match": shown_tag(row["hash"])})
    assert again.status_code == 304
    page = owner.get(f"/console/products/{product_id}")
    assert f"/media/{row['hash']}-320.webp" in page
    assert f"/media/{row['hash']}-320.webp" in owner.get("/console/products")


def shown_tag(fingerprint: str) -> str:
    """The tag of the small picture."""
    return f'"{fingerprint}-320-webp"'


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no JPEG, PNG or WebP"),
        ("page.png", b"<!doctype html><script>alert(1)</script>", "no JPEG, PNG or WebP"),
        ("empty.png", b"", "no JPEG, PNG or WebP"),
        ("moving.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "no JPEG, PNG or WebP"),
        ("bomb.png", bomb(30_000, 30_000), "At most 40 million"),
        ("wide.png", bomb(2_000_000, 1), "At most 40 million"),
        ("many.png", bomb(8_000, 8_000), "At most 40 million"),
        ("heavy.png", b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES, "larger than 10 MiB"),
        ("table.tiff", b"II*\0\x08\0\0\0", "no JPEG, PNG or WebP"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_its_content(
    owner: Desk, trade: Trade, name: str, data: bytes, says: str
) -> None:
    product_id = trade.product()
    sent = upload(owner, product_id, ("good.png", picture(10, 10)), (name, data))
    assert sent.status_code == 422
    assert f"{name}: " in sent.text
    assert says in sent.text
    assert trade.row("SELECT count(*) AS many FROM product_images")["many"] == 0
    assert trade.audited("product.picture.add") == []


def test_a_form_without_a_picture_and_one_with_too_many_are_refused(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    assert upload(owner, product_id).status_code == 422
    small = picture(4, 4)
    assert upload(owner, product_id, *[(f"{n}.png", small) for n in range(11)]).status_code == 422
    for _ in range(2):
        assert upload(owner, product_id, *[(f"{n}.png", small) for n in range(10)]).status_code == 303
    full = upload(owner, product_id, ("last.png", small))
    assert full.status_code == 409
    assert "20 pictures at most" in full.text


def test_a_picture_that_breaks_off_is_told_of_by_the_worker(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    whole = picture(600, 600, "JPEG")
    assert upload(owner, product_id, ("torn.jpg", whole[: len(whole) // 2])).status_code == 303
    assert upload(owner, product_id, ("hollow.png", bomb(600, 600))).status_code == 303
    trade.settle()
    page = owner.get(f"/console/products/{product_id}/pictures")
    assert page.count("This picture is broken") == 2
    assert trade.row("SELECT image FROM products")["image"] is None
    assert trade.row("SELECT count(*) AS kept FROM product_images WHERE original IS NOT NULL")["kept"] == 0


def test_pictures_are_ordered_described_and_removed_and_all_of_it_is_written_down(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    upload(owner, product_id, ("one.png", picture(colour="#111111")), ("two.png", picture(colour="#eeeeee")))
    trade.settle()
    one, two = (
        trade.row("SELECT id, hash FROM product_images WHERE filename = :name", name=name)
        for name in ("one.png", "two.png")
    )
    face = "SELECT image FROM products"
    assert trade.row(face)["image"] == one["hash"]
    base = f"/console/products/{product_id}/pictures"
    assert owner.post(f"{base}/{two['id']}", alt="A white jug", go="earlier").status_code == 303
    assert trade.row(face)["image"] == two["hash"]
    assert trade.row("SELECT alt FROM product_images WHERE id = :id", id=two["id"])["alt"] == "A white jug"
    assert 'alt="A white jug"' in owner.get(base)
    assert "the first already" in owner.get(
        owner.post(f"{base}/{two['id']}", alt="A white jug", go="first").location.split("#")[0]
    )
    assert owner.post(f"{base}/{two['id']}", alt="x" * 301).status_code == 303
    assert owner.post(f"{base}/{two['id']}/remove").status_code == 303
    assert trade.row(face)["image"] == one["hash"]
    assert owner.client.get(f"/media/{two['hash']}-320.webp").status_code == 404
    assert owner.post(f"{base}/{two['id']}/remove").status_code == 404
    for action in ("add", "move", "describe", "remove"):
        assert trade.audited(f"product.picture.{action}"), action
    history = owner.get(f"/console/products/{product_id}/history")
    assert "removed a picture" in history
    assert "<ins>A white jug</ins>" in history


def test_pictures_of_anothers_product_are_not_there(owner: Desk, outsider: Desk, trade: Trade) -> None:
    mine, theirs = trade.product(), trade.product(market_id=outsider.someone.market_id)
    upload(outsider, theirs, ("canary.png", picture()))
    trade.settle()
    image_id = trade.row("SELECT id FROM product_images")["id"]
    base = f"/console/products/{theirs}/pictures"
    owner.get(base, 404)
    owner.get(f"{base}/state", 404)
    owner.get(f"/live?topics=product-pictures:{theirs}", 404)
    assert upload(owner, theirs, ("x.png", picture())).status_code == 404
    for product_id in (theirs, mine):
        address = f"/console/products/{product_id}/pictures/{image_id}"
        assert owner.post(address, alt="mine").status_code == 404
        assert owner.post(f"{address}/remove").status_code == 404
    assert trade.row("SELECT alt, count(*) OVER () AS many FROM product_images") == {"alt": "", "many": 1}


@pytest.mark.parametrize(
    "path", ["x-320.webp", f"{'0' * 64}-320.webp", f"{'0' * 64}-321.webp", f"{'0' * 64}-320.svg", f"{'.' * 64}-320.jpg"]
)
def test_an_address_of_no_picture_is_not_found(owner: Desk, path: str) -> None:
    owner.get(f"/media/{path}", 404)


def test_kinds_that_cameras_and_tools_write_are_shown(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    files = []
    for number, mode in enumerate(("L", "LA", "RGBA", "P", "1", "I;16", "CMYK")):
        written = BytesIO()
        kind = "JPEG" if mode == "CMYK" else "PNG"
        Image.new(mode, (64, 48), 0 if mode not in ("LA", "RGBA", "CMYK") else None).save(written, kind)
        files.append((f"{number}.{kind.lower()}", written.getvalue()))
    assert upload(owner, product_id, *files).status_code == 303
    trade.settle()
    assert trade.row("SELECT count(*) AS ready FROM product_images WHERE status = 'ready'")["ready"] == 7


def test_the_shop_the_stock_and_an_order_show_the_first_picture(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(stock=3, name="Jug")
    order_id = trade.order((product_id, 1))
    upload(owner, product_id, ("jug.png", picture()))
    trade.settle()
    name = f"/media/{trade.row('SELECT image FROM products')['image']}-"
    for page in ("/m/alder-lane", f"/p/{product_id}-jug", "/console/stock", f"/console/orders/{order_id}"):
        assert name in owner.get(page), page
    copy = owner.post(f"/console/products/{product_id}/duplicate").location
    assert name in owner.get(copy)


def test_rows_show_the_picture_that_was_uploaded_and_a_parcel_where_there_is_none(owner: Desk, trade: Trade) -> None:
    product_id = trade.product(name="Jug", stock=3)
    shows = (
        "/console/products",
        "/console/stock",
        "/console/stock/past?at=2099-01-01T00:00",
        "/console/stock/deactivated",
    )
    assert owner.post(f"/console/stock/{product_id}/pause").status_code == 303
    assert all("goods-none" in owner.get(path) for path in shows)
    upload(owner, product_id, ("jug.png", picture()))
    trade.settle()
    address = f"/media/{trade.row('SELECT hash FROM product_images')['hash']}-320.webp"
    assert all(address in owner.get(path) for path in shows)
