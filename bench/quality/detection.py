# SPDX-License-Identifier: MIT
"""What any detector said about one recording: single alarms and the incidents that they form."""
from bisect import bisect_left
from dataclasses import dataclass


@dataclass
class Detection:
    alarms: list     # times, in order
    incidents: list  # (opened, last evidence), in order of opening


def incidents_of(alarms, merge_s):
    """Alarms (times, in order) no further apart than merge_s are one incident: of hourly samples, neighbours are."""
    found = []
    for t in alarms:
        if found and t - found[-1][1] <= merge_s:
            found[-1][1] = t
        else:
            found.append([t, t])
    return [tuple(i) for i in found]


def merged(detection, merge_s):
    """The same with incidents joined whose alarms come no further apart than merge_s; one that reports no alarm stands for itself by its opening."""
    found = []
    for opened, end in detection.incidents:
        at = bisect_left(detection.alarms, opened)
        last = detection.alarms[at - 1] if at else float('-inf')
        if found and opened - max(last, found[-1][0]) <= merge_s:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([opened, end])
    return Detection(detection.alarms, [tuple(i) for i in found])


def from_scores(times, scores, threshold, merge_s):
    alarms = [t for t, s in zip(times, scores) if s >= threshold]
    alarms.sort()
    return Detection(alarms, incidents_of(alarms, merge_s))
