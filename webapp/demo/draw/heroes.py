"""The wide still-lifes that open a market's page, 1040 by 520 units, the foot of the picture never cut."""

from functools import partial

from webapp.demo.draw import bakery, garden, house, light, pantry, paper, table
from webapp.demo.draw.palette import CREAM, HARBOUR, INK, OCHRE, PLUM, RUST, SAND, SKY, SPRUCE, Tone
from webapp.demo.draw.sheet import Sheet

FOOT = "</svg>\n"


def head(wall: str) -> str:
    """Return the picture's opening, its wall and the two beams of light on it."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1040 520" preserveAspectRatio="xMidYMax slice">'
        f'<rect width="1040" height="520" fill="{wall}"/>'
        '<path d="M0 0H420L170 520H0Z" fill="#fff" opacity=".2"/>'
        '<path d="M520 0H640L390 520H270Z" fill="#fff" opacity=".13"/>'
    )


def at(x: float, y: float, scale: float) -> str:
    """Return the transform that puts a thing's square at x, y."""
    return f"translate({x} {y}) scale({scale})"


def alder_lane() -> str:
    """A workshop's table under a striped awning, with a lamp lit."""
    s = Sheet()
    s.block(640, 226, 400, 14, "#a98a63")
    s.block(640, 240, 400, 8, "#2a2118", opacity=0.1)
    for thing, x in ((light.tapers, 612), (table.teapot, 686), (pantry.jam, 818), (table.mug, 886)):
        with s.moved(at(x, 81, 0.45)):
            thing(s)
    s.block(0, 404, 1040, 116, "#c9a679")
    s.block(0, 404, 1040, 10, "#fff", opacity=0.22)
    s.line("M0 452H1040M0 492H1040", "#966a41", 2, 0.28)
    with s.moved(at(352, 68, 1.1)):
        light.pebble_lamp(s)
    with s.moved(at(-40, 72, 1.08)):
        garden.olive(s)
    with s.moved(at(112, 126, 0.92)):
        table.pitcher(s)
    with s.moved(at(232, 176, 0.8)):
        bakery.loaf(s)
    with s.moved(at(560, 130, 0.94)):
        for x, y, skin in ((142, 186, pantry.APPLES[0]), (258, 186, pantry.APPLES[2]), (202, 172, pantry.APPLES[1])):
            pantry.apple(s, x, y, skin)
        garden.basket(s)
    with s.moved(at(800, 176, 0.76)):
        table.bowl(s)
    for index, x in enumerate(range(0, 1040, 80)):
        s.fill(f"M{x} 0H{x + 80}V54C{x + 80} 84 {x} 84 {x} 54Z", CREAM.fill if index % 2 else SPRUCE.fill)
    s.block(0, 0, 1040, 14, "#1d3f36", opacity=0.5)
    return f"{head('#e2dccd')}{s}{FOOT}"


def lantern_quay() -> str:
    """A window over the harbour at dusk, and before it a sill with tea things, books and a lamp."""
    s = Sheet()
    s.fill("M330 40H1000V404H330Z", "#ead5c5")
    s.fill("M330 40H1000V190C900 170 760 186 640 158C520 142 420 160 330 150Z", "#cbd0cf")
    s.fill("M330 40H1000V96C860 112 700 84 560 100C460 110 380 100 330 104Z", "#aabbc5")
    s.dot(560, 186, 36, "#f4dca6", 0.95)
    s.fill("M330 214C400 190 470 196 540 214Z", "#5f7789")
    s.fill("M330 214H1000V404H330Z", "#54728c")
    s.line(
        "M360 244h80M520 236h120M700 258h90M860 240h110M420 282h90M600 296h110M880 300h80M760 232h104M778 246h70",
        "#cfd9de",
        3,
        0.5,
    )
    s.fill("M926 214L934 118H958L966 214Z", CREAM.fill)
    s.fill("M931 156L932.5 138H959.5L961 156ZM927.5 196L929 176H963L964.5 196Z", RUST.fill)
    s.fill("M948 118H958L966 214H956Z", "#2a2118", 0.22)
    s.block(933, 98, 26, 20, OCHRE.fill)
    s.fill("M929 98L946 82L963 98Z", INK.fill)
    s.fill("M896 214C906 204 990 204 1000 214V226H896Z", "#38495a")
    s.line("M330 404V40H1000V404M665 40V404", "#f4efe4", 16, square=True)
    s.line("M338 48V404M673 48V404", "#2a2118", 3, 0.18, square=True)
    s.block(0, 404, 1040, 116, "#b88d63")
    s.block(0, 404, 1040, 10, "#fff", opacity=0.22)
    s.line("M0 452H1040M0 492H1040", "#6f4a2a", 2, 0.3)
    s.block(20, 190, 250, 14, "#8d6a48")
    s.block(20, 204, 250, 8, "#2a2118", opacity=0.12)
    for thing, x in (
        (partial(pantry.tea_tin, tin=INK), -26),
        (partial(pantry.coffee_bag, paper=SAND), 56),
        (partial(paper.pencils, cup=SKY, leads=(HARBOUR.fill, OCHRE.fill, RUST.fill, PLUM.fill)), 142),
    ):
        with s.moved(at(x, 45, 0.45)):
            thing(s)
    with s.moved(at(622, 118, 0.98)):
        light.lantern(s, frame=Tone("#c99a4a", "#5f3f0c", 0.4))
    with s.moved(at(-16, 130, 0.92)):
        house.clock(s)
    with s.moved(at(214, 136, 0.94)):
        table.kettle(s, enamel=HARBOUR)
    with s.moved(at(432, 158, 0.84)):
        paper.books(s, covers=(PLUM, RUST, SPRUCE))
    with s.moved(at(498, 164, 0.46)):
        table.cup_and_saucer(s, glaze=SKY, inside="#f1f3ee", drink="#a5612c")
    with s.moved(at(838, 250, 0.56)):
        house.whale(s, wood=INK)
    return f"{head('#d9d5cc')}{s}{FOOT}"


HEROES = {"hero-alder-lane": alder_lane, "hero-lantern-quay": lantern_quay}
