import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { declaredBy } from './connector-package.ts';

it('a plan, where no connector is installed, knows the variables that the options of a service name', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidemill-template-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const tidemill = {
    credentials: ['SHARED_KEY'],
    template: { variables: ['auth.token', 'auth.password', 'auth.token.too.deep'] },
  };
  await mkdir(join(root, 'connectors/bag'), { recursive: true });
  await writeFile(join(root, 'connectors/bag/package.json'), JSON.stringify({ name: '@acme/bag', tidemill }));
  const declared = async (options?: Record<string, unknown>): Promise<string[]> => {
    const service = { name: 'shop', package: '@acme/bag', options, serial: false };
    const { credentials } = await declaredBy({ ...service, base_url: undefined, auth_url: undefined }, root);
    return credentials.map(({ name }) => name);
  };
  expect(await declared()).toEqual(['SHARED_KEY']);
  expect(await declared({ auth: { token: 'SHOP_TOKEN', header: 'X-Key' } })).toEqual(['SHARED_KEY', 'SHOP_TOKEN']);
  expect(await declared({ auth: { token: 7, password: 'SHOP_PASSWORD' } })).toEqual(['SHARED_KEY', 'SHOP_PASSWORD']);
});
