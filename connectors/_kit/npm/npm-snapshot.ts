/**
 * Streams of a data set that is published as an npm package. One run says everything the chosen version holds; a run
 * that finds the version it knows says `unchanged`, and fetches no tarball.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CursorSpec, Emission, ExtractContext } from '@tidemill/kit';
import { readJsonFile, TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import { PackageVersion, type ResolvedPackage, resolvePackage } from './npm-package.ts';

/** What the last run read: the version, and the options its records depend on. */
const Published = z.object({
  package: z.string(),
  version: z.string(),
  integrity: z.string(),
  options: z.record(z.string(), z.unknown()),
});
type Published = z.infer<typeof Published>;

const cursor: CursorSpec<Published | null> = { version: 1, schema: Published.nullable(), start: null };

/** The options every such stream has. One that has more extends these. */
export const SnapshotOptions = z.object({ version: PackageVersion });
type SnapshotOptions = z.output<typeof SnapshotOptions>;

const PAGE_RECORDS = 500;

export interface Dataset<Contents extends z.ZodType> {
  /** Name of the npm package. */
  readonly package: string;
  /** A JSON file, relative to the package's root. */
  readonly file: string;
  /** What must hold of the file as a whole; single records are checked later, one by one. */
  readonly contents: Contents;
}

/**
 * What the streams of one data set share, as a function that adds what one of them differs in: which records of the
 * contents are its own. Spread the answer into `stream({ … })`.
 */
export function npmSnapshots<Contents extends z.ZodType>(dataset: Dataset<Contents>) {
  return <Options extends z.ZodType<SnapshotOptions> & z.ZodObject = typeof SnapshotOptions>(declaration: {
    readonly options?: Options;
    readonly records: (contents: z.output<Contents>, options: z.output<Options>) => Iterable<unknown>;
  }) => ({
    write: 'upsert' as const,
    scope: 'everything' as const,
    end: 'one-answer' as const,
    method: 'export_download' as const,
    preview: true as const,
    cursor,
    options: declaration.options ?? (SnapshotOptions as unknown as Options),
    async *extract(
      context: ExtractContext<Published | null, z.output<Options>>,
    ): AsyncGenerator<Emission<Published | null>> {
      const { version, ...shaping } = context.options;
      const release = await resolvePackage({ name: dataset.package, version }, context);
      const { name, integrity, purl } = release;
      const mark: Published = { package: name, version: release.version, integrity, options: shaping };
      const isKnown = isDeepStrictEqual(mark, context.cursor);
      if (isKnown) {
        yield { unchanged: `${name} ${release.version}` };
        return;
      }
      context.notice(`${name} ${release.version}`);
      const records = declaration.records(await contentsOf(dataset, release), context.options);
      for (const page of pagesOf(records)) yield { records: page, url: purl };
      yield { mark };
    },
  });
}

async function contentsOf<Contents extends z.ZodType>(
  { file, contents }: Dataset<Contents>,
  release: ResolvedPackage,
): Promise<z.output<Contents>> {
  const what = `${release.name}@${release.version}: ${file}`;
  const bytes = (await release.files([file])).get(file);
  return readJsonFile(bytes, contents, (says) => changed(`${what} ${says}`));
}

const changed = (message: string): TidemillError =>
  new TidemillError('source-changed', 'package-contents', message, {
    hint: 'The connector must learn the new shape; until then choose the last version that worked.',
  });

function* pagesOf(records: Iterable<unknown>): Iterable<unknown[]> {
  let page: unknown[] = [];
  for (const record of records) {
    page.push(record);
    if (page.length < PAGE_RECORDS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
