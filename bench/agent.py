# SPDX-License-Identifier: MIT
"""What watching a host costs, beside other agents in the same minutes: sadc, node_exporter, htop and atop, each once a second; and beside the least
that is possible, a loop that reads the same files. Each agent runs in a CPU accounting cgroup of its own, which counts to the nanosecond and keeps
what ended children used. The host gets sleeping processes in cgroups of their own until it has as many as asked.

Prints, for each: CPU seconds a minute (median, lowest and highest of the windows), resident and proportional memory at the end, system calls a second
(strace, for ten seconds after the windows). Needs root."""
import argparse
import glob
import os
import pty
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request

ROOM = 'coherence-bench'
HOST_FILES = ('/proc/stat', '/proc/meminfo', '/proc/vmstat', '/proc/net/snmp', '/proc/net/netstat', '/proc/net/dev', '/proc/diskstats',
              '/proc/pressure/cpu', '/proc/pressure/memory', '/proc/pressure/io', '/proc/loadavg')
HOST_ONLY = {'sources.host.fast_interval': '0s', 'sources.host.cgroups': 'false', 'sources.host.filesystems': 'false', 'sources.host.processes': 'false',
             'sources.host.deep': 'off'}


def accounting():
    """(directory that accounting cgroups can be made in, how one is read, in ns)"""
    for line in open('/proc/self/mountinfo', encoding='utf-8'):
        left, _, right = line.partition(' - ')
        point, words = left.split()[4], right.split()
        if words[0] == 'cgroup' and 'cpuacct' in words[2].split(','):
            return point, lambda d: int(open(d + '/cpuacct.usage', encoding='ascii').read())
    for line in open('/proc/self/mountinfo', encoding='utf-8'):
        left, _, right = line.partition(' - ')
        if right.startswith('cgroup2 '):
            usage = re.compile(r'^usage_usec (\d+)', re.M)
            return left.split()[4], lambda d: 1000 * int(usage.search(open(d + '/cpu.stat', encoding='ascii').read()).group(1))
    sys.exit('SKIP: no cgroup hierarchy counts CPU time')


class Room:
    """Cgroups of our own, and the processes in them; all gone at the end."""

    def __init__(self):
        point, self.read = accounting()
        self.top = os.path.join(point, ROOM)
        self.made, self.processes = [], []

    def cgroup(self, name):
        for path in (self.top, os.path.join(self.top, name)):
            if path not in self.made:
                os.makedirs(path, exist_ok=True)
                self.made.append(path)
        return path

    def start(self, name, command, **how):
        procs = os.path.join(self.cgroup(name), 'cgroup.procs')

        def enter():
            with open(procs, 'w', encoding='ascii') as f:
                f.write('0')

        process = subprocess.Popen(command, preexec_fn=enter, start_new_session=True,  # pylint: disable=subprocess-popen-preexec-fn
                                   **{'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, **how})
        self.processes.append(process)
        return process

    def used_ns(self, name):
        return self.read(os.path.join(self.top, name))

    def members(self, name):
        with open(os.path.join(self.top, name, 'cgroup.procs'), encoding='ascii') as f:
            return [int(pid) for pid in f.read().split()]

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for path in reversed(self.made):
            for _ in range(50):
                try:
                    os.rmdir(path)
                    break
                except OSError:
                    time.sleep(0.1)


def tasks():
    return len(glob.glob('/proc/[0-9]*'))


def fill(room, wanted, cgroups):
    for i in range(cgroups):
        room.cgroup('rest%d' % i)
    for i in range(max(0, wanted - tasks())):
        room.start('rest%d' % (i % cgroups), ['sleep', 'infinity'])


def on_terminal(room, name, command):
    """Starts a program on a terminal of 80 by 24 whose output is thrown away."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = room.start(name, command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, 'TERM': 'xterm-256color'})
    os.close(theirs)

    def drain():
        try:
            while os.read(ours, 65536):
                pass
        except OSError:
            pass

    threading.Thread(target=drain, daemon=True).start()
    return process


def scrape_each_second(url, stop):
    while not stop.wait(1):
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            pass


def start_agents(a, room, scratch, stop):
    """{name: what it looks at}"""
    agents = {}

    def agent(name, scope, command, **how):
        if command[0] is None:
            return
        room.start(name, command, **how)
        agents[name] = scope

    settings = [w for key, value in HOST_ONLY.items() for w in ('--set', '%s=%s' % (key, value))]
    agent('coherence', 'everything, as shipped', [a.coherence, 'run', '--json'], cwd=scratch)
    agent('coherence-host', 'host, 1 Hz', [a.coherence, 'run', '--json', *settings], cwd=scratch)
    agent('floor-host', 'the same files, nothing else', [a.bare, *HOST_FILES])
    agent('floor-all', 'and stat of every process', [a.bare, *HOST_FILES, *glob.glob('/proc/[0-9]*/stat')])
    sadc = next((p for p in ('/usr/lib/sysstat/sadc', '/usr/lib64/sa/sadc') if os.path.exists(p)), None)
    agent('sadc', 'host', [sadc, '-S', 'XALL', '1', os.path.join(scratch, 'sadc')])
    exporter = shutil.which('prometheus-node-exporter')
    agent('node_exporter', 'host, scraped each second', [exporter, '--web.listen-address=127.0.0.1:19100'])
    if exporter:
        threading.Thread(target=scrape_each_second, args=('http://127.0.0.1:19100/metrics', stop), daemon=True).start()
    agent('atop', 'host and every process', [shutil.which('atop'), '-w', os.path.join(scratch, 'atop'), '1'])
    if shutil.which('htop'):
        on_terminal(room, 'htop', [shutil.which('htop'), '-d', '10'])
        agents['htop'] = 'host and every process, drawn'
    return agents


def memory(pids):
    """(resident, proportional) MiB"""
    total = {'Rss': 0, 'Pss': 0}
    for pid in pids:
        with open('/proc/%d/smaps_rollup' % pid, encoding='ascii') as f:
            for line in f:
                key, _, rest = line.partition(':')
                if key in total:
                    total[key] += int(rest.split()[0])
    return total['Rss'] / 1024, total['Pss'] / 1024


def system_calls(pids, seconds):
    """A second; None without strace."""
    if not shutil.which('strace'):
        return None
    counted = subprocess.run(['timeout', '-s', 'INT', str(seconds), 'strace', '-c', '-f', *[w for pid in pids for w in ('-p', str(pid))]],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False).stderr
    total = re.search(r'^100\.00\s+\S+\s+\S+\s+(\d+)\s.*total$', counted, re.M)
    return int(total.group(1)) / seconds if total else None


def measure(a, room, agents):
    rows = {name: [] for name in agents}
    time.sleep(a.settle)
    for window in range(a.windows):
        before, begun = {name: room.used_ns(name) for name in agents}, time.monotonic()
        time.sleep(a.seconds)
        took = time.monotonic() - begun
        for name in agents:
            rows[name].append((room.used_ns(name) - before[name]) / 1e9 * 60 / took)
        print('window %d of %d' % (window + 1, a.windows), file=sys.stderr, flush=True)
    return rows


def main():
    p = argparse.ArgumentParser(prog='bench-agent', description=__doc__)
    p.add_argument('--coherence', required=True, help=argparse.SUPPRESS)
    p.add_argument('--bare', required=True, help=argparse.SUPPRESS)
    p.add_argument('--windows', type=int, default=6)
    p.add_argument('--seconds', type=float, default=30, help='of each window')
    p.add_argument('--settle', type=float, default=75, help='seconds before the first: windows of a minute have to fill')
    p.add_argument('--tasks', type=int, default=200)
    p.add_argument('--cgroups', type=int, default=20)
    a = p.parse_args()
    if os.geteuid() != 0:
        sys.exit('SKIP: cgroups are made, which takes root')
    stop = threading.Event()
    room = Room()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            fill(room, a.tasks, a.cgroups)
            agents = start_agents(a, room, scratch, stop)
            print('%d tasks; load %s; %d windows of %.0f s, all agents in the same ones' % (tasks(), ' '.join('%.1f' % l for l in os.getloadavg()), a.windows, a.seconds))
            rows = measure(a, room, agents)
            print('%-15s %-31s %22s %8s %8s %9s' % ('agent', 'looks at', 'CPU s/min (low..high)', 'RSS MiB', 'PSS MiB', 'calls/s'))
            for name, scope in agents.items():
                pids = room.members(name)
                resident, proportional = memory(pids)
                calls = system_calls(pids, 10)
                print('%-15s %-31s %6.3f (%6.3f..%6.3f) %8.1f %8.1f %9s' % (name, scope, statistics.median(rows[name]), min(rows[name]), max(rows[name]), resident,
                                                                           proportional, '-' if calls is None else '%.0f' % calls), flush=True)
            middle = {name: statistics.median(r) for name, r in rows.items()}
            print('coherence over htop: %s (goal 0.5); host only over its floor: %.2f (goal 2); everything: %.3f s a minute (goal 0.25)'
                  % ('%.2f' % (middle['coherence'] / middle['htop']) if 'htop' in middle else '-', middle['coherence-host'] / middle['floor-host'],
                     middle['coherence']))
        finally:
            stop.set()
            room.close()


if __name__ == '__main__':
    main()
