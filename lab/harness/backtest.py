# SPDX-License-Identifier: MIT
"""Whether a backtest of a run's telemetry says of the fault what the sentinel said while it ran: when, by which law, about whom, from which cause.

The outage of a run begins where people notice: at the kill, or at the onset where nothing is killed; it lasts as long as the judge waits (judge.py).
What was said live is read from the run's lines, without the program's help: the first incident that opened within that time, and of the findings
that opened it the one where its story places it."""
import json
import os
import subprocess
import tempfile

import judge

COLUMNS = ('run', 'verdict', 'lead_s', 'law', 'entity', 'cause', 'confidence')


def outage_of(truth):
    """(start, end, onset)"""
    crash = truth.get('crash')
    return crash if crash is not None else truth['onset'], judge.over_at(truth) + judge.LATE_S, truth['onset']


def as_live(events, truth):
    """What was said, in the words of a backtest."""
    start, end, onset = outage_of(truth)
    open_before, first = {}, None
    for e in events:
        if e.get('type') != 'incident':
            continue
        if e['t'] < onset:
            open_before[e['id']] = e['state'] != 'close'
        elif e['state'] == 'open' and e['t'] <= end:
            first = e
            break
    if first is None:
        return dict(verdict='open before' if any(open_before.values()) else 'missed')
    opening = [f for f in events if f.get('type') == 'finding' and f['state'] == 'open' and f['id'] in first['findings']]
    placed = [f for f in opening if ', in %s %s' % (f['entity']['kind'], f['entity']['name']) in first['narrative']]
    found = max(placed, key=lambda f: len(f['entity']['name'])) if placed else opening[0]  # a name may begin with another
    lead = start - first['t']
    return dict(verdict='announced' if lead > 0 else 'seen', lead_s='%.0f' % lead, law=found['law'], entity=judge.entity_of(found), cause=found['cause'],
                confidence=found['confidence'])


def as_backtest(program, folder, truth):
    """What `coherence backtest` says about the run's telemetry."""
    start, end, onset = outage_of(truth)
    with tempfile.TemporaryDirectory() as scratch:
        outages = os.path.join(scratch, 'outages.csv')
        with open(outages, 'w', encoding='utf-8') as f:
            f.write('start,end,onset,host,label\n%.6f,%.6f,%.6f,*,%s\n' % (start, end, onset, truth['case']))
        said = subprocess.run([program, 'backtest', '--json', '--budgets', 'none', '--lead', '1s', '--outages', outages, os.path.join(folder, 'telemetry.csv')],
                              stdout=subprocess.PIPE, check=True).stdout
    o = json.loads(said)['outages'][0]
    if o['law'] is None:
        return dict(verdict=o['verdict'])
    return dict(verdict=o['verdict'], lead_s='%.0f' % o['lead_s'], law=o['law'], entity=o['entity'], cause=o['cause'], confidence=o['confidence'])


def line(kind, run, said):
    return '%-9s' % kind + '  '.join([run] + [str(said.get(c, judge.ABSENT)) for c in COLUMNS[1:]])


def compare(program, folder):
    """Yields (run, live, backtest) for each run of a fault below folder."""
    for name in sorted(os.listdir(folder)):
        run = os.path.join(folder, name)
        if not os.path.exists(os.path.join(run, 'truth.json')):
            continue
        with open(os.path.join(run, 'truth.json'), encoding='utf-8') as f:
            truth = json.load(f)
        if truth.get('skipped') or truth.get('onset') is None or truth.get('silent'):
            continue
        with open(os.path.join(run, 'events.jsonl'), encoding='utf-8') as f:
            events = judge.read_events(f)
        yield name, as_live(events, truth), as_backtest(program, run, truth)


def table(program, folder):
    """(text, runs, runs that differ)"""
    lines, runs, differ = [], 0, 0
    for name, live, again in compare(program, folder):
        runs += 1
        differ += live != again
        lines += [line('live', name, live), line('backtest' if live == again else 'DIFFERS', name, again)]
    lines.append('%d runs, %d of them differ' % (runs, differ))
    return '\n'.join(lines), runs, differ
