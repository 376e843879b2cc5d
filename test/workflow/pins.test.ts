/** What foreign code the workflows run, what the linters are told to overlook, and what the threat table promises. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultList } from '../../orchestrator/config/faults.ts';
import { readYaml } from '../../orchestrator/config/yaml-source.ts';
import { withSetups } from '../../orchestrator/workflows/setup.ts';
import { withTransform } from '../../orchestrator/workflows/transform.ts';
import { load } from '../fixtures/config.ts';
import { WORKFLOWS, workflowText } from './scenario.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** A test of that name. */
/** A test of that name, or one for each of some rows. */
const titled = (name: string): RegExp =>
  new RegExp(`(?:\\b(?:it|test)\\(|\\)\\()\\s*'${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}'`);

const read = (path: string): Promise<string> => readFile(resolve(ROOT, path), 'utf8');

/** Each at the commit that its version's tag names. */
const ACTIONS: Readonly<Record<string, string>> = {
  'actions/cache/restore': '55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0',
  'actions/cache/save': '55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0',
  'actions/checkout': '3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
  'actions/deploy-pages': 'cd2ce8fcbc39b97be8ca5fce6e763baed58fa128 # v5.0.0',
  'actions/download-artifact': '3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1',
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020 # v7.0.0',
  'actions/setup-python': '5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0',
  'actions/upload-artifact': '043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1',
  'actions/upload-pages-artifact': 'fc324d3547104276b827a68afc52ff2a11cc49c9 # v5.0.0',
  'google-github-actions/auth': '7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3.0.0',
};

const workflows = await Promise.all(
  (await readdir(WORKFLOWS)).map(async (file) => [file, (await workflowText(file)).split('\n')] as const),
);

/** With the steps that this repository's own configuration does not ask for. */
const config = load(
  'transform: { enabled: true }\nservices: { shop: { setup: { python: x } } }\njobs: { a: { service: shop, data_type: b, command: c } }\n',
);
const ingestion = withTransform(await workflowText('data-ingestion-orchestrator.yaml'), config);
const generated = withSetups(ingestion, config, '/project').split('\n');

describe('an action', () => {
  const used = [...workflows, ['generated', generated] as const].flatMap(([, lines]) =>
    lines.flatMap((line) => /\buses: (\S+?)@(.*)/.exec(line)?.slice(1) ?? []),
  );
  const pairs = Array.from({ length: used.length / 2 }, (_, at) => [used[2 * at]!, used[2 * at + 1]!] as const);

  it('is one of these, at its commit', () => {
    expect(Object.fromEntries(pairs)).toEqual(ACTIONS);
    for (const [name, pin] of pairs) expect(pin).toBe(ACTIONS[name]);
  });
});

/** A line that silences a linter, and the reason if it stands behind. */
const SILENCED = /# zizmor: ignore\[[a-z-]+\](?<reason>.*)|^ +- 'unexpected/;

describe('what a linter is told to overlook', () => {
  it('has its reason behind it, or in the line before', async () => {
    const config = (await read('.github/actionlint.yaml')).split('\n');
    const reasons = [...workflows, ['actionlint.yaml', config] as const].flatMap(([, lines]) =>
      lines.flatMap((line, at) => {
        const silenced = SILENCED.exec(line);
        if (silenced === null) return [];
        return [silenced.groups?.['reason']?.trim() || lines[at - 1]!.replace(/^ *#/, '').trim()];
      }),
    );
    expect(reasons.length).toBeGreaterThanOrEqual(2);
    for (const reason of reasons) expect(reason).toMatch(/^\w.{20,}/);
  });
});

describe('an update', () => {
  it('waits a week, for npm and for actions', async () => {
    const source = readYaml('dependabot.yml', await read('.github/dependabot.yml'), new FaultList())!;
    const updates = source.at(['updates']) as { 'package-ecosystem': string; cooldown: { 'default-days': number } }[];
    const days = updates.map(({ 'package-ecosystem': what, cooldown }) => [what, cooldown['default-days']]);
    expect(days).toEqual([
      ['npm', 7],
      ['github-actions', 7],
    ]);
  });
});

describe('the threats in docs/security.md', () => {
  it('are each covered by a test that is there', async () => {
    const rows = (await read('docs/security.md')).split('\n').filter((line) => line.startsWith('| '));
    const threats = rows.slice(1);
    expect(threats.length).toBeGreaterThan(15);
    for (const row of threats) {
      const [, file, name] = /\| `([^`]+\.test\.ts)` › (.+) \|$/.exec(row) ?? [];
      expect(existsSync(resolve(ROOT, file ?? 'none')), row).toBe(true);
      expect(await read(file!), row).toMatch(titled(name!));
    }
  });
});
