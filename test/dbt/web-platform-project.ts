/** A project that loads an invented web platform from all of its sources, and what they say can be changed. */
import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { project } from '../cli/project.ts';
import { fileSource } from '../fakes/file-source.ts';
import { startNpmRegistry } from '../fakes/npm-registry.ts';
import { RELEASE, wptSource } from '../fakes/wpt.ts';
import { shareInstallations } from './python-env.ts';
import { browserCompatData, enums, labels, mappings, signals, webFeatures, wpt } from './web-platform-data.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const JOBS = {
  web_features: ['features', 'moved_features', 'groups', 'snapshots', 'browser_support'],
  mdn_bcd: ['browser_releases'],
  developer_signals: ['votes'],
  web_features_mappings: ['vendor_positions'],
  chromium_enums: ['enum_values'],
  wpt: ['feature_results'],
};
const OPTIONS: Readonly<Record<string, object>> = {
  mdn_bcd: { browsers: 'all' },
  wpt: { browsers: ['chrome', 'firefox'], channels: ['stable'], release: RELEASE },
};

export async function webPlatform(warehouse: string) {
  const registry = await startNpmRegistry();
  let versions = 0;
  const publish = async (name: string, contents: object): Promise<void> => {
    versions += 1;
    const files = { 'data.json': JSON.stringify(contents) };
    await registry.publish({ name, version: `1.0.${versions}`, files });
  };
  const json = (path: string, contentType: string) =>
    fileSource<object>({ path, contentType, bytesOf: (contents) => JSON.stringify(contents) });
  const sources = {
    developer_signals: await json('/web-features-signals.json', 'application/json'),
    web_features_mappings: await json('/combined-data.json', 'text/plain'),
    chromium_enums: await fileSource<string>({
      path: '/enums.xml?format=TEXT',
      contentType: 'text/plain',
      bytesOf: (contents) => Buffer.from(contents).toString('base64'),
    }),
    wpt: await wptSource(),
  };
  await publish('web-features', webFeatures);
  await publish('@mdn/browser-compat-data', browserCompatData);
  await sources.developer_signals.publish(signals);
  await sources.web_features_mappings.publish(mappings);
  await sources.chromium_enums.publish(enums(labels));
  await sources.wpt.publish(wpt);
  const config = {
    environments: { local: { warehouse } },
    services: {
      ...{ web_features: {}, mdn_bcd: {} },
      ...Object.fromEntries(Object.entries(sources).map(([service, { baseUrl }]) => [service, { base_url: baseUrl }])),
    },
    jobs: Object.fromEntries(
      Object.entries(JOBS).flatMap(([service, types]) =>
        types.map((data_type) => [data_type, { service, data_type, options: OPTIONS[service] ?? {} }]),
      ),
    ),
  };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  await cp(join(ROOT, 'dbt'), here.path('dbt'), { recursive: true });
  shareInstallations(here.path);
  const { env } = await registry.system();
  return {
    ...here,
    env,
    sources,
    publish,
    async close() {
      await Promise.all(Object.values(sources).map((source) => source.close()));
      await registry[Symbol.asyncDispose]();
    },
  };
}
