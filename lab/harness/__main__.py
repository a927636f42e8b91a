# SPDX-License-Identifier: MIT
"""The lab: runs cases one after the other beside a sentinel, judges each, and prints a table. scripts/lab is how it is called."""
import argparse
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

import backtest
import cases
import judge
import signals
import table
from run import Run, Settings

PACKAGES = {'java': 'openjdk-17-jdk-headless', 'javac': 'openjdk-17-jdk-headless', 'ip': 'iproute2', 'nsenter': 'util-linux', 'xz': 'xz-utils',
            'meson': 'meson', 'ninja': 'ninja-build'}
LEAD_S, QUICK_LEAD_S = 120, 30
TAIL_S = 20
CONTROL_MINUTES, QUICK_CONTROL_MINUTES = 20, 1.5


class Interrupted(BaseException):
    """A signal; everything is taken away on the way out."""


def interrupt(number, _):
    signal.signal(number, signal.SIG_IGN)
    raise Interrupted(number)


def arguments():
    p = argparse.ArgumentParser(prog='lab', description='Provokes faults with a known onset beside a sentinel, and judges what it says.')
    p.add_argument('cases', nargs='*', metavar='CASE', help='names, "faults" or "controls" (default: all)')
    p.add_argument('--list', action='store_true', help='say what there is')
    p.add_argument('--quick', action='store_true', help='short rests, faults and controls: to see that it works, not what it is worth')
    p.add_argument('--late', nargs='?', type=float, const=60.0, default=None, metavar='SECONDS', help='start the sentinel so long (60) after the onset')
    p.add_argument('--lead', type=float, metavar='SECONDS', help='watched at rest before the onset (default %d; some cases take more)' % LEAD_S)
    p.add_argument('--sick', type=float, metavar='SECONDS', help='length of each fault (default: its own, see --list)')
    p.add_argument('--tail', type=float, default=TAIL_S, metavar='SECONDS', help='watched after the end (default %d)' % TAIL_S)
    p.add_argument('--control-minutes', type=float, metavar='MINUTES', help='of each healthy load (default %d)' % CONTROL_MINUTES)
    p.add_argument('--runs', type=int, default=1, help='of each case')
    p.add_argument('--signals', action='store_true', help='also record raw kernel signals (costs some CPU)')
    p.add_argument('--shield', action='store_true', help='give the lab the CPU before all others: for its own shape on a busy machine')
    p.add_argument('--replay', metavar='FOLDER', help='run nothing: judge the recorded telemetry of an earlier lab with this version')
    p.add_argument('--backtest', metavar='FOLDER', help='run nothing: does a backtest of the recorded telemetry say what was said while it ran?')
    p.add_argument('--coherence', required=True, help=argparse.SUPPRESS)
    p.add_argument('--programs', required=True, help=argparse.SUPPRESS)
    p.add_argument('--build', required=True, help=argparse.SUPPRESS)
    p.add_argument('--out', required=True, help='folder of the results')
    return p.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


def show_list():
    for c in cases.CASES:
        law = ', '.join('%s %s' % (e['law'], '|'.join(e['causes'])) for e in c.expected) or 'nothing'
        print('%-20s %-9s %s\n%30s expected: %s' % (c.name, 'healthy' if c.is_control else '%d s' % c.sick_s, c.what, '', 'nothing (unobservable)' if c.silent else law))


def install(chosen):
    """Installs what the chosen cases need and is not here; what fails is a case skipped."""
    missing = sorted({PACKAGES[n] for c in chosen for n in c.needs if not shutil.which(n)})
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which('apt-get'):
        say('lab: not installed, and we may not: ' + ' '.join(missing))
        return
    say('lab: installing with apt-get: ' + ' '.join(missing))
    for words in (['update'], ['install', '--no-install-recommends', *missing]):
        subprocess.run(['apt-get', '-qq', '-y', '-o', 'DPkg::Lock::Timeout=300', *words], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                       env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}, check=False)


def compile_java(source, folder):
    os.makedirs(folder, exist_ok=True)
    if shutil.which('javac'):
        subprocess.run(['javac', '-d', folder, source], check=True)


def configure_build(folder, source):
    """The build folder of the compile load; nothing else may use it."""
    if not os.path.exists(os.path.join(folder, 'build.ninja')) and shutil.which('meson'):
        say('lab: configuring %s, to be compiled as a healthy load' % folder)
        subprocess.run(['meson', 'setup', folder, source, '-Dtests=false'], stdout=subprocess.DEVNULL, check=True)


def settings_of(a):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    control = a.control_minutes if a.control_minutes is not None else QUICK_CONTROL_MINUTES if a.quick else CONTROL_MINUTES
    s = Settings(coherence=os.path.abspath(a.coherence), programs=os.path.abspath(a.programs), classes=os.path.join(os.path.abspath(a.programs), 'classes'),
                 scripts=here, build=os.path.abspath(a.build), out=os.path.abspath(a.out),
                 sentinel_arguments=shlex.split(os.environ.get('SENTINEL_ARGS', '')), lead_s=a.lead if a.lead is not None else QUICK_LEAD_S if a.quick else LEAD_S,
                 lead_is_fixed=a.lead is not None or a.quick, late_s=a.late, control_s=control * 60, sick_s=a.sick, tail_s=a.tail, is_quick=a.quick, with_signals=a.signals, is_shielded=a.shield)
    return here, s


def finish_folder(run, rows, with_signals):
    with open(os.path.join(run.folder, 'row.tsv'), 'w', encoding='utf-8') as f:
        f.write('\n'.join(['\t'.join(judge.COLUMNS)] + [judge.as_tsv(r) for r in rows]) + '\n')
    if with_signals and not run.truth.get('skipped'):
        with open(os.path.join(run.folder, 'signals.md'), 'w', encoding='utf-8') as f:
            f.write(signals.table(run.folder))


def run_all(chosen, a, s):
    """Rows of all runs. results.tsv grows with each, so that an interrupted lab has what was done."""
    rows = []
    with open(os.path.join(s.out, 'results.tsv'), 'w', encoding='utf-8') as results:
        results.write('\t'.join(judge.COLUMNS) + '\n')
        for number in range(1, a.runs + 1):
            for case in chosen:
                run = Run(case, number, s)
                say('lab: %s  %s, about %.0f s' % (time.strftime('%H:%M:%S'), case.name, run.lead_s + run.sick_s + s.tail_s + 5))
                run.go()
                new = judge.judge_folder(run.folder)
                finish_folder(run, new, a.signals)
                results.write(''.join(judge.as_tsv(r) + '\n' for r in new))
                results.flush()
                rows += new
    return rows


def replay_all(folder, names, s):
    """Rows of the runs recorded below folder, of the cases named or all, from their telemetry instead of the machine."""
    rows = []
    for name in sorted(n for n in os.listdir(folder) if os.path.exists(os.path.join(folder, n, 'truth.json'))):
        if names and name.rpartition('-')[0] not in names:
            continue
        new = os.path.join(s.out, name)
        os.makedirs(new)
        shutil.copy(os.path.join(folder, name, 'truth.json'), new)
        recorded = os.path.join(folder, name, 'telemetry.csv')
        with open(os.path.join(new, 'events.jsonl'), 'wb') as events:
            if os.path.exists(recorded):
                subprocess.run([s.coherence, 'replay', '--json', *s.sentinel_arguments, recorded], stdout=events, check=True)
        rows += judge.judge_folder(new)
    with open(os.path.join(s.out, 'results.tsv'), 'w', encoding='utf-8') as results:
        results.write('\n'.join(['\t'.join(judge.COLUMNS)] + [judge.as_tsv(r) for r in rows]) + '\n')
    return rows


def finish(rows, s):
    text = table.text(rows)
    print(text)
    with open(os.path.join(s.out, 'table.txt'), 'w', encoding='utf-8') as f:
        f.write(text + '\n')
    say('lab: %s' % s.out)
    return 1 if any(r['note'] != judge.ABSENT and r['verdict'] != 'skipped' for r in rows) else 0


def main():
    a = arguments()
    if a.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        show_list()
        return 0
    try:
        chosen = cases.find(a.cases)
    except KeyError as e:
        say('lab: no such case: %s (--list says what there is)' % e.args[0])
        return 2
    if a.backtest:
        text, runs, differ = backtest.table(a.coherence, a.backtest)
        print(text)
        return 1 if differ or not runs else 0
    here, s = settings_of(a)
    os.makedirs(s.out, exist_ok=True)
    if a.replay:
        return finish(replay_all(a.replay, a.cases, s), s)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    with socket.socket(socket.AF_UNIX) as only_one:
        try:
            only_one.bind('\0coherence-lab')  # a name that ends with this process, of the whole machine
        except OSError:
            say('lab: another one is running on this machine')
            return 75
        try:
            install(chosen)
            if any('javac' in c.needs for c in chosen):
                compile_java(os.path.join(here, 'GcSpiral.java'), s.classes)
            if any('meson' in c.needs for c in chosen):
                configure_build(s.build, os.path.dirname(here))
            rows = run_all(chosen, a, s)
        except Interrupted as e:
            say('lab: interrupted; everything is taken away again')
            return 128 + e.args[0]
    return finish(rows, s)


if __name__ == '__main__':
    sys.exit(main())
