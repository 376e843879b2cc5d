/**
 * Sessions, without which Spanner answers no question: https://cloud.google.com/spanner/docs/sessions. Each is used for one thing at
 * a time, kept for the next, and deleted in the end; one that is over is left to itself.
 */
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import type { Client } from './client.ts';

const Session = z.object({ name: z.string().min(1) });

export class Sessions {
  readonly #client: Client;
  readonly #idle: string[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  /** Runs the action with a session of its own. */
  async use<T>(action: (session: string) => Promise<T>): Promise<T> {
    const session = await this.#take();
    try {
      const result = await action(session);
      this.#idle.push(session);
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

  /** One that may be over, or hold something, is not used again. */
  #leave(session: string, error: unknown): void {
    const isFine = error === undefined || (error instanceof TidemillError && error.code === 'query-refused');
    if (isFine) this.#idle.push(session);
    else void this.#delete(session);
  }

  /** Its transaction ends with it. Nobody waits for that: by itself it goes in an hour. */
  async #delete(session: string): Promise<void> {
    await this.#client.askOnce({ method: 'DELETE', path: session, accept: [404] }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((session) => this.#delete(session)));
  }
}
