/**
 * A `python3` for tests, which need no Python then. It makes environments whose python notes what it was asked to install, and
 * says where from and which `MY_TOKEN` it was given. In an environment, any program of it prints one record: how often
 * something was installed there. Asked for uv, it puts the `fake-uv` beside it into that place.
 */
export const FAKE_PYTHON = `#!/usr/bin/env bash
if [ "$2" = venv ]; then
  venv="\${@: -1}"; mkdir -p "$venv/bin"
  for name in python python3; do ln -sf "$0" "$venv/bin/$name"; done
elif [ "$2" = pip ]; then
  echo "Collecting from \${PIP_INDEX_URL:-nowhere}, secret: \${MY_TOKEN:-none}"
  echo "install" >> "$(dirname "$0")/installs"
  case "$*" in *uv==*) cp "$(dirname "$0")/fake-uv" "$(dirname "$0")/uv" ;; esac
  if [ -e broken ]; then echo "No matching distribution" >&2; exit 1; fi
else
  echo "{\\"id\\": $(grep -c . "$(dirname "$0")/installs")}"
fi
`;
