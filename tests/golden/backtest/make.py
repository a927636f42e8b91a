# SPDX-License-Identifier: MIT
"""Writes metrics.csv.xz: four days of two hosts, a row a minute. web-1 strays five minutes before the outage of minute 3000; web-2 strays at
minute 4200 for no reason, has nothing to show for the outage of minute 4700, and is silent from 2000 to 2200."""
import lzma

START = 1767225600  # 2026-01-01T00:00:00Z


def row(host, i):
    daily = abs(i % 1440 - 720) / 40
    cpu, queue = 20 + daily + i * 37 % 11, 5 + i * 53 % 17
    if host == 'web-1' and 2995 <= i < 3030:
        cpu, queue = 96 + i % 3, 400 + i % 50
    if host == 'web-2' and 4200 <= i < 4205:
        queue = 900
    return '%d,%s,%.1f,%d\n' % (START + 60 * i, host, cpu, queue)


with lzma.open('metrics.csv.xz', 'wt') as f:
    f.write('timestamp,host,load,queue_length\n')
    for i in range(5760):
        f.write(row('web-1', i))
        if not 2000 <= i < 2200:
            f.write(row('web-2', i))
