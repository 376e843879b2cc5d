/**
 * Some services shut out whoever is told too often that he asks too often. Their answers of 429 are counted in the bucket, those of all
 * machines together, and long before there are too many nobody asks any more for a while.
 */
import { type RequestFacts, type ShutOut, TidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import { z } from 'zod';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { readText, writeJson } from '../storage/text.ts';

/** Of the answers that are too many: machines that ask at the same moment add theirs before they know. */
const SHARE = 0.4;

/** How long what another machine has counted is not looked at. */
const LOOK_MS = 10_000;

const MOST_TRIES = 50;

const Refusals = z.object({
  /** Of the answers of 429 in the last window, oldest first. */
  answers: z.array(z.iso.datetime()),
  /** Nobody asks before. */
  closed_until: z.iso.datetime().optional(),
});
type Refusals = z.output<typeof Refusals>;

export interface Guard {
  /** Rejects with `service-closed`, of kind `quota`, while nobody asks. */
  admit(): Promise<void>;
  /** Is told of each request that was sent. */
  heard(request: RequestFacts): void;
}

interface Guarded {
  readonly service: string;
  readonly shutOut?: ShutOut | undefined;
  readonly bucket: Bucket;
  readonly clock: Clock;
}

/** Undefined for a service that bears as many as one likes. */
export function guardOf({ service, shutOut, bucket, clock }: Guarded): Guard | undefined {
  if (shutOut === undefined) return undefined;
  const windowMs = shutOut.perSeconds * 1000;
  const most = Math.max(1, Math.floor(shutOut.answers * SHARE));
  let known: { readonly refusals: Refusals; readonly at: number } | undefined;
  let counting: Promise<void> = Promise.resolve();
  const look = async (): Promise<Refusals> => {
    const now = clock.now().getTime();
    if (known !== undefined && now - known.at < LOOK_MS && now >= known.at) return known.refusals;
    known = { refusals: (await readRefusals(bucket, service)).refusals, at: now };
    return known.refusals;
  };
  const withOneMore = ({ answers, closed_until }: Refusals): Refusals => {
    const now = clock.now();
    const isRecent = (at: string): boolean => Math.abs(now.getTime() - Date.parse(at)) < windowMs;
    const all = [...answers.filter(isRecent), now.toISOString()];
    const before = secondsTo(closed_until, now) > 0 ? closed_until : undefined;
    const until = all.length >= most ? new Date(now.getTime() + windowMs).toISOString() : before;
    return { answers: all, ...(until === undefined ? {} : { closed_until: until }) };
  };
  /** 0 for what is over, and for what lies further ahead than two clocks can differ: one of them was wrong. */
  const secondsTo = (until: string | undefined, now: Date): number => {
    const ahead = until === undefined ? 0 : Date.parse(until) - now.getTime();
    return ahead > 0 && ahead <= 2 * windowMs ? ahead / 1000 : 0;
  };
  const count = async (): Promise<void> => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { refusals, version } = await readRefusals(bucket, service);
      const next = withOneMore(refusals);
      const onlyIf = version === undefined ? 'absent' : { version };
      if ((await writeJson(bucket, keys.refusals(service), next, { onlyIf })) === undefined) continue;
      known = { refusals: next, at: clock.now().getTime() };
      return;
    }
  };
  /** Where the bucket cannot be had this machine counts its own. */
  const countHere = (): void => {
    known = { refusals: withOneMore(known?.refusals ?? { answers: [] }), at: clock.now().getTime() };
  };
  return {
    async admit() {
      await counting;
      const { closed_until: until } = await look();
      const seconds = secondsTo(until, clock.now());
      if (until !== undefined && seconds > 0) throw closed(service, until, seconds);
    },
    heard({ status }) {
      if (status === 429) counting = counting.then(count).catch(countHere);
    },
  };
}

async function readRefusals(bucket: Bucket, service: string): Promise<{ refusals: Refusals; version?: string }> {
  const object = await readText(bucket, keys.refusals(service));
  if (object === undefined) return { refusals: { answers: [] } };
  return { refusals: refusalsIn(object.text), version: object.version };
}

/** What is damaged counts as nothing: it is written anew with the next answer. */
function refusalsIn(text: string): Refusals {
  try {
    return Refusals.parse(JSON.parse(text));
  } catch {
    return { answers: [] };
  }
}

const closed = (service: string, until: string, seconds: number): TidemillError =>
  new TidemillError(
    'quota',
    'service-closed',
    `${service} has said too often that it is asked too often: nobody asks it before ${until}`,
    {
      hint: 'It shuts out whoever goes on. Nothing has to be done; run fewer of its jobs at a time if it happens again.',
      retryAfterSeconds: Math.ceil(seconds),
    },
  );
