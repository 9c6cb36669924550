"""Things for the garden, and what carries its harvest."""

from webapp.demo.draw.palette import CHAR, CLAY, CREAM, LEAF, MOSS, OCHRE, RUST, SAND, STEEL, WALNUT, WOOD, Tone
from webapp.demo.draw.sheet import Sheet, slab


def leaf(s: Sheet, x: float, y: float, turn: float, size: float, colour: str) -> None:
    """One leaf around x, y, its darker half to the right."""
    with s.moved(f"translate({x} {y}) rotate({turn}) scale({size})"):
        s.fill("M0 34C-17 16-15-16 0-34C15-16 17 16 0 34Z", colour)
        s.fill("M0 34C15 16 15-16 0-34Z", "#2e3f2a", 0.28)


def olive(s: Sheet, pot: Tone = CLAY, rim: Tone = RUST) -> None:
    """A young olive tree in a terracotta pot."""
    s.shadow(200, 78)
    s.line(
        "M200 260C198 210 202 170 200 110M200 210C180 190 160 170 152 138M200 200C222 180 240 160 250 134", "#6b5a3a", 5
    )
    places = (
        (200, 104, 0, 1), (160, 140, -38, 1), (240, 138, 38, 1), (138, 178, -66, 0.9), (262, 176, 66, 0.9), (182, 92, -16, 0.85),
        (222, 86, 18, 0.85), (172, 176, -28, 0.8), (230, 178, 28, 0.8), (148, 110, -50, 0.7), (254, 106, 50, 0.7),
    )  # fmt: skip
    for index, (x, y, turn, size) in enumerate(places):
        leaf(s, x, y, turn, size, LEAF.fill if index % 2 else MOSS.fill)
    s.body("M142 250H258L246 310C244 318 238 322 230 322H170C162 322 156 318 154 310Z", pot)
    s.body("M134 234H266C270 234 272 237 271 241L267 258H133L129 241C128 237 130 234 134 234Z", rim)


def watering_can(s: Sheet, enamel: Tone, brass: Tone = OCHRE) -> None:
    """A watering can with a long spout and a brass rose."""
    s.shadow(212, 104)
    s.line("M182 186C192 112 288 112 296 190", enamel.fill, 10)
    s.line("M300 206C352 206 350 286 306 292", enamel.fill, 11)
    s.fill("M172 268L88 160L76 170L170 310Z", enamel.fill)
    s.fill("M170 290L80 167L76 170L170 310Z", enamel.dark, 0.35)
    with s.moved("rotate(-38 78 160)"):
        s.body("M68 170L52 142C52 134 104 134 104 142L88 170Z", brass)
        s.disc(78, 141, 26, 6, "#f0d296")
    name = s.body(
        "M162 196C162 180 308 180 308 196L316 308C316 318 308 322 300 322H170C162 322 154 318 154 308Z", enamel
    )
    with s.inside(name):
        s.line("M150 222H320M148 296H322", "#fff", 3, 0.28, square=True)
    s.fill("M162 194C162 182 308 182 308 194C308 202 252 198 235 198C218 198 162 202 162 194Z", enamel.dark, 0.55)


def seedlings(s: Sheet, crate: Tone = WOOD) -> None:
    """A crate of herb seedlings with two name sticks."""
    s.shadow(204, 124)
    for x, turn in ((166, -4), (286, 5)):
        with s.moved(f"rotate({turn} {x} 260)"):
            s.body(f"M{x - 10} 168L{x} 154L{x + 10} 168V270H{x - 10}Z", CREAM)
            s.line(f"M{x} 174V204", CHAR.fill, 2.5, 0.6)
    for x, top, colour in ((104, 182, MOSS.fill), (206, 140, LEAF.fill), (310, 190, MOSS.fill)):
        s.line(f"M{x} 264C{x + 3} {top + 50} {x - 2} {top + 30} {x} {top + 18}", "#6b7a48", 4)
        leaf(s, x, top - 4, 0, 0.8, colour)
        leaf(s, x - 25, top + 24, -60, 0.86, colour)
        leaf(s, x + 25, top + 24, 60, 0.86, colour)
        leaf(s, x - 18, top + 56, -68, 0.6, colour)
        leaf(s, x + 18, top + 56, 68, 0.6, colour)
    s.block(84, 250, 236, 14, "#4d3826", 6)
    name = s.body("M74 258H330V316C330 320 326 322 322 322H82C78 322 74 320 74 316Z", crate, 0.5, 0.08)
    with s.inside(name):
        s.line("M70 290H334", WALNUT.dark, 3, 0.4, square=True)
        s.line("M96 272h40M150 276h60M236 272h34M110 306h70M214 308h80", WALNUT.fill, 2.5, 0.5)


def pots(s: Sheet, clay: Tone = CLAY, rim: Tone = RUST) -> None:
    """Three terracotta pots: two in a pile, the smallest beside them."""
    s.shadow(164, 80)
    s.shadow(290, 44)
    for x, top, low, width in ((160, 226, 322, 84), (160, 152, 236, 74), (288, 256, 322, 48)):
        s.body(
            f"M{x - width + 12} {top}H{x + width - 12}L{x + width * 0.62:.0f} {low}H{x - width * 0.62:.0f}Z",
            clay,
            0.46,
            0.1,
        )
        height = 18 if width < 60 else 26
        s.body(slab(x - width, top - height + 8, width * 2, height, 6), rim, 0.46, 0.1)
    s.disc(160, 135, 66, 5, CHAR.fill, 0.45)
    s.disc(288, 247.5, 42, 3.5, CHAR.fill, 0.45)
    s.line("M112 268C120 290 122 300 124 312", CREAM.fill, 6, 0.28)


def trowel(s: Sheet, handle: Tone = WOOD, blade: Tone = STEEL) -> None:
    """A garden trowel, leaning."""
    s.disc(222, 325, 112, 9, "#2a2118", 0.14)
    with s.moved("rotate(38 200 210)"):
        s.body("M186 74C186 62 214 62 214 74L218 168H182Z", handle, 0.52)
        s.block(181, 160, 38, 14, OCHRE.fill, 4)
        s.block(194, 172, 12, 42, "#6d7880")
        s.body("M164 214C164 206 236 206 236 214L232 290C230 322 212 346 200 354C188 346 170 322 168 290Z", blade, 0.5)
        s.line("M200 222V336", "#5c686e", 3, 0.6)
        s.dot(200, 82, 4, CHAR.fill)


def basket(s: Sheet, willow: Tone = SAND, handle: Tone = WALNUT) -> None:
    """A willow basket with a high handle."""
    s.shadow(200, 112)
    s.line("M116 212C116 84 284 84 284 212", handle.fill, 13, square=True)
    name = s.body("M92 208H308L290 304C288 316 280 322 268 322H132C120 322 112 316 110 304Z", willow, 0.38)
    with s.inside(name):
        for row, y in enumerate(range(230, 322, 20)):
            start = 88 + (12 if row % 2 else 0)
            s.line(f"M{start} {y}" + "q12-9 24 0" * 9, handle.fill, 4, 0.55, square=True)
    s.body(slab(84, 198, 232, 20, 10), WOOD, 0.5, 0.05)
