/** Which records of bronze lie in a quarantine, by their places. */
import type { Bucket } from '../../storage/contract.ts';
import { readQuarantine } from '../silver/quarantine.ts';
import type { Place } from './fingerprint.ts';

export class Rejects {
  readonly #lines = new Map<string, Set<number>>();

  /** Those in these objects of quarantine. Throws `bronze-missing` or `bronze-damaged`. */
  static async read(bucket: Bucket, keys: Iterable<string>): Promise<Rejects> {
    const rejects = new Rejects();
    for (const key of keys) {
      for await (const records of readQuarantine(bucket, key)) for (const record of records) rejects.#add(record);
    }
    return rejects;
  }

  has = ({ object, line }: Place): boolean => this.#lines.get(object)?.has(line) === true;

  #add({ object, line }: Place): void {
    const lines = this.#lines.get(object) ?? new Set();
    this.#lines.set(object, lines.add(line));
  }
}
