# SPDX-License-Identifier: MIT
"""The bench judged itself: cases small enough to be counted by hand."""
import lzma
import math
import os
import tempfile
import unittest

import control
import growth
import nab
import prototype
import replay
import table
from detection import Detection, from_scores, incidents_of, merged
from recording import (SETS, Recording, days, days_inside, healthy_steps, quiet_stretches, read_labels, read_rows, steps_of,
                       usual_step)
from tally import Tally, ground_of, median, recall_at, tally

HOUR, DAY = 3600, 86400
NAB = SETS[0]
SECONDS = SETS[4]


def hourly(days, events=(), labelled_from=float('-inf'), of=NAB):
    """One value an hour, from 0 on; the first row is at 0."""
    return Recording(of, 'x', '', list(events), [''] * len(events), labelled_from, [h * HOUR for h in range(24 * days + 1)])


class Incidents(unittest.TestCase):
    def test_neighbours_join_up_to_the_merge_time(self):
        self.assertEqual(incidents_of([0, 3600, 7201], 3600), [(0, 3600), (7201, 7201)])

    def test_said_incidents_join_by_the_last_alarm_before_the_next(self):
        said = Detection([0, 50, 300, 1000], [(0, 60), (300, 400), (1000, 1100)])
        self.assertEqual(merged(said, 260).incidents, [(0, 400), (1000, 1100)])

    def test_a_threshold_is_reached_by_equal_scores(self):
        self.assertEqual(from_scores([0, 10, 20], [1, 2, 3], 2, 5).alarms, [10, 20])


class Recordings(unittest.TestCase):
    def test_labels_in_three_forms(self):
        self.assertEqual(read_labels([[5, 6], [1, 2]])[0], [(1, 2), (5, 6)])
        self.assertEqual(read_labels([{'kind': 'memory leak', 'start': 1.5, 'end': 2.5}])[:2], ([(1.5, 2.5)], ['memory leak']))
        self.assertEqual(read_labels({'unlabelled_until': 7, 'events': [[8, 9]]})[2], 7)

    def test_an_empty_field_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'a.csv.xz')
            with lzma.open(path, 'wt') as f:
                f.write('timestamp,a,b\n1,2.5,\n2,,0\n')
            r = Recording(NAB, 'a.csv', path, [], [], 0)
            read_rows(r)
        self.assertEqual(r.times, [1, 2])
        self.assertEqual(r.columns, {'a': [2.5, None], 'b': [None, 0.0]})

    def test_usual_step_is_the_most_frequent(self):
        self.assertEqual(usual_step([0, 60, 120, 4000, 4060]), 60)

    def test_days_leave_out_events_holes_and_what_nobody_labelled(self):
        r = hourly(2)
        self.assertEqual(days(healthy_steps(r)), 2)
        r = hourly(2, [(10 * HOUR, 15 * HOUR)])  # the six steps that end at 10..15 h
        self.assertAlmostEqual(days(healthy_steps(r)), 42 / 24)
        r = hourly(2, labelled_from=24 * HOUR)   # steps that end at 24 h and later
        self.assertAlmostEqual(days(healthy_steps(r)), 25 / 24)
        r = hourly(2)
        del r.times[10:25]                       # a hole of 16 h
        self.assertAlmostEqual(days(healthy_steps(r)), 32 / 24)
        self.assertAlmostEqual(days_inside(steps_of(r), [(0, 30 * HOUR)]), 14 / 24)

    def test_quiet_stretches_keep_away_from_events_and_the_start(self):
        r = hourly(10, [(5 * DAY, 5 * DAY + HOUR), (6 * DAY, 6 * DAY)])
        self.assertEqual(quiet_stretches(r, 2 * DAY, HOUR, DAY), [(2 * DAY, 5 * DAY - HOUR), (6 * DAY + HOUR, 10 * DAY)])
        r = hourly(10, [(5 * DAY, 6 * DAY)], labelled_from=4 * DAY)
        self.assertEqual(quiet_stretches(r, 2 * DAY, HOUR, DAY, labelled=False), [(2 * DAY, 4 * DAY)])


class Tallies(unittest.TestCase):
    def test_both_rules_and_false_incidents(self):
        r = hourly(4, [(24 * HOUR, 26 * HOUR), (50 * HOUR, 51 * HOUR), (70 * HOUR, 71 * HOUR)])
        # Opens a quarter before the first event; runs into the second one, opened two hours before; one more is far from any.
        said = Detection([23.75 * HOUR, 48 * HOUR, 50 * HOUR, 90 * HOUR],
                         [(23.75 * HOUR, 24 * HOUR), (48 * HOUR, 50 * HOUR), (90 * HOUR, 90 * HOUR)])
        t = tally(ground_of(r), said)
        self.assertEqual((t.events, t.any, t.open, t.false), (3, 1, 1, 2))
        self.assertEqual(t.open_delays, [0])
        self.assertEqual(t.any_delays, [0])
        self.assertAlmostEqual(t.days, (96 - 3 - 2 - 2) / 24)
        self.assertAlmostEqual(t.busy_days, 1 / 24)  # 48..49 h; the step that ends at 50 h ends in the event

    def test_an_incident_may_linger_for_an_hour(self):
        r = hourly(2, [(10 * HOUR, 11 * HOUR)])
        t = tally(ground_of(r), Detection([10 * HOUR], [(10 * HOUR, 14 * HOUR)]))
        self.assertAlmostEqual(t.busy_days, 2 / 24)  # the steps that end at 13 and 14 h
        self.assertEqual(t.false, 0)

    def test_second_data_has_no_tolerance(self):
        r = hourly(1, [(10 * HOUR, 11 * HOUR)], of=SECONDS)
        t = tally(ground_of(r), Detection([10 * HOUR - 1], [(10 * HOUR - 1, 10 * HOUR - 1)]))
        self.assertEqual((t.any, t.open, t.false), (0, 0, 1))

    def test_time_before_labelling_is_neither_found_nor_false(self):
        r = hourly(6, [(5 * DAY, 5 * DAY + HOUR)], labelled_from=4 * DAY)
        t = tally(ground_of(r), Detection([3 * DAY], [(3 * DAY, 3 * DAY)]))
        self.assertEqual((t.false, t.unlabelled), (0, 1))
        self.assertAlmostEqual(t.unlabelled_days, 49 / 24)  # the steps that end at 48..96 h

    def test_sums(self):
        t = Tally(events=2, any=1, any_delays=[5.0]) + Tally(events=3, any=3, any_delays=[1.0, 2.0, 9.0])
        self.assertEqual((t.events, t.recall('any'), t.delay_s('any')), (5, 0.8, 3.5))
        self.assertEqual(median([3, 1, 2]), 2)
        self.assertIsNone(median([]))

    def test_recall_at_a_rate_takes_the_best_point_that_is_quiet_enough(self):
        points = {'loud': Tally(events=10, open=9, false=30, days=20), 'middle': Tally(events=10, open=6, false=20, days=20),
                  'quiet': Tally(events=10, open=2, false=2, days=20), 'always': Tally(events=10, open=10, false=1, days=20, busy_days=19)}
        self.assertEqual(recall_at(points, 'open', 1.0), (0.6, 'middle'))
        self.assertEqual(recall_at(points, 'open', 0.1), (0.2, 'quiet'))
        self.assertEqual(recall_at(points, 'open', 0.05), (None, None))


class Nab(unittest.TestCase):
    def test_sigmoid(self):
        self.assertAlmostEqual(nab.sigmoid(0), 0)
        self.assertAlmostEqual(nab.sigmoid(-1), 0.98661430)  # 2/(1 + e^-5) - 1 = tanh(2.5)
        self.assertEqual(nab.sigmoid(3.01), -1)

    def test_probation(self):
        self.assertEqual((nab.probation(100), nab.probation(4032), nab.probation(10000)), (15, 604, 750))

    def test_windows_as_rows(self):
        self.assertEqual(nab.windows_of([0, 10, 20, 30, 40], [(10, 30), (99, 100)]), [(1, 3)])

    def test_first_row_of_a_window_is_worth_one(self):
        self.assertEqual(nab.raw_sums(1000, [(500, 599)], [500]), (1.0, 0.0, 0))

    def test_only_the_best_row_of_a_window_counts(self):
        found, false, missed = nab.raw_sums(1000, [(500, 599)], [550, 560, 590])
        self.assertAlmostEqual(found, math.tanh(1.25) / math.tanh(2.5))  # 50 of 100 rows left: y = -0.5
        self.assertEqual((false, missed), (0.0, 0))

    def test_false_alarms_before_and_after(self):
        found, false, missed = nab.raw_sums(1000, [(500, 599)], [200, 599 + 99, 599 + 298])
        self.assertEqual((found, missed), (0, 1))
        # before any window 1; one window's width behind tanh(2.5); more than three behind 1
        self.assertAlmostEqual(false, -1 - math.tanh(2.5) - 1, places=6)

    def test_probation_rows_are_not_scored(self):
        self.assertEqual(nab.raw_sums(1000, [], [0, 149]), (0, 0.0, 0))
        self.assertEqual(nab.raw_sums(1000, [], [150]), (0, -1.0, 0))

    def test_normalised(self):
        self.assertAlmostEqual(nab.normalised((0, 0, 10), 10, 'standard'), 0)   # silence
        self.assertAlmostEqual(nab.normalised((10, 0, 0), 10, 'low FN'), 100)   # perfection
        self.assertAlmostEqual(nab.normalised((5, -10, 5), 10, 'standard'), 100 * (5 - 1.1 - 5 + 10) / 20)
        self.assertAlmostEqual(nab.normalised((5, -10, 5), 10, 'low FP'), 100 * (5 - 2.2 - 5 + 10) / 20)
        self.assertAlmostEqual(nab.normalised((5, -10, 5), 10, 'low FN'), 100 * (5 - 1.1 - 10 + 20) / 30)

    def test_alarms_become_rows(self):
        self.assertEqual(nab.rows_at([0, 5, 5, 10], [5, 10, 11]), [1, 3])

    def test_best_setting(self):
        points = {'a': (5, -10, 5), 'b': (5, 0, 5)}
        self.assertEqual(nab.best(points, 10, 'standard'), (50.0, 'b'))


class Replays(unittest.TestCase):
    SERIES = '{"type":"finding","t":%s,"state":"%s","id":"%s","entity":{"kind":"series","name":"a"},"law":"%s","cause":"c","calibrated":false}'
    INCIDENT = '{"type":"incident","t":%s,"state":"%s","id":"%s","laws":["shock"],"end":%s}'
    LINES = [line.encode() for line in (
        SERIES % (100, 'open', 1, 'shock'),
        '{"type":"anomaly","t":100.5,"host":"h","kind":"spike"}',
        '{"type":"anomaly","t":100.5,"host":"h","kind":"spike"}',
        INCIDENT % (100, 'open', 1, 100),
        SERIES % (110, 'open', 2, 'signal_lost'),
        SERIES % (160, 'close', 1, 'shock'),
        INCIDENT % (220, 'close', 1, 160),
        INCIDENT % (300, 'open', 3, 300),
        '{"type":"summary","samples":5}')]

    def test_lines_become_spans(self):
        r = replay.parse(self.LINES)
        self.assertEqual(r.alarms, [100.5])
        self.assertEqual([(f.law, f.opened, f.closed) for f in r.findings], [('shock', 100, 160), ('signal_lost', 110, None)])
        self.assertEqual(r.summary['samples'], 5)
        self.assertEqual(replay.alarm_times(r), [100, 100.5])  # a lost series says nothing of values
        self.assertEqual(replay.as_incidents(r, 999).incidents, [(100, 160), (300, 999)])
        self.assertEqual(replay.as_findings(r, 999).incidents, [(100, 160)])


class Controls(unittest.TestCase):
    def test_chance_is_the_same_everywhere(self):
        scores = control.chance_scores('x', 2000)
        # crc32("x") = 0x8cdc1683; one step of the generator, top 53 of 64 bits
        first = (0x8cdc1683 * 6364136223846793005 + 1442695040888963407) % 2 ** 64 >> 11
        self.assertEqual(scores[0], first / 2 ** 53)
        self.assertTrue(0.45 < sum(scores) / 2000 < 0.55)

    def test_static_share_of_the_largest_so_far(self):
        scores = control.static_scores({'a': [10.0] * 20 + [5.0, None, 20.0, 18.0]}, 24)
        self.assertEqual(scores[19:], [0.0, 0.5, 0.0, 1.0, 0.9])

    def test_weighted_z_of_a_jump(self):
        values = [float(i % 2) for i in range(40)] + [10.5]
        # equal weights so far: mean 1/2, standard deviation 1/2, so 10 above the mean is 20 of them
        self.assertAlmostEqual(control.weighted_scores({'a': values}, 41, 1.0)[40], 20, delta=0.01)

    def test_new_extremes(self):
        self.assertEqual(control.extreme_scores({'a': [0.0, 4.0, 2.0, 5.0, -1.0, 3.0]}, 6), [0.0, 1.0, 0.0, 0.25, 0.2, 0.0])


class Prototype(unittest.TestCase):
    def test_haar(self):
        self.assertEqual(prototype.haar([0.0, 0.0, 4.0, 8.0, 8.0], 2), [0, 0, 0, 6.0, 6.0])

    def test_short_mean_of_a_step(self):
        short = prototype.residuals([0.0] * 40 + [1.0, 1.0])[0]
        self.assertEqual(short[40], 1.0)
        self.assertAlmostEqual(short[41], 0.5 ** (1 / 3))

    def test_level_before_there_is_history(self):
        self.assertEqual(prototype.level([5.0, 50.0], 10), [0.0, 0.0])

    def test_level_after_equal_blocks(self):
        out = prototype.level([2.0] * 48 + [1.0, 2.0, 4.0], 1)
        # 48 maxima of 2: u0 = 2, k = 4, pu = 4/48, xi = 50 * 0.3 / 54
        at_u0, xi = math.log(12), 15 / 54
        self.assertAlmostEqual(out[48], at_u0 / 2)
        self.assertAlmostEqual(out[49], at_u0, places=1)
        self.assertTrue(out[50] > at_u0 + 0.9 * math.log(2) / xi)

    def test_alarm_level(self):
        self.assertAlmostEqual(prototype.alarm_level(1.0, 60), math.log(24))
        self.assertAlmostEqual(prototype.alarm_level(0.5, 7200), math.log(24))  # twelve blocks a day


class Growths(unittest.TestCase):
    @staticmethod
    def finding(opened, closed, cause='leak'):
        return replay.Finding('fever', cause, 'host', 'h', opened, [opened], closed)

    def test_covered_and_outside(self):
        g = growth.judge([(100, 200), (300, 400)], [self.finding(160, 210), self.finding(250, 260), self.finding(350, 360, 'churn')], 86600)
        self.assertEqual((g.leaks, g.covered, g.outside, g.delays), (2, 1, 1, [60]))
        self.assertAlmostEqual(g.days, 86400 / 86400)

    def test_an_overlapping_leak_is_covered_by_what_is_open(self):
        g = growth.judge([(100, 300), (200, 400)], [self.finding(150, 410)], 1000)
        self.assertEqual((g.covered, g.outside, g.delays), (2, 0, [50, 0]))


class Tables(unittest.TestCase):
    def test_spans(self):
        self.assertEqual([table.span(s) for s in (None, 59, 3600, 36000)], ['-', '59s', '60m', '10.0h'])

    def test_ratio_needs_exposure(self):
        self.assertEqual(table.ratio(3, 9, 1 / 30), '-')
        self.assertEqual(table.ratio(3, 30, 1 / 10), '1.00 (3 in 30 d)')


if __name__ == '__main__':
    unittest.main()
