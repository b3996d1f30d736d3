#!/bin/sh
# Make the virtual environment $1 and install the pinned dependencies of the list $2 into it, unless that is done.
# usage: make_venv.sh VENV test|dev [PYTHON]
# Every way to fail ends with one sentence on stderr and status 1.
set -u

venv=$1
list=$2
wanted=${3:-}
log="$venv/install.log"
stamp="$venv/.installed-$list"

fail() {
    echo "darkroom: $1" >&2
    exit 1
}

# A version manager's shim may be on the PATH and not start, so ask it to run something.
starts() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

# Debian and Ubuntu ship ensurepip, without which venv fails, in a package of its own.
complete() {
    starts "$1" && "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

first_that() {
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
        if "$1" "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

pick_python() {
    if [ -n "$wanted" ]; then
        starts "$wanted" || fail "PYTHON=$wanted does not start or is not a Python from 3.11 to 3.14."
        python=$wanted
        return
    fi
    python=$(first_that complete)
    [ -n "$python" ] || python=$(first_that starts)
    [ -n "$python" ] || fail "no Python from 3.11 to 3.14 starts here: install one, or name it with PYTHON=/path/to/python."
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

# Without PYTHON=, an environment that is there stays as it is, whatever newer interpreter has come since.
is_installed() {
    [ -e "$stamp" ] && starts "$venv/bin/python" &&
        [ -z "$(find requirements*.txt constraints.txt -newer "$stamp")" ] &&
        { [ -z "$wanted" ] || [ "$(version_of "$venv/bin/python")" = "$(version_of "$wanted")" ]; }
}

create_venv() {
    if [ "$(version_of "$venv/bin/python")" = "$(version_of "$python")" ]; then
        return
    fi
    # Only what a venv or this script has made is taken away.
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ ! -e "$log" ]; then
        fail "$venv is there and is no virtual environment: move it away, or name another with VENV=."
    fi
    rm -rf "$venv"
    mkdir -p "$venv" || fail "$venv cannot be made."
    "$python" -m venv "$venv" >"$log" 2>&1 && "$venv/bin/python" -m pip --version >>"$log" 2>&1 ||
        fail "$python cannot make a virtual environment (on Debian and Ubuntu: apt install python$(version_of "$python")-venv); its own words are in $log."
}

install() {
    echo "Installing the pinned dependencies into $venv with Python $(version_of "$venv/bin/python"), once; it takes a minute or more ..."
    rm -f "$venv"/.installed-*
    install_fast >"$log" 2>&1 || install_with_pip >>"$log" 2>&1 ||
        fail "installing the dependencies failed ($(grep '^ERROR' "$log" | tail -n 1)); pip's own words are in $log."
}

# uv unpacks in seconds what pip takes minutes for.
install_fast() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --only-binary :all: -c constraints.txt uv &&
        "$venv/bin/uv" pip install --python "$venv/bin/python" -r "requirements-$list.txt"
}

# An index or a proxy that only pip has been told of.
# Compiling all of moto and its like at once takes minutes; what is imported is compiled then, and kept.
install_with_pip() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile -r "requirements-$list.txt"
}

if is_installed; then
    exit
fi
pick_python
create_venv
install
touch "$venv/.installed-test" "$stamp" # every list has the tests' in it
