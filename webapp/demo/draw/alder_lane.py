"""The still-lifes of Alder Lane's goods."""

from functools import partial

from webapp.demo.draw import bakery, cloth, garden, grounds, house, light, pantry, paper, table
from webapp.demo.draw.palette import BLUSH, CLAY, CREAM, FOG, INK, LEAF, MOSS, OAT, OCHRE, SAND, SPRUCE, Tone
from webapp.demo.draw.still_life import StillLife

STILL_LIFES = (
    StillLife("breakfast-bowl", table.bowl, *grounds.LINEN),
    StillLife("serving-bowl", table.serving_bowl, *grounds.HAY, scale=0.94),
    StillLife("morning-mug", table.mug, *grounds.MIST),
    StillLife("espresso-cup", partial(table.cup_and_saucer, glaze=CLAY, inside="#e0a582"), *grounds.CHALK),
    StillLife("tall-pitcher", table.pitcher, *grounds.ROSE),
    StillLife("stoneware-teapot", table.teapot, *grounds.PEACH, scale=0.98),
    StillLife("dinner-plate", table.plate, *grounds.REED),
    StillLife("bud-vase", partial(table.bud_vase, glaze=BLUSH), *grounds.SAGE),
    StillLife("salt-jar", table.lidded_jar, *grounds.STRAW, scale=0.96),
    StillLife("serving-board", house.board, *grounds.CHALK),
    StillLife("cooking-spoons", house.spoons, *grounds.PETAL),
    StillLife("egg-cups", partial(table.egg_cups, left=SPRUCE, right=OCHRE), *grounds.LINEN),
    StillLife("pebble-lamp", light.pebble_lamp, *grounds.DUSK),
    StillLife("beeswax-tapers", light.tapers, *grounds.RAIN, scale=0.9),
    StillLife("storm-lantern", partial(light.lantern, frame=INK), *grounds.DUSK, scale=0.94),
    StillLife("desk-lamp", light.desk_lamp, *grounds.PEACH, scale=0.95),
    StillLife(
        "juniper-candle", partial(light.pillar_candle, wax=CREAM, dish=CLAY, sprig=LEAF.fill), *grounds.SAGE, scale=0.95
    ),
    StillLife("linen-throw", cloth.throw, *grounds.CHALK),
    StillLife("lambswool-scarf", partial(cloth.scarf, wool=SPRUCE, stripe=SAND.fill), *grounds.ROSE),
    StillLife("ribbed-hat", cloth.hat, *grounds.MIST),
    StillLife("walking-socks", cloth.socks, *grounds.LINEN),
    StillLife("striped-cushion", cloth.cushion, *grounds.REED),
    StillLife(
        "tea-towels",
        partial(cloth.tea_towels, left=CREAM, right=FOG, left_stripe=SPRUCE.fill, right_stripe=CLAY.fill),
        *grounds.STRAW,
    ),
    StillLife("rye-loaf", bakery.loaf, *grounds.STRAW, scale=0.94),
    StillLife("cardamom-knots", bakery.knots, *grounds.PETAL),
    StillLife("wheat-batons", bakery.batons, *grounds.MIST),
    StillLife("crispbread", bakery.crispbread, *grounds.ROSE, scale=0.96),
    StillLife("blackcurrant-jam", pantry.jam, *grounds.PETAL),
    StillLife("heather-honey", pantry.honey, *grounds.HAY),
    StillLife("farmhouse-cheese", pantry.cheese, *grounds.REED, scale=0.96),
    StillLife("lane-eggs", pantry.eggs, *grounds.SAGE, scale=0.94),
    StillLife(
        "elderflower-cordial",
        partial(pantry.bottle, drink=Tone("#d3c988", "#6d6420", 0.32), cap=SPRUCE),
        *grounds.CHALK,
        scale=0.97,
    ),
    StillLife("dill-gherkins", partial(pantry.pickles, brine=Tone("#cfd2a6", "#59602e", 0.3)), *grounds.DUSK),
    StillLife("young-olive", garden.olive, *grounds.SAGE, scale=0.92),
    StillLife("watering-can", partial(garden.watering_can, enamel=MOSS), *grounds.LINEN, scale=0.92),
    StillLife("herb-seedlings", garden.seedlings, *grounds.MIST, scale=0.92),
    StillLife("terracotta-pots", garden.pots, *grounds.REED),
    StillLife("garden-trowel", garden.trowel, *grounds.HAY),
    StillLife("garden-gloves", cloth.gloves, *grounds.ROSE, scale=0.94),
    StillLife("poppy-seeds", paper.seed_packet, *grounds.STRAW),
    StillLife("market-basket", garden.basket, *grounds.REED),
    StillLife("milking-stool", house.stool, *grounds.PEACH),
    StillLife("hand-brush", house.table_brush, *grounds.SAGE, scale=0.94),
    StillLife("oat-soap", partial(house.soap, upper=OAT, lower=SAND, mark="oat"), *grounds.MIST),
)
