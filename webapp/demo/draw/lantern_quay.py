"""The still-lifes of Lantern Quay's goods."""

from functools import partial

from webapp.demo.draw import bakery, cloth, grounds, house, light, pantry, paper, table
from webapp.demo.draw.palette import (
    BLUSH,
    CHAR,
    CLAY,
    COCOA,
    CREAM,
    FOG,
    HARBOUR,
    INK,
    LEAF,
    MOSS,
    OAT,
    OCHRE,
    PLUM,
    RUST,
    SAND,
    SKY,
    SPRUCE,
    WALNUT,
    Tone,
)
from webapp.demo.draw.still_life import StillLife

CRAYONS = (HARBOUR.fill, OCHRE.fill, RUST.fill, LEAF.fill, PLUM.fill)
SWEETS = (OCHRE.fill, CREAM.fill, CLAY.fill, SKY.fill, "#d79a86")
BRASS = Tone("#c99a4a", "#5f3f0c", 0.4)

STILL_LIFES = (
    StillLife("smoked-tea", partial(pantry.tea_tin, tin=INK), *grounds.PIER),
    StillLife("mint-tea", partial(pantry.tea_tin, tin=SKY, leaf=SPRUCE), *grounds.DAWN),
    StillLife("quay-coffee", partial(pantry.coffee_bag, paper=SAND), *grounds.SHORE),
    StillLife("glass-carafe", table.carafe, *grounds.PETAL),
    StillLife("stove-kettle", partial(table.kettle, enamel=HARBOUR), *grounds.DUSK, scale=0.95),
    StillLife("enamel-mug", partial(table.enamel_mug, rim=HARBOUR), *grounds.SLATE),
    StillLife("tea-cup", partial(table.cup_and_saucer, glaze=SKY, inside="#f1f3ee", drink="#a5612c"), *grounds.ROSE),
    StillLife("sea-salt-chocolate", partial(pantry.chocolate, wrapper=HARBOUR), *grounds.SHORE),
    StillLife(
        "orange-chocolate",
        partial(pantry.chocolate, wrapper=CLAY, bar=Tone("#7a4a2c", COCOA.dark, 0.45, 0.12)),
        *grounds.STRAW,
    ),
    StillLife(
        "caramels", partial(pantry.caramels, glass=Tone("#e3e8e6", "#5b6d74", 0.24), wraps=SWEETS), *grounds.MIST
    ),
    StillLife(
        "ginger-biscuits",
        partial(bakery.biscuits, dough=Tone("#c98b4e", "#552b0b", 0.36), string=HARBOUR.fill),
        *grounds.PIER,
    ),
    StillLife("cloth-notebook", partial(paper.notebook, cloth=PLUM), *grounds.DAWN),
    StillLife("pocket-notebooks", partial(paper.pocket_books, covers=(MOSS, OCHRE, HARBOUR)), *grounds.CHALK),
    StillLife("colour-pencils", partial(paper.pencils, cup=SKY, leads=CRAYONS), *grounds.LINEN),
    StillLife("letter-cards", paper.cards, *grounds.SLATE),
    StillLife("lighthouse-print", paper.lighthouse_print, *grounds.DAWN),
    StillLife("harbour-stories", partial(paper.books, covers=(HARBOUR, RUST, SPRUCE)), *grounds.HAY),
    StillLife(
        "wrapping-paper",
        partial(paper.wrapping, papers=(SKY, BLUSH, PLUM), ink=(HARBOUR.fill, RUST.fill, OAT.fill)),
        *grounds.PIER,
    ),
    StillLife("mantel-clock", house.clock, *grounds.SHORE),
    StillLife("ship-lamp", partial(light.lantern, frame=BRASS, wax=FOG), *grounds.PEACH, scale=0.94),
    StillLife("tide-candle", partial(light.glass_candle, glass=HARBOUR), *grounds.PETAL),
    StillLife("bentwood-chair", partial(house.chair, wood=CHAR), *grounds.DAWN, scale=0.95),
    StillLife("toy-boat", house.boat, *grounds.MIST, scale=0.94),
    StillLife("pull-along-whale", house.whale, *grounds.SHORE, scale=0.94),
    StillLife(
        "seaweed-soap",
        partial(house.soap, upper=Tone("#8fa58a", "#2c3f2c", 0.34), lower=SKY, string=WALNUT.fill),
        *grounds.CHALK,
    ),
    StillLife("harbour-towels", partial(cloth.rolled_towels, colours=(CREAM, HARBOUR, SKY)), *grounds.ROSE),
)
