/** Where things of the lake lie in the bucket. */
import type { Dataset, TableName } from '../contract.ts';

export const SILVER = 'silver';
/** Of tables, and of the jobs that load them. No service can be called so: its name begins with a letter. */
export const INDEX = `${SILVER}/_tidemill/tables/`;
export const VIEWS = `${SILVER}/views.sql`;

/** Names are words; one that is none must not become another folder. */
const segment = (name: string): string => (/^[\w-][\w .'-]*$/.test(name) ? name : encodeURIComponent(name));

export const folderOf = ({ schema, name }: TableName): string => `${SILVER}/${segment(schema)}/${segment(name)}`;

/** Of the object that says that a job loads, or has begun to load, into a table. */
export const indexKey = (table: TableName, job: string): string =>
  INDEX + [table.schema, table.name, job].map(encodeURIComponent).join('/');

/** Undefined for what is none, whoever put it there. */
export function ofIndexKey(key: string): { readonly table: TableName; readonly job: string } | undefined {
  try {
    const [schema, name, job] = key.slice(INDEX.length).split('/').map(decodeURIComponent);
    return schema === undefined || name === undefined || job === undefined
      ? undefined
      : { table: { schema, name }, job };
  } catch {
    return undefined;
  }
}

/** The URL of a bucket may have a slash at its end. */
export const urlOf = (bucketUrl: string, key: string): string => `${bucketUrl.replace(/\/$/, '')}/${key}`;

/** What catalogues of data call a folder: the bucket, or the machine's files, and the path there. */
export function datasetAt(url: string): Pick<Dataset, 'namespace' | 'name'> {
  const { protocol, host, pathname } = new URL(url);
  const path = decodeURIComponent(pathname);
  return protocol === 'file:'
    ? { namespace: 'file', name: path }
    : { namespace: `${protocol}//${host}`, name: path.replace(/^\//, '') };
}
