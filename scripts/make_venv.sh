#!/bin/sh
# Make the virtual environment VENV and install a list of requirements/ into it, unless that is done already.
# usage: make_venv.sh VENV LIST [PYTHON]
# Each failure prints one sentence to stderr and ends with status 1.
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

# A version manager's shim can be on the PATH and not start, so run something.
starts() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

# Debian and Ubuntu have ensurepip, without which venv fails, in a package of its own.
complete() {
    starts "$1" && "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Python 3.13 runs on Lambda, so it comes first. pyenv can have it without putting it on the PATH.
candidates() {
    echo python3.13
    if command -v pyenv >/dev/null 2>&1; then
        for version in $(pyenv versions --bare 2>/dev/null | grep -E '^3\.13\.[0-9]+$' | sort -t. -k3,3nr); do
            echo "$(pyenv root)/versions/$version/bin/python"
        done
    fi
    printf '%s\n' python3.14 python3.12 python3.11 python3 python
}

first_that() {
    candidates | while read -r candidate; do
        if "$1" "$candidate"; then
            echo "$candidate"
            break
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

# Without PYTHON=, an existing environment stays as it is, even if a newer interpreter was installed later.
is_installed() {
    [ -e "$stamp" ] && starts "$venv/bin/python" &&
        [ -z "$(find requirements.txt requirements -name '*.txt' -newer "$stamp")" ] &&
        { [ -z "$wanted" ] || [ "$(version_of "$venv/bin/python")" = "$(version_of "$wanted")" ]; }
}

create_venv() {
    if [ "$(version_of "$venv/bin/python")" = "$(version_of "$python")" ]; then
        return
    fi
    # Delete only what a venv or this script made.
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ ! -e "$log" ]; then
        fail "$venv exists and is not a virtual environment: move it away, or name another one with VENV=."
    fi
    rm -rf "$venv"
    mkdir -p "$venv" || fail "$venv cannot be made."
    "$python" -m venv "$venv" >"$log" 2>&1 && "$venv/bin/python" -m pip --version >>"$log" 2>&1 ||
        fail "$python cannot make a virtual environment (on Debian and Ubuntu: apt install python$(version_of "$python")-venv); see $log."
}

install() {
    echo "Installing the locked dependencies into $venv with Python $(version_of "$venv/bin/python"), once. It takes a minute or more ..."
    rm -f "$venv"/.installed-*
    install_with_uv >"$log" 2>&1 || install_with_pip >>"$log" 2>&1 ||
        fail "installing the dependencies failed ($(grep '^ERROR' "$log" | tail -n 1)). The output of pip is in $log."
}

# uv installs in seconds what takes pip minutes.
install_with_uv() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --only-binary :all: -r requirements/uv.txt &&
        "$venv/bin/uv" pip install --require-hashes --python "$venv/bin/python" -r "requirements/$list.txt"
}

# pip may have an index or a proxy in its configuration that uv does not read.
# The list is complete. An old pip would refuse it once a newer release of a dependency's dependency is there.
# pip would compile every module now; Python compiles those that are imported, once, when they are imported.
install_with_pip() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile --no-deps -r "requirements/$list.txt"
}

if is_installed; then
    exit
fi
pick_python
create_venv
install
touch "$stamp"
# The list `dev` holds everything of the list `test`.
[ "$list" != dev ] || touch "$venv/.installed-test"
