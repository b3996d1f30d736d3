#!/bin/sh
# Put the tools that `make bench` compares with into the folder PEERS. A tool that cannot be had is named and left out.
# usage: setup.sh PEERS
set -u

peers=$1
mkdir -p "$peers/bin" || exit 1

missing() {
    echo "darkroom: $1 is left out: $2" >&2
}

from_npm() {
    npm install --prefix "$peers" --no-audit --no-fund --loglevel=error "$1" >"$peers/npm.log" 2>&1 ||
        missing "$1" "npm cannot install it; see $peers/npm.log."
}

# Unpack Debian's packages into the folder, which needs no root.
from_debian() {
    (cd "$peers" && apt-get download libjpeg-turbo-progs libjpeg62-turbo && for each in *.deb; do dpkg -x "$each" debian || exit 1; done) \
        >"$peers/apt.log" 2>&1 && ln -sf ../debian/usr/bin/jpegtran "$peers/bin/jpegtran"
}

if command -v npm >/dev/null 2>&1; then
    from_npm sharp@0.35.5
    from_npm exiftool-vendored.pl@13.59.3
    ln -sf ../node_modules/exiftool-vendored.pl/bin/exiftool "$peers/bin/exiftool"
else
    missing "sharp and exiftool" "npm is not installed."
fi
command -v jpegtran >/dev/null 2>&1 || from_debian || missing jpegtran "install libjpeg-turbo-progs (brew: jpeg-turbo)."
command -v mat2 >/dev/null 2>&1 || missing mat2 "it needs cairo and GObject: install it with the system's packages."
