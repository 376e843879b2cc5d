/** `bigquery://PROJECT/DATASET[?OPTION=…]`: which dataset, and what a person may want of its jobs and tables. */
import { TidemillError } from '@tidemill/kit/errors';

/** Tables that are made from now on are kept by the day, month or year in which a row last changed. */
export type Partition = 'DAY' | 'MONTH' | 'YEAR';

export interface Dataset {
  readonly project: string;
  readonly dataset: string;
  /** For people: without options. */
  readonly url: string;
  /** No query may be billed for more bytes; it fails before it costs anything. */
  readonly maxBytesBilled: string | undefined;
  /** Of every job and every table, by their names. */
  readonly labels: Readonly<Record<string, string>>;
  readonly partition: Partition | undefined;
}

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects; older ones are `example.com:project`. */
const PROJECT = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
const DATASET = /^[A-Za-z0-9_]{1,1024}$/;
/** https://cloud.google.com/bigquery/docs/labels-intro#requirements, of which these are the letters everybody can type. */
const LABEL = /^[a-z][a-z0-9_-]{0,62}:[a-z0-9_-]{0,63}$/;

const OPTIONS = {
  max_bytes_billed: /^[1-9]\d{0,17}$/,
  labels: /^[^,]+(,[^,]+)*$/,
  partition: /^(day|month|year)$/,
} as const;

/** Throws kind `config` for what is no location of a dataset. */
export function parseLocation(location: string): Dataset {
  const [, project = '', dataset = '', query = ''] =
    /^bigquery:\/\/([^/?]*)\/([^/?]*)\/?(?:\?(.*))?$/.exec(location) ?? [];
  if (!PROJECT.test(project) || !DATASET.test(dataset)) throw notALocation(`"${location}" names no dataset`);
  const options = new URLSearchParams(query);
  for (const [name, value] of options) {
    if (!Object.hasOwn(OPTIONS, name)) throw notALocation(`${name} is no option of it`);
    if (!OPTIONS[name as keyof typeof OPTIONS].test(value)) throw notALocation(`its option ${name} is not understood`);
  }
  return {
    project,
    dataset,
    url: `bigquery://${project}/${dataset}`,
    maxBytesBilled: options.get('max_bytes_billed') ?? undefined,
    labels: labelsIn(options.get('labels')),
    partition: options.get('partition')?.toUpperCase() as Partition | undefined,
  };
}

function labelsIn(text: string | null): Record<string, string> {
  const labels = text?.split(',') ?? [];
  const odd = labels.find((label) => !LABEL.test(label));
  if (odd !== undefined) throw notALocation(`"${odd}" is no label`);
  return Object.fromEntries(labels.map((label) => label.split(':') as [string, string]));
}

const notALocation = (what: string): TidemillError =>
  new TidemillError('config', 'bigquery-location', `The location of the warehouse is not right: ${what}`, {
    hint: 'Write bigquery://PROJECT/DATASET; after a "?", with "&" between them: max_bytes_billed=BYTES, partition=day, month or year, labels=NAME:VALUE,NAME:VALUE.',
  });

/** A label's value made of any text: what no label can hold becomes `_`. */
export const labelOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '_')
    .slice(0, 63);
