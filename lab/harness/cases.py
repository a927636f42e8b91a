# SPDX-License-Identifier: MIT
"""The faults and the healthy loads: what is started where, for how long, and what a sentinel should say of it."""
from dataclasses import dataclass, field

from stage import LAB, packed, Networks


@dataclass
class Part:
    """A program of a case. program: of the lab (a name), "java", or a script (with a slash)."""
    program: str
    arguments: list
    leaf: str             # its cgroup below coherence-lab
    place: str = None     # its network namespace: client, proxy or backend


@dataclass
class Case:
    name: str
    what: str
    sick_s: int           # how long it is sick, at most; of a healthy load: 0, it runs as long as was asked for
    quick_s: int
    parts: object         # (rest_s, sick_s) -> list of Part; the first one knows the onset
    expected: list = field(default_factory=list)
    tolerated: list = field(default_factory=list)
    cpus: dict = field(default_factory=dict)     # leaf -> limit
    memory: dict = field(default_factory=dict)   # leaf -> MiB
    crash: str = None     # how it ends: "oom", "heap"; None: by itself
    watcher: str = None   # the network namespace in which the sentinel stands
    silent: bool = False
    lead_s: int = None    # a longer time at rest than the usual one
    late_rest_s: int = 5  # the time at rest where nobody watches it
    needs: tuple = ()     # commands
    trigger: str = None

    @property
    def is_control(self):
        return self.sick_s == 0

    @property
    def leaves(self):
        return sorted({p.leaf for p in self.parts(1, 1)})


def expect(law, causes, entities):
    return {'law': law, 'causes': causes, 'entities': entities}


def sick_process(name, leaf=None):
    return ['process:*%s*' % name, 'cgroup:%s/%s' % (LAB, leaf or name)]


def phases(rest_s, sick_s, *more):
    return ['--rest', rest_s, '--sick', sick_s, *more]


def single(program, *arguments, leaf=None):
    return lambda rest, sick: [Part(program, phases(rest, sick, *arguments), leaf or program)]


def convoy(name, what, *arguments):
    return Case(name, what, 180, 75, single('lock_convoy', *arguments, leaf=name), [expect('seizure', ['lock_convoy'], sick_process('lock_convoy', name))])


QUOTA_CPUS = 0.5


def throttled(name, burst_s):
    return Case(name, 'bursts of %g s of CPU every 2 s under a quota of %g CPU' % (burst_s, QUOTA_CPUS), 180, 75,
                single('bursts', '--burst', burst_s, leaf=name), [expect('seizure', ['throttled'], sick_process('bursts', name))],
                cpus={name: QUOTA_CPUS})


# ---- leaks: the limit is met after four fifths of the sick phase ----

LEAK_BASE, LEAK_ROOM = 24, 128  # MiB; what the kernel needs beside it is part of the room
KILLED_AT = 0.8


def leak_parts(leaf, *more, tooth_share=0.0, keep=1.0):
    """tooth_share: a tooth in parts of the way; its last peak stands that much above the leak."""
    def parts(rest, sick):
        killed = KILLED_AT * sick
        tooth = tooth_share * killed
        rate = LEAK_ROOM / (killed + tooth * (1 / keep - 1))
        return [Part('leak', phases(rest, sick, '--base', LEAK_BASE, '--rate', '%.4f' % rate, '--most', 256,
                                    '--tooth', '%.2f' % tooth, '--keep', keep, *more), leaf)]
    return parts


LEAK_TOLERATED = ['shock', 'early_warning', 'seizure/reclaim_thrash', 'seizure/io_stall']


def leak(name, what, sick_s, quick_s, **how):
    return Case(name, what, sick_s, quick_s, leak_parts(name, **how), [expect('fever', ['leak'], sick_process('leak', name))], LEAK_TOLERATED,
                memory={name: LEAK_BASE + LEAK_ROOM}, crash='oom')


# ---- a heap that fills: 64 MiB, of which 16 live ----

HEAP_MIB, LIVE_MIB, GARBAGE_MIB_S = 64, 16, 60


def heap_parts(name, collector):
    def parts(rest, sick):
        rate = (HEAP_MIB - LIVE_MIB) / (KILLED_AT * sick)
        return [Part('java', ['-Xmx%dm' % HEAP_MIB, '-XX:+Use%sGC' % collector, '-cp', '.', 'GcSpiral', rest, sick, LIVE_MIB, GARBAGE_MIB_S,
                              '%.4f' % rate], name)]
    return parts


def gc_spiral(name, collector):
    return Case(name, 'a heap of %d MiB (%s) that fills until OutOfMemoryError' % (HEAP_MIB, collector), 420, 90, heap_parts(name, collector),
                [expect('fever', ['gc_spiral'], ['jvm:*', *sick_process('java', name)])], ['shock', 'early_warning', 'seizure/gc_pause', 'fever/leak'],
                crash='heap', needs=('java', 'javac'), lead_s=180, late_rest_s=180)


# ---- requests through a proxy ----

def requests(backend, proxy, rate=25):
    def parts(rest, sick):
        return [Part('backend', phases(rest, sick, *backend), 'backend', 'backend'),
                Part('retry_proxy', phases(rest, sick + 2, '--to', packed(Networks.BACKEND, 2), '--to-port', 8080, *proxy), 'proxy', 'proxy'),
                Part('client', phases(rest, sick, '--to', packed(Networks.CLIENT, 1), '--to-port', 8080, '--rate', rate), 'client', 'client')]
    return parts


PROXY = ['process:*retry_proxy*', 'cgroup:%s/proxy' % LAB, 'service:*proxy*']


def storm(name, what, sick_s, quick_s, backend, causes, **more):
    return Case(name, what, sick_s, quick_s, requests(backend, ()), [expect('amplification', causes, PROXY)], ['shock', 'early_warning'],
                needs=('ip', 'nsenter'), lead_s=240, **more)


def script(name, *arguments):
    return lambda rest, sick: [Part('./' + name, list(arguments), name)]


CASES = [
    convoy('lock_convoy', '8 threads and a mutex held over sleep, rounds of 0.3 s, mean CPU 25 %', '--period', 0.3),
    convoy('lock_convoy_1s', 'the same in rounds of 1 s', '--period', 1),
    convoy('lock_convoy_steady', 'the same with the work under the mutex, rounds of 20 ms: steady CPU, a queue in futex', '--period', 0.02, '--inside', 1),
    throttled('throttled', 0.5),
    throttled('throttled_hard', 0.8),
    Case('churn', 'areas of 16 MiB mapped, written and unmapped by two threads without a pause', 180, 60, single('churn'),
         [expect('fever', ['churn'], sick_process('churn'))], ['shock', 'early_warning']),
    Case('churn_huge', 'the same in huge pages, 4000 MiB/s', 180, 60, single('churn', '--huge', 1, '--rate', 4000, leaf='churn_huge'),
         [expect('fever', ['churn'], sick_process('churn', 'churn_huge'))], ['shock', 'early_warning']),
    Case('churn_hidden', 'the same through malloc, 6000 MiB/s that the kernel does not see', 180, 60,
         single('churn', '--hidden', 1, leaf='churn_hidden'), [expect('fever', ['churn'], sick_process('churn', 'churn_hidden'))],
         ['shock', 'early_warning'], silent=True),
    leak('leak', 'a straight leak into the limit of its cgroup, 152 MiB', 360, 75),
    leak('leak_saw', 'a leak in teeth into the same limit', 600, 90, tooth_share=1 / 12, keep=0.4),
    gc_spiral('gc_spiral', 'G1'),
    gc_spiral('gc_spiral_serial', 'Serial'),
    storm('retry_storm', 'a backend that fails 70 % of its requests behind a proxy that tries 4 times; the sentinel in the proxy\'s network',
          180, 60, ('--fail', 0.7), ['retry_storm'], watcher='proxy'),
    storm('metastable', 'a backend that stalls for 10 s; retries keep it overloaded afterwards; the sentinel in the proxy\'s network',
          480, 60, ('--stall', 10), ['retry_storm', 'metastable_retry_storm'], watcher='proxy', trigger='trigger_end'),
    storm('retry_storm_node', 'the same storm, the sentinel on the node outside of all these networks', 180, 60, ('--fail', 0.7), ['retry_storm']),
    Case('slowing', 'CPU use that recovers ever more slowly', 2700, 90, single('slowing'),
         [expect('early_warning', ['slowing_down'], sick_process('slowing'))], ['shock'], lead_s=2000),  # a window of 32 minutes has a past then
    Case('thrash', 'a working set of 96 MiB in a cgroup of 64', 180, 75, single('thrash'),
         [expect('seizure', ['reclaim_thrash'], sick_process('thrash'))], ['shock', 'early_warning'], memory={'thrash': 64}),
    Case('cascade', 'a leak that squeezes the page cache until requests thrash and the kernel kills', 420, 90,
         lambda rest, sick: [Part('cascade', phases(rest, sick, '--rate', '%.4f' % (88 / (KILLED_AT * sick))), 'cascade')],
         [expect('fever', ['leak'], sick_process('cascade')), expect('seizure', ['reclaim_thrash'], sick_process('cascade'))],
         ['shock', 'early_warning', 'seizure/io_stall'], memory={'cascade': 96}, crash='oom', trigger='squeezed'),
    Case('compile', 'this project compiled over and over with two jobs', 0, 0, lambda rest, sick: [Part('./compile', ['BUILD'], 'compile')],
         needs=('meson', 'ninja')),
    Case('compress', 'text compressed over and over', 0, 0, script('compress'), needs=('xz',)),
    Case('cron', 'a job of many short processes every minute, a small one every ten seconds', 0, 0, script('cron')),
    Case('pool', 'random jobs, half a CPU in the mean, to 16 threads that wait in futex', 0, 0, single('pool')),
    Case('startup', 'a start that fills 240 MiB of a limit of 320 in a minute, and stays', 0, 0, single('startup'), memory={'startup': 320}),
    Case('fanout', 'five requests out for each one in, all answered; the sentinel in the proxy\'s network', 0, 0,
         requests(('--service', 5), ('--fan', 5), 10), needs=('ip', 'nsenter'), watcher='proxy'),
]


def find(names):
    """The cases named; "faults" and "controls" are names for all of a kind, and so is no name for all."""
    known = {c.name: c for c in CASES}
    chosen = []
    for name in names or ['faults', 'controls']:
        if name in ('faults', 'controls'):
            chosen += [c for c in CASES if c.is_control == (name == 'controls')]
        elif name in known:
            chosen.append(known[name])
        else:
            raise KeyError(name)
    return chosen
