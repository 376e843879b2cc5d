/** A login that a browser has stored is taken over by `tidemill auth`, and of it what belongs to the source. */
import { expect, it } from 'vitest';
import { project } from '../cli/project.ts';

const cookie = (name: string, domain: string) => ({
  ...{ name, domain, value: `value-of-${name}`, path: '/', expires: -1 },
  ...{ httpOnly: true, secure: true, sameSite: 'Lax' },
});

it('is handed on as the credential of the connector', async () => {
  const here = await project({
    'ingestion-config.yaml': JSON.stringify({
      services: { browsed: { package: '@example/browsed' } },
      jobs: { orders: { service: 'browsed', data_type: 'orders' } },
    }),
    'login.json': JSON.stringify({
      cookies: [cookie('sid', '.browsed.example'), cookie('ad', 'ads.example')],
      origins: [],
    }),
  });
  const args = ['auth', 'browsed', '--import', 'login.json', '--save-to', '.env'];
  const { exit, stdout, stderr } = await here.run(args);
  expect([exit, stderr]).toEqual([0, '']);
  expect(here.read('.env')).toContain('BROWSED_LOGIN=');
  expect(here.read('.env')).toContain('value-of-sid');
  expect(here.read('.env')).not.toContain('ads.example');
  expect(stdout).not.toContain('value-of');
});
