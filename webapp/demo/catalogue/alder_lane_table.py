"""What Alder Lane makes for the table: stoneware, wood, bread and the pantry's jars."""

from webapp.demo.catalogue.entries import DemoProduct

HOLT, BENCH, BROD, HIVES, KILDE = "Mira Holt Ceramics", "Bench & Bevel", "Brød & Daughter", "Two Hives", "Kilde Dairy"

TABLE = (
    DemoProduct(
        "MH-BOWL-01", "Speckled breakfast bowl", HOLT, "Table / Bowls and plates",
        "Wide enough for porridge and all that goes on top. Thrown in iron-flecked stoneware, glazed sea-green inside and left bare outside, so it sits warm in the hand. 16 cm across; dishwasher and oven are fine.",
        2800, 14, 6, "breakfast-bowl.svg",
    ),
    DemoProduct(
        "MH-BOWL-02", "Serving bowl, moss", HOLT, "Table / Bowls and plates",
        "A low bowl on a foot, for fruit in the week and salad on Sunday. The moss glaze pools a little darker in the middle. 30 cm across. The pears are not included, but we know a tree.",
        6200, 9, 3, "serving-bowl.svg",
    ),
    DemoProduct(
        "MH-MUG-01", "Morning mug, ochre", HOLT, "Table / Cups and pots",
        "Holds 320 ml and keeps it warm while you look for your keys. Dipped twice, once in cream and once in ochre. The handle takes three fingers.",
        2400, 38, 10, "morning-mug.svg",
    ),
    DemoProduct(
        "MH-CUP-01", "Espresso cup and saucer", HOLT, "Table / Cups and pots",
        "A small cup for a strong start, in red clay with a thin glaze. The saucer is wide enough for a biscuit. 90 ml.",
        2600, 21, 6, "espresso-cup.svg",
    ),
    DemoProduct(
        "MH-PITCH-01", "Tall pitcher, spruce glaze", HOLT, "Table / Cups and pots",
        "Pours water without a drip and holds branches in the spring. One band is left unglazed, where your hand goes. 1.4 litres, each one a little different.",
        5400, 3, 4, "tall-pitcher.svg",
    ),
    DemoProduct(
        "MH-TEA-01", "Stoneware teapot, 0.9 l", HOLT, "Table / Cups and pots",
        "Enough for three cups, or two people who talk. The spout is cut by hand and does not dribble. The knob is turned from apple wood, so that you can lift the lid while it is hot.",
        7400, 2, 3, "stoneware-teapot.svg",
    ),
    DemoProduct(
        "MH-PLATE-01", "Dinner plate, sea well", HOLT, "Table / Bowls and plates",
        "A broad bare rim and a sea-green middle. Flat enough to cut on, deep enough for sauce. 26 cm; they stack without scratching.",
        3200, 46, 12, "dinner-plate.svg",
    ),
    DemoProduct(
        "MH-VASE-01", "Bud vase, blush", HOLT, "Table",
        "For one good twig. The neck is narrow and the foot is heavy, so it does not fall over when the cat walks by. 14 cm high.",
        2200, 17, 5, "bud-vase.svg",
    ),
    DemoProduct(
        "MH-JAR-01", "Salt jar with spoon", HOLT, "Table",
        "Lives beside the stove and opens with one hand. The lid and the little spoon are beech from next door. Holds a kilo of coarse salt.",
        3900, 12, 4, "salt-jar.svg",
    ),
    DemoProduct(
        "MH-EGG-01", "Egg cups, pair", HOLT, "Table",
        "One spruce, one ochre, so nobody takes yours. They fit the eggs from Kilde Dairy, which is where we measured them.",
        1900, 26, 6, "egg-cups.svg",
    ),
    DemoProduct(
        "BB-BOARD-01", "Serving board, oak", BENCH, "Table",
        "One piece of oak with its knot left in, oiled three times. Hang it by its hole or leave it out, it likes being looked at. 42 by 26 cm.",
        4800, 11, 4, "serving-board.svg",
    ),
    DemoProduct(
        "BB-SPOON-01", "Cooking spoons, pair", BENCH, "Table",
        "One of beech and one of walnut, carved along the grain. They get better with soup. Wash them by hand and they will outlive the pot.",
        2100, 33, 8, "cooking-spoons.svg",
    ),
    DemoProduct(
        "BD-RYE-01", "Rye and caraway loaf", BROD, "Bakery",
        "Baked before dawn on a three-day sour. Keeps for a week in its paper and is best on the second day. 900 g.",
        720, 6, 8, "rye-loaf.svg",
    ),
    DemoProduct(
        "BD-KNOT-01", "Cardamom knots, three", BROD, "Bakery",
        "Tied by hand, brushed with butter and strewn with pearl sugar. Warm them for four minutes and the whole stairwell will know.",
        960, 18, 8, "cardamom-knots.svg",
    ),
    DemoProduct(
        "BD-BATON-01", "Wheat batons, two", BROD, "Bakery",
        "Thin crust, open crumb, a little ash from the stone oven underneath. Meant to be torn and not cut. Eat them today.",
        640, 14, 6, "wheat-batons.svg",
    ),
    DemoProduct(
        "BD-CRISP-01", "Rye crispbread, ten rounds", BROD, "Bakery",
        "Rolled thin, pricked, and dried on a pole through the hole in the middle. Keeps for months and never gets the chance. 450 g.",
        880, 52, 12, "crispbread.svg",
    ),
    DemoProduct(
        "TH-JAM-01", "Blackcurrant jam, 340 g", HIVES, "Pantry",
        "More fruit than sugar, and nothing else. Picked in July behind the hives and cooked in one pot at a time.",
        950, 64, 15, "blackcurrant-jam.svg",
    ),
    DemoProduct(
        "TH-HONEY-01", "Heather honey, 500 g", HIVES, "Pantry",
        "Dark, thick and a bit wild, from the hives we carry up to the heath in August. The turned dipper comes with it.",
        1650, 41, 10, "heather-honey.svg",
    ),
    DemoProduct(
        "TH-CORD-01", "Elderflower cordial, 0.5 l", HIVES, "Pantry",
        "Forty heads of elderflower to the bottle, with lemon and honey. One part cordial to seven of cold water. Keep it in the fridge once it is open.",
        1150, 29, 8, "elderflower-cordial.svg",
    ),
    DemoProduct(
        "TH-GHERK-01", "Dill gherkins, tall jar", HIVES, "Pantry",
        "Small cucumbers standing in a mild brine with dill, mustard seed and one hot pepper. They crunch. 680 g.",
        890, 37, 10, "dill-gherkins.svg",
    ),
    DemoProduct(
        "KD-CHEESE-01", "Farmhouse cheese, aged", KILDE, "Pantry",
        "A wedge of about 400 g from a wheel that has had fourteen months to think. Nutty, with a few crystals. Let it come to the warmth of the room.",
        1480, 16, 6, "farmhouse-cheese.svg",
    ),
    DemoProduct(
        "KD-EGG-06", "Lane eggs, six", KILDE, "Pantry",
        "From the brown hens and the white ones behind the dairy, gathered this morning. Bring back the tray and the next one is cheaper.",
        480, 22, 8, "lane-eggs.svg",
    ),
)  # fmt: skip
