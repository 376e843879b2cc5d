/** One connection, as a load or a question has it from its beginning to its end. */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { TidemillError } from '@tidemill/kit';
import pg from 'pg';
import type { WarehouseOptions } from '../contract.ts';
import type { Address, Tls } from './connection.ts';
import { CopyIn } from './copy-in.ts';
import { asConnectError, asPostgresError } from './errors.ts';

export type Waiting = Pick<WarehouseOptions, 'clock' | 'random'>;

/** Every value as the server prints it, NULL as null. */
export type Row = readonly (string | null)[];

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly rows: readonly Row[];
  /** What kind of statement it was, as the server says. */
  readonly command: string;
  readonly affected: number;
}

const CONNECT_MS = 30_000;
const QUIET_MS = 30_000;
/** How long a server is waited for that has no room or is only starting: half a minute in all. */
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** What a driver that is told nothing else would make of texts. */
const AS_PRINTED = { getTypeParser: () => (printed: string) => printed } as unknown as pg.CustomTypesConfig;

export class Session {
  readonly url: string;
  readonly #client: pg.Client;

  private constructor(url: string, client: pg.Client) {
    this.url = url;
    this.#client = client;
  }

  /**
   * Connects. The start-up packet says who asks and the name of the application, and nothing else: PgBouncer refuses more, and
   * what a session were set to would reach whoever has its connection next.
   */
  static async open(address: Address, { clock, random }: Waiting): Promise<Session> {
    for (const wait of [...WAITS_MS, undefined]) {
      try {
        return await Session.#connect(address);
      } catch (error) {
        const isNotNow = error instanceof TidemillError && error.code === 'postgres-not-now';
        if (!isNotNow || wait === undefined) throw error;
        await clock.sleep(wait * (0.5 + random()));
      }
    }
    throw new TypeError('unreachable');
  }

  static async #connect({ url, host, port, database, user, password, tls }: Address): Promise<Session> {
    const socket = new Socket();
    const client = new pg.Client({
      stream: () => socket,
      host,
      port,
      database,
      user,
      // As a function, so that nobody looks for one in PGPASSWORD or ~/.pgpass.
      password: () => password ?? '',
      ssl: tlsOptions(tls, host),
      application_name: 'tidemill',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: QUIET_MS,
    });
    // The client has taken PGOPTIONS of a person's shell for the start-up packet, and a pooler refuses what it does not know.
    delete (client as unknown as { connectionParameters: { options?: string } }).connectionParameters.options;
    // A connection that is lost while nobody asks: whoever asks next is told.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return new Session(url, client);
    } catch (error) {
      // Whoever was not let in is otherwise kept waiting at the door.
      socket.destroy();
      throw asConnectError(error, url);
    }
  }

  /** Runs statements, several with semicolons between them, and answers the number of rows that the last one affected. */
  async run(sql: string): Promise<number> {
    const answer = await this.#attempt(() => this.#client.query(sql));
    const last: pg.QueryResult = Array.isArray(answer) ? answer.at(-1) : answer;
    return last.rowCount ?? 0;
  }

  async rows(sql: string): Promise<readonly Row[]> {
    return (await this.ask(sql)).rows;
  }

  /** `one`: the server refuses a text of several statements. */
  async ask(sql: string, statements: 'one' | 'any' = 'any'): Promise<Answer> {
    const query = { text: sql, rowMode: 'array' as const, types: AS_PRINTED };
    const asked = statements === 'one' ? { ...query, queryMode: 'extended' } : query;
    const { fields, rows, command, rowCount } = await this.#attempt(() => this.#client.query<(string | null)[]>(asked));
    return {
      columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
      rows,
      command,
      affected: rowCount ?? 0,
    };
  }

  /** COPY … FROM STDIN of these chunks. What is thrown among them passes through, and the session must be closed then. */
  async copy(sql: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    let own: { readonly error: unknown } | undefined;
    const guarded = (async function* () {
      try {
        yield* chunks;
      } catch (error) {
        own = { error };
        throw error;
      }
    })();
    await this.#attempt(() => this.#client.query(new CopyIn(sql)).send(guarded)).catch((error) => {
      throw own === undefined ? error : own.error;
    });
  }

  /** Ends the connection, and with it whatever is not committed. Never throws. */
  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw asPostgresError(error, this.url);
    }
  }
}

function tlsOptions({ verify, authorities }: Tls, host: string): ConnectionOptions | false {
  if (verify === 'off') return false;
  if (verify === 'nothing') return { rejectUnauthorized: false };
  const ca = authorities === undefined ? {} : { ca: certificates(authorities) };
  return {
    ...ca,
    rejectUnauthorized: true,
    // The host of the URL, also where it is an address: of that TLS itself is told nothing.
    checkServerIdentity: (_, certificate) =>
      verify === 'authority' ? undefined : checkServerIdentity(host, certificate),
  };
}

function certificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TidemillError('config', 'postgres-tls', `The file of sslrootcert, ${file}, cannot be read`, {
      hint: 'Name a file of certificates (PEM); one without a leading slash is looked for where the command is started.',
      cause,
    });
  }
}
