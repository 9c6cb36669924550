"""Things from the pantry: jars, tins, bottles, cheese and eggs."""

from webapp.demo.draw.palette import (
    BUTTER,
    CHAR,
    COCOA,
    CREAM,
    FOG,
    LEAF,
    MOSS,
    OCHRE,
    PLUM,
    RUST,
    WALNUT,
    WOOD,
    Tone,
)  # fmt: skip
from webapp.demo.draw.sheet import Sheet, oval, slab

RIND = Tone("#b97d3a", "#4d2b0c")
CALICO = Tone(CREAM.fill, RUST.fill, 0.3)


def jam(s: Sheet, fruit: Tone = PLUM, cloth: Tone = CALICO, stripe: str = RUST.fill) -> None:
    """A jar of jam under a striped cloth, with a label."""
    s.shadow(200, 74)
    s.body(
        "M134 176C134 164 266 164 266 176V300C266 314 256 322 244 322H156C144 322 134 314 134 300Z", fruit, 0.46, 0.1
    )
    s.fill("M134 200h132v-24c0-12-132-12-132 0Z", "#e9dfe2", 0.5)
    s.body("M126 138H274V158C274 168 126 168 126 158Z", cloth, 0.42)
    s.line("".join(f"M{x} 139v23" for x in range(136, 272, 16)), stripe, 4, 0.65)
    s.block(152, 222, 96, 62, CREAM.fill, 4)
    s.line("M168 240h64M168 253h48", fruit.fill, 4)
    s.dot(230, 268, 7, fruit.fill)
    s.dot(217, 271, 5, fruit.fill, 0.7)


def honey(s: Sheet, amber: Tone = OCHRE, lid: Tone = WOOD) -> None:
    """A squat jar of honey, and the dipper that goes with it."""
    s.shadow(196, 100)
    name = s.body(
        "M112 196C112 182 268 182 268 196C284 214 284 300 268 316C262 322 254 322 246 322H134C126 322 118 322 112 316C96 300 96 214 112 196Z",
        amber,
    )
    with s.inside(name):
        s.fill("M90 182H290V214C250 224 130 224 90 214Z", "#fff4d4", 0.5)
    s.body("M118 164C118 152 262 152 262 164V184C262 194 118 194 118 184Z", lid)
    s.fill("M190 226L228 247V289L190 310L152 289V247Z", CREAM.fill)
    s.fill("M190 248L209 259V280L190 291L171 280V259Z", amber.fill)
    s.line("M190 238V247M218 253L210 258M218 285L210 280M190 300V292M162 285L170 280M162 253L170 258", amber.fill, 3.5)
    with s.moved("rotate(11 300 322)"):
        s.line("M304 150V262", lid.fill, 8)
        s.body("M290 262C290 254 318 254 318 262V306C318 316 290 316 290 306Z", lid)
        s.line("M288 270H320M288 282H320M288 294H320", lid.dark, 4, 0.55)


def cheese(s: Sheet, paste: Tone = BUTTER, rind: Tone = RIND) -> None:
    """A wedge cut from a ripe cheese."""
    s.shadow(212, 124)
    s.body("M70 242L236 172C284 178 324 208 330 242Z", Tone("#f3dca0", paste.dark, 0.12, 0.3))
    side = s.body("M70 242H330V322H78C73 322 70 319 70 314Z", paste, 0.5, 0.06)
    with s.inside(side):
        for x, y, rx, ry in (
            (116, 284, 16, 13),
            (176, 268, 11, 9),
            (220, 302, 17, 12),
            (268, 272, 10, 8),
            (152, 312, 9, 7),
        ):
            s.disc(x, y, rx, ry, paste.dark, 0.45)
            s.disc(x + 3, y + 3, rx * 0.74, ry * 0.74, "#f0cf88", 0.55)
    s.body("M308 216C322 224 330 236 332 246V322H308Z", rind, 0.5, 0.05)
    s.disc(186, 214, 16, 5, paste.dark, 0.28)
    s.disc(256, 206, 12, 4, paste.dark, 0.28)


def eggs(s: Sheet, tray: Tone = FOG) -> None:
    """Six eggs in a paper tray."""
    s.shadow(204, 128)
    shells = (Tone("#e9cdb0", "#8a5630", 0.28, 0.3), CREAM, Tone("#d3a37c", "#5f3416", 0.3, 0.25))
    for row, (y, start) in enumerate(((218, 128), (244, 110))):
        for k in range(3):
            x = start + k * (74 if row == 0 else 90)
            s.body(
                f"M{x - 36} {y + 8}C{x - 36} {y - 34} {x - 16} {y - 60} {x} {y - 60}C{x + 16} {y - 60} {x + 36} {y - 34} {x + 36} {y + 8}C{x + 36} {y + 50} {x - 36} {y + 50} {x - 36} {y + 8}Z",
                shells[(k + row * 2) % 3],
            )
    name = s.body(
        "M58 252C66 276 154 276 155 252C162 276 238 276 245 252C254 276 334 276 342 252L328 312C326 319 322 322 316 322H84C78 322 74 319 72 312Z",
        tray,
    )
    with s.inside(name):
        s.line("M155 264L160 322M245 264L240 322M60 296H340", tray.dark, 3, 0.28)


def bottle(s: Sheet, drink: Tone, cap: Tone, flower: str = CREAM.fill) -> None:
    """A tall bottle of cordial, an elderflower on its label."""
    s.shadow(200, 62)
    s.body(
        "M176 112H224V148C224 178 258 186 258 224V300C258 314 250 322 238 322H162C150 322 142 314 142 300V224C142 186 176 178 176 148Z",
        drink,
        0.5,
        0.1,
    )
    s.fill("M176 112H224V146C214 150 186 150 176 146Z", "#fff", 0.35)
    s.body(slab(172, 78, 56, 38, 7), cap)
    s.line("M158 222V246", "#fff", 6, 0.5)
    s.body(slab(146, 226, 108, 72, 3), CREAM, 0.5, 0.06)
    s.line("M200 288V264M200 270L182 252M200 270L218 252M200 266L192 246M200 266L208 246", LEAF.fill, 3)
    for x, y in ((178, 248), (190, 241), (202, 239), (212, 243), (222, 249), (184, 257), (216, 258), (200, 250)):
        s.dot(x, y, 6, flower)
        s.dot(x, y, 2.2, OCHRE.fill)


def pickles(s: Sheet, brine: Tone, lid: Tone = CHAR) -> None:
    """A tall jar of gherkins standing in their brine, with dill."""
    s.shadow(200, 80)
    name = s.body(
        "M126 150C126 138 274 138 274 150V298C274 314 264 322 250 322H150C136 322 126 314 126 298Z", brine, 0.5, 0.1
    )
    with s.inside(name):
        s.fill("M126 132H274V176H126Z", "#fff", 0.45)
        for x, turn, y in ((154, -6, 250), (190, 3, 240), (226, -3, 250), (254, 8, 262)):
            with s.moved(f"translate({x} {y}) rotate({turn})"):
                s.body("M-18 -44C-18 -70 18 -70 18 -44V48C18 74 -18 74 -18 48Z", MOSS)
                s.specks([(-7, -30), (6, -12), (-5, 10), (7, 30), (-6, 42)], "#dfe4bd", 2, 0.7)
        s.line("M134 300C150 260 160 230 158 184M158 214L144 200M157 230L174 214M152 254L138 240", LEAF.fill, 3.4)
        s.dot(206, 304, 8, BUTTER.fill)
        s.dot(240, 308, 6, RUST.fill)
    s.line("M138 176V296", "#fff", 6, 0.5)
    s.body("M132 112C132 104 268 104 268 112V142C268 150 132 150 132 142Z", lid)
    s.line("M132 128H268", "#fff", 2.5, 0.2, square=True)


def tea_tin(s: Sheet, tin: Tone, label: str = CREAM.fill, leaf: Tone = LEAF) -> None:
    """A tea tin with an oval label and two leaves on it."""
    s.shadow(200, 76)
    s.body(slab(132, 138, 136, 184, 9), tin, 0.46, 0.1)
    s.line("M132 162H268M132 304H268", OCHRE.fill, 4, 0.85, square=True)
    s.body("M138 112C138 104 262 104 262 112V138H138Z", tin, 0.46, 0.1)
    s.line("M138 128H262", OCHRE.fill, 3, 0.7, square=True)
    s.disc(200, 234, 48, 56, OCHRE.fill)
    s.disc(200, 234, 44, 52, label)
    for turn in (-32, 32):
        with s.moved(f"translate(200 252) rotate({turn})"):
            s.fill("M0 4C-18-12-15-40 0-54C15-40 18-12 0 4Z", leaf.fill)
            s.fill("M0 4C16-12 15-40 0-54Z", leaf.dark, 0.35)
    s.line("M200 252V268M180 274H220", leaf.fill, 3)


def coffee_bag(s: Sheet, paper: Tone, label: str = CREAM.fill) -> None:
    """A paper bag of coffee, its top folded down, with three beans before it."""
    s.shadow(200, 90)
    s.body("M130 124H270L280 312C280 319 276 322 270 322H130C124 322 120 319 120 312Z", paper, 0.5, 0.1)
    s.line("M150 150L142 316M250 150L258 316", paper.dark, 3, 0.22)
    s.body("M124 104C124 98 276 98 276 104V140C276 146 124 146 124 140Z", paper)
    s.line("M124 122H276", paper.dark, 2.5, 0.3)
    s.block(152, 178, 96, 92, label, 4)
    with s.moved("translate(200 214) rotate(28)"):
        s.fill(oval(0, 0, 19, 26), COCOA.fill)
        s.line("M0-24C-9-8 9 8 0 24", label, 3.5)
    s.line("M170 254H230", COCOA.fill, 4)
    for x, y, turn in ((292, 314, 60), (316, 322, -30), (96, 322, 20)):
        with s.moved(f"translate({x} {y}) rotate({turn})"):
            s.fill(oval(0, 0, 8, 11), COCOA.fill)
            s.line("M0-10C-4-3 4 3 0 10", "#b07a4a", 2)


def chocolate(s: Sheet, wrapper: Tone, bar: Tone = COCOA, mark: str = CREAM.fill) -> None:
    """A bar of chocolate leaning on the wall, its wrapper torn open at the top."""
    s.fill("M158 108L282 92L318 322H128Z", "#2a2118", 0.09)
    s.shadow(208, 88)
    with s.moved("rotate(-5 200 322)"):
        name = s.body(slab(134, 84, 132, 238, 5), bar, 0.5, 0.08)
        with s.inside(name):
            for y in (90, 126, 162):
                for x in (140, 183, 226):
                    s.block(x, y, 36, 30, "#fff", 3, 0.09)
        s.fill("M130 176L148 160L164 174L182 156L200 172L218 158L236 174L252 160L270 172V200H130Z", "#e9e4d8")
        front = s.body("M130 192L152 182L172 194L196 180L220 194L244 182L270 192V322H130Z", wrapper, 0.5, 0.08)
        with s.inside(front):
            for y in (286, 298, 310):
                s.line(f"M126 {y}q12-10 24 0t24 0t24 0t24 0t24 0t24 0", mark, 3, 0.6)
        s.block(154, 218, 92, 48, mark, 3)
        s.line("M170 236H230M182 250H218", wrapper.fill, 4)


def caramels(s: Sheet, glass: Tone, wraps: tuple[str, ...], lid: Tone = WOOD) -> None:
    """Sweets in twists of paper, in a glass jar with a wooden lid."""
    s.shadow(200, 92)
    name = s.body(
        "M112 176C112 162 288 162 288 176V298C288 314 278 322 262 322H138C122 322 112 314 112 298Z", glass, 0.5, 0.08
    )
    with s.inside(name):
        index = 0
        for row, y in enumerate((308, 268, 228)):
            for x in range(130 if row % 2 else 108, 300, 46):
                wrap = wraps[index % len(wraps)]
                index += 1
                with s.moved(f"translate({x} {y}) rotate({(index * 37) % 70 - 35})"):
                    s.fill("M-28-12L-8 0L-28 12ZM28-12L8 0L28 12Z", wrap, 0.75)
                    s.block(-17, -13, 34, 26, wrap, 10)
    s.line("M128 184V300", "#fff", 7, 0.5)
    s.body("M118 142C118 132 282 132 282 142V164C282 174 118 174 118 164Z", lid)
    s.body("M180 138V122C180 112 220 112 220 122V138Z", lid)


APPLES = (Tone("#b5543c", "#4a130a", 0.34), Tone("#c9a13f", "#6b4708", 0.34), Tone("#7d8b57", "#2b331a", 0.34))


def apple(s: Sheet, x: float, y: float, skin: Tone) -> None:
    """An apple whose middle is at x, y."""
    with s.moved(f"translate({x} {y})"):
        s.body("M-36 0C-36 -34 -12 -38 0 -30C12 -38 36 -34 36 0C36 34 14 40 0 36C-14 40 -36 34 -36 0Z", skin)
        s.line("M0 -30C0 -38 3 -44 8 -48", WALNUT.fill, 4)
