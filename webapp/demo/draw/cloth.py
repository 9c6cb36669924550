"""Things woven, knitted and sewn."""

from webapp.demo.draw.palette import BLUSH, CREAM, MOSS, OAT, OCHRE, RUST, SAND, WOOD, Tone
from webapp.demo.draw.sheet import Sheet, oval, slab


def throw(s: Sheet, wool: Tone = BLUSH, stripe: str = RUST.fill) -> None:
    """A folded throw with one band of stripes and a fringe."""
    s.shadow(200, 118)
    s.body(
        "M96 190C96 168 116 160 140 160H262C288 160 306 170 306 192V300C306 314 296 322 282 322H118C104 322 96 312 96 300Z",
        wool,
    )
    for y in (206, 252, 296):
        s.line(f"M98 {y}C150 {y + 9} 250 {y + 9} 304 {y}", stripe, 3, 0.55)
    s.fill("M132 160H190V322H132Z", stripe, 0.72)
    s.line("M146 160v162M176 160v162", CREAM.fill, 3, 0.75, square=True)
    s.line("".join(f"M{x} 322v13" for x in range(136, 190, 9)), stripe, 3.4)


def scarf(s: Sheet, wool: Tone, stripe: str, peg: Tone = WOOD) -> None:
    """A scarf hung over a peg, both ends falling."""
    s.body(slab(96, 84, 208, 26, 7), peg)
    s.fill("M150 128L142 306H196L204 128Z", "#2a2118", 0.12)
    for outline, low, left, right in (
        ("M192 104C214 96 240 104 246 122L262 262H206L192 130Z", 262, 206, 262),
        ("M146 124C152 98 196 92 214 108C222 118 210 128 204 140L196 292H132Z", 292, 132, 196),
    ):
        name = s.body(outline, wool, 0.5, 0.12)
        with s.inside(name):
            for y in (low - 66, low - 44, low - 22):
                s.line(f"M110 {y}H290", stripe, 8, 0.85, square=True)
        s.line("".join(f"M{x} {low + 2}v17" for x in range(left + 4, right, 8)), wool.fill, 3.6)
    s.fill("M204 140C206 126 216 118 214 108L228 130Z", wool.dark, 0.25)
    s.body("M186 78C186 68 214 68 214 78V100C214 108 186 108 186 100Z", peg)


def hat(s: Sheet, wool: Tone = OCHRE, pompom: Tone = OAT) -> None:
    """A ribbed knitted hat with a pompom."""
    s.shadow(200, 112)
    s.body(oval(200, 116, 36, 34), pompom)
    s.line("M180 104l8 6M206 94l-2 10M222 116l-10 2M184 128l10-4M208 130l2-9M196 112l6 2", pompom.dark, 3, 0.4)
    name = s.body("M108 268C108 184 146 138 200 138C254 138 292 184 292 268Z", wool)
    with s.inside(name):
        for x in range(-4, 5):
            s.line(f"M{200 + x * 5} 138Q{200 + x * 27} 180 {200 + x * 23} 268", wool.dark, 2.6, 0.32)
    cuff = s.body(slab(98, 252, 204, 70, 20), wool, 0.46)
    with s.inside(cuff):
        s.line("".join(f"M{x} 250V324" for x in range(114, 300, 16)), wool.dark, 3, 0.32)
    s.line("M112 252H288", wool.dark, 3, 0.25)


def socks(s: Sheet, wool: Tone = MOSS, heel: Tone = CREAM) -> None:
    """A pair of walking socks with light heels and toes."""
    s.shadow(206, 104)
    for x, y, shade in ((26, -18, 0.16), (-30, 0, 0.0)):
        with s.moved(f"translate({x} {y})"):
            name = s.body(
                "M142 92H212V222C212 242 232 252 262 262C294 272 304 288 300 304C298 316 288 322 272 322H204C166 322 142 302 142 262Z",
                wool,
                0.5,
                0.1,
            )
            with s.inside(name):
                s.fill("M132 250C160 240 184 262 178 300L170 330H130Z", heel.fill, 0.9)
                s.fill("M264 256C254 284 258 304 268 330H320V250Z", heel.fill, 0.9)
                s.block(136, 90, 80, 34, heel.fill, opacity=0.9)
                s.line("".join(f"M{at} 92V122" for at in range(150, 212, 10)), wool.fill, 3, 0.7)
                s.line("M140 140H214M140 152H214", heel.fill, 4, 0.8, square=True)
                if shade:
                    s.block(120, 80, 200, 260, "#1d1a12", opacity=shade)


def cushion(s: Sheet, linen: Tone = OAT, stripe: str = RUST.fill) -> None:
    """A plump cushion with woven stripes."""
    s.shadow(204, 118)
    name = s.body(
        "M92 132C120 148 280 148 308 132C324 124 330 140 320 156C310 194 310 260 320 298C330 318 322 330 306 322"
        "C280 308 120 308 94 322C78 330 70 318 80 298C90 260 90 194 80 156C70 140 76 124 92 132Z",
        linen,
        0.5,
        0.1,
    )
    with s.inside(name):
        for x, width in ((134, 16), (154, 5), (246, 5), (258, 16)):
            s.line(
                f"M{x} 120C{x - (200 - x) * 0.16:.0f} 190 {x - (200 - x) * 0.16:.0f} 260 {x} 334", stripe, width, 0.75
            )
        s.line(
            "M100 152C112 160 122 164 132 164M300 152C288 160 278 164 268 164M104 304C116 296 126 292 136 292",
            linen.dark,
            3,
            0.3,
        )


def tea_towels(s: Sheet, left: Tone, right: Tone, left_stripe: str, right_stripe: str) -> None:
    """Two tea towels hung over a rail."""
    s.fill("M118 118H206V300H118ZM224 118H312V280H224Z", "#2a2118", 0.1)
    s.line("M70 104H330", "#b58a3c", 9)
    for x, low, cloth, stripe in ((104, 294, left, left_stripe), (210, 272, right, right_stripe)):
        name = s.body(f"M{x} 106C{x} 94 {x + 88} 94 {x + 88} 106L{x + 90} {low}H{x - 2}Z", cloth, 0.48, 0.1)
        with s.inside(name):
            for y, width in ((low - 16, 5), (low - 32, 13), (low - 48, 5)):
                s.line(f"M{x - 6} {y}H{x + 96}", stripe, width, 0.85, square=True)
            s.line(f"M{x + 30} 124C{x + 26} 170 {x + 34} 200 {x + 28} {low - 70}", cloth.dark, 3, 0.22)
    for x in (92, 308):
        s.body(slab(x - 7, 82, 14, 30, 5), Tone("#b58a3c", "#4d3410"))


def gloves(s: Sheet, leather: Tone = SAND, cuff: Tone = MOSS) -> None:
    """A pair of garden gloves standing on their cuffs."""
    s.shadow(204, 100)
    for transform, dim in (("translate(64 0) rotate(9 200 322)", 0.12), ("translate(-36 0) rotate(-6 200 322)", 0.0)):
        with s.moved(transform):
            hand = s.body(
                "M154 268V232C136 216 116 198 110 184C102 166 124 156 136 170L154 190V120C154 102 180 102 180 120"
                "V100C180 82 207 82 207 100V110C207 92 233 92 233 110V132C233 116 256 116 256 134V268Z",
                leather,
                0.52,
                0.1,
            )
            s.line("M180 122V176M207 114V176M233 134V180M154 192V214", leather.dark, 3, 0.45)
            if dim:
                with s.inside(hand):
                    s.block(90, 70, 190, 220, "#2a2118", opacity=dim)
            s.body("M150 256C180 264 230 264 260 256L266 322H144Z", cuff)
            s.line("M148 276C180 284 230 284 262 276", CREAM.fill, 2.6, 0.7)


def rolled_towels(s: Sheet, colours: tuple[Tone, Tone, Tone]) -> None:
    """Three rolled towels in a heap, seen from their ends."""
    s.shadow(206, 112)
    for cx, cy, cloth in zip((144, 252, 198), (268, 268, 176), colours, strict=True):
        s.body(oval(cx, cy, 54, 54), cloth, 0.48, 0.1)
        s.line(
            f"M{cx + 54} {cy}C{cx + 54} {cy - 52} {cx - 40} {cy - 56} {cx - 40} {cy}C{cx - 40} {cy + 50} {cx + 38} {cy + 50} {cx + 38} {cy}"
            f"C{cx + 38} {cy - 36} {cx - 24} {cy - 38} {cx - 24} {cy}C{cx - 24} {cy + 30} {cx + 21} {cy + 30} {cx + 21} {cy}"
            f"C{cx + 21} {cy - 18} {cx - 8} {cy - 20} {cx - 8} {cy + 2}",
            cloth.dark,
            3.6,
            0.45,
        )
