/** Which scenarios are killed on which driver, and how often. */
import type { DriverName } from './places.ts';

/** A scenario on a driver: every kind of operation in turn, if no scenario before it meets the same one, and then random times, or random operations where a run takes long. */
export interface Assignment {
  readonly driver: DriverName;
  readonly scenario: string;
  readonly kills: 'every operation' | 'random operations';
  /** With `--thorough`; else a quarter of them. */
  readonly randomChains: number;
}

const every = (driver: DriverName, scenario: string, randomChains: number): Assignment => ({
  driver,
  scenario,
  kills: 'every operation',
  randomChains,
});

const some = (driver: DriverName, scenario: string, randomChains: number): Assignment => ({
  driver,
  scenario,
  kills: 'random operations',
  randomChains,
});

/** The longest first. */
export const assignments: readonly Assignment[] = [
  some('gs', 'bulk', 2),
  some('s3', 'bulk', 2),
  some('local', 'bulk', 2),
  every('local', 'clicks', 5),
  every('local', 'backlog', 5),
  every('local', 'two', 5),
  every('local', 'marks', 3),
  every('local', 'shelf', 3),
  every('local', 'feed', 3),
  every('local', 'orders', 3),
  every('local', 'forms', 3),
  every('gs', 'readings', 5),
  every('s3', 'stock', 5),
  some('gs', 'backlog', 8),
  some('s3', 'two', 4),
  some('s3', 'clicks', 8),
  every('local', 'lake-stock', 3),
  every('local', 'lake-orders', 2),
  every('local', 'lake-backlog', 2),
  // More marks of the same: each kind of operation is met in the lake's other scenarios.
  some('local', 'lake-marks', 24),
  some('local', 'lines', 10),
  some('gs', 'shelf', 6),
  some('s3', 'feed', 6),
  some('gs', 'lake-stock', 4),
  some('s3', 'lake-orders', 4),
  some('gs', 'marks', 4),
  some('s3', 'lake-marks', 2),
  every('local', 'stock', 3),
  every('local', 'readings', 3),
];
