/** What a run and the tests of features are downloaded as. */
import { type Http, latestAsset, readJsonFile, TidemillError, unpacked, wholeFile } from '@tidemill/kit';
import { z } from 'zod';
import type { Run, TestResult } from './schema.ts';
import { STATUSES } from './scores.ts';

const TOKEN = 'WPT_GITHUB_TOKEN';

/** Both are a few megabytes of text, and a tenth of that compressed. */
const MOST_BYTES = 256 * 2 ** 20;

const Summary = z.record(z.string(), z.object({ s: z.string(), c: z.array(z.int()) }));
export type Summary = z.output<typeof Summary>;

/** Another version may mean something else by the same names: https://github.com/web-platform-tests/wpt.fyi/blob/main/shared/web_features.go */
const Manifest = z.object({ version: z.literal(1), data: z.record(z.string(), z.array(z.string())) });

export const MANIFEST_NAME = 'WEB_FEATURES_MANIFEST.json.gz';
/** Its label, or its name, which has a commit in it. */
const MANIFEST = /^WEB_FEATURES_MANIFEST\b.*\.json\.gz$/i;

/** Where the manifest is, as a job says it. */
export const manifestIn = (release: string, credentials: Readonly<Record<string, string>>) => ({
  release,
  called: MANIFEST_NAME,
  asset: MANIFEST,
  token: credentials[TOKEN],
  tokenName: TOKEN,
});

/** Tests by the feature that they are of. */
export type FeatureTests = Readonly<Record<string, readonly string[]>>;

export interface Tested {
  /** Of web-platform-tests. */
  readonly release: string;
  readonly features: FeatureTests;
}

/** Which tests are of which feature, by the file of a release at GitHub. */
export async function featureTests(http: Http, file: ReturnType<typeof manifestIn>): Promise<Tested> {
  const { tag, url } = await latestAsset(http, file);
  return { release: tag, features: readManifest((await download(http, url)).bytes) };
}

/** Its bytes, packed or not. */
export function readManifest(bytes: Buffer): FeatureTests {
  const text = unpacked(bytes, MOST_BYTES, MANIFEST_NAME);
  const { data } = readJsonFile(text, Manifest, (says) => changed(`${MANIFEST_NAME} ${says}`));
  if (Object.keys(data).length === 0) throw changed(`${MANIFEST_NAME} names no feature`);
  return data;
}

/** Only the second format of summaries has numbers of subtests. */
export const hasSummary = ({ results_url: url }: Run): boolean => url?.endsWith('summary_v2.json.gz') === true;

/** Its bytes as they came, and what they say. */
export async function summaryOf(
  http: Http,
  url: string,
): Promise<{ readonly bytes: Buffer; readonly summary: Summary }> {
  const { bytes, shown } = await download(http, url);
  // Servers unpack what they send as a content coding, and others do not: the bytes tell.
  const summary = readJsonFile(unpacked(bytes, MOST_BYTES, shown), Summary, (says) => changed(`${shown} ${says}`));
  return { bytes, summary };
}

/** The results of each feature that has any, and the statuses that nobody knows yet. */
export function byFeature(summary: Summary, tested: FeatureTests) {
  const features = Object.entries(tested).flatMap(([feature, paths]) => {
    const tests: Record<string, TestResult> = {};
    for (const path of paths) {
      const result = Object.hasOwn(summary, path) ? summary[path] : undefined;
      const [passed, all] = result?.c ?? [];
      // Both numbers are needed; what has but one is as if it had not been run.
      if (result !== undefined && passed !== undefined && all !== undefined) tests[path] = [result.s, passed, all];
    }
    return Object.keys(tests).length === 0 ? [] : [{ feature, tests }];
  });
  const statuses = features.flatMap(({ tests }) => Object.values(tests).map(([status]) => status));
  return { features, strange: [...new Set(statuses.filter((status) => !STATUSES.has(status)))] };
}

async function download(http: Http, url: string) {
  // GitHub sends whoever asks for an asset to where it is stored.
  const answer = await http.bytes(url, { elsewhere: true });
  return { bytes: await wholeFile(answer.body, MOST_BYTES, answer.url), shown: answer.url };
}

const changed = (message: string): TidemillError =>
  new TidemillError('source-changed', 'wpt-results', message, {
    hint: 'Nothing of it was loaded, and it is tried again. If it stays so, the connector must learn the new shape.',
  });
