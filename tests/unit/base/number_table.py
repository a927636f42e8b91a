#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes number_table.h: what Python's float() reads and what its repr() finds shortest (both David Gay's algorithms).

Run by hand when the table is to change:  python3 number_table.py > number_table.h
"""
import math
import random
import struct
from decimal import Decimal
from fractions import Fraction

random.seed(20261122)


def layout(x):
    """repr's digits in our notation: plain for 1e-5 <= |x| < 1e17."""
    sign, digits, exponent = Decimal(repr(x)).as_tuple()
    d = "".join(map(str, digits)).lstrip("0")
    exponent += len(d) - len(d.rstrip("0"))
    d = d.rstrip("0")
    if d == "":
        return "0"
    places = len(d) + exponent
    if places < -4 or places > 17:
        out = d[0] + ("." + d[1:] if len(d) > 1 else "") + f"e{places - 1:+d}"
    elif places <= 0:
        out = "0." + "0" * -places + d
    elif places >= len(d):
        out = d + "0" * (places - len(d))
    else:
        out = d[:places] + "." + d[places:]
    return ("-" if sign else "") + out


def bits(n):
    return struct.unpack("<d", struct.pack("<Q", n))[0]


def halfway(m, e):
    """The decimal exactly between two doubles, m * 2^e and its neighbour, and the same a little further."""
    f = Fraction(2 * m + 1) * Fraction(2) ** (e - 1)
    k = f.denominator.bit_length() - 1
    s = str(f.numerator * 5**k).rjust(k + 1, "0")
    s = s[: len(s) - k] + ("." + s[len(s) - k :] if k else "")
    return [t for t in (s, s + ("" if k else ".") + "00001") if len(t) <= 64]


formats = [0.0, -0.0, 0.1, 0.2 + 0.1, 1 / 3, 1e-5, 9.999999999999999e-6, 1e-6, 1e16, 1e17, 99999999999999984.0, 123456789012345680.0, 1e22,
           1e23, 1e300, 5e-324, 1e-323, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308, 9007199254740991.0,
           9007199254740992.0, 9007199254740993.0, 2.0**-44, 4503599627370497.5, 5e-5, 100.0, 123000.0, 45.5, -45.25, 1767225600.123456,
           999999999999999.9, 1e15, 1e14, 9.5367431640625e-07, 2.0**-1074, 2.0**1023]
formats += [2.0**random.randint(-1074, 1023) for _ in range(40)]
formats += [bits(random.getrandbits(63)) for _ in range(60)] + [bits(random.getrandbits(random.randint(1, 52))) for _ in range(20)]
formats += [random.uniform(-1000, 1000) for _ in range(40)] + [round(random.uniform(0, 10**6), random.randint(0, 8)) for _ in range(40)]
formats = [x for x in formats if math.isfinite(x)]

parses = ["0", "-0", "+0", "00", "0.", ".0", "-.5", "5.", "1e5", "1E+5", "1e-5", "+1.5e+00", "0e999999999999999999999999999999999999999999",
          "0." + "0" * 60 + "1", "1" + "0" * 63, "1e308", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
          "1e309", "-1e309", "1e99999999999", "1e-99999999999", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
          "2.2250738585072011e-308", "2.2250738585072012e-308", "9007199254740993", "9007199254740992.99999", "9007199254740993.00001",
          "18446744073709551615", "18446744073709551616", "9999999999999999999", "12345678901234567890123456789012345678901234567890",
          "123456789012345678901234567890e-25", "0.0000000000000000000000000000000000000000000000000000000001e58",
          "9007199254740992e22", "9007199254740993e-22", "1e22", "1e23", "1e-22", "1e-23", "1e27", "1e28", "1e-27", "1e-28",
          "18446744073709551615e27", "0.30000000000000004", "1.00000000000000011102230246251565404236316680908203125"]
for _ in range(50):
    m = random.getrandbits(52) | 1 << 52
    parses += halfway(m, random.randint(-11, 8))
for _ in range(150):
    digits = "".join(random.choice("0123456789") for _ in range(random.choice([1, 5, 15, 16, 17, 18, 19, 20, 25])))
    p = random.randint(0, len(digits))
    t = digits[:p] + "." + digits[p:]
    if random.random() < 0.5:
        t += random.choice("eE") + random.choice(["", "+", "-"]) + str(random.randint(0, 320))
    parses.append(random.choice(["", "-", "+"]) + t)

print("""/* SPDX-License-Identifier: MIT
 * Made by number_table.py with Python's float() and repr(). */
/* clang-format off */

static const struct format_row format_rows[] = {""")
for x in formats:
    print(f'    {{{x.hex()}, "{layout(x)}"}},')
print("};\n\n/* Infinite: does not fit a double. */\nstatic const struct parse_row parse_rows[] = {")
for t in parses:
    v = float(t)
    print(f'    {{"{t}", {"(double)INFINITY" if math.isinf(v) else v.hex()}}},')
print("};\n\n/* clang-format on */")
