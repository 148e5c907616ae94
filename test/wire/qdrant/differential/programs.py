"""Random programs: lists of [method of the Python client, its arguments as JSON]. The first steps make the collections."""

from random import Random

import values
from values import DENSE, MULTI, ORDERED, SPARSE, filter_, payload, vector, vectors

MAIN = "main"
OTHER = "other"


def program(random: Random, length: int) -> list:
    names = random.sample(list(DENSE), random.randint(1, 3)) + random.sample(list(MULTI), random.randint(0, 2))
    sparse_names = random.sample(list(SPARSE), random.randint(0, 2))
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
    sparse_params = {one: {"modifier": "idf"} if one == "rare" else {} for one in sparse_names}
    yield ["create_collection", {"collection_name": name, "vectors_config": params, "sparse_vectors_config": sparse_params}]
    for key, schema in {**ORDERED, "color": "keyword", "rank": "integer", "flag": "bool"}.items():
        yield ["create_payload_index", {"collection_name": name, "field_name": key, "field_schema": schema}]


class Known:
    """Makes steps for a collection with these vectors."""

    def __init__(self, random: Random, names: list, sparse_names: list):
        self.random = random
        self.names = names
        self.sparse_names = sparse_names
        self.all_names = names + sparse_names
        self.pool = random.choice([values.NUMBERS, values.NUMBERS, values.UUIDS[:30], values.NUMBERS[:15] + values.UUIDS[:15]])
        #: Of points that were put first, and that examples name as a rule.
        self.first: list = []

    # ---- writes ----

    def upsert(self, collection: str, count: int) -> list:
        r = self.random
        points = {}
        for _ in range(count):
            one = r.choice(self.pool)
            points[str(one)] = {"id": one, "vector": vectors(r, self.all_names), "payload": payload(r)}
        if not self.first:
            self.first = [point["id"] for point in points.values()]
        return ["upsert", {"collection_name": collection, "points": list(points.values())}]

    def write(self) -> list:
        r = self.random
        kind = r.randrange(11)
        name = {"collection_name": MAIN}
        if kind <= 2:
            return self.upsert(MAIN, r.randint(1, 8))
        if kind == 3:
            return ["delete", {**name, "points_selector": self.selector(0.5)}]
        if kind == 4:
            keys = {"key": r.choice(["author", "author.more", "items[0]", "items[]"])} if r.random() < 0.4 else {}
            return ["set_payload", {**name, "payload": self.change(), "points": self.selector(), **keys}]
        if kind == 5:
            return ["overwrite_payload", {**name, "payload": self.change(), "points": self.selector(0.3)}]
        if kind == 6:
            keys = r.sample(["color", "rank", "author.name", "items[].size", "items[0]", "nothing"], 2)
            return ["delete_payload", {**name, "keys": keys, "points": self.selector()}]
        if kind == 7:
            return ["clear_payload", {**name, "points_selector": self.selector(0.3)}]
        if kind == 8:
            points = [{"id": one, "vector": self.some_vectors()} for one in self.ids(3)]
            return ["update_vectors", {**name, "points": points}]
        if kind == 9:
            return ["delete_vectors", {**name, "vectors": [r.choice(self.all_names)], "points": self.selector(0.3)}]
        operations = [
            {"upsert": {"points": self.upsert(MAIN, 2)[1]["points"]}},
            {"set_payload": {"payload": self.change(), "points": self.ids(3)}},
            {"delete_payload": {"keys": ["color"], "points": self.ids(3)}},
            {"delete": {"points": self.ids(2)}},
            {"update_vectors": {"points": [{"id": one, "vector": self.some_vectors()} for one in self.ids(2)]}},
        ]
        return ["batch_update_points", {**name, "update_operations": r.sample(operations, r.randint(1, 4))}]

    def ids(self, most: int) -> list:
        return self.random.sample(self.pool, self.random.randint(1, most))

    def selector(self, filters: float = 0.4):
        if self.random.random() < filters:
            return {"filter": filter_(self.random)}
        return {"points": self.ids(5)}

    def change(self) -> dict:
        changed = payload(self.random)
        keys = self.random.sample(list(changed), min(len(changed), 3))
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
        if r.random() < 0.3:
            asked["offset"] = r.randint(0, 5)
        return ["query_points", {**name, **asked, "limit": r.randint(1, 15), **self.filtered("query_filter"), **self.parts()}]

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
        return self.random.choice(self.first) if self.random.random() < 0.35 else vector(self.random, name)

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
        pairs = lambda: [{"positive": self.example(name), "negative": self.example(name)} for _ in range(r.randint(1, 3))]
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
        if kind == 5:
            feedback = [{"example": self.example(name), "score": r.choice([0.1, 0.5, 0.9])} for _ in range(r.randint(1, 3))]
            naive = {"naive": {"a": 0.5, "b": 1.0, "c": 0.25}}
            return {"query": {"relevance_feedback": {"target": self.example(name), "feedback": feedback, "strategy": naive}}, "using": name}
        if kind == 6:
            if name in DENSE:
                mmr = {"diversity": r.choice([0.0, 0.3, 0.5, 1.0]), "candidates_limit": r.randint(5, 30)}
                return {"query": {"nearest": self.example(name), "mmr": mmr}, "using": name}
            return {"query": {"order_by": self.order()}}
        if kind == 7:
            return {"query": {"order_by": self.order()}}
        if kind == 8:
            return {"query": {"fusion": r.choice(["rrf", "dbsf"])}, "prefetch": self.prefetch(2)}
        if kind == 9:
            prefetch = self.prefetch(2)
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
        inner = {**self.nearest(), "prefetch": self.prefetch(1), "limit": r.randint(3, 12)}
        return {"query": {"fusion": "rrf"}, "prefetch": [inner, *self.prefetch(1)]}

    def prefetch(self, most: int) -> list:
        made = []
        for _ in range(self.random.randint(1, most)):
            one = self.query(False)
            one["limit"] = self.random.randint(3, 20)
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
