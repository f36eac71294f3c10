#!/usr/bin/env bats
# The fuzzers run their corpora, so that a finding that was mended stays so, and a few inputs more.

ROOT=$(cd "${BATS_TEST_DIRNAME%%/tests/*}" && pwd)

@test "the fuzzers' corpora, and up to 3,000 inputs made from each, give no finding" {
    echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n ? 0 : 0; }' >"$BATS_TEST_TMPDIR/try.c"
    clang -fsanitize=fuzzer -o "$BATS_TEST_TMPDIR/try" "$BATS_TEST_TMPDIR/try.c" 2>/dev/null ||
        skip 'no clang with libFuzzer (tests/deps ci)'
    run "$ROOT/tests/fuzz/run" --short
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c 'no finding' <<<"$output")" -eq "$(find "$ROOT/tests/fuzz" -name 'fuzz_*.c' | wc -l)" ]
}
