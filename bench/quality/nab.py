# SPDX-License-Identifier: MIT
"""The score of the Numenta Anomaly Benchmark, from alarm times and labelled windows. Raw sums per file are added up by the caller; one
setting of the detector for all files."""
import math
from bisect import bisect_left

PROBATION_SHARE, PROBATION_MOST = 0.15, 750  # first rows, not scored
MISS_AT = 3.0                                # windows away from the last one: as bad as can be


def sigmoid(y):
    return -1.0 if y > MISS_AT else 2 / (1 + math.exp(5 * y)) - 1


FULL = sigmoid(-1.0)  # a detection in a window's first row, before normalising
PROFILES = {'standard': (0.11, 1.0), 'low FP': (0.22, 1.0), 'low FN': (0.11, 2.0)}  # weight of a false alarm, of a miss


def windows_of(times, events):
    """Events as rows (first, last), both inside; events without a row in the file are left out."""
    rows = []
    for begin, end in events:
        inside = [i for i, t in enumerate(times) if begin <= t <= end]
        if inside:
            rows.append((inside[0], inside[-1]))
    return sorted(rows)


def probation(n):
    return min(math.floor(PROBATION_SHARE * n), PROBATION_MOST)


def raw_sums(n, windows, rows):
    """(worth of true detections, worth of false ones (<= 0, weight 1), windows missed) of alarms in these rows of a file of n rows."""
    first = probation(n)
    best = [None] * len(windows)
    begins = [w[0] for w in windows]
    false = 0.0
    for i in rows:
        if i < first:
            continue
        k = bisect_left(begins, i + 1) - 1  # the last window that begins at or before the row
        if k < 0:
            false -= 1.0
            continue
        left, right = windows[k]
        width = right - left + 1
        if i <= right:
            worth = sigmoid(-(right - i + 1) / width) / FULL
            best[k] = worth if best[k] is None else max(best[k], worth)
        else:
            false += sigmoid((i - right) / max(width - 1, 1))
    return sum(b for b in best if b is not None), false, sum(b is None for b in best)


def rows_at(times, alarms):
    """Rows of alarms given by time; of rows with the same time the first."""
    first = {}
    for i, t in enumerate(times):
        first.setdefault(t, i)
    return sorted({first[t] for t in alarms if t in first})


def add(sums):
    return tuple(map(sum, zip(*sums)))


def normalised(sums, windows, profile):
    """0 for saying nothing, 100 for every window in its first row and nothing else. sums: raw_sums added over files; windows: of all files."""
    found, false, missed = sums
    fp, fn = PROFILES[profile]
    null = -windows * fn
    return 100 * (found + fp * false - fn * missed - null) / (windows - null)


def best(points, windows, profile):
    """(score, setting) of the best setting; points: setting -> sums over all files."""
    scored = [(normalised(s, windows, profile), k) for k, s in points.items()]
    top = max(score for score, _ in scored)
    return next((score, k) for score, k in scored if score == top)
