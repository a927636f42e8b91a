#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/classic/: telemetry made up here, and what the classic profile must say of it, computed over whole
series (numpy) straight from the rules, not by the engine's code and not from anybody else's answers:

- a table: per host and gauge, the sample variance of the last 60 values from the fifth on; its score is the variance over
  (the mean of all these variances of the series + 1e-6); an anomaly above 2; a host's anomalies join while each comes within
  300 s of the one before; two or more are an incident; risk = min(1, mean score / 10);
- a stream (a `now` column): at each row the last 60 rows: fewer than 5 WARMUP; now minus the row's time over 300 s STALE;
  else deviation of CPU over 10 points COMPUTE, else growth of memory (last minus first over the time between, never below 0)
  over 100 MB/s RESOURCE, else sent over received (1 when nothing was received) over 1.1 INTENT, else STABLE; variance
  escalation against the mean so far; and what the last ten reports amount to: from three reports on, three changes of status
  (those into WARMUP not counted) are flapping, else two kinds of veto cascading.

usage: classic_golden.py FOLDER        (last made with numpy 1.24.2)
"""
import json
import sys
import numpy as np

T0 = 1767225600
WINDOW, WARM, JOIN_S, STALE_S = 60, 5, 300, 300


def rolling_variances(x):
    return [np.var(x[max(0, i + 1 - WINDOW):i + 1], ddof=1) for i in range(WARM - 1, len(x))]


def table(rows):
    """rows: (t, host, metric, value or None), in order of time."""
    anomalies, incidents, series = [], [], {}
    hosts = list(dict.fromkeys(r[1] for r in rows))
    for t, host, metric, value in rows:
        if value is not None and not metric.startswith('net_') and not metric.endswith('gress_requests'):
            series.setdefault((host, metric), []).append((t, value))
    for host in hosts:
        mine = []
        for (h, metric), points in series.items():
            if h != host or len(points) < WARM:
                continue
            v = rolling_variances([p[1] for p in points])
            scores = np.array(v) / (np.mean(v) + 1e-6)
            mine += [(points[i + WARM - 1][0], metric, s) for i, s in enumerate(scores) if s > 2]
        mine.sort(key=lambda a: a[0])  # stable: series in order of first appearance at the same time
        anomalies += [{'host': host, 't': t, 'metric': m, 'score': s} for t, m, s in mine]
        groups = []
        for a in mine:
            if groups and a[0] - groups[-1][-1][0] <= JOIN_S:
                groups[-1].append(a)
            else:
                groups.append([a])
        incidents += [{'host': host, 'start': g[0][0], 'end': g[-1][0], 'anomalies': len(g),
                       'risk': min(1.0, float(np.mean([s for _, _, s in g])) / 10),
                       'pattern': 'COMPUTE SEIZURE (High Variance)'} for g in groups if len(g) > 1]
    return {'anomalies': anomalies, 'incidents': incidents}


def word(reports):
    last = reports[-10:]
    if len(last) < 3:
        return None
    changes = sum(a[0] != b[0] and b[0] != 'WARMUP' for a, b in zip(last, last[1:]))
    if changes >= 3:
        return 'flapping'
    return 'cascading' if len({v for _, v in last if v}) > 1 else None


def stream(rows):
    """rows: (t, cpu, memory, sent, received, now). A tick: now, status, veto, sigma, growth, ratio, word of the reports."""
    ticks, reports, anomalies = [], [], []
    columns = {'cpu_usage': [], 'memory_used_mb': []}
    sums = {name: [] for name in columns}
    for i, (t, cpu, memory, sent, received, now) in enumerate(rows):
        for name, value in (('cpu_usage', cpu), ('memory_used_mb', memory)):
            columns[name].append(value)
            if len(columns[name]) >= WARM:
                v = np.var(columns[name][-WINDOW:], ddof=1)
                sums[name].append(v)
                score = v / (np.mean(sums[name]) + 1e-6)
                if score > 2:
                    anomalies.append({'t': t, 'metric': name, 'score': score})
        w = rows[max(0, i + 1 - WINDOW):i + 1]
        status, veto, sigma, growth, ratio = 'WARMUP', None, None, None, None
        if len(w) >= WARM and now - t > STALE_S:
            status = 'STALE'
        elif len(w) >= WARM:
            sigma = float(np.std([r[1] for r in w], ddof=1))
            growth = max(0.0, (w[-1][2] - w[0][2]) / (w[-1][0] - w[0][0]))
            out, came = w[-1][3] - w[0][3], w[-1][4] - w[0][4]
            ratio = out / came if came > 0 else 1.0
            veto = 'COMPUTE' if sigma > 10 else 'RESOURCE' if growth > 100 else 'INTENT' if ratio > 1.1 else None
            status = 'UNSTABLE' if veto else 'STABLE'
        reports.append((status, veto))
        ticks.append([now, status, veto, sigma, growth, ratio, word(reports)])
    return {'ticks': ticks, 'anomalies': anomalies}


def one_host():
    """A calm hour with a burst, a metric of its own, and counters, which are not judged."""
    g = np.random.default_rng(1)
    sent = 0
    for i in range(600):
        burst = 400 <= i < 430
        sent += int(g.integers(0, 5000 if burst else 50))
        yield T0 + i, 'web-1', 'cpu_usage', round(40 + (25 if burst else 3) * g.standard_normal(), 3)
        yield T0 + i, 'web-1', 'latency_ms', round(float(g.exponential(80 if 200 <= i < 210 else 20)), 4)
        yield T0 + i, 'web-1', 'net_sent_packets', sent


def joins():
    """A spike makes sixty anomalies: until it has left the window. On host a three, exactly 300 s and then 301 s after the last
    anomaly of the one before; on host b one, and one in the last row, which is one anomaly and so no incident. Holes before."""
    g = np.random.default_rng(2)
    for i in range(1800):
        for host, spikes in (('a', (700, 1059, 1419)), ('b', (1000, 1799))):
            if host == 'b' and 100 <= i < 140:
                continue
            value = round(50 + (500 if i in spikes else 0) + g.standard_normal(), 2)
            yield T0 + i, host, 'queue', None if host == 'a' and i < 600 and i % 50 == 7 else value


def small():
    """Constants, a series too short to judge, and variances so small that the guard of 1e-6 counts."""
    for i in range(200):
        yield T0 + i, 'h', 'constant', 7.5
        yield T0 + i, 'h', 'tiny', round(0.001 * ((-1) ** i) * (3 if 100 <= i < 120 else 1), 4)
        yield T0 + i, 'h', 'one_step', 0 if i < 150 else 1
        if i < 4:
            yield T0 + i, 'h', 'short', [1, 100, 1, 100][i]


def limits():
    """Every limit broken alone and together, telemetry that is late, and time enough in between to forget. (What a window whose
    last row is older than its first says of growth, no rule tells: it is left out.)"""
    g = np.random.default_rng(3)
    memory, sent, received = 4000.0, 0, 0
    for i in range(900):
        cpu = 30 + g.uniform(-4, 4)
        if 100 <= i < 140 or 520 <= i < 540:
            cpu = 10 if i % 2 else 90
        memory += 160 if 200 <= i < 290 or 500 <= i < 560 else -40 if 300 <= i < 500 else 1
        spike = 8000 if 850 <= i < 860 and i % 2 else 0  # every other row alone: flapping
        came = 0 if 700 <= i < 790 else 100
        received += came
        sent += 150 if 400 <= i < 470 else 130 if 500 <= i < 560 else 100
        # The clock runs ahead of the telemetry, to just not stale and just stale; then the telemetry catches up.
        ahead = 299 if 600 <= i < 610 else 300 if 610 <= i < 620 else 301 if i >= 620 else 0
        yield T0 + i + (301 if i >= 630 else 0), round(cpu, 3), round(memory + spike, 1), sent, received, T0 + i + ahead


def write(folder, name, header, rows, expected):
    with open('%s/%s.csv' % (folder, name), 'w') as f:
        f.write(header + '\n')
        f.writelines(','.join('' if v is None else str(v) for v in r) + '\n' for r in rows)
    with open('%s/%s.expected.json' % (folder, name), 'w') as f:
        lines = [' "%s": [\n%s\n ]' % (k, ',\n'.join('  ' + json.dumps(x) for x in v)) for k, v in expected.items()]
        f.write('{\n%s\n}\n' % ',\n'.join(lines))


for name, make in (('table-one-host', one_host), ('table-joins', joins), ('table-small', small)):
    rows = list(make())
    write(sys.argv[1], name, 'timestamp,host,metric,value', rows, table(rows))
rows = list(limits())
write(sys.argv[1], 'stream-limits', 'timestamp,cpu_usage,memory_used_mb,net_sent_packets,net_recv_packets,now', rows,
      stream(rows))
