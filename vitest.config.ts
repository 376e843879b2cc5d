import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests against servers that somebody else wrote; `scripts/with-servers` and `scripts/with-postgres` start those and say where they are. */
const { TIDEMILL_TEST_GCS_URL, TIDEMILL_TEST_POSTGRES } = process.env;
const SERVERS = (TIDEMILL_TEST_GCS_URL ?? TIDEMILL_TEST_POSTGRES) === undefined ? ['test/servers/**'] : [];

/** Tests against an emulator of BigQuery; `scripts/with-bigquery` starts it and says where it is. */
const BIGQUERY = process.env['TIDEMILL_TEST_BIGQUERY_URL'] === undefined ? ['test/bigquery/**'] : [];

/** Tests against Google's emulator of Spanner; `scripts/with-spanner` finds it, starts it and says where it is. */
const SPANNER = process.env['TIDEMILL_TEST_SPANNER_URL'] === undefined ? ['test/spanner/**'] : [];

/** Tests against Google's emulator of Pub/Sub; `scripts/with-pubsub` finds it, starts it and says where it is. */
const EVENTS = process.env['TIDEMILL_TEST_PUBSUB_URL'] === undefined ? ['test/events/**'] : [];

/** Tests that ask OpenLineage's own client; `scripts/with-lineage` installs it. */
const LINEAGE = process.env['TIDEMILL_TEST_LINEAGE'] === undefined ? ['test/lineage/**'] : [];

/** Tests that need a Chromium; `scripts/with-browser` says where one is. */
const BROWSER =
  process.env['TIDEMILL_TEST_BROWSER'] === undefined
    ? ['test/browser/**', 'scripts/connector-kinds/browser/**/browser.test.ts']
    : [];

/** Tests that need dbt; `scripts/with-dbt` installs what installs it. */
const DBT = process.env['TIDEMILL_TEST_DBT'] === undefined ? ['test/dbt/**'] : [];
/** Tests that run workflows with act; `scripts/with-act` builds it. */
const ACT = process.env['TIDEMILL_TEST_ACT'] === undefined ? ['test/act/**'] : [];

/** Tests that ask a server what Schemathesis makes up; `scripts/with-schemathesis` installs it. */
const FUZZ = process.env['TIDEMILL_TEST_SCHEMATHESIS'] === undefined ? ['test/fuzz/**'] : [];

/** Tests of what other readers of Iceberg see; `scripts/with-readers` installs those. */
const READERS = process.env['TIDEMILL_READER_PYTHON'] === undefined ? ['test/readers/**'] : [];
/** Tests that run foreign taps; `scripts/with-taps` installs them. */
const TAPS = process.env['TIDEMILL_TEST_TAPS'] === undefined ? ['test/taps/**'] : [];
/** Tests of the packages as they are published; `scripts/with-registry` starts a registry that has them. */
const REGISTRY = process.env['TIDEMILL_TEST_REGISTRY'] === undefined ? ['test/packages/**'] : [];

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      '.tidemill/**',
      ...SERVERS,
      ...BIGQUERY,
      ...SPANNER,
      ...EVENTS,
      ...LINEAGE,
      ...BROWSER,
      ...DBT,
      ...READERS,
      ...FUZZ,
      ...REGISTRY,
      ...TAPS,
      ...ACT,
    ],
    // Half of the time of many a test is waiting: for processes, locks and servers.
    maxWorkers: '100%',
    globalSetup: 'test/temporary-folder.ts',
    setupFiles: 'test/compile-cache.ts',
    // Connectors that only tests know, by the names that a configuration gives them.
    alias: [
      {
        find: /^@example\/(attached|browsed|signed|tokened|keyed|public-edition)$/,
        replacement: join(import.meta.dirname, 'test/fixtures/connectors/$1.ts'),
      },
    ],
    // A worker runs many files and loads what they share once: no module may keep what another file could see.
    isolate: false,
    // A test that hangs is a failure with a name, not a build that is killed. Nothing else: the busiest machine is in time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 240_000, interval: 20 } },
  },
});
