/** What wpt.fyi answers (https://github.com/web-platform-tests/wpt.fyi/blob/main/api/README.md) and the silver rows. */
import { bigint, boolean, double, integer, latestRelease, oneOf, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

/** A number beyond what JavaScript holds, or a text: the server and its documentation do not agree. */
const RunId = z.union([z.string().regex(/^\d+$/), z.int(), z.bigint()]);

export const Run = z.object({
  id: RunId,
  browser_name: z.string(),
  browser_version: z.string(),
  os_name: z.string().nullish(),
  os_version: z.string().nullish(),
  full_revision_hash: z.string().nullish(),
  results_url: z.string().nullish(),
  created_at: z.string().nullish(),
  time_start: z.string(),
  time_end: z.string().nullish(),
  labels: z.array(z.string()).nullish(),
});
export type Run = z.output<typeof Run>;

/** `[status, subtests that pass, subtests]`, as a summary has them. */
export const TestResult = z.tuple([z.string(), z.int(), z.int()]);
export type TestResult = z.output<typeof TestResult>;

/** What a run says of a feature: its tests by their paths, as the summary of the run has them. */
export const FeatureResult = z.object({
  run: Run,
  feature: z.string(),
  /** Tests that the manifest names, and the summary does not, are left out. */
  tests: z.record(z.string(), TestResult),
});

export const Options = z.object({
  browsers: z
    .array(z.string().min(1))
    .min(1)
    .default(['chrome', 'chrome_android', 'edge', 'firefox', 'firefox_android', 'safari'])
    .describe('Names of browsers, as wpt.fyi has them.'),
  channels: z
    .array(z.enum(['stable', 'beta', 'experimental']))
    .min(1)
    .default(['stable', 'experimental'])
    .describe('Channels of each of them.'),
  days: z
    .int()
    .min(1)
    .max(1000)
    .default(30)
    .describe('So many days before the last reading are looked at again: runs are published late, and out of order.'),
});
export type Options = z.output<typeof Options>;

const release = z
  .string()
  .min(1)
  .default(latestRelease('web-platform-tests/wpt'))
  .describe('The release at GitHub whose file says which tests are of which feature.');

export const FeatureOptions = Options.extend({ release });
export const ReleaseOptions = z.object({ release });
export type ReleaseOptions = z.output<typeof ReleaseOptions>;

export const FeatureTest = z.object({ feature: z.string().min(1), test: z.string().min(1) });

const run_id = bigint().describe('Identifier of the run at wpt.fyi.');
const browser_name = text().describe('`chrome`, `edge`, `firefox`, `safari`, `chrome_android`, `firefox_android`.');
const channel = text().nullable().describe('`stable`, `beta` or `experimental`.');
const started_at = timestamptz().describe('When the run began.');

export const RunRow = z.object({
  id: run_id,
  browser_name,
  browser_version: text().describe('Version of the browser.'),
  channel,
  pull_request: oneOf(['head', 'base'])
    .nullable()
    .describe('For a run of only the tests that a pull request touches: with it (`head`) or without it (`base`).'),
  os_name: text().nullable().describe('Operating system.'),
  os_version: text().nullable().describe('Version of the operating system.'),
  revision: text().nullable().describe('Commit of web-platform-tests that was run.'),
  started_at,
  ended_at: timestamptz().nullable().describe('When the run ended.'),
  published_at: timestamptz().nullable().describe('When wpt.fyi took it in.'),
});

export const FeatureResultRow = z.object({
  run_id,
  feature_id: text().describe('Identifier of the feature, as in `web_features.features` when the run was read.'),
  browser_name,
  channel,
  started_at,
  tests: integer().describe('Tests of the feature, without tentative and optional ones.'),
  tests_passed: integer().describe('Those of which every subtest passes.'),
  test_pass_rate: double().describe('The share of them, 0 to 1.'),
  subtests: integer()
    .nullable()
    .describe('Subtests of the feature; null where a test crashed: then nobody knows how many there are.'),
  subtests_passed: integer().nullable().describe('Those that pass.'),
  subtest_pass_rate: double().nullable().describe('The share of them, 0 to 1; null where there are none.'),
  has_crashed: boolean().describe('Whether a test of the feature crashed the browser.'),
});

export const FeatureTestRow = z.object({
  feature_id: text().describe('Identifier of the feature, as in `web_features.features` when wpt was released.'),
  test: text().describe('Path of the test, as the address of its results has it.'),
  is_counted: boolean().describe('Whether its results count: those of tentative and optional tests do not.'),
});
