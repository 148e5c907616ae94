"""Random programs: lists of [method of the Python client, its arguments as JSON]. The first steps make the collections."""

from random import Random

import values
from values import DENSE, MULTI, ORDERED, SPARSE, filter_, payload, vector, vectors

MAIN = "main"
OTHER = "other"


def program(random: Random, length: int) -> list:
    names = random.sample(list(DENSE), random.randint(1, 3)) + random.sample(list(MULTI), random.randint(0, 2))
    sparse_names = random.sample(list(SPARSE), random.randint(0, 1))
    made = list(create(MAIN, names, sparse_names)) + list(create(OTHER, names, sparse_names))
    known = Known(random, names, sparse_names)
    made.append(known.upsert(MAIN, 25))
    made.append(known.upsert(OTHER, 8))
    for _ in range(length):
        step = known.write() if random.random() < 0.3 else known.read()
        made.append(step)
    return made


def create(name: str, names: list, sparse_names: list):
    params = {one: {"size": (DENSE.get(one) or MULTI[one])[0], "distance": (DENSE.get(one) or MULTI[one])[1]} for one in names}
    for one in names:
        if one in MULTI:
            params[one]["multivector_config"] = {"comparator": "max_sim"}
    sparse_params = {one: {} for one in sparse_names}
    yield ["create_collection", {"collection_name": name, "vectors_config": params, "sparse_vectors_config": sparse_params}]
    for key, schema in {**ORDERED, "color": "keyword", "rank": "integer", "flag": "bool"}.items():
        yield ["create_payload_index", {"collection_name": name, "field_name": key, "field_schema": schema}]


def ties(asked: dict) -> bool:
    """Whether many points are ranked alike, so that their ranks are nobody's business."""
    query = asked["query"]
    by_examples = isinstance(query, dict) and "indices" not in query
    # Beyond all examples, sums of Manhattan distances are all alike.
    return by_examples and (asked.get("using") in (*SPARSE, "street") or bool({"context", "order_by", "mmr"} & query.keys()))


class Known:
    """Makes steps for a collection with these vectors."""

    def __init__(self, random: Random, names: list, sparse_names: list):
        self.random = random
        self.names = names
        self.sparse_names = sparse_names
        self.all_names = names + sparse_names
        self.pool = random.choice([values.NUMBERS, values.NUMBERS, values.UUIDS[:30], values.NUMBERS[:15] + values.UUIDS[:15]])
        #: Points that were put first, of which most are there.
        self.first: list = []
        #: Whether what is made stands below another query.
        self.below = False
        #: By the name of a vector, points that surely have it. The local mode takes those without for zeros.
        self.holders: dict = {name: set() for name in self.all_names}

    # ---- writes ----

    def upsert(self, collection: str, count: int) -> list:
        r = self.random
        points = {}
        for _ in range(count):
            one = r.choice(self.pool)
            points[str(one)] = {"id": one, "vector": vectors(r, self.all_names), "payload": payload(r)}
        if not self.first:
            self.first = [point["id"] for point in points.values()]
        for point in points.values() if collection == MAIN else ():
            for name in self.all_names:
                (self.holders[name].add if name in point["vector"] else self.holders[name].discard)(point["id"])
        return ["upsert", {"collection_name": collection, "points": list(points.values())}]

    def write(self) -> list:
        r = self.random
        kind = r.randrange(11)
        name = {"collection_name": MAIN}
        if kind <= 2:
            return self.upsert(MAIN, r.randint(1, 8))
        if kind == 3:
            gone = self.selector(0.3)
            self.without(self.all_names, gone)
            return ["delete", {**name, "points_selector": gone}]
        if kind == 4:
            keys = {"key": r.choice(["author", "author.more", "items[0]", "items[]"])} if r.random() < 0.4 else {}
            return ["set_payload", {**name, "payload": self.change(), "points": self.selector(), **keys}]
        if kind == 5:
            return ["overwrite_payload", {**name, "payload": self.change(), "points": self.selector(0.3)}]
        if kind == 6:
            # The local mode knows no paths here.
            keys = r.sample(["color", "rank", "items", "author", "nothing"], 2)
            return ["delete_payload", {**name, "keys": keys, "points": self.selector()}]
        if kind == 7:
            return ["clear_payload", {**name, "points_selector": self.selector(0.3)}]
        if kind == 8:
            points = [{"id": one, "vector": self.some_vectors()} for one in self.ids(3)]
            return ["update_vectors", {**name, "points": points}]
        if kind == 9:
            which, where = r.choice(self.all_names), self.selector(0.3)
            self.without([which], where)
            return ["delete_vectors", {**name, "vectors": [which], "points": where}]
        put = self.upsert(MAIN, 2)[1]["points"]
        # Whether they are put is only said below.
        self.without(self.all_names, {"points": [point["id"] for point in put]})
        operations = [
            {"upsert": {"points": put}},
            {"set_payload": {"payload": self.change(), "points": self.ids(3)}},
            {"delete_payload": {"keys": ["color"], "points": self.ids(3)}},
            {"update_vectors": {"points": [{"id": one, "vector": self.some_vectors()} for one in self.ids(2)]}},
        ]
        return ["batch_update_points", {**name, "update_operations": r.sample(operations, r.randint(1, 4))}]

    def without(self, names: list, selector: dict) -> None:
        for name in names:
            self.holders[name] -= set(selector.get("points", self.holders[name]))

    def ids(self, most: int) -> list:
        """Of points that should be there: the local mode stops in the middle of a write at one that is not."""
        return self.random.sample(self.first, self.random.randint(1, min(most, len(self.first))))

    def selector(self, filters: float = 0.4):
        if self.random.random() < filters:
            return {"filter": filter_(self.random)}
        return {"points": self.ids(5)}

    def change(self) -> dict:
        changed = payload(self.random)
        # Not what is written into further down: the local mode lets all points of a write share one object.
        # Nor null, which takes a key away on the server and is kept by the local mode.
        within = [key for key in changed if key not in ("items", "author", "place") and changed[key] is not None]
        keys = self.random.sample(within, min(len(within), 3))
        return {key: changed[key] for key in keys}

    def some_vectors(self) -> dict:
        names = self.random.sample(self.all_names, self.random.randint(1, len(self.all_names)))
        return {name: vector(self.random, name) for name in names}

    # ---- reads ----

    def read(self) -> list:
        r = self.random
        kind = r.randrange(14)
        name = {"collection_name": MAIN}
        if kind == 0:
            return ["retrieve", {**name, "ids": self.ids(8), **self.parts()}]
        if kind == 1:
            return ["count", {**name, "count_filter": filter_(r), "exact": True}]
        if kind == 2:
            after = {"offset": r.choice(self.pool)} if r.random() < 0.5 else {}
            return ["scroll", {**name, "scroll_filter": filter_(r, 1), "limit": r.randint(1, 20), **after, **self.parts()}]
        if kind == 3:
            return ["scroll", {**name, "order_by": self.order(), "limit": 100, "with_payload": False, **self.filtered("scroll_filter")}]
        if kind == 4:
            return ["facet", {**name, "key": r.choice(["color", "rank", "flag"]), "limit": 100, "exact": True, **self.filtered("facet_filter")}]
        if kind == 5:
            asked = self.nearest() if r.random() < 0.7 else self.query(False)
            if isinstance(asked["query"], dict) and "mmr" in asked["query"]:
                asked = self.nearest()
            groups = {"group_by": r.choice(["group", "color", "count"]), "group_size": r.randint(1, 3), "limit": r.randint(1, 5)}
            return ["query_points_groups", {**name, **asked, **groups, **self.filtered("query_filter")}]
        if kind == 6:
            how = r.choice(["search_matrix_pairs", "search_matrix_offsets"])
            dense_names = [one for one in self.names if one in DENSE]
            return [how, {**name, "using": r.choice(dense_names), "sample": 100, "limit": r.randint(1, 4), **self.filtered("query_filter")}]
        if kind == 7:
            requests = []
            for _ in range(r.randint(1, 3)):
                asked = self.query()
                asked["limit"] = r.randint(1, 10)
                requests.append(asked)
            return ["query_batch_points", {**name, "requests": requests}]
        asked = self.query()
        query = asked.get("query")
        # MMR skips among the candidates in the local mode, not among the chosen.
        if r.random() < 0.3 and not (isinstance(query, dict) and "mmr" in query):
            asked["offset"] = r.randint(0, 5)
        # Of fusions and formulas it does not look at the filter.
        merges = isinstance(query, dict) and {"fusion", "rrf", "formula"} & query.keys()
        filtered = {} if merges else self.filtered("query_filter")
        return ["query_points", {**name, **asked, "limit": r.randint(1, 15), **filtered, **self.parts()}]

    def filtered(self, argument: str) -> dict:
        return {argument: filter_(self.random, 1)} if self.random.random() < 0.4 else {}

    def parts(self) -> dict:
        r = self.random
        payloads = [True, False, ["color", "author.name", "items[].size"], {"include": ["author"]}, {"exclude": ["author.name", "items"]}]
        made = {"with_payload": r.choice(payloads)}
        if r.random() < 0.4:
            made["with_vectors"] = r.choice([True, [r.choice(self.all_names)]])
        return made

    def order(self) -> dict:
        r = self.random
        key = r.choice([*ORDERED, "rank"])
        made = {"key": key, "direction": r.choice(["asc", "desc"])}
        if r.random() < 0.3:
            made["start_from"] = values.DATES[0] if key == "made" else r.randint(1, 5)
        return made

    def example(self, name: str):
        if self.below:
            # The local mode leaves a point that is named here out of this ranking, the server out of the whole answer.
            return vector(self.random, name)
        holders = sorted(self.holders[name], key=str)
        return self.random.choice(holders) if holders and self.random.random() < 0.35 else vector(self.random, name)

    def nearest(self) -> dict:
        name = self.random.choice(self.all_names)
        made = {"query": self.example(name), "using": name}
        if self.random.random() < 0.2:
            made["score_threshold"] = self.random.choice([0.1, 0.5, 1.5])
        return made

    def query(self, may_prefetch: bool = True) -> dict:
        r = self.random
        kind = r.randrange(15 if may_prefetch else 7)
        name = r.choice(self.all_names)
        examples = lambda most: [self.example(name) for _ in range(r.randint(1, most))]
        # Not a point and itself: the local mode, which normalizes in place, finds the two unlike each other.
        pairs = lambda: [{"positive": self.example(name), "negative": vector(r, name)} for _ in range(r.randint(1, 3))]
        if kind <= 1:
            return self.nearest()
        if kind == 2:
            strategy = r.choice(["average_vector", "best_score", "sum_scores"])
            recommend = {"positive": examples(3), "strategy": strategy}
            if r.random() < 0.6:
                recommend["negative"] = examples(2)
            return {"query": {"recommend": recommend}, "using": name}
        if kind == 3:
            return {"query": {"discover": {"target": self.example(name), "context": pairs()}}, "using": name}
        if kind == 4:
            return {"query": {"context": pairs()}, "using": name}
        # The local mode puts the worst first where it measures distances.
        if kind == 5 and DENSE.get(name, (0, ""))[1] not in ("Euclid", "Manhattan"):
            feedback = [{"example": self.example(name), "score": r.choice([0.1, 0.5, 0.9])} for _ in range(r.randint(1, 3))]
            naive = {"naive": {"a": 0.5, "b": 1.0, "c": 0.25}}
            return {"query": {"relevance_feedback": {"target": self.example(name), "feedback": feedback, "strategy": naive}}, "using": name}
        if kind in (5, 6):
            if name in DENSE:
                mmr = {"diversity": r.choice([0.0, 0.3, 0.5, 1.0]), "candidates_limit": 100 if self.below else r.randint(5, 30)}
                return {"query": {"nearest": self.example(name), "mmr": mmr}, "using": name}
            return {"query": {"order_by": self.order()}}
        if kind == 7:
            return {"query": {"order_by": self.order()}}
        if kind == 8:
            return {"query": {"fusion": r.choice(["rrf", "dbsf"])}, "prefetch": self.prefetch(2, True)}
        if kind == 9:
            prefetch = self.prefetch(2, True)
            rrf = {"k": r.randint(1, 60)} if r.random() < 0.7 else {}
            if r.random() < 0.5:
                rrf["weights"] = [r.choice([0.5, 1.0, 3.0]) for _ in prefetch]
            return {"query": {"rrf": rrf}, "prefetch": prefetch}
        if kind == 10:
            return {"query": self.formula(), "prefetch": self.prefetch(2)}
        if kind == 11:
            return {**self.nearest(), "prefetch": self.prefetch(1)}
        if kind == 12:
            return {"query": r.choice(self.pool), "using": name, "lookup_from": {"collection": OTHER, "vector": name}}
        if kind == 13:
            return {"prefetch": self.prefetch(1)} if r.random() < 0.3 else {}
        below = self.prefetch(1)
        self.below = True
        inner = {**self.nearest(), "prefetch": below, "limit": 100}
        self.below = False
        return {"query": {"fusion": "rrf"}, "prefetch": [inner, *self.prefetch(1, True)]}

    def prefetch(self, most: int, ranks_matter: bool = False) -> list:
        made = []
        for _ in range(self.random.randint(1, most)):
            self.below = True
            one = self.query(False)
            while ranks_matter and ties(one):
                one = self.query(False)
            self.below = False
            # All of them: of points that tie, either may be cut.
            one["limit"] = 100
            if self.random.random() < 0.3:
                one["filter"] = filter_(self.random, 1)
            made.append(one)
        return made

    def formula(self) -> dict:
        defaults = {"price": 1.0, "count": 2.0, "$score[1]": 0.25, "place": {"lat": 50.0, "lon": 10.0}, "made": values.DATES[0]}
        return {"formula": self.expression(2), "defaults": defaults}

    def expression(self, depth: int):
        r = self.random
        if depth == 0:
            return r.choice(["$score", "$score[0]", "price", "count", 0.5, 2.0, {"key": "color", "match": {"value": "red"}}])
        inner = lambda: self.expression(depth - 1)
        kind = r.randrange(12)
        if kind <= 2:
            return {"sum": [inner() for _ in range(r.randint(1, 3))]}
        if kind <= 4:
            return {"mult": [inner() for _ in range(r.randint(1, 3))]}
        if kind == 5:
            return {"neg": inner()}
        if kind == 6:
            return {"abs": inner()}
        if kind == 7:
            return {"div": {"left": inner(), "right": inner(), "by_zero_default": 0.5}}
        if kind == 8:
            return {"sqrt": {"abs": inner()}}
        if kind == 9:
            return {"exp_decay": {"x": inner(), "target": 1.0, "scale": 2.0, "midpoint": 0.4}}
        if kind == 10:
            return {r.choice(["gauss_decay", "lin_decay"]): {"x": {"geo_distance": {"origin": values.geo(r), "to": "place"}}, "scale": 1_000_000.0}}
        return {"exp": {"neg": {"abs": inner()}}}
