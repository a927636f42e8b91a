#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Computes tests/golden/novelty/*.csv: made-up series, the distance of each sample from its past and what is left of a level of 6 by it, by
the formulas of detection/novelty.h. What differs from the C: moments are weighted sums over the whole past instead of running updates, usual
values likewise, places are an unordered list that is searched from end to end, the short mean is taken over a slice, and exp and log are the
math library's.

usage: novelty_expected.py FOLDER
"""
import math
import random
import sys

STEP_S = 600
N = 1000  # a week of ten minutes
WEIGHT = 0.01  # of a sample in the moments: so much that it shows within a week
START_S = 1767225600 - 5400  # the first part of the day is cut short
SAME, FORGET_H, PARTS, RECENT, NEAREST = 0.02, 720, 8, 6, 0.005


def weights_of(count, weight):
    """Of count values, oldest first, in a mean whose i-th update has max(1/i, weight)."""
    w = [max(1 / (i + 1), weight) for i in range(count)]
    left, out = 1.0, [0.0] * count
    for i in range(count - 1, -1, -1):
        out[i] = w[i] * left
        left *= 1 - w[i]
    return out


def weighted(values, weight):
    return math.fsum(a * v for a, v in zip(weights_of(len(values), weight), values))


def deviation_of(values, weight):
    mean = weighted(values, weight)
    return math.sqrt(max(0.0, math.fsum(a * (v - mean) ** 2 for a, v in zip(weights_of(len(values), weight), values))))


def forget(places, x, hour):
    """What lies on either side of x up to the first place that was seen within a month."""
    above = sorted(p for p in places if p[0] >= x)
    below = sorted((p for p in places if p[0] < x), reverse=True)
    for side in (above, below):
        for p in side:
            if hour - p[1] <= FORGET_H:
                break
            places.remove(p)


def distances(times, x, largest):
    """Of each value from the places of those before it; None while there are too few."""
    by_part = {}
    places, residuals, out, emptied = [], [], [], []
    for i, (t, v) in enumerate(zip(times, x)):
        part, hour = t % 86400 // (86400 // PARTS), t // 3600
        known = by_part.setdefault(part, [])
        usual = weighted(known, 1 - (1 - WEIGHT) ** PARTS) if known else (x[i - 1] if i else v)
        known.append(v)
        r = v - usual
        scale = max(deviation_of(residuals, WEIGHT) if residuals else 0.0, 0.002 * largest[i])
        forget(places, r, hour)
        distance = None
        if not places:
            residuals, nearest = [], None
            emptied.append(i)
        else:
            nearest = min(places, key=lambda p: (abs(p[0] - r), p[0]))
            if len(residuals) >= 20:
                distance = abs(nearest[0] - r) / scale
        if nearest and abs(nearest[0] - r) <= SAME * scale:
            nearest[1] = hour
        else:
            places.append([r, hour])
        residuals.append(r)
        out.append(distance)
    return out, emptied


def level_of(distance, hours, level):
    believed = min(level, 4.5)
    if distance is None:
        return believed
    farther = math.log(distance) + 2
    earned = 4.5 + 0.33 * level + (0.6 if farther > 0 else 2.6) * farther
    earned *= (hours / (hours + 24) if hours < 48 else 1) * (0.5 + 0.5 * min(1, hours / 168))
    return believed if earned < 4.5 else min(earned, 40)


def rows_of(times, x):
    largest, most = [], 1e-12
    for v in x:
        most = max(most, abs(v))
        largest.append(most)
    means = [math.fsum(x[max(0, i - RECENT + 1):i + 1]) / min(i + 1, RECENT) for i in range(len(x))]
    a, cleared_a = distances(times, x, largest)
    b, cleared_b = distances(times, means, largest)
    hours, last = 0, None
    for i, t in enumerate(times):
        hours += t // 3600 != last
        last = t // 3600
        if i in cleared_a or i in cleared_b:
            hours = 0
        both = None if a[i] is None or b[i] is None else math.sqrt(max(a[i], NEAREST) * max(b[i], NEAREST))
        yield x[i], times[i], 'nan' if both is None else '%.12g' % both, '%.12g' % level_of(both, hours, 6.0)


def series():
    g = random.Random(20261122)
    every = [START_S + i * STEP_S for i in range(N)]
    hour = [t / 3600 for t in every]
    yield 'noise', every, [50 + 4 * g.gauss(0, 1) for _ in every]
    yield 'daily', every, [100 + 40 * math.sin(2 * math.pi * h / 24) + 5 * g.gauss(0, 1) for h in hour]
    yield 'constant', every, [7.25] * N
    yield 'ties', every, [float(i % 3) for i in range(N)]
    spikes = [10 + 0.5 * g.gauss(0, 1) for _ in every]
    for i in (400, 544, 700, 701, 702, 703):  # the second a day after the first, then one that lasts
        spikes[i] += 30
    yield 'spikes', every, spikes
    late = [t + (40 * 86400 if i >= 600 else 0) for i, t in enumerate(every)]
    yield 'hole', late, [20 + 30 * (i // 150 % 2) + g.gauss(0, 1) for i in range(N)]


for name, times, x in series():
    x = [round(v, 4) for v in x]
    with open('%s/%s.csv' % (sys.argv[1], name), 'w', encoding='ascii') as f:
        f.write('value,t_s,distance,level\n')
        f.writelines('%r,%d,%s,%s\n' % row for row in rows_of(times, x))
