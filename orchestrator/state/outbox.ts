/**
 * Events that are to leave, kept in the state whose change they tell of: what is swapped in together cannot be known the one without
 * the other. Whoever sends them notes how far each sink has come. Pure.
 */
import { z } from 'zod';
import { Key } from './telling-changes.ts';

const Instant = z.iso.datetime();

/** An event that is told of with a change of the state. `id` is the same whoever makes the change, and however often. */
export interface Announcement {
  readonly id: string;
  /** Its kind. */
  readonly type: string;
  /** UTC instant. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const Entry = z.looseObject({
  /** Counts the events of the job. */
  n: z.int().min(1),
  id: z.string(),
  type: z.string(),
  at: Instant,
  /** What the job was called then. */
  job: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type Entry = z.infer<typeof Entry>;

/** Why a sink does not take the event after those that it has. */
const Refusal = z.looseObject({ at: Instant, code: z.string(), says: z.string(), who: z.string() });
export type Refusal = z.infer<typeof Refusal>;

const Sink = z.looseObject({
  /** Number of the last event that it has. */
  sent: z.int().min(0),
  refused: Refusal.optional(),
});

/** What somebody gave up. */
const Dropped = z.looseObject({
  at: Instant,
  who: z.string(),
  why: z.string(),
  sink: z.string(),
  events: z.int().min(1),
});

export const Outbox = z.looseObject({
  /** Number of the next event. */
  next: z.int().min(1),
  /** Those that some sink does not have yet, oldest first, without those that were put aside. */
  entries: z.array(Entry),
  /** By name. */
  sinks: z.record(z.string(), Sink),
  /** Older ones that had no room here, up to `through`: the newest object of the folder, which names those before it. */
  aside: z.looseObject({ folder: Key, newest: Key, through: z.int().min(1) }).optional(),
  /** Newest last, at most `MOST_DROPPED` of them. */
  dropped: z.array(Dropped).optional(),
});
export type Outbox = z.infer<typeof Outbox>;

interface WithOutbox {
  readonly job: string;
  readonly outbox?: Outbox | undefined;
}

const MOST_DROPPED = 10;

/** The state with the events; without a change where nobody is told, or it has them. */
export function announce<S extends WithOutbox>(state: S, announcements: readonly Announcement[]): S {
  const { outbox, job } = state;
  if (outbox === undefined) return state;
  const known = new Set(outbox.entries.map(({ id }) => id));
  const added = announcements.filter(({ id }) => !known.has(id));
  if (added.length === 0) return state;
  const entries = added.map(({ id, type, at, data }, index) => ({ n: outbox.next + index, id, type, at, job, data }));
  return {
    ...state,
    outbox: { ...outbox, next: outbox.next + added.length, entries: [...outbox.entries, ...entries] },
  };
}

/** The state of a job that these are told of: a new one of what is to come, and nobody keeps anything for one that is gone. */
export function listen<S extends WithOutbox>(state: S, names: readonly string[]): S {
  const { outbox, ...rest } = state;
  if (names.length === 0) return outbox === undefined ? state : (rest as S);
  const known = Object.keys(outbox?.sinks ?? {});
  if (outbox !== undefined && known.length === names.length && known.every((name) => names.includes(name)))
    return state;
  const before = outbox ?? { next: 1, entries: [], sinks: {} };
  const sinks = names.map((name) => [name, sinkIn(before, name) ?? { sent: before.next - 1 }] as const);
  return { ...state, outbox: withoutSent({ ...before, sinks: Object.fromEntries(sinks) }) };
}

const sinkIn = ({ sinks }: Outbox, name: string): Outbox['sinks'][string] | undefined =>
  Object.hasOwn(sinks, name) ? sinks[name] : undefined;

/** How far the sink has come, by the numbers of events; undefined for one that is not told. */
export const sentTo = (outbox: Outbox, name: string): number | undefined => sinkIn(outbox, name)?.sent;

/** The number up to which every sink has everything. */
export const sentToAll = ({ sinks, next }: Outbox): number =>
  Math.min(next - 1, ...Object.values(sinks).map(({ sent }) => sent));

/** How many events some sink does not have yet. */
export const unsent = (outbox: Outbox | undefined): number =>
  outbox === undefined ? 0 : outbox.next - 1 - sentToAll(outbox);

/** How far a sink has come, and why not farther. */
export interface Progress {
  readonly through: number;
  readonly refused?: Refusal | undefined;
}

/** The sink has everything up to a number: it never has less than before. The same state where that is known. */
export function noteSent<S extends WithOutbox>(state: S, name: string, { through, refused }: Progress): S {
  const { outbox } = state;
  const sink = outbox && sinkIn(outbox, name);
  if (outbox === undefined || sink === undefined) return state;
  const sent = Math.max(sink.sent, Math.min(through, outbox.next - 1));
  const isOlder = refused !== undefined && sent > through;
  const { refused: known, ...others } = sink;
  const reason = isOlder ? known : refused;
  if (sent === sink.sent && reason?.code === known?.code && reason?.says === known?.says) return state;
  const next = { ...others, sent, ...(reason === undefined ? {} : { refused: reason }) };
  return { ...state, outbox: withoutSent({ ...outbox, sinks: { ...outbox.sinks, [name]: next } }) };
}

/** Nobody waits any more for what the sink does not have. Undefined where it has everything. */
export function dropUnsent<S extends WithOutbox>(
  state: S,
  name: string,
  audit: { readonly at: string; readonly who: string; readonly why: string },
): S | undefined {
  const sink = state.outbox && sinkIn(state.outbox, name);
  if (state.outbox === undefined || sink === undefined) return undefined;
  const events = state.outbox.next - 1 - sink.sent;
  if (events === 0) return undefined;
  const dropped = [...(state.outbox.dropped ?? []), { ...audit, sink: name, events }].slice(-MOST_DROPPED);
  return noteSent({ ...state, outbox: { ...state.outbox, dropped } }, name, { through: state.outbox.next - 1 });
}

function withoutSent(outbox: Outbox): Outbox {
  const { aside, entries, ...rest } = outbox;
  const sent = sentToAll(outbox);
  const isLeft = aside !== undefined && aside.through > sent;
  return { ...rest, entries: entries.filter(({ n }) => n > sent), ...(isLeft ? { aside } : {}) };
}

/** More than this a state has no room for: it is read and written as a whole, with each commit. */
const MOST_ENTRIES = 100;
const MOST_CHARACTERS = 200_000;

/**
 * Which events are to be put aside before `next` takes the place of `stored`: all that `stored` has. Those that only `next` has may
 * never come to be.
 */
export function crowding(stored: WithOutbox, next: WithOutbox): readonly Entry[] {
  const { entries = [] } = next.outbox ?? {};
  const isCrowded = entries.length > MOST_ENTRIES || (entries.length > 1 && sizeOf(entries) > MOST_CHARACTERS);
  if (!isCrowded) return [];
  const kept = new Set(entries.map(({ n }) => n));
  return (stored.outbox?.entries ?? []).filter(({ n }) => kept.has(n));
}

const sizeOf = (entries: readonly Entry[]): number => JSON.stringify(entries).length;

/** The state without the entries that lie in objects now. */
export function putAside<S extends WithOutbox>(state: S, aside: NonNullable<Outbox['aside']>): S {
  if (state.outbox === undefined) return state;
  const entries = state.outbox.entries.filter(({ n }) => n > aside.through);
  return { ...state, outbox: { ...state.outbox, entries, aside } };
}
