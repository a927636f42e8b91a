#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tables of docs/faults.md as tests: what is named under "shown by" is run, and each row printed with what came of it.

usage: table.py BUILD          runs all of it with the program and the unit tests of that build; ends with `N passed, N failed[, N skipped]`
       table.py --check [DOC]  runs nothing: says which names no test has, and exits 1
       table.py --self-test    proves that a wrong name is caught

Under "shown by" stand, with semicolons between them: `NAME_test` (a unit test), NAME.bats (in tests/cli or tests/faults) or a program of this
project in backquotes. After a unit test or a bats file *words* in asterisks choose cases: those whose name holds them.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = TOP + '/docs/faults.md'
SKIP_STATUS = 77  # of a program that cannot do its work here


def rows(document):
    """(section, fault, [item]) of each row of a table whose last column is "shown by"."""
    section, shown = '', False
    with open(document) as f:
        for line in f:
            line = line.rstrip('\n')
            if line.startswith('## '):
                section = line[3:]
            if not line.startswith('| '):
                shown = False if not line.startswith('|-') else shown
                continue
            cells = [x.strip() for x in line.strip('|').split(' | ')]
            if cells[-1].strip('| ') == 'shown by':
                shown = True
            elif shown:
                yield section, cells[0], [x.strip() for x in cells[-1].split(';')]


def read(path):
    with open(path) as f:
        return f.read()


def unit_source(name):
    for room in sorted(os.listdir(TOP + '/tests/unit')):
        path = '%s/tests/unit/%s/%s.c' % (TOP, room, name)
        if os.path.exists(path):
            return path
    return None


def bats_file(name):
    for folder in ('cli', 'faults'):
        path = '%s/tests/%s/%s' % (TOP, folder, name)
        if os.path.exists(path):
            return path
    return None


def bats_cases(path):
    return re.findall(r'^@test "(.*)" \{$', read(path), re.M)


class Item:
    """One thing under "shown by"."""

    def __init__(self, text):
        self.text = text
        self.words = re.findall(r'\*([^*]+)\*', text)
        found = re.match(r'`([^`]+)`|([a-z_]+\.bats)', text)
        self.name = found.group(1) or found.group(2) if found else ''
        self.kind = 'unit' if re.fullmatch('[a-z_0-9]+_test', self.name) else 'bats' if self.name.endswith('.bats') else 'program'

    def problem(self):
        if not self.name:
            return 'neither a test nor a program: %s' % self.text
        if self.kind == 'unit':
            source = unit_source(self.name)
            missing = [w for w in self.words if source and not re.search(r'\b%s\b' % re.escape(w), read(source))]
            return 'no unit test %s' % self.name if not source else '%s has no %s' % (self.name, missing[0]) if missing else None
        if self.kind == 'bats':
            path = bats_file(self.name)
            if not path:
                return 'no %s' % self.name
            missing = [w for w in self.words if not any(w in case for case in bats_cases(path))]
            return ('%s has no test "%s"' % (self.name, missing[0]) if missing else
                    'which tests of %s?' % self.name if not self.words else None)
        return None if os.access('%s/%s' % (TOP, self.name.split()[0]), os.X_OK) else 'no program %s' % self.name

    def cases(self):
        return [c for c in bats_cases(bats_file(self.name)) if any(w in c for w in self.words)]


def check(document):
    problems, count = [], 0
    for _, fault, items in rows(document):
        count += 1
        problems += ['%s: %s' % (fault, p) for p in (Item(x).problem() for x in items) if p]
    if not count:
        problems.append('%s: no table' % document)
    print('\n'.join(problems) or '%d faults, each with its tests' % count)
    return not problems


def self_test():
    import tempfile
    table = '| fault | shown by |\n|---|---|\n| one | %s |\n'
    with tempfile.NamedTemporaryFile('w+', suffix='.md') as f:
        for cell, good in (('`loop_test`; live.bats, *without stdin*; `tests/faults/table.py --check`', True), ('`no_such_test`', False),
                           ('live.bats, *no such case*', False), ('`loop_test`, *no_such_case*', False), ('nothing', False), ('`scripts/none`', False),
                           ('live.bats', False), ('none.bats, *x*', False)):
            f.seek(0)
            f.truncate()
            f.write(table % cell)
            f.flush()
            if check(f.name) != good:
                sys.exit('self-test: "%s" should be %s' % (cell, 'fine' if good else 'caught'))


class Tests:
    """Runs each test once, whatever number of rows names it."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.program = self.build + '/src/coherence'
        self.done = {}
        self.log = open(self.build + '/faults.log', 'w')

    def start(self, command, **more):
        self.log.write('\n$ %s\n' % ' '.join(command))
        self.log.flush()
        environment = dict(os.environ, COHERENCE=self.program, CMOCKA_MESSAGE_OUTPUT='TAP', COHERENCE_SOURCE_ROOT=TOP, LC_ALL='C.UTF-8', **more)
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=TOP, check=False)
        text = ended.stdout.decode('utf-8', 'replace')
        self.log.write(text)
        self.log.flush()
        return ended.returncode, text

    def unit(self, item):
        status, text = self.start(['%s/tests/unit/test_%s' % (self.build, item.name[:-5])])
        skips = re.findall(r'^# SKIP:? *(.*)', text, re.M)
        bad = re.findall(r'^not ok [0-9]+ - (.*)', text, re.M)
        if bad or status:
            return 'failed', ', '.join(bad) or 'exit status %d' % status
        return 'passed', 'without: ' + '; '.join(skips) if skips else ''

    def bats(self, path, case):
        if path not in self.done:
            wanted = sorted({c for _, _, items in rows(DOCUMENT) for i in map(Item, items) if i.kind == 'bats' and bats_file(i.name) == path for c in i.cases()})
            pattern = '^(%s)$' % '|'.join(re.sub(r'([][.*+?(){}|^$\\])', r'\\\1', c) for c in wanted)
            _, text = self.start(['bats', '--tap', '--filter', pattern, path])
            self.done[path] = dict((name, line) for line in text.splitlines() for name in [re.sub(r'^(not )?ok [0-9]+ (.*?)( # skip.*)?$', r'\2', line)]
                                   if re.match('(not )?ok [0-9]', line))
        line = self.done[path].get(case, 'not ok: it did not run')
        skip = re.search(r' # skip *(.*)', line)
        return ('skipped', skip.group(1)) if skip else ('passed', '') if line.startswith('ok') else ('failed', 'see %s' % self.log.name)

    def other(self, item):
        words = item.name.split()
        more = {'tests/faults/sweep.py': [self.program, self.build + '/tests/unit/cli/fault_layer.so'], 'scripts/kill-acceptance': [self.program],
                'scripts/churn-acceptance': [self.program], 'scripts/recording-soak': ['10']}.get(words[0], [])
        status, text = self.start(['%s/%s' % (TOP, words[0])] + more + words[1:])
        last = (text.strip().splitlines() or [''])[-1]
        return 'skipped' if status == SKIP_STATUS else 'passed' if status == 0 else 'failed', last

    def results(self, item):
        """(name, passed|failed|skipped, words) of each test behind an item."""
        if item.kind == 'bats':
            return [('%s, %s' % (item.name, c),) + self.bats(bats_file(item.name), c) for c in item.cases()]
        if item.name not in self.done:
            self.done[item.name] = self.unit(item) if item.kind == 'unit' else self.other(item)
        return [(item.name,) + self.done[item.name]]


def run(build):
    tests, counts, section = Tests(build), {'passed': 0, 'failed': 0, 'skipped': 0}, None
    for part, fault, items in rows(DOCUMENT):
        if part != section:
            print('\n' + part)
            section = part
        found = [r for item in items for r in tests.results(Item(item))]
        words = [r[1] for r in found]
        result = 'failed' if 'failed' in words else 'passed' if 'passed' in words else 'skipped'
        counts[result] += 1
        print('  %-8s %s' % (result, fault))
        for name, what, why in found:
            print('           %-8s %s%s' % (what, name, ' (%s)' % why if why else ''))
        sys.stdout.flush()
    print('\n%d passed, %d failed%s' % (counts['passed'], counts['failed'], ', %d skipped' % counts['skipped'] if counts['skipped'] else ''))
    return counts['failed'] == 0 and counts['passed'] > 0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == '--self-test':
        self_test()
    elif sys.argv[1] == '--check':
        sys.exit(not check(sys.argv[2] if len(sys.argv) > 2 else DOCUMENT))
    else:
        if not check(DOCUMENT):
            sys.exit(1)
        sys.exit(not run(sys.argv[1]))


if __name__ == '__main__':
    main()
