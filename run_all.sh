#!/usr/bin/env bash
# Sets up everything and runs the workbook:   ./run_all.sh [options]     (--help lists them)
# Sets up everything and passes the tests:    ./run_all.sh test [pytest options]
# Works with bash 3.2 (macOS) and later.
set -euo pipefail
export WORKBOOK_FROM=$PWD # a relative --data-dir is meant from here
cd "$(dirname "$0")"
root=$PWD

say() { printf '%s\n' "$*" >&2; }
fail() { say "run_all.sh: $*"; exit 1; }

# What the notebooks' libraries may not do: phone home, open windows, read another Python's packages.
export MPLBACKEND=Agg PYTHONNOUSERSITE=1 PYTHONUTF8=1 JUPYTER_PREFER_ENV_PATH=1
export HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_IMPLICIT_TOKEN=1 DO_NOT_TRACK=1 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH PYTHONHOME

find_python() {
  local name
  for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
      printf '%s' "$name"
      return
    fi
  done
}

# install LOCK STAMP: bring .venv in line with a lock file, unless the stamp says that it is.
install() {
  local lock=$1 stamp=$2 python want
  local not_installed="the packages could not be installed; see above, then run the same command again"
  want=$(cat "$lock" pyproject.toml; printf '%s' "$root")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    return
  fi
  if ! .venv/bin/python -c '' 2>/dev/null; then
    say "Making .venv …"
    rm -rf .venv
    python=$(find_python)
    if command -v uv >/dev/null; then
      uv venv --quiet --python "${python:-3.11}" .venv
    else
      [ -n "$python" ] || fail "needs Python 3.11, 3.12 or 3.13; found none. Install one, or set PYTHON."
      "$python" -m venv .venv || fail "could not make .venv (on Debian: apt-get install python3-venv)"
    fi
  fi
  say "Installing what $lock lists into .venv (once; a few minutes on a slow line) …"
  rm -f .venv/stamp-*
  if command -v uv >/dev/null; then
    { uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock" &&
      uv pip install --quiet --python .venv/bin/python --no-deps -e .; } || fail "$not_installed"
  else
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    { .venv/bin/python -m pip install --quiet --require-hashes -r "$lock" &&
      .venv/bin/python -m pip install --quiet --no-deps -e .; } || fail "$not_installed"
  fi
  printf '%s' "$want" > "$stamp"
}

# Prints the path of a Chromium for the browser tests: one that is there, else Debian's where it may
# be installed, else Playwright's own download; nothing when there is none to be had.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    if [ -n "$name" ] && command -v "$name" >/dev/null; then
      command -v "$name"
      return
    fi
  done
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "Installing Debian's chromium for the browser tests …"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >&2 || true
    if command -v chromium; then
      return
    fi
  fi
  say "Getting Playwright's own Chromium for the browser tests …"
  if .venv/bin/python -m playwright install chromium >&2; then
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright as playwright
with playwright() as running:
    print(running.chromium.executable_path)' || true
  fi
}

if [ "${1:-}" = test ]; then
  shift
  install requirements-test.lock .venv/stamp-test
  CHROMIUM=$(find_chromium)
  if [ -z "$CHROMIUM" ]; then
    missing="no Chromium found, none could be installed (Debian) or downloaded (Playwright)"
    [ "${CI:-}" != true ] || fail "$missing; set CHROMIUM to one"
    say "The browser tests will be skipped: $missing. Set CHROMIUM to one."
  fi
  export CHROMIUM
  .venv/bin/python -m ruff check .
  .venv/bin/python -m ruff format --check .
  exec .venv/bin/python -m pytest -n 2 --dist loadgroup "$@"
fi

# The tests' environment holds all that a run needs, so it serves as well.
[ -f .venv/stamp-test ] && install requirements-test.lock .venv/stamp-test
[ -f .venv/stamp-test ] || install requirements.lock .venv/stamp-run
exec .venv/bin/python -m lib.pipeline "$@"
