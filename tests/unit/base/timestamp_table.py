#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes timestamp_table.h: RFC 3339 texts and their nanoseconds by Python's datetime.

Run by hand when the table is to change:  python3 timestamp_table.py > timestamp_table.h
"""
import random
from datetime import datetime, timedelta, timezone

random.seed(20261122)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def row(t, decimals, zone):
    text = t.strftime("%Y-%m-%d") + random.choice("TTTt ") + t.strftime("%H:%M:%S")
    fraction = ""
    if decimals:
        fraction = "".join(random.choice("0123456789") for _ in range(decimals))
        text += "." + fraction
    if zone == 0 and random.random() < 0.7:
        text += random.choice("Zz")
    else:
        text += f"{'-' if zone < 0 else random.choice('+') if zone else random.choice('+-')}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}"
    utc = t.replace(tzinfo=timezone(timedelta(minutes=zone)))
    seconds = (utc - EPOCH) // timedelta(seconds=1)
    return text, seconds * 10**9 + (int(fraction.ljust(9, "0")) if fraction else 0)


rows = []
for y, m, d in ((1678, 1, 1), (1700, 2, 28), (1900, 2, 28), (1900, 3, 1), (1968, 2, 29), (1969, 12, 31), (1970, 1, 1), (2000, 2, 29), (2000, 12, 31),
                (2024, 2, 29), (2026, 1, 1), (2038, 1, 19), (2100, 2, 28), (2100, 3, 1), (2261, 12, 31)):
    rows.append(row(datetime(y, m, d), 0, 0))
    rows.append(row(datetime(y, m, d, 23, 59, 59), 9, 0))
for _ in range(200):
    t = datetime(1680, 1, 1) + timedelta(seconds=random.randrange(int(580 * 365.25 * 86400)))
    rows.append(row(t, random.choice([0, 0, 1, 3, 6, 9, random.randint(1, 9)]), random.choice([0, 0, 60, -300, 330, 1439, -1439, random.randint(-1439, 1439)])))

print("""/* SPDX-License-Identifier: MIT
 * Made by timestamp_table.py with Python's datetime. */
/* clang-format off */

static const struct row rows[] = {""")
for text, ns in rows:
    print(f'    {{"{text}", INT64_C({ns})}},')
print("};\n\n/* clang-format on */")
