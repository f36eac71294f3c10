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
PACKAGES  := libcurl jansson libpcre2-8 $(MYSQL) sqlite3 libcrypto zlib
WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
             -Wformat=2 -Wvla -Wwrite-strings
HARDENING := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES)) -liniparser

ALL_CFLAGS  = -std=c17 -D_GNU_SOURCE -DMONASCA_MIGRATE_VERSION='"$(VERSION)"' -Iinclude $(PKG_CFLAGS) \
              $(WARNINGS) $(HARDENING) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)

SOURCES := $(sort $(wildcard src/*/*.c src/*/*/*.c src/*/*/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/schema/builtin.o $(BUILD)/obj/tenants/journal/tables.o \
           $(BUILD)/obj/cmd/tenants/report/page_style.o
LIBRARY := $(BUILD)/libmonasca-migrate.a
PROGRAM := $(BUILD)/monasca-migrate
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c tests/unit/*/*/*/test_*.c)))

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

# The revisions of the schema, and the canonical text of each, as bytes.
BUILTIN_REVISIONS := $(sort $(wildcard src/schema/revisions/*.sql))
BUILTIN_STATES    := $(sort $(wildcard src/schema/states/*.txt))

$(BUILD)/gen/builtin.c: Makefile src/base/embed.sh $(BUILTIN_REVISIONS) $(BUILTIN_STATES) src/schema/revisions src/schema/states
	@mkdir -p $(@D)
	{ echo '#include "base/embed.h"'; echo 'extern const struct embedded_file builtin_revisions[], builtin_states[];'; \
	  sh src/base/embed.sh builtin_revisions $(BUILTIN_REVISIONS); \
	  sh src/base/embed.sh builtin_states $(BUILTIN_STATES); } > $@.new
	mv $@.new $@

$(BUILD)/obj/schema/builtin.o: $(BUILD)/gen/builtin.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The tables of the journal, a file for each version.
JOURNAL_TABLES := $(sort $(wildcard src/tenants/journal/tables_*.sql))

$(BUILD)/gen/journal_tables.c: src/base/embed.sh $(JOURNAL_TABLES)
	@mkdir -p $(@D)
	{ echo '#include "base/embed.h"'; echo 'extern const struct embedded_file journal_tables[];'; \
	  sh src/base/embed.sh journal_tables $(JOURNAL_TABLES); } > $@.new
	mv $@.new $@

$(BUILD)/obj/tenants/journal/tables.o: $(BUILD)/gen/journal_tables.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The style of the report's page.
$(BUILD)/gen/page_style.c: src/base/embed.sh src/cmd/tenants/report/page.css
	@mkdir -p $(@D)
	{ echo '#include "base/embed.h"'; echo 'extern const struct embedded_file report_page_files[];'; \
	  sh src/base/embed.sh report_page_files src/cmd/tenants/report/page.css; } > $@.new
	mv $@.new $@

$(BUILD)/obj/cmd/tenants/report/page_style.o: $(BUILD)/gen/page_style.c $(BUILD)/flags
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
bench: $(PROGRAM)           ## compare speeds on private servers; SIZE=small; RECORD=1 writes docs/ anew
	@BUILD=$(abspath $(BUILD)) tests/bench/bench.py --size $(or $(SIZE),full) $(if $(RECORD),--record docs)

.PHONY: price
price: $(PROGRAM)           ## compare what hundreds and thousands of tenants cost a server with what the plan says
	@BUILD=$(abspath $(BUILD)) bats tests/bench/price.bats

.PHONY: check-cost
check-cost: $(PROGRAM)      ## compare what tenants check takes with what copying takes
	@BUILD=$(abspath $(BUILD)) bats tests/bench/check.bats

.PHONY: nothing
nothing:                    ## find tests that can hardly fail: they pass with a program that does nothing
	@tests/nothing

FAULTS ?= 200
.PHONY: torture
torture: $(PROGRAM)         ## break the world FAULTS times (200), by SEED, and count what is lost
	@BUILD=$(abspath $(BUILD)) tests/torture/torture.py --faults $(FAULTS) $(if $(SEED),--seed $(SEED)) --verbose

.PHONY: fuzz
fuzz:                       ## fuzz what reads from outside, MINUTES=1 for each target (clang)
	@BUILD=$(abspath $(BUILD)) tests/fuzz/run

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Within the program, as clang does it: the shared one of gcc refuses what tests preload.
SANITIZE_LDFLAGS := $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)
.PHONY: asan valgrind coverage format lint
asan:                       ## pass every test under the address and undefined behaviour sanitizers
	@ASAN_OPTIONS=exitcode=70 UBSAN_OPTIONS=exitcode=70:print_stacktrace=1 LSAN_OPTIONS=exitcode=70 \
	    $(MAKE) --no-print-directory BUILD=build/asan HARDENING=-fPIE CFLAGS='-O1 -g $(SANITIZE)' \
	    LDFLAGS='$(SANITIZE_LDFLAGS)' check
valgrind: $(UNIT)           ## pass the unit tests under valgrind
	@for program in $(UNIT); do \
	    echo "$$program"; \
	    valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
	        "$$program" >$(BUILD)/valgrind.out 2>&1 || { cat $(BUILD)/valgrind.out; exit 1; }; \
	done
coverage:                   ## pass every test, and report which lines they ran; fail where what decides is below 90%
	@rm -rf build/coverage
	@status=0; \
	$(MAKE) --no-print-directory BUILD=build/coverage HARDENING=-fPIE CFLAGS='-O0 -g --coverage' check || status=1; \
	gcovr --root . --filter src/ build/coverage --txt build/coverage/coverage.txt \
	    --csv build/coverage/coverage.csv --html-details build/coverage/coverage.html; \
	cat build/coverage/coverage.txt; \
	tests/coverage build/coverage/coverage.csv || status=1; \
	exit $$status
format:                     ## lay the code out as .clang-format says
	@clang-format -i $(shell find src include tests/unit -name '*.[ch]')
lint:                       ## tree, floors, headers, gcc, clang, layout, analysers, scripts, pages
	@tests/lint

# --- what the tables of options make -----------------------------------------------------------------

# Man pages, completions and docs/options.rst all come from the tables that parse the command line.
RST2MAN     := $(shell command -v rst2man || command -v rst2man.py)
MAN_PAGES   := $(addprefix $(BUILD)/man/monasca-migrate,.1 -tenants.1 -schema.1)
COMPLETIONS := $(addprefix $(BUILD)/completion/monasca-migrate.,bash zsh fish)

.PHONY: docs man completion
docs: $(PROGRAM)            ## renew docs/options.rst, which is checked in
	$(PROGRAM) help --format=options >docs/options.rst
man: $(MAN_PAGES)           ## build/man/monasca-migrate*.1
completion: $(COMPLETIONS)  ## build/completion/monasca-migrate.bash, .zsh and .fish

$(BUILD)/man/monasca-migrate.1: $(PROGRAM)
	@mkdir -p $(@D)
	$(PROGRAM) help --format=man >$(@:.1=.rst)
	$(or $(RST2MAN),@echo 'rst2man is missing: install python3-docutils' >&2; exit 1;) $(@:.1=.rst) $@
$(BUILD)/man/monasca-migrate-%.1: $(PROGRAM)
	@mkdir -p $(@D)
	$(PROGRAM) help --format=man $* >$(@:.1=.rst)
	$(or $(RST2MAN),@echo 'rst2man is missing: install python3-docutils' >&2; exit 1;) $(@:.1=.rst) $@
$(BUILD)/completion/monasca-migrate.%: $(PROGRAM)
	@mkdir -p $(@D)
	$(PROGRAM) help --format=$* >$@

# --- install -----------------------------------------------------------------------------------------

SHARE   = $(PREFIX)/share
DOCS    = $(SHARE)/doc/monasca-migrate
LINKS   = migrate-to-db-per-tenant monasca_db
BASHDIR = $(SHARE)/bash-completion/completions
# Debian's zsh looks into the second where a package put it.
ZSHDIR  = $(SHARE)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISHDIR = $(SHARE)/fish/vendor_completions.d
INSTALLED = $(PREFIX)/bin/monasca-migrate $(addprefix $(PREFIX)/bin/,$(LINKS)) \
            $(addprefix $(SHARE)/man/man1/,$(addsuffix .1,$(LINKS)) $(notdir $(MAN_PAGES))) \
            $(addprefix $(BASHDIR)/,monasca-migrate $(LINKS)) $(ZSHDIR)/_monasca-migrate \
            $(addprefix $(FISHDIR)/,$(addsuffix .fish,monasca-migrate $(LINKS))) $(DOCS)

.PHONY: install uninstall deb clean help
install: $(PROGRAM) $(MAN_PAGES) $(COMPLETIONS)   ## install under PREFIX (/usr/local), below DESTDIR
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(SHARE)/man/man1 $(BASHDIR) $(ZSHDIR) $(FISHDIR) $(DOCS))
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/monasca-migrate
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(SHARE)/man/man1
	ln -sf monasca-migrate-tenants.1 $(DESTDIR)$(SHARE)/man/man1/migrate-to-db-per-tenant.1
	ln -sf monasca-migrate-schema.1 $(DESTDIR)$(SHARE)/man/man1/monasca_db.1
	install -m 644 $(BUILD)/completion/monasca-migrate.bash $(DESTDIR)$(BASHDIR)/monasca-migrate
	install -m 644 $(BUILD)/completion/monasca-migrate.zsh $(DESTDIR)$(ZSHDIR)/_monasca-migrate
	install -m 644 $(BUILD)/completion/monasca-migrate.fish $(DESTDIR)$(FISHDIR)/monasca-migrate.fish
	for link in $(LINKS); do \
	    ln -sf monasca-migrate $(DESTDIR)$(PREFIX)/bin/$$link; \
	    ln -sf monasca-migrate $(DESTDIR)$(BASHDIR)/$$link; \
	    ln -sf monasca-migrate.fish $(DESTDIR)$(FISHDIR)/$$link.fish; \
	done
	install -m 644 LICENSE README.rst persister.conf.example $(wildcard docs/*.rst docs/*.svg) $(DESTDIR)$(DOCS)
uninstall:                  ## take away what install put there
	rm -rf $(addprefix $(DESTDIR),$(INSTALLED))

ARCH := $(shell dpkg --print-architecture 2>/dev/null)
DEB  := $(BUILD)/monasca-migrate_$(VERSION)_$(ARCH).deb
deb: $(DEB)                 ## a Debian package in build/ (needs dpkg-dev and python3-docutils)
$(DEB): $(PROGRAM) $(MAN_PAGES) $(COMPLETIONS) README.rst $(wildcard docs/*.rst docs/*.svg)
	rm -rf $(BUILD)/deb
	$(MAKE) -s install PREFIX=/usr DESTDIR=$(abspath $(BUILD))/deb/root
	strip $(BUILD)/deb/root/usr/bin/monasca-migrate
	cd $(BUILD)/deb/root/usr/share/man/man1 && gzip -9n monasca-migrate*.1 && \
	    for link in $(LINKS); do ln -s "$$(readlink $$link.1).gz" $$link.1.gz && rm $$link.1; done
	mv $(BUILD)/deb/root/usr/share/doc/monasca-migrate/LICENSE $(BUILD)/deb/root/usr/share/doc/monasca-migrate/copyright
	mkdir -p $(BUILD)/deb/root/DEBIAN $(BUILD)/deb/debian
	printf 'Source: monasca-migrate\n\nPackage: monasca-migrate\nArchitecture: any\n' >$(BUILD)/deb/debian/control
	cd $(BUILD)/deb && dpkg-shlibdeps -O root/usr/bin/monasca-migrate | sed 's/^shlibs:Depends=/Depends: /' >depends
	{ printf 'Package: monasca-migrate\nVersion: $(VERSION)\nArchitecture: $(ARCH)\nSection: admin\nPriority: optional\n'; \
	  printf 'Maintainer: The developers of monasca-migrate <monasca-migrate@example.org>\n'; \
	  printf 'Installed-Size: %s\n' "$$(du -sk --exclude=DEBIAN $(BUILD)/deb/root | cut -f1)"; \
	  cat $(BUILD)/deb/depends; \
	  printf 'Description: takes an OpenStack Monasca deployment over two thresholds\n'; \
	  printf ' From one InfluxDB database for all projects to one for each, and from a MySQL\n'; \
	  printf ' schema that a script made to one with a known revision that can be upgraded.\n'; \
	} >$(BUILD)/deb/root/DEBIAN/control
	cd $(BUILD)/deb/root && find usr -type f -exec md5sum {} + >DEBIAN/md5sums
	chmod -R u=rwX,go=rX $(BUILD)/deb/root
	dpkg-deb --root-owner-group --build $(BUILD)/deb/root $@
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

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
