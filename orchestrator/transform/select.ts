/** Which models are built: what dbt is told to select, and to leave out. Pure. */
import type { TableName } from '../warehouse/contract.ts';

export interface Asked {
  /** In dbt's own words, from a person; if there are none, what has changed. */
  readonly words: readonly string[];
  readonly scope: 'changed' | 'all';
  /** Silver tables that were loaded since they were transformed. */
  readonly changed: readonly TableName[];
  /** Silver tables that the project reads. */
  readonly sources: readonly TableName[];
  /** Tables that the warehouse has. */
  readonly tables: readonly TableName[];
  /** Whether models of earlier runs are still there. */
  readonly keeps: 'models' | 'nothing';
}

export interface Selection {
  /** None means every model. */
  readonly select: readonly string[];
  /** Models of services that are not used, which have nothing to read. */
  readonly exclude: readonly string[];
  /** Tables that are there of those that the project reads, as `service.data_type`: a model that can do without some asks for them. */
  readonly loaded: readonly string[];
}

/** Undefined where there is nothing to build. */
export function selectionOf({ words, scope, changed, sources, tables, keeps }: Asked): Selection | undefined {
  const there = new Set(tables.map(nameOf));
  const read = sources.map(nameOf);
  const exclude = read.filter((name) => !there.has(name)).map((name) => `source:${name}+`);
  if (exclude.length === read.length) return undefined;
  const loaded = read.filter((name) => there.has(name));
  if (words.length > 0) return { select: keeps === 'models' ? words : words.map(withAncestors), exclude, loaded };
  if (scope === 'all') return { select: [], exclude, loaded };
  const news = changed.map(nameOf).filter((name) => there.has(name) && read.includes(name));
  if (news.length === 0) return undefined;
  return { select: news.map((name) => selector(name, keeps)), exclude, loaded };
}

const nameOf = ({ schema, name }: TableName): string => `${schema}.${name}`;

/** The same words, each with all that what it selects is made of; and a little more where two of them must both be true. */
const withAncestors = (word: string): string =>
  word
    .split(',')
    .map((part) => {
      const [, method = ''] = /^@?(?:\d*\+)?(.*?)(?:\+\d*)?$/.exec(part) ?? [];
      return /^@|\+\d*$/.test(part) ? `@${method}` : `+${method}`;
    })
    .join(',');

/** `+` behind: what is made of it. `@` before: that, and everything else that those are made of. */
const selector = (name: string, keeps: Asked['keeps']): string =>
  keeps === 'models' ? `source:${name}+` : `@source:${name}`;
