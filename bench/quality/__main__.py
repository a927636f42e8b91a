# SPDX-License-Identifier: MIT
"""Measured judgement of detection: every recording of the chosen sets through the real binary, beside the prototype's rule and controls.
Tables go to standard output and are the same for the same program and data; progress goes to standard error."""
import argparse
import multiprocessing
import os
import sys
import time

import judgement
import recording
import table


def parse_arguments():
    names = [s.name for s in recording.SETS]
    p = argparse.ArgumentParser(prog='bench-quality', description='Judges the program on labelled recordings.')
    p.add_argument('--program', required=True, help='the coherence binary')
    p.add_argument('--data', required=True, help='folder of the sets (COHERENCE_TEST_DATA)')
    p.add_argument('--detail', required=True, help='file for one line per recording, detector and setting')
    p.add_argument('--sets', default=','.join(names), help='of: ' + ','.join(names))
    p.add_argument('--jobs', type=int, default=os.cpu_count(), help='processes at once')
    p.add_argument('--set', action='append', default=[], metavar='KEY=VALUE', help='an option of the program, at every budget')
    p.add_argument('--without-prototype', action='store_true', help="leave the prototype's rule out: about half the time")
    a = p.parse_args()
    a.sets = a.sets.split(',')
    unknown = [s for s in a.sets if s not in names]
    if unknown:
        p.error('no such set: ' + ', '.join(unknown))
    a.set = [tuple(s.split('=', 1)) for s in a.set]
    if any(len(s) != 2 for s in a.set):
        p.error('--set takes KEY=VALUE')
    return a


def judge_all(a):
    found = recording.list_recordings(a.data, a.sets)
    # The largest first, so that no process is left with one of them at the end; the report is in the order of the list.
    order = sorted(range(len(found)), key=lambda i: (-os.path.getsize(found[i].path), i))
    work = [(found[i], a.program, a.set, not a.without_prototype) for i in order]
    results = [None] * len(found)
    began = time.monotonic()
    with multiprocessing.Pool(a.jobs) as pool:
        for done, (i, result) in enumerate(zip(order, pool.imap(judgement.judge, work)), 1):
            results[i] = result
            if done % 20 == 0 or done == len(found):
                print('%d of %d recordings, %.0f s' % (done, len(found), time.monotonic() - began), file=sys.stderr)
    return results


def main():
    a = parse_arguments()
    judgements = judge_all(a)
    os.makedirs(os.path.dirname(a.detail), exist_ok=True)
    with open(a.detail, 'w', encoding='utf-8') as f:
        table.write_detail(f, judgements)
    table.write_all(sys.stdout, judgements)
    print('\nPer recording, detector and setting: %s' % os.path.relpath(a.detail))


if __name__ == '__main__':
    main()
