# SPDX-License-Identifier: MIT
"""What a sentinel said, held against what was true: one row for each law that had to speak, or one for a healthy load.

Pure: lines and a truth in, rows out. It reads no clock and knows no case by name. Times are Unix seconds.

The truth of a run (truth.json):
  case, run, mode        names; mode is "from_rest" or "late" (the sentinel was started after the onset)
  watched_from, _to      when the sentinel was started and stopped
  onset, end, crash      when the fault began, was over, killed (null: it did not)
  expected               [{law, causes: [...], entities: [patterns]}]; empty for a healthy load
  around                 patterns of entities that hold the sick one, and may be named instead with less merit
  tolerated              ["law" or "law/cause"] that are true of the sick entities, too, and are neither wanted nor wrong
  silent                 true: nothing can be seen of this fault, and nothing may be said
  rest_cpu_percent       how busy the host was before the onset
  skipped                why there was no run (then the rest may be missing)
Patterns are of "kind:name" and match as in a shell.

usage: judge.py FOLDER...   (each with truth.json and events.jsonl) prints the rows as tab-separated values"""
import fnmatch
import json
import os
import sys

COLUMNS = ('case', 'run', 'mode', 'law', 'verdict', 'entity', 'entity_is', 'carriers', 'cause', 'cause_is', 'delay_s', 'named_s', 'onset_error_s',
           'lead_s', 'interval', 'interval_late', 'incident', 'false_laws', 'false_others', 'false_list', 'rest_cpu_percent', 'note')
LAWS = ('seizure', 'fever', 'amplification')
EARLY_S = 1.0   # a finding this much before the onset is still the fault's: the clocks of two programs
LATE_S = 30.0   # and so is one this long after the end: windows are a minute long
ABSENT = '-'


def read_events(lines):
    """The objects of the lines; a last line that was cut off is left out, any other bad line is an error."""
    lines = [line for line in lines if line.strip()]
    events = []
    for number, line in enumerate(lines):
        try:
            events.append(json.loads(line))
        except ValueError:
            if number + 1 < len(lines) or line.endswith('\n'):
                raise ValueError('line %d is no JSON' % (number + 1)) from None
    return events


def entity_of(finding):
    e = finding['entity']
    return '%s:%s' % (e['kind'], e['name'])


def matches(entity, patterns):
    return any(fnmatch.fnmatchcase(entity, p) for p in patterns)


def begin_of(truth):
    """From when on a sentinel could know: the onset, or its own start."""
    return max(truth['onset'], truth['watched_from'])


def over_at(truth):
    return min(t for t in (truth.get('crash'), truth.get('end'), truth['watched_to']) if t is not None)


def in_time(finding, truth):
    return begin_of(truth) - EARLY_S <= finding['t'] <= over_at(truth) + LATE_S


RANKS = ('exact', 'carried', 'around')


def carriers_of(finding):
    """Names of the processes that the finding says do it, the largest share first."""
    return [c['process'] for c in finding.get('carriers') or []]


def place_of(finding, expected, truth):
    """exact: the entity that is sick; carried: one that holds it, and the finding says who in it does it; around: one that holds it; None: another
    entity, or one that holds the sick one but is said to be the doing of others."""
    entity = entity_of(finding)
    if matches(entity, expected['entities']):
        return 'exact'
    if not matches(entity, truth.get('around', [])):
        return None
    sick = [matches('process:' + name, expected['entities']) for name in carriers_of(finding)]
    if not sick:
        return 'around'
    return 'carried' if sick[0] else 'around' if any(sick) else None


def rank_of(finding, expected, truth):
    return RANKS.index(place_of(finding, expected, truth))


def answers(finding, expected, truth):
    return finding['law'] == expected['law'] and in_time(finding, truth) and place_of(finding, expected, truth) is not None


def is_tolerated(finding, truth):
    if not in_time(finding, truth):
        return False
    of_the_sick = any(place_of(finding, e, truth) for e in truth['expected'])
    names = (finding['law'], '%s/%s' % (finding['law'], finding['cause']))
    return of_the_sick and any(n in truth.get('tolerated', []) for n in names)


def opened(events):
    """The lines that opened a finding, in the order in which they were said."""
    return [e for e in events if e.get('type') == 'finding' and e.get('state') == 'open']


def false_findings(events, truth):
    if truth.get('onset') is None:
        return opened(events)
    return [f for f in opened(events)
            if not any(answers(f, e, truth) for e in truth['expected']) and not is_tolerated(f, truth)]


def intervals(events, expected, truth):
    """(when, low, high, did it hold the crash) of each time to exhaustion that was told before the crash about the sick entity or one around it: by a
    finding, or by an update of the incident that has such a finding."""
    if truth.get('crash') is None:
        return []
    told, answering = [], set()
    for e in events:
        if e.get('exhaustion_s') is None or e['t'] > truth['crash'] or e.get('state') == 'close':
            continue
        if e.get('type') == 'finding':
            if not answers(e, expected, truth):
                continue
            answering.add(e['id'])
        elif e.get('type') != 'incident' or e['state'] != 'update' or not answering.intersection(e.get('findings', [])):
            continue  # an incident that opens says what its finding just said
        low, high = e['exhaustion_s']
        left = truth['crash'] - e['t']
        told.append((e['t'], low, high, (low is None or low <= left) and (high is None or left <= high)))
    return told


def number(x):
    return ABSENT if x is None else '%.1f' % x


def interval_fields(told, truth):
    """The first interval beside the truth, and how many of those from a third of the way on held."""
    if not told:
        return ABSENT, ABSENT
    t, low, high, held = told[0]
    first = '%s..%s true %.0f %s' % ('?' if low is None else '%.0f' % low, 'never' if high is None else '%.0f' % high,
                                     truth['crash'] - t, 'held' if held else 'missed')
    third = truth['onset'] + (truth['crash'] - truth['onset']) / 3
    late = [i for i in told if i[0] >= third]
    return first, '%d/%d' % (sum(i[3] for i in late), len(late)) if late else ABSENT


def incident_field(events, truth):
    """The last word on each incident that was open between the onset and the end."""
    last = {}
    for e in events:
        if e.get('type') == 'incident' and (truth.get('onset') is None or begin_of(truth) - EARLY_S <= e['t'] <= over_at(truth) + LATE_S):
            last[e['id']] = '%s %s' % (e['severity'], e['kind'])
    return ', '.join(sorted(set(last.values()))) or ABSENT


def false_text(finding, truth):
    zero = truth['onset'] if truth.get('onset') is not None else truth['watched_from']
    who = ' (%s)' % ', '.join(carriers_of(finding)) if carriers_of(finding) else ''
    return '%s %s%s %s %+.0fs' % (finding['law'], entity_of(finding), who, finding['cause'], finding['t'] - zero)


def base_row(truth):
    row = dict.fromkeys(COLUMNS, ABSENT)
    row.update(case=truth['case'], run=str(truth.get('run', 1)), mode=truth.get('mode', 'from_rest'),
               rest_cpu_percent=number(truth.get('rest_cpu_percent')), note=truth.get('note') or ABSENT)
    return row


def expected_row(events, expected, truth):
    row = base_row(truth)
    row['law'] = expected['law']
    found = [f for f in opened(events) if answers(f, expected, truth)]
    if not found:
        before = [f for f in opened(events) if f['law'] == expected['law'] and place_of(f, expected, truth) and f['t'] < begin_of(truth) - EARLY_S]
        row['verdict'] = 'missed (said before the onset)' if before else 'missed'
        return row
    best = min(found, key=lambda f: (rank_of(f, expected, truth), f['cause'] not in expected['causes'], f['t']))
    named = [f for f in found if place_of(f, expected, truth) != 'around' and f['cause'] in expected['causes']]
    first = min(f['t'] for f in found)
    began = begin_of(truth)
    row.update(verdict='found', entity=entity_of(best), entity_is=place_of(best, expected, truth),
               carriers=', '.join('%s %.2f' % (c['process'], c['share']) for c in best.get('carriers') or []) or ABSENT, cause=best['cause'],
               cause_is='right' if best['cause'] in expected['causes'] else 'wrong', delay_s=number(first - began),
               named_s=number(min(f['t'] for f in named) - began) if named else ABSENT,
               onset_error_s=number(best['onset'] - began) if best.get('onset') is not None else ABSENT)
    if truth.get('crash') is not None:
        row['lead_s'] = number(truth['crash'] - first)
    row['interval'], row['interval_late'] = interval_fields(intervals(events, expected, truth), truth)
    return row


def judge(events, truth):
    """The rows of a run, dictionaries of texts with the keys COLUMNS."""
    if truth.get('skipped'):
        row = base_row(truth)
        row.update(verdict='skipped', note=truth['skipped'])
        return [row]
    rows = [expected_row(events, e, truth) for e in truth['expected'] if not truth.get('silent')]
    wrong = false_findings(events, truth)
    if truth.get('silent'):
        wrong = [f for f in opened(events) if not is_tolerated(f, truth)]
    if not rows:
        row = base_row(truth)
        row['verdict'] = 'false alarm' if any(f['law'] in LAWS for f in wrong) else 'silent'
        rows = [row]
    first = rows[0]
    first.update(false_laws=str(sum(f['law'] in LAWS for f in wrong)), false_others=str(sum(f['law'] not in LAWS for f in wrong)),
                 false_list='; '.join(false_text(f, truth) for f in wrong) or ABSENT, incident=incident_field(events, truth))
    return rows


def as_tsv(row):
    return '\t'.join(str(row[c]).replace('\t', ' ').replace('\n', ' ') for c in COLUMNS)


def judge_folder(folder):
    with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
        truth = json.load(f)
    events = []
    if not truth.get('skipped'):
        with open(os.path.join(folder, 'events.jsonl'), encoding='utf-8') as f:
            events = read_events(f)
    return judge(events, truth)


def main(folders):
    print('\t'.join(COLUMNS))
    for folder in folders:
        for row in judge_folder(folder):
            print(as_tsv(row))


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip().split('\n')[-1])
    main(sys.argv[1:])
