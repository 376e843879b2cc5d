/** Counts what a snapshot has while it goes by. */
import { TidemillError } from '@tidemill/kit';
import { JsonPieces } from './json-pieces.ts';
import { errorCodeOf, mediaIn, recordIn } from './records.ts';

export class Tally {
  #posts = 0;
  #media = 0;
  readonly #errors = new Map<string, number>();

  get counts(): Readonly<Record<'post_count' | 'media_count' | 'error_count', number>> {
    return { post_count: this.#posts, media_count: this.#media, error_count: this.#failed };
  }

  /** Why inputs have failed, by the codes that Bright Data has for that; undefined where none has. */
  failures(): string | undefined {
    if (this.#errors.size === 0) return undefined;
    const reasons = [...this.#errors].map(([code, count]) => `${code} ${count}`).join(', ');
    return `${this.#failed} of its results are errors, no posts (${reasons})`;
  }

  /**
   * The same bytes. Throws kind `transient`, code `brightdata-cut`, when they end too early, and `source-changed`, code
   * `brightdata-snapshot`, when they are no records in JSON: of such a snapshot nothing is kept.
   */
  async *counting(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const pieces = new JsonPieces();
    for await (const piece of bytes) {
      for (const record of pieces.push(piece)) this.#count(record);
      yield piece;
    }
    for (const record of pieces.end()) this.#count(record);
  }

  get #failed(): number {
    return [...this.#errors.values()].reduce((sum, count) => sum + count, 0);
  }

  #count(line: Uint8Array): void {
    const record = parsed(line);
    const code = errorCodeOf(record);
    if (code !== undefined) {
      this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
      return;
    }
    this.#posts += 1;
    this.#media += mediaIn(record);
  }
}

function parsed(line: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return recordIn(line);
  } catch {
    // No cause: a SyntaxError quotes the text, which may be personal.
    throw new TidemillError('source-changed', 'brightdata-snapshot', 'A snapshot has a record that is no JSON', {
      hint: 'Nothing of it was kept. If it stays so, Bright Data writes snapshots otherwise than the connector knows.',
    });
  }
}
