/** Data sets as a connector or a program says them, checked. */
import { type Dataset, TidemillError } from '@tidemill/kit';
import { DatasetSaid } from './snapshot.ts';

const LONGEST_DESCRIPTION = 1000;

/**
 * Throws `catalog-invalid`, kind `source-changed`, for the first that is none, or comes twice, or has a key that is no column: a catalog
 * that leaves one out would say of it that it is gone.
 */
export function checkedDatasets(service: string, said: readonly unknown[], most: number): Dataset[] {
  if (said.length > most) throw invalid(service, `more than ${most} data sets`);
  const names = new Set<string>();
  return said.map((one, index) => {
    const parsed = DatasetSaid.safeParse(one);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const at = issue?.path.join('.') || 'it';
      throw invalid(service, `data set ${index + 1} (${nameIn(one)}) does not fit: ${at}: ${issue?.message}`);
    }
    const { description, ...dataset } = parsed.data;
    if (names.has(dataset.name)) throw invalid(service, `the data set ${dataset.name} twice`);
    names.add(dataset.name);
    refuseColumns(service, dataset);
    const short = description?.slice(0, LONGEST_DESCRIPTION) ?? '';
    return short === '' ? dataset : { ...dataset, description: short };
  });
}

function refuseColumns(service: string, { name, columns, key = [] }: Dataset): void {
  if (columns === undefined) return;
  const all = columns.map((column) => column.name);
  const known = new Set(all);
  if (known.size < all.length) throw invalid(service, `the data set ${name} with a column twice`);
  const lacking = key.find((column) => !known.has(column));
  if (lacking !== undefined)
    throw invalid(service, `the data set ${name} with a key of ${lacking}, which is no column`);
}

/** What it calls itself, short and without what a terminal would obey. */
function nameIn(said: unknown): string {
  const name = typeof said === 'object' && said !== null && 'name' in said ? String(said.name) : 'without a name';
  return JSON.stringify(name.slice(0, 60));
}

const invalid = (service: string, what: string): TidemillError =>
  new TidemillError('source-changed', 'catalog-invalid', `${service} names ${what}: nothing was changed`, {
    hint: 'The name of a data set is the data_type of a job: at most 60 lower-case letters, digits and "_", a letter first. Who wrote the connector, or the program, must mend it.',
  });
