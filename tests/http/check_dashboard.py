#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks a Prometheus that scrapes a sentinel for everything that the dashboard shows: each query must be understood, and must find something
unless its panel says "Empty while ..." of itself. So must the variable's query; rules that are loaded must be healthy.

usage: check_dashboard.py DASHBOARD PROMETHEUS_URL
"""
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

VALUES = {"$instance": ".*", "$__rate_interval": "10s"}


def ask(base, path, **parameters):
    url = f"{base}{path}?{urllib.parse.urlencode(parameters)}"
    try:
        return json.load(urllib.request.urlopen(url, timeout=10))
    except urllib.error.HTTPError as error:
        return json.load(error)


def main():
    dashboard, base = json.load(open(sys.argv[1], encoding="utf-8")), sys.argv[2].rstrip("/")
    found, asked, empty = [], 0, 0
    titles, places = set(), set()
    for panel in dashboard["panels"]:
        where = panel["title"]
        found += [f"{where}: there are two panels of this title"] if where in titles else []
        titles.add(where)
        grid = panel["gridPos"]
        for cell in ((x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])):
            if cell in places or cell[0] >= 24:
                found.append(f"{where}: lies on another panel, or beyond the edge, at {cell}")
                break
            places.add(cell)
        for target in panel.get("targets", []):
            query = target["expr"]
            for name, value in VALUES.items():
                query = query.replace(name, value)
            asked += 1
            if "$" in query:
                found.append(f"{where}: {query}: a variable that this check does not know")
                continue
            answer = ask(base, "/api/v1/query", query=query)
            if answer["status"] != "success":
                found.append(f"{where}: {query}: {answer.get('error')}")
            elif not answer["data"]["result"]:
                empty += 1
                if not panel["description"].startswith("Empty while "):
                    found.append(f"{where}: {query}: finds nothing")
    for variable in dashboard["templating"]["list"]:
        values = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]) if variable["type"] == "query" else None
        if variable["type"] == "query" and not (values and ask(base, f"/api/v1/label/{values[2]}/values", **{"match[]": values[1]})["data"]):
            found.append(f"variable {variable['name']}: finds nothing")
    for group in ask(base, "/api/v1/rules")["data"]["groups"]:
        found += [f"rule {rule['name']}: {rule['health']} {rule.get('lastError', '')}" for rule in group["rules"] if rule["health"] not in ("ok", "unknown")]
    for line in found:
        print(line)
    print(f"{asked} queries, {empty} of them empty, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
