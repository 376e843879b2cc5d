/** Runs of a connector that reads a shop's site with the browser of the machine. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chainOf } from '../../orchestrator/run/bronze/chain.ts';
import type { Manifest } from '../../orchestrator/run/bronze/manifest.ts';
import { readState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { type Run, runOnce } from '../cli/world.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import { type BrowsedSite, SESSION } from '../fakes/browsed-site.ts';

const CONNECTOR = new URL('../fixtures/connectors/browsed.ts', import.meta.url).href;

/** A login of the site, as a browser has stored it: of another host, too. */
export const loginOf = (value = SESSION): string => {
  const cookie = { path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' };
  return JSON.stringify({
    cookies: [
      { ...cookie, name: 'sid', value, domain: '127.0.0.1' },
      { ...cookie, name: 'ads', value: 'who-was-where-before', domain: '127.0.0.2' },
    ],
    origins: [],
  });
};

/** What a run needs of the machine; the tests are given the program that they have. */
export const browserEnv = {
  TIDEMILL_BROWSER: process.env['TIDEMILL_TEST_BROWSER'] ?? '',
  PATH: process.env['PATH'] ?? '',
};

export class Shop {
  readonly #site: BrowsedSite;
  readonly #folder: string;
  readonly bucket: Bucket;
  readonly warehouse = memoryWarehouse();

  private constructor(site: BrowsedSite, folder: string) {
    this.#site = site;
    this.#folder = folder;
    this.bucket = openLocalBucket(join(folder, 'bucket'));
  }

  static async of(site: BrowsedSite): Promise<Shop> {
    return new Shop(site, await mkdtemp(join(tmpdir(), 'tidemill-browsed-')));
  }

  run(of: string, more: Partial<Omit<Run, 'job'>> = {}) {
    return runOnce({
      job: { id: of, service: 'browsed', data_type: of, max_reject_ratio: 1, retry_attempts: 0 },
      bucket: this.bucket,
      warehouse: this.warehouse,
      cwd: this.#folder,
      now: '2026-11-21T06:30:00Z',
      connector: CONNECTOR,
      baseUrl: this.#site.url,
      env: { ...browserEnv, BROWSED_LOGIN: loginOf() },
      ...more,
    });
  }

  /** Rows as texts, in order. */
  async rows(of: string, ...columns: string[]): Promise<string[]> {
    const found = await this.warehouse.read({ schema: 'browsed', name: of }, ...columns);
    return (found ?? []).map((row) => row.join(' ')).sort();
  }

  /** Manifests from the first to the newest. */
  async manifests(of: string): Promise<Manifest[]> {
    const { state } = await readState(this.bucket, of);
    const links = await Array.fromAsync(chainOf(this.bucket, state.head));
    return links.flatMap((link) => ('missing' in link ? [] : [link.manifest])).reverse();
  }

  async text(key: string): Promise<string> {
    const bytes = Buffer.concat(await Array.fromAsync((await this.bucket.read(key))?.body ?? []));
    return (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  }

  /** Everything that lies in the bucket, as one text. */
  async everything(): Promise<string> {
    const texts: string[] = [];
    for await (const { key } of this.bucket.list('')) texts.push(await this.text(key));
    return texts.join('\n');
  }
}
