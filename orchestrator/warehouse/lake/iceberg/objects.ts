/** The objects of a table, by the URLs that it names them with. */
import type { Bucket } from '../../../storage/contract.ts';
import { objectGone } from '../errors.ts';
import { notReadable } from '../format/faults.ts';
import { pathIn } from '../format/paths.ts';
import { urlOf } from '../names.ts';

export class Objects {
  readonly #bucket: Bucket;
  readonly #folder: string;

  /** `folder` is the key of the table's. */
  constructor(bucket: Bucket, folder: string) {
    this.#bucket = bucket;
    this.#folder = folder;
  }

  /**
   * The key of what the table calls `url`. Its own word for where it lies counts, so that a table whose bucket was moved is read
   * all the same.
   */
  keyOf(location: string, url: string): string {
    const path = pathIn(location, url);
    if (path === undefined) throw notReadable(url, 'it lies outside of the folder of its table');
    return `${this.#folder}/${path}`;
  }

  async read(location: string, url: string): Promise<Buffer> {
    const key = this.keyOf(location, url);
    const object = await this.#bucket.read(key);
    if (object === undefined) throw objectGone(urlOf(this.#bucket.url, key), urlOf(this.#bucket.url, this.#folder));
    return Buffer.concat(await Array.fromAsync(object.body));
  }

  /** `path` is relative to the folder. */
  async write(path: string, bytes: Buffer): Promise<void> {
    await this.#bucket.write(`${this.#folder}/${path}`, bytes, { contentType: 'application/octet-stream' });
  }

  /** What the table calls an object that lies in its folder. */
  readonly urlOf = (location: string, key: string): string => location + key.slice(this.#folder.length);
}
