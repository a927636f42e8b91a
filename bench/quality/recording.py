# SPDX-License-Identifier: MIT
"""Recorded telemetry with labels: which sets there are, which files they hold, what is known about them, and their rows. Whether a
labelled event was found is not decided here."""
import json
import lzma
import os
from dataclasses import dataclass, field

DAY_S = 86400.0
GAP_STEPS = 10  # a hole in the data longer than this many usual steps is no time under watch


@dataclass(frozen=True)
class Set:
    name: str
    single: bool       # one metric per file: what is judged is a series, else a host
    merge_s: float     # alarms closer than this are one incident
    tolerance_s: float  # an incident may open this long before the event
    parts: bool = False  # also shown apart by sampling interval


# Merge time and tolerance are those of the sets' own description: minute data 60 and 15 min, second data 5 min and none.
SETS = (
    Set('nab', True, 3600, 900),
    Set('cloud-monitoring', True, 3600, 900, parts=True),
    Set('server-machine', False, 3600, 900),
    Set('application-server', False, 3600, 900),
    Set('hpc-1hz', False, 300, 0),
)


@dataclass
class Recording:
    set: Set
    name: str            # below the set's folder, as the labels name it
    path: str
    events: list         # (start, end), seconds, both inside; in order
    kinds: list          # what each event is, where the labels say so; else ''
    labelled_from: float  # earlier rows are neither healthy nor sick: nobody has said
    times: list = field(default_factory=list)
    columns: dict = field(default_factory=dict)  # metric -> values in the order of times, None where missing

    @property
    def step_s(self):
        return usual_step(self.times)


def usual_step(times):
    """The most frequent positive step (ties: the shorter), seconds."""
    counts = {}
    for before, now in zip(times, times[1:]):
        step = round(now - before, 3)
        if step > 0:
            counts[step] = counts.get(step, 0) + 1
    return min(counts, key=lambda s: (-counts[s], s)) if counts else 1.0


def read_labels(entry):
    """The three forms of labels.json: pairs, objects with a kind, and an object with a start of labelling."""
    labelled_from, events = float('-inf'), entry
    if isinstance(entry, dict):
        labelled_from, events = entry['unlabelled_until'], entry['events']
    pairs = [(e['start'], e['end'], e['kind']) if isinstance(e, dict) else (e[0], e[1], '') for e in events]
    pairs.sort()
    return [(s, e) for s, e, _ in pairs], [k for _, _, k in pairs], labelled_from


def list_recordings(folder, chosen):
    """Every labelled file of the chosen sets, in the order of SETS and then by name; rows are not read yet."""
    found = []
    for s in SETS:
        if s.name not in chosen:
            continue
        with open(os.path.join(folder, s.name, 'labels.json'), encoding='utf-8') as f:
            labels = json.load(f)
        for name in sorted(labels):
            events, kinds, labelled_from = read_labels(labels[name])
            found.append(Recording(s, name, os.path.join(folder, s.name, name + '.xz'), events, kinds, labelled_from))
    return found


def read_rows(recording):
    with lzma.open(recording.path, 'rt', encoding='ascii') as f:
        header = f.readline().rstrip('\n').split(',')
        rows = [line.rstrip('\n').split(',') for line in f]
    recording.times = [float(r[0]) for r in rows]
    recording.columns = {
        metric: [float(r[i]) if r[i] else None for r in rows] for i, metric in enumerate(header) if i > 0}


def inside(t, spans):
    return any(s <= t <= e for s, e in spans)


def steps_of(recording):
    """(from, to) of every step between rows that spans no hole."""
    longest = GAP_STEPS * recording.step_s
    return [(before, now) for before, now in zip(recording.times, recording.times[1:]) if 0 < now - before <= longest]


def healthy_steps(recording):
    """Those of labelled time that do not end in an event."""
    return [(before, now) for before, now in steps_of(recording)
            if now >= recording.labelled_from and not inside(now, recording.events)]


def days(steps):
    return sum(now - before for before, now in steps) / DAY_S


def days_inside(steps, spans):
    """Days of the steps that end in one of the spans."""
    return days([(before, now) for before, now in steps if inside(now, spans)])


def quiet_stretches(recording, warm_s, margin_s, shortest_s, labelled=True):
    """Spans without a label in which a promise can be held against what happened: after the first warm_s seconds (no history yet),
    margin_s away from every event, at least shortest_s long. With labelled=False those of the time before labelling began."""
    begin, end = recording.times[0] + warm_s, max(recording.times)
    if labelled:
        begin = max(begin, recording.labelled_from)
    else:
        end = min(end, recording.labelled_from)
    spans, at = [], begin
    for s, e in recording.events:
        spans.append((at, min(s - margin_s, end)))
        at = max(at, e + margin_s)
    spans.append((at, end))
    return [(s, e) for s, e in spans if e - s >= shortest_s]
