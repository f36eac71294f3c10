#!/usr/bin/env bats
# The pages of promises name the test of each; here is that these tests are there.

load ../lib/live

@test "each promise of reliability and security names tests and faults that are there" {
    run -0 "$LIB/promises.py" "$ROOT/docs/reliability.rst" "$ROOT/docs/security.rst"
}

@test "a promise whose test has another name, or none, is found" {
    page=$BATS_TEST_TMPDIR/page.rst
    sed -e 's/two that align at once/three that align at once/; s/schema:frozen/schema:melted/' "$ROOT/docs/reliability.rst" >"$page"
    run -1 "$LIB/promises.py" "$page"
    says 'no test "three that align at once'
    says 'no fault schema:melted'
}
