#!/usr/bin/env bash
# Compile every requirements file, with hashes and without index URLs, from the pyproject.toml files.
# One version of each package holds for the whole repository: services are constrained by check.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # compile OUTPUT [uv arguments]
  local output=$1
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-header --no-emit-package paperroute-chassis --output-file "$output" "$@"
}

parts=(libs/chassis services/gateway services/search services/media cli)
all=("${parts[@]/%//pyproject.toml}")
compile requirements/check.txt --group run --group check "${all[@]}"
compile requirements/lock.txt --group lock
compile requirements/build.txt --group build -c requirements/check.txt
compile requirements/run.txt --group run -c requirements/check.txt "${all[@]}"
compile infra/requirements.txt --group infra -c requirements/check.txt
compile requirements/tools.txt --group tools -c requirements/check.txt cli/pyproject.toml
for service in gateway search media; do
  compile "services/$service/requirements.txt" -c requirements/check.txt "services/$service/pyproject.toml"
done
