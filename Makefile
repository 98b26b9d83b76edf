# Thin front of CMake: `make demo` and `make test` do all the set-up on a fresh Debian 12.
# CMAKE_ARGS adds options to every configure step; PREFIX and DESTDIR are for `make install`.
PREFIX ?= /usr/local
CMAKE_ARGS ?=
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc)

.PHONY: all setup setup-ci build demo test long bench install lint format asan tsan fuzz faults clean help

all: build

help:
	@echo "make build    the program at build/release/purebank (installs what is missing first)"
	@echo "make demo     builds, then shows the main job on images that it makes itself"
	@echo "make test     builds, then runs the whole suite"
	@echo "make long     the same with all draws, kills and repetitions"
	@echo "make bench    measurements against the limits of the machine"
	@echo "make install  into PREFIX ($(PREFIX)), below DESTDIR when set"
	@echo "make lint     clang-format, clang-tidy and cppcheck"
	@echo "make format   lays out every source file by .clang-format"
	@echo "make asan     the suite under the address and undefined-behaviour sanitizers"
	@echo "make tsan     the threaded tests under the thread sanitizer"
	@echo "make fuzz     every fuzz target for FUZZ_SECONDS (60)"
	@echo "make faults   every allocation and system call fails in turn, under the sanitizers"
	@echo "make clean    removes build/"

setup:
	@scripts/setup.sh packages.txt

setup-ci: setup
	@scripts/setup.sh packages-ci.txt

build: setup
	@cmake --preset release --log-level=WARNING $(CMAKE_ARGS)
	@cmake --build --preset release -j $(JOBS)

demo: setup
	@cmake --preset release --log-level=WARNING $(CMAKE_ARGS)
	@cmake --build --preset release -j $(JOBS) --target installed
	@build/release/purebank demo

test: build
	@scripts/test.sh release

long: build
	@PB_LONG_TESTS=1 scripts/test.sh release

bench: build
	@scripts/bench.sh

# No set-up and no build here: often run as root, after `make build` as somebody else.
install:
	@test -e build/release/libpurebank.so -a -e build/release/purebank.1 || { echo "Not everything is built yet: run 'make build' first." >&2; exit 1; }
	@cmake --install build/release --prefix "$(PREFIX)"

lint: setup-ci
	@scripts/lint.sh

format: setup-ci
	@scripts/lint.sh reformat

# `make asan` tries some of the points; this one all of them.
faults: setup-ci
	@cmake --preset asan --log-level=WARNING $(CMAKE_ARGS)
	@cmake --build --preset asan -j $(JOBS) --target test_faults
	@PB_FAULTS=all build/asan/tests/test_faults

asan: setup-ci
	@cmake --preset asan --log-level=WARNING $(CMAKE_ARGS)
	@cmake --build --preset asan -j $(JOBS)
	@scripts/test.sh asan

tsan: setup-ci
	@cmake --preset tsan --log-level=WARNING $(CMAKE_ARGS)
	@scripts/tsan.sh

fuzz: setup-ci
	@fuzz/run.sh $(FUZZ_SECONDS)

clean:
	@rm -rf build
