/** How a job waits for a source that answers later. */
import { z } from 'zod';

const WAIT_SECONDS = 60;

/** What holds where a job does not say it. */
export interface CrawlDefaults {
  readonly poll_interval_seconds: number;
  readonly max_polls: number;
}

const USUAL: CrawlDefaults = { poll_interval_seconds: 30, max_polls: 120 };

/** Largest value of each, and the variable that says it where no job does. */
const variables = {
  poll_interval_seconds: { name: 'BACKGROUND_POLL_INTERVAL', most: 3600 },
  max_polls: { name: 'BACKGROUND_MAX_POLLS', most: 10_000 },
} as const satisfies Record<keyof CrawlDefaults, unknown>;

/** `complain` is told of a variable that says no such number. */
export function crawlDefaults(
  env: Readonly<Record<string, string | undefined>>,
  complain: (message: string) => void,
): CrawlDefaults {
  const said = (key: keyof CrawlDefaults): number => {
    const { name, most } = variables[key];
    const text = env[name]?.trim() ?? '';
    const number = Number(text);
    if (text === '') return USUAL[key];
    if (/^\d{1,9}$/.test(text) && number >= 1 && number <= most) return number;
    complain(`The variable ${name}: expected a whole number from 1 to ${most}`);
    return USUAL[key];
  };
  return { poll_interval_seconds: said('poll_interval_seconds'), max_polls: said('max_polls') };
}

export const crawlSection = (usual: CrawlDefaults = USUAL) =>
  z.strictObject({
    wait_seconds: z
      .number()
      .min(0)
      .max(21_600)
      .default(WAIT_SECONDS)
      .describe(
        'How long a run waits for its crawls. Then it ends well, and the next plan after ask_again_minutes goes on with it: no machine waits meanwhile.',
      ),
    poll_interval_seconds: z
      .number()
      .min(1)
      .max(variables.poll_interval_seconds.most)
      .default(usual.poll_interval_seconds)
      .describe(
        'While a run waits: seconds between two looks at a crawl. The variable BACKGROUND_POLL_INTERVAL stands for this default.',
      ),
    max_polls: z
      .int()
      .min(1)
      .max(variables.max_polls.most)
      .default(usual.max_polls)
      .describe(
        'While a run waits: the most looks at a crawl. With 30 seconds between them, 120 are an hour. The variable BACKGROUND_MAX_POLLS stands for this default.',
      ),
    ask_again_minutes: z
      .number()
      .min(0)
      .max(10_080)
      .default(15)
      .describe('After a run has stopped waiting: the first plan after so many minutes asks again.'),
    deadline_minutes: z
      .number()
      .gt(0)
      .max(43_200)
      .default(1440)
      .describe('A crawl that has no answer so long after it was triggered is given up. What it cost is not refunded.'),
    max_concurrent: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('The most crawls of the job that the source works on at the same time.'),
  });

/** Where no process says otherwise. */
export const CrawlSection = crawlSection();
