import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

const COPIED = [
  ...['.github', 'docs', 'scripts', 'connectors', 'orchestrator', 'README.md', 'package.json', 'package-lock.json'],
  ...['ingestion-config.yaml', 'job-groups.yaml', 'dbt'],
];

interface Ending {
  readonly exit: number;
  readonly output: string;
}

describe('npm run generate', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemill-generate-'));
    const filter = (path: string): boolean => !path.slice(ROOT.length).includes('node_modules');
    for (const copied of COPIED) {
      await cp(join(ROOT, copied), join(folder, copied), { recursive: true, filter });
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await generate();
  });

  function generate(...args: string[]): Promise<Ending> {
    return new Promise((resolve) => {
      execFile(process.execPath, [join(folder, 'scripts/generate.ts'), ...args], (error, stdout, stderr) => {
        resolve({ exit: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
      });
    });
  }

  it('leaves nothing stale, and says the same every time', async () => {
    expect(await generate('--check')).toEqual({ exit: 0, output: '' });
    expect((await generate()).output).toMatch(/^All \d+ files are fresh\.\n$/);
  });

  it('--check names each stale file and how to refresh it, and writes nothing', async () => {
    const errors = await readFile(join(folder, 'docs/errors.md'), 'utf8');
    await appendFile(join(folder, 'docs/errors.md'), 'More.\n');
    await rm(join(folder, 'docs/schemas'), { recursive: true });
    const { exit, output } = await generate('--check');
    expect(exit).toBe(1);
    expect(output).toContain('npm run generate');
    const stale = output.match(/^ {2}\S+/gm)?.map((line) => line.trim()) ?? [];
    expect(stale.filter((path) => !path.startsWith('docs/schemas/events/'))).toEqual([
      'docs/schemas/ingestion-config.schema.json',
      'docs/schemas/job-groups.schema.json',
      'docs/errors.md',
      'docs/schemas/openapi.json',
    ]);
    expect(stale).toContain('docs/schemas/events/run-failed.schema.json');
    expect(await readFile(join(folder, 'docs/errors.md'), 'utf8')).toBe(`${errors}More.\n`);
    await generate();
    expect(await readFile(join(folder, 'docs/errors.md'), 'utf8')).toBe(errors);
    expect(await generate('--check')).toEqual({ exit: 0, output: '' });
  });

  it('notices a new error code and a new column', async () => {
    await appendFile(
      join(folder, 'orchestrator/plan/words.ts'),
      "\nexport const tooLate = () => new TidemillError('transient', 'much-too-late', 'It is over');\n",
    );
    const schema = join(folder, 'scripts/connector-kinds/api/connectors/acme_crm/schema.ts');
    const written = await readFile(schema, 'utf8');
    await writeFile(schema, written.replace("describe('Full name.')", "describe('The whole name.')"));
    const { output } = await generate('--check');
    expect(output).toContain('  docs/errors.md\n');
    expect(output).toContain('  scripts/connector-kinds/api/connectors/acme_crm/README.md\n');
  });

  it('takes away the staging model of a table that is gone, and no file of a person', async () => {
    const staging = join(folder, 'dbt/models/staging/web_features');
    const view = await readFile(join(staging, 'stg_web_features__groups.sql'), 'utf8');
    await writeFile(join(staging, 'stg_web_features__gone.sql'), view);
    await writeFile(join(staging, 'mine.sql'), 'select 1\n');
    const stale = await generate('--check');
    expect([stale.exit, stale.output]).toEqual([1, expect.stringContaining('stg_web_features__gone.sql')]);
    await generate();
    expect(await readdir(staging)).not.toContain('stg_web_features__gone.sql');
    expect(await readFile(join(staging, 'mine.sql'), 'utf8')).toBe('select 1\n');
    expect((await generate('--check')).output).not.toContain('dbt/');
  });

  it('explains itself, and refuses what it does not know', async () => {
    expect(await generate('--help')).toEqual({ exit: 0, output: expect.stringContaining('Usage:') });
    expect(await generate('--chekc')).toEqual({ exit: 2, output: expect.stringContaining('Usage:') });
  });
});
