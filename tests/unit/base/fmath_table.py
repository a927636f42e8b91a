#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes fmath_table.h: arguments that are doubles, and what mpmath (80 digits) says of them, cut to 25 digits.

Run by hand when the table is to change:  python3 fmath_table.py > fmath_table.h
"""
import random

from mpmath import mp, mpf, exp, log, nstr, pi, power, sin

mp.dps = 80
random.seed(20261122)


def text(v):
    return nstr(v, 25, strip_zeros=False, min_fixed=0, max_fixed=0) + "L"


def rows(name, cases, function):
    print(f"\nstatic const struct row {name}[] = {{")
    for case in cases:
        x, y = case if isinstance(case, tuple) else (case, 0.0)
        print(f"    {{{x.hex()}, {y.hex()}, {text(function(mpf(x), mpf(y)))}}},")
    print("};")


def near_one():
    return [1 + s * 2.0**-k for k in (52, 51, 45, 40, 30, 20, 12, 7, 4) for s in (1, -1)]


logs = near_one() + [5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 0.5, 2.0, 10.0, 1.4142135623730951, 1.414213562373095,
                     0.7071067811865476, 1e300, 1.7976931348623157e308]
logs += [random.uniform(0.4, 2.1) for _ in range(60)] + [10 ** random.uniform(-300, 300) for _ in range(40)]
exps = [2.0**-60, -(2.0**-60), 1e-9, -1e-9, 0.34657359027997264, 0.3465735902799727, 1.0, -1.0, 700.0, 709.78, -700.0, -708.39,
        -708.4, -720.5, -740.25, -745.1]
exps += [random.uniform(-2, 2) for _ in range(60)] + [random.uniform(-740, 709) for _ in range(60)]
pows = [(10.0, 3.0), (10.0, -5.0), (2.0, 0.5), (2.0, 1023.5), (1.0000000000000002, 1e18), (0.9999999999999999, 1e18),
        (5e-324, 0.5), (1.7976931348623157e308, 0.25), (3.0, 1e-300), (1e-300, 0.9)]
for _ in range(80):
    base = random.choice([random.uniform(0.3, 3), 10 ** random.uniform(-300, 300)])
    pows.append((base, random.uniform(-695, 695) / float(log(base))))
turns = [0.125, -0.125, 0.37499999999999994, 1e-300, 2.0**-30, 1e6 + 0.1, 2.0**39 + 0.2, -(2.0**39) - 0.45, 0.1, 1 / 3, -0.6]
turns += [random.uniform(-2, 2) for _ in range(80)] + [random.uniform(-(2.0**40), 2.0**40) for _ in range(20)]

print("""/* SPDX-License-Identifier: MIT
 * Made by fmath_table.py with mpmath at 80 digits: argument, second argument (of the power), value to 25 digits. */
/* clang-format off */""")
rows("log_rows", logs, lambda x, y: log(x))
rows("exp_rows", exps, lambda x, y: exp(x))
rows("pow_rows", pows, lambda x, y: power(x, y))
rows("sin_rows", turns, lambda x, y: sin(2 * pi * x))
print("\n/* clang-format on */")
