"""Random parts of programs: vectors, payloads, filters. Plain JSON, as Qdrant's REST API has it; ties and odd types are frequent on purpose."""

from random import Random

DENSE = {"text": (4, "Cosine"), "image": (3, "Euclid"), "code": (5, "Dot"), "street": (3, "Manhattan")}
MULTI = {"late": (3, "Cosine"), "late_dot": (2, "Dot")}
#: Without the IDF modifier: the local mode counts points without the vector, and deleted ones; the server counts neither.
SPARSE = ("words",)

WORDS = ["red", "green", "blue", "redder", "Sea", "harbour", "night", "light"]
UUIDS = [f"00000000-0000-4000-8000-0000000000{n:02x}" for n in range(40)]
NUMBERS = [*range(1, 29), 2**53 + 1, 2**64 - 1]
DATES = [
    "2024-01-01T00:00:00Z",
    "2024-01-01T02:00:00+02:00",
    "2024-06-30T12:30:00.5Z",
    "2025-03-01T00:00:00Z",
    "2023-12-31",
    "2024-01-01 10:00:00",
]
#: Keys that hold numbers of one type everywhere, which ordering and formulas can rely on.
ORDERED = {"count": "integer", "price": "float", "made": "datetime"}


def component(random: Random) -> float:
    # Never 0: the cosine of all zeros is nobody's business. Exact in float32, and rarely such that points tie.
    return random.choice([-1, 1]) * random.randint(1, 8192) / 4096


def dense(random: Random, name: str) -> list:
    return [component(random) for _ in range((DENSE.get(name) or MULTI[name])[0])]


def multi(random: Random, name: str) -> list:
    return [dense(random, name) for _ in range(random.randint(1, 3))]


def sparse(random: Random) -> dict:
    indices = random.sample(range(12), random.randint(1, 5))
    return {"indices": indices, "values": [random.randint(1, 8192) / 4096 for _ in indices]}


def vector(random: Random, name: str):
    if name in DENSE:
        return dense(random, name)
    return multi(random, name) if name in MULTI else sparse(random)


def vectors(random: Random, names: list) -> dict:
    kept = [name for name in names if random.random() < 0.85]
    return {name: vector(random, name) for name in kept}


def geo(random: Random) -> dict:
    return {"lat": random.choice([-10.5, 0.0, 48.1, 52.5, 60.0]), "lon": random.choice([-179.5, -70.0, 0.0, 11.5, 13.4, 179.5])}


def sentence(random: Random) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(1, 5)))


def several(random: Random, make):
    """One, a list of some, an empty list, null; rarely something of another type."""
    roll = random.random()
    if roll < 0.5:
        return make(random)
    if roll < 0.75:
        return [make(random) for _ in range(random.randint(1, 3))]
    if roll < 0.82:
        return []
    if roll < 0.9:
        return None
    if roll < 0.95:
        # Not true or false: they are 1 and 0 to Python.
        return random.choice([7, 2.5, "7", {"inner": 1}, [None]])
    return [make(random), None]


def item(random: Random) -> dict:
    made = {"size": random.choice(["S", "M", "L"]), "price": random.choice([1, 5, 10.5, 50])}
    if random.random() < 0.3:
        made["tags"] = [random.choice(WORDS) for _ in range(random.randint(0, 2))]
    if random.random() < 0.2:
        del made[random.choice(["size", "price"])]
    return made


def payload(random: Random) -> dict:
    made = {
        "color": several(random, lambda r: r.choice(WORDS)),
        "rank": several(random, lambda r: r.randint(-3, 6)),
        "weight": several(random, lambda r: r.choice([-1.5, 0.0, 0.5, 1.0, 3.25])),
        "flag": several(random, lambda r: r.random() < 0.5),
        "when": several(random, lambda r: r.choice(DATES)),
        "place": several(random, geo),
        "story": several(random, sentence),
        "owner": several(random, lambda r: r.choice(UUIDS)),
        # Never null, one object, nor a list of something else: the local mode looks into these for `nested`, the server at objects in lists only.
        "items": random.choice([[], [item(random)], [item(random), item(random)], [item(random) for _ in range(3)]]),
        "author": {"name": several(random, lambda r: r.choice(WORDS)), "books": [{"year": r} for r in random.sample([1999, 2003, 2007], 2)]},
        "group": random.choice(["a", "b", "c", 1, 2]),
        "count": random.randint(0, 9),
        "price": random.choice([0.5, 1.5, 2.0, 9.75]),
        "made": random.choice(DATES[:4]),
    }
    for key in list(made):
        if random.random() < 0.25:
            del made[key]
    return made


PATHS = {
    "word": ["color", "author.name", "items[].size", "items[].tags", "items[].tags[]", "items[0].size", "story", "group"],
    "number": ["rank", "weight", "count", "price", "items[].price", "author.books[].year", "items.price", "rank[]"],
    "date": ["when", "made"],
    "geo": ["place"],
    "any": ["color", "rank", "flag", "when", "place", "items", "items[].tags", "author", "author.name", "nothing", "author.nothing", "rank[0]"],
}


def bounds(random: Random, make) -> dict:
    names = random.sample(["gt", "gte", "lt", "lte"], random.randint(1, 2))
    return {name: make(random) for name in names}


def field_condition(random: Random) -> dict:
    # Not `is_empty` and `is_null` beside a key: they mean nothing to the local mode.
    kind = random.randrange(12)
    word = lambda: random.choice(WORDS + ["S", "M", "a"])
    if kind == 0:
        return {"key": random.choice(PATHS["word"]), "match": {"value": word()}}
    if kind == 1:
        return {"key": random.choice(PATHS["number"]), "match": {"value": random.randint(-3, 9)}}
    if kind == 2:
        return {"key": "flag", "match": {"value": random.random() < 0.5}}
    if kind == 3:
        return {"key": random.choice(PATHS["word"]), "match": {"any": [word() for _ in range(random.randint(1, 3))]}}
    # The local mode lets null and [] be excepted from, the server has no value there.
    if kind == 4:
        return {"key": random.choice(["count", "group"]), "match": {"except": [random.randint(-3, 6), 2]}}
    if kind == 5:
        return {"key": "group", "match": {"except": [word(), "b"]}}
    if kind == 6:
        return {"key": random.choice(PATHS["number"]), "range": bounds(random, lambda r: r.choice([-2, 0, 1.0, 2.5, 5, 2000]))}
    if kind == 7:
        return {"key": random.choice(PATHS["date"]), "range": bounds(random, lambda r: r.choice(DATES[:4]))}
    if kind == 8:
        return {"key": "place", "geo_radius": {"center": geo(random), "radius": random.choice([1000.0, 500_000.0, 5_000_000.0])}}
    if kind == 9:
        west, east = sorted([random.uniform(-180, 180), random.uniform(-180, 180)])
        south, north = sorted([random.uniform(-90, 90), random.uniform(-90, 90)])
        box = {"top_left": {"lat": north, "lon": west}, "bottom_right": {"lat": south, "lon": east}}
        return {"key": "place", "geo_bounding_box": box}
    if kind == 10:
        ring = [{"lat": -20.0, "lon": -80.0}, {"lat": 70.0, "lon": -80.0}, {"lat": 70.0, "lon": random.choice([5.0, 20.0])}, {"lat": -20.0, "lon": 20.0}, {"lat": -20.0, "lon": -80.0}]
        return {"key": "place", "geo_polygon": {"exterior": {"points": ring}}}
    return {"key": random.choice(PATHS["any"]), "values_count": {key: value for key, value in bounds(random, lambda r: r.randint(0, 3)).items()}}


def condition(random: Random, depth: int) -> dict:
    kind = random.random()
    if kind < 0.7 or depth <= 0:
        return field_condition(random)
    if kind < 0.75:
        return {"has_id": [random.choice([*NUMBERS, *UUIDS]) for _ in range(random.randint(0, 8))]}
    if kind < 0.8:
        return {"is_empty": {"key": random.choice(PATHS["any"])}}
    if kind < 0.85:
        return {"is_null": {"key": random.choice(PATHS["any"])}}
    if kind < 0.9:
        inner = {"key": "size", "match": {"value": random.choice(["S", "M", "L"])}}
        price = {"key": "price", "range": bounds(random, lambda r: r.choice([1, 5, 20]))}
        parts = random.choice([{"must": [inner, price]}, {"must": [price], "must_not": [inner]}, {"should": [inner, price]}, {"must_not": [inner]}])
        return {"nested": {"key": random.choice(["items", "items[]"]), "filter": parts}}
    return filter_(random, depth - 1)


def filter_(random: Random, depth: int = 2) -> dict:
    made = {}
    for clause in ("must", "should", "must_not"):
        if random.random() < 0.45:
            made[clause] = [condition(random, depth) for _ in range(random.randint(1, 3))]
    if random.random() < 0.1:
        conditions = [condition(random, depth - 1) for _ in range(3)]
        made["min_should"] = {"conditions": conditions, "min_count": random.randint(1, 3)}
    return made or {"must": [condition(random, depth)]}
