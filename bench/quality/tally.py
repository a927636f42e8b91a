# SPDX-License-Identifier: MIT
"""Counts of one detector at one setting, for one recording or summed over many: labelled events found, false incidents, delays, and time
under watch. Two rules side by side: *any*, an alarm inside the event; *open*, an incident that opens there."""
from bisect import bisect_left
from dataclasses import dataclass, field, fields

from recording import DAY_S, days, days_inside, healthy_steps, inside, quiet_stretches, steps_of

WARM_S = 2 * DAY_S      # the program itself says calibrated: false for two days
MARGIN_S = 3600.0       # around events: neither promise nor event
SHORTEST_S = DAY_S      # of a stretch on which a promise per day is measured


@dataclass
class Tally:
    files: int = 0
    events: int = 0
    any: int = 0            # events with an alarm inside
    open: int = 0           # events in which an incident opened
    false: int = 0          # incidents that opened outside all events
    days: float = 0         # labelled time outside events
    busy_days: float = 0    # of it, under an open incident, the hour after events apart
    quiet: int = 0          # incidents on label-free stretches
    quiet_days: float = 0
    unlabelled: int = 0     # the same before labelling began
    unlabelled_days: float = 0
    eventless: int = 0      # incidents in recordings without any event
    eventless_days: float = 0
    eventless_files: int = 0
    any_delays: list = field(default_factory=list)   # seconds from the event's start, of those found
    open_delays: list = field(default_factory=list)

    def __add__(self, other):
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def false_per_day(self):
        return self.false / self.days if self.days else 0.0

    @property
    def busy_share(self):
        return self.busy_days / self.days if self.days else 0.0

    def recall(self, rule):
        return getattr(self, rule) / self.events if self.events else None

    def delay_s(self, rule):
        return median(getattr(self, rule + '_delays'))


def median(values):
    v = sorted(values)
    n = len(v)
    return None if n == 0 else v[n // 2] if n % 2 else (v[n // 2 - 1] + v[n // 2]) / 2


def first_in(times, begin, end):
    """The first of ordered times in [begin, end], or None."""
    i = bisect_left(times, begin)
    return times[i] if i < len(times) and times[i] <= end else None


def busy_days(steps, incidents):
    """How much of the steps lies in incidents that were open already when the step began."""
    total, i = 0.0, 0
    for before, now in steps:
        while i < len(incidents) and incidents[i][1] <= before:
            i += 1
        if i < len(incidents) and incidents[i][0] <= before:
            total += min(now, incidents[i][1]) - before
    return total / DAY_S


@dataclass
class Ground:
    """What of a recording does not depend on the detector."""
    recording: object
    healthy: list      # steps
    healthy_days: float
    settled: list      # healthy steps that are not just behind an event, where an incident may linger
    quiet: list        # spans
    quiet_days: float
    unlabelled: list
    unlabelled_days: float


def ground_of(recording):
    healthy, steps = healthy_steps(recording), steps_of(recording)
    quiet = quiet_stretches(recording, WARM_S, MARGIN_S, SHORTEST_S)
    unlabelled = quiet_stretches(recording, WARM_S, MARGIN_S, SHORTEST_S, labelled=False)
    after = [(s, e + MARGIN_S) for s, e in recording.events]
    settled = [step for step in healthy if not inside(step[1], after)]
    return Ground(recording, healthy, days(healthy), settled, quiet, days_inside(steps, quiet), unlabelled, days_inside(steps, unlabelled))


def tally(ground, detection):
    r = ground.recording
    opened = [o for o, _ in detection.incidents]
    reach = [(s - r.set.tolerance_s, e) for s, e in r.events]
    t = Tally(files=1, events=len(r.events), days=ground.healthy_days)
    for (begin, end), (early, _) in zip(r.events, reach):
        alarm, opening = first_in(detection.alarms, begin, end), first_in(opened, early, end)
        if alarm is not None:
            t.any += 1
            t.any_delays.append(alarm - begin)
        if opening is not None:
            t.open += 1
            t.open_delays.append(max(0.0, opening - begin))
    t.false = sum(o >= r.labelled_from and not inside(o, reach) for o in opened)
    t.busy_days = busy_days(ground.settled, detection.incidents)
    t.quiet = sum(inside(o, ground.quiet) for o in opened)
    t.quiet_days = ground.quiet_days
    t.unlabelled = sum(inside(o, ground.unlabelled) for o in opened)
    t.unlabelled_days = ground.unlabelled_days
    if not r.events:
        t.eventless, t.eventless_days, t.eventless_files = len(opened), ground.healthy_days, 1
    return t


BUSY_MOST = 0.1  # in alarm for more of the healthy time than this is no operating point: everything would be "found"


def recall_at(points, rule, rate):
    """(recall, setting) of the best swept point whose false incidents per day are at most rate; (None, None) where none is that quiet.
    points: setting -> Tally, in order of the sweep."""
    best, at = None, None
    for setting, t in points.items():
        if t.events and t.false_per_day <= rate and t.busy_share <= BUSY_MOST:
            recall = t.recall(rule)
            if best is None or recall > best:
                best, at = recall, setting
    return best, at
