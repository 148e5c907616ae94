#!/usr/bin/env bash
# Installs the vendors' Python clients into .venv, for the tests that let them talk to Franca (test/wire). Without it those
# tests are skipped and say so. Nothing is done when they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=test/wire/requirements.txt
if cmp -s "$wanted" .venv/installed.txt; then exit 0; fi
rm -rf .venv
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --requirement "$wanted"
cp "$wanted" .venv/installed.txt
