"""Things that give light: lamps, lanterns and candles."""

from webapp.demo.draw.palette import CHAR, CREAM, INK, OCHRE, SPRUCE, WALNUT, WOOD, Tone
from webapp.demo.draw.sheet import Sheet, slab


def flame(s: Sheet, x: float, y: float, size: float = 1) -> None:
    """A candle's flame whose foot is at x, y."""
    with s.moved(f"translate({x} {y}) scale({size})"):
        s.line("M0 6V-5", CHAR.fill, 2.5)
        s.fill("M0 0C-10-14-4-24 1-36C8-22 12-12 0 0Z", "#f08a3c")
        s.fill("M0 0C-4-8-1-14 1-18C4-12 5-6 0 0Z", "#ffe08a")


def halo(s: Sheet, x: float, y: float, r: float) -> None:
    """The two rings of light around a flame or a shade."""
    s.dot(x, y, r, "#fff3cf", 0.36)
    s.dot(x, y, r * 0.66, "#fff3cf", 0.45)


def pebble_lamp(s: Sheet, foot: Tone = WOOD, shade: Tone = CREAM) -> None:
    """A table lamp on a foot like a pebble."""
    halo(s, 200, 160, 140)
    s.shadow(200, 86)
    name = s.body(
        "M160 322C136 322 130 292 146 272C158 256 178 250 200 250C222 250 242 256 254 272C270 292 264 322 240 322Z",
        foot,
    )
    with s.inside(name):
        s.line("M148 288c30-14 74-14 104 0M138 306c34-12 90-12 124 0", WALNUT.fill, 3, 0.6)
    s.block(194, 206, 12, 48, CHAR.fill)
    s.body(
        "M112 212C112 140 148 96 200 96C252 96 288 140 288 212C288 220 112 220 112 212Z",
        Tone(shade.fill, "#c98f35", 0.26, 0.4),
    )
    s.disc(200, 213, 88, 9, "#ffe6a3")


def tapers(s: Sheet, wax: Tone = OCHRE, dish: Tone = INK) -> None:
    """Two tapers burning in one dish."""
    s.shadow(200, 70)
    for x, top in ((172, 108), (226, 142)):
        flame(s, x, top - 2)
        s.body(f"M{x - 8} {top + 6}C{x - 8} {top} {x + 8} {top} {x + 8} {top + 6}L{x + 12} 288H{x - 12}Z", wax)
    s.body("M136 288H264L254 314C252 320 248 322 242 322H158C152 322 148 320 146 314Z", dish)
    s.disc(200, 289, 64, 8, "#fff", 0.16)


def lantern(s: Sheet, frame: Tone, wax: Tone = CREAM) -> None:
    """A storm lantern with four posts, a ring to carry it by and a candle inside."""
    halo(s, 200, 212, 128)
    s.shadow(200, 88)
    s.line("M162 116C162 62 238 62 238 116", frame.fill, 7)
    s.block(136, 156, 128, 140, "#fff8e2", opacity=0.62)
    s.fill("M226 156H264V296H206Z", frame.dark, 0.14)
    flame(s, 200, 222, 1.15)
    s.body(slab(176, 228, 48, 68, 5), wax)
    s.line("M152 168V272", "#fff", 6, 0.7)
    for x in (132, 258):
        s.body(f"M{x} 150H{x + 10}V300H{x}Z", frame)
    s.line("M136 226H264", frame.fill, 4, square=True)
    s.body("M122 158L152 118C156 112 244 112 248 118L278 158Z", frame)
    s.body(slab(178, 98, 44, 20, 5), frame)
    s.body(slab(116, 294, 168, 28, 7), frame)


def desk_lamp(s: Sheet, metal: Tone = SPRUCE) -> None:
    """A jointed desk lamp, its head bent over the table."""
    s.fill("M122 196L44 322H262L196 168Z", "#fff3cf", 0.55)
    s.shadow(262, 62)
    s.line("M262 304L302 196L206 98", CHAR.fill, 8)
    s.dot(302, 196, 11, OCHRE.fill)
    s.fill("M304 185.2a11 11 0 0 1 0 21.6Z", OCHRE.dark, 0.4)
    with s.moved("rotate(38 186 110)"):
        s.body("M168 84C168 72 204 72 204 84V104C236 118 248 150 250 188H122C124 150 136 118 168 104Z", metal)
        s.disc(186, 188, 64, 12, "#ffe6a3")
        s.dot(186, 192, 17, "#fff8e2")
    s.dot(206, 98, 8, OCHRE.fill)
    s.body("M200 316C200 300 226 292 262 292C298 292 324 300 324 316C324 324 200 324 200 316Z", metal)


def pillar_candle(s: Sheet, wax: Tone, dish: Tone, sprig: str = "") -> None:
    """A thick candle on a dish, a sprig of juniper beside it when `sprig` names its green."""
    halo(s, 200, 104, 78)
    s.shadow(200, 104)
    s.body("M92 298H308C304 314 280 322 252 322H148C120 322 96 314 92 298Z", dish)
    s.disc(200, 298, 108, 13, dish.fill)
    s.disc(200, 299, 92, 9, dish.dark, 0.35)
    flame(s, 200, 138, 1.2)
    name = s.body("M150 154C150 140 250 140 250 154V298C250 306 150 306 150 298Z", wax)
    with s.inside(name):
        s.fill("M222 146C232 164 220 188 228 206C232 214 240 208 240 198L252 150Z", "#fff", 0.35)
    s.disc(200, 151, 50, 9, "#fff", 0.4)
    if sprig:
        s.line("M112 296C136 288 156 290 180 302", WALNUT.fill, 4)
        needles = "".join(
            f"M{x} {296 - k % 3}l{-12 if k % 2 else -7} {10 if k % 2 else -13}"
            for k, x in enumerate(range(116, 186, 8))
        )
        s.line(needles, sprig, 6)
        for x, y in ((128, 290), (152, 300), (166, 288)):
            s.dot(x, y, 7, INK.fill)
            s.dot(x - 2, y - 2, 2, "#fff", 0.5)


def glass_candle(s: Sheet, glass: Tone, label: str = CREAM.fill) -> None:
    """A candle poured into a tumbler, with its label and a matchstick before it."""
    halo(s, 200, 166, 96)
    s.shadow(200, 84)
    s.body("M128 164H272L266 302C266 314 258 322 246 322H154C142 322 134 314 134 302Z", glass)
    s.fill("M128 164H272L271 192C236 202 164 202 129 192Z", "#fff", 0.28)
    s.disc(200, 164, 72, 13, "#fff", 0.5)
    s.disc(200, 192, 68, 11, CREAM.fill)
    flame(s, 200, 188, 1.25)
    s.block(158, 224, 84, 64, label, 4)
    s.line("M168 262q8-9 16 0t16 0t16 0t16 0", glass.fill, 3.5)
    s.line("M176 240H224", glass.fill, 4)
    s.line("M236 330L312 318", "#e0c79a", 5)
    s.line("M306 319L314 317.7", "#8a3a2a", 8)
