/** One run over the files of a job: which are new, and what it says of those that are not. */
import {
  type Artifact,
  type Emission,
  type ExtractContext,
  type OpenStream,
  type OpenTable,
  openStream,
  Spool,
  type Spooled,
} from '@tidemill/kit';
import { z } from 'zod';
import { hasNoKey, nameTooLong, noFiles, tooMany } from './faults.ts';
import { JobOptions, type ServiceOptions } from './options.ts';
import { recordsOf } from './parse.ts';
import { checkNames, type Fetched, Known, MOST_FILES, type Place, placeOf } from './place.ts';
import { faultOf } from './records.ts';

/** By name. */
const Files = z.object({ files: z.record(z.string(), Known) });
type Files = z.infer<typeof Files>;

type Context = ExtractContext<Files, JobOptions>;

export const filesOf = (service: ServiceOptions): OpenStream =>
  openStream({
    options: JobOptions,
    readingOf: (table: OpenTable<JobOptions>) => {
      checkNames(service, table.options.files);
      return {
        method: 'export_download',
        end: 'one-answer',
        cursor: { version: 1, schema: Files, start: { files: {} } },
        async *extract(context: Context) {
          const run = new Run(await placeOf(service, context), await Spool.open('files'), context, table);
          try {
            yield* table.scope === 'everything' ? run.everything() : run.changes();
          } finally {
            await run.close();
          }
        },
        parse: ({ name, contentType, bytes }) =>
          recordsOf({ name: decodeURIComponent(name), contentType, bytes }, table.options),
        faultOf,
      };
    },
  });

/** A file that is another one than was known. */
interface News {
  readonly name: string;
  readonly spooled: Spooled;
  readonly fetched: Fetched;
  readonly known: Known;
}

class Run {
  readonly #place: Place;
  readonly #spool: Spool;
  readonly #context: Context;
  readonly #table: OpenTable<JobOptions>;

  constructor(place: Place, spool: Spool, context: Context, table: OpenTable<JobOptions>) {
    this.#place = place;
    this.#spool = spool;
    this.#context = context;
    this.#table = table;
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  /** Each file that is new, or another one. Rows of the others stay as they are. */
  async *changes(): AsyncGenerator<Emission<Files>> {
    const before = this.#context.cursor.files;
    const files = { ...before };
    const gone = new Set<string>();
    const names = await this.#place.names();
    if (Object.keys(files).length + names.length > 2 * MOST_FILES) throw tooMany(MOST_FILES);
    let isNews = false;
    for (const name of names) {
      const found = await this.#look(name, before[name]);
      if (found === 'gone') gone.add(name);
      if (typeof found === 'string') continue;
      if (this.#table.key.length === 0 && before[name] !== undefined) throw hasNoKey(name);
      yield artifactOf(found);
      await this.#spool.drop(found.spooled);
      files[name] = found.known;
      isNews = true;
      yield { checkpoint: { files: { ...files } } };
    }
    this.#refuseNothing(names, gone);
    const vanished = this.#vanished(names, gone);
    for (const name of vanished) {
      // Without a key it would be there twice, should it come back.
      if (this.#table.key.length === 0) files[name] = { ...(before[name] as Known), gone: true };
      else delete files[name];
    }
    if (vanished.length > 0) this.#tellVanished(vanished, 'Its rows stay as they are');
    if (isNews || vanished.length > 0) yield { mark: { files } };
    else yield { unchanged: filesIn(names.length) };
  }

  /** All of them, as soon as one is new, another one or gone: what a package of everything does not name is deleted. */
  async *everything(): AsyncGenerator<Emission<Files>> {
    const before = this.#context.cursor.files;
    const names = await this.#place.names();
    const news = new Map<string, News>();
    for (const name of names) {
      const found = await this.#look(name, before[name]);
      if (found === 'gone') throw noFiles(`${name} is not there`);
      if (found !== 'unchanged') news.set(name, found);
    }
    this.#refuseNothing(names, new Set());
    const vanished = this.#vanished(names, new Set());
    if (news.size === 0 && vanished.length === 0) {
      yield { unchanged: filesIn(names.length) };
      return;
    }
    if (vanished.length > 0) this.#tellVanished(vanished, 'Its rows are deleted');
    const files: Record<string, Known> = {};
    for (const name of names) {
      const found = news.get(name) ?? (await this.#look(name, undefined));
      // Between two looks somebody has taken it away.
      if (typeof found === 'string') throw noFiles(`${name} is not there any more`);
      yield artifactOf(found);
      await this.#spool.drop(found.spooled);
      files[name] = found.known;
    }
    yield { mark: { files } };
  }

  /** What the file is by now. It is read to its end before anything of it is kept: one that is none is not. */
  async #look(name: string, known: Known | undefined): Promise<News | 'unchanged' | 'gone'> {
    this.#context.signal.throwIfAborted();
    nameInBronze(name);
    const fetched = await this.#place.get(name, known);
    if (typeof fetched === 'string') return fetched;
    const spooled = await this.#spool.keep(fetched.body);
    const { bytes, sha256 } = spooled;
    if (known?.sha256 === sha256) {
      await this.#spool.drop(spooled);
      return 'unchanged';
    }
    const file = { name, contentType: fetched.contentType, bytes: spooled.read(), spooled };
    for await (const _ of recordsOf(file, this.#context.options)) this.#context.signal.throwIfAborted();
    const { etag, modified } = fetched;
    const tags = { ...(etag === undefined ? {} : { etag }), ...(modified === undefined ? {} : { modified }) };
    return { name, spooled, fetched, known: { ...tags, bytes, sha256 } };
  }

  /** A place without any of the files is none: an address that is wrong looks so. */
  #refuseNothing(names: readonly string[], gone: ReadonlySet<string>): void {
    const fresh = [...gone].find((name) => this.#context.cursor.files[name] === undefined);
    if (fresh !== undefined) throw noFiles(`${fresh} is not there`);
    if (names.length === 0) throw noFiles('No file fits the names of the job');
    if (gone.size === names.length) throw noFiles('None of the files is there any more');
  }

  /** Names of files that were there, and that nobody has been told of. */
  #vanished(names: readonly string[], gone: ReadonlySet<string>): string[] {
    const there = new Set(names.filter((name) => !gone.has(name)));
    const known = Object.entries(this.#context.cursor.files);
    return known.flatMap(([name, { gone: isTold }]) => (isTold || there.has(name) ? [] : [name]));
  }

  #tellVanished([first = '', ...more]: readonly string[], what: string): void {
    const others = more.length === 0 ? '' : `, and ${more.length} others`;
    this.#context.notice(`${first} is not among the files any more${others}. ${what}.`);
  }
}

const filesIn = (count: number): string => (count === 1 ? 'the file' : `${count} files`);

const artifactOf = ({ name, spooled, fetched: { contentType, url } }: News): Artifact => ({
  artifact: spooled.read(),
  name: nameInBronze(name),
  contentType,
  url,
});

/** Letters, digits, `.`, `_` and `-` as they are; anything else in UTF-8, each byte as `%` and two digits. An address is one name. Throws `file-name`. */
function nameInBronze(name: string): string {
  const parts = name.split('/');
  const folders = parts.includes('') ? [name] : parts;
  const written = folders.map(encoded);
  if (written.length > 20 || written.some(({ length }) => length > 200)) throw nameTooLong(name);
  return written.join('/');
}

const encoded = (part: string): string =>
  /^\.+$/.test(part)
    ? part.replaceAll('.', '%2E')
    : encodeURIComponent(part.toWellFormed()).replace(
        /[^A-Za-z0-9._%-]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      );
