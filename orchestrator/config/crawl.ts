/** How a job waits for a source that answers later. */
import { z } from 'zod';

const WAIT_SECONDS = 60;

export const CrawlSection = z.strictObject({
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
    .max(3600)
    .default(30)
    .describe('While a run waits: seconds between two looks at a crawl.'),
  max_polls: z
    .int()
    .min(1)
    .max(10_000)
    .default(120)
    .describe('While a run waits: the most looks at a crawl. With 30 seconds between them, 120 are an hour.'),
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
