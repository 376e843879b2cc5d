/** A collector of run events: each is a POST, as OpenLineage's own clients send it. An answer of 2xx takes it; no redirect is followed. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { createHttp } from '@tidemill/kit/create-http';
import { reach } from '@tidemill/kit/reach';
import type { EventsOptions } from '../contract.ts';
import type { Collector } from './location.ts';
import type { Taker } from './taker.ts';

/** Whoever sends waits ten seconds for a sign of life. */
const LIMITS = { retries: 2, maxWaitMs: 3_000, timeouts: { connectMs: 4_000, headersMs: 8_000, totalMs: 9_000 } };

export function collectorTaker(collector: Collector, world: Pick<EventsOptions, 'clock' | 'random'>): Taker {
  const { origin, path, key, shown } = collector;
  const http = createHttp({
    ...{ baseUrl: origin, clock: world.clock, random: world.random, ...LIMITS },
    secrets: [path, ...(key === undefined ? [] : [key])],
  });
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return {
    url: shown,
    async take(event) {
      try {
        const answer = await http.bytes(path, { method: 'POST', json: event, headers, retry: 'always', shown: '/' });
        for await (const _ of answer.body);
      } catch (thrown) {
        throw refusedBy(shown, asTidemillError(thrown));
      }
    },
    async check() {
      await reach(new URL(origin)).catch((cause: NodeJS.ErrnoException) => {
        const said = cause.code ?? 'unknown';
        throw new TidemillError('config', 'lineage-unreached', `Nobody answers at ${shown} (${said})`, {
          hint: 'Check the address of the collector, and the network of this machine.',
          cause,
        });
      });
    },
    close: () => http.close(),
  };
}

/** Of the answer no more than its status is told: what stands in it is nobody's to know. */
function refusedBy(shown: string, { kind, code, request, cause }: TidemillError): TidemillError {
  const said = request?.status === undefined ? code : `it answers ${request.status}`;
  if (kind === 'transient') {
    return new TidemillError('transient', 'lineage-unavailable', `The collector ${shown} cannot be reached (${said})`, {
      hint: 'If it lasts, ask whoever runs it.',
      cause,
    });
  }
  if (kind === 'quota') {
    return new TidemillError('quota', 'lineage-rate', `The collector ${shown} asks to slow down (${said})`);
  }
  if (kind === 'auth') {
    return new TidemillError(
      'auth',
      'lineage-forbidden',
      `The collector ${shown} does not let this environment in (${said})`,
      {
        hint: 'Set OPENLINEAGE_API_KEY to a key that it knows.',
        cause,
      },
    );
  }
  return new TidemillError('config', 'lineage-refused', `The collector ${shown} does not take run events (${said})`, {
    hint: 'Correct its address in `events`: the path, too, where it is not /api/v1/lineage. No redirect is followed.',
    cause,
  });
}
