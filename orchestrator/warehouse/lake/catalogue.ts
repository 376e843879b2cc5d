/**
 * Which tables there are, and whose packages they have. To list all objects below `silver/` would take minutes, so an empty object
 * stands for each job of each table. It is made before the first package of the job is, and so says only where to look: what was
 * loaded stands in the tables themselves.
 */
import type { Bucket, StoredObject } from '../../storage/contract.ts';
import { sideBySide } from '../../storage/side-by-side.ts';
import { readText } from '../../storage/text.ts';
import type { ListedTable, TableName } from '../contract.ts';
import type { Leftover } from '../leftover.ts';
import { newestOf } from './format/properties.ts';
import { icebergTable } from './iceberg/table.ts';
import { INDEX, indexKey, ofIndexKey, VIEWS } from './names.ts';
import type { LakeTable, TableVersion } from './table.ts';
import { viewsScript } from './views.ts';

/** Whoever is last has seen all tables. */
const VIEW_ATTEMPTS = 20;

/** A table with its newest version, as it was found. */
export interface FoundTable {
  readonly table: LakeTable;
  readonly version: TableVersion;
}

export class Catalogue {
  readonly #bucket: Bucket;
  readonly #begun = new Set<string>();
  /** Folders of tables that were found: a thousand new ones must not be a million looks. */
  readonly #seen = new Set<string>();

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  table(name: TableName): LakeTable {
    return icebergTable(this.#bucket, name);
  }

  /**
   * Called before a job loads into a table. Answers whether that is new here. It is looked at once a process, also for a job that the
   * table knows: who has copied the table alone finds it again.
   */
  async begin({ name }: LakeTable, job: string): Promise<'new' | 'known'> {
    const key = indexKey(name, job);
    if (this.#begun.has(key)) return 'known';
    const once = { contentType: 'text/plain', onlyIf: 'absent' } as const;
    const written = await this.#bucket.write(key, new Uint8Array(0), once);
    this.#begun.add(key);
    return written === undefined ? 'known' : 'new';
  }

  /** Tables that are there, or of that job, ordered by schema and name. */
  async find(isMeant: (table: TableName, jobs: ReadonlySet<string>) => boolean = () => true): Promise<FoundTable[]> {
    const found: FoundTable[] = [];
    const entries = (await this.#entries()).filter(({ name, jobs }) => isMeant(name, jobs));
    await sideBySide(entries, async ({ name }) => {
      const table = this.table(name);
      const version = await table.current();
      if (version !== undefined) found.push({ table, version });
    });
    return found.sort((one, other) => order(one.table.name, other.table.name));
  }

  /** What lies in the folders of all tables, also of those that were only begun. */
  async leftovers(now: Date): Promise<Leftover[]> {
    const left: Leftover[] = [];
    for (const { name } of await this.#entries()) {
      const table = this.table(name);
      const { orphans, kept } = await table.leftovers(now);
      if (orphans.length > 0) left.push(leftover(table, orphans, undefined));
      left.push(...kept.map(({ objects, why }) => leftover(table, objects, why)));
    }
    return left;
  }

  /** Ordered, and not looked into: one that is damaged must not keep others from being loaded. */
  async #tablesThere(): Promise<LakeTable[]> {
    const there: LakeTable[] = [];
    await sideBySide(await this.#entries(), async ({ name }) => {
      const table = this.table(name);
      if (!this.#seen.has(table.folder) && !(await table.isThere())) return;
      this.#seen.add(table.folder);
      there.push(table);
    });
    return there.sort((one, other) => order(one.name, other.name));
  }

  async #entries(): Promise<{ readonly name: TableName; readonly jobs: Set<string> }[]> {
    const entries = new Map<string, { readonly name: TableName; readonly jobs: Set<string> }>();
    for await (const { key } of this.#bucket.list(INDEX)) {
      const { table: name, job } = ofIndexKey(key) ?? {};
      if (name === undefined || job === undefined) continue;
      const id = JSON.stringify([name.schema, name.name]);
      const entry = entries.get(id) ?? { name, jobs: new Set() };
      entries.set(id, entry);
      entry.jobs.add(job);
    }
    return [...entries.values()];
  }

  async tables(): Promise<ListedTable[]> {
    const listed: ListedTable[] = [];
    for (const { table, version } of await this.find()) {
      const columns = version.fields.map(({ name, format, declared, nullable, description }) => ({
        name,
        type: format,
        declarable: declared === undefined ? [] : [declared],
        nullable,
        description,
      }));
      listed.push({
        ...table.name,
        description: version.description,
        columns,
        url: table.url,
        ...(await version.size()),
      });
    }
    return listed;
  }

  async lastPackage(job: string): Promise<string | undefined> {
    const found = await this.find((_, jobs) => jobs.has(job));
    const own = found.flatMap(({ version }) => version.packages).filter((one) => one.job === job);
    return newestOf(own)?.id;
  }

  async loadedJobs(): Promise<ReadonlySet<string>> {
    const found = await this.find();
    return new Set(found.flatMap(({ version }) => version.packages.map(({ job }) => job)));
  }

  /** Writes the script that gives the tables their names in DuckDB. Another writer's may come between: then again. */
  async writeViews(): Promise<void> {
    for (let attempt = 1; attempt <= VIEW_ATTEMPTS; attempt += 1) {
      const before = await readText(this.#bucket, VIEWS);
      const script = viewsScript(await this.#tablesThere());
      if (before?.text === script) return;
      const onlyIf = before === undefined ? 'absent' : { version: before.version };
      const written = await this.#bucket.write(VIEWS, Buffer.from(script), { contentType: 'application/sql', onlyIf });
      if (written !== undefined) return;
    }
  }
}

const leftover = ({ folder }: LakeTable, objects: readonly StoredObject[], kept: string | undefined): Leftover => ({
  name: folder,
  keys: objects.map(({ key }) => key),
  bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
  newest: new Date(objects.reduce((latest, { updatedAt }) => Math.max(latest, updatedAt.getTime()), 0)),
  kept,
});

const order = (one: TableName, other: TableName): number =>
  one.schema === other.schema ? compare(one.name, other.name) : compare(one.schema, other.schema);

const compare = (one: string, other: string): number => (one < other ? -1 : 1);
