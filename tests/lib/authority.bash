# Certificates for tests: `load ../lib/authority`. All files go to the working directory.
#
#     authority ca                                  ca.pem, ca.key: an authority
#     certificate good -days 2 -- 'IP:127.0.0.1'    good.pem, good.key, signed by ca; for these names
#     certificate old -not_after 20200102000000Z -- 'DNS:h'    the same, made long ago

# shellcheck shell=bash

authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=test authority $1" 2>/dev/null
}

# certificate NAME OPTION... -- SUBJECT-ALTERNATIVE-NAME
certificate() {
    local name=$1 san=${*: -1}
    openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
    mkdir -p "$name.ca"
    : >"$name.ca/index"
    echo 01 >"$name.ca/serial"
    cat >"$name.cnf" <<CNF
[ca]
default_ca = d
[d]
database = $name.ca/index
serial = $name.ca/serial
new_certs_dir = $name.ca
default_md = sha256
policy = p
x509_extensions = e
[p]
commonName = supplied
[e]
subjectAltName = $san
CNF
    if [ "$2" = -not_after ]; then
        openssl ca -batch -notext -config "$name.cnf" -cert ca.pem -keyfile ca.key -in "$name.csr" -out "$name.pem" \
            -startdate 20200101000000Z -enddate "$3" 2>/dev/null
    else
        openssl ca -batch -notext -config "$name.cnf" -cert ca.pem -keyfile ca.key -in "$name.csr" -out "$name.pem" \
            -days "$3" 2>/dev/null
    fi
}

# A certificate that is its own authority: self_signed NAME SUBJECT-ALTERNATIVE-NAME
self_signed() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" \
        -addext "subjectAltName=$2" 2>/dev/null
}
