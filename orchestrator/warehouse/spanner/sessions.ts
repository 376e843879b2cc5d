/**
 * Sessions, without which Spanner answers no question: https://cloud.google.com/spanner/docs/sessions. Each is used for one thing at
 * a time, kept for the next, and deleted in the end.
 */
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { Client } from './client.ts';

const Session = z.object({ name: z.string().min(1) });

export class Sessions {
  readonly #client: Client;
  readonly #idle: string[] = [];
  /** Used no more. */
  readonly #left: string[] = [];
  /** The last thing that was asked in them has failed. */
  readonly #doubted = new Set<string>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Runs the action with a session of its own. */
  async use<T>(action: (session: string) => Promise<T>): Promise<T> {
    const session = await this.#take();
    try {
      const result = await action(session);
      this.#leave(session, undefined);
      return result;
    } catch (error) {
      this.#leave(session, error);
      throw error;
    }
  }

  /** The same for what comes bit by bit. */
  async *during<T>(action: (session: string) => AsyncIterable<T>): AsyncGenerator<T> {
    const session = await this.#take();
    let failed: unknown;
    try {
      yield* action(session);
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      this.#leave(session, failed);
    }
  }

  async #take(): Promise<string> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const { place } = this.#client;
    const call = { method: 'POST', path: `${place.name}/sessions`, body: {} } as const;
    return this.#client.parse(Session, (await this.#client.ask(call)).content).name;
  }

  /**
   * One in which something failed is used once more: a transaction whose beginning was not answered ends when the next one begins in
   * its session. After that it may be over. It is deleted in the end, and not here: the emulator dies of a session that is deleted in
   * the middle of a transaction.
   */
  #leave(session: string, error: unknown): void {
    const code = error instanceof TidemillError ? error.code : undefined;
    const isFine = error === undefined || code === 'query-refused' || code === 'spanner-aborted';
    const isLeft = code === 'spanner-session' || (!isFine && this.#doubted.has(session));
    if (isFine) this.#doubted.delete(session);
    else this.#doubted.add(session);
    (isLeft ? this.#left : this.#idle).push(session);
  }

  async #delete(session: string): Promise<void> {
    await this.#client.askOnce({ method: 'DELETE', path: session, accept: [404] }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#idle.splice(0), ...this.#left.splice(0)].map((session) => this.#delete(session)));
  }
}
