/** Questions in SQL, and their answers a portion at a time. */
import { errorKinds, TidemillError } from '@tidemill/kit/errors';
import { retryDelay } from '@tidemill/kit/retry';
import { z } from 'zod';
import { type CellType, merged } from './cells.ts';
import type { Client } from './client.ts';
import { asWarehouseError, cutOff, notUnderstood, type Refusal, refusalIn } from './errors.ts';
import type { Place } from './location.ts';
import type { Sessions } from './sessions.ts';

/** What everything that is asked goes through. */
export interface Link {
  readonly client: Client;
  readonly sessions: Sessions;
}

/** Rows by their primary keys; those that there are not are left out. */
export interface Lookup {
  /** As mutations name it. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly keys: readonly string[];
}

export interface Question {
  /** What is asked: in SQL, or for rows by their keys. */
  readonly sql: string | Lookup;
  /** Texts, or lists of them, by their names. */
  readonly texts?: Readonly<Record<string, string | readonly string[]>>;
  /** As of this moment; the newest, if not told. */
  readonly at?: string | undefined;
  readonly explain?: (place: Place, refusal: Refusal) => TidemillError;
}

export interface Field {
  readonly name: string;
  readonly type: CellType;
}

export interface Rows {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly unknown[])[];
  /** The moment that is read, where none was asked for. */
  readonly at: string | undefined;
}

const Part = z.object({
  metadata: z
    .object({
      rowType: z
        .object({
          fields: z.array(z.object({ name: z.string().default(''), type: z.object({ code: z.string() }) })).default([]),
        })
        .default({ fields: [] }),
      transaction: z.object({ readTimestamp: z.string().optional() }).optional(),
    })
    .optional(),
  values: z.array(z.unknown()).default([]),
  chunkedValue: z.boolean().default(false),
});

/** The emulator puts each into an envelope, and an error, too. */
const Enveloped = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });

/** Portions of an answer, the first of them even when it has no rows. What fails before that is tried again. */
export async function* answerTo(link: Link, question: Question): AsyncGenerator<Rows> {
  const { client, sessions } = link;
  for (let attempt = 1; ; attempt += 1) {
    let hasBegun = false;
    try {
      for await (const rows of sessions.during((session) => rowsOf(client, session, question))) {
        hasBegun = true;
        yield rows;
      }
      return;
    } catch (error) {
      const mayPass = error instanceof TidemillError && errorKinds[error.kind].retry;
      if (!mayPass) throw error;
      if (hasBegun) throw cutOff(client.place);
      if (attempt > client.limits.retries) throw error;
      await pause(client, attempt, error);
    }
  }
}

/** Waits until the next attempt, for as long as Spanner has asked for. */
export async function pause(client: Client, attempt: number, { retryAfterSeconds = 0 }: TidemillError): Promise<void> {
  const { baseMs, capMs } = client.limits;
  const { clock, random, signal } = client.world;
  await clock.sleep(retryDelay(attempt, { random: () => random(), baseMs, capMs, retryAfterSeconds }), signal);
}

async function* rowsOf(client: Client, session: string, question: Question): AsyncGenerator<Rows> {
  const { explain = asWarehouseError } = question;
  const method = typeof question.sql === 'string' ? 'executeStreamingSql' : 'streamingRead';
  const call = { method: 'POST', path: `${session}:${method}`, body: bodyOf(question), explain } as const;
  let fields: readonly Field[] | undefined;
  let at: string | undefined;
  let values: unknown[] = [];
  let isChunked = false;
  for await (const object of client.stream(call)) {
    const part = partOf(client, explain, object);
    if (part.metadata !== undefined) {
      fields = part.metadata.rowType.fields;
      at = part.metadata.transaction?.readTimestamp;
    }
    if (fields === undefined) throw notUnderstood(client.place);
    const [first, ...more] = part.values;
    if (isChunked && part.values.length > 0) {
      values.push(
        merged(values.pop(), first, () => notUnderstood(client.place)),
        ...more,
      );
    } else for (const value of part.values) values.push(value);
    if (part.values.length > 0 || part.chunkedValue) isChunked = part.chunkedValue;
    const whole = isChunked ? values.length - 1 : values.length;
    const count = fields.length === 0 ? 0 : Math.floor(whole / fields.length);
    yield { fields, rows: cut(values, fields.length, count), at };
    values = values.slice(count * fields.length);
  }
  if (fields === undefined || values.length > 0) throw notUnderstood(client.place);
}

function cut(values: readonly unknown[], width: number, count: number): unknown[][] {
  return Array.from({ length: count }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function partOf(client: Client, explain: NonNullable<Question['explain']>, object: unknown) {
  const { result, error } = Enveloped.safeParse(object).data ?? {};
  if (error !== undefined) throw explain(client.place, refusalIn(undefined, { error }));
  return client.parse(Part, result ?? object);
}

function bodyOf({ sql, texts = {}, at }: Question) {
  const entries = Object.entries(texts);
  const types = entries.map(([name, value]) => [
    name,
    typeof value === 'string' ? { code: 'STRING' } : { code: 'ARRAY', arrayElementType: { code: 'STRING' } },
  ]);
  const readOnly = at === undefined ? { strong: true, returnReadTimestamp: true } : { readTimestamp: at };
  const transaction = { singleUse: { readOnly } };
  if (typeof sql !== 'string') {
    const { table, columns, keys } = sql;
    return { table, columns, keySet: { keys: keys.map((key) => [key]) }, transaction };
  }
  return {
    ...{ sql, transaction },
    ...(entries.length === 0 ? {} : { params: texts, paramTypes: Object.fromEntries(types) }),
  };
}

/** All rows of an answer that is small; asked again while that may help. */
export async function allRows(link: Link, question: Question): Promise<Rows> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const portions = await Array.fromAsync(answerTo(link, question));
      const [first] = portions;
      if (first === undefined) throw notUnderstood(link.client.place);
      return { ...first, rows: portions.flatMap(({ rows }) => rows) };
    } catch (error) {
      const isCut = error instanceof TidemillError && error.code === 'spanner-cut-off';
      if (!isCut || attempt > link.client.limits.retries) throw error;
      await pause(link.client, attempt, error);
    }
  }
}
