#!/usr/bin/env bats
#
# What our configuration reader makes of a file is what the real oslo.config makes of it.
#
# cases/NAME.conf is one file; cases/NAME/ has the words of a command line in `args`, and perhaps
# variables in `env`. differences/NAME is what ours says where it differs on purpose; the first line
# is the reason. Needs python3-oslo.config of the distribution, and build/oslo-dump (make
# build/oslo-dump), or what OSLO_DUMP names.

setup_file() {
    [ -x "${OSLO_DUMP:=$BATS_TEST_DIRNAME/../../../build/oslo-dump}" ] || return 1
    OSLO_DUMP=$(realpath "$OSLO_DUMP")
    export OSLO_DUMP LC_ALL=C.UTF-8
    mkdir "$BATS_FILE_TMPDIR/theirs"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oracle.py" "$BATS_TEST_DIRNAME/cases" \
        "$BATS_FILE_TMPDIR/theirs"
}

ours() {
    cd "$BATS_TEST_DIRNAME/cases" || return 1
    if [ -f "$1.conf" ]; then
        "$OSLO_DUMP" --config-file "$1.conf"
        return
    fi
    (
        while IFS= read -r variable; do
            export "${variable?}"
        done < <(cat "$1/env" 2>/dev/null)
        # shellcheck disable=SC2046
        "$OSLO_DUMP" $(cat "$1/args")
    )
}

same() {
    ours "$1" >"$BATS_TEST_TMPDIR/ours" 2>"$BATS_TEST_TMPDIR/messages"
    diff -u "$BATS_FILE_TMPDIR/theirs/$1" "$BATS_TEST_TMPDIR/ours"
}

different() {
    ours "$1" >"$BATS_TEST_TMPDIR/ours" 2>"$BATS_TEST_TMPDIR/messages"
    diff -u <(tail -n +2 "$BATS_TEST_DIRNAME/differences/$1") "$BATS_TEST_TMPDIR/ours"
    run cmp -s "$BATS_FILE_TMPDIR/theirs/$1" "$BATS_TEST_TMPDIR/ours"
    [ "$status" -eq 1 ]
}

@test "every case has its test" {
    cd "$BATS_TEST_DIRNAME/cases"
    for case in *; do
        grep -q "^    \(same\|different\) ${case%.conf}\$" "$BATS_TEST_FILENAME"
    done
}

@test "oslo.config: an empty file sets nothing" {
    same empty
}

@test "oslo.config: comments and empty lines set nothing" {
    same comments-only
}

@test "oslo.config: the sign = separates key and value" {
    same equals
}

@test "oslo.config: the sign : separates key and value" {
    same colon
}

@test "oslo.config: the first of two signs separates, =" {
    same first-sign-equals
}

@test "oslo.config: the first of two signs separates, :" {
    same first-sign-colon
}

@test "oslo.config: # and ; within a value belong to it" {
    same hash-in-value
}

@test "oslo.config: an indented comment continues the value above" {
    same indented-comment
}

@test "oslo.config: an indented comment behind nothing is an error" {
    same indented-comment-alone
}

@test "oslo.config: indented lines continue a value" {
    same continuation
}

@test "oslo.config: an empty line ends a value" {
    same continuation-after-blank
}

@test "oslo.config: a line of spaces ends a value" {
    same continuation-after-spaces
}

@test "oslo.config: a comment ends a value" {
    same continuation-after-comment
}

@test "oslo.config: nothing continues a section" {
    same continuation-after-section
}

@test "oslo.config: a file can not begin with a continuation" {
    same continuation-first
}

@test "oslo.config: an indented assignment is part of the value above" {
    same continuation-assignment
}

@test "oslo.config: an indented section is part of the value above" {
    same continuation-section
}

@test "oslo.config: a value may begin on the line below its key" {
    same continuation-empty
}

@test "oslo.config: quotes over two lines stay" {
    same continuation-quotes
}

@test "oslo.config: a key without a sign is an error" {
    same no-sign
}

@test "oslo.config: a key without a sign is an error further down too" {
    same no-sign-midway
}

@test "oslo.config: an empty key is an error" {
    same empty-key
}

@test "oslo.config: an empty key before a colon is an error" {
    same empty-key-colon
}

@test "oslo.config: a value may be empty" {
    same empty-value
}

@test "oslo.config: an empty integer" {
    different empty-int
}

@test "oslo.config: an empty boolean is an error" {
    same empty-bool
}

@test "oslo.config: an empty port" {
    different empty-port
}

@test "oslo.config: an assignment before the first section is an error" {
    same before-section
}

@test "oslo.config: an assignment without any section is an error" {
    same before-section-only
}

@test "oslo.config: a section without its closing bracket is an error" {
    same section-open
}

@test "oslo.config: a lone bracket is an error" {
    same section-bracket-only
}

@test "oslo.config: a section without a name is an error" {
    same section-empty
}

@test "oslo.config: a comment behind a section is an error" {
    same section-comment
}

@test "oslo.config: a section ends at the last bracket of its line" {
    same section-comment-bracket
}

@test "oslo.config: spaces belong to a section name" {
    same section-spaces
}

@test "oslo.config: spaces behind a section are dropped" {
    same section-trailing
}

@test "oslo.config: an indented section is an error at the start" {
    same section-indented
}

@test "oslo.config: sections differ in case without effect" {
    same section-case
}

@test "oslo.config: the last of sections that differ in case wins" {
    same section-case-last
}

@test "oslo.config: the section default is not DEFAULT" {
    same section-default-case
}

@test "oslo.config: a section may stand twice" {
    same section-twice
}

@test "oslo.config: brackets may stand in a section name" {
    same section-brackets
}

@test "oslo.config: keys are compared with regard to case" {
    same key-case
}

@test "oslo.config: a dash in a key is no underscore" {
    same key-dash
}

@test "oslo.config: spaces may stand in a key" {
    same key-spaces
}

@test "oslo.config: a line that begins with a bracket is a section, with a sign too" {
    same key-bracket
}

@test "oslo.config: quotes belong to a key" {
    same key-quoted
}

@test "oslo.config: the last assignment wins" {
    same last-wins
}

@test "oslo.config: the last assignment wins, an empty one too" {
    same last-wins-empty
}

@test "oslo.config: one pair of quotes is taken off" {
    same quotes
}

@test "oslo.config: only one pair of quotes is taken off" {
    same quotes-doubled
}

@test "oslo.config: quotes keep spaces" {
    same quotes-spaces
}

@test "oslo.config: unbalanced quotes stay" {
    same quotes-unbalanced
}

@test "oslo.config: a lone quote is an empty value" {
    same quotes-lone
}

@test "oslo.config: quotes within a value stay" {
    same quotes-inner
}

@test "oslo.config: what follows the quotes keeps them" {
    same quotes-comment
}

@test "oslo.config: lines may end in CR LF" {
    same crlf
}

@test "oslo.config: lines may end in CR" {
    same cr
}

@test "oslo.config: all ends of lines may be mixed" {
    same mixed-ends
}

@test "oslo.config: the last line needs no end" {
    same no-newline
}

@test "oslo.config: tabs are white space" {
    same tabs
}

@test "oslo.config: form feeds are white space and begin no continuation" {
    same form-feed
}

@test "oslo.config: the separators of ASCII are white space" {
    same separators
}

@test "oslo.config: a no-break space is white space" {
    same nbsp
}

@test "oslo.config: U+0085 ends no line" {
    same next-line
}

@test "oslo.config: a zero-width space is no white space" {
    same zero-width
}

@test "oslo.config: a byte order mark in front of a section is an error" {
    same bom
}

@test "oslo.config: a byte order mark in front of a comment is an error" {
    same bom-comment
}

@test "oslo.config: a byte order mark in front of a comment with a sign is an error" {
    same bom-comment-sign
}

@test "oslo.config: a byte order mark alone is an error" {
    same bom-empty
}

@test "oslo.config: a value may hold any character" {
    same utf8
}

@test "oslo.config: bytes that are no UTF-8 are an error" {
    same latin1
}

@test "oslo.config: bytes that are no UTF-8 are an error in a comment too" {
    same latin1-comment
}

@test "oslo.config: an encoded surrogate is an error" {
    same surrogate
}

@test "oslo.config: a line may be very long" {
    same long-line
}

@test "oslo.config: a key may be very long" {
    same long-key
}

@test "oslo.config: control characters are part of a value" {
    same control
}

@test "oslo.config: true is true" {
    same bool-true-1
}

@test "oslo.config: TRUE is true" {
    same bool-true-2
}

@test "oslo.config: Yes is true" {
    same bool-true-3
}

@test "oslo.config: oN is true" {
    same bool-true-4
}

@test "oslo.config: 1 is true" {
    same bool-true-5
}

@test "oslo.config: false is false" {
    same bool-false-1
}

@test "oslo.config: No is false" {
    same bool-false-2
}

@test "oslo.config: OFF is false" {
    same bool-false-3
}

@test "oslo.config: 0 is false" {
    same bool-false-4
}

@test "oslo.config: other words are no booleans" {
    same bool-words
}

@test "oslo.config: spaces in quotes spoil a boolean" {
    same bool-spaces
}

@test "oslo.config: 2 and 01 are no booleans" {
    same bool-two
}

@test "oslo.config: a boolean has one line" {
    same bool-lines
}

@test "oslo.config: spaces around an integer are dropped" {
    same int-spaces
}

@test "oslo.config: an underscore may stand between digits" {
    same int-underscore
}

@test "oslo.config: two underscores may not" {
    same int-underscores
}

@test "oslo.config: an underscore may not end an integer" {
    same int-underscore-end
}

@test "oslo.config: an integer may have a sign" {
    same int-sign
}

@test "oslo.config: a sign stands right before the digits" {
    same int-sign-space
}

@test "oslo.config: one sign is enough" {
    same int-signs
}

@test "oslo.config: zeros may lead an integer" {
    same int-zeros
}

@test "oslo.config: hexadecimal is no integer" {
    same int-hex
}

@test "oslo.config: a fraction is no integer" {
    same int-float
}

@test "oslo.config: a port is at most 65535" {
    same int-port-high
}

@test "oslo.config: a port is not negative" {
    same int-port-low
}

@test "oslo.config: port 0 is a number in range" {
    same int-port-zero
}

@test "oslo.config: the largest number of 64 bits" {
    same int-limits
}

@test "oslo.config: the smallest number of 64 bits" {
    same int-smallest
}

@test "oslo.config: a number beyond 64 bits" {
    different int-huge
}

@test "oslo.config: a word is no integer" {
    same int-words
}

@test "oslo.config: Unicode white space around an integer is dropped" {
    same int-nbsp
}

@test "oslo.config: an integer may be followed by an empty continuation only" {
    same int-lines
}

@test "oslo.config: digits of other scripts" {
    different int-arabic
}

@test "oslo.config: \$name is replaced" {
    same sub-simple
}

@test "oslo.config: \${name} is replaced" {
    same sub-braces
}

@test "oslo.config: a default is put in" {
    same sub-default
}

@test "oslo.config: a default may hold a substitution" {
    same sub-default-chain
}

@test "oslo.config: an option without a value puts in nothing" {
    same sub-none
}

@test "oslo.config: \${group.name} is replaced" {
    same sub-group
}

@test "oslo.config: \$group.name needs no braces" {
    same sub-group-bare
}

@test "oslo.config: a name takes all the dots" {
    same sub-group-dots
}

@test "oslo.config: a dot behind a name is part of it" {
    same sub-group-sentence
}

@test "oslo.config: a group in a substitution is compared with regard to case" {
    same sub-group-case
}

@test "oslo.config: DEFAULT is no group" {
    same sub-group-default
}

@test "oslo.config: an unknown group is an error" {
    same sub-group-unknown
}

@test "oslo.config: an unknown option of a group is an error" {
    same sub-group-option
}

@test "oslo.config: a group can not be put in" {
    same sub-group-itself
}

@test "oslo.config: a name is looked up in its own section first" {
    same sub-same-section
}

@test "oslo.config: a name is looked up in DEFAULT next" {
    same sub-default-section
}

@test "oslo.config: a name of DEFAULT is not looked up in other sections" {
    same sub-not-other
}

@test "oslo.config: a known option without a value hides the one in DEFAULT" {
    same sub-known-empty
}

@test "oslo.config: an unknown option is an error" {
    same sub-unknown
}

@test "oslo.config: an unknown option in braces is an error" {
    same sub-unknown-braces
}

@test "oslo.config: \$\$ is a dollar sign" {
    same sub-dollars
}

@test "oslo.config: three dollar signs" {
    same sub-dollars-odd
}

@test "oslo.config: a backslash makes a dollar sign plain" {
    same sub-backslash
}

@test "oslo.config: two backslashes leave one" {
    same sub-backslashes
}

@test "oslo.config: a dollar sign that begins nothing is itself" {
    same sub-lone
}

@test "oslo.config: an open brace is itself" {
    same sub-braces-open
}

@test "oslo.config: names are compared with regard to case" {
    same sub-name-case
}

@test "oslo.config: digits may stand in a name but not in front" {
    same sub-name-digits
}

@test "oslo.config: letters beyond ASCII end a name" {
    same sub-name-umlaut
}

@test "oslo.config: four letters beyond ASCII are letters of a name" {
    same sub-name-folded
}

@test "oslo.config: a dot can not begin a name" {
    same sub-name-dot
}

@test "oslo.config: values are put in after their own substitution" {
    same sub-nested
}

@test "oslo.config: an escape is taken off once for each value" {
    same sub-nested-escape
}

@test "oslo.config: an option can not hold itself" {
    same sub-self
}

@test "oslo.config: options can not hold each other" {
    same sub-loop
}

@test "oslo.config: options of two sections can not hold each other" {
    same sub-loop-group
}

@test "oslo.config: quotes that are put in stay" {
    same sub-quotes
}

@test "oslo.config: quotes come off before the substitution" {
    same sub-quotes-outer
}

@test "oslo.config: a boolean is put in as True or False" {
    same sub-bool
}

@test "oslo.config: an integer is put in as a number" {
    same sub-int
}

@test "oslo.config: an empty integer puts in nothing" {
    different sub-int-empty
}

@test "oslo.config: a wrong integer spoils what it is put into" {
    same sub-int-wrong
}

@test "oslo.config: a wrong boolean spoils what it is put into" {
    same sub-bool-wrong
}

@test "oslo.config: an integer out of range spoils what it is put into" {
    same sub-range-wrong
}

@test "oslo.config: a substitution may make an integer" {
    same sub-into-int
}

@test "oslo.config: a substitution may make a boolean" {
    same sub-into-bool
}

@test "oslo.config: there is no substitution in keys and sections" {
    same sub-key
}

@test "oslo.config: a substitution may stand on a continued line" {
    same sub-lines
}

@test "oslo.config: a password may hold anything but a name behind a dollar sign" {
    same sub-password
}

@test "oslo.config: a name behind a dollar sign spoils a password" {
    same sub-password-name
}

@test "oslo.config: a digit behind a dollar sign does not" {
    same sub-password-digit
}

@test "oslo.config: an option that only the file knows" {
    different sub-unregistered
}

@test "oslo.config: a section that only the file knows" {
    different sub-unregistered-group
}

@test "oslo.config: an unknown option further down sends the search on to DEFAULT" {
    same sub-fallback
}

@test "oslo.config: an error other than an unknown option does not" {
    same sub-fallback-none
}

@test "oslo.config: the search goes on at the innermost section that can" {
    same sub-fallback-deep
}

@test "oslo.config: a percent sign is no interpolation" {
    same percent
}

@test "oslo.config: a connection URL with everything" {
    same url
}

@test "oslo.config: a connection URL without quotes" {
    same url-bare
}

@test "oslo.config: a former name is read" {
    same old-name
}

@test "oslo.config: the present name wins over a former one in one file" {
    same old-name-both
}

@test "oslo.config: the present name wins over a former one above it" {
    same old-name-wins
}

@test "oslo.config: later files win" {
    same files
}

@test "oslo.config: later files win with sections in another case" {
    same files-case
}

@test "oslo.config: a later file wins with an empty value" {
    same files-empty
}

@test "oslo.config: a section does not go on in the next file" {
    same files-section
}

@test "oslo.config: a file may be named twice" {
    same files-twice
}

@test "oslo.config: a substitution sees later files" {
    same files-sub
}

@test "oslo.config: a former name in a later file wins" {
    same files-old-name
}

@test "oslo.config: a missing file is an error" {
    same files-missing
}

@test "oslo.config: a directory is no file" {
    same files-directory
}

@test "oslo.config: an error in the first file counts" {
    same files-bad-first
}

@test "oslo.config: the files of a directory are read in sorted order" {
    same dir
}

@test "oslo.config: only *.conf of a directory is read, and nothing hidden" {
    same dir-other
}

@test "oslo.config: a directory wins over a file before it" {
    same dir-file
}

@test "oslo.config: a later directory wins" {
    same dir-two
}

@test "oslo.config: a missing directory is an error" {
    same dir-missing
}

@test "oslo.config: capitals sort before small letters" {
    same dir-upper
}

@test "oslo.config: a bad file in a directory is an error" {
    same dir-bad
}

@test "oslo.config: a directory named x.conf is an error" {
    same dir-inner
}

@test "oslo.config: a file in the place of a directory" {
    different dir-is-file
}

@test "oslo.config: the environment wins over the file" {
    same env
}

@test "oslo.config: the environment sets what no file sets" {
    same env-alone
}

@test "oslo.config: an empty variable is an empty value" {
    same env-empty
}

@test "oslo.config: the environment is substituted too" {
    same env-sub
}

@test "oslo.config: quotes and spaces of the environment stay" {
    same env-raw
}

@test "oslo.config: a wrong value in the environment is an error" {
    same env-wrong
}

@test "oslo.config: variables are upper case" {
    same env-case
}

@test "oslo.config: a former name has no variable" {
    same env-old-name
}
