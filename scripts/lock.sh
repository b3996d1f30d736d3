#!/bin/sh
# Resolve the dependency groups of pyproject.toml and write every version with its hashes: `make lock`.
# Versions that are locked stay as they are, unless pyproject.toml asks for others or UPGRADE names a package.
# usage: lock.sh UV [PACKAGE ...]
set -eu

uv=$1
shift
[ -x "$uv" ] || {
    echo "darkroom: uv is not in the environment: pip install -r requirements/uv.txt" >&2
    exit 1
}
upgrade=""
for package in "$@"; do
    upgrade="$upgrade --upgrade-package $package"
done

# The lists are for every Python and platform that the project supports. No index is named in them.
lock() {
    output=$1
    shift
    # shellcheck disable=SC2086 # $upgrade is a list of words
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --output-file "$output" $upgrade "$@"
    echo "wrote $output"
}

mkdir -p requirements
lock requirements.txt pyproject.toml
lock requirements/uv.txt --group uv
# One version for each package, whatever list it is in.
lock requirements/dev.txt --constraints requirements.txt pyproject.toml --group dev
lock requirements/test.txt --constraints requirements/dev.txt pyproject.toml --group test
lock requirements/browser.txt --constraints requirements/dev.txt pyproject.toml --group browser
# boto3 as the oldest that Lambda may have: S3's conditional writes, which the service needs, came in August 2024.
lock requirements/oldest.txt --override requirements/oldest-boto3.in pyproject.toml \
    --group test
lock requirements/fuzz.txt --constraints requirements.txt pyproject.toml --group fuzz
lock requirements/checkov.txt --group checkov
# LocalStack has pins of its own, and runs alone in its environment.
"$uv" pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-emit-index-url \
    --custom-compile-command "make lock" --output-file requirements/second-opinion.txt $upgrade requirements/localstack.in
echo "wrote requirements/second-opinion.txt"
