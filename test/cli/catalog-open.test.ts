/** A service whose data types its jobs make has no catalog, and keeps nobody else from theirs. */
import { describe, expect, it } from 'vitest';
import { openShop } from './catalog-project.ts';
import { project } from './project.ts';

const FILES = {
  services: { exports: { package: '@tidemill/files', options: { url: 'incoming' } } },
  jobs: { sales: { service: 'exports', data_type: 'sales', options: { files: '*.csv' } } },
};

describe('a service of an open connector', () => {
  it('is refused by its name, and passed over among others', async () => {
    const alone = await project({ 'ingestion-config.yaml': JSON.stringify(FILES) });
    const named = await alone.run(['catalog', 'collect', 'exports']);
    expect([named.exit, named.stdout + named.stderr]).toEqual([
      2,
      expect.stringContaining('exports cannot say which data sets it has: they are what its jobs make'),
    ]);
    const nothing = await alone.run(['catalog', 'collect']);
    expect([nothing.exit, nothing.stderr]).toEqual([2, expect.stringContaining('can say what it has')]);
    const shop = await openShop(FILES.jobs);
    const config = JSON.parse(shop.here.read('ingestion-config.yaml'));
    shop.here.write(
      'ingestion-config.yaml',
      JSON.stringify({ ...config, services: { ...config.services, ...FILES.services } }),
    );
    const all = await shop.run(['catalog', 'collect']);
    expect([all.exit, all.stdout]).toEqual([0, 'stocked: 3 data sets\n  has: orders, price_list, labels\n']);
    await shop.close();
  });
});
