# SPDX-License-Identifier: MIT
"""Sums of judgements as text: tables for a terminal, and one line per recording, detector and setting for a file."""
import nab
from judgement import (CHANCE, DEFAULTS, EXTREME, FINDINGS, PERIODIC, PROGRAM, PROTOTYPE, PROTOTYPE_HOST, SHIPPED, STATIC,
                       WEIGHTED)
from growth import Growth
from tally import BUSY_MOST, Tally, median, recall_at

ORDER = (PROGRAM, FINDINGS, PROTOTYPE, PROTOTYPE_HOST, WEIGHTED, STATIC, PERIODIC, CHANCE)
TENTH = '1/10d'
PROMISED = (('1/1d', 1.0), ('1/10d', 0.1), ('1/30d', 1 / 30))


def groups_of(judgements):
    """name -> judgements: each set, and below it its parts."""
    groups = {}
    for j in judgements:
        groups.setdefault(j.set, []).append(j)
        if j.part:
            groups.setdefault('%s, %s' % (j.set, j.part), []).append(j)
    return groups


def summed(judgements, detector):
    """setting -> Tally over all recordings."""
    total = {}
    for j in judgements:
        for setting, t in j.points.get(detector, {}).items():
            total[setting] = total.get(setting, Tally()) + t
    return total


def share(x):
    return '-' if x is None else '%.2f' % x


def span(s):
    if s is None:
        return '-'
    return '%.0fs' % s if s < 120 else '%.0fm' % (s / 60) if s < 7200 else '%.1fh' % (s / 3600)


def both(any_, open_):
    return '%s|%s' % (share(any_), share(open_))


def write_rows(out, head, rows):
    widths = [max(len(str(r[i])) for r in [head] + rows) for i in range(len(head))]
    for r in [head] + rows:
        cells = [str(c).rjust(w) if i else str(c).ljust(w) for i, (c, w) in enumerate(zip(r, widths))]
        out.write(('  ' + '  '.join(cells)).rstrip() + '\n')


def point_cells(t):
    if t is None:
        return ['', '', '']
    return [both(t.recall('any'), t.recall('open')), '%.3f' % t.false_per_day, span(t.delay_s('open'))]


def write_recall(out, judgements):
    head = ['detector', '@0.1/d', '@1/d', 'delay@1', 'default', 'false/d', 'delay', 'at 1/10d', 'false/d', 'delay']
    rows = []
    for detector in ORDER:
        points = summed(judgements, detector)
        if not points:
            continue
        at = {rate: {rule: recall_at(points, rule, rate) for rule in ('any', 'open')} for rate in (0.1, 1.0)}
        best = at[1.0]['open'][1]
        rows.append([detector] + [both(at[r]['any'][0], at[r]['open'][0]) for r in (0.1, 1.0)] +
                    [span(points[best].delay_s('open') if best is not None else None)] +
                    point_cells(points.get(DEFAULTS[detector])) + point_cells(points.get(TENTH)))
    write_rows(out, head, rows)


def write_sweep(out, judgements):
    points = summed(judgements, PROGRAM)
    head = ['budget'] + [setting for setting in points]
    rows = [['false/d'] + ['%.3g' % t.false_per_day for t in points.values()],
            ['recall any'] + [share(t.recall('any')) for t in points.values()],
            ['recall open'] + [share(t.recall('open')) for t in points.values()],
            ['in alarm'] + ['%.3f' % t.busy_share for t in points.values()]]
    write_rows(out, head, rows)


def write_group(out, name, judgements):
    t = summed(judgements, PROGRAM)[SHIPPED]
    out.write('\n%s: %d recordings, %d events, %.1f labelled days outside events\n' % (name, t.files, t.events, t.days))
    write_recall(out, judgements)
    out.write('  the program, swept:\n')
    write_sweep(out, judgements)


def ratio(count, days, per_day):
    return '-' if days < 1 / per_day / 3 else '%.2f (%d in %.0f d)' % (count / days / per_day, count, days)


def write_promises(out, groups):
    out.write('\nFalse incidents achieved / promised on label-free stretches (a day or longer, without the first two days; - where they\n'
              'are shorter together than a third of what one promised incident takes)\n')
    rows = []
    for detector in (PROGRAM, PROTOTYPE, PROTOTYPE_HOST):
        for name, judgements in groups.items():
            points = summed(judgements, detector)
            if not points:
                continue
            if not any(points[b].quiet_days or points[b].unlabelled_days for b, _ in PROMISED):
                continue
            rows.append([name + ': ' + detector] + [ratio(points[b].quiet, points[b].quiet_days, p) for b, p in PROMISED])
            if any(points[b].unlabelled_days for b, _ in PROMISED):
                rows.append([name + ', unlabelled part: ' + detector] +
                            [ratio(points[b].unlabelled, points[b].unlabelled_days, p) for b, p in PROMISED])
    write_rows(out, ['', '1/1d', '1/10d', '1/30d'], rows)


def write_eventless(out, groups):
    out.write('\nIncidents in recordings without any event\n')
    rows = []
    for name, judgements in groups.items():
        for detector in (PROGRAM, PROTOTYPE):
            points = summed(judgements, detector)
            t = points.get(SHIPPED)
            if t and t.eventless_days >= 1:
                rows.append([name + ': ' + detector, t.eventless_files, '%.1f' % t.eventless_days] +
                            ['%d (promised %.1f)' % (points[b].eventless, points[b].eventless_days * p) for b, p in PROMISED])
    if rows:
        write_rows(out, ['', 'files', 'days', '1/1d', '1/10d', '1/30d'], rows)
    else:
        out.write('  none, or shorter than a day\n')


def write_nab(out, judgements):
    windows = sum(j.windows for j in judgements)
    if not windows:
        return
    out.write('\nNAB score, %d windows: best setting of the sweep, and at the default; every alarm scored, or only what opens an incident\n'
              % windows)
    rows = []
    for detector in ORDER + (EXTREME,):
        for what in ('alarms', 'incidents'):
            points = {}
            for j in judgements:
                for setting, sums in j.nab.get((detector, what), {}).items():
                    points.setdefault(setting, []).append(sums)
            if not points:
                continue
            points = {setting: nab.add(sums) for setting, sums in points.items()}
            row = ['%s, %s' % (detector, what)]
            for profile in nab.PROFILES:
                score, setting = nab.best(points, windows, profile)
                row += ['%.1f' % score, str(setting)]
            at = points.get(DEFAULTS[detector])
            rows.append(row + ['%.1f' % nab.normalised(at, windows, p) if at else '' for p in nab.PROFILES])
    write_rows(out, ['swept:', 'standard', 'at', 'low FP', 'at', 'low FN', 'at', 'default:', 'low FP', 'low FN'], rows)
    out.write('  what this scorer must show: an alarm every 500 samples 23.1, new extremes alone 57 (standard)\n')


def write_growth(out, judgements):
    found = {}
    for j in judgements:
        for label, points in j.growth.items():
            for setting, g in points.items():
                found[label, setting] = found.get((label, setting), Growth()) + g
    if not found:
        return
    out.write('\nLeaks covered by a growth finding (law fever, cause leak); renamed: memory under names that the program knows\n')
    rows = []
    for (label, setting), g in found.items():
        if setting == SHIPPED:
            rows.append([label, '%d of %d' % (g.covered, g.leaks), span(median(g.delays)), g.outside, '%.2f' % g.days])
    write_rows(out, ['', 'leaks', 'delay', 'findings outside leaks', 'days without'], rows)


def write_all(out, judgements):
    groups = groups_of(judgements)
    out.write('Detection through the program, one configuration for everything. Cells a|b: events with an alarm inside | with an incident\n'
              'that opens there. @0.1/d, @1/d: the best recall at a swept point with at most so many false incidents per day that is in\n'
              'alarm for at most %d %% of the healthy time, the hour after events apart; - where no point is. delay: median from an event\'s\n'
              'start to the opening.\n'
              % (100 * BUSY_MOST))
    for name, js in groups.items():
        write_group(out, name, js)
    write_promises(out, groups)
    write_eventless(out, groups)
    for js in groups.values():
        if js[0].set == 'nab':
            write_nab(out, js)
    write_growth(out, judgements)


DETAIL = ('set', 'part', 'recording', 'detector', 'setting', 'events', 'any', 'open', 'false', 'days', 'in_alarm_days', 'quiet', 'quiet_days',
          'unlabelled', 'unlabelled_days', 'median_delay_any_s', 'median_delay_open_s', 'opened_by')


def detail_row(j, detector, setting, t):
    delays = ['' if d is None else '%g' % d for d in (t.delay_s('any'), t.delay_s('open'))]
    laws = ' '.join('%s:%d' % x for x in sorted(j.laws.get(setting, {}).items())) if detector == PROGRAM else ''
    return [j.set, j.part, j.name, detector.replace(',', ''), setting, t.events, t.any, t.open, t.false, '%.4f' % t.days, '%.4f' % t.busy_days,
            t.quiet, '%.4f' % t.quiet_days, t.unlabelled, '%.4f' % t.unlabelled_days] + delays + [laws]


def write_detail(out, judgements):
    """CSV; opened_by: laws of the program's incidents and how many each opened."""
    out.write(','.join(DETAIL) + '\n')
    for j in judgements:
        for detector in ORDER:
            for setting, t in j.points.get(detector, {}).items():
                out.write(','.join(str(c) for c in detail_row(j, detector, setting, t)) + '\n')
