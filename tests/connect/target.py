#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A target that is scraped: tests/connect/target.py PORT-FILE. Answers well, badly, late and never, by path. The port, any free one of 127.0.0.1,
is written into PORT-FILE; what was asked, a line each, on standard output."""
import gzip
import http.server
import sys
import time

TEXT = 'text/plain; version=0.0.4; charset=utf-8'
BOMB = gzip.compress(b'bomb 1\n' * 200000)
begun = time.monotonic()


def good():
    n = int((time.monotonic() - begun) * 100)
    return f'# TYPE requests_total counter\nrequests_total{{path="/"}} {n}\n# TYPE queue gauge\nqueue {n % 7}\n'


class Target(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, body, kind=TEXT, status=200, **headers):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        print(self.path, self.headers.get('Authorization', '-'), self.headers.get('Accept', '-').split(';')[0], flush=True)
        if self.path == '/metrics':
            self.answer(good())
        elif self.path == '/openmetrics':
            self.answer('# TYPE om gauge\nom 5\n# EOF\n', 'application/openmetrics-text; version=1.0.0; charset=utf-8')
        elif self.path == '/page':
            self.answer('<html>no metrics</html>', 'text/html')
        elif self.path == '/cut':
            self.answer('queue 1\nqueue_length 1')
        elif self.path == '/wrong':
            self.answer('what is this\n' * 50)
        elif self.path == '/big':
            self.answer('big 1\n' * 1000)
        elif self.path == '/many':
            self.answer(''.join(f'many{{i="{i}"}} 1\n' for i in range(200)))
        elif self.path == '/gzip':
            self.answer(gzip.compress(b'zipped 7\n'), Content_Encoding='gzip')
        elif self.path == '/bomb':
            self.answer(BOMB, Content_Encoding='gzip')
        elif self.path == '/secret':
            if self.headers.get('Authorization') == 'Bearer open-sesame':
                self.answer('secret 1\n')
            else:
                self.answer('', status=401)
        elif self.path == '/slow':
            time.sleep(60)
        else:
            self.answer('', status=404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(('127.0.0.1', 0), Target)
with open(sys.argv[1], 'w', encoding='ascii') as file:
    file.write(f'{server.server_address[1]}\n')
server.serve_forever()
