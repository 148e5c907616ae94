"""Reads requests ([method, path, body] on stdin) with the models of Qdrant's own Python client, which take no names but theirs."""

import json
import re
import sys

from pydantic import TypeAdapter
from qdrant_client.http import models

adapters = [
    ("PUT", r"/collections/[^/]+$", models.CreateCollection),
    ("PATCH", r"/collections/[^/]+$", models.UpdateCollection),
    ("PUT", r"/collections/[^/]+/index$", models.CreateFieldIndex),
    ("PUT", r"/collections/[^/]+/vectors/[^/]+$", models.VectorNameConfig),
    ("POST", r"/collections/aliases$", models.ChangeAliasesOperation),
    ("PUT", r"/collections/[^/]+/points$", models.PointsList),
    ("POST", r"/collections/[^/]+/points$", models.PointRequest),
    ("POST", r"/points/delete$", models.PointsSelector),
    ("POST", r"/points/batch$", models.UpdateOperations),
    ("POST", r"/points/scroll$", models.ScrollRequest),
    ("POST", r"/points/count$", models.CountRequest),
    ("POST", r"/points/query$", models.QueryRequest),
    ("POST", r"/points/query/batch$", models.QueryRequestBatch),
    ("POST", r"/collections/[^/]+/facet$", models.FacetRequest),
]

seen = {}
for method, path, body in json.load(sys.stdin):
    if body is None:
        continue
    found = [model for verb, pattern, model in adapters if verb == method and re.search(pattern, path)]
    if not found:
        sys.exit(f"no model for {method} {path}")
    name = getattr(found[0], "__name__", str(found[0]))
    try:
        TypeAdapter(found[0]).validate_python(body)
    except Exception as error:
        sys.exit(f"{method} {path}: {json.dumps(body)[:2000]}: {error}")
    seen[name] = seen.get(name, 0) + 1
json.dump(seen, sys.stdout)
