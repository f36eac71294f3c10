#!/usr/bin/env bats
# Help, man pages, the option reference and completions, all made of the tables that parse.

load ../lib/live

# Every command as "group command", a line each, in the file $COMMANDS; a loop over none would find nothing wrong.
setup() {
    COMMANDS=$BATS_TEST_TMPDIR/commands
    "$PROGRAM" help | sed -n 's/^  \(tenants\|schema\) *\([a-z-]*\) .*/\1 \2/p' >"$COMMANDS"
    [ "$(wc -l <"$COMMANDS")" -ge 4 ]
}

# The long options that a help text or a page on standard input explains.
options_in_help() {
    grep -oE '^  (-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u
}

@test "every command has help with a summary, options and examples, by three ways" {
    while read -r group command; do
        "$PROGRAM" "$group" "$command" --help >"$BATS_TEST_TMPDIR/a"
        "$PROGRAM" help "$group" "$command" >"$BATS_TEST_TMPDIR/b"
        "$PROGRAM" --help "$group" "$command" >"$BATS_TEST_TMPDIR/c"
        cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
        cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/c"
        for words in "^usage: monasca-migrate $group $command" '^Common options:' '^Examples:' "^    monasca-migrate $group $command"; do
            grep -q -- "$words" "$BATS_TEST_TMPDIR/a" || {
                echo "help $group $command lacks $words"
                return 1
            }
        done
    done <"$COMMANDS"
}

@test "help of a group lists its commands, and needs no command" {
    run -0 "$PROGRAM" tenants --help
    says '^  run '
    run -0 "$PROGRAM" help tenants
    says '^  verify '
}

@test "help fits into a hundred columns" {
    {
        "$PROGRAM" help
        while read -r group command; do "$PROGRAM" help "$group" "$command"; done <"$COMMANDS"
    } >"$BATS_TEST_TMPDIR/all"
    [ "$(grep -c '^usage: ' "$BATS_TEST_TMPDIR/all")" -gt "$(wc -l <"$COMMANDS")" ]
    run -1 grep -nE '.{101}' "$BATS_TEST_TMPDIR/all"
}

@test "the options in every example parse" {
    # --help ends each before it does anything, but what stands beside it is parsed first.
    while read -r group command; do
        "$PROGRAM" help "$group" "$command" | sed -n '/^Examples:/,$p' | grep -A 3 '^    ' | sed 's/^    //' |
            sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' | grep '^monasca-migrate ' >"$BATS_TEST_TMPDIR/examples"
        while IFS= read -r example; do
            example=${example%% |*}
            run -0 bash -c "monasca-migrate() { \"\$PROGRAM\" \"\$@\" --help; }; $example"
            says "^usage: monasca-migrate $group $command"
        done <"$BATS_TEST_TMPDIR/examples"
    done <"$COMMANDS"
}

@test "docs/options.rst is what the tables say ('make docs' renews it)" {
    "$PROGRAM" help --format=options | diff "$ROOT/docs/options.rst" -
}

@test "the man pages name every command and every option" {
    "$PROGRAM" help --format=man >"$BATS_TEST_TMPDIR/main"
    while read -r group command; do
        "$PROGRAM" help --format=man "$group" >"$BATS_TEST_TMPDIR/page"
        grep -qx "$group $command" "$BATS_TEST_TMPDIR/page"
        grep -qF "\`\`$group $command\`\`" "$BATS_TEST_TMPDIR/main"
        "$PROGRAM" help "$group" "$command" | options_in_help >"$BATS_TEST_TMPDIR/options"
        grep -qx -- --help "$BATS_TEST_TMPDIR/options"
        while read -r option; do
            grep -qE "^\`\`(-., |-. [A-Z]+, )?${option}[\` [ ]" "$BATS_TEST_TMPDIR/page" || {
                echo "the page of $group lacks $option of $command"
                return 1
            }
        done <"$BATS_TEST_TMPDIR/options"
    done <"$COMMANDS"
}

@test "rst2man takes the man pages without a complaint" {
    rst2man=$(command -v rst2man || command -v rst2man.py) || skip 'no rst2man (python3-docutils)'
    for group in '' tenants schema; do
        # shellcheck disable=SC2086  # nothing, where it is empty
        "$PROGRAM" help --format=man $group | "$rst2man" --halt=2 >"$BATS_TEST_TMPDIR/page.1"
        grep -qE "^\.TH \"?MONASCA-MIGRATE${group:+-${group^^}}\"? " "$BATS_TEST_TMPDIR/page.1"
        grep -q '^\.SH NAME' "$BATS_TEST_TMPDIR/page.1"
    done
}

@test "the exit statuses stand in the help, the man page and docs/exit-statuses.rst" {
    for status in 0 1 2 3 4 5 70; do
        "$PROGRAM" help | grep -qE "^ +$status  "
        "$PROGRAM" help --format=man | grep -qxF "\`\`$status\`\`"
        grep -qxF "\`\`$status\`\`" "$ROOT/docs/exit-statuses.rst"
    done
}

@test "--version prints one line, under every name" {
    run -0 "$PROGRAM" --version
    says '^monasca-migrate [0-9]+\.[0-9]+\.[0-9]+$'
    for name in migrate-to-db-per-tenant monasca_db; do
        ln -sf "$PROGRAM" "$BATS_TEST_TMPDIR/$name"
        run -0 "$BATS_TEST_TMPDIR/$name" --version
        says '^monasca-migrate [0-9]'
    done
}

# --- completions ---------------------------------------------------------------------------------

# What bash would offer for the words given, the last of which is being typed.
offered() {
    (
        # shellcheck disable=SC1090
        source <("$PROGRAM" help --format=bash)
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _monasca_migrate "$1" "${*: -1}" "${COMP_WORDS[COMP_CWORD - 1]}"
        [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
    )
}

@test "bash completes groups, commands, options and their values" {
    [ "$(offered monasca-migrate ten)" = tenants ]
    [ "$(offered monasca-migrate tenants ver)" = verify ]
    [ "$(offered monasca-migrate tenants run --migrate-sk)" = --migrate-skip-regex ]
    [ "$(offered monasca-migrate tenants run --output js)" = json ]
    [ "$(offered monasca-migrate tenants run --output = js)" = json ]
    [ "$(offered monasca-migrate tenants run --migrate-time-unit '')" = $'h\nd\nw' ]
    [ "$(offered monasca-migrate tenants --config-file x.conf ver)" = verify ]
    [ "$(offered monasca-migrate help ten)" = tenants ]
    [ -z "$(offered monasca-migrate tenants run --tenant a)" ]
}

@test "bash completes behind the names of the old tools" {
    [ "$(offered migrate-to-db-per-tenant --migrate-sk)" = --migrate-skip-regex ]
    [ "$(offered monasca_db upg)" = upgrade ]
    [ "$(offered monasca_db stamp --from)" = --from-fingerprint ]
}

@test "bash offers files and folders where an option names one" {
    cd "$BATS_TEST_TMPDIR"
    mkdir state-a
    touch state-b.conf
    [ "$(offered monasca-migrate tenants run --state-dir state)" = state-a ]
    [ "$(offered monasca-migrate tenants run --config-file state-b)" = state-b.conf ]
}

@test "bash is offered exactly the options that the help explains" {
    while read -r group command; do
        "$PROGRAM" help "$group" "$command" | sed '/^Examples:/,$d' | options_in_help >"$BATS_TEST_TMPDIR/explained"
        grep -qx -- --help "$BATS_TEST_TMPDIR/explained"
        diff "$BATS_TEST_TMPDIR/explained" <(offered monasca-migrate "$group" "$command" -- | sort -u)
    done <"$COMMANDS"
}

@test "the completions are programs that their shells can read" {
    "$PROGRAM" help --format=bash >"$BATS_TEST_TMPDIR/bash"
    "$PROGRAM" help --format=zsh >"$BATS_TEST_TMPDIR/zsh"
    "$PROGRAM" help --format=fish >"$BATS_TEST_TMPDIR/fish"
    for shell in bash zsh fish; do
        grep -q migrate-skip-regex "$BATS_TEST_TMPDIR/$shell"
    done
    bash -n "$BATS_TEST_TMPDIR/bash"
    for shell in zsh fish; do
        command -v "$shell" >/dev/null || skip "no $shell"
        "$shell" -n "$BATS_TEST_TMPDIR/$shell"
    done
    command -v shellcheck >/dev/null || skip 'no shellcheck'
    shellcheck "$BATS_TEST_TMPDIR/bash"
}

@test "fish completes groups, commands and options" {
    command -v fish >/dev/null || skip 'no fish'
    "$PROGRAM" help --format=fish >"$BATS_TEST_TMPDIR/fish"
    export HOME=$BATS_TEST_TMPDIR
    complete() { fish -N -c "source '$BATS_TEST_TMPDIR/fish'; complete -C '$1'" | cut -f 1; }
    [ "$(complete 'monasca-migrate ten')" = tenants ]
    [ "$(complete 'monasca-migrate tenants ver')" = verify ]
    [ "$(complete 'monasca-migrate tenants run --migrate-sk')" = --migrate-skip-regex ]
    [ "$(complete 'monasca-migrate tenants run --output js')" = json ]
    [ "$(complete 'migrate-to-db-per-tenant --migrate-sk')" = --migrate-skip-regex ]
}

@test "zsh completes groups, commands, options and values" {
    command -v zsh >/dev/null || skip 'no zsh'
    script -qec true /dev/null >/dev/null 2>&1 || skip 'no pseudo-terminal'
    mkdir "$BATS_TEST_TMPDIR/zsh"
    "$PROGRAM" help --format=zsh >"$BATS_TEST_TMPDIR/zsh/_monasca-migrate"
    # A shell on a terminal of its own: each line ends in a tab, and functions print what they are given.
    cat >"$BATS_TEST_TMPDIR/type" <<'END'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; unsetopt zle_bracketed_paste; fpath=(\$PWD \$fpath); autoload -Uz compinit; compinit -u -D; for name in monasca-migrate migrate-to-db-per-tenant; do eval \"\$name() { print -r -- \\\"<\\\$*>\\\" }\"; done; print READY"
zpty -r -m z out '*READY*READY*'
while IFS= read -r line; do
    zpty -w z "$line"$'\t'
    zpty -r -m z out '*<*>*' && print -r -- "${${out##*<}%%>*}"
done
zpty -d z
END
    cd "$BATS_TEST_TMPDIR/zsh"
    timeout 60 zsh -f ../type >../typed 3>&- <<'END'
monasca-migrate ten
monasca-migrate tenants ver
monasca-migrate tenants run --migrate-sk
monasca-migrate --config-file x tenants run --quiet --output js
migrate-to-db-per-tenant --migrate-sk
END
    [ "$(sed 's/[= ]*$//' ../typed)" = 'tenants
tenants verify
tenants run --migrate-skip-regex
--config-file x tenants run --quiet --output json
--migrate-skip-regex' ]
}
