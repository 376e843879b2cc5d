/** The real preview of pull requests, run on a machine of its own, with a registry that answers here. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NpmRegistry, startNpmRegistry } from '../../fakes/npm-registry.ts';
import { runWorkflow, type WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { brokenRules } from '../rules.ts';
import { legsOf, logOf, prints, resultsOf, shop, workflowText } from '../scenario.ts';
import { readWorkflow } from '../workflow.ts';

const PREVIEW = 'preview.yaml';
const BASE = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567';
const ON = { TIDEMILL_PREVIEW: 'true' };
const STREAMS = 'connectors/web_features/streams.ts';

const group = (name: string, parent?: string) => ({ name, ...(parent === undefined ? {} : { parent }) });
const DATA = {
  browsers: {},
  features: {},
  groups: { css: group('CSS'), grid: group('Grid', 'css'), flex: group('Flexbox', 'css') },
  snapshots: {},
};

let registry: NpmRegistry;
let target: Repository;

beforeAll(async () => {
  registry = await startNpmRegistry();
  const files = { 'data.json': JSON.stringify(DATA), 'package.json': '{"name":"web-features","version":"3.40.0"}' };
  await registry.publish({ name: 'web-features', version: '3.40.0', files });
  target = await makeRepository({
    jobs: {
      groups: { service: 'web_features', data_type: 'groups' },
      tracks: { service: 'spotify', data_type: 'recently_played' },
      orders: shop('orders', prints(1)),
    },
  });
});
afterAll(() => registry[Symbol.asyncDispose]());

/** What a pull request is merged to: the target branch with one file changed. */
async function merged(file: string, from: string, to: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'merged-')), 'repository');
  cpSync(target.folder, folder, { recursive: true });
  const text = readFileSync(join(folder, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
  writeFileSync(join(folder, file), text.replace(from, to));
  return folder;
}

async function preview(folder: string, values: Readonly<Record<string, string>> = ON): Promise<WorkflowRun> {
  const { env } = await registry.system();
  return runWorkflow(await readWorkflow(PREVIEW, await workflowText(PREVIEW)), {
    event: { name: 'pull_request', base: BASE },
    repository: folder,
    commits: { [BASE]: target.folder },
    vars: { values },
    machineEnv: { ...env, TIDEMILL_NOW: '2026-11-21T06:41:00Z' },
  });
}

describe('a preview', () => {
  it.each([{}, { TIDEMILL_PREVIEW: 'false' }])('is not made with %j', async (values) => {
    expect(resultsOf(await preview(target.folder, values))).toEqual({ preview: 'skipped' });
  });

  it('says of the connector that is touched which rows come out otherwise, in numbers', async () => {
    const ran = await preview(await merged(STREAMS, 'name: group.name', 'name: group.name.toUpperCase()'));
    expect(resultsOf(ran), logOf(ran)).toEqual({ preview: 'success' });
    const [leg] = legsOf(ran, 'preview');
    // CSS is written so already.
    expect(leg?.summary).toContain('| groups | 3 | 0 | 2 | 0 | 0 | name (2) | 0 |');
    expect(leg?.steps.at(-1)?.log).not.toMatch(/Flexbox|FLEXBOX/);
  });

  it.each([
    ['that asks for credentials', 'connectors/spotify/index.ts', 'import', '// Touched.\nimport'],
    ['that is only described otherwise', 'connectors/web_features/README.md', '#', '# Touched.\n#'],
  ])('has nothing to say of a connector %s', async (_, file, from, to) => {
    const ran = await preview(await merged(file, from, to));
    expect(resultsOf(ran), logOf(ran)).toEqual({ preview: 'success' });
    const [leg] = legsOf(ran, 'preview');
    expect(leg?.summary).toBe('No job of a public data set is touched.\n');
    expect(leg?.steps.filter(({ outcome }) => outcome === 'skipped')).toHaveLength(3);
  });

  it('is red when the code of the pull request breaks', async () => {
    const ran = await preview(
      await merged(STREAMS, 'export const groups', 'throw new Error("broken");\nexport const groups'),
    );
    expect(resultsOf(ran)).toEqual({ preview: 'failure' });
  });

  it('is started by nobody’s word but a pull request’s, and sees no secret, no environment and no identity', async () => {
    const { events } = await readWorkflow(PREVIEW, await workflowText(PREVIEW));
    expect(Object.keys(events)).toEqual(['pull_request']);
    const text = await workflowText(PREVIEW);
    expect(text).not.toMatch(/secrets\.|environment:|id-token|: write|pull_request_target/);
    const asking = text.replace('node-version: 24', 'node-version: 24\n        env:\n          A: ${{ secrets.A }}');
    const faults = brokenRules(await readWorkflow(PREVIEW, asking));
    expect(faults.map(({ rule }) => rule)).toEqual(['a setup sees no secret', 'a pull request sees no secret']);
  });
});
