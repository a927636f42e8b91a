# SPDX-License-Identifier: MIT
# Verbs only: Meson builds, tests/run tests. `./bootstrap build` installs what this needs.
.PHONY: all test lint asan ubsan sanitize clang determinism format fuzz bench bench-quality check-includes install clean fresh-root

all:
	scripts/build release -Dtests=false

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
	find src tests fuzz bench lab -name '*.[ch]' -exec clang-format -i {} +

# FUZZ_SECONDS=600 make fuzz
fuzz:
	scripts/fuzz

bench:
	scripts/build bench -Dtests=false -Dbenches=true
	ninja -C build/bench benches
	for program in build/bench/bench/bench_*; do [ ! -f $$program ] || $$program || exit; done

# Needs COHERENCE_TEST_DATA, the folder of the labelled sets; says SKIP without it.
bench-quality:
	scripts/bench-quality

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
