/** A leg of Tidemill that reads the shop. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLI } from '../measure.ts';
import type { Shop } from './child.ts';

export interface LegOptions {
  /** Its configuration and its bucket are put there. */
  readonly folder: string;
  readonly shop: Pick<Shop, 'url'>;
  readonly warehouse: string;
  readonly pagesAMark: number;
}

/** What Node is started with to run it. */
export async function legOf({ folder, shop, warehouse, pagesAMark }: LegOptions): Promise<string[]> {
  const options = { pages_a_mark: pagesAMark };
  const config = {
    environments: { local: { bucket: join(folder, 'bucket'), warehouse } },
    services: { shop: { base_url: shop.url } },
    jobs: { orders: { service: 'shop', data_type: 'orders', cron: '0 * * * *', options } },
  };
  // JSON is YAML.
  await writeFile(join(folder, 'ingestion-config.yaml'), JSON.stringify(config));
  const preload = new URL('resolve.ts', import.meta.url).href;
  return ['--import', preload, CLI, 'run', 'orders', '--json', '--config', join(folder, 'ingestion-config.yaml')];
}
