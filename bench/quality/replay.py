# SPDX-License-Identifier: MIT
"""One recording through the program under test: starts `coherence replay --json` and keeps what it says of incidents, findings and single
alarms, each with the time at which it was said. Nothing is judged here."""
import json
import os
import subprocess
from dataclasses import dataclass, field

from detection import Detection

ANOMALY = b'{"type":"anomaly","t":'


@dataclass
class Finding:
    law: str
    cause: str
    kind: str            # of the entity
    name: str            # of the entity
    opened: float
    told: list = field(default_factory=list)  # times at which it was opened or told anew
    closed: float = None
    calibrated: bool = False


@dataclass
class Incident:
    opened: float
    laws: list
    end: float = None    # time of the last evidence


@dataclass
class Replay:
    incidents: list
    findings: list
    alarms: list         # times of single alarms, in order; empty where the program says none
    summary: dict


def environment():
    """Ours without what would configure the program under test."""
    return {k: v for k, v in os.environ.items() if not k.startswith('COHERENCE_')}


def take_finding(findings, open_findings, e):
    if e['state'] == 'open':
        f = Finding(e['law'], e['cause'], e['entity']['kind'], e['entity']['name'], e['t'], [e['t']], None, e['calibrated'])
        findings.append(f)
        open_findings[e['id']] = f
        return
    f = open_findings.get(e['id'])
    if f is None:
        return
    if e['state'] == 'update':
        f.told.append(e['t'])
        f.cause = e['cause']
    else:
        f.closed = e['t']
        del open_findings[e['id']]


def take_incident(incidents, open_incidents, e):
    if e['state'] == 'open':
        i = Incident(e['t'], e['laws'], e['end'])
        incidents.append(i)
        open_incidents[e['id']] = i
        return
    i = open_incidents.get(e['id'])
    if i is None:
        return
    i.laws, i.end = e['laws'], e['end']
    if e['state'] == 'close':
        del open_incidents[e['id']]


def parse(lines):
    incidents, findings, alarms, summary = [], [], [], {}
    open_findings, open_incidents = {}, {}
    for line in lines:
        if line.startswith(ANOMALY):
            t = float(line[len(ANOMALY):line.index(b',', len(ANOMALY))])
            if not alarms or alarms[-1] != t:
                alarms.append(t)
            continue
        e = json.loads(line)
        if e['type'] == 'finding':
            take_finding(findings, open_findings, e)
        elif e['type'] == 'incident':
            take_incident(incidents, open_incidents, e)
        elif e['type'] == 'summary':
            summary = e
    alarms.sort()
    for i in open_incidents.values():
        i.end = None
    return Replay(incidents, findings, alarms, summary)


def run(program, path, settings, text=None):
    """Replays the file (or, with text, that CSV from standard input). A program that fails ends the bench: its figures would mean nothing."""
    command = [program, 'replay', '--json', '--anomalies']
    for key, value in settings:
        command += ['--set', '%s=%s' % (key, value)]
    command.append('-' if text is not None else path)
    with subprocess.Popen(command, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment()) as p:
        if text is not None:
            out, err = p.communicate(text)
            found = parse(out.splitlines())
        else:
            found = parse(p.stdout)
            err = p.stderr.read()
    if p.returncode != 0:
        raise RuntimeError('%s: exit status %d: %s' % (' '.join(command), p.returncode, err.decode(errors='replace').strip()))
    return found


def alarm_times(replay):
    """Single alarms: the anomalies, with the findings of laws that have none. Without any anomaly line, the times at which findings were told."""
    seen = set(replay.alarms)
    for f in replay.findings:
        if f.law != 'signal_lost' or f.kind == 'host':
            seen.update(f.told)
    return sorted(seen)


def as_incidents(replay, end_s):
    """What a person is told: incidents."""
    return Detection(alarm_times(replay), [(i.opened, end_s if i.end is None else max(i.opened, i.end)) for i in replay.incidents])


def as_findings(replay, end_s):
    """One step nearer to the series: findings, each by itself. A lost series is no alarm about its values."""
    spans = [(f.opened, end_s if f.closed is None else f.closed)
             for f in replay.findings if f.law != 'signal_lost' or f.kind == 'host']
    return Detection(alarm_times(replay), sorted(spans))
