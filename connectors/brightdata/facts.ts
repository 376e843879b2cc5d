/** What a crawl was about, carried by the address of its artifact: nothing else of it is there when its records are read again. */
import type { TriggeredCrawl } from '@tidemill/kit';
import { z } from 'zod';

const Fact = z.string().nullable().catch(null);

export const CrawlFacts = z.object({
  dataset_id: z.string(),
  snapshot_id: z.string(),
  platform: Fact,
  competitor: Fact,
  brand: Fact,
  category: Fact,
});
export type CrawlFacts = z.output<typeof CrawlFacts>;

/**
 * The address with the facts behind its `#`, in words: whoever opens it sees the same, and each row says with it (`source_url`)
 * which crawl it came from.
 */
export function withFacts(url: string, { ticket, target: { facts } }: TriggeredCrawl): string {
  const all: Readonly<Record<string, unknown>> = { ...facts, snapshot_id: ticket };
  const known = new URLSearchParams();
  for (const name of Object.keys(CrawlFacts.shape)) if (all[name] != null) known.set(name, String(all[name]));
  return `${url}#${known}`;
}

/** Throws a ZodError for an address that has none. */
export const factsIn = (url: string): CrawlFacts =>
  CrawlFacts.parse(Object.fromEntries(new URLSearchParams(/#(.*)$/s.exec(url)?.[1] ?? '')));
