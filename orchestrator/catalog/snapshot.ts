/** What was collected of a service: one object in the bucket, `_tidemill/catalog/SERVICE.json`. Times are UTC instants. */
import { type Dataset, sqlTypes } from '@tidemill/kit';
import { z } from 'zod';
import { AnyColumn, DataType } from '../config/fields.ts';

export const SNAPSHOT_VERSION = 1;

const FieldPath = z.union([z.string().min(1).max(1000), z.array(z.string().min(1).max(1000)).min(1).max(20)]);

const Column = z.object({
  name: AnyColumn,
  type: z.enum(sqlTypes),
  from: FieldPath.exactOptional(),
  description: z.string().exactOptional(),
});

const capabilities = ['incremental', 'full', 'preview', 'filter'] as const;

const fields = {
  name: DataType,
  description: z.string().exactOptional(),
  columns: z.array(Column).max(2000).exactOptional(),
  key: z.array(AnyColumn).max(100).exactOptional(),
  capabilities: z.array(z.enum(capabilities)),
  cdm_model_id: z.string().max(500).exactOptional(),
};

/** A data set as a connector or a program says it. Whatever else it says is left out. */
export const DatasetSaid = z.object(fields) satisfies z.ZodType<Dataset>;

/** A data set that the service has, or had. */
export const Unit = z.object({
  ...fields,
  state: z.enum(['there', 'gone']),
  /** When it was first found, or found again. */
  found_at: z.iso.datetime(),
  /** When it was first missed. */
  gone_at: z.iso.datetime().exactOptional(),
});
export type Unit = z.output<typeof Unit>;

/** A data set that is another one than before, and in what. */
const Changed = z.object({ name: z.string(), what: z.array(z.string()) });

/** What differs between two collections; names of data sets. */
export const Differences = z.object({
  added: z.array(z.string()),
  /** That were gone before. */
  back: z.array(z.string()),
  gone: z.array(z.string()),
  changed: z.array(Changed),
});
export type Differences = z.output<typeof Differences>;

const Collection = z.object({ ...Differences.shape, at: z.iso.datetime(), by: z.string() });

export const Snapshot = z.object({
  version: z.literal(SNAPSHOT_VERSION),
  service: z.string(),
  /** Of the last collection. */
  collected_at: z.iso.datetime(),
  collected_by: z.string(),
  /** Unique to it. */
  run: z.string(),
  /** Whose account it is, as the service calls them: a person's name, mostly. */
  account: z.string().exactOptional(),
  /** In the order in which the service says them, those that are gone last. */
  units: z.array(Unit),
  /** The last collections that found a difference, newest last. */
  history: z.array(Collection),
});
export type Snapshot = z.output<typeof Snapshot>;

/** As much of it as a plan needs: the rest of a large one is not looked at. */
export const States = Snapshot.pick({ version: true, service: true }).extend({
  units: z.array(Unit.pick({ name: true, state: true, gone_at: true })),
});
