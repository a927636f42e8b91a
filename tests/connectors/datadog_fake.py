#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Answers as Datadog's API does, as far as it is asked for metrics.

Written from the API's public documentation (query timeseries v1 and v2, validate, rate limits): shapes of
answers, the errors array, X-RateLimit headers, nulls, group tags, a newest bucket that is not full yet. What
the hosts do is computed from the time, so that every answer about a bucket is the same.

    datadog_fake.py DIR [--tls CERT KEY] [--port N]

writes its port to DIR/port, a line for each request to DIR/log, and reads DIR/mode before each answer: words
that say how to behave (see MODES). DIR/start, when there, says which time counts as the start of the story.
"""
import argparse
import fnmatch
import http.server
import json
import os
import re
import ssl
import time
import traceback
import urllib.parse

API_KEY = "0123456789abcdef0123456789canary"
APP_KEY = "canary0123456789abcdef0123456789abcdef01"
HOSTS = ["web-1", "web-2", "db-1"]
MODES = {"refuse", "scope", "limit", "slow", "broken", "cut", "html", "huge", "fault", "no-v2", "no-v1", "nulls",
         "echo", "bad-query", "coarse", "long", "jvm"}

QUERY = re.compile(
    r"^(avg|sum|max|min):([A-Za-z0-9_.\-]+)\{([^{}]*)\} by \{([a-z_,]+)\}(\.as_count\(\))?"
    r"\.rollup\((avg|sum|max|min), ?([0-9]+)\)\.fill\(null\)$")


def noise(name, t, size):
    """Reproducible, of mean 0 and a spread of about size."""
    x = hash_text("%s %d" % (name, t))
    return size * ((x % 2001) / 1000.0 - 1.0)


def hash_text(text):
    h = 1469598103934665603
    for c in text.encode():
        h = ((h ^ c) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return h


class Story:
    """What is measured. web-1 begins to seize 20 minutes before the start, db-1 leaks for the last 30, the
    service of web-2 retries for the last 15."""

    def __init__(self, start):
        self.start = start

    def cpu(self, host, t):
        if host == "web-1" and t >= self.start - 1200:
            return 12 if (t // 20) % 2 else 88
        return 30 + noise(host + "cpu", t, 3)

    def value(self, metric, host, t, step):
        if metric == "system.cpu.user":
            return self.cpu(host, t) * 0.7
        if metric == "system.cpu.system":
            return self.cpu(host, t) * 0.3
        if metric == "system.cpu.iowait":
            return 1 + noise(host + "wait", t, 0.5)
        if metric == "system.cpu.stolen":
            return 0.0
        if metric == "system.mem.total":
            return 16.0 * 2**30
        if metric == "system.mem.usable":
            used = 0.4 + noise(host + "mem", t, 0.002)
            if host == "db-1" and t >= self.start - 1800:
                used += 0.5 * min(1.0, (t - self.start + 1800) / 2100.0)
            return 16.0 * 2**30 * (1 - used)
        if metric in ("system.net.packets_in.count", "system.net.packets_out.count"):
            return 1000 + noise(host + metric, t, 50)
        if metric.startswith("jvm."):
            return self.jvm(metric, host, t)
        rate = self.requests(metric, host, t)
        return None if rate is None else rate * step

    def jvm(self, metric, host, t):
        """The JVM of web-1 runs out of heap in the last half hour."""
        if not host.startswith("web-"):
            return None
        left = max(0.0, min(1.0, (t - self.start + 1800) / 1800.0)) if host == "web-1" else 0.0
        if metric == "jvm.heap_memory_max":
            return 2.0**30
        if metric == "jvm.heap_memory":
            return 2.0**30 * (0.55 + 0.43 * left + noise(host + "heap", t, 0.005))
        if metric == "jvm.gc.minor_collection_time":
            return 8 + noise(host + "minor", t, 2)
        if metric == "jvm.gc.major_collection_time":
            return 600 * max(0.0, left - 0.4)
        if metric == "jvm.gc.minor_collection_count":
            return 0.5
        if metric == "jvm.gc.major_collection_count":
            return 4 * max(0.0, left - 0.4)
        return None

    def requests(self, metric, host, t):
        if not host.startswith("web-"):
            return None
        storm = host == "web-2" and t >= self.start - 900
        if metric == "trace.servlet.request.hits":
            return round(200 + noise(host + "in", t, 10))
        if metric == "trace.okhttp.request.hits":
            return round((640 if storm else 210) + noise(host + "out", t, 10))
        if metric == "trace.okhttp.request.errors":
            return round((400 if storm else 2) + noise(host + "bad", t, 1))
        return None


def wanted(scope, host):
    hosts = re.findall(r"host:([^ ()]+)", scope)
    return not hosts or any(fnmatch.fnmatchcase(host, glob) for glob in hosts)


def unit(metric):
    if metric.startswith("system.mem"):
        return [{"family": "bytes", "name": "byte", "plural": "bytes", "scale_factor": 1.0,
                 "short_name": "B"}, None]
    return None


class Fake(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fake"

    def log_message(self, *args):
        pass

    def modes(self):
        try:
            with open(os.path.join(self.server.place, "mode"), encoding="utf-8") as f:
                return f.read().split()
        except OSError:
            return []

    def note(self, what):
        with open(os.path.join(self.server.place, "log"), "a", encoding="utf-8") as f:
            f.write(what + "\n")

    def answer(self, status, body, headers=(), kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.note("%s %s %d" % (self.command, self.path.split("?")[0], status))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-RateLimit-Limit", "100")
        self.send_header("X-RateLimit-Period", "60")
        self.send_header("X-RateLimit-Remaining", str(max(0, 100 - self.server.count)))
        self.send_header("X-RateLimit-Reset", str(self.server.reset))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if "cut" in self.modes() and status == 200:
            data = data[:len(data) // 2]
            self.close_connection = True
        self.wfile.write(data)

    def key_fault(self, needs_app=True):
        if "DD-API-KEY" in self.path or API_KEY in self.path or APP_KEY in self.path:
            self.note("KEY IN URL")
        if self.headers.get("DD-API-KEY") != API_KEY:
            return True
        return needs_app and self.headers.get("DD-APPLICATION-KEY") != APP_KEY

    def misbehave(self, modes):
        """Answers in the way the mode says. False: it does not say."""
        if "slow" in modes:
            time.sleep(4)
            return False
        if "fault" in modes:
            self.answer(503, {"errors": ["Service Unavailable"]})
        elif "limit" in modes:
            self.answer(429, {"errors": ["Rate limit of 100 requests in 60 seconds reached. "
                                         "Please try again later."]}, [("Retry-After", "1")])
        elif "html" in modes:
            self.answer(200, b"<!DOCTYPE html><title>proxy</title>", kind="text/html")
        elif "broken" in modes:
            self.answer(200, b'{"data":{"attributes":{"times":[1,2],"series":[{"group_tags":["host')
        elif "huge" in modes:
            self.answer(200, b"[" * 20000000)
        else:
            return False
        return True

    def series(self, text, start, end):
        """[(tags, metric, step, times, values, unit)] of one query."""
        m = QUERY.match(text)
        if not m:
            return None
        metric, scope, step = m.group(2), m.group(3), int(m.group(7))
        if "bad-query" in self.modes() and metric.startswith("trace.okhttp"):
            return None
        if "coarse" in self.modes():
            step = max(step, 60)
        if metric.startswith("jvm.") and "jvm" not in self.modes():
            return []
        groups = m.group(4).split(",")
        found, now = [], time.time()
        for host in HOSTS:
            if not wanted(scope, host) or self.server.story.value(metric, host, start, step) is None:
                continue
            times = range(start - start % step, end, step)
            values = [self.server.story.value(metric, host, t, step) for t in times]
            # what is not over yet is half full, and what is to come is not known
            values = [None if t > now else v / 2 if v is not None and t + step > now - 15 else v
                      for t, v in zip(times, values)]
            if "nulls" in self.modes():
                values = [None if i % 7 == 3 else v for i, v in enumerate(values)]
            tags = ["host:" + host] + (["service:shop"] if "service" in groups else [])
            found.append((tags, metric, step, list(times), values, unit(metric)))
        return found

    def v2(self, body):
        attributes = body["data"]["attributes"]
        with open(os.path.join(self.server.place, "request.json"), "w", encoding="utf-8") as f:
            json.dump(body, f)
        if body["data"]["type"] != "timeseries_request":
            return self.answer(400, {"errors": ["type"]})
        queries = {}
        for q in attributes["queries"]:
            if q["data_source"] != "metrics":
                return self.answer(400, {"errors": ["data_source"]})
            found = self.series(q["query"], attributes["from"] // 1000, attributes["to"] // 1000)
            if found is None:
                return self.answer(400, {"errors": ["Error parsing query: unable to parse %s" % q["query"]]})
            queries[q["name"]] = found
        series, values, times = [], [], []
        for number, formula in enumerate(attributes["formulas"]):
            for tags, _metric, _step, t, v, u in queries[formula["formula"].split(" ")[0]]:
                if " / " in formula["formula"]:
                    continue
                series.append({"group_tags": tags, "query_index": number, "unit": u})
                values.append(v)
                times = t
        self.answer(200, {"data": {"type": "timeseries_response", "attributes": {
            "series": series, "times": [t * 1000 for t in times], "values": values}}})

    def v1(self, arguments):
        start, end = int(arguments["from"][0]), int(arguments["to"][0])
        found, depth, parts, part = [], 0, [], ""
        for c in arguments["query"][0]:
            depth += (c in "{(") - (c in "})")
            if c == "," and depth == 0:
                parts.append(part)
                part = ""
            else:
                part += c
        for number, text in enumerate(parts + [part]):
            one = self.series(text.split(" / ")[0], start, end)
            if one is None:
                return self.answer(400, {"status": "error", "error": "Error parsing query", "errors": ["x"]})
            for tags, metric, step, times, values, u in one:
                found.append({
                    "aggr": "avg", "display_name": metric, "end": times[-1] * 1000 + step * 1000 - 1,
                    "expression": text, "interval": step, "length": len(times), "metric": metric,
                    "pointlist": [[t * 1000.0, v] for t, v in zip(times, values) if v is not None],
                    "query_index": number, "scope": ",".join(tags), "start": times[0] * 1000, "tag_set": tags,
                    "unit": u})
        self.answer(200, {"status": "ok", "res_type": "time_series",
                          "query": arguments["query"][0], "from_date": start * 1000, "to_date": end * 1000,
                          "series": found, "message": "", "group_by": ["host"]})

    def handle_request(self, body):
        modes, url = self.modes(), urllib.parse.urlsplit(self.path)
        self.server.count += 1
        if url.path == "/api/v1/validate":
            if self.key_fault(False) or "refuse" in modes:
                return self.answer(403, {"errors": ["Forbidden"]})
            return self.answer(200, {"valid": True})
        if self.misbehave(modes):
            return None
        if self.key_fault() or "refuse" in modes or "scope" in modes:
            why = "Forbidden" if "echo" not in modes else "Forbidden: " + self.headers.get("DD-API-KEY", "")
            return self.answer(403, {"errors": [why]})
        if url.path == "/api/v2/query/timeseries" and self.command == "POST" and "no-v2" not in modes:
            return self.v2(json.loads(body))
        if url.path == "/api/v1/query" and self.command == "GET" and "no-v1" not in modes:
            return self.v1(urllib.parse.parse_qs(url.query))
        return self.answer(404, {"errors": ["Not found"]})

    def do_GET(self):
        self.handle_request(b"")

    def do_POST(self):
        self.handle_request(self.rfile.read(int(self.headers.get("Content-Length", "0"))))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        with open(os.path.join(self.place, "errors"), "a", encoding="utf-8") as f:
            f.write(traceback.format_exc())


def main():
    p = argparse.ArgumentParser()
    p.add_argument("place")
    p.add_argument("--tls", nargs=2)
    p.add_argument("--port", type=int, default=0)
    a = p.parse_args()
    server = Server(("127.0.0.1", a.port), Fake)
    server.place, server.count, server.reset = a.place, 0, 1
    start = os.path.join(a.place, "start")
    if not os.path.exists(start):
        with open(start, "w", encoding="utf-8") as f:
            f.write(str(int(time.time())))
    with open(start, encoding="utf-8") as f:
        server.story = Story(int(f.read()))
    if a.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*a.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with open(os.path.join(a.place, "port.new"), "w", encoding="utf-8") as f:
        f.write(str(server.server_address[1]))
    os.rename(os.path.join(a.place, "port.new"), os.path.join(a.place, "port"))
    server.serve_forever()


if __name__ == "__main__":
    main()
