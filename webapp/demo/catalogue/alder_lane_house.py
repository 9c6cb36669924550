"""What Alder Lane makes for the house and the garden: light, textiles, plants and tools."""

from webapp.demo.catalogue.entries import DemoProduct

LINDQVIST, VADMAL, GLASS = "Lindqvist Light", "Vadmal Weavers", "Glasshouse No. 4"
FORGE, PIL, SAEBE, BENCH, HIVES = "Nielsen Forge", "Pil & Co", "Sæbe Yard", "Bench & Bevel", "Two Hives"

HOUSE = (
    DemoProduct(
        "LL-PEBBLE-01", "Pebble lamp, oak", LINDQVIST, "Light",
        "A foot like a stone you would pick up and keep, under a shade of pressed paper. The light is low and warm. 38 cm high, with a cloth cord and a switch you can find in the dark.",
        12900, 8, 3, "pebble-lamp.svg",
    ),
    DemoProduct(
        "TH-TAPER-02", "Beeswax tapers, pair", HIVES, "Light",
        "Dipped thirty times each, from our own wax and nothing else. They burn for seven hours and smell faintly of summer. They come with a small dish from the forge.",
        1250, 48, 12, "beeswax-tapers.svg",
    ),
    DemoProduct(
        "NF-LANT-01", "Storm lantern, blackened steel", FORGE, "Light",
        "Riveted and not glued, so it can be mended. Takes a thick candle and stands up to an evening outdoors. 34 cm with its ring up.",
        6800, 7, 3, "storm-lantern.svg",
    ),
    DemoProduct(
        "LL-DESK-01", "Desk lamp, spruce green", LINDQVIST, "Light",
        "Two joints and a heavy foot: put it where you need it and it stays there. Spun steel, brass knuckles, a bulb you can buy anywhere.",
        14500, 0, 2, "desk-lamp.svg",
        status="draft",
    ),
    DemoProduct(
        "TH-PILLAR-01", "Juniper candle on its dish", HIVES, "Light",
        "Beeswax and rape wax with a little oil of juniper. It fills a room without shouting. Burns for fifty hours; the dish is red clay.",
        2700, 19, 6, "juniper-candle.svg",
    ),
    DemoProduct(
        "VW-THROW-01", "Washed linen throw", VADMAL, "Textiles",
        "Woven on the wide loom, then washed until it gives in. Long enough for two on a sofa. 140 by 190 cm, and it gets softer every year.",
        8600, 13, 4, "linen-throw.svg",
    ),
    DemoProduct(
        "VW-SCARF-01", "Lambswool scarf, spruce", VADMAL, "Textiles / To wear",
        "Light, close and warm, with three sand stripes at each end. The wool is from one flock on the fjord. 180 cm, enough to go round twice.",
        5900, 24, 6, "lambswool-scarf.svg",
    ),
    DemoProduct(
        "VW-HAT-01", "Ribbed hat, ochre", VADMAL, "Textiles / To wear",
        "Knitted double over the ears. You can see it from the other side of the square, which is the point. The pompom comes off for washing.",
        3400, 4, 5, "ribbed-hat.svg",
    ),
    DemoProduct(
        "VW-SOCK-01", "Walking socks, moss", VADMAL, "Textiles / To wear",
        "Thick at heel and toe, thin where the boot is. Wool with a little nylon, so they last. Sizes 37 to 45 in one stretchy pair; tell us when they wear through and we will darn them.",
        1800, 57, 12, "walking-socks.svg",
    ),
    DemoProduct(
        "VW-CUSH-01", "Striped cushion", VADMAL, "Textiles",
        "Heavy linen with rust stripes on both sides, filled with wool that was too short to spin. 50 by 50 cm. The cover buttons off.",
        4600, 15, 4, "striped-cushion.svg",
    ),
    DemoProduct(
        "VW-TOWEL-02", "Tea towels, pair", VADMAL, "Textiles",
        "Half linen, half cotton: one dries the glasses, the other the rest. They have a loop in the corner and stripes you will learn to tell apart.",
        2300, 35, 8, "tea-towels.svg",
    ),
    DemoProduct(
        "GH-OLIVE-01", "Young olive in terracotta", GLASS, "Garden",
        "Three years old and used to our winters. Wants light, little water, and a word now and then. About 60 cm with its pot.",
        3900, 10, 3, "young-olive.svg",
    ),
    DemoProduct(
        "NF-CAN-01", "Watering can, moss enamel", FORGE, "Garden",
        "Five litres, balanced so that it pours from the wrist. The brass rose is soft enough for seedlings and comes off for the big pots.",
        5200, 6, 4, "watering-can.svg",
    ),
    DemoProduct(
        "GH-HERB-03", "Herb seedlings in a crate", GLASS, "Garden",
        "Sage, lovage and thyme, pricked out and ready for a windowsill or a bed. The crate is larch and can come back to us empty.",
        1950, 12, 5, "herb-seedlings.svg",
    ),
    DemoProduct(
        "GH-POT-03", "Terracotta pots, three", GLASS, "Garden",
        "Small, middling and large, fired hot enough for frost. The rims are thick, because that is where pots get knocked. Saucers are extra.",
        2900, 31, 8, "terracotta-pots.svg",
    ),
    DemoProduct(
        "NF-TROWEL-01", "Garden trowel, ash handle", FORGE, "Garden",
        "One piece of steel from tip to tang, in an ash handle that you can replace. It keeps its edge in stony ground. We forge a dozen on a good Monday.",
        3200, 0, 4, "garden-trowel.svg",
    ),
    DemoProduct(
        "GH-GLOVE-01", "Garden gloves, sand leather", GLASS, "Garden",
        "Soft goatskin with a canvas cuff, cut for thorns and still thin enough to pick up a seed. They come in one middling size that gives.",
        2600, 23, 6, "garden-gloves.svg",
    ),
    DemoProduct(
        "GH-SEED-01", "Poppy seeds, red", GLASS, "Garden",
        "Saved from our own border last August. Scatter them on bare soil in spring and then leave them be. A packet covers two square metres.",
        420, 86, 20, "poppy-seeds.svg",
    ),
    DemoProduct(
        "PC-BASKET-01", "Willow market basket", PIL, "Home",
        "Cut, soaked and woven by two people in a day. Carries eight kilos without a creak. The next ones are on the soaking bench.",
        5800, 0, 3, "market-basket.svg",
    ),
    DemoProduct(
        "BB-STOOL-01", "Three-legged stool", BENCH, "Home",
        "Three legs never wobble, whatever the floor does. Ash, wedged from above, no screws. 44 cm high; for milking, tying shoes and reaching the jam.",
        11800, 5, 2, "milking-stool.svg",
        active=False,
    ),
    DemoProduct(
        "BB-BRUSH-01", "Hand brush, beech", BENCH, "Home",
        "A long back, firm bristles and a cord to hang it by. It sweeps crumbs off the table and needles off the stairs.",
        1700, 28, 8, "hand-brush.svg",
    ),
    DemoProduct(
        "SY-SOAP-01", "Oat soap, two bars", SAEBE, "Home",
        "Cold-stirred with rape oil and ground oats, and left to ripen for six weeks. No scent, for people who would rather smell the bread.",
        1100, 72, 15, "oat-soap.svg",
    ),
)  # fmt: skip
