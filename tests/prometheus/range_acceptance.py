#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A history out of a real Prometheus, judged: back-filled series with outages at known times, all of which the backtest has to announce.

    range_acceptance.py COHERENCE [--days N] [--series N] [--step SECONDS]

Ends with 0 when every outage was announced. The gate runs a small history; --days 14 --series 200 is two weeks of a small fleet.
"""
import argparse
import json
import math
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

DAY = 86400


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def level(rng, t, name):
    """A usual day: a wave of a day, and noise."""
    return {"load": 40, "latency": 0.05, "queue": 200}[name] * (1 + 0.2 * math.sin(2 * math.pi * t / DAY)) * (1 + 0.03 * rng.gauss(0, 1))


def write_history(path, given, start, outages):
    """OpenMetrics: families one after the other, the series of a family each by itself, times rising."""
    names = ("load", "latency", "queue")
    with open(path, "w", encoding="utf-8") as f:
        for number, name in enumerate(names):
            f.write(f"# TYPE {name} gauge\n")
            for host in range(given.series // len(names) + (number < given.series % len(names))):
                rng = random.Random(1000 * number + host)
                for t in range(start, start + given.days * DAY, given.step):
                    value = level(rng, t, name)
                    for onset, end, of in outages:
                        if host == of and onset <= t < end:
                            value *= 1 + 3 * (t - onset) / 1800 + rng.random() * (2 if t < onset + 1800 else 1)
                    f.write(f'{name}{{instance="node{host}:9100",job="fleet"}} {value:.6g} {t}\n')
        f.write("# EOF\n")


def back_fill(folder, given, start, outages):
    text = os.path.join(folder, "history.om")
    write_history(text, given, start, outages)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=128h", text, os.path.join(folder, "data")],
                   check=True, stdout=subprocess.DEVNULL)
    os.remove(text)


def start_prometheus(folder):
    port = free_port()
    config = os.path.join(folder, "prometheus.yml")
    with open(config, "w", encoding="utf-8") as f:
        f.write("global: {scrape_interval: 1h}\n")
    process = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
                                "--storage.tsdb.retention.time=10y", "--log.level=error"])
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            with urllib.request.urlopen(url + "/-/ready", timeout=2) as r:
                if r.status == 200:
                    return process, url
        except OSError:
            time.sleep(0.1)
    raise SystemExit("Prometheus did not come up")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coherence")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--series", type=int, default=12)
    parser.add_argument("--step", type=int, default=60)
    parser.add_argument("--html", help="keep the report, with a sweep over budgets, in this file")
    given = parser.parse_args()
    start = 1767225600  # 2026-01-01
    end = start + given.days * DAY
    # (onset, end, host): the last third of the time; each begins half an hour before people notice it.
    last = start + given.days * DAY * 2 // 3
    outages = [(last + 3600 + i * (end - last - 7200) // 3, last + 3600 + i * (end - last - 7200) // 3 + 5400, i) for i in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        back_fill(folder, given, start, outages)
        process, url = start_prometheus(folder)
        filled = time.monotonic()
        try:
            known = os.path.join(folder, "outages.csv")
            with open(known, "w", encoding="utf-8") as f:
                f.write("start,end,host\n" + "".join(f"{onset + 1800},{over},node{host}\n" for onset, over, host in outages))
            more = ["--html", given.html] if given.html else ["--budgets", "none"]
            done = subprocess.run([given.coherence, "backtest", "--prometheus", url, "--query", '{job="fleet"}', "--from", str(start), "--to", str(end),
                                   "--step", f"{given.step}s", "--outages", known, "--lead", "30m", "--json", *more],
                                  stdout=subprocess.PIPE, text=True, check=False)
            print(f"# back-filled in {filled - begun:.1f} s, judged in {time.monotonic() - filled:.1f} s")
            if done.returncode != 0:
                raise SystemExit(f"backtest ended with {done.returncode}")
        finally:
            process.terminate()
            process.wait()
    report = json.loads(done.stdout)
    verdict = report["verdict"]
    print(f"# {report['samples']} samples of {report['series']} series, {report['hosts']} hosts; announced {verdict['announced']} of {verdict['outages']}, "
          f"median lead {verdict['announced_median_lead_s']} s, {verdict['false']} false incidents")
    wanted = given.series * given.days * DAY // given.step
    if report["samples"] < 0.99 * wanted:
        raise SystemExit(f"{report['samples']} samples of {wanted}")
    if (verdict["outages"], verdict["announced"]) != (3, 3):
        raise SystemExit(f"not announced: {[o for o in report['outages'] if o['verdict'] != 'announced']}")
    print("ok: 3 of 3 outages announced")


main()
sys.exit(0)
