# SPDX-License-Identifier: MIT
"""The rule that was measured before the program existed, stated again in plain Python: the largest of three residuals in usual deviations,
its hourly maxima, and a Pareto tail whose index is shrunk. It is an independent second opinion on the program's shock law, and the floor
that the program has to reach. Of a host with several metrics: the largest level of its series, and, as a separate detector, the second
largest recalibrated by a tail of its own."""
import math

HALF_LIFE_S = 7 * 86400.0
CLIP, FLOOR = 5.0, 2e-3
RING, TOP, WARM = 720, 0.1, 24
CAP = 40.0


def filled(values):
    """Missing values repeat the one before; 0 before the first."""
    out, last = [], 0.0
    for x in values:
        last = last if x is None else x
        out.append(last)
    return out


def residuals(x):
    """x minus its mean of half-life 3 samples; Haar differences 2|2 and 8|8, 0 until they can be formed."""
    steady, mean, short = 1 - 0.5 ** (1 / 3), x[0], []
    for i, v in enumerate(x):
        d = v - mean
        short.append(d)
        mean += max(1 / (i + 1), steady) * d
    return short, haar(x, 2), haar(x, 8)


def haar(x, k):
    out, total, sums = [0.0] * len(x), 0.0, [0.0]
    for v in x:
        total += v
        sums.append(total)
    for i in range(2 * k - 1, len(x)):
        out[i] = (sums[i + 1] - 2 * sums[i + 1 - k] + sums[i + 1 - 2 * k]) / k
    return out


def deviations(r, x, half_life):
    """|r - m| / s, both exponentially weighted, updates clipped at CLIP deviations."""
    steady, m, s, largest, out = 1 - 0.5 ** (1 / half_life), r[0], 0.0, 1e-12, []
    for i, v in enumerate(r):
        a = 1 / (i + 1)
        if a < steady:
            a = steady
        d = v - m
        if x[i] > largest:
            largest = x[i]
        elif -x[i] > largest:
            largest = -x[i]
        scale = FLOOR * largest
        if s > scale:
            scale = s
        size = d if d >= 0 else -d
        out.append(size / scale if i > 5 else 0.0)
        if i > 20 and size > CLIP * scale:
            size = CLIP * scale
            d = size if d > 0 else -size
        m += a * d
        s += a * (size - s)
    return out


def score(x, half_life):
    return [max(z) for z in zip(*(deviations(r, x, half_life) for r in residuals(x)))]


def fit(maxima, xi0, n0):
    """(u0, pu, xi) of the upper tenth of block maxima."""
    r = sorted(maxima, reverse=True)
    k = max(4, int(TOP * len(r)))
    u0 = max(r[k], 1e-6)
    return u0, k / len(r), max(0.05, (sum(math.log(max(q, u0) / u0) for q in r[:k]) + n0 * xi0) / (k + n0))


def level(scores, block, xi0=0.3, n0=50, u0=5.0):
    """-ln P(a block's maximum exceeds the score), per sample, from the maxima of the blocks before. block: samples."""
    maxima, out, limit = [], [], math.log(RING)
    learned, pu, xi, refused = 0, 0.1, xi0, 0.0
    at_u0, temper = -math.log(pu), 0.0
    most, n = 0.0, 0
    for v in scores:
        if v > u0:
            out.append(min(at_u0 + math.log(v / u0) / xi, CAP) * temper)
        else:
            out.append(at_u0 * v / u0 * temper)
        if v > most:
            most = v
        n += 1
        if n < block:
            continue
        worst = max(out[-block:])
        strange = worst > limit and learned >= WARM
        refused += (strange - refused) / WARM
        if not strange or refused > 0.25:
            maxima = (maxima + [most])[-RING:]
            learned += 1
        most, n = 0.0, 0
        if len(maxima) >= WARM:
            u0, pu, xi = fit(maxima, xi0, n0)
            at_u0 = -math.log(pu)
        temper = learned / (learned + WARM) if learned < 2 * WARM else 1.0
    return out


def alarm_level(budget_per_day, step_s):
    return math.log(min(24.0, 86400 / step_s) / budget_per_day)


def levels(columns, step_s):
    """(largest, recalibrated second largest) level per row over all metrics; the second is None for a single metric."""
    block, half_life = max(1, int(3600 / step_s)), HALF_LIFE_S / step_s
    first = second = None
    for values in columns.values():
        x = filled(values)
        one = level(score(x, half_life), block)
        if first is None:
            first, second = one, [0.0] * len(one)
            continue
        for i, v in enumerate(one):
            if v > first[i]:
                first[i], second[i] = v, first[i]
            elif v > second[i]:
                second[i] = v
    if len(columns) < 2:
        return first, None
    return first, level([math.exp(v) for v in second], block, xi0=1.0, n0=20, u0=10.0)
