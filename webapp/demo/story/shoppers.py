"""The story's shoppers and where they live. The people, the streets and the town by the quay are invented."""

import random
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

REGULAR = "shopper@demo.market"


@dataclass(frozen=True)
class Shopper:
    """Someone who orders: `delivery` is the address as it is written on the parcel."""

    email: str
    name: str
    delivery: Mapping[str, str]


_FIRST_IN_THE_LANE = [
    "Agnes",
    "Anton",
    "Astrid",
    "Bodil",
    "Carl",
    "Ebbe",
    "Ella",
    "Emil",
    "Esther",
    "Freja",
    "Gerda",
    "Hans",
    "Helle",
    "Ida",
    "Ingrid",
    "Jens",
    "Karen",
    "Kirsten",
    "Laurits",
    "Liv",
    "Magnus",
    "Marie",
    "Mikkel",
    "Naja",
    "Niels",
    "Otto",
    "Rasmus",
    "Signe",
    "Solveig",
    "Thea",
    "Tobias",
    "Viggo",
]
_LAST_IN_THE_LANE = [
    "Berg",
    "Bruun",
    "Dahl",
    "Enevold",
    "Friis",
    "Gram",
    "Holm",
    "Iversen",
    "Juhl",
    "Kjær",
    "Lind",
    "Mose",
    "Nygaard",
    "Ravn",
    "Skov",
    "Toft",
    "Winther",
]
_LANE_STREETS: tuple[str, ...] = (
    "Elmegangen",
    "Nørre Bro",
    "Kirsebærvej",
    "Møllestien",
    "Fuglebakken",
    "Havnetrappen",
    "Lærkevej",
    "Åkanten",
)
_LANE_PLACES: tuple[tuple[str, str], ...] = (
    ("8000", "Aarhus C"),
    ("8200", "Aarhus N"),
    ("8210", "Aarhus V"),
    ("8270", "Højbjerg"),
    ("8240", "Risskov"),
)

_FIRST_ON_THE_QUAY = [
    "Ada",
    "Alasdair",
    "Bea",
    "Bryn",
    "Callum",
    "Dorothy",
    "Edwin",
    "Fern",
    "Gwen",
    "Harriet",
    "Imogen",
    "Isaac",
    "Jude",
    "Kit",
    "Leona",
    "Mabel",
    "Morwenna",
    "Ned",
    "Olive",
    "Percy",
    "Rhona",
    "Silas",
    "Tamsin",
    "Una",
    "Wilf",
]
_LAST_ON_THE_QUAY = [
    "Ashdown",
    "Bellamy",
    "Carrow",
    "Dunmore",
    "Fairlie",
    "Garrick",
    "Hale",
    "Kestle",
    "Lowry",
    "Marsh",
    "Penrose",
    "Quill",
    "Rowan",
    "Sayer",
    "Trevithick",
]
_QUAY_STREETS = (
    "Lantern Row",
    "Rope Walk",
    "Gannet Street",
    "Chapel Steps",
    "Cooper’s Yard",
    "Upper Tide Lane",
    "Saltings Road",
)
_QUAY_PLACES = (
    ("QY1 4AB", "Port Ellery"),
    ("QY1 7TN", "Port Ellery"),
    ("QY2 2HD", "Marram Sands"),
    ("QY5 9LR", "Strand St Mary"),
)


def shoppers(market_slug: str, count: int, chance: random.Random) -> list[Shopper]:
    """Return that many different shoppers of a market; the first one has an account with the demo."""
    if market_slug == "alder-lane":
        firsts, lasts, streets, places, country = (
            _FIRST_IN_THE_LANE,
            _LAST_IN_THE_LANE,
            _LANE_STREETS,
            _LANE_PLACES,
            "Denmark",
        )
    else:
        firsts, lasts, streets, places = _FIRST_ON_THE_QUAY, _LAST_ON_THE_QUAY, _QUAY_STREETS, _QUAY_PLACES
        country = "United Kingdom"
    names = [f"{first} {last}" for first in firsts for last in lasts]
    found = [Shopper(REGULAR, "Sofie Lund", _address("Sofie Lund", ("Møllestien", 7), ("8000", "Aarhus C"), "Denmark"))]
    for name in chance.sample(names, count - 1):
        house = (chance.choice(streets), chance.randint(1, 68))
        found.append(Shopper(_email(name), name, _address(name, house, chance.choice(places), country)))
    return found


def _address(name: str, house: tuple[str, int], place: tuple[str, str], country: str) -> Mapping[str, str]:
    street = f"{house[0]} {house[1]}" if country == "Denmark" else f"{house[1]} {house[0]}"
    return {"name": name, "street": street, "postcode": place[0], "city": place[1], "country": country}


def _email(name: str) -> str:
    plain = name.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return f"{plain.replace(' ', '.')}@example.invalid"
