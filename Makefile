# Makefile: builds stui and runs everything that can be run of it. Needs git and make to start
# with; `make check` and `make demo` install the rest by name (scripts/packages.txt).
#
# The goals that people type are lists of steps that run one after another, with their output
# as it comes. Compiling is a make of its own below them, in parallel, its output kept apart.
#
#   BUILD=DIR     where everything built goes      JOBS=N    compilers and tests at once
#   SANITIZE=S    -fsanitize=S                     COVERAGE=1    counts lines for gcov

BUILD ?= build
JOBS  ?= $(shell nproc)
CC    := gcc

SEEDS        ?= 500
MESSAGES     ?= 100000
ROUNDS       ?= 500
SEED         ?= 1
FUZZ_SECONDS ?= 20
N            ?= 20
PREFIX       ?= /usr/local

# The GNU Smalltalk that the tests and the demo start as images; shared by all build directories.
GST_DIR := build/gst

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- What is built from what ------------------------------------------------------------

program_source := $(wildcard src/*.c $(addprefix src/,$(addsuffix /*.c,runtime actors cli ui sim conformance chaos)))
library_source := $(filter-out src/main.c,$(program_source))
runtime_source := $(wildcard src/runtime/*.c)
chaos_source   := $(wildcard src/chaos/*.c)
support_source := $(wildcard tests/support/*.c)
unit_source    := $(wildcard tests/unit/test_*.c)
e2e_source     := $(wildcard tests/e2e/test_*.c)
sim_source     := $(wildcard tests/simulate/*.c)
tsan_source    := $(wildcard tests/tsan/*.c)
bench_source   := $(wildcard bench/*.c)
bench_support  := tests/support/lan.c tests/support/name_server.c
fuzz_source    := $(wildcard fuzz/fuzz_*.c)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

e2e_programs  := $(e2e_source:%.c=$(BUILD)/%)
tsan_programs := $(tsan_source:%.c=$(BUILD)/%)
fuzz_programs := $(fuzz_source:%.c=$(BUILD)/%)

# ---- How ----------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Werror
CPPFLAGS := -D_GNU_SOURCE -Iinclude -Isrc -Itests
CFLAGS   := -std=c11 -g $(WARNINGS) -fno-omit-frame-pointer -fstack-protector-strong
LDFLAGS  := -Wl,-z,relro,-z,now
LDLIBS   := -lczmq -lzmq -lcjson -lleveldb -linih -lcares -lmnl -lsodium -ltermkey -lutf8proc -lpthread -lm

ifdef SANITIZE
  OPTIMIZE := -O1
  CFLAGS   += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
else ifdef COVERAGE
  OPTIMIZE := -O0
  CFLAGS   += --coverage
else
  OPTIMIZE := -O2 -D_FORTIFY_SOURCE=2
endif

# Tests are not made fast: compiling them took most of the time of a build.
$(call objects,$(unit_source) $(e2e_source) $(support_source)): OPTIMIZE := -O0

# Each test is a process, and most of its work was to load forty libraries: 16 ms a test. So tests are linked with
# archives where Debian has these, at fixed addresses: 9 ms. What the archives name and nothing here uses (libgit2,
# other transports) is in tests/support/no_*.c. The program itself is linked as it is everywhere.
archives   := czmq zmq inih cares sodium utf8proc vterm criterion boxfort protobuf-nanopb ffi uuid bsd md
test_libs  := $(archives:%=-l:lib%.a) -lcjson -lleveldb -lmnl -ltermkey -lnanomsg -lstdc++ -lpthread -lm

say = @printf '  %-5s %s\n'

$(BUILD)/obj/%.o: %.c Makefile
	$(say) CC $<
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(OPTIMIZE) -MMD -MP -c -o $@ $<

link = @mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LDLIBS)

$(BUILD)/stui: $(call objects,$(program_source))
	$(say) LD $@
	$(link)

$(BUILD)/unit: $(call objects,$(unit_source) $(support_source) $(library_source))
	$(say) LD $@
	$(link)

$(BUILD)/simulate: $(call objects,$(sim_source) $(library_source))
	$(say) LD $@
	$(link)

$(BUILD)/bench: LDLIBS += -lncursesw -ltinfo
$(BUILD)/bench: $(call objects,$(bench_source) $(bench_support) $(library_source))
	$(say) LD $@
	$(link)

$(BUILD)/unit $(e2e_programs): LDLIBS := $(test_libs)
$(BUILD)/unit $(e2e_programs): LDFLAGS += -no-pie
$(BUILD)/tests/e2e/test_chaos_plants: $(call objects,$(chaos_source))
$(e2e_programs): $(BUILD)/%: $(BUILD)/obj/%.o $(call objects,$(support_source) $(runtime_source))
	$(say) LD $@
	$(link)

$(tsan_programs): $(BUILD)/%: $(BUILD)/obj/%.o $(call objects,$(library_source))
	$(say) LD $@
	$(link)

$(fuzz_programs): LDLIBS += -fsanitize=fuzzer
$(fuzz_programs): $(BUILD)/%: $(BUILD)/obj/%.o $(call objects,$(library_source))
	$(say) LD $@
	$(link)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# What the parts of a check consist of. Not for typing: these install nothing.
.PHONY: tests fuzzers threads
tests: $(BUILD)/stui $(BUILD)/unit $(BUILD)/simulate $(e2e_programs)
fuzzers: $(fuzz_programs)
threads: $(BUILD)/stui $(BUILD)/simulate $(tsan_programs)

# ---- Steps --------------------------------------------------------------------------------

# Where real images come from, for the program and its tests.
images  = STUI_GST=$(CURDIR)/$(GST_DIR)/gst STUI_IMAGE=$(CURDIR)/smalltalk/gst/stui-image
setup   = @scripts/packages.sh check
get_gst = @scripts/gst.sh $(GST_DIR)
# How a fault is planted into the simulation: scripts/mutations.sh.
plant   = COMPILE='$(CC) $(CPPFLAGS) $(CFLAGS) $(OPTIMIZE)' LINK='$(CC) $(CFLAGS) $(LDFLAGS)' LIBS='$(LDLIBS)' \
          OBJECTS='$(call objects,$(sim_source) $(library_source))'
# In parallel, without mixing the compilers' messages.
compile = @+$(MAKE) --silent --no-print-directory --output-sync=target \
          $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
run_tests = @$(images) $(plant) JOBS=$(JOBS) SEEDS=$(SEEDS) FIRST=$(FIRST) NOTE=$(NOTE) \
            E2E="$(E2E)" FILTER='$(FILTER)' E2E_BUILD=$(E2E_BUILD) STUI_TEST_CUTS=$(CUTS) scripts/run-tests.sh

# ---- What people type ---------------------------------------------------------------------

.PHONY: screens all check demo unit golden man simulate mutations e2e asan tsan fuzz fuzz-wire crash-test soak chaos-table bench coverage repeat
.PHONY: lint check-arch format install clean help

all: ## builds the program; this is the default
	$(setup)
	$(compile) $(BUILD)/stui

check: ## installs what is missing, builds, and runs all tests
	$(setup)
	$(get_gst)
	$(compile) tests
	$(run_tests) $(BUILD) unit simulate mutations e2e

# A demo needs no GNU Smalltalk, a check does: without one the former shows simulated images. What
# gst.sh could not use (a gst named or on PATH that does not run) stui is not told of either.
demo: ## builds, and shows stui with images, real ones if it can: make demo [IMAGES=N]
	$(setup)
	@scripts/gst.sh $(GST_DIR) || echo 'make demo: without GNU Smalltalk: going on with simulated images' >&2
	$(compile) $(BUILD)/stui
	@if [ -x $(GST_DIR)/gst ]; then exec env $(images) $(BUILD)/stui demo $(IMAGES); \
	else exec env -u STUI_GST $(BUILD)/stui demo $(IMAGES); fi

unit: ## the unit tests alone: make unit [FILTER='SUITE/NAME']
	$(setup)
	$(compile) $(BUILD)/unit
	$(run_tests) $(BUILD) unit

golden: ## writes the golden screens anew (tests/golden): look at the difference
	$(setup)
	$(compile) $(BUILD)/unit
	@STUI_GOLDEN=write $(BUILD)/unit --filter 'screens/*'

man: ## writes the commands and keys into the manual page (docs/stui.1)
	$(setup)
	$(compile) $(BUILD)/unit
	@STUI_GOLDEN=write $(BUILD)/unit --filter 'manual/*'

simulate: ## the deterministic simulation: make simulate SEEDS=N [FIRST=SEED]
	$(setup)
	$(compile) $(BUILD)/simulate
	$(run_tests) $(BUILD) simulate

mutations: ## faults planted into the pure steps, each of which the simulation must find: make mutations [NOTE=1]
	$(setup)
	$(compile) $(BUILD)/simulate
	$(run_tests) $(BUILD) mutations

e2e: ## the end-to-end tests alone, on real images: make e2e [E2E=test_NAME…] [FILTER=…]
	$(setup)
	$(get_gst)
	$(compile) $(BUILD)/stui $(e2e_programs)
	$(run_tests) $(BUILD) e2e

asan tsan: CUTS := 20
asan tsan: SEEDS := 100
asan: ## all tests under the address and undefined-behaviour sanitizers
	$(setup)
	$(get_gst)
	$(compile) BUILD=$(BUILD)-asan SANITIZE=address,undefined tests
	$(run_tests) $(BUILD)-asan unit simulate e2e

tsan: E2E_BUILD := $(BUILD)
tsan: ## simulation and end-to-end tests, the program under the thread sanitizer
	$(setup)
	$(get_gst)
	$(compile) $(e2e_programs)
	$(compile) BUILD=$(BUILD)-tsan SANITIZE=thread threads
	$(run_tests) $(BUILD)-tsan simulate $(if $(tsan_source),plain) e2e

fuzz: ## libFuzzer on all that reads foreign bytes: make fuzz [FUZZ_SECONDS=20]
	@scripts/packages.sh check fuzz
	$(compile) BUILD=$(BUILD)-fuzz CC=clang SANITIZE=address,undefined,fuzzer-no-link fuzzers
	@scripts/fuzz.sh $(BUILD)-fuzz $(FUZZ_SECONDS)

fuzz-wire: E2E := test_wire_fuzz
fuzz-wire: GUARD := 7200
fuzz-wire: ## broken messages to a real image: make fuzz-wire [MESSAGES=100000] [SEED=1]
	$(setup)
	$(get_gst)
	$(compile) $(BUILD)/stui $(BUILD)/tests/e2e/test_wire_fuzz
	@export STUI_TEST_MESSAGES=$(MESSAGES) STUI_TEST_SEED=$(SEED) GUARD=$(GUARD) BUDGET=$(GUARD); \
	$(subst @,,$(run_tests)) $(BUILD) e2e

crash-test: E2E := test_crashes
crash-test: GUARD := 7200
crash-test: ## stui killed at random moments while sessions are edited: make crash-test [ROUNDS=500] [SEED=1]
	$(setup)
	$(get_gst)
	$(compile) $(BUILD)/stui $(BUILD)/tests/e2e/test_crashes
	@export STUI_TEST_ROUNDS=$(ROUNDS) STUI_TEST_SEED=$(SEED) GUARD=$(GUARD) BUDGET=$(GUARD); \
	$(subst @,,$(run_tests)) $(BUILD) e2e

soak: ## all scenarios of stui chaos in turn, flat or it fails: make soak [MINUTES=60] [DOC=docs/chaos.md]
	$(setup)
	$(get_gst)
	$(compile) $(BUILD)/stui
	@$(images) scripts/soak.sh $(BUILD) $$(($(or $(MINUTES),60) * 60)) $(DOC)

chaos-table: ## every scenario of stui chaos as a table: make chaos-table [SECONDS=60] [IMAGES=8] [SIM=200] [DOC=docs/chaos.md]
	$(setup)
	$(get_gst)
	$(compile) $(BUILD)/stui
	@$(images) scripts/chaos-table.sh $(BUILD) $(or $(SECONDS),60) $(or $(IMAGES),8) $(or $(SIM),200) $(DOC)

bench: ## measures every budget side by side, one table; 25 minutes: make bench [ROWS="frame stop"] [MINUTES=of flapping and kiosk]
	$(setup) bench
	$(if $(bench_source),,$(error bench/ holds no C file: there is nothing to measure))
	$(get_gst)
	$(compile) $(BUILD)/stui $(BUILD)/bench
	@STUI=$(abspath $(BUILD))/stui ROWS="$(ROWS)" MINUTES=$(MINUTES) $(images) $(BUILD)/bench

screens: $(BUILD)/stui ## takes the screens in README.md and docs/guide.md anew, from the running program
	@for page in README.md docs/guide.md; do scripts/screens.sh $(BUILD)/stui $$page || exit 1; done

coverage: ## runs all tests and prints which lines they reached
	@scripts/packages.sh check coverage
	$(get_gst)
	$(compile) BUILD=$(BUILD)-coverage COVERAGE=1 tests
	@find $(BUILD)-coverage -name '*.gcda' -delete
	$(run_tests) $(BUILD)-coverage unit simulate e2e
	@gcovr --root . --filter src/ --filter include/ --print-summary $(BUILD)-coverage/obj/src

repeat: ## unit and end-to-end tests again and again under load: make repeat [N=20]
	$(setup)
	$(get_gst)
	$(compile) tests
	@$(images) JOBS=$(JOBS) scripts/repeat.sh $(BUILD) $(N)

lint: ## the form of everything: layers, C, scripts, Smalltalk, manual page
	@scripts/packages.sh check lint
	@arch=0; scripts/check-arch.sh || arch=1; scripts/check-style.sh && exit $$arch

check-arch: ## who may include whom, which file owns which library, what pure files may not touch
	@scripts/check-arch.sh

format: ## puts all C files into shape
	@scripts/packages.sh lint
	@find include src tests bench fuzz -name '*.[ch]' -exec clang-format -i {} +

install: all ## installs below PREFIX: make install [PREFIX=/usr/local] [DESTDIR=]
	@scripts/install.sh $(BUILD) '$(DESTDIR)$(PREFIX)'

clean: ## removes all that was built; GNU Smalltalk stays until build/gst is removed too
	@rm -rf $(filter-out $(GST_DIR),$(wildcard $(BUILD)/*)) $(addprefix $(BUILD)-,asan tsan fuzz coverage)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
