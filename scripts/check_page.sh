#!/bin/sh
# Check the types of the page's modules with tsc, where Node.js is.
set -eu
cd "$(dirname "$0")/../requirements/page"
if ! command -v npm >/dev/null 2>&1; then
    echo "npm is not here: the types of the page were not checked."
    exit
fi
[ -x node_modules/.bin/tsc ] || npm ci --silent --no-audit --no-fund
node_modules/.bin/tsc --noEmit --project tsconfig.json
