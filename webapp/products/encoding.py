"""Pictures as they come from a camera or a browser, and as we show them: three sizes, two kinds, and nothing else of the
file. The only place that knows Pillow.

What a file is, its content says and never its name. It is opened for its header first: a picture of too many pixels is
refused before any of them is read, however small the file.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from webapp.errors import Invalid

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 16_000
SIZES = (320, 800, 1600)
"""The longer side of each size, in pixels; a smaller picture is not made larger."""

KINDS = {"webp": "image/webp", "jpg": "image/jpeg"}
FORMATS = ("JPEG", "PNG", "WEBP")

# Ours is the stricter limit, and it refuses where Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None

_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow raises for files that are broken in one way or another."""


@dataclass(frozen=True, slots=True)
class File:
    """A picture in one size and kind."""

    size: int
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture in all sizes and kinds; `hash` is the fingerprint of all of them, `width` and `height` those of the largest."""

    hash: str
    width: int
    height: int
    files: tuple[File, ...]


def look(data: bytes) -> tuple[int, int]:
    """Width and height of a picture by its header. Raises Invalid for what is no JPEG, PNG or WebP, and for too many bytes
    or pixels."""
    if len(data) > MOST_BYTES:
        raise refusal("too-large", f"This file is larger than {MOST_BYTES // 1024**2} MiB. Send a smaller one.")
    with _opened(data) as picture:
        width, height = picture.size
    return width, height


def encode(data: bytes, sizes: Sequence[int] = SIZES) -> Encoded:
    """The picture as shoppers get it: upright, in sRGB, without anything that the camera wrote beside it, in these sizes
    (ascending). Raises Invalid."""
    with _opened(data) as opened:
        # A JPEG can be read at an eighth, a quarter or half of its size, which spares time and memory.
        opened.draft(None, (sizes[-1], sizes[-1]))
        picture = _plain(ImageOps.exif_transpose(opened))
        picture.thumbnail((sizes[-1], sizes[-1]), Image.Resampling.LANCZOS)
        width, height = picture.size
        files: list[File] = []
        for size in reversed(sizes):
            picture.thumbnail((size, size), Image.Resampling.LANCZOS)
            files += [File(size, "webp", _webp(picture)), File(size, "jpg", _jpeg(picture))]
    fingerprint = hashlib.sha256(b"".join(file.data for file in files)).hexdigest()
    return Encoded(fingerprint, width, height, tuple(files))


def refusal(code: str, message: str) -> Invalid:
    """A picture that we do not take."""
    return Invalid.field("files", code, message)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                raise refusal(
                    "too-many-pixels",
                    f"This picture has {width:,} × {height:,} pixels. At most {MOST_PIXELS // 10**6} million fit here.",
                )
            yield picture
    except UnidentifiedImageError as error:
        raise refusal("not-a-picture", "This is no JPEG, PNG or WebP picture, whatever its name says.") from error
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise refusal("broken-picture", "This picture is broken: it cannot be read to its end.") from error


def _plain(picture: Image.Image) -> Image.Image:
    """The pixels alone, as RGB or RGBA in sRGB."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):
        # Sixteen bits of grey; converted as they are, everything above an eighth bit would be white.
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    seen_through = picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info
    if profile and picture.mode in ("RGB", "CMYK"):
        picture = _in_srgb(picture, profile)
    plain = picture.convert("RGBA" if seen_through else "RGB")
    # What Pillow has read beside the pixels it would write again.
    plain.info.clear()
    return plain


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        into = ImageCms.createProfile("sRGB")
        return (
            ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(BytesIO(profile)), into, outputMode="RGB")
            or picture
        )
    except (ImageCms.PyCMSError, OSError):
        return picture  # A profile that cannot be read says nothing about the colours: they are taken as they stand.


def _webp(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "WEBP", quality=82, method=4)
    return written.getvalue()


def _jpeg(picture: Image.Image) -> bytes:
    if picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    written = BytesIO()
    picture.save(written, "JPEG", quality=84, optimize=True, progressive=True)
    return written.getvalue()
