// How often npm packages were downloaded on each day: a program of one's own, which prints one JSON record a line.
//
//   node commands/npm-downloads.mjs https://api.npmjs.org PACKAGE…
//
// The service tells counts for up to 18 months: https://github.com/npm/registry/blob/main/docs/download-counts.md
const DAY = 24 * 60 * 60 * 1000;
/** The counts of a day come late, and of a day or two at once: each run reads the last week again. */
const AGAIN = 7 * DAY;

const { TIDEMILL_INTERVAL_START, TIDEMILL_INTERVAL_END } = process.env;
const [address, ...packages] = process.argv.slice(2);

const end = Date.parse(TIDEMILL_INTERVAL_END ?? '') || Date.now();
const start = Math.min(Date.parse(TIDEMILL_INTERVAL_START ?? '') || end, end - AGAIN);
const day = (instant) => new Date(instant).toISOString().slice(0, 10);

for (const name of packages) {
  const url = `${address}/downloads/range/${day(start)}:${day(end)}/${name}`;
  const answer = await fetch(url).catch(({ cause }) => ({ ok: false, status: 503, cause }));
  if (!answer.ok) {
    const { status, cause } = answer;
    process.stderr.write(`${url} ${cause === undefined ? `answered ${status}` : `did not answer: ${cause.message}`}\n`);
    // 75 asks for another try later, 1 says that somebody must look: docs/operations.md.
    process.exitCode = status === 429 || status >= 500 ? 75 : 1;
    break;
  }
  const { downloads } = await answer.json();
  for (const record of downloads) process.stdout.write(`${JSON.stringify({ package: name, ...record })}\n`);
}
