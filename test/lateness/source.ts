/** The source that every job of the month reads: the simulation says how long each visit takes and how it ends. */
import { connector, type Interval, stream, text } from '@tidemill/kit';
import { z } from 'zod';

export const SERVICE = 'lateness';
/** The variable by which a visit is known to the simulation. */
export const RUN_VARIABLE = 'LATENESS_RUN';

/** Called when the source is asked: waits as long as it takes, and throws what the source answers instead. */
export type Visit = (signal: AbortSignal, interval: Interval) => Promise<void>;

/** By run id. */
export const visits = new Map<string, Visit>();

const things = stream({
  name: 'things',
  description: 'Invented things, of which there are never any new ones.',
  source: z.object({ id: z.string() }),
  row: z.object({ id: text().describe('Identifier.') }),
  key: ['id'],
  write: 'upsert',
  method: 'api_json',
  async *extract({ system, signal, interval }) {
    await visits.get(system.env[RUN_VARIABLE] ?? '')?.(signal, interval);
    yield { unchanged: 'things' };
  },
  toRow: ({ id }) => ({ id }),
});

export default connector({
  service: SERVICE,
  title: 'Lateness',
  homepage: 'https://lateness.example',
  credentials: [],
  streams: [things],
});
