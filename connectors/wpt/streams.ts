import { parallel, parseLine, stream } from '@tidemill/kit';
import { z } from 'zod';
import { listRuns, productsOf, reachBack } from './listing.ts';
import { byFeature, featureTests, hasSummary, manifestIn, summaryOf } from './results.ts';
import { FeatureOptions, FeatureResult, FeatureResultRow, Options, Run, RunRow } from './schema.ts';
import { scoreOf } from './scores.ts';

/** In which an id is told from any other, however the source writes it. */
const idOf = ({ id }: Pick<Run, 'id'>): string => String(id);

const CHANNELS = ['stable', 'beta', 'experimental'];
const channelOf = ({ labels }: Run): string | null => labels?.find((label) => CHANNELS.includes(label)) ?? null;

/**
 * Of a pull request only the tests are run that it touches, with it and without it:
 * https://github.com/web-platform-tests/wpt.fyi/blob/main/shared/util.go
 */
const PULL_REQUESTS = { pr_head: 'head', pr_base: 'base' } as const;
const pullRequestOf = ({ labels }: Run): 'head' | 'base' | null => {
  for (const [label, side] of Object.entries(PULL_REQUESTS)) if (labels?.includes(label)) return side;
  return null;
};

const Read = z.object({
  through: z.iso.datetime().nullable(),
  /** Ids of the runs that were read, by product, as far back as is looked at again. */
  read: z.record(z.string(), z.array(z.string())).default({}),
});

export const runs = stream({
  name: 'runs',
  description: 'Runs of web-platform-tests by browsers, as wpt.fyi lists them.',
  source: Run,
  row: RunRow,
  preview: true,
  key: ['id'],
  indexes: ['started_at'],
  write: 'upsert',
  method: 'api_json',
  options: Options,
  cursor: {
    version: 1,
    schema: Read,
    start: { through: null, read: {} },
    at: (instant) => ({ through: instant.toISOString(), read: {} }),
  },
  /** A run does not change once it is listed: one that was handed on is not handed on again. */
  async *extract({ http, cursor, options, now, until }) {
    const span = { from: reachBack(cursor.through, now, options), to: until };
    const read: Record<string, string[]> = {};
    let [listed, fresh] = [0, 0];
    for (const product of productsOf(options)) {
      const known = new Set(cursor.read[product]);
      const ids = new Set<string>();
      for await (const { lines, url } of listRuns(http, product, span)) {
        const news = lines.filter((line) => {
          const { data } = Run.pick({ id: true }).safeParse(parseLine(line));
          // One without an id is no run, and is rejected in sight.
          if (data === undefined) return true;
          const id = idOf(data);
          const isNew = !known.has(id) && !ids.has(id);
          ids.add(id);
          return isNew;
        });
        if (news.length > 0) yield { lines: news, url };
        fresh += news.length;
      }
      listed += ids.size;
      if (ids.size > 0) read[product] = [...ids];
    }
    if (fresh === 0) yield { unchanged: `${listed} runs of ${options.days} days` };
    else yield { mark: { through: (until ?? now).toISOString(), read } };
  },
  toRow: (run) => ({
    id: BigInt(run.id),
    browser_name: run.browser_name,
    browser_version: run.browser_version,
    channel: channelOf(run),
    pull_request: pullRequestOf(run),
    os_name: run.os_name || null,
    os_version: run.os_version || null,
    revision: run.full_revision_hash || null,
    started_at: run.time_start,
    ended_at: run.time_end || null,
    published_at: run.created_at || null,
  }),
});

/** Of each run, what is kept in memory until it is handed on is some megabytes. */
const RUNS_AT_ONCE = 4;

const Results = Read.extend({
  /** Ids of runs that could not be read. */
  failed: z.array(z.string()).optional(),
});

interface Listed {
  readonly product: string;
  readonly run: Run;
}

export const featureResults = stream({
  name: 'feature_results',
  description: 'How a run did with a feature of the web platform: a row a run and feature.',
  source: FeatureResult,
  row: FeatureResultRow,
  key: ['run_id', 'feature_id'],
  indexes: ['feature_id', 'started_at'],
  write: 'upsert',
  method: 'export_download',
  options: FeatureOptions,
  cursor: { version: 1, schema: Results, start: { through: null, read: {} } },
  examples: [
    {
      question: 'How do browsers do with a feature, by their newest run?',
      sql: `SELECT results.browser_name, results.channel, results.started_at, results.subtest_pass_rate
FROM wpt.feature_results AS results
JOIN (
  SELECT browser_name, channel, max(started_at) AS started_at
  FROM wpt.feature_results WHERE feature_id = 'grid' GROUP BY browser_name, channel
) AS newest ON newest.browser_name = results.browser_name AND newest.channel = results.channel
  AND newest.started_at = results.started_at
WHERE results.feature_id = 'grid'
ORDER BY results.browser_name, results.channel`,
    },
  ],
  /** Runs are not published in order, so those that were read are remembered one by one: each is read once. */
  async *extract({ http, cursor, options, now, credentials, signal, notice }) {
    const from = reachBack(cursor.through, now, options);
    const listed = await listedRuns(http, productsOf(options), from);
    const read = new Map(productsOf(options).map((product) => [product, new Set(cursor.read[product])]));
    const isNew = ({ product, run }: Listed): boolean => read.get(product)?.has(idOf(run)) === false;
    const waiting = hopefulFirst(
      listed.filter((one) => isNew(one) && hasSummary(one.run) && pullRequestOf(one.run) === null),
      cursor.failed,
    );
    const untried = new Set(waiting.map(({ run }) => idOf(run)));
    const before = cursor.failed?.filter((id) => untried.has(id)) ?? [];
    const failed = new Set<string>();
    const mark = (through: string | null, failed: string[] = []) => ({
      mark: { through, read: remembered(listed, read), ...(failed.length > 0 && { failed }) },
    });
    if (waiting.length === 0) {
      yield { unchanged: `${listed.length} runs of ${options.days} days` };
      return;
    }
    const { features, release } = await featureTests(http, manifestIn(options.release, credentials));
    notice(`${waiting.length} runs, by the tests of ${release}`);
    const results = parallel(waiting, { limit: RUNS_AT_ONCE, signal }, async ({ run }) => {
      const [id, url] = [idOf(run), run.results_url ?? ''];
      untried.delete(id);
      const { bytes, summary } = await summaryOf(http, url).catch((error: unknown) => {
        failed.add(id);
        throw error;
      });
      return { url, bytes, ...byFeature(summary, features) };
    });
    try {
      for await (const { item, value } of results) {
        if (value.strange.length > 0)
          notice(`a status that nobody knows, taken for no pass: ${value.strange.join(', ')}`);
        yield {
          artifact: value.bytes,
          name: `summary-${idOf(item.run)}.json`,
          contentType: 'application/json',
          url: value.url,
        };
        yield { records: value.features.map((result) => ({ run: item.run, ...result })), url: value.url };
        read.get(item.product)?.add(idOf(item.run));
        // What failed stays new, so one that comes behind it leaves nothing out.
        yield { checkpoint: mark(cursor.through, before).mark };
      }
    } catch (error) {
      // One that can never be read is asked for as long as it is listed, and not for ever; and many that lie side by side, for which
      // work ends, must not keep what comes behind them from being read by the next run.
      const left = before.filter((id) => untried.has(id));
      const isTried = left.length === untried.size;
      if (!signal.aborted) yield mark(isTried ? now.toISOString() : cursor.through, [...failed, ...left]);
      throw error;
    }
    yield mark(now.toISOString());
  },
  toRow({ run, feature, tests }) {
    const score = scoreOf(tests);
    if (score.tests === 0) return [];
    const { subtests } = score;
    return {
      run_id: BigInt(run.id),
      feature_id: feature,
      browser_name: run.browser_name,
      channel: channelOf(run),
      started_at: run.time_start,
      tests: score.tests,
      tests_passed: score.testsPassed,
      test_pass_rate: score.testsPassed / score.tests,
      subtests: subtests?.all ?? null,
      subtests_passed: subtests?.passed ?? null,
      subtest_pass_rate: subtests === undefined || subtests.all === 0 ? null : subtests.passed / subtests.all,
      has_crashed: subtests === undefined,
    };
  },
});

/** Those that could not be read come last: a run may end with so many that fail in a row. */
const hopefulFirst = (listed: readonly Listed[], failed: readonly string[] = []): readonly Listed[] => {
  const isFailed = ({ run }: Listed): boolean => failed.includes(idOf(run));
  return [...listed.filter((one) => !isFailed(one)), ...listed.filter(isFailed)];
};

/** The oldest first, each once. One that says no id and no start is none of ours: the stream of runs tells of it. */
async function listedRuns(http: Parameters<typeof listRuns>[0], products: readonly string[], from: Date) {
  const found = new Map<string, Listed>();
  for (const product of products) {
    for await (const { lines } of listRuns(http, product, { from })) {
      for (const line of lines) {
        const { data: run } = Run.safeParse(parseLine(line));
        if (run !== undefined) found.set(idOf(run), { product, run });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.run.time_start.localeCompare(b.run.time_start));
}

/** What is no longer listed need not be remembered. */
function remembered(
  listed: readonly Listed[],
  read: ReadonlyMap<string, ReadonlySet<string>>,
): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const { product, run } of listed) {
    if (read.get(product)?.has(idOf(run))) all[product] = [...(all[product] ?? []), idOf(run)];
  }
  return all;
}
