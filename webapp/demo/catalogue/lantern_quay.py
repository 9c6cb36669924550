"""Lantern Quay: a shop by the harbour for tea, paper and small useful things."""

from webapp.demo.catalogue.entries import DemoColours, DemoMarket, DemoPerson, DemoProduct

TEA, COCOA, PRESS, CHAND, LOFT, BATH = (
    "Longshore Tea & Coffee", "Salt & Cocoa", "Tidewater Press", "The Chandlery", "Sail Loft Toys", "Wash House Nine",
)  # fmt: skip

PRODUCTS = (
    DemoProduct(
        "LQ-TEA-010", "Smoked black tea, tin", TEA, "Tea & coffee",
        "Dark leaves dried over pine, for weather. It tastes of a fire on the beach. 125 g, about fifty cups, in a tin that you will keep buttons in afterwards.",
        1150, 44, 12, "smoked-tea.svg",
    ),
    DemoProduct(
        "LQ-TEA-011", "Garden mint tea, tin", TEA, "Tea & coffee",
        "Two mints and a little lemon verbena, dried whole. Good after supper, and cold with ice in July. 60 g.",
        950, 31, 10, "mint-tea.svg",
    ),
    DemoProduct(
        "LQ-COF-020", "Quay blend coffee, 500 g", TEA, "Tea & coffee",
        "Roasted on Tuesdays, sent on Wednesdays. Chocolate and toasted hazelnut, no sharp edges. Whole beans; tell us if you would like them ground.",
        1390, 27, 10, "quay-coffee.svg",
    ),
    DemoProduct(
        "LQ-COF-030", "Glass coffee maker, 0.8 l", CHAND, "Tea & coffee",
        "A paper, a spoonful per cup, and four minutes of standing still. The wooden collar stays cool and ties with a leather cord.",
        4200, 9, 3, "glass-carafe.svg",
    ),
    DemoProduct(
        "LQ-KIT-040", "Stove kettle, harbour blue", CHAND, "Kitchen",
        "Enamel on steel, with a handle of beech. It whistles on two notes, as the ferry does. 1.8 litres; works on gas, induction and an open fire.",
        5400, 3, 4, "stove-kettle.svg",
    ),
    DemoProduct(
        "LQ-KIT-041", "Enamel mug, blue rim", CHAND, "Kitchen",
        "Made to be dropped. Holds 350 ml and does not mind the dishwasher, a rucksack or the deck of a boat.",
        1250, 68, 15, "enamel-mug.svg",
    ),
    DemoProduct(
        "LQ-KIT-042", "Tea cup and saucer, mist", CHAND, "Kitchen",
        "Thin at the lip, steady on the saucer, and pale as the harbour at six. Sold as one pair, 220 ml.",
        2300, 16, 5, "tea-cup.svg",
    ),
    DemoProduct(
        "LQ-SWE-050", "Sea salt chocolate, 70 %", COCOA, "Sweet things",
        "Dark, with flakes of salt on the back, where your tongue finds them first. 100 g, wrapped by hand.",
        480, 95, 24, "sea-salt-chocolate.svg",
    ),
    DemoProduct(
        "LQ-SWE-051", "Orange chocolate, 45 %", COCOA, "Sweet things",
        "Milk chocolate with candied peel that we cut small. Kind to people who say they do not like dark. 100 g.",
        480, 6, 20, "orange-chocolate.svg",
    ),
    DemoProduct(
        "LQ-SWE-052", "Caramels in a jar", COCOA, "Sweet things",
        "Butter, cream, sugar, and patience. Some are salted, and the wrappers do not say which. About sixty in a glass jar with a wooden lid.",
        1650, 22, 6, "caramels.svg",
    ),
    DemoProduct(
        "LQ-SWE-053", "Ginger biscuits, six", COCOA, "Sweet things",
        "Thick, dark and made to be dunked. They hold for five seconds, we have timed it.",
        620, 40, 12, "ginger-biscuits.svg",
    ),
    DemoProduct(
        "LQ-PAP-060", "Cloth notebook, plum", PRESS, "Paper",
        "192 pages, sewn so that it lies flat, with a band, a ribbon and a label for your name. The paper takes a fountain pen without a murmur.",
        1850, 25, 8, "cloth-notebook.svg",
    ),
    DemoProduct(
        "LQ-PAP-061", "Pocket notebooks, three", PRESS, "Paper",
        "One for lists, one for ideas, one to give away. 48 pages each, stapled, with round corners that do not dog-ear.",
        990, 58, 12, "pocket-notebooks.svg",
    ),
    DemoProduct(
        "LQ-PAP-062", "Colour pencils in a cup", PRESS, "Paper",
        "Five soft pencils in cedar, in colours that go together whatever you do. The cup is stoneware with two waves on it.",
        2100, 13, 5, "colour-pencils.svg",
    ),
    DemoProduct(
        "LQ-PAP-063", "Letter cards, set of eight", PRESS, "Paper",
        "Printed from one linocut, two inks, blank inside. With envelopes, and enough wax for eight seals.",
        1400, 34, 10, "letter-cards.svg",
    ),
    DemoProduct(
        "LQ-PAP-064", "Lighthouse, framed linocut", PRESS, "Paper",
        "The light at the end of our own quay, cut in lino and pulled by hand in five colours. Numbered, in an oak frame of 40 by 50 cm.",
        8800, 0, 2, "lighthouse-print.svg",
    ),
    DemoProduct(
        "LQ-PAP-065", "Harbour stories, three books", PRESS, "Paper",
        "A winter crossing, a keeper who would not leave, and a recipe for chowder. Bound in cloth, to be read in any order.",
        3600, 18, 5, "harbour-stories.svg",
    ),
    DemoProduct(
        "LQ-PAP-066", "Wrapping paper, three rolls", PRESS, "Paper",
        "Waves, dots and stripes on strong paper, three metres of each. It can be ironed and used again.",
        1200, 49, 12, "wrapping-paper.svg",
    ),
    DemoProduct(
        "LQ-HOM-070", "Mantel clock, walnut", CHAND, "Home",
        "Ticks quietly and is wound on Sundays. A walnut case, a brass rim, and numbers left out, because you know them.",
        13500, 4, 2, "mantel-clock.svg",
    ),
    DemoProduct(
        "LQ-HOM-071", "Ship’s lamp, brass", CHAND, "Home",
        "The lamp that our quay is named after, smaller. Solid brass that darkens if you let it. Takes any thick candle.",
        7200, 7, 3, "ship-lamp.svg",
    ),
    DemoProduct(
        "LQ-HOM-072", "Tide candle in glass", BATH, "Home",
        "Soy wax with sea fennel and a little salt. Burns for forty hours, and the glass is a good tumbler afterwards.",
        1950, 30, 8, "tide-candle.svg",
    ),
    DemoProduct(
        "LQ-HOM-073", "Bentwood chair, black", CHAND, "Home",
        "Steamed beech with a cane seat, light enough to carry with two fingers. This run is finished; a new one comes in spring.",
        16500, 2, 1, "bentwood-chair.svg",
        status="archived",
    ),
    DemoProduct(
        "LQ-PLA-080", "Sailing boat for the bath", LOFT, "Play",
        "Lime wood and real sailcloth, weighted so that it rights itself. Rub it with oil after a long voyage. From three years.",
        2900, 11, 4, "toy-boat.svg",
    ),
    DemoProduct(
        "LQ-PLA-081", "Pull-along whale", LOFT, "Play",
        "Nods its tail as it rolls. Beech, water-based paint, and a cord with a bead that small hands can hold. From eighteen months.",
        3400, 15, 4, "pull-along-whale.svg",
    ),
    DemoProduct(
        "LQ-BAT-090", "Seaweed soap, two bars", BATH, "Bath",
        "Green with kelp from the slipway, which is all the scrub it needs. Smells clean and not of flowers. 2 by 110 g.",
        900, 62, 15, "seaweed-soap.svg",
    ),
    DemoProduct(
        "LQ-BAT-091", "Harbour towels, three", BATH, "Bath",
        "One cream, one blue, one mist, in a loop that dries you and then dries itself. Cotton, 50 by 100 cm each.",
        4800, 20, 5, "harbour-towels.svg",
    ),
)  # fmt: skip

LANTERN_QUAY = DemoMarket(
    slug="lantern-quay",
    name="Lantern Quay",
    tagline="Tea, paper and useful things by the water",
    hero_title="Something warm, something to write on.",
    hero_text="Six small makers under one roof at the end of the quay. We pack in the afternoon, and the evening boat takes it across.",
    hero_picture="hero-lantern-quay.svg",
    currency="GBP",
    light=DemoColours("#27507c", "#1b3c60", "#fdfcf9", "#e3eaf2", "#27507c", "#fdfcf9"),
    dark=DemoColours("#9cc4e8", "#bcd9f2", "#0c1b2a", "#1e2f40", "#1f3f60", "#f3f0e9"),
    people=(DemoPerson("owner2@demo.market", "Edda Marlowe", "owner"),),
    products=PRODUCTS,
)
