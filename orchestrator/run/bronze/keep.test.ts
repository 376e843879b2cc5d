import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emission } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { keep } from './keep.ts';
import type { Commit, KeepOptions, Kept } from './kept.ts';
import { readManifest } from './manifest.ts';
import { readRecords } from './records.ts';

let folder: string;
let bucket: Bucket;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-bronze-'));
  bucket = openLocalBucket(folder);
});

const page = (from: number, count: number, url = 'https://example.org/a') => ({
  records: Array.from({ length: count }, (_, index) => ({
    id: from + index,
    big: 12345678901234567890n,
    text: 'é\n"',
  })),
  url,
});

type Emissions = Iterable<Emission<unknown>> | AsyncIterable<Emission<unknown>>;

async function kept(
  emissions: Emissions,
  scope: KeepOptions['scope'] = 'changes',
  prefix = 'job.slot.run',
  incomplete: KeepOptions['incomplete'] = 'refuse',
): Promise<Commit[]> {
  async function* source() {
    yield* emissions;
  }
  const commits = keep(source(), {
    bucket,
    facts: {
      environment: 'local',
      job: 'job',
      service: 'service',
      data_type: 'things',
      slot: '2026-11-21T06:00:00.000Z',
      interval: { start: '2026-11-20T06:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
      run: 'run',
      attempt: 1,
      method: 'api_json',
      connector: { package: '@tidemill/service', version: '1.0.0' },
    },
    packagePrefix: prefix,
    scope,
    cursor: { version: 3, schema: z.object({ after: z.int() }), start: { after: 0 } },
    cursorBefore: { after: 0 },
    cursorAtStart: { after: 0 },
    again: 'swallowed',
    checkpoints: undefined,
    line: 'moves',
    previous: undefined,
    clock: { now: () => new Date('2026-11-21T06:00:10Z') },
    incomplete,
  });
  const isCommit = (step: Kept): step is Commit =>
    !('read' in step) && !('unchanged' in step) && !('incomplete' in step) && !('notice' in step);
  return (await Array.fromAsync(commits)).filter(isCommit);
}

async function contents(commit: Commit) {
  const manifest = await readManifest(bucket, commit.package?.manifest ?? '');
  const records = (await Array.fromAsync(readRecords(bucket, manifest, {}))).flat();
  return { manifest, records };
}

describe('keeping emissions in bronze', () => {
  it('makes a package a mark, with the cursor behind it, and one of what no mark covers', async () => {
    const commits = await kept([page(0, 3), { mark: { after: 2 } }, page(3, 2), { mark: { after: 4 } }, page(5, 1)]);
    expect(commits.map(({ cursor }) => cursor)).toEqual([
      { version: 3, value: { after: 2 } },
      { version: 3, value: { after: 4 } },
      undefined,
    ]);
    expect(commits.map((commit) => commit.package?.records)).toEqual([3, 2, 1]);
    const [first] = commits;
    expect(first?.package?.manifest).toBe('bronze/service/things/dt=2026-11-21/job.slot.run-0001/manifest.json');
    const previous = await Promise.all(commits.map(async (commit) => (await contents(commit)).manifest.previous));
    expect(previous, 'each names the one before it').toEqual([
      undefined,
      commits[0]?.package?.manifest,
      commits[1]?.package?.manifest,
    ]);
  });

  it('keeps records as they came, each with its line and the URL it came from', async () => {
    const [commit] = await kept([page(0, 2), page(2, 1), page(3, 2, 'https://example.org/b'), { mark: { after: 4 } }]);
    const { manifest, records } = await contents(commit as Commit);
    expect(records.map(({ line, url }) => [line, url.slice(-1)])).toEqual([
      [1, 'a'],
      [2, 'a'],
      [3, 'a'],
      [4, 'b'],
      [5, 'b'],
    ]);
    expect(records[0]?.text).toBe('{"id":0,"big":12345678901234567890,"text":"é\\n\\""}');
    expect(manifest).toMatchObject({ records: 5, cursor_before: { after: 0 }, cursor_after: { after: 4 }, attempt: 1 });
  });

  it('keeps lines byte for byte, between pages of values that code has made', async () => {
    const odd = ['{ "a":1.0, "a":1e400 }\r', '"\\u00e9"'].map((text) => Buffer.from(text));
    const latin1 = Buffer.from('"é"', 'latin1');
    const [commit] = await kept([{ lines: [...odd, latin1], url: 'https://example.org/a' }, page(0, 1)]);
    const { records } = await contents(commit as Commit);
    expect(records.map(({ text }) => text)).toEqual([...odd.map(String), latin1, expect.stringContaining('"big"')]);
    expect(records.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
  });

  it('makes one package of a run that says everything, whatever it marks on the way', async () => {
    const commits = await kept([page(0, 3), { mark: { after: 2 } }, page(3, 2), { mark: { after: 4 } }], 'everything');
    expect(commits).toMatchObject([{ package: { records: 5 }, cursor: { value: { after: 4 } } }]);
  });

  it('commits nothing for no news; a mark alone moves the cursor; an empty run of everything says that nothing is there', async () => {
    expect(await kept([])).toEqual([]);
    expect(await kept([{ unchanged: 'things 1.0.0' }], 'everything')).toEqual([]);
    expect(await kept([], 'everything', 'a')).toMatchObject([{ package: { records: 0 } }]);
    expect(await kept([page(0, 0), { mark: { after: 9 } }])).toEqual([{ cursor: { version: 3, value: { after: 9 } } }]);
    expect(await kept([{ mark: { after: 9 } }], 'everything', 'b')).toMatchObject([{ package: { records: 0 } }]);
  });

  it('makes one package, which says so, of a run that goes over to everything; what came before is one of its own', async () => {
    const run = [page(0, 1), { everything: true }, page(1, 2), { mark: { after: 2 } }, page(3, 1)] as const;
    const commits = await kept(run, 'either');
    expect(commits).toMatchObject([
      { package: { records: 1 } },
      { package: { records: 3 }, cursor: { value: { after: 2 } } },
    ]);
    const scopes = await Promise.all(commits.map(async (commit) => (await contents(commit)).manifest.scope));
    expect(scopes).toEqual(['changes', 'everything']);
    expect(await kept([{ everything: true }], 'either', 'a'), 'nothing is there').toMatchObject([
      { package: { records: 0 } },
    ]);
    for (const scope of ['changes', 'everything'] as const) {
      const undeclared = kept([{ everything: true }], scope, `${scope}.b`);
      await expect(undeclared).rejects.toMatchObject({ code: 'everything-undeclared' });
    }
  });

  it.each<[string, readonly Emission<unknown>[]]>([
    ['fewer than were told', [page(0, 2), { complete: [6] }]],
    ['more than were told', [page(0, 2), { complete: [1] }]],
    ['another total on another page', [page(0, 1), page(1, 1), { complete: [2, 3] }]],
    ['one of several lists that is short', [page(0, 2), { complete: [2] }, page(2, 1), { complete: [2] }]],
    ['nothing where something was told', [{ complete: [3] }]],
  ])('does not take for everything what the source contradicts: %s', async (_, emissions) => {
    const run = [...emissions, { mark: { after: 9 } }];
    const refused = kept(run, 'everything', 'a', 'refuse');
    await expect(refused).rejects.toMatchObject({ kind: 'transient', code: 'listing-incomplete' });
    const [commit, ...others] = await kept(run, 'everything', 'b', 'as-changes');
    expect([commit?.cursor, commit?.isLast, others]).toEqual([undefined, undefined, []]);
    if (commit?.package !== undefined) expect((await contents(commit)).manifest.scope).toBe('changes');
    const [believed] = await kept(run, 'everything', 'c', 'believe');
    expect(believed).toMatchObject({ isLast: true, cursor: { value: { after: 9 } } });
    expect((await contents(believed as Commit)).manifest.scope).toBe('everything');
  });

  it('takes for everything what the source told the number of, list by list, and what it tells no number of', async () => {
    const lists = [page(0, 2), page(2, 1), { complete: [3, 3] }, { complete: [0] }, page(3, 1), { complete: [] }];
    const [commit] = await kept(lists, 'everything');
    expect((await contents(commit as Commit)).manifest).toMatchObject({ scope: 'everything', records: 4 });
    expect(await kept([page(0, 1), { complete: [7] }], 'changes', 'b'), 'changes').toMatchObject([{ isLast: true }]);
  });

  it('keeps artifacts with their bytes and type', async () => {
    async function* stream() {
      yield Buffer.from('<html>');
      yield Buffer.from('</html>');
    }
    const artifact = { artifact: stream(), name: 'page.html', contentType: 'text/html', url: 'https://example.org/' };
    const [commit] = await kept([{ ...artifact, method: 'dom_html' }, { mark: { after: 1 } }]);
    const { manifest } = await contents(commit as Commit);
    expect(manifest.artifacts).toMatchObject([
      { bytes: 13, content_type: 'text/html', method: 'dom_html', fetched_at: '2026-11-21T06:00:10.000Z' },
    ]);
    expect(await readFile(join(folder, manifest.artifacts[0]?.key ?? ''), 'utf8')).toBe('<html></html>');
    await expect(kept([{ ...artifact, artifact: Buffer.from(''), name: '../x' }])).rejects.toMatchObject({
      code: 'artifact-name',
    });
  });

  it('never takes the place of what another try has kept under the same name', async () => {
    const artifact = {
      artifact: Buffer.from('1'),
      name: 'page.html',
      contentType: 'text/html',
      url: 'https://a.example',
    };
    const [first] = await kept([page(0, 3), artifact]);
    const { manifest, records } = await contents(first as Commit);
    await expect(kept([page(7, 2)])).rejects.toMatchObject({ kind: 'bug', code: 'ndjson-key-taken' });
    const other = { ...artifact, artifact: Buffer.from('2') };
    await expect(kept([other])).rejects.toMatchObject({ kind: 'bug', code: 'package-exists' });
    expect(await contents(first as Commit)).toEqual({ manifest, records });
    expect(await readFile(join(folder, manifest.artifacts[0]?.key ?? ''), 'utf8')).toBe('1');
  });

  it('refuses a mark that is not the cursor the connector declares', async () => {
    await expect(kept([page(0, 1), { mark: { after: 'x' } }])).rejects.toMatchObject({
      kind: 'bug',
      code: 'mark-invalid',
    });
  });

  it('leaves no manifest when the source breaks', async () => {
    const broken = async function* (): AsyncIterable<Emission<unknown>> {
      yield page(0, 3);
      throw new Error('the source broke');
    };
    await expect(kept(broken())).rejects.toThrow('the source broke');
    const listed = await Array.fromAsync(bucket.list(''));
    expect(listed.filter(({ key }) => key.endsWith('manifest.json'))).toEqual([]);
  });

  it('notices, when it reads, that stored bytes are not the ones that were written', async () => {
    const [commit] = await kept([page(0, 1000)]);
    const { manifest } = await contents(commit as Commit);
    const path = join(folder, manifest.parts[0]?.key ?? '');
    const stored = await readFile(path);
    for (const damaged of [stored.subarray(0, stored.length - 20), Buffer.from('not gzip'), Buffer.alloc(0)]) {
      await writeFile(path, damaged);
      await expect(contents(commit as Commit)).rejects.toMatchObject({ kind: 'config', code: 'bronze-damaged' });
    }
    await bucket.remove(manifest.parts[0]?.key ?? '');
    await expect(contents(commit as Commit)).rejects.toMatchObject({ code: 'bronze-missing' });
  });
});
