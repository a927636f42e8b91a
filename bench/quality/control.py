# SPDX-License-Identifier: MIT
"""Detectors that a figure must beat before it means anything: alarms by the clock, by chance, at a fixed share of the largest value, by a
plain exponentially weighted z-score, and for NAB's score at every new extreme. Each gives a score per row and settings to sweep; larger is
worse. All are causal."""
import math
import zlib

DAY_S = 86400.0
PERIODS = (20, 60, 150, 500, 1500, 5000, 15000, 50000)             # samples
CHANCES = (0.05, 0.015, 0.005, 0.002, 0.0005, 0.00015, 0.00005)    # of an alarm, per row
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)                # of the largest value so far
DEVIATIONS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 512, 2048)   # usual ones
BEYOND = (0.2, 0.05, 0.02, 0.01, 0.001, 1e-9)                        # of the range so far
HAIR = 1e-9
START_ROWS = 20   # before them there is no habit to stray from
HALF_LIFE_S = DAY_S


def periodic_rows(n, period):
    return range(0, n, period)


def chance_scores(name, n):
    """Uniform in 0..1 from our own generator (Knuth's MMIX), seeded by the recording's name: the same everywhere."""
    state, scores = zlib.crc32(name.encode()), []
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        scores.append((state >> 11) / 2 ** 53)
    return scores


def static_scores(columns, n):
    """The largest, over metrics, of the value as a share of that metric's largest value so far."""
    scores = [0.0] * n
    for values in columns.values():
        most = 0.0
        for i, x in enumerate(values):
            if x is None:
                continue
            if x > most:
                most = x
            if most > 0 and i >= START_ROWS and x > scores[i] * most:
                scores[i] = x / most
    return scores


def weighted_scores(columns, n, step_s):
    """The largest, over metrics, of |x - m| / s with exponentially weighted mean and standard deviation."""
    steady = 1 - 0.5 ** (step_s / HALF_LIFE_S)
    scores = [0.0] * n
    for values in columns.values():
        mean = variance = largest = 0.0
        seen = 0
        for i, x in enumerate(values):
            if x is None:
                continue
            seen += 1
            d = x - mean
            largest = max(largest, abs(x))
            if seen > START_ROWS:
                z = abs(d) / max(math.sqrt(variance), 0.002 * largest, 1e-12)
                if z > scores[i]:
                    scores[i] = z
            w = max(1 / seen, steady)
            mean += w * d
            variance = (1 - w) * (variance + w * d * d)
    return scores


def extreme_scores(columns, n):
    """How far a value lies beyond all before it, as a share of their range; a hair for one that is no larger than rounding. 0 inside."""
    scores = [0.0] * n
    for values in columns.values():
        low = high = None
        for i, x in enumerate(values):
            if x is None:
                continue
            if low is None:
                low = high = x
            elif x < low or x > high:
                beyond = max(low - x, x - high)
                scores[i] = max(scores[i], beyond / (high - low) if high > low else 1.0, HAIR)
                low, high = min(low, x), max(high, x)
    return scores
