/** The months that are lived through: each has a clock change about its middle. */
import type { MonthOptions } from './month.ts';

export type World = Pick<MonthOptions, 'start' | 'timezone'>;

export const worlds = {
  /** Back by an hour on 25 October, ahead by one on 28 March. */
  berlin: { start: '2026-10-10', timezone: 'Europe/Berlin' },
  berlin_spring: { start: '2027-03-15', timezone: 'Europe/Berlin' },
  /** Back by an hour on 1 November. */
  new_york: { start: '2026-10-20', timezone: 'America/New_York' },
  /** Back by half an hour on 4 April. */
  lord_howe: { start: '2027-03-20', timezone: 'Australia/Lord_Howe' },
} as const satisfies Record<string, World>;

export const SEED = 20261121;
