"""Plays a program's steps on a client. What a step gave is plain JSON, or {"error": what}."""

import typing

from pydantic import BaseModel, TypeAdapter
from qdrant_client import models

#: What an argument's JSON becomes, where the client wants more than JSON: by the argument, or by method and argument.
TYPES = {
    "points": list[models.PointStruct],
    "query": models.Query,
    "prefetch": list[models.Prefetch],
    "query_filter": models.Filter,
    "scroll_filter": models.Filter,
    "count_filter": models.Filter,
    "facet_filter": models.Filter,
    "filter": models.Filter,
    "requests": list[models.QueryRequest],
    "update_operations": list[models.UpdateOperation],
    "vectors_config": typing.Union[models.VectorParams, dict[str, models.VectorParams]],
    "sparse_vectors_config": dict[str, models.SparseVectorParams],
    "order_by": models.OrderBy,
    "lookup_from": models.LookupLocation,
    "update_vectors.points": list[models.PointVectors],
    "change_aliases_operations": list[models.AliasOperations],
}
SELECTORS = {"points_selector", "set_payload.points", "overwrite_payload.points", "delete_payload.points", "delete_vectors.points"}


def play(client, steps: list) -> list:
    return [outcome(client, method, arguments) for method, arguments in steps]


def outcome(client, method: str, arguments: dict):
    try:
        return as_json(getattr(client, method)(**{name: as_model(method, name, value) for name, value in arguments.items()}))
    except Exception as error:  # noqa: BLE001  whatever the client raises is what its user gets
        return {"error": f"{type(error).__name__}: {str(error)[:500]}"}


def as_model(method: str, name: str, value):
    if f"{method}.{name}" in SELECTORS or name in SELECTORS:
        if "filter" in value:
            return models.FilterSelector(filter=models.Filter(**value["filter"]))
        return value["points"]
    if name == "query":
        return query_of(value)
    if name == "with_payload" and isinstance(value, dict):
        return TypeAdapter(models.PayloadSelector).validate_python(value)
    kind = TYPES.get(f"{method}.{name}", TYPES.get(name))
    return value if kind is None else TypeAdapter(kind).validate_python(value)


def query_of(value):
    if isinstance(value, dict) and "indices" in value:
        return models.SparseVector(**value)
    return TypeAdapter(models.Query).validate_python(value) if isinstance(value, dict) else value


def as_json(value):
    if isinstance(value, BaseModel):
        return {key: as_json(one) for key, one in value.model_dump().items()}
    if isinstance(value, dict):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
