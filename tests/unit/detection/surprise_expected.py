#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Computes tests/golden/surprise/*.csv: made-up series, the score of each sample and its level, by the formulas of
detection/surprise.h and tail.h over whole arrays (numpy) instead of a state that streams. What differs from the C:

- hours are counted in samples here (12 of five minutes), in time there;
- block maxima are kept as they are here, in steps of 1/16 of e there: levels agree to a tolerance, scores do not need one.

usage: surprise_expected.py FOLDER        (last made with numpy 1.24.2)
"""
import sys
import numpy as np

STEP_S = 300
N = 720  # 60 hours: the tail is fitted after 24, and no longer tempered after 48
BLOCK = 3600 // STEP_S
WEIGHT = 1 - 0.5 ** (STEP_S / (7 * 86400))


def short_mean_residual(x):
    out, mean = [], x[0]
    for i, v in enumerate(x):
        out.append(v - mean)
        mean = mean + max(1 / (i + 1), 1 - 0.5 ** (1 / 3)) * out[-1]
    return np.array(out)


def haar_residual(x, k):
    out = np.zeros(len(x))
    for i in range(2 * k - 1, len(x)):
        out[i] = x[i - k + 1:i + 1].mean() - x[i - 2 * k + 1:i - k + 1].mean()
    return out


def usual_deviations(r, x):
    """Distance of each residual from its running mean in running mean absolute deviations, both as before it."""
    largest = np.maximum(np.maximum.accumulate(np.abs(x)), 1e-12)
    out, mean, spread = np.zeros(len(r)), r[0], 0.0
    for i in range(1, len(r)):
        scale = max(spread, 0.002 * largest[i])
        d = r[i] - mean
        if i > 5:
            out[i] = abs(d) / scale
        if i > 20:
            d = np.clip(d, -5 * scale, 5 * scale)
        w = max(1 / (i + 1), WEIGHT)
        mean += w * d
        spread += w * (abs(d) - spread)
    return out


def scores(x):
    residuals = short_mean_residual(x), haar_residual(x, 2), haar_residual(x, 8)
    return np.max([usual_deviations(r, x) for r in residuals], axis=0)


def pareto_fit(maxima):
    """u0, pu, xi of the upper tenth, the index shrunk to 0.3 with the weight of 50."""
    r = np.sort(maxima)[::-1]
    k = max(4, int(0.1 * len(r)))
    u0 = max(r[k], 1e-6)
    return u0, k / len(r), max(0.05, (np.log(np.maximum(r[:k], u0) / u0).sum() + 50 * 0.3) / (k + 50))


def levels(s):
    out, kept, learned, history = np.zeros(len(s)), [], 0, []
    u0, pu, xi = 5.0, 0.1, 0.3
    for start in range(0, len(s), BLOCK):
        block = s[start:start + BLOCK]
        with np.errstate(divide='ignore'):
            raw = np.where(block > u0, -np.log(pu) + np.log(block / u0) / xi, -np.log(pu) * block / u0)
        out[start:start + BLOCK] = np.minimum(raw, 40) * (learned / (learned + 24) if learned < 48 else 1)
        strange = learned >= 24 and out[start:start + BLOCK].max() > np.log(720)
        history.append(strange)
        if not strange or sum(history[-168:]) > 2:
            kept = (kept + [block.max()])[-720:]
            learned += 1
        if len(kept) >= 24:
            u0, pu, xi = pareto_fit(kept)
    return out


def series():
    g = np.random.default_rng(20261122)
    hour = np.arange(N) * STEP_S / 3600
    yield 'noise', 50 + 4 * g.standard_normal(N)
    yield 'steps', 20 + 30 * (np.arange(N) // 150 % 2) + g.standard_normal(N)
    yield 'constant', np.full(N, 7.25)
    yield 'zeros', np.where(np.arange(N) % 211 == 210, 3.0, 0.0)
    yield 'heavy-tail', g.pareto(1.5, N)
    yield 'daily', 100 + 40 * np.sin(2 * np.pi * hour / 24) + 5 * g.standard_normal(N)
    spikes = 10 + 0.5 * g.standard_normal(N)
    spikes[[350, 500, 650]] += [8, 40, 300]
    yield 'spikes', spikes
    yield 'walk', np.cumsum(g.standard_normal(N))


for name, x in series():
    x = np.round(x, 4)
    s = scores(x)
    with open('%s/%s.csv' % (sys.argv[1], name), 'w') as f:
        f.write('value,score,level\n')
        f.writelines('%r,%.12g,%.9g\n' % row for row in zip(x.tolist(), s, levels(s)))
