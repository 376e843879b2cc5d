/** What a connector promises when it runs: checks through the real pipeline. */
import assert from 'node:assert/strict';
import { parseExact } from '@tidemill/kit';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { startFakeHttp } from '../fakes/http-server.ts';
import { type RunCheck, turnsOf } from './connector-check.ts';
import { assertRed, crawlChecks } from './connector-crawls.ts';
import { onTrial, type Subject, type Trial, UNPACKED } from './connector-trial.ts';
import { bodiesDuring, isWrittenIn } from './wire.ts';

/** What a server says that does not know the address, or wants somebody to sign in. */
const PAGE = '<!doctype html>\n<html><head><title>Sign in</title></head><body></body></html>\n';

/** Requests that a run which is killed in the middle of many may cost once more: what the kit's checkpoints come to. */
const MOST_AGAIN = 25;

const changed = ({ totals: { inserted, updated, deleted } }: JobResult): number => inserted + updated + deleted;

/** A row of which only the crawl is another one is updated all the same. */
const changedBeside = ({ trial: { ofTheCrawl = [] } }: Subject, result: JobResult): number =>
  ofTheCrawl.length === 0 ? changed(result) : result.totals.inserted + result.totals.deleted;

export const runChecks: readonly RunCheck[] = [
  ...crawlChecks,
  {
    promise: 'loads everything the source has',
    run: async (trial, { trial: { first } }) => {
      await trial.publish(first.contents);
      const { totals, rejects } = await trial.runs();
      assert.equal(totals.rejected, 0, `rejected: ${rejects.join('; ')}`);
      assert.equal((await trial.rows()).length, first.rows, 'rows');
    },
  },
  {
    promise: 'shows its first records, where it says so, and leaves nothing behind but tokens',
    concerns: ({ stream }) => stream.preview === true,
    run: async (trial, { stream, trial: { first } }) => {
      await trial.publish(first.contents);
      const { records, unreadable, more } = await trial.preview(1);
      assert.deepEqual([records.length, unreadable], [1, 0], 'the first record');
      const record = parseExact(JSON.stringify(records[0]));
      assert.equal(stream.source.safeParse(record).success, true, 'it is none of the stream');
      // One record may make several rows; one alone can have no second behind it.
      const all = (await trial.preview(100_000)).records.length;
      assert.equal(more, all > 1, 'whether there are more');
      for (const key of (await trial.objects()).keys()) assert.match(key, /^_tidemill\/tokens\//, 'it was left behind');
    },
  },
  {
    promise: 'keeps in bronze what the source wrote, byte for byte',
    // What comes from no API is read out of files, by code; and HTML of a browser is the page as it stood, which scripts have filled.
    concerns: ({ connector, stream }) => connector.baseUrl !== undefined && !stream.method?.startsWith('dom_html'),
    run: async (trial, { stream, trial: { first } }) => {
      await trial.publish(first.contents);
      const bodies = await bodiesDuring(() => trial.runs());
      const objects = [...(await trial.objects())];
      const parts = objects.filter(([key]) => /\/part-\d+\.ndjson\.gz$/.test(key));
      const lines = parts.flatMap(([, text]) => text.trimEnd().split('\n'));
      const files = objects
        .filter(([key]) => key.includes('/artifacts/') && !key.endsWith(UNPACKED))
        .map(([, text]) => text.replace(/[\r\n]/g, ' '));
      assert.notEqual(lines.length + files.length, 0, 'there is no bronze');
      for (const file of files) assert(bodies.includes(file), 'the source answered no such file');
      // Records of a file that was downloaded are made by code, and the file lies beside them.
      if (stream.method === 'export_download' && files.length > 0) return;
      for (const line of lines) assert(isWrittenIn(bodies, line), `the source did not write it so: ${line}`);
    },
  },
  {
    promise: 'changes nothing when there is no news',
    run: async (trial, subject) => {
      await trial.publish(subject.trial.first.contents);
      await trial.runs();
      const before = await trial.rows();
      assert.equal(changedBeside(subject, await trial.runs({ at: 'later' })), 0, 'inserted, updated or deleted rows');
      assert.deepEqual(await trial.rows(), before);
    },
  },
  {
    promise: 'finds the news',
    run: async (trial, { stream, trial: { first, later } }) => {
      await trial.publish(first.contents);
      await trial.runs();
      await trial.publish(later.contents);
      const result = await trial.runs({ at: 'later' });
      assert.notEqual(changed(result), 0, 'nothing was inserted, updated or deleted');
      const found = await trial.rows();
      assert.equal(found.length, later.rows, 'rows');
      if (stream.key.length === 0) return;
      await trial.runs({ at: 'later', mode: 'full' });
      assert.deepEqual(await trial.rows(), found, 'reading everything again found something else');
    },
  },
  {
    promise: 'takes a page for no answer, whatever its status',
    concerns: ({ connector }) => connector.baseUrl !== undefined,
    run: async (trial, subject) => {
      const { first, later } = subject.trial;
      await trial.publish(first.contents);
      await trial.runs();
      const before = [await trial.storedCursor(), await trial.rows()];
      await trial.publish(later.contents);
      const elsewhere = await startFakeHttp();
      try {
        for (const status of [200, 404, 410]) {
          elsewhere.serve(() => ({ status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: PAGE }));
          const result = await trial.run({ at: 'later', baseUrl: elsewhere.url });
          assertRed(result, subject, `everything is a page with ${status}`);
          assert.deepEqual([await trial.storedCursor(), await trial.rows()], before);
        }
      } finally {
        await elsewhere.close();
      }
      await trial.runs({ at: 'later' });
      assert.equal((await trial.rows()).length, later.rows, 'rows when the source is back');
    },
  },
  {
    promise: 'changes no row by reading everything again',
    // Without a key, what is read again is there twice: that is what such a stream says of itself.
    concerns: ({ stream }) => stream.key.length > 0,
    run: async (trial, subject) => {
      await trial.publish(subject.trial.first.contents);
      await trial.runs();
      const before = await trial.rows();
      assert.equal(changedBeside(subject, await trial.runs({ mode: 'full' })), 0, 'inserted, updated or deleted rows');
      assert.deepEqual(await trial.rows(), before);
    },
  },
  {
    promise: 'has the same rows when it is killed at any moment and run again',
    run: async (trial, subject) => {
      const { contents } = subject.trial.first;
      await trial.publish(contents);
      await trial.runs();
      const undisturbed = await trial.rows();
      const deaths = turnsOf(trial.progress);
      assert.notEqual(deaths.size, 0, 'the run told of nothing that it did');
      for (const diesAt of deaths) {
        await onTrial(subject, async (killed) => {
          await killed.publish(contents);
          const { result } = await killed.run({ diesAt });
          assert(result === 'failed' || diesAt === trial.reports, `killed at progress ${diesAt} and yet ${result}`);
          await killed.runs({ at: 'later' });
          assert.deepEqual(await killed.rows(), undisturbed, `killed at progress ${diesAt} of ${trial.reports}`);
        });
      }
    },
  },
  {
    promise: 'asks for little again when it is killed in the middle of much',
    concerns: ({ trial: { paged } }) => paged !== undefined && paged !== 'one request',
    run: async (_, { trial: { paged, ...trial }, ...subject }) => {
      assert(typeof paged === 'object');
      const { contents, overlap = 0, options = trial.options ?? {} } = paged;
      const deaths = new Set<number>();
      let [rows, requests, reports]: [string[], number, number] = [[], 0, 0];
      const onPages = (check: (trial: Trial) => Promise<void>): Promise<void> =>
        onTrial({ ...subject, trial: { ...trial, options } }, async (trial) => {
          await trial.publish(contents);
          await check(trial);
        });
      await onPages(async (calm) => {
        await calm.runs();
        [rows, requests, reports] = [await calm.rows(), calm.requests, calm.reports];
        const commit = calm.progress.indexOf('committed');
        // Right before a commit, which is the worst moment, and another one.
        if (commit !== -1) deaths.add(Math.max(1, commit));
        deaths.add(Math.round(reports / 2));
      });
      assert(requests >= 60, `${requests} requests are not many`);
      for (const diesAt of deaths) {
        await onPages(async (killed) => {
          await killed.run({ diesAt });
          const before = killed.requests;
          await killed.runs();
          const again = before + killed.requests - requests;
          const where = `killed at progress ${diesAt} of ${reports}`;
          assert(again <= MOST_AGAIN + overlap, `${where}: asks for ${again} of ${requests} again`);
          assert.deepEqual(await killed.rows(), rows, where);
        });
      }
    },
  },
  {
    promise: 'deletes nothing, and says so, when the source breaks off in the middle',
    concerns: ({ stream: { scope = 'changes' } }) => scope !== 'changes',
    run: async (trial, { trial: { first, cut } }) => {
      assert(cut !== undefined, 'the trial does not say what a source answers that breaks off');
      await trial.publish(first.contents);
      await trial.runs();
      const before = await trial.rows();
      await trial.publish(cut);
      const { result, gates } = await trial.run({ at: 'later', mode: 'full' });
      assert.deepEqual(await trial.rows(), before);
      assert(result === 'failed' || gates.length > 0, `the run ended with ${result} and no gate`);
    },
  },
  {
    promise: 'puts a record that does not fit into quarantine, and loads the others',
    run: async (trial, { trial: { malformed } }) => {
      await trial.publish(malformed.contents);
      const { totals, quarantine } = await trial.runs();
      assert.notEqual(totals.rejected, 0, 'nothing was rejected');
      assert.equal((await trial.rows()).length, malformed.rows, 'rows');
      const objects = await trial.objects();
      const lines = quarantine.map((key) => objects.get(key)?.trimEnd().split('\n').length ?? 0);
      assert.equal(
        lines.reduce((sum, count) => sum + count, 0),
        totals.rejected,
        'records in quarantine',
      );
    },
  },
  {
    promise: 'marks a cursor that survives as JSON',
    concerns: ({ stream }) => stream.cursor !== undefined,
    run: async (trial, { stream, trial: { first } }) => {
      await trial.publish(first.contents);
      await trial.runs();
      const stored = await trial.storedCursor();
      assert.notEqual(stored, undefined, 'the run marked nothing');
      const parsed = stream.cursor?.schema.safeParse(stored);
      assert(parsed?.success, 'the stored cursor does not fit its schema');
      assert.deepEqual(JSON.parse(JSON.stringify(parsed.data)), stored);
    },
  },
  {
    promise: 'keeps its credentials out of everything it leaves behind',
    concerns: ({ connector }) => connector.credentials.length > 0,
    run: async (trial, { trial: { first } }) => {
      await trial.publish(first.contents);
      const result = await trial.runs();
      for (const [where, text] of [...(await trial.objects()), ['the result', JSON.stringify(result)] as const]) {
        for (const [name, secret] of Object.entries(trial.credentials)) {
          assert(!text.includes(secret), `${where} holds ${name}`);
        }
      }
    },
  },
  {
    promise: 'has examples that ask its own table something, and run',
    concerns: ({ stream }) => (stream.examples ?? []).length > 0,
    run: async (trial, { stream, trial: { first } }) => {
      await trial.publish(first.contents);
      await trial.runs();
      for (const { question, sql } of stream.examples ?? []) {
        assert.match(question, /\?$/, 'the example asks no question');
        await trial.query(sql);
      }
    },
  },
];
