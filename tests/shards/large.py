"""Prints a document of so many operations: half of them below one collection of rooms, and half beside it."""

import json
import string
import sys

paths = {}


def word(number):
    letters = ""
    for _ in range(4):
        letters += string.ascii_lowercase[number % 26]
        number //= 26
    return letters + "s"


def answer(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def collection(name, above, parameters):
    """Five operations on a collection; gives the path and the parameters of its items."""
    thing = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string", "maxLength": 40},
            "size": {"type": "integer", "minimum": 0, "maximum": 100},
        },
    }
    body = {"required": True, "content": {"application/json": {"schema": thing}}}
    gone, bad = {"404": {"description": "gone"}}, {"400": {"description": "bad"}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
    key = f"{name[:-1]}_id"
    items = [*parameters, {"name": key, "in": "path", "required": True, "schema": {"type": "integer"}}]
    many = answer({"type": "array", "items": thing})
    paths[f"{above}/{name}"] = {
        "parameters": parameters,
        "get": {"operationId": f"list_{name}", "parameters": [limit], "responses": {"200": many, **gone}},
        "post": {
            "operationId": f"create_{name}",
            "requestBody": body,
            "responses": {"201": answer(thing), **bad, **gone},
        },
    }
    item = f"{above}/{name}/{{{key}}}"
    paths[item] = {
        "parameters": items,
        "get": {"operationId": f"get_{name}", "responses": {"200": answer(thing), **gone}},
        "put": {"operationId": f"put_{name}", "requestBody": body, "responses": {"200": answer(thing), **bad, **gone}},
        "delete": {"operationId": f"delete_{name}", "responses": {"204": {"description": ""}, **gone}},
    }
    return item, items


count = int(sys.argv[1]) // 5
rooms = collection("rooms", "", [])
for number in range(count - 1):
    collection(word(number), *(rooms if number < count // 2 else ("", [])))
print(json.dumps({"openapi": "3.1.0", "info": {"title": "Large", "version": "1"}, "paths": paths}))
