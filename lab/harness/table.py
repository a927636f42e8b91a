# SPDX-License-Identifier: MIT
"""Rows of the judge as a table for people. The machine-readable form is results.tsv."""
import judge

SHOWN = (('case', 'case'), ('law', 'law'), ('verdict', 'verdict'), ('entity', 'entity'), ('entity_is', 'is'), ('carriers', 'carried by'), ('cause', 'cause'),
         ('cause_is', 'is'),
         ('delay_s', 'delay'), ('named_s', 'named'), ('onset_error_s', 'onset'), ('lead_s', 'lead'), ('interval', 'exhaustion, first'),
         ('interval_late', 'late'), ('incident', 'incident'), ('false_laws', 'false'), ('false_others', 'other'), ('rest_cpu_percent', 'rest %'))

LEGEND = '''delay: seconds from the onset (or the sentinel's start, if later) to the first finding of the law about the sick entity ("exact") or one that holds it
("carried": naming the sick process; "around": not); named: until entity or process, and the right cause, were said; onset: estimated onset less the true one; lead: seconds from the first finding to the kill;
exhaustion: the first interval and whether it held the time that was left; late: intervals told from a third of the way on that held, of all of those;
false: findings of the three laws that nothing justifies (of healthy loads: all); other: the same of shock, early warning and lost signals;
rest %: how busy the host was before the onset: above 10 others were at work here, and false findings may be about them.'''


def title(row):
    name = row['case']
    if row['run'] != '1':
        name += ' #' + row['run']
    return name + ' (late)' if row['mode'] == 'late' else name


def text(rows):
    lines = [[head for _, head in SHOWN]]
    for row in rows:
        lines.append([title(row) if key == 'case' else row[key] for key, _ in SHOWN])
    keep = [i for i in range(len(SHOWN)) if i < 3 or any(line[i] != judge.ABSENT for line in lines[1:])]
    widths = {i: max(len(line[i]) for line in lines) for i in keep}
    out = ['  '.join(line[i].ljust(widths[i]) for i in keep).rstrip() for line in lines]
    out.insert(1, '  '.join('-' * widths[i] for i in keep))
    notes = ['%s: %s' % (title(r), r['note']) for r in rows if r['note'] != judge.ABSENT]
    wrong = ['%s: %s' % (title(r), r['false_list']) for r in rows if r['false_list'] != judge.ABSENT]
    if notes:
        out += ['', 'notes:'] + ['  ' + n for n in notes]
    if wrong:
        out += ['', 'findings that nothing justifies (law, entity, cause, seconds after the onset):'] + ['  ' + w for w in wrong]
    return '\n'.join(out + ['', LEGEND])
