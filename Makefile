# make            build/monasca-migrate
# make check      every test (short forms); ends with "N passed, N failed"
# make help       the other targets
# make BUILD=DIR CC=clang CFLAGS=...    another build beside it

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
BUILD   ?= build
CFLAGS  ?= -O2 -g
VERSION := 0.1.0

# MariaDB's client library, or MySQL's own.
MYSQL     := $(shell pkg-config --exists libmariadb && echo libmariadb || echo mysqlclient)
PACKAGES  := libcurl jansson libpcre2-8 $(MYSQL) sqlite3 libcrypto
WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
             -Wformat=2 -Wvla -Wwrite-strings
HARDENING := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES)) -liniparser

ALL_CFLAGS  = -std=c17 -D_GNU_SOURCE -DMONASCA_MIGRATE_VERSION='"$(VERSION)"' -Iinclude $(PKG_CFLAGS) \
              $(WARNINGS) $(HARDENING) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)

SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
LIBRARY := $(BUILD)/libmonasca-migrate.a
PROGRAM := $(BUILD)/monasca-migrate
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/*/test_*.c)))

.PHONY: all
all: $(PROGRAM)

$(PROGRAM): $(BUILD)/obj/main.o $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(LIBRARY): $(OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PKG_LIBS) $(shell pkg-config --libs cmocka)

# Prints what our configuration reader says, to be compared with oslo.config (tests/cli/oslo).
$(BUILD)/oslo-dump: tests/cli/oslo/dump.c $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PKG_LIBS)

# --- tests -------------------------------------------------------------------------------------------

# The runner finds the programs and the *.bats files, counts, and prints "N passed, N failed" last.
RUN = BUILD=$(abspath $(BUILD)) tests/run

.PHONY: check unit cli live unit-programs
unit-programs: $(UNIT) $(BUILD)/oslo-dump
check: $(PROGRAM) unit-programs   ## pass every test; the last line is "N passed, N failed"
	@$(RUN)
unit: $(UNIT)               ## the unit tests
	@$(RUN) unit
cli: $(PROGRAM) $(BUILD)/oslo-dump   ## the tests of the binary without a server
	@$(RUN) cli
live: $(PROGRAM)            ## the tests against real servers
	@$(RUN) live

.PHONY: demo bench
demo:                       ## show the main job on a private server
	@tests/demo
bench: $(PROGRAM)           ## compare speeds on a private server; sizes: see tests/bench/tenants.sh
	@BUILD=$(abspath $(BUILD)) tests/bench/tenants.sh

FAULTS ?= 200
.PHONY: torture
torture: $(PROGRAM)         ## break the world FAULTS times (200), by SEED, and count what is lost
	@BUILD=$(abspath $(BUILD)) tests/torture/torture.py --faults $(FAULTS) $(if $(SEED),--seed $(SEED)) --verbose

.PHONY: fuzz
fuzz:                       ## fuzz what reads from outside, MINUTES=1 for each target (clang)
	@BUILD=$(abspath $(BUILD)) tests/fuzz/run

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
.PHONY: asan valgrind coverage format lint
asan:                       ## pass every test under the address and undefined behaviour sanitizers
	@ASAN_OPTIONS=exitcode=70 UBSAN_OPTIONS=exitcode=70:print_stacktrace=1 LSAN_OPTIONS=exitcode=70 \
	    $(MAKE) --no-print-directory BUILD=build/asan HARDENING=-fPIE CFLAGS='-O1 -g $(SANITIZE)' check
valgrind: $(UNIT)           ## pass the unit tests under valgrind
	@for program in $(UNIT); do \
	    echo "$$program"; \
	    valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
	        "$$program" >$(BUILD)/valgrind.out 2>&1 || { cat $(BUILD)/valgrind.out; exit 1; }; \
	done
coverage:                   ## pass every test, and report which lines they ran
	@rm -rf build/coverage
	@$(MAKE) --no-print-directory BUILD=build/coverage HARDENING=-fPIE CFLAGS='-O0 -g --coverage' check
	@gcovr --root . --filter src/ build/coverage --txt build/coverage/coverage.txt \
	    --html-details build/coverage/coverage.html
	@cat build/coverage/coverage.txt
format:                     ## lay the code out as .clang-format says
	@clang-format -i $(wildcard src/*.c src/*/*.c include/*/*.h src/*/*.h tests/unit/*/*.[ch])
lint:                       ## floors, headers, gcc, clang, layout, analysers, scripts, pages
	@tests/lint

# --- install -----------------------------------------------------------------------------------------

BINDIR = $(DESTDIR)$(PREFIX)/bin
DOCDIR = $(DESTDIR)$(PREFIX)/share/doc/monasca-migrate
LINKS  = migrate-to-db-per-tenant monasca_db

.PHONY: install uninstall clean help
install: $(PROGRAM)         ## install under PREFIX (/usr/local), below DESTDIR
	install -d $(BINDIR) $(DOCDIR)
	install -m 755 $(PROGRAM) $(BINDIR)/monasca-migrate
	for link in $(LINKS); do ln -sf monasca-migrate $(BINDIR)/$$link; done
	install -m 644 LICENSE README.rst $(wildcard persister.conf.example) $(DOCDIR)
uninstall:                  ## take away what install put there
	rm -f $(BINDIR)/monasca-migrate
	for link in $(LINKS); do rm -f $(BINDIR)/$$link; done
	rm -rf $(DOCDIR)
clean:                      ## delete everything that was built
	rm -rf build $(BUILD)
help:                       ## print this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# Rebuild when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(ALL_CFLAGS))' | cmp -s - $@ || echo '$(CC) $(subst ','\'',$(ALL_CFLAGS))' > $@

.PHONY: FORCE
FORCE:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
