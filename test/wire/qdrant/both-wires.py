"""One program for Qdrant's own Python client, over REST and over gRPC: prints what each step answered, one line of JSON a step.

Arguments: "rest" or "grpc", the REST port, the gRPC port. What is said of the client's own doings (numbers of operations, time)
is left out; numbers are rounded, since REST writes float32 shortly and gRPC as they are.
"""

import json
import struct
import sys
from datetime import datetime, timezone

import grpc
from pydantic import BaseModel
from qdrant_client import QdrantClient, models as m
from qdrant_client.http.exceptions import UnexpectedResponse

WIRE, REST_PORT, GRPC_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = QdrantClient(
    host="127.0.0.1", port=REST_PORT, grpc_port=GRPC_PORT, prefer_grpc=WIRE == "grpc", check_compatibility=False
)

HTTP_STATUS = {
    grpc.StatusCode.NOT_FOUND: [404],
    grpc.StatusCode.INVALID_ARGUMENT: [400, 422],
    grpc.StatusCode.ALREADY_EXISTS: [409],
    grpc.StatusCode.FAILED_PRECONDITION: [405],
    grpc.StatusCode.INTERNAL: [500],
    grpc.StatusCode.RESOURCE_EXHAUSTED: [429],
    grpc.StatusCode.UNIMPLEMENTED: [501],
}


def plain(value):
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude={"operation_id"}, exclude_none=True)
    if isinstance(value, float):
        # As float32 first, so that both wires round the same number.
        return float(f"{struct.unpack('f', struct.pack('f', value))[0]:.5g}")
    if isinstance(value, dict):
        # gRPC cannot tell what is empty from what is not there.
        return {key: plain(inside) for key, inside in sorted(value.items()) if inside not in (None, {}, [])}
    if isinstance(value, (list, tuple)):
        return [plain(inside) for inside in value]
    return value


def step(name, call):
    try:
        answer = {"answer": plain(call())}
    except UnexpectedResponse as error:
        message = json.loads(error.content)["status"]["error"]
        message = message.removeprefix("Format error in JSON body: ").replace("in JSON body", "in body")
        message = message.replace("in path parameters: [name:", "in body: [collection_name:")
        answer = {"status": error.status_code, "error": message}
    except grpc.RpcError as error:
        statuses = HTTP_STATUS[error.code()]
        status = statuses[-1] if error.details().startswith("Validation error") else statuses[0]
        answer = {"status": status, "error": error.details()}
    print(json.dumps({"step": name, **answer}))


# In full, since REST takes shorter forms of these as they are.
def only(*paths):
    return m.PayloadSelectorInclude(include=paths)


def nearest(*vector):
    return m.NearestQuery(nearest=vector)


def filtered(name, condition):
    where = condition if isinstance(condition, m.Filter) else m.Filter(must=[condition])
    step(f"filter {name}", lambda: client.scroll("things", scroll_filter=where, limit=50, with_payload=False))


def queried(name, query=None, **options):
    step(f"query {name}", lambda: client.query_points("things", query=query, limit=5, **options))


# Collections.
step("create", lambda: client.create_collection(
    "things",
    vectors_config={
        "a": m.VectorParams(size=4, distance=m.Distance.DOT, hnsw_config=m.HnswConfigDiff(m=24)),
        "b": m.VectorParams(size=2, distance=m.Distance.EUCLID, on_disk=True, datatype=m.Datatype.FLOAT16),
        "rows": m.VectorParams(
            size=2,
            distance=m.Distance.COSINE,
            multivector_config=m.MultiVectorConfig(comparator=m.MultiVectorComparator.MAX_SIM),
        ),
    },
    sparse_vectors_config={
        "words": m.SparseVectorParams(
            index=m.SparseIndexParams(on_disk=False, full_scan_threshold=7), modifier=m.Modifier.IDF
        )
    },
    hnsw_config=m.HnswConfigDiff(m=8, ef_construct=64, payload_m=4),
    optimizers_config=m.OptimizersConfigDiff(indexing_threshold=5_000, max_optimization_threads=2),
    quantization_config=m.ScalarQuantization(
        scalar=m.ScalarQuantizationConfig(type=m.ScalarType.INT8, quantile=0.75, always_ram=True)
    ),
    wal_config=m.WalConfigDiff(wal_capacity_mb=64),
    strict_mode_config=m.StrictModeConfig(
        enabled=True,
        max_query_limit=1_000,
        search_max_oversampling=2.5,
        multivector_config={"rows": m.StrictModeMultivector(max_vectors=9)},
        sparse_config={"words": m.StrictModeSparse(max_length=99)},
    ),
    metadata={"owner": "tests", "nested": {"list": [1, 2.5, None, True, "x"]}},
    on_disk_payload=False,
    replication_factor=1,
))
step("get what was created", lambda: client.get_collection("things"))
step("create what is there", lambda: client.create_collection("things", m.VectorParams(size=4, distance=m.Distance.DOT)))
step("create with a wrong size", lambda: client.create_collection("no", m.VectorParams(size=0, distance=m.Distance.DOT)))
step("create with a wrong name", lambda: client.create_collection("a:b", m.VectorParams(size=4, distance=m.Distance.DOT)))
step("create single", lambda: client.create_collection(
    "single",
    m.VectorParams(size=2, distance=m.Distance.COSINE),
    quantization_config=m.BinaryQuantization(
        binary=m.BinaryQuantizationConfig(
            encoding=m.BinaryQuantizationEncoding.TWO_BITS,
            query_encoding=m.BinaryQuantizationQueryEncoding.SCALAR8BITS,
        )
    ),
))
step("create with product quantization", lambda: client.create_collection(
    "product",
    m.VectorParams(size=8, distance=m.Distance.MANHATTAN),
    quantization_config=m.ProductQuantization(
        product=m.ProductQuantizationConfig(compression=m.CompressionRatio.X16, always_ram=False)
    ),
))
step("get single", lambda: client.get_collection("single"))
step("get product", lambda: client.get_collection("product"))
step("get none", lambda: client.get_collection("none"))
step("list", lambda: sorted(c.name for c in client.get_collections().collections))
step("exists", lambda: [client.collection_exists("things"), client.collection_exists("none")])
step("update", lambda: client.update_collection(
    "things",
    optimizers_config=m.OptimizersConfigDiff(deleted_threshold=0.5),
    hnsw_config=m.HnswConfigDiff(full_scan_threshold=123),
    collection_params=m.CollectionParamsDiff(read_fan_out_factor=3),
    vectors_config={"a": m.VectorParamsDiff(hnsw_config=m.HnswConfigDiff(ef_construct=77))},
    quantization_config=m.Disabled.DISABLED,
    metadata={"more": 1},
))
step("get what was updated", lambda: client.get_collection("things"))
step("aliases", lambda: client.update_collection_aliases([
    m.CreateAliasOperation(create_alias=m.CreateAlias(collection_name="single", alias_name="one")),
    m.CreateAliasOperation(create_alias=m.CreateAlias(collection_name="single", alias_name="two")),
    m.RenameAliasOperation(rename_alias=m.RenameAlias(old_alias_name="one", new_alias_name="uno")),
    m.DeleteAliasOperation(delete_alias=m.DeleteAlias(alias_name="two")),
]))
step("all aliases", lambda: client.get_aliases())
step("aliases of one", lambda: client.get_collection_aliases("single"))
step("alias of none", lambda: client.update_collection_aliases([
    m.CreateAliasOperation(create_alias=m.CreateAlias(collection_name="none", alias_name="x"))
]))
step("cluster info", lambda: client.collection_cluster_info("things"))

# Payload indexes.
for field, schema in {
    "city": m.PayloadSchemaType.KEYWORD,
    "n": m.IntegerIndexParams(type="integer", lookup=True, range=True),
    "f": m.FloatIndexParams(type="float", on_disk=False),
    "place": m.PayloadSchemaType.GEO,
    "text": m.TextIndexParams(
        type="text",
        tokenizer=m.TokenizerType.WORD,
        lowercase=True,
        min_token_len=2,
        max_token_len=20,
        stopwords=m.StopwordsSet(languages=[m.Language.ENGLISH], custom=["foo"]),
        stemmer=m.SnowballParams(type=m.Snowball.SNOWBALL, language=m.SnowballLanguage.ENGLISH),
        phrase_matching=True,
    ),
    "words": m.TextIndexParams(
        type="text", tokenizer=m.TokenizerType.MULTILINGUAL, lowercase=True, on_disk=True, phrase_matching=True
    ),
    "ok": m.BoolIndexParams(type="bool"),
    "when": m.PayloadSchemaType.DATETIME,
    "uid": m.UuidIndexParams(type="uuid", is_tenant=True),
    "list[].y": m.PayloadSchemaType.INTEGER,
}.items():
    step(f"index {field}", lambda: client.create_payload_index("things", field, field_schema=schema, wait=True))
step("drop an index", lambda: client.delete_payload_index("things", "f", wait=True))
step("index by a wrong path", lambda: client.create_payload_index("things", "a[", m.PayloadSchemaType.KEYWORD))
step("payload schema", lambda: client.get_collection("things").payload_schema)

# Points.
UUID = "936da01f-9abd-4d9d-80c7-02af85c822a8"
points = [
    m.PointStruct(
        id=i,
        vector={"a": [i, 1.5, -0.25, 0.1], "b": [i / 3, 1.0]},
        payload={
            "city": ["Berlin", "Rome", "Lima"][i % 3],
            "n": i,
            "f": i / 2 + 0.25,
            "ok": i % 2 == 0,
            "when": f"2024-01-{i + 10}T10:00:00Z",
            "place": {"lon": 13.4 + i, "lat": 52.5},
            "text": f"the quick brown fox number {i}",
            "list": [{"y": i}, {"y": i + 100}],
            "deep": {"null": None, "empty": [], "more": {"x": [1, "two", 3.5, False]}},
        },
    )
    for i in range(12)
] + [
    m.PointStruct(id=UUID, vector={"b": [0.5, 0.5]}, payload={"city": "Oslo", "n": -5}),
    m.PointStruct(id=2**64 - 1, vector={"a": [1, 2, 3, 4]}, payload={}),
]
step("upsert", lambda: client.upsert("things", points, wait=True))
step("upsert without waiting", lambda: client.upsert("things", points[:1]))
step("upsert single", lambda: client.upsert(
    "single", [m.PointStruct(id=i, vector=[3, 4 - i], payload={"a": i}) for i in (1, 2)], wait=True
))
step("upsert sparse and rows", lambda: client.upsert(
    "things",
    [
        m.PointStruct(
            id=50,
            vector={"words": m.SparseVector(indices=[5, 2**31], values=[1.5, 2.0]), "rows": [[1, 0], [0.6, 0.8]]},
        )
    ],
    wait=True,
))
step("upsert of a wrong size", lambda: client.upsert("single", [m.PointStruct(id=3, vector=[1, 2, 3])]))
step("upsert of a wrong name", lambda: client.upsert("things", [m.PointStruct(id=3, vector={"zzz": [1, 2, 3]})]))
step("insert only", lambda: client.upsert(
    "single", [m.PointStruct(id=1, vector=[9, 9])], wait=True, update_mode=m.UpdateMode.INSERT_ONLY
))
step("upsert what matches", lambda: client.upsert(
    "single",
    [m.PointStruct(id=2, vector=[0, 1], payload={"a": 3})],
    wait=True,
    update_filter=m.Filter(must=[m.FieldCondition(key="a", match=m.MatchValue(value=2))]),
))
step("single", lambda: client.scroll("single", with_vectors=True))
for name, options in {
    "plain": {},
    "vectors": {"with_vectors": True, "with_payload": False},
    "one vector": {"with_vectors": ["b"]},
    "no such vector": {"with_vectors": ["zzz"]},
    "included": {"with_payload": only("city", "deep.more")},
    "excluded": {"with_payload": m.PayloadSelectorExclude(exclude=["deep", "list[].y", "text"])},
}.items():
    step(f"retrieve {name}", lambda: client.retrieve("things", [UUID, 3, 50, 2**64 - 1, 777], **options))
step("page", lambda: client.scroll("things", limit=3, offset=4, with_payload=only("n")))
step("last page", lambda: client.scroll("things", limit=30, offset=UUID, with_payload=only("n")))
for name, order in {
    "up": m.OrderBy(key="n"),
    "down": m.OrderBy(key="n", direction=m.Direction.DESC),
    "from": m.OrderBy(key="n", start_from=4),
    "time": m.OrderBy(key="when", start_from=datetime(2024, 1, 15, tzinfo=timezone.utc)),
    "without index": m.OrderBy(key="nothing"),
}.items():
    step(f"ordered {name}", lambda: client.scroll("things", limit=4, order_by=order, with_payload=only("n")))
step("count", lambda: client.count("things", exact=False))
step("count some", lambda: client.count("things", m.Filter(must_not=[m.HasIdCondition(has_id=[1, 2, UUID])])))
step("facet", lambda: client.facet("things", "city"))
step("facet of integers", lambda: client.facet("things", "n", limit=3, exact=True))
step("facet of booleans", lambda: client.facet("things", "ok"))

# Filters.
key = m.FieldCondition
point = m.GeoPoint(lon=13.4, lat=52.5)
for name, condition in {
    "value": key(key="city", match=m.MatchValue(value="Rome")),
    "integer": key(key="n", match=m.MatchValue(value=-5)),
    "boolean": key(key="ok", match=m.MatchValue(value=False)),
    "any": key(key="city", match=m.MatchAny(any=["Rome", "Oslo"])),
    "any integer": key(key="n", match=m.MatchAny(any=[1, 2, -5])),
    "except": key(key="city", match=m.MatchExcept(**{"except": ["Rome"]})),
    "except integer": key(key="n", match=m.MatchExcept(**{"except": [1, 2]})),
    "text": key(key="text", match=m.MatchText(text="quick 7")),
    "phrase": key(key="text", match=m.MatchPhrase(phrase="brown fox")),
    "text any": key(key="text", match=m.MatchTextAny(text_any="7 8")),
    "range": key(key="n", range=m.Range(gt=2, lte=5)),
    "range of time": key(
        key="when",
        range=m.DatetimeRange(
            gte=datetime(2024, 1, 12, 10, 0, 0, 0, timezone.utc), lt=datetime(2024, 1, 15, tzinfo=timezone.utc)
        ),
    ),
    "box": key(
        key="place",
        geo_bounding_box=m.GeoBoundingBox(top_left=m.GeoPoint(lon=13, lat=53), bottom_right=m.GeoPoint(lon=15, lat=52)),
    ),
    "radius": key(key="place", geo_radius=m.GeoRadius(center=point, radius=100_000)),
    "polygon": key(
        key="place",
        geo_polygon=m.GeoPolygon(
            exterior=m.GeoLineString(
                points=[m.GeoPoint(lon=x, lat=y) for x, y in [(13, 52), (16, 52), (16, 53), (13, 53), (13, 52)]]
            )
        ),
    ),
    "count of values": key(key="list", values_count=m.ValuesCount(gte=2)),
    "is empty": m.IsEmptyCondition(is_empty=m.PayloadField(key="when")),
    "is null": m.IsNullCondition(is_null=m.PayloadField(key="deep.null")),
    "ids": m.HasIdCondition(has_id=[2, UUID, 2**64 - 1]),
    "vector": m.HasVectorCondition(has_vector="a"),
    "nested": m.NestedCondition(
        nested=m.Nested(key="list", filter=m.Filter(must=[key(key="y", range=m.Range(gte=105))]))
    ),
    "inside": m.Filter(should=[key(key="n", match=m.MatchValue(value=1)), m.HasIdCondition(has_id=[5])]),
    "all of it": m.Filter(
        must=[key(key="n", range=m.Range(gte=1))],
        must_not=[key(key="city", match=m.MatchValue(value="Lima"))],
        min_should=m.MinShould(
            conditions=[key(key="n", range=m.Range(gte=i)) for i in (3, 5, 7)], min_count=2
        ),
    ),
    "by a wrong path": key(key="a[", match=m.MatchValue(value=1)),
}.items():
    filtered(name, condition)

# Queries.
a = {"using": "a"}
queried("nothing")
queried("nearest", [1, 0, 0, 0.5], **a)
queried("with all", [1, 0, 0, 0.5], with_vectors=True, with_payload=True, **a)
queried("by id", 3, **a)
queried("by what is not there", 777, **a)
queried("rounded", [0.1, 0.2], using="b", search_params=m.SearchParams(exact=True, hnsw_ef=12, indexed_only=False), score_threshold=2.5)
queried("filtered", [1, 0, 0, 0.5], query_filter=m.Filter(must=[key(key="ok", match=m.MatchValue(value=True))]), **a)
queried("further", [1, 0, 0, 0.5], offset=2, **a)
queried("wrong size", [1, 0], **a)
queried("wrong name", [1, 0], using="zzz")
queried("rows", [[1, 0], [0, 1]], using="rows")
queried("words", m.SparseVector(indices=[5], values=[1.0]), using="words")
queried("spread", m.NearestQuery(nearest=[1, 0, 0, 0], mmr=m.Mmr(diversity=0.5, candidates_limit=9)), **a)
for strategy in m.RecommendStrategy:
    queried(f"recommend {strategy.value}", m.RecommendQuery(
        recommend=m.RecommendInput(positive=[1, [0, 1, 0, 0]], negative=[4], strategy=strategy)
    ), **a)
queried("recommend nothing", m.RecommendQuery(recommend=m.RecommendInput(positive=[], negative=[])), **a)
pair = m.ContextPair(positive=2, negative=[1, 1, 1, 1])
queried("discover", m.DiscoverQuery(discover=m.DiscoverInput(target=[1, 0, 0, 0], context=[pair])), **a)
queried("context", m.ContextQuery(context=[pair]), **a)
queried("order", m.OrderByQuery(order_by=m.OrderBy(key="n", direction=m.Direction.DESC)))
both = [m.Prefetch(query=nearest(1, 0, 0, 0), using="a", limit=7), m.Prefetch(query=nearest(0.5, 0.5), using="b", limit=7)]
for fusion in m.Fusion:
    queried(f"fusion {fusion.value}", m.FusionQuery(fusion=fusion), prefetch=both)
queried("weighted", m.RrfQuery(rrf=m.Rrf(k=5, weights=[1.0, 3.0])), prefetch=both)
queried("rescored", [0.2, 0.2], using="b", prefetch=[m.Prefetch(query=nearest(1, 0, 0, 0), using="a", limit=4, score_threshold=2)])
queried("deeper", [0.2, 0.2], using="b", prefetch=[m.Prefetch(
    prefetch=both, query=m.FusionQuery(fusion=m.Fusion.RRF), limit=4, filter=m.Filter(must=[key(key="n", range=m.Range(lt=9))])
)])
expressions = {
    "sum": m.SumExpression(sum=["$score", m.MultExpression(mult=[0.5, "n"]), 1.5]),
    "parts": m.MultExpression(mult=[
        m.AbsExpression(abs=m.NegExpression(neg="n")),
        m.DivExpression(div=m.DivParams(left=1.0, right="n", by_zero_default=0.25)),
        m.SqrtExpression(sqrt=4.0),
        m.PowExpression(pow=m.PowParams(base=2.0, exponent=3.0)),
        m.ExpExpression(exp=0.5),
        m.Log10Expression(log10=100.0),
        m.LnExpression(ln=2.5),
    ]),
    "condition": m.SumExpression(sum=["$score", key(key="city", match=m.MatchValue(value="Rome"))]),
    "distance": m.GeoDistance(geo_distance=m.GeoDistanceParams(origin=point, to="place")),
    "decay": m.GaussDecayExpression(gauss_decay=m.DecayParamsExpression(x="n", target=3.0, scale=2.0, midpoint=0.4)),
    "time": m.ExpDecayExpression(exp_decay=m.DecayParamsExpression(
        x=m.DatetimeKeyExpression(datetime_key="when"),
        target=m.DatetimeExpression(datetime="2024-01-15T00:00:00Z"),
        scale=86_400.0,
    )),
    "slope": m.LinDecayExpression(lin_decay=m.DecayParamsExpression(x="n")),
}
for name, expression in expressions.items():
    queried(f"formula {name}", m.FormulaQuery(formula=expression, defaults={"n": 2, "when": "2024-01-01T00:00:00Z", "place": {"lon": 1.0, "lat": 2.0}}), prefetch=both[:1])
queried("formula without prefetch", m.FormulaQuery(formula=expressions["sum"]))
queried("feedback", m.RelevanceFeedbackQuery(relevance_feedback=m.RelevanceFeedbackInput(
    target=[1, 0, 0, 0],
    feedback=[m.FeedbackItem(example=2, score=0.9), m.FeedbackItem(example=[0, 1, 0, 0], score=0.1)],
    strategy=m.NaiveFeedbackStrategy(naive=m.NaiveFeedbackStrategyParams(a=0.12, b=0.43, c=0.16)),
)), **a)
queried("looked up", 1, using="b", lookup_from=m.LookupLocation(collection="single", vector=""))
queried("of another's point", 1, using="b", lookup_from=m.LookupLocation(collection="none"))
queried("in part", [1, 0, 0, 0], with_payload=only("n", "list[].y"), **a)
step("zero", lambda: client.query_points("things", [1, 0, 0, 0], limit=0, using="a"))
step("too many", lambda: client.query_points("things", [1, 0, 0, 0], limit=5_000, using="a"))
step("sample", lambda: len(client.query_points("things", m.SampleQuery(sample=m.Sample.RANDOM), limit=6).points))
step("batch", lambda: client.query_batch_points("things", [
    m.QueryRequest(query=nearest(1, 0, 0, 0), using="a", limit=2, with_payload=True),
    m.QueryRequest(query=m.NearestQuery(nearest=5), using="b", limit=3, with_vector=["b"]),
    m.QueryRequest(filter=m.Filter(must=[m.HasIdCondition(has_id=[UUID])])),
]))
step("groups", lambda: client.query_points_groups(
    "things", "city", query=nearest(1, 0, 0, 0), using="a", limit=2, group_size=2, with_payload=only("n")
))
step("groups with lookup", lambda: client.query_points_groups(
    "things", "n", query=nearest(1, 0, 0, 0), using="a", limit=13, group_size=1,
    with_lookup=m.WithLookup(collection="single", with_payload=True, with_vectors=True),
))
every = m.Filter(must=[key(key="n", range=m.Range(gte=0))])
step("pairs", lambda: len(client.search_matrix_pairs("things", query_filter=every, sample=12, limit=2, using="a").pairs))
step("offsets", lambda: sorted(client.search_matrix_offsets("things", query_filter=every, sample=12, limit=2, using="a").ids))

# Vectors by name.
step("add a vector", lambda: client.create_vector_name(
    "things",
    "late",
    m.DenseVectorNameConfig(
        dense=m.DenseVectorConfig(size=3, distance=m.Distance.MANHATTAN, datatype=m.Datatype.FLOAT32)
    ),
))
step("add what is there", lambda: client.create_vector_name(
    "things", "a", m.DenseVectorNameConfig(dense=m.DenseVectorConfig(size=3, distance=m.Distance.DOT))
))
step("add a sparse vector", lambda: client.create_vector_name(
    "things", "later", m.SparseVectorNameConfig(sparse=m.SparseVectorConfig(modifier=m.Modifier.IDF))
))
step("fill it", lambda: client.update_vectors("things", [m.PointVectors(id=1, vector={"late": [1, 2, 3]})], wait=True))
step("vectors that there are", lambda: client.get_collection("things").config.params)
step("delete a vector's name", lambda: client.delete_vector_name("things", "late"))
step("delete no vector's name", lambda: client.delete_vector_name("things", "never"))

# Writes of parts.
step("set payload", lambda: client.set_payload("things", {"new": [1, {"x": None}], "n": None}, points=[1, UUID], wait=True))
step("set payload below", lambda: client.set_payload("things", {"z": 1}, points=[2], key="deep.more", wait=True))
step("set payload where", lambda: client.set_payload(
    "things", {"big": 2**53 - 1}, points=m.Filter(must=[key(key="n", range=m.Range(gte=9))]), wait=True
))
step("set payload of none", lambda: client.set_payload("things", {"a": 1}, points=[777], wait=True))
step("overwrite payload", lambda: client.overwrite_payload("things", {"only": True}, points=[3], wait=True))
step("delete payload", lambda: client.delete_payload("things", ["text", "deep.empty", "list[].y"], points=[1, 2], wait=True))
step("clear payload", lambda: client.clear_payload("things", points_selector=[4], wait=True))
step("update vectors", lambda: client.update_vectors(
    "things", [m.PointVectors(id=1, vector={"b": [7, 7]}), m.PointVectors(id=UUID, vector={"a": [4, 3, 2, 1]})], wait=True
))
step("delete vectors", lambda: client.delete_vectors("things", ["a"], points=[5, 6], wait=True))
step("batch of writes", lambda: client.batch_update_points(
    "things",
    [
        m.UpsertOperation(upsert=m.PointsList(points=[m.PointStruct(id=60, vector={"b": [1, 2]}, payload={"k": 1})])),
        m.SetPayloadOperation(set_payload=m.SetPayload(payload={"k": 2}, points=[60])),
        m.OverwritePayloadOperation(overwrite_payload=m.SetPayload(payload={"over": 1}, filter=m.Filter(must=[m.HasIdCondition(has_id=[7])]))),
        m.DeletePayloadOperation(delete_payload=m.DeletePayload(keys=["f"], points=[8])),
        m.ClearPayloadOperation(clear_payload=m.PointIdsList(points=[9])),
        m.UpdateVectorsOperation(update_vectors=m.UpdateVectors(points=[m.PointVectors(id=60, vector={"b": [3, 4]})])),
        m.DeleteVectorsOperation(delete_vectors=m.DeleteVectors(vector=["b"], points=[10])),
        m.DeleteOperation(delete=m.PointIdsList(points=[11])),
    ],
    wait=True,
))
step("delete", lambda: client.delete("things", [2**64 - 1], wait=True))
step("delete where", lambda: client.delete("things", m.Filter(must=[key(key="ok", match=m.MatchValue(value=True))]), wait=True))
step("what is left", lambda: client.scroll("things", limit=50, with_vectors=True))
step("drop", lambda: [client.delete_collection("things"), client.delete_collection("things")])
