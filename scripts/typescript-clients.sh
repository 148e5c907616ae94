#!/usr/bin/env bash
# Installs the frameworks' own Qdrant stores beside the programs that use them (test/wire/qdrant/integrations). Without them
# those tests are skipped and say so. Nothing is done when they are there already.
set -euo pipefail
cd "$(dirname "$0")/../test/wire/qdrant/integrations"

if cmp -s package-lock.json node_modules/installed.json; then exit 0; fi
npm ci --ignore-scripts --no-audit --no-fund
cp package-lock.json node_modules/installed.json
