#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds docs/openapi.json to the truth: asks a running sentinel, which takes in all that can be pushed, for everything that the document describes, checks each answer's status, type
and body against it, and checks that the two name the same paths.

usage: check_openapi.py DOCUMENT BASE_URL [INCIDENT_ID]
"""
import json
import re
import sys
import urllib.error
import urllib.request

TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    "number": (int, float), "integer": int,
}


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def problems(value, schema, root, where):
    """What of the value the schema (the part of JSON Schema that the document uses) does not allow."""
    if "$ref" in schema:
        node = root
        for part in schema["$ref"].split("/")[1:]:
            node = node[part]
        schema = node
    unknown = set(schema) - {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "oneOf", "minimum", "maximum",
                             "minItems", "maxItems", "pattern", "description"}
    if unknown:
        yield f"{where}: this check does not know {unknown}"
    if "oneOf" in schema:
        if sum(not list(problems(value, s, root, where)) for s in schema["oneOf"]) != 1:
            yield f"{where}: {value!r} is not exactly one of what it may be"
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_type(value, n) for n in names):
        yield f"{where}: {value!r} is no {' or '.join(names)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r} is not {schema['const']!r}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield f"{where}: {value} is out of bounds"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{where}: {len(value)} items"
        for i, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), root, f"{where}[{i}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: {name} is missing"
        for name, item in value.items():
            if name in known:
                yield from problems(item, known[name], root, f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}: {name} is not in the document"


def ask(url, accept=None):
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    try:
        answer = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    kind = answer.headers.get_content_type()
    return answer.status, kind, answer.read(200 if kind == "text/event-stream" else -1), answer.headers


def push(document, url, responses):
    """Whether what is said to an empty body of a type that nobody takes is described."""
    request = urllib.request.Request(url, data=b"", headers={"Content-Type": "image/png"})
    try:
        answer = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    described = responses.get(str(answer.status), {}).get("content", {}).get(answer.headers.get_content_type())
    if answer.status != 415 or not described:
        return [f"{url}: {answer.status} is not in the document"]
    return list(problems(json.loads(answer.read()), described["schema"], document, url))


def check(document, url, responses, accept=None):
    """Whether the answer is one of those described."""
    status, kind, body, headers = ask(url, accept)
    described = responses.get(str(status))
    if described is None:
        return [f"{url}: {status} is not in the document"]
    content = described.get("content", {})
    if kind not in content or (accept and kind != accept):
        return [f"{url}: {status} with {kind}, wanted {accept or list(content)}"]
    found = []
    if kind == "application/json":
        found = list(problems(json.loads(body), content[kind]["schema"], document, f"{url} {status}"))
    elif not body:
        found = [f"{url}: nothing in it"]
    if headers.get("X-Content-Type-Options") != "nosniff" or "default-src 'none'" not in headers.get("Content-Security-Policy", ""):
        found.append(f"{url}: without the headers that protect")
    return found


def main():
    document = json.load(open(sys.argv[1], encoding="utf-8"))
    base = sys.argv[2].rstrip("/")
    incident = sys.argv[3] if len(sys.argv) > 3 else None
    found, asked = [], 0
    listed = re.findall(r"^(?:GET|POST) +(\S+)", ask(base + "/")[2].decode(), re.M)
    described = [re.sub(r"\{\w+\}", "*", path) for path in document["paths"]]
    found += [f"{p}: served, not in the document" for p in listed if p not in described]
    found += [f"{p}: in the document, not served" for p in described if p not in listed]
    for path, methods in document["paths"].items():
        if "post" in methods:
            found += push(document, base + path, methods["post"]["responses"])
            asked += 1
        get = methods.get("get")
        if not get:
            continue
        queries = [p for p in get.get("parameters", []) if p["in"] == "query"]
        required = "".join(f"&{p['name']}={p['example']}" for p in queries if p["required"])
        path = path.replace("{number}", "0")  # the first entity: the host
        urls = [base + path.replace("{id}", "ffffffffffffffff") + ("?" + required[1:] if required else "")]
        if "{id}" in path and incident:
            urls.append(base + path.replace("{id}", incident))
        for parameter in queries:
            values = parameter["schema"].get("enum", []) + ([parameter["example"]] if "example" in parameter else []) + ["%6eobody"]
            others = required.replace(f"&{parameter['name']}={parameter.get('example')}", "")
            urls += [f"{base}{path}?{parameter['name']}={value}{others}" for value in values]
        for url in urls:
            found += check(document, url, get["responses"])
            asked += 1
        for accept in get["responses"].get("200", {}).get("content", {}):
            found += check(document, urls[-1] if incident and "{id}" in path else urls[0], get["responses"], None if "{id}" in path else accept)
            asked += 1
    for line in found:
        print(line)
    print(f"{asked} answers checked, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
