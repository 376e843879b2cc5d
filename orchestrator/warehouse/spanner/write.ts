/**
 * Commits. Each is a transaction that first reads who wrote to the table last: if that is whoever it expects, it writes, and says that
 * it was the last. So nothing is written over a table that is not what it was held against; and a commit whose answer was lost is
 * looked at again, for it has left its name.
 */
import { randomUUID } from 'node:crypto';
import { errorKinds, TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { Mutation } from './portions.ts';
import { type Link, pause } from './read.ts';
import { TABLES } from './record.ts';

/** How a commit ended: it is there; somebody else was first; or it is more than one commit may be. */
export type Committed = { readonly writer: string } | 'overtaken' | 'too large';

const Begin = z.object({
  metadata: z.object({ transaction: z.object({ id: z.string().min(1) }) }),
  rows: z.array(z.array(z.unknown())).default([]),
});

export interface Commit {
  /** As `tableName` has it. */
  readonly table: string;
  /** Who is expected to have written last; null for nobody. */
  readonly after: string | null;
  readonly mutations: readonly Mutation[];
}

/** A process that was killed is in the way for ten seconds (https://cloud.google.com/spanner/docs/transactions#idle_transactions). */
const ATTEMPTS = 20;
/** The emulator cannot tell that it has aborted a transaction, and says that it has failed. */
const IN_THE_WAY: ReadonlySet<string> = new Set(['spanner-aborted', 'spanner-unavailable']);

export async function commit(link: Link, what: Commit): Promise<Committed> {
  const writer = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await link.sessions.use((session) => attemptOf(link, session, what, writer));
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      if (error.code === 'spanner-too-large') return 'too large';
      const { retries } = link.client.limits;
      const most = IN_THE_WAY.has(error.code) ? Math.max(ATTEMPTS, retries) : retries;
      if (!errorKinds[error.kind].retry || attempt > most) throw error;
      await pause(link.client, attempt, error);
    }
  }
}

async function attemptOf(
  { client }: Link,
  session: string,
  { table, after, mutations }: Commit,
  writer: string,
): Promise<Committed> {
  const begin = await client.askOnce({
    method: 'POST',
    path: `${session}:executeSql`,
    body: {
      sql: `SELECT writer FROM ${TABLES} WHERE table_name = @table`,
      params: { table },
      paramTypes: { table: { code: 'STRING' } },
      transaction: { begin: { readWrite: {} } },
    },
  });
  const { metadata, rows } = client.parse(Begin, begin.content);
  const transactionId = metadata.transaction.id;
  const last = rows[0]?.[0] ?? null;
  if (last !== after) {
    await client
      .askOnce({ method: 'POST', path: `${session}:rollback`, body: { transactionId } })
      .catch(() => undefined);
    return last === writer ? { writer } : 'overtaken';
  }
  const signed = { insertOrUpdate: { table: TABLES, columns: ['table_name', 'writer'], values: [[table, writer]] } };
  const body = { transactionId, mutations: [...mutations, signed] };
  await client.askOnce({ method: 'POST', path: `${session}:commit`, body });
  return { writer };
}

/** Writes what may be written twice, whoever else does. */
export async function writeOnce({ client, sessions }: Link, mutations: readonly Mutation[]): Promise<void> {
  await sessions.use((session) =>
    client.ask({
      method: 'POST',
      path: `${session}:commit`,
      body: { singleUseTransaction: { readWrite: {} }, mutations },
    }),
  );
}
