"""
Qdrant's local mode behind HTTP, as far as the Qdrant store asks: an independent Qdrant by its own makers, whose models read every
request. What it lacks and a server has is added here: payload indexes are remembered, and operations numbered. Prints its port.
"""

import json
import re
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from pydantic import BaseModel, TypeAdapter
from qdrant_client import QdrantClient
from qdrant_client.http import models

warnings.simplefilter("ignore")
owner = QdrantClient(":memory:")
client = owner._client
lock = threading.Lock()
indexes = {}
operations = 0


def read(model, body):
    return TypeAdapter(model).validate_python(body)


def done():
    global operations
    operations += 1
    return {"operation_id": operations, "status": "completed"}


def nearest(query):
    # The client wraps a plain vector before it asks the local mode.
    names = ("nearest", "recommend", "discover", "context", "order_by", "fusion", "rrf", "formula", "sample", "relevance_feedback")
    return query if any(hasattr(query, name) for name in names) else models.NearestQuery(nearest=query)


def prefetched(prefetch):
    if prefetch is None:
        return None
    stages = prefetch if isinstance(prefetch, list) else [prefetch]
    for stage in stages:
        stage.query = nearest(stage.query)
        stage.prefetch = prefetched(stage.prefetch)
    return stages


def query(name, request):
    return client.query_points(
        name,
        query=nearest(request.query),
        using=request.using,
        prefetch=prefetched(request.prefetch),
        query_filter=request.filter,
        limit=request.limit,
        offset=request.offset,
        with_payload=request.with_payload if request.with_payload is not None else False,
        with_vectors=request.with_vector or False,
        score_threshold=request.score_threshold,
    )


def create(name, body):
    request = read(models.CreateCollection, body)
    client.create_collection(name, request.vectors, request.sparse_vectors, request.metadata)
    indexes[name] = {}
    return True


def info(name, _):
    found = json.loads(client.get_collection(name).model_dump_json())
    found["payload_schema"] = {
        key: {"data_type": schema if isinstance(schema, str) else schema["type"], "points": 0}
        for key, schema in indexes[name].items()
    }
    return found


def change(name, body):
    request = read(models.UpdateCollection, body)
    client.update_collection(name, metadata=request.metadata)
    return True


def drop(name, _):
    aliases = [one.alias_name for one in client.get_aliases().aliases if one.collection_name == name]
    for alias in aliases:
        del client.aliases[alias]
    indexes.pop(name, None)
    return client.delete_collection(name)


def index(name, body):
    request = read(models.CreateFieldIndex, body)
    client._get_collection(name)
    indexes[name][request.field_name] = body["field_schema"]
    return done()


def unindex(name, _, key):
    indexes[name].pop(key, None)
    return done()


def upsert(name, body):
    client.upsert(name, read(models.PointsList, body).points)
    return done()


def delete(name, body):
    client.delete(name, read(models.PointsSelector, body))
    return done()


def batch(name, body):
    wanted = read(models.UpdateOperations, body).operations
    client.batch_update_points(name, wanted)
    return [done() for _ in wanted]


def retrieve(name, body):
    request = read(models.PointRequest, body)
    return client.retrieve(name, request.ids, request.with_payload, request.with_vector or False)


def scroll(name, body):
    request = read(models.ScrollRequest, body)
    points, offset = client.scroll(
        name,
        request.filter,
        request.limit,
        offset=request.offset,
        with_payload=request.with_payload,
        with_vectors=request.with_vector or False,
    )
    return {"points": points, "next_page_offset": offset}


def count(name, body):
    return client.count(name, read(models.CountRequest, body).filter)


def facet(name, body):
    request = read(models.FacetRequest, body)
    return client.facet(name, request.key, request.filter, min(request.limit, 10_000))


def query_one(name, body):
    return query(name, read(models.QueryRequest, body))


def query_batch(name, body):
    return [query(name, search) for search in read(models.QueryRequestBatch, body).searches]


def add_vector(name, body, vector):
    client.create_vector_name(name, vector, read(models.VectorNameConfig, body))
    return done()


def drop_vector(name, _, vector):
    client.delete_vector_name(name, vector)
    return done()


def aliases(_):
    return client.get_aliases()


def change_aliases(body):
    return client.update_collection_aliases(read(models.ChangeAliasesOperation, body).actions)


c = r"/collections/([^/]+)"
routes = [
    ("GET", r"/collections", lambda _: client.get_collections()),
    ("GET", r"/aliases", aliases),
    ("POST", r"/collections/aliases", change_aliases),
    ("PUT", c, create),
    ("GET", c, info),
    ("PATCH", c, change),
    ("DELETE", c, drop),
    ("PUT", c + "/index", index),
    ("DELETE", c + "/index/([^/]+)", unindex),
    ("PUT", c + "/vectors/([^/]+)", add_vector),
    ("DELETE", c + "/vectors/([^/]+)", drop_vector),
    ("PUT", c + "/points", upsert),
    ("POST", c + "/points", retrieve),
    ("POST", c + "/points/delete", delete),
    ("POST", c + "/points/batch", batch),
    ("POST", c + "/points/scroll", scroll),
    ("POST", c + "/points/count", count),
    ("POST", c + "/points/query", query_one),
    ("POST", c + "/points/query/batch", query_batch),
    ("POST", c + "/facet", facet),
]


def plain(value):
    if isinstance(value, BaseModel):
        return json.loads(value.model_dump_json())
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        path = self.path.split("?")[0]
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        status, told = 404, {"status": {"error": f"no {self.command} {path}"}, "time": 0}
        for method, pattern, handle in routes:
            found = re.fullmatch(pattern, path)
            if method != self.command or found is None:
                continue
            names = [unquote(name) for name in found.groups()]
            given = [names[0], body, *names[1:]] if names else [body]
            try:
                with lock:
                    told = {"result": plain(handle(*given)), "status": "ok", "time": 0}
                status = 200
            except Exception as error:  # the local mode has no kinds of errors
                words = f"{type(error).__name__}: {error}"
                lowered = words.lower()
                status = 404 if "not found" in lowered or "does not exist" in lowered else 409 if "already exists" in lowered else 400
                told = {"status": {"error": words[:2000]}, "time": 0}
            break
        text = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever()
