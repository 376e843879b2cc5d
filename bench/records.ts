/** Invented records of about the size and shape that activity APIs give. */
import type { Table } from '../orchestrator/warehouse/contract.ts';

export interface SampleRecord {
  readonly id: number;
  readonly name: string;
  readonly sport: string;
  readonly started_at: string;
  readonly distance_m: number;
  readonly is_public: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

export function sampleRecord(id: number): SampleRecord {
  return {
    id,
    name: `Morning run number ${id}`,
    sport: ['run', 'ride', 'swim'][id % 3] ?? 'run',
    started_at: new Date(Date.UTC(2020, 0, 1) + id * 60_000).toISOString(),
    distance_m: (id * 7919) % 42_195,
    is_public: id % 2 === 0,
    details: { gear: `shoe-${id % 50}`, laps: [id % 10, id % 20, id % 30], note: 'x'.repeat(id % 200), device: null },
  };
}

export const COLUMNS = {
  id: 'bigint',
  name: 'text',
  sport: 'text',
  started_at: 'timestamptz',
  distance_m: 'double',
  is_public: 'boolean',
} as const;

/** Where they lie in a warehouse. */
export const TABLE: Table = {
  schema: 'bench',
  name: 'rows',
  description: '',
  columns: Object.entries(COLUMNS).map(([name, type]) => ({ name, type, nullable: false, description: '' })),
  key: ['id'],
  indexes: [],
  write: 'upsert',
};
