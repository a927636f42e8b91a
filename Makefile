# SPDX-License-Identifier: MIT
# Verbs only: Meson builds, tests/run tests. `./bootstrap build` installs what this needs.
.PHONY: all page test lint asan ubsan sanitize clang determinism format fuzz bench bench-speed bench-month bench-agent bench-quality power check-includes install clean fresh-root lab soak day faults thread-sanitizer package package-acceptance image-acceptance acceptance-outgoing

all:
	scripts/build release -Dtests=false

# Fetches what the web page is built with (node and npm are needed); from then on every build has the page (docs/decisions/0013).
page:
	scripts/page

test:
	tests/run

lint:
	tests/run lint

asan ubsan sanitize:
	tests/run sanitize

clang:
	tests/run clang

determinism:
	tests/run determinism

format:
	find src tests fuzz bench lab man -name '*.[ch]' -exec clang-format -i {} +

# FUZZ_SECONDS=600 make fuzz
fuzz:
	scripts/fuzz

bench:
	scripts/build bench -Dtests=false -Dbenches=true
	ninja -C build/bench benches
	for program in build/bench/bench/bench_*; do [ ! -f $$program ] || $$program || exit; done

# How fast samples are taken and judged, in cache and with a million series (2 GiB of memory), on one core and on two. SERIES=100000 make
# bench-speed: fewer.
bench-speed:
	scripts/build bench -Dtests=false -Dbenches=true
	ninja -C build/bench bench/bench_speed
	build/bench/bench/bench_speed build/bench/src/coherence $${SERIES:-1000000}

# A month of 1 000 series at 15 s through a backtest: time by the clock, of CPU, and memory. 1.2 GB in build/bench, some four minutes.
bench-month:
	scripts/bench-month

# What watching this host costs, beside sadc, node_exporter, htop and atop in the same minutes, and beside a bare loop over the same files. Root.
bench-agent:
	scripts/bench-agent

# Needs COHERENCE_TEST_DATA, the folder of the labelled sets; says SKIP without it.
bench-quality:
	scripts/bench-quality

# The laws over 200 seeds of healthy and sick loads: shares found, delays, false findings. Takes some minutes.
power:
	scripts/build power
	ninja -C build/power tests/power/power
	build/power/tests/power/power

# Real faults with a known onset, and healthy loads, each beside a sentinel (docs/lab.md). Needs root; all of it takes hours.
# make lab CASES="lock_convoy leak" SENTINEL_ARGS="--state-dir DIR" LAB_ARGS="--quick"   (or --late, --runs 3, --control-minutes 60, --signals, --list)
lab:
	SENTINEL_ARGS="$(SENTINEL_ARGS)" scripts/lab $(LAB_ARGS) $(CASES)

# An Alertmanager that is away for ten minutes, and two weeks of 200 series out of a real Prometheus; needs both installed. Some 15 minutes.
acceptance-outgoing:
	scripts/build acceptance
	ninja -C build/acceptance src/coherence tests/alerts/drive_alerts
	tests/alerts/acceptance.py build/acceptance/tests/alerts/drive_alerts --outage 600
	tests/prometheus/range_acceptance.py build/acceptance/src/coherence --days 14 --series 200

# The flight recorder on this host for hours: faults, kills and restarts, and every run must be said again. MINUTES=10 make soak: shorter.
soak:
	scripts/recording-soak $${MINUTES:-120}

# A day of baselines through the real recorder and state directory, thousands of times as fast as the clock; its last five minutes alone must say the
# same. The gate has two hours of it.
day:
	scripts/build power
	ninja -C build/power tests/unit/test_day
	DAY_HOURS=24 build/power/tests/unit/test_day

# Every fault of docs/faults.md, with what shows it: a table. Needs root for most of it; an hour. What was said is in build/faults/faults.log.
faults:
	scripts/build faults
	tests/faults/table.py build/faults

# What starts threads, under ThreadSanitizer; some minutes.
thread-sanitizer:
	scripts/thread-sanitizer

check-includes:
	scripts/check-includes

# DESTDIR is honoured.
install: all
	meson install -C build/release --no-rebuild

clean:
	rm -rf build

# The two commands of README.md on a Debian 12 made for the purpose; needs root, debootstrap and a mirror.
fresh-root:
	scripts/fresh-root

# The Debian packages, into build/package; packaging/debian/control names what that needs.
package:
	scripts/package

# The container image, built from its Containerfile by an engine and run by it; needs root and a mirror.
image-acceptance:
	scripts/image-acceptance

# Built twice with the same bytes, then installed, upgraded, removed and purged in a Debian 12 made for the purpose; needs root and a mirror.
package-acceptance:
	scripts/package-acceptance
