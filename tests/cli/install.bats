#!/usr/bin/env bats
# Installing, uninstalling, and the Debian package.

load ../lib/live

setup_file() {
    export DEST=$BATS_FILE_TMPDIR/dest
    command -v rst2man >/dev/null || command -v rst2man.py >/dev/null || return 0
    export BUILT=$BATS_FILE_TMPDIR/build
    make_quietly -j 2 all man completion
    make_quietly install DESTDIR="$DEST" PREFIX=/usr/local
}

setup() {
    command -v rst2man >/dev/null || command -v rst2man.py >/dev/null || skip 'no rst2man (python3-docutils)'
}

# Runs make with a build of its own, so that the build that other tests use stays as it is.
make_quietly() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "${ROOT:?}" BUILD="$BUILT" CFLAGS=-O1 "$@" >"$BATS_FILE_TMPDIR/make.log" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/make.log"
        return 1
    }
}

installed() {
    (cd "$1" && find . ! -type d | sort)
}

@test "make install puts the program, its links, man pages, completions and docs in their places" {
    share=$DEST/usr/local/share
    run -0 "$DEST/usr/local/bin/monasca-migrate" --version
    for link in migrate-to-db-per-tenant monasca_db; do
        [ "$(readlink "$DEST/usr/local/bin/$link")" = monasca-migrate ]
        [ -e "$share/man/man1/$link.1" ]
        [ -e "$share/bash-completion/completions/$link" ]
        [ -e "$share/fish/vendor_completions.d/$link.fish" ]
    done
    for page in monasca-migrate monasca-migrate-tenants monasca-migrate-schema; do
        [ -s "$share/man/man1/$page.1" ]
    done
    [ -s "$share/zsh/site-functions/_monasca-migrate" ]
    for file in LICENSE README.rst persister.conf.example operator-guide.rst options.rst; do
        [ -s "$share/doc/monasca-migrate/$file" ]
    done
}

@test "the installed names act as the old tools" {
    run -0 "$DEST/usr/local/bin/migrate-to-db-per-tenant" --help
    says 'monasca-migrate tenants run'
    run -0 "$DEST/usr/local/bin/monasca_db" --help
    says 'monasca-migrate schema'
}

@test "man shows the installed pages" {
    command -v man >/dev/null || skip 'no man'
    MANPATH=$DEST/usr/local/share/man run -0 man -P cat migrate-to-db-per-tenant
    says 'MONASCA-MIGRATE-TENANTS\(1\)'
}

@test "make uninstall leaves nothing" {
    make_quietly install DESTDIR="$BATS_TEST_TMPDIR/gone" PREFIX=/opt/monasca
    [ -n "$(installed "$BATS_TEST_TMPDIR/gone")" ]
    make_quietly uninstall DESTDIR="$BATS_TEST_TMPDIR/gone" PREFIX=/opt/monasca
    [ -z "$(installed "$BATS_TEST_TMPDIR/gone")" ]
}

@test "make uninstall touches nothing that install did not put there" {
    mkdir -p "$BATS_TEST_TMPDIR/other/usr/local/bin" "$BATS_TEST_TMPDIR/other/usr/local/share/doc"
    touch "$BATS_TEST_TMPDIR/other/usr/local/bin/tool" "$BATS_TEST_TMPDIR/other/usr/local/share/doc/page"
    make_quietly install DESTDIR="$BATS_TEST_TMPDIR/other"
    make_quietly uninstall DESTDIR="$BATS_TEST_TMPDIR/other"
    [ "$(installed "$BATS_TEST_TMPDIR/other")" = './usr/local/bin/tool
./usr/local/share/doc/page' ]
}

@test "make deb makes a package that declares what the program is linked with, and runs unpacked" {
    command -v dpkg-shlibdeps >/dev/null || skip 'no dpkg-shlibdeps (dpkg-dev)'
    # Whatever the umask is, everybody may read the installed files.
    (umask 077 && make_quietly deb)
    deb=$(ls "$BUILT"/monasca-migrate_*.deb)
    depends=$(dpkg-deb -f "$deb" Depends)
    run ! grep -vxE 'drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|lrwxrwxrwx' <(dpkg-deb -c "$deb" | cut -c 1-10 | sort -u)
    # Every library that the program asks for comes in a package, which must be a dependency.
    readelf -d "$BUILT/monasca-migrate" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | while read -r library; do
        package=$(dpkg-query -S "*/$library" | head -n 1 | sed 's/:.*//')
        grep -qF "$package" <<<"$depends" || {
            echo "$library of $package is in no dependency: $depends"
            return 1
        }
    done
    dpkg-deb -x "$deb" "$BATS_TEST_TMPDIR/root"
    run -0 "$BATS_TEST_TMPDIR/root/usr/bin/migrate-to-db-per-tenant" --version
    [ -e "$BATS_TEST_TMPDIR/root/usr/share/man/man1/monasca_db.1.gz" ]
    (cd "$BATS_TEST_TMPDIR/root" && dpkg-deb --ctrl-tarfile "$deb" | tar -xO ./md5sums | md5sum -c --quiet)
}

@test "dpkg installs the package into a root of its own, and purges it without a trace" {
    command -v dpkg-shlibdeps >/dev/null || skip 'no dpkg-shlibdeps (dpkg-dev)'
    [ "$(id -u)" = 0 ] || skip 'dpkg needs root'
    make_quietly deb
    local root=$BATS_TEST_TMPDIR/root
    mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info" "$root/var/log"
    touch "$root/var/lib/dpkg/status"
    # The root holds nothing but dpkg's own files: the program will use the libraries of the machine.
    dpkg --root="$root" --force-depends --log="$root/var/log/dpkg.log" -i "$BUILT"/monasca-migrate_*.deb
    run -0 "$root/usr/bin/monasca-migrate" help
    before=$(installed "$root/usr" | wc -l)
    [ "$before" -ge 15 ]
    dpkg --root="$root" --force-depends --log="$root/var/log/dpkg.log" --purge monasca-migrate
    [ ! -e "$root/usr" ] || [ -z "$(installed "$root/usr")" ]
}
