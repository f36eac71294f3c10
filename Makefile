# make            build/monasca-migrate
# make check      every test (short forms); ends with "N passed, N failed"
# make help       the other targets

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
BUILD   ?= build
CFLAGS  ?= -O2 -g
VERSION := 0.1.0

PACKAGES  := libcurl jansson libpcre2-8 libmariadb sqlite3 libcrypto
WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
             -Wformat=2 -Wvla -Wwrite-strings
HARDENING := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES)) -liniparser

ALL_CFLAGS  = -std=c17 -D_GNU_SOURCE -DMONASCA_MIGRATE_VERSION='"$(VERSION)"' -Iinclude $(PKG_CFLAGS) \
              $(WARNINGS) $(HARDENING) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)

SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/schema/builtin.o
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

# The revisions of the schema, and the canonical text of each, as bytes.
BUILTIN_REVISIONS := $(sort $(wildcard src/schema/revisions/*.sql))
BUILTIN_STATES    := $(sort $(wildcard src/schema/states/*.txt))

$(BUILD)/gen/builtin.c: tools/embed.sh $(BUILTIN_REVISIONS) $(BUILTIN_STATES) src/schema/revisions src/schema/states
	@mkdir -p $(@D)
	{ echo '#include "schema/builtin.h"'; sh tools/embed.sh builtin_revisions $(BUILTIN_REVISIONS); \
	  sh tools/embed.sh builtin_states $(BUILTIN_STATES); } > $@.new
	mv $@.new $@

$(BUILD)/obj/schema/builtin.o: $(BUILD)/gen/builtin.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PKG_LIBS) $(shell pkg-config --libs cmocka)

# Prints what our configuration reader says, to be compared with oslo.config (tests/cli/oslo).
$(BUILD)/oslo-dump: tests/cli/oslo/dump.c $(LIBRARY)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PKG_LIBS)

.PHONY: unit
unit: $(UNIT)
	@for test in $(UNIT); do $$test || exit 1; done

# Rebuild when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(ALL_CFLAGS))' | cmp -s - $@ || echo '$(CC) $(subst ','\'',$(ALL_CFLAGS))' > $@

.PHONY: FORCE
FORCE:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
