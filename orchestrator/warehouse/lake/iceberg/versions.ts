/**
 * Which version of a table is the newest, and how the next one comes to be. Each is an object that is only ever created, so of two
 * writers one makes it. A hint says where to begin to look, for others to find the newest in one step; what is there decides.
 */
import type { Bucket } from '../../../storage/contract.ts';
import { readText } from '../../../storage/text.ts';
import { notReadable } from '../format/faults.ts';
import { urlOf } from '../names.ts';

export interface StoredVersion {
  /** Counts from 1. */
  readonly number: number;
  readonly text: string;
  readonly url: string;
}

/** Another writer's hint may come between. */
const HINT_ATTEMPTS = 5;

export class Versions {
  readonly #bucket: Bucket;
  readonly #folder: string;

  /** `folder` is the key of the table's. */
  constructor(bucket: Bucket, folder: string) {
    this.#bucket = bucket;
    this.#folder = `${folder}/metadata`;
  }

  /** Where readers begin to look; undefined where nothing says so. */
  async hinted(): Promise<number | undefined> {
    return (await this.#hint()).number;
  }

  /** Whether there is one, whatever it holds. */
  async areThere(): Promise<boolean> {
    const hinted = await this.hinted();
    return (hinted !== undefined && (await this.#isThere(hinted))) || (await this.#listed()) !== undefined;
  }

  async newest(): Promise<StoredVersion | undefined> {
    const hinted = await this.hinted();
    let found = (hinted === undefined ? undefined : await this.#at(hinted)) ?? (await this.#listed());
    if (found === undefined) return undefined;
    for (let next = await this.#at(found.number + 1); next !== undefined; next = await this.#at(found.number + 1)) {
      found = next;
    }
    return found;
  }

  /**
   * Makes the version after `base`, the first one without it. Refused when another writer did so. It is also refused when what it
   * made follows nothing, or nothing follows it: this writer has slept for so long that versions were swept meanwhile.
   */
  async create(base: StoredVersion | undefined, text: string): Promise<'created' | 'refused'> {
    const number = (base?.number ?? 0) + 1;
    const created = await this.#bucket.write(this.#key(number), Buffer.from(text), {
      contentType: 'application/json',
      onlyIf: 'absent',
    });
    // A bucket that does not look whether a refused write is its own: no two commits have the same text.
    if (created === undefined && (await this.#at(number))?.text !== text) return 'refused';
    if (base !== undefined && !(await this.#isThere(base.number))) return 'refused';
    if (await this.#isCutOff(number)) return 'refused';
    // The version is there whatever becomes of the hint: who looks for the newest goes on from an old one.
    await this.#moveHint(number).catch(() => undefined);
    return 'created';
  }

  /** Whether there are higher versions and none is the next one: a first version has no base that would be missing, either. */
  async #isCutOff(number: number): Promise<boolean> {
    const { number: hinted = 0 } = await this.#hint();
    return hinted > number && !(await this.#isThere(number + 1)) && (await this.#isThere(hinted));
  }

  /** Never back: then readers would see old rows until the next commit. */
  async #moveHint(number: number): Promise<void> {
    for (let attempt = 1; attempt <= HINT_ATTEMPTS; attempt += 1) {
      const hint = await this.#hint();
      if (hint.number !== undefined && hint.number >= number) return;
      const onlyIf = hint.version === undefined ? 'absent' : { version: hint.version };
      // Digits and nothing else: DuckDB and PyIceberg stumble over a line break.
      const moved = await this.#bucket.write(this.#hintKey, Buffer.from(String(number)), {
        contentType: 'text/plain',
        onlyIf,
      });
      if (moved !== undefined) return;
    }
  }

  async #hint(): Promise<{ readonly number: number | undefined; readonly version: string | undefined }> {
    const object = await readText(this.#bucket, this.#hintKey);
    const text = object?.text.trim() ?? '';
    return { number: /^\d{1,15}$/.test(text) ? Number(text) : undefined, version: object?.version };
  }

  async #at(number: number): Promise<StoredVersion | undefined> {
    const key = this.#key(number);
    const object = await readText(this.#bucket, key);
    return object === undefined ? undefined : { number, text: object.text, url: urlOf(this.#bucket.url, key) };
  }

  async #isThere(number: number): Promise<boolean> {
    const object = await this.#bucket.read(this.#key(number), { range: { from: 0, to: 0 } });
    if (object === undefined) return false;
    for await (const _ of object.body) break;
    return true;
  }

  /**
   * The newest of those that are there. Other engines may compress theirs; to go on from the one before would take back what
   * they wrote, so that is refused.
   */
  async #listed(): Promise<StoredVersion | undefined> {
    const [plain, compressed] = [
      { number: 0, key: '' },
      { number: 0, key: '' },
    ];
    for await (const { key } of this.#bucket.list(`${this.#folder}/v`)) {
      const [, digits, ...endings] = /\/v(\d+)(\.\w+)?\.metadata\.json(\.\w+)?$/.exec(key) ?? [];
      const newest = endings.some((ending) => ending !== undefined) ? compressed : plain;
      if (Number(digits) > newest.number) Object.assign(newest, { number: Number(digits), key });
    }
    if (compressed.number > plain.number) {
      const said = "it is compressed (write.metadata.compression-codec among the table's properties must be none)";
      throw notReadable(urlOf(this.#bucket.url, compressed.key), said);
    }
    return plain.number === 0 ? undefined : this.#at(plain.number);
  }

  /** Readers make the name of the number: no zeros before it. */
  readonly #key = (number: number): string => `${this.#folder}/v${number}.metadata.json`;

  get #hintKey(): string {
    return `${this.#folder}/version-hint.text`;
  }
}
