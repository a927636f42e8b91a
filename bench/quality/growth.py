# SPDX-License-Identifier: MIT
"""Leaks of memory against growth findings (law fever, cause leak): covered or not, how soon, and findings where nothing leaked. Also the
recording again with its memory under the names that the program knows, to tell a missing name from a weak law."""
from dataclasses import dataclass, field, fields

LEAK = 'memory leak'


@dataclass
class Growth:
    leaks: int = 0
    covered: int = 0
    outside: int = 0  # growth findings that opened while nothing leaked
    days: float = 0   # without a leak
    delays: list = field(default_factory=list)

    def __add__(self, other):
        return Growth(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def judge(leaks, findings, span_s):
    """leaks: (start, end), in order; findings: of any law, with the times at which each was told. A leak is covered by a growth finding
    that was told inside it, or, where another leak was still running at its start, by one that was open then."""
    grown = [f for f in findings if f.law == 'fever' and f.cause == 'leak']
    g = Growth(leaks=len(leaks))
    for i, (start, end) in enumerate(leaks):
        told = [t for f in grown for t in f.told if start <= t <= end]
        if not told and any(s <= start <= e for s, e in leaks[:i]):
            told = [start for f in grown if f.opened <= start and (f.closed is None or f.closed >= start)]
        if told:
            g.covered += 1
            g.delays.append(min(told) - start)
    g.outside = sum(not any(s <= f.opened <= e for s, e in leaks) for f in grown)
    leaking, at = 0.0, float('-inf')
    for start, end in leaks:
        leaking += max(0.0, end - max(start, at))
        at = max(at, end)
    g.days = max(0.0, span_s - leaking) / 86400
    return g


def leaks_of(recording):
    return [e for e, kind in zip(recording.events, recording.kinds) if kind == LEAK]


def renamed(recording):
    """CSV of memory used and its limit, in MB of 2^20 bytes, under the program's names."""
    total, free = recording.columns['MemTotal_kb'], recording.columns['MemAvailable_kb']
    lines = ['timestamp,memory_used_mb,memory_limit_mb']
    for t, all_kb, free_kb in zip(recording.times, total, free):
        if all_kb is not None and free_kb is not None:
            lines.append('%.3f,%.4f,%.4f' % (t, (all_kb - free_kb) / 1024, all_kb / 1024))
    return ('\n'.join(lines) + '\n').encode()
