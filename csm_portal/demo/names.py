"""Made up customers and people. Every address is below example.com, which nobody can own."""

from __future__ import annotations

import random
import unicodedata

HEADS = (
    "Alder", "Amberline", "Anchor", "Arden", "Ashgrove", "Bayview", "Beacon", "Birchwood",
    "Bluefin", "Brightwater", "Brookfield", "Calder", "Canopy", "Cedar", "Cinder", "Clearbrook",
    "Cobalt", "Copperleaf", "Corvid", "Crestline", "Daybreak", "Delta", "Driftwood", "Eastgate",
    "Elmstone", "Ember", "Evergreen", "Fairfield", "Falcon", "Fennel", "Fernhill", "Fjord",
    "Flintlock", "Foxglove", "Garnet", "Glasshouse", "Goldcrest", "Granite", "Greenway", "Halcyon",
    "Harvest", "Hawthorn", "Hazel", "Heron", "Highland", "Hollow Oak", "Indigo", "Ironbridge",
    "Ivory", "Juniper", "Keystone", "Kingfisher", "Lakeshore", "Lantern", "Larkspur", "Laurel",
    "Lighthouse", "Linden", "Lodestar", "Longview", "Magnolia", "Maple", "Marlowe", "Meadow",
    "Meridian", "Midland", "Millstone", "Mistral", "Monarch", "Moorland", "Nightingale",
    "Northfield", "Nova", "Oakhaven", "Obsidian", "Orchard", "Osprey", "Pebble", "Pinecrest",
    "Plover", "Quartz", "Quayside", "Redwood", "Ridgeway", "Riverbend", "Rosewood", "Saffron",
    "Sandstone", "Sequoia", "Silverline", "Sparrow", "Stonebridge", "Summit", "Sundial", "Swift",
    "Tamarind", "Teal", "Thistle", "Tidewater", "Topaz", "Umber", "Vantage", "Verdant", "Vista",
    "Wayfarer", "Westbrook", "Willow", "Windmill", "Wren", "Yarrow", "Zephyr",
)  # fmt: skip
TAILS = {
    "Software": ("Software", "Labs", "Systems", "Digital", "Apps", "Data"),
    "Logistics": ("Logistics", "Freight", "Shipping", "Couriers", "Supply"),
    "Healthcare": ("Health", "Clinics", "Medical", "Care", "Diagnostics"),
    "Finance": ("Capital", "Insurance", "Finance", "Advisory", "Payments"),
    "Manufacturing": ("Works", "Industries", "Tools", "Components", "Packaging"),
    "Retail": ("Goods", "Outfitters", "Market", "Stores", "Foods"),
    "Education": ("Academy", "Learning", "College", "Courses", "Schools"),
    "Media": ("Media", "Studios", "Press", "Pictures", "Design"),
}
FIRST_NAMES = (
    "Aaliyah", "Adam", "Aiko", "Alejandro", "Amara", "Amelia", "Anders", "Andreea", "Anika",
    "Antonio", "Arjun", "Astrid", "Beatriz", "Ben", "Camille", "Carlos", "Chiara", "Chloe",
    "Daniel", "Deepa", "Diego", "Elena", "Elif", "Emeka", "Emily", "Erik", "Fatima", "Felix",
    "Fiona", "Gabriel", "Giulia", "Grace", "Hana", "Hannah", "Hassan", "Henrik", "Hiroshi",
    "Ingrid", "Isabel", "Ivan", "Jack", "James", "Jana", "Javier", "Jesse", "Jia", "Joana",
    "José", "Julia", "Kaito", "Karim", "Katarzyna", "Kwame", "Laura", "Leila", "Liam", "Lucía",
    "Lukas", "Marcus", "Maria", "Mateo", "Mei", "Michael", "Milan", "Mina", "Nadia", "Naomi",
    "Nikhil", "Nina", "Noah", "Nora", "Olga", "Oliver", "Omar", "Paolo", "Pavel", "Petra",
    "Quinn", "Rachel", "Rahul", "Renée", "Riya", "Rosa", "Ruth", "Samir", "Sara", "Simon",
    "Sofia", "Søren", "Stefan", "Tara", "Thomas", "Tomás", "Uma", "Valentina", "Viktor", "Wei",
    "Yara", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Acosta", "Adeyemi", "Ahmed", "Alvarez", "Andersen", "Bakker", "Banerjee", "Barnes",
    "Becker", "Bianchi", "Björk", "Brennan", "Campbell", "Cardoso", "Chen", "Costa", "Cruz",
    "Dahl", "Das", "Diaz", "Dubois", "Edwards", "Eriksen", "Farouk", "Fernández", "Fischer",
    "Fraser", "Fujita", "Garcia", "Ghosh", "Graham", "Gupta", "Haddad", "Hansen", "Harris", "Hoang",
    "Hoffmann", "Hughes", "Ibrahim", "Ito", "Ivanova", "Jansen", "Johnson", "Kaplan", "Kaya",
    "Keller", "Khan", "Kim", "Kowalski", "Kumar", "Lambert", "Larsen", "Laurent", "Lee", "Lewis",
    "Lindgren", "Lopez", "Mahmoud", "Marino", "Martin", "Mensah", "Meyer", "Mitchell", "Moreau",
    "Morgan", "Müller", "Murphy", "Nakamura", "Nguyen", "Novak", "Nowak", "O'Brien", "Okafor",
    "Olsen", "Ortiz", "Park", "Patel", "Pereira", "Petrov", "Popescu", "Price", "Quinn", "Ramos",
    "Rao", "Reyes", "Ricci", "Roberts", "Rossi", "Russo", "Santos", "Sato", "Schmidt", "Shah",
    "Silva", "Singh", "Sørensen", "Suzuki", "Tanaka", "Taylor", "Thompson", "Torres", "Turner",
    "Vargas", "Vasquez", "Vogel", "Walker", "Wang", "Weber", "Williams", "Wong", "Yamada", "Yilmaz",
    "Young", "Zhang", "Zimmermann",
)  # fmt: skip
# Of whom a customer's first contact is, by segment; then of those who work beside them.
LEADING_TITLES = {
    "Small": (
        "Founder", "Owner", "Managing Director", "Chief Executive Officer", "General Manager",
        "Office Manager", "Operations Manager",
    ),
    "Mid-market": (
        "Chief Operating Officer", "Head of Operations", "Head of Customer Support", "IT Manager",
        "Operations Director", "Head of Finance", "Chief Technology Officer",
    ),
    "Enterprise": (
        "VP Operations", "Director of IT", "Chief Information Officer", "Head of Procurement",
        "Director of Business Systems", "Programme Director", "VP Customer Experience",
    ),
}  # fmt: skip
OTHER_TITLES = (
    "Operations Manager", "Project Manager", "Team Lead", "System Administrator",
    "Business Analyst", "Finance Manager", "Product Manager", "Customer Support Manager",
    "Procurement Manager", "Operations Coordinator", "IT Specialist", "Data Analyst",
)  # fmt: skip
LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "ß": "ss", "'": ""})


def ascii_of(text: str) -> str:
    """The text in letters that an address may hold, in lower case; other signs become `-`."""
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS))
    kept = [sign for sign in plain.lower() if not unicodedata.combining(sign)]
    words = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in kept)
    return "-".join(word for word in words.split("-") if word)


class Register:
    """Hands out names, none twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def customer(self, industry: str) -> str:
        """A business of an industry."""
        while True:
            name = f"{self._rng.choice(HEADS)} {self._rng.choice(TAILS[industry])}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def person(self, customer: str) -> tuple[str, str]:
        """Somebody at a customer: name and address."""
        while True:
            first, last = self._rng.choice(FIRST_NAMES), self._rng.choice(LAST_NAMES)
            address = f"{ascii_of(first)}.{ascii_of(last)}@{ascii_of(customer)}.example.com"
            if address not in self._taken:
                self._taken.add(address)
                return f"{first} {last}", address


def job_title(rng: random.Random, segment: str, *, is_first: bool) -> str:
    """What somebody is at a customer of a segment; the first contact there leads."""
    return rng.choice(LEADING_TITLES[segment] if is_first else OTHER_TITLES)
