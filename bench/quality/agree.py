# SPDX-License-Identifier: MIT
"""Holds `coherence backtest` against this bench: the same recording, the same labels, both ways, every figure of every point. They share
no code, so where they agree both are right about the rules, or both wrong the same way."""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

import control
import judgement
import recording as recordings
import replay
from detection import Detection, from_scores, incidents_of, merged

def write_labels(recording, path):
    with open(path, 'w', encoding='utf-8') as f:
        f.write('start,end,label\n')
        for (start, end), kind in zip(recording.events, recording.kinds):
            f.write('%r,%r,%s\n' % (start, end, kind))


def backtest(program, recording, folder):
    """What the command says, and which of the labels it took: an outage named twice counts once there."""
    labels = os.path.join(folder, 'outages.csv')
    write_labels(recording, labels)
    command = [program, 'backtest', recording.path, '--outages', labels, '--json', '--lead', '%gs' % recording.set.tolerance_s,
               '--merge', '%gs' % recording.set.merge_s, '--budgets', ','.join(b for b, _ in judgement.BUDGETS)]
    if not math.isinf(recording.labelled_from):
        command += ['--judge-from', '%.3f' % recording.labelled_from]
    run = subprocess.run(command, capture_output=True, env=replay.environment(), check=False)
    if run.returncode != 0:
        raise RuntimeError('%s: exit status %d: %s' % (' '.join(command), run.returncode, run.stderr.decode(errors='replace')))
    return json.loads(run.stdout)


def bench_points(program, recording):
    """(detector, setting) -> Tally, by the rules of tally.py."""
    bench = judgement.Bench(recording)
    end_s = max(recording.times)
    for setting, per_day in judgement.BUDGETS:
        settings = [] if setting == judgement.SHIPPED else [('false_alarm_budget', setting)]
        found = replay.run(program, recording.path, settings)
        bench.count('coherence', per_day, merged(replay.as_incidents(found, end_s), recording.set.merge_s))
    n, merge_s = len(recording.times), recording.set.merge_s
    for period in control.PERIODS:
        alarms = sorted(recording.times[i] for i in control.periodic_rows(n, period))
        bench.count('periodic', period, Detection(alarms, incidents_of(alarms, merge_s)))
    for share in control.SHARES:
        bench.count('static share', share, from_scores(recording.times, control.static_scores(recording.columns, n), share, merge_s))
    scores = control.weighted_scores(recording.columns, n, recording.step_s)
    for z in control.DEVIATIONS:
        bench.count('weighted z', z, from_scores(recording.times, scores, z, merge_s))
    return bench.ground, bench.result.points


def near(a, b):
    """Equal but for times, which the bench keeps as doubles and the program as nanoseconds."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))


def compare(report, ground, points, rows):
    """Yields (what, bench, backtest) wherever they differ."""
    verdict = report['verdict']
    totals = (('healthy_days', ground.healthy_days, report['healthy_days']), ('quiet_days', ground.quiet_days, verdict['quiet_days']))
    for what, bench, ours in totals:
        if not near(bench, ours):
            yield what, bench, ours
    for p in report['points']:
        setting = p.get('budget_per_day', p.get('setting'))
        # Alarms by the number of the row: the program sees no row without a value, and none whose clock steps back.
        if p['detector'] not in points or (p['detector'] == 'periodic' and report['watched'][0]['rows'] != rows):
            continue
        t = next(t for s, t in points[p['detector']].items() if near(float(s), float(setting)))
        pairs = [('found', t.open, p['found']), ('false', t.false, p['false']), ('median_delay_s', t.delay_s('open'), p['median_delay_s']),
                 ('in_alarm_days', t.busy_days, p['in_alarm_share'] * report['healthy_days'])]
        if p['detector'] == 'coherence':
            pairs += [('alarmed', t.any, p['alarmed']), ('quiet', t.quiet, p['quiet']), ('unlabelled', t.unlabelled, p['unlabelled'])]
        for what, bench, ours in pairs:
            if not near(bench, ours):
                yield '%s at %g: %s' % (p['detector'], setting, what), bench, ours


def main():
    a = argparse.ArgumentParser(prog='agree', description='Compares backtest with the bench on labelled recordings.')
    a.add_argument('--program', required=True)
    a.add_argument('--data', required=True, help='folder of the sets')
    a.add_argument('--sets', default=','.join(s.name for s in recordings.SETS))
    a.add_argument('--match', default='', help='only recordings whose name holds this')
    a = a.parse_args()
    differ = seen = 0
    with tempfile.TemporaryDirectory() as folder:
        for r in recordings.list_recordings(a.data, a.sets.split(',')):
            if a.match not in r.name:
                continue
            recordings.read_rows(r)
            ground, points = bench_points(a.program, r)
            found = list(compare(backtest(a.program, r, folder), ground, points, len(r.times)))
            seen += 1
            differ += bool(found)
            for what, bench, ours in found:
                print('%s/%s: %s: bench %r, backtest %r' % (r.set.name, r.name, what, bench, ours))
            sys.stdout.flush()
    print('%d recordings, %d of them differ' % (seen, differ))
    return 1 if differ or not seen else 0


if __name__ == '__main__':
    sys.exit(main())
