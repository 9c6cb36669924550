"""Things for the house: wood, soap, a clock, and two toys."""

from webapp.demo.draw.palette import CHAR, CREAM, HARBOUR, INK, OCHRE, RUST, SAND, WALNUT, WOOD, Tone
from webapp.demo.draw.sheet import Sheet, oval, slab


def board(s: Sheet, wood: Tone = WOOD) -> None:
    """A serving board with a short handle, leaning on the wall."""
    s.fill("M140 140L300 130L316 322H140Z", "#2a2118", 0.1)
    s.shadow(206, 92)
    name = s.body(
        "M180 124V88C180 66 220 66 220 88V124H256C274 124 284 136 284 154V298C284 312 274 322 260 322H140C126 322 116 312 116 298"
        "V154C116 136 126 124 144 124Z",
        wood,
        0.5,
        0.08,
    )
    with s.inside(name):
        s.line(
            "M146 120C140 190 152 250 144 326M176 120C172 180 184 210 176 326M214 120C222 200 208 260 216 326M252 120C246 190 258 250 250 326",
            WALNUT.fill,
            3,
            0.5,
        )
        s.line(
            "M186 226C186 212 204 212 204 228C204 244 182 246 182 226C182 200 212 200 212 230", WALNUT.fill, 2.5, 0.5
        )
    s.dot(200, 92, 8, CHAR.fill, 0.55)


def spoons(s: Sheet, wood: Tone = WOOD, other: Tone = WALNUT, cord: str = RUST.fill) -> None:
    """Two wooden spoons tied with a cord."""
    s.disc(216, 325, 78, 9, "#2a2118", 0.14)
    for turn, tone in ((17, other), (-13, wood)):
        with s.moved(f"rotate({turn} 200 262)"):
            s.body("M194 150H206L209 320C209 328 191 328 191 320Z", tone, 0.5, 0.1)
            s.body(oval(200, 108, 37, 52), tone, 0.5, 0.1)
            s.disc(199, 106, 27, 40, tone.dark, 0.28)
            s.disc(204, 112, 20, 31, tone.fill, 0.6)
    s.line("M182 258C192 266 208 266 218 258M182 266C192 274 208 274 218 266", cord, 4.5)
    s.line("M204 268C226 276 234 292 226 306M200 268C194 284 184 294 176 296", cord, 3.5)


def stool(s: Sheet, wood: Tone = WOOD, seat: Tone = WOOD) -> None:
    """A three-legged stool."""
    s.shadow(206, 108)
    s.line("M128 268C160 278 240 278 270 268", wood.dark, 7, 0.75)
    s.body("M194 190H214L216 330C216 334 204 334 202 330Z", wood, 0.5)
    s.body("M132 180H156L114 318C112 324 96 324 98 316Z", wood, 0.5)
    s.body("M244 180H268L302 316C304 324 288 324 286 318Z", wood, 0.4)
    s.body("M92 164C92 148 308 148 308 164V178C308 198 92 198 92 178Z", seat, 0.46)
    s.disc(200, 163, 108, 15, "#fff", 0.16)
    s.disc(206, 166, 78, 9, seat.dark, 0.16)


def chair(s: Sheet, wood: Tone = WALNUT, cane: Tone = SAND) -> None:
    """A bentwood chair with a cane seat."""
    s.shadow(208, 92)
    s.line("M142 236C120 130 146 62 200 62C254 62 280 130 258 236", wood.fill, 12)
    s.line("M168 232C154 152 168 102 200 102C232 102 246 152 232 232", wood.fill, 8)
    s.line("M226 68C262 90 274 150 258 236", wood.dark, 11, 0.35)
    s.line("M156 240L148 306M244 240L254 306", wood.dark, 10, 0.9)
    s.line("M134 246C132 280 128 304 120 324M266 246C268 280 272 304 280 324", wood.fill, 12)
    s.line("M132 284C170 296 230 296 268 284", wood.fill, 6)
    s.body("M118 236C118 214 282 214 282 236C282 262 118 262 118 236Z", wood)
    name = s.body("M134 232C134 218 266 218 266 232C266 248 134 248 134 232Z", cane)
    with s.inside(name):
        s.line("".join(f"M{x} 216l20 32M{x + 20} 216l-20 32" for x in range(124, 276, 16)), WALNUT.fill, 1.8, 0.6)


def table_brush(s: Sheet, handle: Tone = WOOD, bristle: Tone = SAND) -> None:
    """A hand brush, its bristles down."""
    s.shadow(222, 116)
    name = s.body("M150 246H330L340 314C340 319 336 322 330 322H152C146 322 142 319 142 314Z", bristle, 0.46)
    with s.inside(name):
        s.line(
            "".join(f"M{x} 244L{x - 6 + (x - 240) / 14:.0f} 324" for x in range(158, 336, 13)), WALNUT.fill, 2.6, 0.45
        )
    s.body(
        "M52 208C52 192 70 186 92 190C120 195 150 204 176 204H320C332 204 338 210 338 222V236C338 246 332 250 322 250H156"
        "C132 250 112 232 84 228C62 226 52 222 52 208Z",
        handle,
        0.5,
        0.06,
    )
    s.dot(72, 208, 6, CHAR.fill, 0.6)
    s.line("M76 202C56 160 92 150 82 196", RUST.fill, 4)
    s.line("M186 222H310", WALNUT.fill, 2.5, 0.5)


def soap(s: Sheet, upper: Tone, lower: Tone, string: str = RUST.fill, mark: str = "wave") -> None:
    """Two bars of soap, one upon the other, the upper one tied and stamped (`mark`: wave or oat)."""
    s.shadow(206, 118)
    s.body(slab(88, 252, 226, 70, 20), lower, 0.5, 0.08)
    s.specks([(120, 280), (150, 304), (186, 284), (226, 302), (262, 278), (292, 300)], lower.dark, 2.4, 0.5)
    s.body("M118 196L136 176H290L304 196Z", Tone(upper.fill, "#fff", 0.3, 0.3))
    s.body(slab(108, 188, 206, 66, 16), upper, 0.5, 0.08)
    if mark == "wave":
        s.line("M134 214q10-10 20 0t20 0M134 230q10-10 20 0t20 0", upper.dark, 4, 0.6)
    else:
        s.line(
            "M134 236C148 226 160 216 170 204M146 228L140 214M156 219L152 205M150 226L164 230M160 216L174 218",
            upper.dark,
            4,
            0.6,
        )
    s.line("M226 178V254M222 178V254", string, 4)
    s.line("M224 180C200 150 182 170 224 180C252 148 268 168 224 180M224 180L204 200M224 180L246 198", string, 4.5)


def clock(s: Sheet, case: Tone = WALNUT, face: str = CREAM.fill) -> None:
    """A mantel clock, ten past ten."""
    s.shadow(204, 108)
    s.body("M106 308V206C106 144 148 104 200 104C252 104 294 144 294 206V308Z", case, 0.48, 0.08)
    s.body(slab(88, 300, 224, 22, 6), case)
    s.dot(200, 206, 74, OCHRE.fill)
    s.dot(200, 206, 67, face)
    s.fill("M200 139a67 67 0 0 0 0 134 80 80 0 0 1 0-134Z", "#a5703c", 0.16)
    s.line("M200 148V158M258 206H248M200 264V254M142 206H152", INK.fill, 5)
    s.line(
        "M229 156L226 161M250 177L245 180M250 235L245 232M229 256L226 251M171 256L174 251M150 235L155 232M150 177L155 180M171 156L174 161",
        INK.fill,
        2.6,
        0.7,
    )
    s.line("M200 206L168 186", INK.fill, 6)
    s.line("M200 206L234 172", INK.fill, 4.5)
    s.dot(200, 206, 6, OCHRE.fill)
    s.line("M160 288H240", OCHRE.fill, 4, 0.8)


def boat(s: Sheet, hull: Tone = HARBOUR, sail: Tone = CREAM, stripe: str = RUST.fill) -> None:
    """A toy sailing boat."""
    s.shadow(208, 104)
    s.body("M194 72H204V262H194Z", WOOD)
    s.fill("M204 72L244 84L204 98Z", stripe)
    s.body("M186 116V250H98C130 220 168 170 186 116Z", sail, 0.6, 0.1)
    name = s.body("M212 100C256 140 292 196 306 250H212Z", sail, 0.5, 0.1)
    with s.inside(name):
        s.line("M200 206H320M200 190H320", stripe, 8, 0.85, square=True)
    s.body("M78 262H326C318 298 296 322 262 322H148C112 322 88 298 78 262Z", hull, 0.5, 0.08)
    s.body("M70 254C70 250 334 250 334 254L330 268H74Z", WOOD, 0.5, 0.05)
    s.line("M98 286C160 296 250 296 308 286", "#fff", 4, 0.5)


def whale(s: Sheet, wood: Tone = HARBOUR, belly: str = CREAM.fill) -> None:
    """A wooden whale on four wheels, with a cord to pull it by."""
    s.shadow(196, 118)
    s.line("M84 286C62 300 60 318 48 330", RUST.fill, 4)
    s.dot(48, 330, 8, OCHRE.fill)
    name = s.body(
        "M72 262C72 202 120 172 178 172C236 172 256 214 284 216C298 216 304 204 302 190C290 184 282 172 282 156C300 154 314 162 320 174"
        "C328 162 342 156 358 160C356 178 346 190 332 194C338 250 306 300 244 300H108C86 300 72 286 72 262Z",
        wood,
        0.46,
        0.06,
    )
    with s.inside(name):
        s.fill("M60 268C110 284 190 286 260 262L290 310H60Z", belly, 0.85)
        s.line("M92 282L104 300M120 286L130 302M150 287L158 302M180 285L188 302M210 280L220 298", wood.fill, 2.5, 0.5)
    s.dot(116, 234, 7, INK.fill)
    s.dot(114, 232, 2.4, "#fff")
    s.line("M86 262C96 268 106 268 116 264", INK.fill, 3.5, 0.7)
    s.line("M164 160C164 140 152 130 140 130M168 160C168 138 180 126 194 128", "#fff", 6, 0.85)
    for x in (126, 232):
        s.body(oval(x, 304, 22, 22), WOOD)
        s.dot(x, 304, 6, CHAR.fill, 0.7)
