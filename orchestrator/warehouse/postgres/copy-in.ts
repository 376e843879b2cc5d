/**
 * COPY … FROM STDIN over a connection of `pg`, which knows the messages but leaves the sending to others:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY. What is not taken yet is waited for, so that memory
 * does not grow with the rows.
 */
import { once } from 'node:events';
import type { Connection, Submittable } from 'pg';

const HEADER_BYTES = 5;
const COPY_DATA = 'd'.charCodeAt(0);
const COPY_DONE = Buffer.from([...Buffer.from('c'), 0, 0, 0, 4]);

export class CopyIn implements Submittable {
  readonly #sql: string;
  readonly #started = Promise.withResolvers<Connection>();
  readonly #ended = Promise.withResolvers<void>();
  #error: Error | undefined;

  constructor(sql: string) {
    this.#sql = sql;
    // Whoever waits hears of it; nobody may be waiting when it comes.
    this.#started.promise.catch(() => undefined);
    this.#ended.promise.catch(() => undefined);
  }

  /** Sends what comes, and resolves when the server has it. An error among the chunks leaves the connection as it is: close it. */
  async send(chunks: AsyncIterable<Buffer>): Promise<void> {
    const { stream } = await this.#started.promise;
    for await (const chunk of chunks) {
      const header = Buffer.alloc(HEADER_BYTES);
      header[0] = COPY_DATA;
      header.writeUInt32BE(chunk.length + HEADER_BYTES - 1, 1);
      stream.write(header);
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), this.#ended.promise]);
      if (this.#error !== undefined) throw this.#error;
    }
    stream.write(COPY_DONE);
    await this.#ended.promise;
  }

  // From here on: what `pg` calls.

  submit(connection: Connection): void {
    connection.query(this.#sql);
  }

  handleCopyInResponse(connection: Connection): void {
    this.#started.resolve(connection);
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.#error = error;
    this.#started.reject(error);
    this.#ended.reject(error);
  }

  handleReadyForQuery(): void {
    this.#ended.resolve();
  }
}
