/** What is said to DuckDB, and heard from it. */
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { TidemillError } from '@tidemill/kit';
import { asWarehouseError } from './errors.ts';
import './whole-texts.ts';

/** How many threads DuckDB works with. With a second one, the first spins while it waits for it (docs/decisions, "DuckDB works with one thread"). */
export const ENGINE_THREADS = '1';

/** A connection: what DuckDB throws comes out as an error that says who must act. */
export class FileSession {
  readonly #file: string;
  readonly #explain: typeof asWarehouseError;
  readonly connection: DuckDBConnection;

  constructor(file: string, connection: DuckDBConnection, explain = asWarehouseError) {
    this.#file = file;
    this.connection = connection;
    this.#explain = explain;
  }

  /** What was thrown as an error that says who must act. */
  explain(thrown: unknown): TidemillError {
    return this.#explain(thrown, this.#file);
  }

  /** Runs the statement and answers the number of rows it affected. */
  async run(sql: string): Promise<number> {
    return this.#attempt(async () => (await this.connection.run(sql)).rowsChanged);
  }

  /** Sets what DuckDB may hold in memory. Less than is in use cannot be set; then the limit stays as it is. */
  async limitMemory(megabytes: number): Promise<void> {
    await this.connection.run(`SET GLOBAL memory_limit = '${megabytes}MB'`).catch(() => undefined);
  }

  /**
   * Moves what was committed from the log to its place. It is durable before and after, so a failure is none of the
   * merge: if the file cannot be used any more, the next statement says so, and the next process reads the log.
   */
  async checkpoint(): Promise<void> {
    await this.connection.run('CHECKPOINT').catch(() => undefined);
  }

  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return this.#attempt(async () => (await this.connection.runAndReadAll(sql)).getRows());
  }

  /** Rows by column, values as JSON has them; what JSON has no number for is a text. */
  async objects(sql: string): Promise<readonly unknown[]> {
    return this.#attempt(async () => (await this.connection.runAndReadAll(sql)).getRowObjectsJson());
  }

  /** Rows of a query as they come, a chunk at a time. */
  async *stream(sql: string): AsyncGenerator<readonly (readonly unknown[])[]> {
    const result = await this.#attempt(() => this.connection.stream(sql));
    for (;;) {
      const rows = await this.#attempt(async () => (await result.fetchChunk())?.getRows() ?? []);
      if (rows.length === 0) return;
      yield rows;
    }
  }

  /** Bulk load into a temporary table. `append` gets the appender as often as it likes; what it throws is explained. */
  async appender(table: string): Promise<(append: (appender: DuckDBAppender) => void) => void> {
    const appender = await this.#attempt(() => this.connection.createAppender(table, 'main', 'temp'));
    return (append) => {
      try {
        append(appender);
      } catch (error) {
        throw this.explain(error);
      }
    };
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.explain(error);
    }
  }
}
