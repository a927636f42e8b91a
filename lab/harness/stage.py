# SPDX-License-Identifier: MIT
"""The places in which a fault happens: cgroups of the lab's own (v1, v2 or both), and network namespaces that end with the process that holds them."""
import errno
import os
import subprocess

LAB = 'coherence-lab'
WANTED = ('cpu', 'cpuacct', 'memory')


class Unavailable(Exception):
    """Why this machine does not let us."""


def mounted_hierarchies(mountinfo):
    """(point, is_v2, controllers) of the cgroup hierarchies in the text of /proc/self/mountinfo, those below /sys/fs/cgroup first."""
    found = []
    for line in mountinfo.splitlines():
        left, _, right = line.partition(' - ')
        fields, after = left.split(), right.split()
        if len(fields) < 5 or len(after) < 3 or after[0] not in ('cgroup', 'cgroup2'):
            continue
        options = after[2].split(',')
        found.append((fields[4], after[0] == 'cgroup2', [c for c in options if c in WANTED]))
    return sorted(found, key=lambda h: not h[0].startswith('/sys/fs/cgroup'))


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def keyed(text, key):
    """The number after the key in text of lines "key number", or None."""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == key:
            return int(words[1])
    return None


class Cgroups:
    """The cgroups coherence-lab/LEAF of one run, in every hierarchy that counts CPU or memory, and in v2 for its pressure files."""

    def __init__(self, leaves, mountinfo=None):
        self.bases = {}  # controller or 'v2' -> directory coherence-lab
        self.is_v2 = {}
        self.leaves = list(leaves)
        self.made = []
        for point, is_v2, controllers in mounted_hierarchies(mountinfo if mountinfo is not None else read('/proc/self/mountinfo')):
            if is_v2:
                available = read(os.path.join(point, 'cgroup.controllers')).split()
                controllers = [c for c in ('cpu', 'memory') if c in available]
                self.bases.setdefault('v2', os.path.join(point, LAB))
                controllers += ['cpuacct'] if 'cpu' in controllers else []
            for c in controllers:
                if c not in self.bases:
                    self.bases[c], self.is_v2[c] = os.path.join(point, LAB), is_v2
        if 'cpuacct' not in self.bases and 'v2' in self.bases:  # v2 counts usage without a controller
            self.bases['cpuacct'], self.is_v2['cpuacct'] = self.bases['v2'], True

    def make(self):
        missing = [c for c in WANTED if c not in self.bases]
        if missing:
            raise Unavailable('no cgroup hierarchy has the controllers: ' + ', '.join(missing))
        try:
            for base in sorted(set(self.bases.values())):
                self._make_in(base)
        except OSError as e:
            self.remove()
            raise Unavailable('cannot make cgroups in %s: %s' % (e.filename, e.strerror)) from None

    def _make_in(self, base):
        self._enable(os.path.dirname(base), base)
        os.makedirs(base, exist_ok=True)
        self.made.append(base)
        self._enable(base, base)
        for leaf in self.leaves:
            os.makedirs(os.path.join(base, leaf), exist_ok=True)
            self.made.append(os.path.join(base, leaf))

    def _enable(self, directory, base):
        """v2 only: lets the children of directory have the controllers that we take from there."""
        wanted = {c for c in ('cpu', 'memory') if self.bases.get(c) == base and self.is_v2[c]}
        file = os.path.join(directory, 'cgroup.subtree_control')
        wanted -= set(read(file).split()) if wanted else set()
        if wanted:
            write(file, ' '.join('+' + c for c in sorted(wanted)))

    def path(self, controller, leaf, name):
        return os.path.join(self.bases[controller], leaf, name)

    def procs_files(self, leaf):
        return [os.path.join(base, leaf, 'cgroup.procs') for base in sorted(set(self.bases.values()))]

    def limit_cpu(self, leaf, cpus):
        if self.is_v2['cpu']:
            write(self.path('cpu', leaf, 'cpu.max'), '%d 100000' % (cpus * 100000))
        else:
            write(self.path('cpu', leaf, 'cpu.cfs_period_us'), '100000')
            write(self.path('cpu', leaf, 'cpu.cfs_quota_us'), '%d' % (cpus * 100000))

    def limit_memory(self, leaf, mib):
        write(self.path('memory', leaf, 'memory.max' if self.is_v2['memory'] else 'memory.limit_in_bytes'), '%d' % (mib << 20))
        if self.is_v2['memory']:
            swap = self.path('memory', leaf, 'memory.swap.max')
            if os.path.exists(swap):
                write(swap, '0')  # a leak ends in a kill, not on the disk
        elif os.path.exists(self.path('memory', leaf, 'memory.memsw.limit_in_bytes')):
            write(self.path('memory', leaf, 'memory.memsw.limit_in_bytes'), '%d' % (mib << 20))

    def shield(self):
        """Lets the lab's processes have the CPU before all others that are at work here: the largest weight that there is."""
        name, most = ('cpu.weight', '10000') if self.is_v2['cpu'] else ('cpu.shares', '262144')
        write(os.path.join(self.bases['cpu'], name), most)

    def oom_kills(self, leaf):
        name = 'memory.events' if self.is_v2['memory'] else 'memory.oom_control'
        return keyed(read(self.path('memory', leaf, name)), 'oom_kill') or 0

    def usage_file(self, leaf):
        """(path, seconds per count, key or None) of the CPU time used."""
        if self.is_v2['cpuacct']:
            return self.path('cpuacct', leaf, 'cpu.stat'), 1e-6, 'usage_usec'
        return self.path('cpuacct', leaf, 'cpuacct.usage'), 1e-9, None

    def processes(self):
        found = set()
        for directory in self.made or [b for b in self.bases.values() if os.path.isdir(b)]:
            for where, _, files in os.walk(directory):
                if 'cgroup.procs' in files:
                    found.update(int(p) for p in read(os.path.join(where, 'cgroup.procs')).split())
        return found

    def remove(self):
        """Removes what is empty, also leaves of an earlier run that was killed; what still holds a process, or is another user's, stays."""
        for base in set(self.bases.values()):
            if os.path.isdir(base):
                for where, _, _ in os.walk(base, topdown=False):
                    try:
                        os.rmdir(where)
                    except OSError as e:
                        if e.errno not in (errno.EBUSY, errno.ENOENT, errno.EACCES):
                            raise
        self.made = []


ADDRESS = '198.18.%d.%d'


def packed(network, host):
    """An address as the lab's programs take it: three digits a part."""
    return '198018%03d%03d' % (network, host)


class Networks:
    """client -- proxy -- backend: three network namespaces, joined by two pairs of devices. Each lives as long as its holder."""
    CLIENT, BACKEND = 0, 1  # the networks between the proxy (host 1 of both) and the two others (host 2)

    def __init__(self, start):
        """start(name, arguments, net=): starts a child and returns its pid."""
        self.pids = {}
        self._start = start

    def make(self):
        for name in ('client', 'proxy', 'backend'):
            self.pids[name] = self._start('holder of ' + name, ['sleep', 'infinity'], net='new')
        for number, other in ((self.CLIENT, 'client'), (self.BACKEND, 'backend')):
            self._run('proxy', 'link', 'add', other, 'type', 'veth', 'peer', 'name', 'proxy', 'netns', str(self.pids[other]))
            self._up('proxy', other, ADDRESS % (number, 1))
            self._up(other, 'proxy', ADDRESS % (number, 2))
        for name in self.pids:
            self._run(name, 'link', 'set', 'lo', 'up')

    def _up(self, where, device, address):
        self._run(where, 'addr', 'add', address + '/24', 'dev', device)
        self._run(where, 'link', 'set', device, 'up')

    def _run(self, where, *arguments):
        done = subprocess.run(['nsenter', '--net=/proc/%d/ns/net' % self.pids[where], 'ip', *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable('ip %s: %s' % (' '.join(arguments[:3]), done.stderr.strip() or 'failed'))
