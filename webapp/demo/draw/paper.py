"""Things of paper: books, cards, a print and what writes on them."""

from webapp.demo.draw.palette import CHAR, CREAM, HARBOUR, INK, LEAF, OAT, OCHRE, RUST, SKY, WALNUT, WOOD, Tone
from webapp.demo.draw.sheet import Sheet, oval, slab


def notebook(s: Sheet, cloth: Tone, band: str = OCHRE.fill, label: str = CREAM.fill) -> None:
    """A cloth-bound notebook standing, its pages to the right and a ribbon below."""
    s.fill("M150 106L296 96L322 322H150Z", "#2a2118", 0.09)
    s.shadow(210, 96)
    s.line("M230 314L236 344L228 338L222 346L222 314", RUST.fill, 5)
    s.body(slab(128, 100, 160, 220, 5), CREAM, 0.9, 0.02)
    s.line("M282 108V314M277 108V314", WALNUT.fill, 1.5, 0.35)
    name = s.body(
        "M122 104C122 96 126 94 132 94H266C271 94 274 97 274 102V314C274 319 271 322 266 322H132C126 322 122 320 122 312Z",
        cloth,
        0.5,
        0.1,
    )
    with s.inside(name):
        s.block(122, 90, 24, 240, cloth.dark, opacity=0.3)
        s.line("M146 92V324", "#fff", 1.8, 0.3, square=True)
        s.line("M252 90V326", band, 7, 0.95, square=True)
    s.block(164, 134, 72, 44, label, 3)
    s.line("M176 150H224M176 163H208", cloth.fill, 3.5)


def pocket_books(s: Sheet, covers: tuple[Tone, Tone, Tone]) -> None:
    """Three thin pocket notebooks fanned out and stapled."""
    s.shadow(208, 106)
    for turn, cover in zip((17, 4, -9), covers, strict=True):
        with s.moved(f"rotate({turn} 170 322)"):
            s.body(slab(124, 118, 132, 204, 9), cover, 0.5, 0.1)
            s.line("M131 166v22M131 258v22", "#e9e4d8", 3)
            s.block(156, 146, 68, 34, CREAM.fill, 3)
            s.line("M166 163H214", cover.fill, 3.5)


def pencils(s: Sheet, cup: Tone, leads: tuple[str, ...]) -> None:
    """A cup of colour pencils."""
    s.shadow(200, 78)
    for index, (x, top, turn) in enumerate(
        ((150, 122, -15), (176, 92, -6), (204, 106, 2), (230, 84, 8), (254, 118, 17))
    ):
        lead = leads[index % len(leads)]
        with s.moved(f"rotate({turn} {x} 300)"):
            s.body(f"M{x - 10} {top + 34}H{x + 10}V290H{x - 10}Z", Tone(lead, "#1d140c", 0.3), 0.5, 0.2)
            s.fill(
                f"M{x - 10} {top + 34}L{x} {top}L{x + 10} {top + 34}L{x + 5} {top + 30}L{x} {top + 34}L{x - 5} {top + 30}Z",
                "#e8caa0",
            )
            s.fill(f"M{x - 3.5} {top + 12}L{x} {top}L{x + 3.5} {top + 12}Z", lead)
    name = s.body("M128 212H272L264 308C263 318 256 322 248 322H152C144 322 137 318 136 308Z", cup)
    with s.inside(name):
        s.line("M128 222H272", "#fff", 4, 0.35, square=True)
        s.line(
            "M120 270q13-12 26 0t26 0t26 0t26 0t26 0t26 0M120 286q13-12 26 0t26 0t26 0t26 0t26 0t26 0",
            CREAM.fill,
            3.5,
            0.65,
        )


def cards(s: Sheet, paper: Tone = OAT, card: Tone = HARBOUR, seal: str = RUST.fill) -> None:
    """A letter card with a printed sprig, before it its envelope, sealed."""
    s.shadow(210, 118)
    with s.moved("rotate(5 220 300)"):
        s.body(slab(164, 92, 140, 214, 4), card, 0.5, 0.08)
        s.line("M234 268C230 220 238 170 234 124", CREAM.fill, 3.5)
        for y, side in ((250, 1), (228, -1), (206, 1), (184, -1), (162, 1), (140, -1)):
            s.fill(
                f"M234 {y}C{234 + side * 10} {y - 22} {234 + side * 28} {y - 24} {234 + side * 38} {y - 20}C{234 + side * 32} {y - 4} {234 + side * 16} {y + 4} 234 {y}Z",
                CREAM.fill,
            )
    name = s.body(slab(76, 202, 196, 120, 5), paper, 0.55, 0.06)
    with s.inside(name):
        s.fill("M76 322L152 260H196L272 322Z", "#fff", 0.3)
        s.line("M76 322L152 260M272 322L196 260", paper.dark, 2.5, 0.4)
    s.fill("M78 204H270L182 274C177 278 171 278 166 274Z", paper.dark, 0.2)
    s.fill("M78 203H270L182 268C177 272 171 272 166 268Z", "#f7f0e2")
    s.dot(174, 266, 17, seal)
    s.dot(174, 266, 11, "#fff", 0.16)
    s.fill("M178 249.5a17 17 0 0 1 0 33Z", "#2a0d06", 0.25)


def lighthouse_print(s: Sheet, frame: Tone = WOOD, sky: str = "#d9dfdc", sea: Tone = HARBOUR) -> None:
    """A framed linocut of a lighthouse, leaning on the wall."""
    s.fill("M140 90L302 80L322 322H140Z", "#2a2118", 0.1)
    s.shadow(208, 96)
    s.body(slab(104, 72, 192, 250, 4), frame, 0.5, 0.06)
    s.block(116, 84, 168, 226, "#fbf8f0")
    s.fill("M200 84H284V310H236Z", "#a5703c", 0.08)
    s.block(138, 108, 124, 176, sky)
    s.dot(168, 138, 14, OCHRE.fill, 0.85)
    s.fill("M216 148L262 128V172L216 160Z", "#fff3cf", 0.9)
    s.fill("M138 246H262V284H138Z", sea.fill)
    s.line("M144 260q8-6 16 0t16 0M150 274q8-6 16 0t16 0M230 270q7-6 14 0t14 0", CREAM.fill, 2.5, 0.7)
    s.fill("M172 250C182 232 236 232 248 250V256H172Z", INK.fill)
    s.fill("M196 242L201 166H221L226 242Z", CREAM.fill)
    s.fill("M198.8 200L200.4 182H221.6L223.2 200ZM196.7 232L198 214H224L225.3 232Z", RUST.fill)
    s.fill("M211 166H221L226 242H211Z", "#2a2118", 0.22)
    s.block(202, 150, 18, 16, OCHRE.fill)
    s.fill("M199 150L211 138L223 150Z", INK.fill)


def books(s: Sheet, covers: tuple[Tone, Tone, Tone], ribbon: str = OCHRE.fill) -> None:
    """Three books lying in a pile, a cup-mark's worth of wear on their spines."""
    s.shadow(208, 124)
    for (x, y, width, height), cover in zip(
        ((74, 270, 250, 52), (92, 222, 222, 48), (80, 182, 230, 40)), covers, strict=True
    ):
        s.body(slab(x + 20, y + 5, width - 22, height - 10, 3), CREAM, 0.6, 0.02)
        s.line(
            f"M{x + 40} {y + height * 0.36:.0f}H{x + width - 6}M{x + 40} {y + height * 0.62:.0f}H{x + width - 6}",
            WALNUT.fill,
            1.6,
            0.3,
        )
        s.body(
            f"M{x + 16} {y}H{x + width}V{y + 7}H{x + width * 0.7:.0f}V{y + height - 7}H{x + width}V{y + height}H{x + 16}"
            f"C{x - 4} {y + height} {x - 4} {y} {x + 16} {y}Z",
            cover,
            0.6,
            0.05,
        )
        s.line(
            f"M{x + 40} {y + 1}V{y + height - 1}M{x + width * 0.7 - 18:.0f} {y + 1}V{y + height - 1}",
            ribbon,
            3,
            0.8,
            square=True,
        )
        s.line(f"M{x + 62} {y + height / 2:.0f}H{x + width * 0.7 - 42:.0f}", CREAM.fill, 5, 0.85)
    s.line("M286 322C290 332 284 338 290 348", RUST.fill, 4)


def wrapping(s: Sheet, papers: tuple[Tone, Tone, Tone], ink: tuple[str, str, str]) -> None:
    """Three rolls of wrapping paper, each with its print."""
    s.shadow(206, 104)
    for index, (x, top) in enumerate(((128, 132), (264, 108), (196, 84))):
        low = 322 if index < 2 else 326
        name = s.body(
            f"M{x - 34} {top}H{x + 34}V{low - 8}C{x + 34} {low + 2} {x - 34} {low + 2} {x - 34} {low - 8}Z",
            papers[index],
            0.5,
            0.1,
        )
        with s.inside(name):
            for row, y in enumerate(range(top + 28, 330, 30)):
                if index == 0:
                    s.line(f"M{x - 40} {y}" + "q10-9 20 0" + "t20 0" * 3, ink[0], 4, 0.8)
                elif index == 1:
                    s.line(f"M{x - 40} {y + 16}L{x + 40} {y - 14}", ink[1], 7, 0.8)
                else:
                    s.line("".join(f"M{x + dx + (12 if row % 2 else 0)} {y}h0" for dx in (-24, 0, 24)), ink[2], 10, 0.9)
        s.fill(oval(x, top, 34, 9), CREAM.fill)
        s.fill(oval(x, top, 24, 6), papers[index].fill, 0.55)
        s.fill(oval(x, top, 14, 3.6), CHAR.fill, 0.75)


def seed_packet(s: Sheet, paper: Tone = SKY, leaf: Tone = LEAF) -> None:
    """A paper packet of seeds with a poppy on it."""
    s.fill("M154 120L286 110L304 322H154Z", "#2a2118", 0.09)
    s.shadow(206, 84)
    s.body(slab(130, 108, 140, 214, 4), paper, 0.5, 0.08)
    s.line("M130 128H270", paper.dark, 2.5, 0.35, square=True)
    s.line("M200 292C196 262 202 240 200 212", leaf.fill, 5)
    s.fill(
        "M199 276C176 276 166 262 162 246C180 248 194 258 199 276ZM200 262C220 262 232 248 236 234C216 236 204 246 200 262Z",
        leaf.fill,
    )
    s.fill(
        "M200 222C164 222 156 190 164 166C176 176 188 172 200 162C212 172 224 176 236 166C244 190 236 222 200 222Z",
        RUST.fill,
    )
    s.fill("M200 222C236 222 244 190 236 166C224 176 212 172 200 162Z", RUST.dark, 0.25)
    s.dot(200, 200, 9, CHAR.fill)
    s.block(160, 134, 80, 18, CREAM.fill, 3)
