# SPDX-License-Identifier: MIT
"""Everything that is measured on one recording: the program at every budget, the prototype's rule, the controls; each counted by the same
rules. One call is one piece of work for a process; sums over recordings are the caller's."""
from dataclasses import dataclass, field

import control
import growth
import nab
import prototype
import recording as recordings
import replay
from detection import Detection, from_scores, incidents_of, merged
from tally import ground_of, tally

# What is written into the program's configuration, and false incidents per day. From an alarm every hour to the least that it accepts.
BUDGETS = (('24/1d', 24.0), ('6/1d', 6.0), ('3/1d', 3.0), ('2/1d', 2.0), ('1/1d', 1.0), ('1/2d', 0.5), ('1/4d', 0.25), ('1/10d', 0.1),
           ('1/30d', 1 / 30), ('1/100d', 0.01), ('1/300d', 1 / 300), ('1/1000d', 0.001), ('1/10000d', 0.0001))
SHIPPED = '1/30d'   # the program's default, which is not set but left alone
PROGRAM, FINDINGS, PROTOTYPE, PROTOTYPE_HOST = 'program', 'program, findings', 'prototype', 'prototype, host tail'
PERIODIC, CHANCE, STATIC, WEIGHTED, EXTREME = 'periodic', 'random', 'static share', 'weighted z', 'new extreme'
DEFAULTS = {PROGRAM: SHIPPED, FINDINGS: SHIPPED, PROTOTYPE: SHIPPED, PROTOTYPE_HOST: SHIPPED,
            PERIODIC: 500, CHANCE: 0.002, STATIC: 0.9, WEIGHTED: 3, EXTREME: 1e-9}


@dataclass
class Judgement:
    set: str
    part: str
    name: str
    windows: int = 0                            # of NAB's score
    points: dict = field(default_factory=dict)  # detector -> setting -> Tally
    nab: dict = field(default_factory=dict)     # (detector, 'alarms' or 'incidents') -> setting -> sums
    growth: dict = field(default_factory=dict)  # 'as recorded' or 'renamed' -> setting -> Growth
    laws: dict = field(default_factory=dict)    # setting -> law -> incidents that it opened


class Bench:
    """Counts detections of one recording into its Judgement."""

    def __init__(self, recording):
        self.ground = ground_of(recording)
        self.recording = recording
        part = '' if not recording.set.parts else 'minutes' if recording.step_s <= 600 else 'hours'
        self.result = Judgement(recording.set.name, part, recording.name)
        self.scores_nab = recording.set.name == 'nab'
        if self.scores_nab:
            self.windows = nab.windows_of(recording.times, recording.events)
            self.result.windows = len(self.windows)

    def count(self, detector, setting, detection):
        self.result.points.setdefault(detector, {})[setting] = tally(self.ground, detection)
        self.count_nab(detector, setting, detection)

    def count_nab(self, detector, setting, detection):
        if not self.scores_nab:
            return
        for what, times in (('alarms', detection.alarms), ('incidents', [o for o, _ in detection.incidents])):
            rows = nab.rows_at(self.recording.times, times)
            self.result.nab.setdefault((detector, what), {})[setting] = nab.raw_sums(
                len(self.recording.times), self.windows, rows)

    def sweep(self, detector, scores, thresholds):
        r = self.recording
        for setting, threshold in thresholds:
            self.count(detector, setting, from_scores(r.times, scores, threshold, r.set.merge_s))


def opened_by_law(found):
    laws = {}
    for i in found.incidents:
        key = '+'.join(i.laws)
        laws[key] = laws.get(key, 0) + 1
    return laws


def judge_growth(bench, label, setting, found):
    r = bench.recording
    bench.result.growth.setdefault(label, {})[setting] = growth.judge(
        growth.leaks_of(r), found.findings, r.times[-1] - r.times[0])


def judge_program(bench, program, always):
    r = bench.recording
    end_s = max(r.times)
    leaks = 'MemAvailable_kb' in r.columns
    for setting, _ in BUDGETS:
        settings = always + ([] if setting == SHIPPED else [('false_alarm_budget', setting)])
        found = replay.run(program, r.path, settings)
        bench.count(PROGRAM, setting, merged(replay.as_incidents(found, end_s), r.set.merge_s))
        if r.set.single:
            bench.count(FINDINGS, setting, merged(replay.as_findings(found, end_s), r.set.merge_s))
        bench.result.laws[setting] = opened_by_law(found)
        if leaks:
            judge_growth(bench, 'as recorded', setting, found)
    if leaks:
        judge_growth(bench, 'renamed', SHIPPED, replay.run(program, r.path, always, growth.renamed(r)))


def judge_prototype(bench):
    r = bench.recording
    step_s = r.step_s
    largest, host = prototype.levels(r.columns, step_s)
    thresholds = [(setting, prototype.alarm_level(per_day, step_s)) for setting, per_day in BUDGETS]
    bench.sweep(PROTOTYPE, largest, thresholds)
    if host is not None:
        bench.sweep(PROTOTYPE_HOST, host, thresholds)


def judge_controls(bench):
    r = bench.recording
    n = len(r.times)
    for period in control.PERIODS:
        alarms = sorted(r.times[i] for i in control.periodic_rows(n, period))
        bench.count(PERIODIC, period, Detection(alarms, incidents_of(alarms, r.set.merge_s)))
    chance = control.chance_scores(r.name, n)
    bench.sweep(CHANCE, chance, [(p, 1 - p) for p in control.CHANCES])
    bench.sweep(STATIC, control.static_scores(r.columns, n), [(s, s) for s in control.SHARES])
    bench.sweep(WEIGHTED, control.weighted_scores(r.columns, n, r.step_s), [(z, z) for z in control.DEVIATIONS])
    if bench.scores_nab:
        scores = control.extreme_scores(r.columns, n)
        for beyond in control.BEYOND:
            bench.count_nab(EXTREME, beyond, from_scores(r.times, scores, beyond, r.set.merge_s))


def judge(work):
    """work: (recording without rows, program, options that are always set, whether to run the prototype)."""
    recording, program, always, with_prototype = work
    recordings.read_rows(recording)
    bench = Bench(recording)
    judge_program(bench, program, always)
    if with_prototype:
        judge_prototype(bench)
    judge_controls(bench)
    return bench.result
