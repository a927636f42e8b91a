# SPDX-License-Identifier: MIT
"""The harness where it can be tested without root: cgroup layouts on trees of plain files, and the arithmetic of raw signals with values that can be counted by hand."""
import math
import os
import struct
import tempfile
import unittest

import cases
import signals
import stage

HEAD = '30 1 0:%d / %s rw - %s %s rw,%s\n'


class Layouts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def mount(self, name, kind, options='', controllers=None):
        """A line of mountinfo and the folder that it names."""
        point = os.path.join(self.folder.name, name)
        os.makedirs(point)
        if controllers is not None:
            stage.write(os.path.join(point, 'cgroup.controllers'), controllers + '\n')
            stage.write(os.path.join(point, 'cgroup.subtree_control'), '')
        return HEAD % (len(name), point, kind, kind, options)

    def at(self, *names):
        return os.path.join(self.folder.name, *names)

    def test_v1_has_a_folder_in_each_hierarchy(self):
        text = self.mount('cpu', 'cgroup', 'cpu,cpuacct') + self.mount('memory', 'cgroup', 'memory') + self.mount('pids', 'cgroup', 'pids')
        c = stage.Cgroups(['a'], text)
        c.make()
        c.limit_cpu('a', 0.5)
        c.limit_memory('a', 64)
        c.shield()
        self.assertEqual(stage.read(self.at('cpu', stage.LAB, 'cpu.shares')), '262144')
        self.assertEqual(c.procs_files('a'), [self.at(m, stage.LAB, 'a', 'cgroup.procs') for m in ('cpu', 'memory')])
        self.assertEqual(stage.read(self.at('cpu', stage.LAB, 'a', 'cpu.cfs_quota_us')), '50000')
        self.assertEqual(stage.read(self.at('memory', stage.LAB, 'a', 'memory.limit_in_bytes')), '67108864')
        self.assertEqual(c.usage_file('a'), (self.at('cpu', stage.LAB, 'a', 'cpuacct.usage'), 1e-9, None))

    def fake_v2(self, mounts):
        """A kernel makes subtree_control in each new folder; a plain tree needs it beforehand."""
        c = stage.Cgroups(['a'], mounts)
        os.makedirs(c.bases['v2'])
        stage.write(os.path.join(c.bases['v2'], 'cgroup.subtree_control'), '')
        c.make()
        return c

    def test_v2_enables_controllers_and_writes_its_own_files(self):
        c = self.fake_v2(self.mount('v2', 'cgroup2', controllers='cpuset cpu io memory'))
        c.limit_cpu('a', 0.5)
        c.limit_memory('a', 64)
        for folder in (self.at('v2'), self.at('v2', stage.LAB)):
            self.assertEqual(stage.read(os.path.join(folder, 'cgroup.subtree_control')), '+cpu +memory')
        self.assertEqual(c.procs_files('a'), [self.at('v2', stage.LAB, 'a', 'cgroup.procs')])
        self.assertEqual(stage.read(self.at('v2', stage.LAB, 'a', 'cpu.max')), '50000 100000')
        self.assertEqual(stage.read(self.at('v2', stage.LAB, 'a', 'memory.max')), '67108864')
        self.assertEqual(c.usage_file('a')[1:], (1e-6, 'usage_usec'))

    def test_hybrid_takes_v1_controllers_and_joins_v2_for_pressure(self):
        text = self.mount('cpu', 'cgroup', 'cpu') + self.mount('cpuacct', 'cgroup', 'cpuacct') + self.mount('memory', 'cgroup', 'memory')
        c = self.fake_v2(text + self.mount('unified', 'cgroup2', controllers='hugetlb'))
        self.assertFalse(c.is_v2['memory'])
        self.assertEqual(len(c.procs_files('a')), 4)
        self.assertEqual(stage.read(self.at('unified', 'cgroup.subtree_control')), '')

    def test_no_memory_controller_is_a_reason(self):
        c = stage.Cgroups(['a'], self.mount('cpu', 'cgroup', 'cpu,cpuacct'))
        with self.assertRaisesRegex(stage.Unavailable, 'memory'):
            c.make()

    def test_a_folder_that_cannot_be_made_is_a_reason_and_leaves_nothing(self):
        text = self.mount('cpu', 'cgroup', 'cpu,cpuacct') + HEAD % (9, '/proc/nowhere', 'cgroup', 'cgroup', 'memory')
        c = stage.Cgroups(['a'], text)
        with self.assertRaisesRegex(stage.Unavailable, 'cannot make'):
            c.make()
        self.assertEqual(os.listdir(self.at('cpu')), [])


class Signals(unittest.TestCase):
    def test_rate_leaves_out_a_reset(self):
        self.assertEqual(signals.rate([(0, 10), (1, 14), (2, 3), (3, 5)]), 3)
        self.assertIsNone(signals.rate([(0, 10)]))

    def test_deviation_of_a_square_wave(self):
        # 0 and 1 CPU in turns of 0.5 s, read every 0.1 s: at 0.5 s the rates are 0 and 1, half and half.
        points, t, used = [], 0.0, 0.0
        for i in range(401):
            points.append((t, used))
            used += 0.1 if i // 5 % 2 else 0.0
            t += 0.1
        self.assertAlmostEqual(signals.deviation(points, 0.5), 0.5 * math.sqrt(80 / 79), places=6)
        self.assertAlmostEqual(signals.deviation(points, 1.0), 0, places=6)

    def test_counters_of_a_jvm(self):
        entry = struct.pack('<iiiBBBBi', 48, 20, 0, ord('J'), 0, 0, 0, 40) + b'sun.gc.x\0'.ljust(20, b'\0') + struct.pack('<q', 77)
        data = b'\xca\xfe\xc0\xc0\x01\x02\x00\x01' + struct.pack('<iiqii', 0, 0, 0, 32, 1) + entry
        path = os.path.join(tempfile.gettempdir(), 'coherence-lab-hsperf-%d' % os.getpid())
        with open(path, 'wb') as f:
            f.write(data)
        self.addCleanup(os.unlink, path)
        self.assertEqual(signals.hsperf(path), {'sun.gc.x': 77})
        with open(path, 'wb') as f:
            f.write(data[:60])
        self.assertEqual(signals.hsperf(path), {})


class Cases(unittest.TestCase):
    def test_names_are_unique_and_parts_are_there(self):
        names = [c.name for c in cases.CASES]
        self.assertEqual(len(names), len(set(names)))
        for c in cases.CASES:
            self.assertTrue(c.parts(10, 60) and c.leaves, c.name)
            self.assertEqual(c.is_control, not c.expected, c.name)
            self.assertTrue(set(c.memory) | set(c.cpus) <= set(c.leaves), c.name)

    def test_a_leak_meets_its_limit_at_four_fifths(self):
        for name in ('leak', 'leak_saw'):
            case = cases.find([name])[0]
            options = case.parts(10, 100)[0].arguments
            value = {options[i][2:]: float(options[i + 1]) for i in range(0, len(options), 2)}
            peak = 0
            for step in range(8001):   # the highest use up to 80 s
                s = step / 100
                leaked = value['rate'] * s
                if value['tooth'] > 0:
                    into = s % value['tooth']
                    leaked = value['rate'] * (s - into) + value['rate'] / value['keep'] * into
                peak = max(peak, leaked)
            self.assertAlmostEqual(peak, cases.LEAK_ROOM, delta=0.02 * cases.LEAK_ROOM)


if __name__ == '__main__':
    unittest.main()
