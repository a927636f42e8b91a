#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Computes what signals_*_test.c expect, by other means (numpy and scipy), from the same made-up series as signals_data.h.

usage: signals_expected.py > signals_expected.h      (last made with numpy 1.24.2, scipy 1.10.1)
"""
import math
import numpy as np
import scipy
from scipy import special, stats

MASK = 2**64 - 1


class Source:
    def __init__(self, seed):
        self.s = seed

    def uniform(self):
        self.s = (self.s + 0x9E3779B97F4A7C15) & MASK
        z = self.s
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        return (z >> 11) * 2.0**-53

    def noise(self):
        return (((self.uniform() + self.uniform()) + self.uniform()) + self.uniform()) - 2


def noise(n, seed):
    s = Source(seed)
    return np.array([s.noise() for _ in range(n)])


def ties(n, seed):
    return np.floor(2 * noise(n, seed) + 0.5) / 2


def walk(n, seed):
    return np.cumsum(noise(n, seed))


def number(v):
    v = float(v)
    return '(double)NAN' if math.isnan(v) else ('-' if v < 0 else '') + '(double)INFINITY' if math.isinf(v) else repr(v)


def array(name, rows):
    rows = [r if isinstance(r, (list, tuple, np.ndarray)) else [r] for r in rows]
    print('static const double %s[][%d] = {' % (name, len(rows[0])))
    for r in rows:
        print('    {' + ', '.join(number(v) for v in r) + '},')
    print('};\n')


SERIES = [noise(60, 1), ties(60, 2), walk(101, 3), 1e6 + noise(7, 4), 1e-3 * walk(500, 5)]

print('/* SPDX-License-Identifier: MIT')
print(' * Made by signals_expected.py with numpy %s and scipy %s. */' % (np.__version__, scipy.__version__))
print('#ifndef COHERENCE_TESTS_SIGNALS_EXPECTED_H\n#define COHERENCE_TESTS_SIGNALS_EXPECTED_H\n\n#include <math.h>\n')

print('/* Rows: noise(60, 1), ties(60, 2), walk(101, 3), 1e6 + noise(7, 4), 1e-3 * walk(500, 5). */')
print('/* mean, sample variance (numpy) */')
array('expected_window', [(x.mean(), x.var(ddof=1)) for x in SERIES])
print('/* median, MAD, mean deviation from the median (numpy) */')
array('expected_robust', [(np.median(x), np.median(abs(x - np.median(x))), abs(x - np.median(x)).mean()) for x in SERIES])


def lag1(x):
    d = x - x.mean()
    return (d[1:] * d[:-1]).sum() / (d * d).sum()


print('/* lag-1 autocorrelation, half the von Neumann ratio (numpy) */')
array('expected_autocorrelation', [(lag1(x), (np.diff(x)**2).mean() / 2 / x.var()) for x in SERIES])
print('/* n, r, effective size: the sum written out */')
array('expected_effective_size', [(n, r, n / (1 + 2 * sum((1 - k / n) * r**k for k in range(1, n))))
                                  for n, r in ((10, 0.5), (60, 0.9), (1000, 0.3), (60, 0.999))])


def haar(x, dt, quantum=0.0):
    """Octaves by reshaping: tau, mean form, robust form, half von Neumann ratio, pairs."""
    x = x.astype(np.float32).astype(float)
    rows, k = [], 1
    while dt * k <= 3.2 + 1e-9 and len(x) // k >= 12:
        b = x[len(x) % k:].reshape(-1, k).mean(axis=1)
        q = np.diff(b)**2 / 2
        c = quantum**2 / (4 * (dt * k)**2)
        rows.append((dt * k, math.sqrt(max(0, q.mean() - c)), math.sqrt(max(0, np.median(q) / 0.4549 - c)), q.mean() / b.var(), len(q)))
        k *= 2
    return rows


print('/* spectra (numpy): tau, A, R, V, pairs */')
array('expected_spectrum_noise', haar(50 + 10 * noise(600, 6), 0.1))
array('expected_spectrum_walk', haar(50 + walk(607, 7), 0.1))
array('expected_spectrum_slow', haar(50 + 10 * noise(60, 8), 1.0))
array('expected_spectrum_quantum', haar(50 + 3 * noise(600, 9), 0.1, 1.0))

ROWS = [(noise(40, 10), 1.0), (ties(40, 11) + np.arange(40) * 0.125, 1.0), (walk(60, 12), 1.0), (np.arange(12.0)**2, 1.0)]
print('/* Rows: noise(40, 10), ties(40, 11) + i / 8, walk(60, 12), i * i (12), all at t = 0.5 i + 3 */')
print('/* Theil-Sen slope, intercept, lo, hi at 95 %; Kendall tau-b (scipy) */')
array('expected_theil_sen', [(*stats.theilslopes(x, 0.5 * np.arange(len(x)) + 3, 0.95), stats.kendalltau(np.arange(len(x)), x)[0]) for x, _ in ROWS])


def bend(t, x):
    """Where the best level and climb meet, on a grid of eighths (numpy); without the climb's later half while that fits the rest better."""
    def shape(n, at):
        return np.column_stack([np.ones(n), np.maximum(0, t[:n] - at)])

    def best(y):
        total = ((y - y.mean())**2).sum()
        fits = []
        for at in np.arange(0, len(y) - 3 + 1e-9, 0.125):
            b = np.linalg.lstsq(shape(len(y), at), y, rcond=None)[0]
            fits.append((1 - ((y - shape(len(y), at) @ b)**2).sum() / total if b[1] > 0 else 0, -at, *b))
        share, at, *b = max(fits)
        return -at, b

    def misfit(fit, y):
        return ((y - shape(len(y), fit[0]) @ fit[1])**2).sum()

    fit = best(x)
    half = (int(fit[0]) + len(x) + 1) // 2
    while int(fit[0]) + 4 <= half < len(x):
        x = x[:half]
        nearer = best(x)
        if misfit(fit, x) <= 1.5 * misfit(nearer, x):
            break
        fit = nearer
        half = (int(fit[0]) + len(x) + 1) // 2
    return fit[0]


STEPS = np.arange(24.0)
WITHIN = STEPS + STEPS * 7 % 10 / 10
BENDS = [(STEPS, noise(24, 31) + 2 * np.maximum(0, STEPS - 9.5)), (STEPS, noise(24, 32) / 2 + np.maximum(0, STEPS - 4)**1.5),
         (STEPS, noise(24, 33) + STEPS / 2), (STEPS, noise(24, 34) / 9 + np.expm1(np.maximum(0, STEPS - 6) / 3)),
         (WITHIN, noise(24, 35) + 2 * np.maximum(0, WITHIN - 9.5))]
print('/* Rows: noise(24, 31) + 2 max(0, i - 9.5), noise(24, 32) / 2 + max(0, i - 4)^1.5, noise(24, 33) + i / 2,\n'
      ' * noise(24, 34) / 9 + expm1(max(0, i - 6) / 3), noise(24, 35) + 2 max(0, t - 9.5) where t = i + (7 i % 10) / 10: bend */')
array('expected_bend', [bend(t, x) for t, x in BENDS])


def mann_kendall(x):
    """S, variance, Hamed-Rao ratio, z, log p: the definitions written out (ranks, normal: scipy)."""
    n = len(x)
    s = sum(np.sign(x[j] - x[i]) for i in range(n) for j in range(i + 1, n))
    g = np.unique(x, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (g * (g - 1) * (2 * g + 5)).sum()) / 18
    slope = np.median([(x[j] - x[i]) / (j - i) for i in range(n) for j in range(i + 1, n)])
    d = stats.rankdata(x - slope * np.arange(n))
    d = d - d.mean()
    total = 0.0
    for lag in range(1, n):
        r = (d[lag:] * d[:-lag]).sum() / (d * d).sum()
        if abs(r) > stats.norm.ppf(0.975) / math.sqrt(n):
            total += (n - lag) * (n - lag - 1) * (n - lag - 2) * r
    ratio = max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * total)
    z = 0 if s == 0 else (s - np.sign(s)) / math.sqrt(variance * ratio)
    return s, variance, ratio, z, min(0.0, math.log(2) + stats.norm.logsf(abs(z)))


print('/* Mann-Kendall: S, variance, ratio, z, log p */')
array('expected_mann_kendall', [mann_kendall(x) for x, _ in ROWS])


def line(t, x, half_life):
    w = 0.5**((t[-1] - t) / half_life)
    a, b = np.polyfit(t - t[-1], x, 1, w=np.sqrt(w))
    m = np.average(x, weights=w)
    r = 1 - (w * (x - a * (t - t[-1]) - b)**2).sum() / (w * (x - m)**2).sum()
    return a, b, r


T = np.cumsum(np.where(np.arange(300) % 7 == 0, 2.5, 1.0))
print('/* walk(300, 13) at steps of 2.5 s where i % 7 = 0, else 1 s: weighted line (numpy polyfit): half-life, slope, value at the end, r2 */')
array('expected_line', [(h, *line(T, walk(300, 13), h)) for h in (10.0, 60.0, 1000.0)])

print('/* z, log of the upper normal tail (scipy) */')
array('expected_log_tail', [(z, stats.norm.logsf(z)) for z in (-20, -5, -3, -1, 0, 0.5, 1, 2.999, 3, 5, 10, 38, 1000)])
print('/* x, log gamma (scipy) */')
array('expected_log_gamma', [(x, special.gammaln(x)) for x in (1e-5, 0.1, 0.5, 1, 1.5, 2, 3, 10.25, 16, 100, 1e6)])
print('/* in, out, own ratio, log P(X >= out | in + out) (scipy binom.logsf) */')
array('expected_ratio', [(i, o, r, stats.binom.logsf(o - 1, i + o, r / (1 + r))) for i, o, r in (
    (1, 1, 1), (3, 9, 1), (0, 6, 1), (10, 11, 1), (100, 130, 1), (100, 650, 5), (20, 90, 5), (450, 550, 1), (5000, 5600, 1), (1000, 5300, 5),
    (100000, 101500, 1), (6000, 5900, 1), (5000, 5001, 1), (9000, 8800, 1), (40, 2000, 100), (6000, 30, 0.001))])


def passage(headroom, mu, sigma, z, window):
    """The root of mu h + z sigma sqrt(h + h^2 / window) = headroom in closed form (seconds); at most 1000 hours."""
    if sigma == 0:
        return headroom / mu if headroom / mu < 3.6e6 else math.inf
    a, b, c = mu * mu - z * z * sigma * sigma / window, -2 * mu * headroom - z * z * sigma * sigma, headroom**2
    roots = np.roots([a, b, c])
    good = [r.real for r in roots if abs(r.imag) < 1e-9 and r.real >= 0
            and abs(mu * r.real + z * sigma * math.sqrt(r.real + r.real**2 / window) - headroom) < 1e-6 * max(1, headroom)]
    return min(good) if good else math.inf


print('/* headroom, mu per s, sigma per sqrt s, signed z, window s, first passage in s (numpy roots) */')
array('expected_passage', [(*a, passage(*a)) for a in (
    (30, 0.01, 0.05, 1.64, 3600), (30, 0.01, 0.05, -1.64, 3600), (5, 0.001, 0.01, 1.64, 900), (5, 0.002, 0.01, -1.64, 900), (30, 0.01, 0, 1.64, 900),
    (30, 1e-6, 0.0, 1.64, 900))])


def leak(n, seed):
    """A saw-tooth that leaks: percent, one sample a second."""
    i = np.arange(n)
    return 40 + i / 256 + (i % 64) / 32 + noise(n, seed) / 8


def exhaustion(x, window, limit, z):
    k = window // 24
    x = x[-24 * k:]
    b = x.reshape(24, k).min(axis=1)
    first, last, middle = b[:4].mean(), b[20:].mean(), b[12:16].mean()
    mu, recent = (last - first) / (20 * k), (last - middle) / (8 * k)
    var = max(np.var(b[1:] - b[:-1], ddof=1) / k, np.var(b[4:] - b[:-4], ddof=1) / (4 * k)) + 1e-9 / 3600 * (limit / 100)**2
    sigma = math.sqrt(var)
    room = limit - x[-2 * k:].max()
    quarters = np.array([b[6] - b[0], b[12] - b[6], b[18] - b[12], b[23] - b[18]])
    drift, even = mu * math.sqrt(24 * k) / sigma, quarters.min() / quarters.mean()
    if drift < 3 or even < 0.5:
        return mu, recent, sigma, b[23] - b[0], b[20:].min(), b[:20].max(), room, drift, even, math.nan, math.nan, math.nan
    return (mu, recent, sigma, b[23] - b[0], b[20:].min(), b[:20].max(), room, drift, even, passage(room, max(mu, recent), sigma, z, 24 * k), room / mu,
            passage(room, min(mu, recent), sigma, -z, 24 * k))


def drift(n, seed):
    """A leak that wanders."""
    return 40 + np.arange(n) / 128 + walk(n, seed) / 8


print('/* leak(1000, 14), leak(4000, 15), drift(4000, 16), windows of 900, 3600 and 3600 s, limit 100: mu, recent, sigma, rise, last low, earlier high, headroom, drift ratio,\n * quarter ratio, early, middle, late */')
array('expected_exhaustion', [exhaustion(leak(1000, 14), 900, 100, 1.64), exhaustion(leak(4000, 15), 3600, 100, 1.64),
                               exhaustion(drift(4000, 16), 3600, 100, 1.64)])


def select(x, k, less):
    """robust_select of robust.c, comparisons by less(). Returns the number of partitions that it needs."""
    def sort3(a, b, c):
        lo, hi = (a, b) if less(a, b) else (b, a)
        return lo if less(c, lo) else hi if less(hi, c) else c
    lo, hi, partitions = 0, len(x), 0
    while hi - lo > 12:
        pivot = sort3(x[lo], x[lo + (hi - lo) // 2], x[hi - 1])
        i, j = lo, hi - 1
        partitions += 1
        while True:
            while less(x[i], pivot):
                i += 1
            while less(pivot, x[j]):
                j -= 1
            if i >= j:
                break
            x[i], x[j] = x[j], x[i]
            i, j = i + 1, j - 1
        if i == j == k:
            break
        if k < i:
            hi = i
        else:
            lo = j + 1
    return partitions


def hard_on_pivots(n, k):
    """An order of 0..n-1 that makes every pivot bad. Source: McIlroy 1999, A killer adversary for quicksort, Softw. Pract. Exp. 29(4), 341-344."""
    value, state = [n] * n, {'solid': 0, 'candidate': 0}

    def less(a, b):
        if value[a] == n and value[b] == n and a != b:
            chosen = a if a == state['candidate'] else b
            value[chosen] = state['solid']
            state['solid'] += 1
        if value[a] == n:
            state['candidate'] = a
        elif value[b] == n:
            state['candidate'] = b
        return value[a] < value[b]

    select(list(range(n)), k, less)
    for i in range(n):
        if value[i] == n:
            value[i] = state['solid']
            state['solid'] += 1
    return value, select(list(value), k, lambda a, b: a < b)


HARD, PARTITIONS = hard_on_pivots(127, 120)
print('/* An order of 0..126 in which selecting rank 120 would take %d partitions */' % PARTITIONS)
print('static const double hard_on_pivots[] = {%s};\n' % ', '.join(map(str, HARD)))
print('#endif')
