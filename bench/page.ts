/** The history page of very many jobs: what drawing it costs, and how large it is. */
import { drawPage } from '../orchestrator/site/index.ts';
import { example } from '../test/fixtures/history.ts';
import { cpu, mb, type Row, times } from './measure.ts';

const MOST_SECONDS = 2;
const MOST_BYTES = 10e6;

/** The median of three, in seconds of the processor. */
function seconds(work: () => void): number {
  const all = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return all.sort((a, b) => a - b)[1] ?? Number.NaN;
}

export async function pageRow(): Promise<Row> {
  const known = example({ jobs: 10_000, days: 1 });
  let bytes = 0;
  const drawn = seconds(() => {
    bytes = Buffer.byteLength(drawPage(known));
  });
  const limit = seconds(() => void JSON.stringify({ ...known, states: [...known.states] }));
  return {
    what: 'history page, 10,000 jobs and their runs of a day',
    measured: `${cpu(drawn)}, ${mb(bytes)}`,
    limit: `${cpu(limit)} the same as JSON`,
    ratio: times(drawn / limit),
    budget: `≤ ${MOST_SECONDS} CPU s, ≤ 10 MB`,
    isMet: drawn <= MOST_SECONDS && bytes <= MOST_BYTES,
    judgedBy: 'work',
  };
}
