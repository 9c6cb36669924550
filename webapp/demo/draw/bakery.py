"""Things from the bakery."""

from webapp.demo.draw.palette import BUTTER, CREAM, CRUST, RUST, Tone
from webapp.demo.draw.sheet import Sheet, oval


def loaf(s: Sheet, crust: Tone = CRUST) -> None:
    """A rye loaf with three cuts and caraway on it."""
    s.shadow(205, 132)
    s.body(
        "M70 276C70 218 128 190 200 190C272 190 330 218 330 276C330 306 308 322 282 322H118C92 322 70 306 70 276Z",
        crust,
        0.36,
        0.14,
    )
    for x in (136, 184, 232):
        s.fill(f"M{x - 22} 252C{x - 16} 226 {x + 6} 206 {x + 30} 202C{x + 22} 222 {x + 4} 246 {x - 22} 252Z", "#efd9ae")
        s.line(f"M{x - 22} 252C{x - 6} 244 {x + 14} 228 {x + 30} 202", "#8a4f22", 2.5, 0.55)
    s.specks(
        [
            (110, 262),
            (126, 286),
            (160, 276),
            (196, 290),
            (226, 274),
            (262, 284),
            (292, 262),
            (280, 300),
            (146, 302),
            (214, 306),
        ],
        "#f6e7c6",
        2.4,
    )


def knots(s: Sheet, crust: Tone = CRUST) -> None:
    """Three sugared cardamom knots, one upon two."""
    s.shadow(204, 122)
    for cx, cy in ((136, 270), (264, 270), (200, 190)):
        name = s.body(oval(cx, cy, 66, 52), Tone("#cf9250", crust.dark, 0.36, 0.2), 0.46, 0.1)
        with s.inside(name):
            for dx in (-44, -14, 18):
                s.line(
                    f"M{cx + dx - 18} {cy + 60}C{cx + dx - 14} {cy + 6} {cx + dx + 14} {cy - 8} {cx + dx + 40} {cy - 56}",
                    "#7a4a1e",
                    4.5,
                    0.55,
                )
            s.line(
                f"M{cx - 70} {cy - 8}C{cx - 30} {cy - 34} {cx + 20} {cy - 30} {cx + 70} {cy + 8}", "#f0cf9a", 15, 0.8
            )
            s.line(
                f"M{cx - 70} {cy + 2}C{cx - 30} {cy - 24} {cx + 20} {cy - 20} {cx + 70} {cy + 18}", "#7a4a1e", 3, 0.5
            )
        s.specks(
            [
                (cx - 34, cy - 20),
                (cx - 10, cy - 28),
                (cx + 14, cy - 22),
                (cx + 36, cy - 6),
                (cx - 22, cy + 8),
                (cx + 8, cy + 14),
            ],
            "#fff8ea",
            3,
            0.95,
        )


def batons(s: Sheet, crust: Tone = CRUST, paper: Tone = CREAM) -> None:
    """Two long loaves in a paper sleeve."""
    s.shadow(204, 74)
    for x, turn in ((232, 9), (172, -7)):
        with s.moved(f"rotate({turn} 200 322)"):
            s.body(
                f"M{x - 28} 110C{x - 28} 66 {x + 28} 66 {x + 28} 110V312H{x - 28}Z",
                Tone("#c98a48", crust.dark, 0.4, 0.18),
                0.48,
                0.1,
            )
            for y in (110, 150, 190):
                s.fill(
                    f"M{x - 16} {y + 16}C{x - 14} {y - 4} {x + 4} {y - 14} {x + 18} {y - 16}C{x + 16} {y + 2} {x + 2} {y + 14} {x - 16} {y + 16}Z",
                    "#f2ddb2",
                )
    name = s.body(
        "M132 206L164 196L200 208L238 194L276 204L258 314C257 320 252 322 246 322H162C156 322 151 320 150 314Z",
        paper,
        0.5,
        0.1,
    )
    with s.inside(name):
        s.line("M140 248H268M142 262H266", RUST.fill, 4, 0.6, square=True)
        s.line("M172 200L180 322M232 198L226 322", paper.dark, 2.5, 0.16)


def crispbread(s: Sheet, crust: Tone = BUTTER) -> None:
    """Round crispbreads: a pile, and one leaning on it with its hole."""
    s.shadow(210, 120)
    for y in (304, 286, 268, 250):
        s.body(
            f"M134 {y}C134 {y - 12} 316 {y - 12} 316 {y}V{y + 10}C316 {y + 22} 134 {y + 22} 134 {y + 10}Z",
            Tone("#c89a5c", "#57330f", 0.36),
        )
    s.disc(225, 249, 91, 10, "#e0bd84")
    with s.moved("rotate(-8 150 322)"):
        s.disc(168, 216, 104, 105, "#2a2118", 0.13)
        s.body(oval(158, 216, 104, 105), Tone("#d9ae6c", "#6b4216", 0.3), 0.46, 0.1)
        s.dot(158, 216, 17, "#8d6a3b")
        s.line("M146 228a17 17 0 0 1 0-24", "#57330f", 4, 0.5)
        rows = [
            (158 + dx, 216 + dy)
            for dy in range(-80, 81, 27)
            for dx in range(-81, 82, 27)
            if 900 < dx * dx + dy * dy < 8300
        ]
        s.specks(rows, "#6b4216", 3, 0.45)


def biscuits(s: Sheet, dough: Tone, string: str = RUST.fill) -> None:
    """A tall stack of ginger biscuits tied with string."""
    s.shadow(200, 92)
    for index, y in enumerate(range(298, 166, -22)):
        shift = (0, 6, -5, 4, -3, 5, 0)[index]
        s.body(
            f"M{116 + shift} {y}C{116 + shift} {y - 14} {284 + shift} {y - 14} {284 + shift} {y}V{y + 12}"
            f"C{284 + shift} {y + 26} {116 + shift} {y + 26} {116 + shift} {y + 12}Z",
            dough,
        )
    s.disc(203, 187, 83, 14, "#dca466")
    s.line("M150 184l10 4M190 178l10 2M238 182l-8 5M214 192l10 1M176 194l8-2", "#7a4a1e", 4, 0.6)
    s.line("M206 178C198 184 200 192 206 200V322", string, 4.5)
    s.line("M206 182C184 148 164 166 206 182C236 150 250 168 206 182M206 182L186 206M206 182L228 204", string, 4.5)
