import { type Http, parallel, type StoredArtifact, stream, TidemillError, wholeFile } from '@tidemill/kit';
import { readAnswer, sentToSignIn } from './answer.ts';
import { after, capstones, cursor, daysToAsk, daysToAskAgain } from './days.ts';
import { FeatureUse, FeatureUseRow } from './schema.ts';

/** As slow as its other readers let it be: https://github.com/GoogleChrome/chromium-dashboard/blob/main/internals/fetchmetrics.py */
const PATIENCE_MS = 120_000;
/** The server starts slowly, and then answers quickly. */
const DAYS_AT_ONCE = 2;
/** A day has some 1,200 buckets of less than a hundred bytes. */
const MOST_BYTES = 64 * 2 ** 20;

export const featureUse = stream({
  name: 'feature_use',
  description: 'How many page loads in Chrome used a feature of the web platform on a day.',
  source: FeatureUse,
  row: FeatureUseRow,
  key: ['day', 'bucket_id'],
  indexes: ['bucket_id'],
  write: 'upsert',
  method: 'export_download',
  cursor,
  examples: [
    {
      question: 'Which features were used most, on the newest day?',
      sql: `SELECT bucket_id, rate
FROM chromium_uma.feature_use
WHERE day = (SELECT max(day) FROM chromium_uma.feature_use) AND bucket_id <> 0
ORDER BY rate DESC, bucket_id
LIMIT 10`,
    },
  ],
  async *extract({ http, cursor: before, interval, mode, now, signal, notice }) {
    const span = mode === 'backfill' ? daysToAskAgain(before, interval, now) : daysToAsk(before, now);
    const [had, givenUp, waiting] = [new Set(before.capped), new Set<string>(), new Set<string>()];
    let marked = before;
    // What is wrong with one day is told at the end, and keeps none of the others from coming.
    for await (const { item: day, value } of parallel(span.days, { limit: DAYS_AT_ONCE, signal }, (day) =>
      ask(http, day),
    )) {
      const { isReady, ...artifact } = value;
      if (isReady) yield { ...artifact, name: nameOf(day) };
      const becomes = isReady ? had : day < span.patientFrom ? givenUp : waiting;
      becomes.add(day);
      // Before the mark, behind which nobody would know of it.
      if (becomes === givenUp) notice(notHad(day, mode));
      const mark = capstones(span, { had, givenUp });
      if (JSON.stringify(mark) === JSON.stringify(marked)) continue;
      yield { mark };
      marked = mark;
    }
    if (waiting.size > 0) notice(`not ready yet, and asked for again by the next run: ${[...waiting].join(', ')}`);
    if (had.size === before.capped.length) yield { unchanged: 'no further day is ready' };
  },
  async *parse({ name, bytes }: StoredArtifact) {
    const buckets = readAnswer(await wholeFile(bytes, MOST_BYTES)) ?? {};
    for (const [bucket, use] of Object.entries(buckets)) yield { day: dayIn(name), bucket, use };
  },
  toRow: ({ day, bucket, use: { rate, milestone, low_volume } }) => ({
    day,
    bucket_id: BigInt(bucket),
    rate,
    milestone: milestone ?? null,
    low_volume: low_volume ?? null,
  }),
});

const nameOf = (day: string): string => `usecounter.webdxfeatures-${day}.txt`;
const dayIn = (name: string): string => /\d{4}-\d{2}-\d{2}/.exec(name)?.[0] ?? '';

async function ask(http: Http, day: string) {
  const query = { date: day.replaceAll('-', '') };
  const answer = await http.bytes('usecounter.webdxfeatures', { query, headersMs: PATIENCE_MS }).catch((error) => {
    throw error instanceof TidemillError && error.code === 'http-redirect' ? sentToSignIn(error) : error;
  });
  const { body, contentType, url } = answer;
  const artifact = await wholeFile(body, MOST_BYTES);
  return { artifact, contentType, url, isReady: readAnswer(artifact) !== undefined };
}

/** A day that is given up has no rows, and nobody would notice: a sentence for the summary. */
function notHad(day: string, mode: 'incremental' | 'full' | 'backfill'): string {
  if (mode === 'backfill') return `not ready, and so without rows: ${day}`;
  const span = `--from ${day}T00:00:00Z --to ${after(day)}T00:00:00Z`;
  return `still not ready, given up, and so without rows: ${day}. \`npx tidemill backfill JOB ${span}\` asks for it once more`;
}
