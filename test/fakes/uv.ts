/**
 * A `uv` for tests, which need no Python then. It takes the arguments that make an environment of dbt and no others, and notes what
 * was asked. The `dbt` that it installs is as strict: it notes its arguments, its variables and its profile, and leaves the results that
 * lie beside the project as `results.json`; without them it says what it does not understand.
 */
const FAKE_DBT = `#!/usr/bin/env bash
set -eu
{ echo "dbt $*"; env | grep -v '^_=' | sort; } >> "$(dirname "$0")/../asked"
[ "$1" = build ] || { echo "Error: No such command '$1'." >&2; exit 2; }
shift
project= profiles= target= select=none
while [ $# -gt 0 ]; do
  case $1 in
    --no-version-check | --no-use-colors) shift ;;
    --log-level | --log-format | --log-format-file | --log-path | --vars | --indirect-selection) shift 2 ;;
    --project-dir) project=$2; shift 2 ;;
    --profiles-dir) profiles=$2; shift 2 ;;
    --target-path) target=$2; shift 2 ;;
    --select | --exclude) shift; while [ $# -gt 0 ] && [ "\${1#--}" = "$1" ]; do shift; done ;;
    *) echo "Error: No such option: $1" >&2; exit 2 ;;
  esac
done
grep -q '"type"' "$profiles/profiles.yml"
if [ ! -e "$project/results.json" ]; then
  echo '{"info":{"name":"MainEncounteredError","level":"error","msg":"Encountered an error:\\nCompilation Error in model x"}}'
  exit 2
fi
echo '{"info":{"name":"LogModelResult","level":"info","msg":"value-of-a-row"},"data":{"index":1,"total":2,"status":"OK","execution_time":0.25,"node_info":{"node_name":"stg_shop__orders"}}}'
mkdir -p "$target"
cp "$project/results.json" "$target/run_results.json"
! grep -qE '"(error|fail)"' "$project/results.json"
`;

export const FAKE_UV = `#!/usr/bin/env bash
set -eu
case "$1 $2" in
  'venv --quiet')
    [ "$3 $4 $5" = '--no-python-downloads --python >=3.10,<3.14' ] || { echo "unexpected argument $3" >&2; exit 2; }
    mkdir -p "$6/bin"
    printf '#!/bin/sh\\n' > "$6/bin/python"
    chmod +x "$6/bin/python" ;;
  'pip install')
    [ "$3 $4 $6 $7 $8" = '--quiet --python --only-binary :all: --constraints' ] || { echo "unexpected argument $3" >&2; exit 2; }
    grep -q '^dbt-core==' "$9"
    venv=$(dirname "$(dirname "$5")")
    for wanted in "\${@:10}"; do
      case $wanted in *==*) ;; *) echo "no version of $wanted" >&2; exit 2 ;; esac
    done
    echo "install \${*:10}, secret: \${MY_TOKEN:-none}" >> "$venv/asked"
    cat > "$venv/bin/dbt" <<'DBT'
${FAKE_DBT}DBT
    chmod +x "$venv/bin/dbt" ;;
  *) echo "unexpected argument $1" >&2; exit 2 ;;
esac
`;

/** What dbt leaves of some nodes. */
export const resultsOf = (...results: readonly object[]): string =>
  JSON.stringify({
    metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json', dbt_version: '1.11.16' },
    results,
    elapsed_time: 1.5,
  });

export const modelResult = (name: string, fields: object = {}): object => ({
  unique_id: `model.tidemill.${name}`,
  status: 'success',
  execution_time: 0.25,
  failures: null,
  message: 'OK',
  relation_name: `"warehouse"."gold"."${name}"`,
  ...fields,
});

export const testResult = (name: string, fields: object = {}): object => ({
  unique_id: `test.tidemill.${name}.4f9d2c`,
  status: 'pass',
  execution_time: 0.1,
  failures: 0,
  message: null,
  relation_name: null,
  ...fields,
});
