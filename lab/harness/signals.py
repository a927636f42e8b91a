# SPDX-License-Identifier: MIT
"""Raw kernel signals of a fault, read beside the sentinel and without it: what moves, and by how much.

usage: signals.py record PLACE       until it is told to end; PLACE is JSON: {"leaf": cgroup below coherence-lab, "net": a process of the network namespace}
       signals.py table FOLDER...    of folders with truth.json and signals.tsv: at rest and sick, as a Markdown table each
       signals.py summary FOLDER...  the same of all folders in one table: a row each, the signals that tell faults apart

Ten times a second: CPU time of the cgroup and of the host. Once a second everything else. Values are as the kernel counts them; the table makes rates."""
import glob
import json
import math
import os
import signal
import statistics
import struct
import sys
import time

from stage import Cgroups, keyed, read

FAST_S, SLOW_EVERY = 0.1, 10
VMSTAT = ('pgfault', 'pgmajfault', 'pgfree', 'pgscan_direct', 'pgscan_kswapd', 'allocstall_normal', 'allocstall_movable', 'workingset_refault_file',
          'workingset_refault_anon', 'oom_kill')
TCP = ('ActiveOpens', 'PassiveOpens', 'AttemptFails', 'EstabResets', 'RetransSegs', 'OutRsts')
HSPERF_MAGIC = 0xcafec0c0


# ---- reading: each gives (name, value) pairs, and nothing of what is not there ----

def text_of(path):
    try:
        return read(path)
    except OSError:
        return ''


def cpu_time(cgroups, leaf):
    path, scale, key = cgroups.usage_file(leaf)
    text = text_of(path)
    if text:
        yield 'cpu_s', (keyed(text, key) if key else int(text)) * scale


def host_cpu():
    fields = [int(x) for x in text_of('/proc/stat').split('\n', 1)[0].split()[1:9]]
    yield 'host_cpu_s', (sum(fields) - fields[3] - fields[4]) / os.sysconf('SC_CLK_TCK')


def throttling(cgroups, leaf):
    if 'cpu' not in cgroups.bases:
        return
    text = text_of(cgroups.path('cpu', leaf, 'cpu.stat'))
    ns, us = keyed(text, 'throttled_time'), keyed(text, 'throttled_usec')
    if ns is not None or us is not None:
        yield 'throttled_s', ns * 1e-9 if ns is not None else us * 1e-6
        yield 'nr_throttled', keyed(text, 'nr_throttled')


def tasks(pids):
    for pid in pids:
        for path in glob.glob('/proc/%d/task/*' % pid):
            yield path


def waiting(pids):
    """Run-queue wait of all tasks, context switches, and the shares of tasks that wait in futex, wait for the disk, or run."""
    wait = voluntary = forced = futex = disk = running = count = 0
    for path in tasks(pids):
        run_queue = text_of(path + '/schedstat').split()
        status, where = text_of(path + '/status'), text_of(path + '/wchan')
        state = text_of(path + '/stat').rpartition(')')[2].split()
        if len(run_queue) < 2 or not state:
            continue
        count += 1
        wait += int(run_queue[1]) * 1e-9
        futex += 'futex' in where
        running += state[0] == 'R'
        disk += state[0] == 'D'
        for line in status.splitlines():
            if line.startswith('voluntary_ctxt'):
                voluntary += int(line.split()[1])
            elif line.startswith('nonvoluntary_ctxt'):
                forced += int(line.split()[1])
    if count:
        yield from (('run_queue_wait_s', wait), ('switches_voluntary', voluntary), ('switches_forced', forced),
                    ('futex_share', futex / count), ('running_share', running / count), ('disk_share', disk / count))


def pressure(cgroups, leaf):
    for what in ('cpu', 'memory', 'io'):
        places = [('psi_%s_s' % what, '/proc/pressure/' + what)]
        if 'v2' in cgroups.bases:
            places.append(('psi_%s_cgroup_s' % what, cgroups.path('v2', leaf, what + '.pressure')))
        for name, path in places:
            for line in text_of(path).splitlines():
                if line.startswith('some '):
                    yield name, int(line.rpartition('total=')[2]) * 1e-6


def memory(cgroups, leaf):
    if 'memory' in cgroups.bases:
        is_v2 = cgroups.is_v2['memory']
        usage = text_of(cgroups.path('memory', leaf, 'memory.current' if is_v2 else 'memory.usage_in_bytes'))
        if usage:
            yield 'memory_bytes', int(usage)
        text = text_of(cgroups.path('memory', leaf, 'memory.stat'))
        for key in ('pgfault', 'pgmajfault', 'workingset_refault_file'):
            if keyed(text, key) is not None:
                yield 'cgroup_' + key, keyed(text, key)
        if not is_v2 and text_of(cgroups.path('memory', leaf, 'memory.failcnt')):
            yield 'memory_failcnt', int(text_of(cgroups.path('memory', leaf, 'memory.failcnt')))


def paging():
    text = text_of('/proc/vmstat')
    for key in VMSTAT:
        if keyed(text, key) is not None:
            yield key, keyed(text, key)
    allocated = [int(line.split()[1]) for line in text.splitlines() if line.startswith('pgalloc_')]
    if allocated:
        yield 'pgalloc', sum(allocated)


def network(pid):
    head = None
    for line in text_of('/proc/%d/net/snmp' % pid).splitlines():
        if line.startswith('Tcp:'):
            if head:
                values = dict(zip(head, line.split()[1:]))
                yield from ((k, int(values[k])) for k in TCP if k in values)
            head = line.split()[1:]


def hsperf(path):
    """name -> value of the numbers in a JVM's counter file (HotSpot's perfdata, version 2)."""
    with open(path, 'rb') as f:
        data = f.read(1 << 20)
    if len(data) < 32 or struct.unpack('>I', data[:4])[0] != HSPERF_MAGIC:
        return {}
    order = '<' if data[4] == 1 else '>'
    at, count = struct.unpack(order + 'ii', data[24:32])
    found = {}
    for _ in range(min(count, 4096)):
        if at < 0 or at + 20 > len(data):
            break
        length, name, vector, kind, _, _, _, value = struct.unpack(order + 'iiiBBBBi', data[at:at + 20])
        if length <= 0:
            break
        text = data[at + name:data.find(b'\0', at + name)].decode('ascii', 'replace')
        if kind == ord('J') and vector == 0 and at + value + 8 <= len(data):
            found[text] = struct.unpack(order + 'q', data[at + value:at + value + 8])[0]
        at += length
    return found


def collections(pids):
    for pid in pids:
        for path in glob.glob('/tmp/hsperfdata_*/%d' % pid):
            try:
                counters = hsperf(path)
            except OSError:
                continue
            ticks = counters.get('sun.os.hrt.frequency', 10**9)
            times = [v for k, v in counters.items() if k.startswith('sun.gc.collector.') and k.endswith('.time')]
            counts = [v for k, v in counters.items() if k.startswith('sun.gc.collector.') and k.endswith('.invocations')]
            yield 'gc_s', sum(times) / ticks
            yield 'gc_count', sum(counts)


# ---- recording ----

def record(place):
    cgroups, leaf = Cgroups([]), place['leaf']
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    next_at, number = time.time(), 0
    while True:
        samples = [*cpu_time(cgroups, leaf), *host_cpu()]
        if number % SLOW_EVERY == 0:
            pids = [int(p) for p in text_of(cgroups.procs_files(leaf)[0]).split()]
            samples += [*throttling(cgroups, leaf), *waiting(pids), *pressure(cgroups, leaf), *memory(cgroups, leaf), *paging(),
                        *network(place['net']), *collections(pids)]
        now = time.time()
        sys.stdout.write(''.join('%.4f\t%s\t%.9g\n' % (now, name, value) for name, value in samples))
        sys.stdout.flush()
        number += 1
        next_at = max(next_at + FAST_S, now)
        time.sleep(max(0.0, next_at - time.time()))


# ---- the table ----

GAUGES = {'memory_bytes': (1 / 1048576, 'MiB'), 'futex_share': (100, '%'), 'running_share': (100, '%'), 'disk_share': (100, '%')}


def load(path):
    series = {}
    with open(path, encoding='utf-8') as f:
        for line in f:
            fields = line.rstrip('\n').split('\t')
            if len(fields) == 3:
                series.setdefault(fields[1], []).append((float(fields[0]), float(fields[2])))
    return series


def between(points, begin, end):
    return [p for p in points if begin <= p[0] <= end]


def rate(points):
    """Per second over the whole stretch; a counter that falls was another process's (tasks come and go): what is left out counts as nothing."""
    rises = [(b[1] - a[1], b[0] - a[0]) for a, b in zip(points, points[1:]) if b[1] >= a[1]]
    seconds = sum(dt for _, dt in rises)
    return sum(d for d, _ in rises) / seconds if seconds > 0 else None


def block_rates(points, step_s):
    """Rates of adjacent blocks of step_s."""
    rates, start = [], None
    for p in points:
        if start is None:
            start = p
        elif p[0] - start[0] >= step_s * 0.95:
            rates.append((p[1] - start[1]) / (p[0] - start[0]))
            start = p
    return rates


def deviation(points, step_s):
    rates = block_rates(points, step_s)
    return statistics.stdev(rates) if len(rates) > 2 else None


def row(name, points, spans, cpus):
    """(label, unit, at rest, sick) lists for a signal."""
    parts = [between(points, *span) for span in spans]
    if name in GAUGES:
        scale, unit = GAUGES[name]
        return [(name, unit, [statistics.fmean(v for _, v in p) * scale if p else None for p in parts])]
    if name in ('cpu_s', 'host_cpu_s'):
        label, scale = name[:-2], 100 / cpus
        rows = [(label + ' mean', '% of the host', [rate(p) for p in parts])]
        steps = (0.1, 1.0) if name == 'cpu_s' else (1.0,)  # the host's is counted in ticks of 10 ms
        rows += [('%s sigma at %g s' % (label, s), 'points', [deviation(p, s) for p in parts]) for s in steps]
        return [(n, u, [None if v is None else v * scale for v in values]) for n, u, values in rows]
    if name.endswith('_s'):
        return [(name[:-2], '% of the time', [None if rate(p) is None else 100 * rate(p) for p in parts])]
    return [(name, '1/s', [rate(p) for p in parts])]


def short(x):
    if x is None:
        return '-'
    return '%.3g' % x if abs(x) < 1000 else '{:,.0f}'.format(x)


def ratio(rest, sick):
    if rest is None or sick is None or not math.isfinite(rest) or rest <= 0:
        return '-' if not sick else 'new'
    return '%.2g' % (sick / rest) if sick / rest < 100 else '%.0f' % (sick / rest)


def measured(folder):
    """[(label, unit, at rest, sick)] of a folder, or the reason why there is nothing."""
    with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
        truth = json.load(f)
    if truth.get('skipped'):
        return truth['skipped']
    over = min(t for t in (truth.get('crash'), truth.get('end')) if t is not None)
    spans = [(truth['onset'] - 3600, truth['onset']), (truth['onset'] + 1, over)]
    rows = []
    for name, points in load(os.path.join(folder, 'signals.tsv')).items():
        rows += [(label, unit, rest, sick) for label, unit, (rest, sick) in row(name, points, spans, os.cpu_count())]
    return rows


def table(folder):
    rows = measured(folder)
    if isinstance(rows, str):
        return 'skipped: %s\n' % rows
    lines = ['| signal | unit | at rest | sick | times |', '|---|---|---|---|---|']
    lines += ['| %s | %s | %s | %s | %s |' % (label, unit, short(rest), short(sick), ratio(rest, sick)) for label, unit, rest, sick in rows if rest or sick]
    return '\n'.join(lines) + '\n'


# label -> (head, unit, what is less than this is nothing): what tells faults apart
SUMMARY = {'cpu mean': ('CPU', '%', 1), 'cpu sigma at 0.1 s': ('σ at 0.1 s', 'points', 1), 'cpu sigma at 1 s': ('σ at 1 s', 'points', 1),
           'run_queue_wait': ('run-queue wait', '%', 20), 'futex_share': ('tasks in futex', '%', 5), 'disk_share': ('tasks in D', '%', 5),
           'throttled': ('throttled', '%', 1), 'nr_throttled': ('throttled periods', '/s', 0.1), 'psi_cpu_cgroup': ('PSI cpu', '%', 2),
           'psi_memory_cgroup': ('PSI memory', '%', 0.2), 'psi_io_cgroup': ('PSI io', '%', 0.5), 'psi_memory': ('PSI memory of the host', '%', 0.2),
           'psi_io': ('PSI io of the host', '%', 2), 'memory_bytes': ('memory', 'MiB', 5), 'memory_failcnt': ('limit met', '/s', 1),
           'cgroup_pgfault': ('faults', '/s', 100), 'cgroup_pgmajfault': ('major faults', '/s', 10), 'cgroup_workingset_refault_file': ('refaults', '/s', 10),
           'pgalloc': ('pages allocated, host', '/s', 50000), 'pgscan_direct': ('pages scanned, host', '/s', 100), 'gc': ('GC', '%', 1),
           'gc_count': ('collections', '/s', 0.5), 'ActiveOpens': ('connections out', '/s', 10), 'PassiveOpens': ('connections in', '/s', 10),
           'EstabResets': ('resets', '/s', 5), 'AttemptFails': ('failed attempts', '/s', 5), 'RetransSegs': ('retransmits', '/s', 1),
           'switches_voluntary': ('voluntary switches', '/s', 50), 'switches_forced': ('forced switches', '/s', 50)}
MOVED = 1.6  # times


def name_of(folder):
    return os.path.basename(os.path.normpath(folder)).rpartition('-')[0]


def summary(folders):
    """What moved, by a factor of MOVED at least, and what of the rest stayed although it is more than nothing."""
    lines = ['| fault | moved: at rest → sick | stayed | host busy at rest |', '|---|---|---|---|']
    for folder in folders:
        rows = measured(folder)
        if isinstance(rows, str):
            continue
        moved, stayed = [], []
        for label, _, rest, sick in rows:
            if label not in SUMMARY or rest is None or sick is None:
                continue
            head, unit, nothing = SUMMARY[label]
            if max(rest, sick) < nothing:
                continue
            text = '%s %s → %s%s' % (head, short(rest), short(sick), unit if unit[0] == '/' else ' ' + unit)
            if max(rest, sick) >= MOVED * min(rest, sick):
                moved.append(text)
            elif not head.endswith('host'):  # what others do on a busy machine
                stayed.append(text)
        busy = [rest for label, _, rest, _ in rows if label == 'host_cpu mean'][0]
        lines.append('| %s | %s | %s | %s %% |' % (name_of(folder), '; '.join(moved), '; '.join(stayed), short(busy)))
    return '\n'.join(lines) + '\n'


def main(arguments):
    if len(arguments) == 2 and arguments[0] == 'record':
        record(json.loads(arguments[1]))
    elif len(arguments) >= 2 and arguments[0] == 'table':
        for folder in arguments[1:]:
            print('### %s\n\n%s' % (os.path.basename(os.path.normpath(folder)), table(folder)))
    elif len(arguments) >= 2 and arguments[0] == 'summary':
        print(summary(arguments[1:]), end='')
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(sys.argv[1:])
