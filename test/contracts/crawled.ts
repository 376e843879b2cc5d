/**
 * Connectors whose crawls are driven where a stream is read, so that the contract of connectors is held against them as against any
 * other: what the pipeline makes of crawls that last is not its matter. The module is the connector that was chosen last.
 */
import assert from 'node:assert/strict';
import type { Connector, Crawl, Emission, Stream } from '@tidemill/kit';
import { driveCrawls } from './crawl-driver.ts';

/** Lets time go by at the source, which answers later. */
type Pass = (milliseconds: number) => void;

let chosen: Connector | undefined;

export { chosen as default };

/** What a run imports as the connector. */
export const CRAWLED = import.meta.url;

/** From now on the module's default export is this connector. */
export function choose(connector: Connector, pass: Pass): void {
  chosen = { ...connector, streams: connector.streams.map((stream: Stream) => driven(stream, pass)) };
}

function driven({ crawl, ...stream }: Stream, pass: Pass): Stream {
  if (crawl === undefined) return stream;
  return {
    ...stream,
    async *extract({ cursor: _, mode, until, resume, said, ...context }) {
      yield* keptOf(crawl, { context, interval: context.interval, pass });
    },
  };
}

/** Counts are for the result, and copies for the bucket: only that they are about something is seen here. */
async function* keptOf(
  crawl: Crawl<unknown>,
  drive: Parameters<typeof driveCrawls>[1],
): AsyncGenerator<Emission<never>> {
  const artifacts = new Set<string>();
  for await (const fetched of driveCrawls(crawl, drive)) {
    if ('gone' in fetched) throw new Error(`a crawl has nothing any more: ${fetched.gone}`);
    if ('copied' in fetched) {
      assert(artifacts.has(fetched.copied.artifact), `what is copied did not come: ${fetched.copied.artifact}`);
    } else if ('counted' in fetched) {
      for (const [what, count] of Object.entries(fetched.counted)) assert(count >= 0, `${what} is ${count}`);
    } else {
      if ('artifact' in fetched) artifacts.add(fetched.name);
      yield fetched as Emission<never>;
    }
  }
}
