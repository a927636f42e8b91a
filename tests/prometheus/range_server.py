#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that answers range queries as a test wants: range_server.py good|small|refuses|breaks|web|slow. Prints its address; what it is asked goes to stderr."""
import http.server
import json
import sys
import time
import urllib.parse

WAY = sys.argv[1]
BROKEN_FROM = 1767225600 + 500 * 60


def matrix(query, start, end, step):
    series = []
    for host in ("a", "b"):
        name = {"__name__": query} if query.isalpha() else {}
        values = [[t, str(40 + t // step % 7)] for t in range(start, end + 1, step)]
        series.append({"metric": {**name, "instance": host + ":1"}, "values": values})
    return {"status": "success", "data": {"resultType": "matrix", "result": series}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        start, end, step = (int(form[k]) for k in ("start", "end", "step"))
        print(self.path, form["query"], start, end, step, file=sys.stderr, flush=True)
        points = (end - start) // step + 1
        if WAY == "slow":
            time.sleep(100)
        if WAY == "web":
            self.answer(200, b"<html>hello</html>")
        elif WAY == "refuses":
            self.answer(400, json.dumps({"status": "error", "errorType": "bad_data", "error": "invalid parameter: nonsense"}).encode())
        elif WAY == "small" and points > 200:
            self.answer(422, json.dumps({"status": "error", "errorType": "execution", "error": "query processing would load too many samples into memory"}).encode())
        elif WAY == "breaks" and start >= BROKEN_FROM:
            self.answer(502, b"bad gateway")
        else:
            self.answer(200, json.dumps(matrix(form["query"], start, end, step)).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
