#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Alerts against those who receive them: a real Alertmanager that goes away and comes back, and webhook receivers that misbehave.

    acceptance.py DRIVE [--outage SECONDS] [--only CASE]

DRIVE is the program tests/alerts/drive_alerts of a build. Ends with 0 when everything was as it must be. --outage: so long Alertmanager is away.
"""
import argparse
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, test, seconds=30.0):
    end = time.monotonic() + seconds
    while True:
        got = test()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


class Receiver:
    """A webhook receiver; behave(n, handler) answers the n-th request (from 1) itself, or returns False for a plain 200."""

    def __init__(self, behave=None, port=0):
        self.got = []
        self.behave = behave or (lambda n, handler: False)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.headers, body))
                if not outer.behave(len(outer.got), self):
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def events(self):
        return [json.loads(body) for _, body in list(self.got)]

    def close(self):
        self.behave = lambda n, handler: handler.connection.close() or setattr(handler, "close_connection", True) or True
        self.server.shutdown()
        self.server.server_close()


class Driver:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([DRIVE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()
        wait_for("the driver to be ready", lambda: "ready" in self.lines or self.process.poll() is not None)
        assert self.process.poll() is None, "the driver did not start"

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def do(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def counts(self, output):
        before = self.lines.count("end")
        self.do("counts")
        wait_for("counts", lambda: self.lines.count("end") > before)
        words = [line for line in self.lines if line.startswith(f"counts {output} ")][-1].split()
        return {words[i]: int(words[i + 1]) for i in range(2, len(words), 2)}

    def said(self, text):
        return any(line.startswith("say ") and text in line for line in self.lines)

    def stop(self, kill=False):
        if kill:
            self.process.kill()
        else:
            self.do("quit")
        self.process.wait(timeout=20)
        return self.process.returncode


def ident(n):
    return f"{n:016x}"


def same(what, is_, wanted):
    if is_ != wanted:
        raise AssertionError(f"{what}: is {is_!r}, wanted {wanted!r}")


def types(receiver):
    return [(e["subject"][-1], e["type"].split(".")[3]) for e in receiver.events()]


class Alertmanager:
    def __init__(self, folder, hook):
        self.folder, self.port = folder, free_port()
        self.config = os.path.join(folder, "am.yml")
        with open(self.config, "w", encoding="utf-8") as f:
            json.dump({"route": {"receiver": "r", "group_by": ["incident"], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "24h"},
                       "receivers": [{"name": "r", "webhook_configs": [{"url": hook, "send_resolved": True}]}]}, f)
        self.process = None

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(["prometheus-alertmanager", f"--config.file={self.config}", f"--storage.path={self.folder}/am",
                                         f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=", "--log.level=error"])
        wait_for("Alertmanager", self.ready, 60)

    def ready(self):
        try:
            with urllib.request.urlopen(self.url() + "/-/ready", timeout=2) as r:
                return r.status == 200
        except OSError:
            return False

    def alerts(self):
        with urllib.request.urlopen(self.url() + "/api/v2/alerts", timeout=5) as r:
            return json.load(r)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def notified(receiver, n):
    """What Alertmanager told of an incident, in order."""
    return [e["status"] for e in receiver.events() if e["groupLabels"]["incident"] == ident(n)]


def case_alertmanager(folder, outage):
    hook = Receiver()
    am = Alertmanager(folder, hook.url())
    am.start()
    driver = Driver(f"outputs.alertmanager.urls={am.url()}", "outputs.alertmanager.resend=1s", "outputs.alertmanager.labels=team=a env=test",
                    "outputs.link=http://node:9911")
    driver.do(f"open {ident(1)} warning")
    wait_for("the first incident", lambda: notified(hook, 1) == ["firing"])
    alert = am.alerts()[0]
    same("labels", alert["labels"], {"alertname": "CoherenceIncident", "host": "a", "incident": ident(1), "severity": "warning", "team": "a", "env": "test"})
    same("annotations", alert["annotations"]["summary"], "host a is unstable.")
    assert alert["annotations"]["advice"].startswith("SHED_LOAD: load is to be shed"), alert
    same("link", alert["generatorURL"], f"http://node:9911/api/v1/incidents/{ident(1)}")
    driver.do(f"change {ident(1)} critical")
    wait_for("the graver alert", lambda: sorted(a["labels"]["severity"] for a in am.alerts()) == ["critical"])
    am.stop()
    driver.do(f"close {ident(1)}")
    driver.do(f"open {ident(2)} warning")
    driver.do(f"open {ident(3)} warning")
    driver.do(f"close {ident(3)}")
    time.sleep(outage)
    counts = driver.counts("alertmanager")
    assert counts["waiting"] == 4 and counts["failed"] >= 1, counts
    before = len(hook.got)
    am.start()
    wait_for("what is open", lambda: [a["labels"]["incident"] for a in am.alerts()] == [ident(2)], 30 + min(outage, 60))
    wait_for("the end of the first", lambda: notified(hook, 1)[-1] == "resolved")
    time.sleep(4)  # some resends and group intervals
    same("the open one", notified(hook, 2), ["firing"])
    same("what began and ended meanwhile", notified(hook, 3), [])
    same("waiting", driver.counts("alertmanager")["waiting"], 0)
    assert len(hook.got) - before <= 3, hook.events()[before:]
    driver.do(f"close {ident(2)}")
    wait_for("the end of the second", lambda: notified(hook, 2) == ["firing", "resolved"])
    same("driver", driver.stop(), 0)
    am.stop()


def case_webhook(folder, outage):
    del folder, outage
    hook = Receiver()
    driver = Driver(f"outputs.webhook.urls={hook.url()}")
    driver.do(f"open {ident(1)} warning")
    driver.do(f"change {ident(1)} critical")
    driver.do(f"close {ident(1)}")
    wait_for("three events", lambda: len(hook.got) >= 2 and types(hook)[-1] == ("1", "closed"))
    headers, body = hook.got[0]
    event = json.loads(body)
    same("type", headers["Content-Type"], "application/cloudevents+json; charset=utf-8")
    same("key", headers["Idempotency-Key"], event["id"])
    same("event", {k: event[k] for k in ("specversion", "source", "type", "subject", "datacontenttype")},
         {"specversion": "1.0", "source": "/coherence/a", "type": "io.coherence.incident.opened.v1", "subject": ident(1), "datacontenttype": "application/json"})
    same("ids differ", len({json.loads(b)["id"] for _, b in hook.got}), len(hook.got))
    driver.stop()
    hook = Receiver()
    driver = Driver(f"outputs.webhook.urls={hook.url()}", "outputs.webhook.format=alertmanager")
    driver.do(f"open {ident(1)} warning")
    driver.do(f"close {ident(1)}")
    wait_for("two messages", lambda: len(hook.got) == 2)
    same("version and states", [(e["version"], e["status"], e["alerts"][0]["status"]) for e in hook.events()], [("4", "firing", "firing"), ("4", "resolved", "resolved")])
    driver.stop()


def case_misbehaved(folder, outage):
    """500, redirects, garbage, a hang-up, a body without end; then well. Told in order, each at least once, nothing sent elsewhere."""
    del folder, outage
    elsewhere = Receiver()

    def raw(data):
        def behave(handler):
            handler.wfile.write(data)
            handler.wfile.flush()
            handler.close_connection = True
        return behave

    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 500 x\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                handler.wfile.write(b"x" * 10)
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            handler.close_connection = True

    ways = [raw(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"), raw(f"HTTP/1.1 302 x\r\nLocation: {elsewhere.url()}\r\nContent-Length: 0\r\n\r\n".encode()),
            raw(b"\0\1 this is no HTTP\r\n\r\n"), raw(b""), endless]

    def first_so(way):
        return lambda n, handler: n == 1 and not way(handler)

    hooks = [Receiver(first_so(way)) for way in ways]
    driver = Driver("outputs.webhook.urls=" + " ".join(hook.url() for hook in hooks), "outputs.webhook.timeout=300ms")
    driver.do(f"open {ident(1)} warning")
    wait_for("every first try to fail", lambda: driver.counts("webhook")["failed"] >= len(ways))
    driver.do(f"close {ident(1)}")
    for hook in hooks:
        assert driver.said(f"cannot tell http://127.0.0.1:{hook.port} of incidents"), driver.lines
        wait_for("the opening and the closing", lambda hook=hook: types(hook)[-2:] == [("1", "opened"), ("1", "closed")])
        same("the first try is the same event", [json.loads(b)["id"] for _, b in hook.got[:2]], [f"{ident(1)}-opened"] * 2)
        assert driver.said(f"http://127.0.0.1:{hook.port} takes incidents again"), driver.lines
    counts = driver.counts("webhook")
    same("counts", (counts["sent"], counts["dropped"], counts["waiting"]), (2 * len(ways), 0, 0))
    same("sent elsewhere", elsewhere.got, [])
    driver.stop()
    # A refusal is final, is said, and is counted.
    refuser = Receiver(lambda n, handler: not raw(b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n")(handler))
    driver = Driver(f"outputs.webhook.urls={refuser.url('/hunter2')}")
    driver.do(f"open {ident(1)} warning")
    wait_for("the refusal", lambda: driver.counts("webhook")["dropped"] == 1)
    assert driver.said("refuses what it is told: HTTP 400"), driver.lines
    assert not driver.said("hunter2"), "a path may be a secret"
    driver.stop()


def case_restart(folder, outage):
    """Nothing twice, nothing lost: killed with one thing told, one open, one closed while nobody watched."""
    del outage
    state = os.path.join(folder, "state")
    os.mkdir(state)
    hook = Receiver()
    options = [f"outputs.webhook.urls={hook.url()}", f"state={state}"]
    driver = Driver(*options)
    for n in (1, 2):
        driver.do(f"open {ident(n)} warning")
    wait_for("two openings", lambda: len(hook.got) == 2)
    wait_for("that they are taken", lambda: driver.counts("webhook")["sent"] == 2)
    hook.close()
    driver.do(f"open {ident(3)} warning")
    wait_for("a failure", lambda: driver.counts("webhook")["failed"] >= 1)
    driver.stop(kill=True)
    hook = Receiver(port=hook.port)
    driver = Driver(*options, f"open={ident(1)}", f"open={ident(3)}")
    wait_for("what was missed", lambda: len(hook.got) >= 2)
    time.sleep(0.5)
    same("told after the restart", sorted(types(hook)), [("2", "closed"), ("3", "opened")])
    same("driver", driver.stop(), 0)
    with open(os.path.join(state, "alerts"), "r+b") as f:
        f.seek(40)
        f.write(b"XX")
    driver = Driver(*options, f"open={ident(1)}")
    assert driver.said("it is damaged"), driver.lines
    wait_for("what is open, again", lambda: types(hook)[-1] == ("1", "opened"))
    driver.stop()


def case_log(folder, outage):
    del outage
    for name, path in (("journal", "run/systemd/journal/socket"), ("syslog", "dev/log")):
        root = os.path.join(folder, name)
        os.makedirs(os.path.dirname(os.path.join(root, path)))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(os.path.join(root, path))
            s.settimeout(10)
            driver = Driver("outputs.log=auto", f"root={root}")
            driver.do(f"open {ident(1)} critical")
            driver.do(f"close {ident(1)} critical")
            lines = [s.recv(8192).decode() for _ in range(2)]
            driver.stop()
        if name == "journal":
            fields = [dict(line.split("=", 1) for line in text.splitlines()) for text in lines]
            same("states", [(f["COHERENCE_STATE"], f["PRIORITY"], f["COHERENCE_INCIDENT"]) for f in fields], [("open", "2", ident(1)), ("close", "5", ident(1))])
            same("message", fields[0]["MESSAGE"], f"incident {ident(1)} opened on a: host a is unstable. Its CPU varies.")
        else:
            assert lines[0].startswith("<26>1 20") and f'incident="{ident(1)}"' in lines[0], lines
            assert lines[1].startswith("<29>1 20") and "incident-close" in lines[1], lines


def make_certificates(folder):
    """A CA; a certificate of it for "localhost" and 127.0.0.1, and one for another name."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test ca", "-keyout", "ca.key", "-out", "ca.pem")
    for name, names in (("right", "DNS:localhost,IP:127.0.0.1"), ("wrong", "DNS:elsewhere.example")):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        with open(os.path.join(folder, f"{name}.ext"), "w", encoding="utf-8") as f:
            f.write(f"subjectAltName={names}\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


def with_tls(receiver, folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key"))
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    return f"https://127.0.0.1:{receiver.port}/hook"


def case_tls(folder, outage):
    """Certificates are verified, and names; a token goes along."""
    del outage
    make_certificates(folder)
    token = os.path.join(folder, "token")
    with open(token, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
        f.write("hunter2-hunter2\n")
    right, wrong = Receiver(), Receiver()
    urls = {"right": with_tls(right, folder, "right"), "wrong": with_tls(wrong, folder, "wrong")}
    driver = Driver("outputs.webhook.urls=" + " ".join(urls.values()), f"client.ca_file={folder}/ca.pem", f"outputs.webhook.token_file={token}")
    driver.do(f"open {ident(1)} warning")
    wait_for("the one with the right name", lambda: len(right.got) == 1)
    same("token", right.got[0][0]["Authorization"], "Bearer hunter2-hunter2")
    wait_for("the one with another name to be refused", lambda: driver.said("TLS: "))
    driver.do(f"close {ident(1)}")
    wait_for("the end, on the same connection", lambda: len(right.got) == 2)
    same("the wrong one", wrong.got, [])
    driver.stop()
    assert not any("hunter2" in line for line in driver.lines)
    stranger = Receiver()
    driver = Driver("outputs.webhook.urls=" + with_tls(stranger, folder, "right"))  # the system's certificates
    driver.do(f"open {ident(1)} warning")
    wait_for("the unknown authority to be refused", lambda: driver.said("TLS: "))
    same("the unknown one", stranger.got, [])
    driver.stop()


def dns_server(answers, mute):
    """Over TCP on 127.0.0.53; answers: name -> IPv4 address."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.53", 53))
    s.listen()

    def serve(c):
        try:
            while True:
                n = int.from_bytes(c.recv(2, socket.MSG_WAITALL), "big")
                q = c.recv(n, socket.MSG_WAITALL)
                if not q or mute.is_set():
                    time.sleep(100)
                end, labels = 12, []
                while q[end]:
                    labels.append(q[end + 1:end + 1 + q[end]].decode())
                    end += 1 + q[end]
                kind = int.from_bytes(q[end + 1:end + 3], "big")
                address = answers.get(".".join(labels))
                records = 1 if address and kind == 1 else 0
                a = q[:2] + (b"\x81\x80" if address else b"\x81\x83") + b"\0\1" + bytes([0, records]) + b"\0\0\0\0" + q[12:end + 5]
                if records:
                    a += b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address)
                c.sendall(len(a).to_bytes(2, "big") + a)
        except OSError:
            pass

    def accept():
        while True:
            threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


def case_names(folder, outage):
    """Names, in a network of our own: from /etc/hosts and from a resolver over TCP, which then does not answer any more."""
    if not os.environ.get("COHERENCE_OWN_NETWORK"):
        with open(os.path.join(folder, "resolv.conf"), "w", encoding="utf-8") as f:
            f.write("nameserver 127.0.0.53\n")
        with open(os.path.join(folder, "hosts"), "w", encoding="utf-8") as f:
            f.write("127.0.0.1 localhost filed.test\n")
        script = (f"ip link set lo up && mount --bind {folder}/resolv.conf /etc/resolv.conf && mount --bind {folder}/hosts /etc/hosts && "
                  f"COHERENCE_OWN_NETWORK=1 exec {sys.executable} {os.path.abspath(__file__)} {DRIVE} --only names")
        if subprocess.run(["unshare", "-n", "-m", "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
            print("# SKIP: names: no network namespace can be made")
            return
        subprocess.run(["unshare", "-n", "-m", "sh", "-c", script], check=True)
        return
    del outage
    mute = threading.Event()
    answers = {"asked.test": "127.0.0.1"}
    dns_server(answers, mute)
    filed, asked, late = Receiver(), Receiver(), Receiver()
    driver = Driver(f"outputs.webhook.urls=http://filed.test:{filed.port}/ http://asked.test:{asked.port}/ http://late.test:{late.port}/")
    driver.do(f"open {ident(1)} warning")
    wait_for("both names", lambda: len(filed.got) == 1 and len(asked.got) == 1)
    assert driver.said("its name has no address"), driver.lines
    answers["late.test"] = "127.0.0.1"
    wait_for("the name that came later", lambda: len(late.got) == 1)
    mute.set()  # what is known is used on while nobody answers
    time.sleep(6)
    driver.do(f"close {ident(1)}")
    wait_for("the ends", lambda: len(filed.got) == 2 and len(asked.got) == 2 and len(late.got) == 2)
    driver.stop()


CASES = {name[5:]: f for name, f in list(globals().items()) if name.startswith("case_")}
parser = argparse.ArgumentParser()
parser.add_argument("drive")
parser.add_argument("--outage", type=float, default=3)
parser.add_argument("--only", choices=sorted(CASES))
given = parser.parse_args()
DRIVE = given.drive
for case, run in CASES.items():
    if given.only not in (None, case):
        continue
    if case == "alertmanager" and not shutil.which("prometheus-alertmanager"):
        print(f"# SKIP: {case}: no prometheus-alertmanager")
        continue
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as room:
        run(room, given.outage)
    print(f"ok {case} ({time.monotonic() - begun:.1f} s)", flush=True)
sys.exit(0)
