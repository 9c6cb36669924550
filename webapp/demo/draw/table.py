"""Things for the table: bowls, cups, jugs and what stands beside them. A thing stands at y 322, about x 200."""

from webapp.demo.draw.palette import (
    CHAR,
    COCOA,
    CREAM,
    INK,
    LEAF,
    MOSS,
    OAT,
    OCHRE,
    RUST,
    SKY,
    SPRUCE,
    WALNUT,
    WOOD,
    Tone,
)
from webapp.demo.draw.sheet import Sheet, oval

SPECKS = [
    (128, 258), (150, 282), (172, 262), (196, 296), (214, 268), (240, 285),
    (262, 256), (188, 310), (228, 306), (146, 250), (278, 244),
]  # fmt: skip


def bowl(s: Sheet, outside: Tone = OAT, rim: str = CREAM.fill, inside: Tone = SKY, speckled: bool = True) -> None:
    """A breakfast bowl, bare outside and glazed inside."""
    s.shadow(200, 105)
    s.body("M92 218H308C308 282 262 322 232 322H168C138 322 92 282 92 218Z", outside)
    s.disc(200, 218, 108, 24, rim)
    s.disc(200, 221, 96, 18, inside.fill)
    s.fill("M104 221a96 18 0 0 1 192 0 96 10 0 0 0-192 0Z", inside.dark, 0.3)
    if speckled:
        s.specks(SPECKS, "#6b4a35")


def serving_bowl(s: Sheet, outside: Tone = MOSS, inside: Tone = CREAM) -> None:
    """A wide, low bowl on a foot, with three pears in it."""
    s.shadow(200, 92)
    for x, y, turn in ((150, 200, -14), (204, 184, 4), (256, 202, 20)):
        with s.moved(f"translate({x} {y}) rotate({turn})"):
            s.body(
                "M-34 22C-34 -6 -16 -14 -14 -38C-12 -56 12 -56 14 -38C16 -14 34 -6 34 22C34 60 -34 60 -34 22Z", OCHRE
            )
            s.line("M0 -50C0 -60 4 -66 10 -70", WALNUT.fill, 4.5)
            s.specks([(-12, 4), (4, -12), (10, 12), (-4, 18)], "#7a4c10", 1.8)
    name = s.body("M70 222C130 236 270 236 330 222C330 270 276 304 236 306V322H164V306C124 304 70 270 70 222Z", outside)
    with s.inside(name):
        s.line("M66 226C130 242 270 242 334 226", inside.fill, 9, 0.9)
        s.line("M80 262C140 278 260 278 320 262", inside.fill, 2.5, 0.4)


def mug(s: Sheet, glaze: Tone = OCHRE, dip: str = CREAM.fill, inside: str = "#f0cd86", steam: bool = True) -> None:
    """A mug with its lower part dipped in a second glaze."""
    if steam:
        s.line("M170 150c-12-16 12-26 0-44M206 150c-12-16 12-26 0-44", "#fff", 7, 0.7)
    s.shadow(195, 82)
    s.line("M250 200C306 190 306 280 246 276", glaze.fill, 15)
    s.body("M128 172H254V284C254 310 238 322 218 322H164C144 322 128 310 128 284Z", glaze, 0.44, 0.1)
    s.fill("M128 262H254V284C254 310 238 322 218 322H164C144 322 128 310 128 284Z", dip, 0.88)
    s.fill("M191 262H254V284C254 310 238 322 218 322H196Z", glaze.dark, 0.14)
    s.disc(191, 172, 63, 13, inside)
    s.disc(191, 174, 53, 9, COCOA.fill)


def enamel_mug(s: Sheet, enamel: Tone = CREAM, rim: Tone = INK) -> None:
    """A straight enamel mug with a coloured rim and two chips of wear."""
    s.shadow(192, 80)
    s.line("M252 196C310 190 312 286 250 280", rim.fill, 13)
    s.line("M252 196C310 190 312 286 250 280", enamel.fill, 7)
    name = s.body("M124 168H256L252 310C252 318 246 322 238 322H142C134 322 128 318 128 310Z", enamel, 0.46, 0.1)
    with s.inside(name):
        s.block(110, 310, 160, 16, rim.fill, opacity=0.9)
        s.specks([(146, 290), (232, 214), (150, 296), (226, 300)], rim.fill, 1.8, 0.7)
    s.line("M190 216C176 232 174 252 190 270C206 252 204 232 190 216ZM190 220V284", rim.fill, 3, 0.75)
    s.disc(190, 168, 68, 14, rim.fill)
    s.disc(190, 168, 62, 10.5, "#e8e0d0")
    s.fill("M128 168a62 10.5 0 0 1 124 0 62 5 0 0 0-124 0Z", rim.dark, 0.3)


def cup_and_saucer(s: Sheet, glaze: Tone = INK, inside: str = "#4a555f", drink: str = COCOA.fill) -> None:
    """A small cup on its saucer."""
    s.shadow(200, 118)
    s.body("M78 298H322C316 314 278 322 244 322H156C122 322 84 314 78 298Z", glaze)
    s.disc(200, 298, 122, 14, inside)
    s.disc(208, 300, 70, 8, glaze.dark, 0.4)
    s.line("M256 214C312 204 308 274 244 268", glaze.fill, 13)
    s.body("M132 198H268C268 256 246 300 222 300H178C154 300 132 256 132 198Z", glaze)
    s.line("M140 232C170 242 230 242 260 232", CREAM.fill, 3, 0.5)
    s.disc(200, 198, 68, 15, inside)
    s.disc(200, 201, 58, 10.5, drink)
    s.disc(184, 200, 22, 4, "#c58a52", 0.75)


def pitcher(s: Sheet, glaze: Tone = SPRUCE, band: str = OAT.fill) -> None:
    """A tall pitcher with one band left unglazed."""
    s.shadow(200, 88)
    s.line("M150 140C96 132 92 236 138 242", glaze.fill, 15)
    s.body(
        "M150 108C150 96 176 92 200 92C222 92 236 96 252 84C254 104 246 116 242 132C240 170 268 198 268 246"
        "C268 296 246 322 226 322H172C152 322 130 296 130 246C130 198 158 170 156 132Z",
        glaze,
        0.41,
        0.08,
    )
    s.fill(
        "M131 252C131 236 268 236 268 252C268 270 264 288 258 300C240 308 160 308 142 300C135 288 131 270 131 252Z",
        band,
        0.93,
    )
    s.fill("M222 242c30 2 46 5 46 10 0 18-4 36-10 48-9 4-22 6-36 6Z", WALNUT.fill, 0.2)
    s.disc(196, 101, 45, 8, glaze.dark, 0.75)


def teapot(s: Sheet, glaze: Tone = INK, line: str = SKY.fill) -> None:
    """A round teapot with a wooden knob."""
    s.shadow(205, 100)
    s.line("M284 220C336 196 346 276 276 284", glaze.fill, 13)
    s.fill("M122 262C88 258 84 214 62 192L84 186C104 202 104 222 124 226Z", glaze.fill)
    s.body(
        "M108 236C108 190 148 172 200 172C252 172 292 190 292 236C292 290 262 322 236 322H164C138 322 108 290 108 236Z",
        glaze,
        0.4,
        0.1,
    )
    s.body("M146 178C150 158 172 150 200 150C228 150 250 158 254 178C232 186 168 186 146 178Z", glaze, 0.4, 0.1)
    s.line("M146 178C168 186 232 186 254 178", "#fff", 2, 0.2)
    s.dot(200, 140, 13, WOOD.fill)
    s.fill("M203 127.5a13 13 0 0 1 0 25Z", WOOD.dark, 0.35)
    s.line("M114 262C150 278 250 278 287 262", line, 3, 0.55)


def plate(s: Sheet, glaze: Tone = OAT, well: Tone = SKY) -> None:
    """A dinner plate leaning on the wall, between two pegs."""
    s.disc(226, 322, 116, 10, "#2a2118", 0.15)
    s.disc(214, 212, 117, 116, "#2a2118", 0.1)
    s.body(oval(200, 204, 117, 117), glaze, 0.46, 0.08)
    s.dot(200, 204, 82, well.fill)
    s.fill("M200 122a82 82 0 0 0 0 164 100 100 0 0 1 0-164Z", well.dark, 0.25)
    s.dot(206, 208, 52, "#fff", 0.16)
    s.specks(
        [
            (112, 160),
            (104, 226),
            (140, 292),
            (216, 304),
            (284, 268),
            (300, 196),
            (262, 124),
            (190, 102),
            (150, 116),
            (294, 236),
        ],
        "#6b4a35",
    )
    for x in (136, 250):
        s.body(f"M{x} 296C{x} 290 {x + 16} 290 {x + 16} 296V326H{x}Z", WALNUT)


def bud_vase(s: Sheet, glaze: Tone, flower: str = CREAM.fill, leaf: str = LEAF.fill) -> None:
    """A small vase with one flowering twig."""
    s.shadow(200, 62)
    s.line(
        "M200 200C196 160 206 120 226 76M202 160C186 142 172 132 158 122M204 134C222 122 236 118 252 118", "#6b5a3a", 4
    )
    for x, y, turn in ((170, 150, -58), (232, 144, 70), (206, 100, -30), (184, 122, -20)):
        with s.moved(f"translate({x} {y}) rotate({turn})"):
            s.fill("M0 20C-11 8-10-10 0-20C10-10 11 8 0 20Z", leaf)
            s.fill("M0 20C10 8 10-10 0-20Z", "#1d2a1a", 0.25)
    for x, y in ((226, 76), (156, 118), (254, 116), (212, 104)):
        for dx, dy in ((0, -9), (9, -3), (6, 8), (-6, 8), (-9, -3)):
            s.dot(x + dx, y + dy, 8, flower)
        s.dot(x, y, 5, OCHRE.fill)
    s.body(
        "M180 192C180 182 220 182 220 192C220 216 218 224 236 242C262 264 262 322 226 322H174C138 322 138 264 164 242"
        "C182 224 180 216 180 192Z",
        glaze,
    )
    s.disc(200, 190, 20, 5, glaze.dark, 0.6)


def lidded_jar(s: Sheet, glaze: Tone = SKY, lid: Tone = WOOD) -> None:
    """A salt jar with a wooden lid and a little spoon through it."""
    s.shadow(200, 84)
    with s.moved("rotate(24 236 200)"):
        s.line("M236 110V210", lid.fill, 9)
        s.body(oval(236, 102, 15, 20), lid)
    name = s.body("M122 206H278V288C278 312 264 322 246 322H154C136 322 122 312 122 288Z", glaze)
    with s.inside(name):
        s.block(110, 290, 190, 40, CREAM.fill, opacity=0.85)
        s.block(192, 290, 100, 40, glaze.dark, opacity=0.14)
    s.line("M122 236H278", "#fff", 3, 0.45, square=True)
    s.body("M112 196C112 180 288 180 288 196V204C288 212 112 212 112 204Z", lid)
    s.body("M180 186V172C180 162 220 162 220 172V186Z", lid)


def egg_cups(s: Sheet, left: Tone, right: Tone) -> None:
    """Two egg cups, each with its egg."""
    for x, glaze, egg in ((138, left, Tone("#e6c3a0", "#8a5630", 0.28, 0.3)), (262, right, CREAM)):
        s.shadow(x, 44)
        s.body(
            f"M{x - 38} 214C{x - 38} 170 {x - 18} 136 {x} 136C{x + 18} 136 {x + 38} 170 {x + 38} 214C{x + 38} 262 {x - 38} 262 {x - 38} 214Z",
            egg,
        )
        name = s.body(
            f"M{x - 48} 212C{x - 20} 222 {x + 20} 222 {x + 48} 212C{x + 48} 254 {x + 24} 272 {x + 14} 280C{x + 10} 296 {x + 34} 304 "
            f"{x + 36} 322H{x - 36}C{x - 34} 304 {x - 10} 296 {x - 14} 280C{x - 24} 272 {x - 48} 254 {x - 48} 212Z",
            glaze,
        )
        with s.inside(name):
            s.line(f"M{x - 50} 214C{x - 20} 226 {x + 20} 226 {x + 50} 214", "#fff", 6, 0.4)


def kettle(s: Sheet, enamel: Tone, handle: Tone = WOOD) -> None:
    """A stove kettle in enamel, its handle standing."""
    s.shadow(205, 112)
    s.line("M128 204C124 92 276 92 272 204", CHAR.fill, 8)
    s.line("M158 128C178 112 222 112 242 128", handle.fill, 17)
    s.fill("M116 270C86 262 80 222 50 206L66 186C100 202 108 222 132 228Z", enamel.fill)
    s.fill("M50 206L66 186L72 190L57 211Z", CREAM.fill, 0.8)
    name = s.body(
        "M100 270C100 226 136 192 200 192C264 192 300 226 300 270C300 300 292 322 272 322H128C108 322 100 300 100 270Z",
        enamel,
    )
    with s.inside(name):
        s.block(90, 308, 220, 16, enamel.dark, opacity=0.35)
        s.line("M150 196C170 206 230 206 250 196", "#fff", 3, 0.35)
    s.body("M154 196C158 178 178 170 200 170C222 170 242 178 246 196C224 203 176 203 154 196Z", enamel)
    s.dot(200, 162, 12, handle.fill)
    s.fill("M202 150.2a12 12 0 0 1 0 24Z", handle.dark, 0.35)


def carafe(s: Sheet, collar: Tone = WOOD, brew: str = COCOA.fill) -> None:
    """A glass coffee maker with a wooden collar, half full."""
    s.shadow(200, 84)
    s.fill("M150 116L200 196L250 116L238 88H162Z", "#fbf8f0")
    s.fill("M200 196L250 116L238 88H208Z", "#a5703c", 0.16)
    glass = "M136 104L184 204L128 290C122 308 134 322 152 322H248C266 322 278 308 272 290L216 204L264 104Z"
    s.fill(glass, "#ffffff", 0.34)
    s.fill("M144 266C180 276 220 276 256 266L272 290C278 308 266 322 248 322H152C134 322 122 308 128 290Z", brew)
    s.fill("M204 273C222 273 240 270 256 266L272 290C278 308 266 322 248 322H216Z", "#1b0c05", 0.35)
    s.disc(200, 268, 56, 6, "#8a5a38", 0.8)
    s.line(glass, "#9fb0ae", 3.5, 0.75)
    s.line("M150 118L186 194M146 280C142 290 142 300 148 308", "#fff", 6, 0.75)
    s.body("M172 180C182 172 218 172 228 180L220 204L230 232C220 240 180 240 170 232L180 204Z", collar)
    s.line("M172 204C190 210 210 210 228 204", RUST.fill, 5)
    s.dot(204, 212, 5, RUST.dark)
