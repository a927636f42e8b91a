#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every allocation and every system call of a sentinel fails once, one run for each.

usage: sweep.py COHERENCE LAYER [--phases start,tick,reload,stop] [--kinds allocation,call] [--points N] [--jobs N] [--only N]

COHERENCE `run`, with a state directory, the HTTP service and a configuration file, watches recorded files behind the fault layer
(tests/unit/cli/fault_layer.c), which counts the allocations or the system calls of one phase and makes one of them fail:

  start   from the beginning to the first tick
  tick    some ticks in the middle, and what is asked over HTTP meanwhile
  reload  from SIGHUP to what is said of it
  stop    from SIGTERM to the end

--points N: so many of them, spread over the phase; without it all. --only N: that one, and what it said. What must follow, each time: it does
not hang and no signal ends it; every line that it says is one of its own (none of a sanitizer's or a library's); it ends with 0, or with 1, 2
or 78 and a line that says why; it finds nothing in a host in which there is nothing; and the next start finds its baselines, and a history
that SQLite finds whole. What it must say when it goes on is not known to this program: it counts how often nothing was said.
Ends with `N passed, N failed`.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TREE = TOP + '/tests/golden/host/linux-6.18-hybrid'
PHASES = ('start', 'tick', 'reload', 'stop')
KINDS = ('allocation', 'call')
LIMIT_S = 20  # a run that takes longer hangs; it takes less than a second
CONFIG = 'sources:\n  host:\n    interval: 100ms\n    deep: "off"\nhttp:\n  listen: 127.0.0.1:0\n'
# What a library says itself, of memory that its constructor did not get; plain HTTP goes on without it.
THEIRS = 'Error in GnuTLS initialization: '
NOTE = struct.Struct('QQ48s48s')  # struct note of the layer


class Run:
    """One sentinel in a directory of its own, with fault number n of a kind in a phase; n 0: none."""

    def __init__(self, plan, phase, kind, n, template):
        self.plan, self.phase, self.kind, self.n = plan, phase, kind, n
        self.dir = tempfile.mkdtemp(dir=plan.work)
        self.problems = []
        self.counted = 0
        self.name = self.caller = ''
        with open(self.dir + '/coherence.yaml', 'w') as f:
            f.write(CONFIG)
        if template:
            shutil.copytree(template, self.dir + '/state')
        else:
            os.mkdir(self.dir + '/state')
        with open(self.dir + '/note', 'wb') as f:
            f.write(bytes(NOTE.size))

    def path(self, name):
        return self.dir + '/' + name

    def command(self, more):
        return [self.plan.program, 'run', '--json', '--root', TREE, '-c', self.path('coherence.yaml'), '--state-dir',
                self.path('state')] + more

    def note(self):
        with open(self.path('note'), 'rb') as f:
            counted, failed, name, caller = NOTE.unpack(f.read(NOTE.size))
        return counted, failed, name.split(b'\0')[0].decode(), caller.split(b'\0')[0].decode()

    def wait_for(self, condition):
        """Until it is so, or the sentinel has ended."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            if condition():
                return True
            if self.process.poll() is not None:
                return condition()
            time.sleep(0.005)
        return False

    def lines(self):
        with open(self.path('out'), 'rb') as f:
            return f.read().count(b'\n')

    def mark(self):
        open(self.path('fault'), 'w').close()

    def hear(self):
        """Reads standard error: a pipe, so that nothing that is said there can fail."""
        self.said = []
        for line in self.process.stderr:
            self.said.append(line.decode('utf-8', 'replace').rstrip('\n'))

    def url(self):
        for line in list(self.said):
            found = re.search(r'HTTP on (http://[0-9.]+:[0-9]+)/', line)
            if found:
                return found.group(1)
        return None

    def ask(self, path):
        try:
            urllib.request.urlopen(self.url() + path, timeout=3).read()
        except OSError:
            pass  # what it answers in the middle of a fault is its own matter
        except ValueError:
            pass

    def drive(self):
        """What the phase is made of. Returns what was counted in it."""
        if self.phase == 'start':
            self.wait_for(lambda: self.lines() >= 1)
            return self.note()[0]
        if not self.wait_for(lambda: self.lines() >= 2 and self.url()):
            return 0
        self.mark()
        if self.phase == 'tick':
            self.ask('/api/v1/status')
            self.ask('/api/v1/incidents')
            self.ask('/metrics')
            at = self.lines()
            self.wait_for(lambda: self.lines() >= at + 3)
        elif self.phase == 'reload':
            self.process.send_signal(signal.SIGHUP)
            self.wait_for(lambda: any('reloaded' in x for x in list(self.said)))
            at = self.lines()
            self.wait_for(lambda: self.lines() >= at + 1)
        if self.phase != 'stop':
            return self.note()[0]
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(LIMIT_S)
        return self.note()[0]

    def run(self):
        environment = dict(os.environ, LD_PRELOAD=self.plan.layer, FAULT_NOTE=self.path('note'), LC_ALL='C.UTF-8')
        environment['FAULT_' + self.kind.upper()] = '%s:%d' % (self.path('fault'), self.n)
        if self.phase == 'start':
            self.mark()
        with open(self.path('out'), 'wb') as out:
            self.process = subprocess.Popen(self.command([]), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=environment)
        hearing = threading.Thread(target=self.hear)
        hearing.start()
        try:
            self.counted = self.drive()
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.problems.append('it hangs')
            self.process.kill()
            self.process.wait()
        hearing.join()
        failed, self.name, self.caller = self.note()[1:]
        self.struck = failed > 0
        return self

    # ---- what must follow ----

    def judge(self, usual):
        code = self.process.returncode
        news = [x for x in self.said if strip(x) not in usual]
        if code < 0:
            self.problems.append('ended by signal %d' % -code)
        elif code not in (0, 1, 2, 78):
            self.problems.append('exit status %d' % code)
        elif code and not news:
            self.problems.append('exit status %d without a word' % code)
        foreign = [x for x in self.said if not x.startswith(('coherence: ', THEIRS))]
        if foreign:
            self.problems.append('not a line of ours: %s' % foreign[0])
        self.outcome = 'ended' if code else 'said' if news else 'silent'
        self.news = news
        self.judge_lines()
        self.judge_state()
        shutil.rmtree(self.dir)
        return self

    def judge_lines(self):
        with open(self.path('out'), 'rb') as f:
            whole = f.read().split(b'\n')[:-1]
        for line in whole:
            try:
                kind = json.loads(line)['type']
            except ValueError:
                self.problems.append('not a line of JSON: %r' % line[:80])
                return
            if kind != 'tick':
                self.problems.append('it found something: %r' % line[:200])
                return

    def judge_state(self):
        next_one = subprocess.run(self.command(['--duration', '100ms']), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
        said = next_one.stderr.decode('utf-8', 'replace')
        if next_one.returncode != 0:
            self.problems.append('the next start ends with %d: %s' % (next_one.returncode, said))
        elif 'baselines restored' not in said:
            self.problems.append('the next start restores nothing: %s' % said)
        for name in os.listdir(self.path('state')):
            if '.damaged' in name or '.foreign' in name or name == 'snapshot.new':
                self.problems.append('%s is left in the state directory' % name)
        db = sqlite3.connect('file:%s/coherence.db?mode=ro' % self.path('state'), uri=True)
        whole = db.execute('pragma integrity_check').fetchone()[0]
        db.close()
        if whole != 'ok':
            self.problems.append('integrity_check: %s' % whole)


def strip(line):
    """Without what changes from run to run."""
    return re.sub(r'[0-9]+', '0', re.sub(r'/\S*', '/', line))


class Plan:
    def __init__(self, arguments, work):
        self.program = os.path.abspath(arguments.program)
        self.layer = os.path.abspath(arguments.layer)
        self.work = work
        self.template = None

    def prepare(self):
        """A state directory with something in it, to which each run goes back."""
        first = Run(self, 'stop', 'call', 0, None).run()
        if first.process.returncode:
            sys.exit('without a fault it ends with %d: %s' % (first.process.returncode, first.said))
        self.template = first.path('state')

    def sweep(self, phase, kind, points, only, jobs):
        counting = [Run(self, phase, kind, 0, self.template).run() for _ in range(2)]
        total = max(x.counted for x in counting)
        usual = {strip(line) for x in counting for line in x.said}
        if total == 0:
            sys.exit('%s: nothing was counted: is the layer preloaded? %s' % (phase, counting[0].said))
        numbers = range(1, total + 1)
        if only:
            numbers = [only]
        elif points and points < total:
            numbers = sorted({1 + i * (total - 1) // max(points - 1, 1) for i in range(points)})

        def one(n):
            return Run(self, phase, kind, n, self.template).run().judge(usual)

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return total, list(pool.map(one, numbers))


def report(phase, kind, total, runs, only):
    bad = [x for x in runs if x.problems]
    struck = [x for x in runs if x.struck]
    outcomes = {word: sum(1 for x in struck if x.outcome == word) for word in ('ended', 'said', 'silent')}
    print('%-6s %-10s %5d in it, %5d failed once: %5d ended it, %5d were said, %5d changed nothing that is said' % (
        phase, kind, total, len(struck), outcomes['ended'], outcomes['said'], outcomes['silent']), flush=True)
    if kind == 'call':
        names = sorted({x.name for x in struck})
        for name in names:
            of = [x for x in struck if x.name == name]
            print('         %-16s %5d: %s' % (name, len(of), ', '.join('%d %s' % (sum(1 for x in of if x.outcome == w), w) for w in
                                                                   ('ended', 'said', 'silent'))))
    shown = set()
    for x in bad:
        of_a_kind = (strip('; '.join(x.problems)), x.caller.split('+')[0])
        if of_a_kind in shown:
            continue
        shown.add(of_a_kind)
        print('FAILED   %s, %s number %d (%s, called by %s): %s' % (phase, kind, x.n, x.name, x.caller, '; '.join(x.problems)))
        for line in x.news[:5]:
            print('           %s' % line)
    if only:
        for x in runs:
            print('\n'.join(x.said))
    return len(runs) - len(bad), len(bad)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('program')
    p.add_argument('layer')
    p.add_argument('--phases', default=','.join(PHASES))
    p.add_argument('--kinds', default=','.join(KINDS))
    p.add_argument('--points', type=int, default=0)
    p.add_argument('--only', type=int, default=0)
    p.add_argument('--jobs', type=int, default=2 * (os.cpu_count() or 1))
    a = p.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        plan = Plan(a, work)
        plan.prepare()
        for phase in a.phases.split(','):
            for kind in a.kinds.split(','):
                good, bad = report(phase, kind, *plan.sweep(phase, kind, a.points, a.only, a.jobs), a.only)
                passed += good
                failed += bad
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
