# SPDX-License-Identifier: MIT
"""One run of one case: the stage is set, the sentinel and the fault are started, what was true is written down, and everything is taken away again."""
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

from children import Children
from stage import LAB, Cgroups, Networks, Unavailable, read

FREE_MIB_LEAST = 1024
START_S = 20         # within which a program says "ready"


@dataclass
class Settings:
    coherence: str
    programs: str        # folder of the built lab programs
    classes: str         # folder of the compiled Java class
    scripts: str         # folder of the healthy loads that are scripts
    build: str           # a build folder for the compile load
    out: str             # where the folders of the runs go
    sentinel_arguments: list
    lead_s: float
    lead_is_fixed: bool  # also for cases that would take more
    late_s: float        # None: the sentinel watches from rest on
    control_s: float
    sick_s: float        # None: as each case says
    tail_s: float        # watched after the end: what is about the end is told by then
    is_quick: bool
    with_signals: bool
    is_shielded: bool    # from others that are at work on this machine


README = '''One run of the lab: %(case)s, run %(run)s (%(what)s).

truth.json          what was true: onset, end, kill (Unix seconds), what a sentinel should say; written by lab/harness
events.jsonl        what the sentinel said (coherence live --json)
telemetry.csv       what it read (--csv): `coherence replay --json telemetry.csv` judges it again, with this or another version
sentinel.err        its standard error
fault.err           that of the programs
signals.tsv         raw kernel signals beside it (with --signals): time, signal, value; signals.md: at rest and sick
row.tsv             the judgement (lab/harness/judge.py)

sentinel: %(command)s
'''


def free_mib():
    for line in read('/proc/meminfo').splitlines():
        if line.startswith('MemAvailable:'):
            return int(line.split()[1]) // 1024
    return 0


class Busy:
    """How busy the host was between two moments, percent of all CPUs."""

    def __init__(self):
        self.last = self._read()

    @staticmethod
    def _read():
        fields = [int(x) for x in read('/proc/stat').split('\n', 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    def percent(self):
        (total, idle), self.last = [a - b for a, b in zip(self._read(), self.last)], self._read()
        return 100.0 * (1 - idle / total) if total else None


class Run:
    def __init__(self, case, number, settings):
        self.case, self.number, self.s = case, number, settings
        self.folder = os.path.join(settings.out, '%s-%d' % (case.name, number))
        self.children = Children(os.path.join(settings.programs, 'enter'))
        self.cgroups = Cgroups(case.leaves)
        self.networks = None
        self.has_stage = False
        self.sentinel = self.recorder = None
        self.parts = []
        self.truth = {'case': case.name, 'run': number, 'mode': 'from_rest' if settings.late_s is None else 'late', 'expected': case.expected,
                      'around': ['cgroup:' + LAB, 'host:*'], 'tolerated': case.tolerated, 'silent': case.silent,
                      'onset': None, 'end': None, 'crash': None}

    # ---- times ----

    @property
    def sick_s(self):
        if self.case.is_control:
            return self.s.control_s
        if self.s.sick_s is not None:
            return self.s.sick_s
        return self.case.quick_s if self.s.is_quick else self.case.sick_s

    @property
    def lead_s(self):
        if self.s.late_s is not None and not self.s.lead_is_fixed:
            return self.case.late_rest_s
        return self.s.lead_s if self.s.lead_is_fixed else max(self.s.lead_s, self.case.lead_s or 0)

    # ---- the parts ----

    def command_of(self, part):
        if part.program == 'java':
            return ['java', *part.arguments]
        if part.program.startswith('./'):
            path = os.path.join(self.s.scripts, part.program[2:])
            return [path, *[self.s.build if a == 'BUILD' else a for a in part.arguments]]
        return [os.path.join(self.s.programs, part.program), *part.arguments]

    def start_part(self, part, errors):
        is_script = part.program.startswith('./')
        child = self.children.start(part.program, self.command_of(part), procs=self.cgroups.procs_files(part.leaf),
                                    net=self.networks.pids[part.place] if part.place and self.networks else None,
                                    seconds=self.lead_s + self.sick_s + 120, stderr=errors, is_truthful=not is_script,
                                    cwd=self.s.classes if part.program == 'java' else self.folder)
        self.parts.append(child)
        return child

    def start_holder(self, name, arguments, net):
        child = self.children.start(name, arguments, net=net, seconds=self.lead_s + self.sick_s + 300)
        time.sleep(0.2)  # until it is in its namespace
        return child.process.pid

    # ---- the sentinel ----

    def sentinel_command(self):
        return [self.s.coherence, 'live', '--json', '--csv', 'telemetry.csv', *self.s.sentinel_arguments]

    def start_sentinel(self):
        watcher = self.case.watcher
        self.sentinel = self.children.start('sentinel', self.sentinel_command(), net=self.networks.pids[watcher] if watcher else None,
                                            stdout=self.events, stderr=self.errors, cwd=self.folder)
        self.truth['watched_from'] = time.time()

    def start_recorder(self):
        if not self.s.with_signals:
            return
        place = {'leaf': 'proxy' if self.networks else self.case.parts(1, 1)[0].leaf, 'net': self.networks.pids['proxy'] if self.networks else os.getpid()}
        self.recorder = self.children.start('recorder', [sys.executable, '-B', os.path.join(os.path.dirname(__file__), 'signals.py'), 'record',
                                                         json.dumps(place)], stdout=self.signals_file, stderr=self.errors)

    # ---- a run ----

    def check(self):
        missing = [c for c in self.case.needs if not shutil.which(c)]
        if missing:
            raise Unavailable('not installed: ' + ', '.join(missing))
        if free_mib() < FREE_MIB_LEAST:
            raise Unavailable('only %d MiB of memory are free, %d are wanted' % (free_mib(), FREE_MIB_LEAST))
        if self.cgroups.processes():
            raise Unavailable('processes are in the cgroup %s, which is to be the lab\'s own' % LAB)

    def set_stage(self):
        self.cgroups.remove()  # what an earlier one left that was killed
        self.has_stage = True
        self.cgroups.make()
        if self.s.is_shielded:
            self.cgroups.shield()
        for leaf, cpus in self.case.cpus.items():
            self.cgroups.limit_cpu(leaf, cpus)
        for leaf, mib in self.case.memory.items():
            self.cgroups.limit_memory(leaf, mib)
        if any(p.place for p in self.case.parts(1, 1)):
            self.networks = Networks(self.start_holder)
            self.networks.make()

    def start_parts(self):
        """All but scripts, which know no rest: those are started when the rest is over."""
        parts = self.case.parts(self.lead_s, self.sick_s)
        self.scripts = [p for p in parts if p.program.startswith('./')]
        for part in parts:
            if part not in self.scripts:
                self.start_part(part, self.fault_errors)
        first = self.parts[0] if self.parts else None
        if first and (self.children.wait(first, time.time() + START_S, lambda: 'ready' in first.truth) or 'ready' not in first.truth):
            raise Unavailable('%s did not start: %s' % (first.name, read(os.path.join(self.folder, 'fault.err')).strip()[:200] or 'no reason given'))

    def await_onset(self):
        if self.scripts:
            until = time.time() + self.lead_s
            while time.time() < until and not self.sentinel_is_gone():
                time.sleep(0.02)
            self.truth['onset'] = time.time()
            for part in self.scripts:
                self.start_part(part, self.fault_errors)
        else:
            first = self.parts[0]
            self.children.wait(first, time.time() + self.lead_s + START_S, lambda: 'onset' in first.truth)
            self.truth['onset'] = first.time_of('onset')
            if self.truth['onset'] is None:
                raise Unavailable('%s ended before its onset' % first.name)

    def await_end(self):
        first = self.parts[0]
        until = self.truth['onset'] + self.sick_s + (0 if self.scripts else 10)
        if self.children.wait(first, until, self.sentinel_is_gone):
            self.children.end(first)
            self.note_end(first)
        else:
            self.truth['end'] = first.time_of('end') or time.time()
        if self.case.trigger:
            self.truth[self.case.trigger] = first.time_of(self.case.trigger)

    def sentinel_is_gone(self):
        return self.sentinel is not None and self.children.has_ended(self.sentinel)

    def note_end(self, first):
        leaf = self.case.parts(1, 1)[0].leaf
        code = first.process.returncode
        if self.case.crash == 'oom' and code == -9 and self.cgroups.oom_kills(leaf) > 0:
            self.truth['crash'] = self.truth['end'] = first.ended_at
        elif self.case.crash == 'heap' and 'crash' in first.truth:
            self.truth['crash'] = self.truth['end'] = first.time_of('crash')
        elif code == 0 and 'end' in first.truth:
            self.truth['end'] = first.time_of('end')
        else:
            self.truth['end'] = first.ended_at
            self.truth['note'] = '%s ended with status %d' % (first.name, code)
        if self.case.crash and self.truth['crash'] is None:
            self.truth['note'] = 'it was to be killed and was not (status %d)' % code

    def act(self):
        self.check()
        self.set_stage()
        busy = Busy()
        if self.s.late_s is None:
            self.start_sentinel()
        self.start_parts()
        self.start_recorder()
        self.await_onset()
        if self.s.late_s is not None:
            self.children.wait(self.parts[0], self.truth['onset'] + self.s.late_s)
            self.start_sentinel()
        else:
            self.truth['rest_cpu_percent'] = busy.percent()
        self.await_end()
        self.children.wait(self.sentinel, time.time() + self.s.tail_s)
        gone = self.sentinel_is_gone()
        self.children.end(self.sentinel)
        self.truth['watched_to'] = self.sentinel.ended_at
        if gone or self.sentinel.process.returncode != 0:  # no reason to skip the run: it is the worst that can be found
            self.truth['note'] = 'the sentinel ended with status %d%s: %s' % (
                self.sentinel.process.returncode, ' by itself' if gone else '', read(os.path.join(self.folder, 'sentinel.err')).strip()[-200:])

    def go(self):
        """Runs it; the truth is in truth.json afterwards, also of a run that was skipped. Returns the truth."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        with open(os.path.join(self.folder, 'README'), 'w', encoding='utf-8') as f:
            f.write(README % {'case': self.case.name, 'run': self.number, 'what': self.case.what, 'command': ' '.join(self.sentinel_command())})
        names = {'events': 'events.jsonl', 'errors': 'sentinel.err', 'fault_errors': 'fault.err', 'signals_file': 'signals.tsv'}
        if not self.s.with_signals:
            names.pop('signals_file')
        files = {k: open(os.path.join(self.folder, v), 'w', encoding='utf-8') for k, v in names.items()}
        self.__dict__.update(files)
        try:
            self.act()
        except (Unavailable, OSError, subprocess.SubprocessError) as e:
            self.truth['skipped'] = str(e)
        finally:
            self.children.end_all()
            self.take_away()
            for f in files.values():
                f.close()
        self.truth['facts'] = {c.name: {w: v for w, (_, v) in c.truth.items() if v is not None} for c in self.parts if c.truth}
        with open(os.path.join(self.folder, 'truth.json'), 'w', encoding='utf-8') as f:
            json.dump(self.truth, f, indent=1, sort_keys=True)
            f.write('\n')
        return self.truth

    def take_away(self):
        """The cgroups go when the last process in them has; the kernel may take a moment to bury it."""
        if not self.has_stage:
            return
        for _ in range(100):
            if not self.cgroups.processes():
                break
            time.sleep(0.05)
        self.cgroups.remove()
