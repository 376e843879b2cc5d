/** What somebody may have meant whose query names a table that is not there. Pure; it reads SQL as far as names go. */
import { nearest } from '../config/nearest.ts';
import type { TableName } from '../warehouse/contract.ts';

const NAME = '(?:"[^"]+"|`[^`]+`|[\\w$-]+)';
const NAMED = new RegExp(`\\b(?:from|join)\\s+(${NAME}(?:\\s*\\.\\s*${NAME})*)`, 'gi');

/** A sentence about the first table of the query that is none of these; undefined when there is no such one. */
export function tableMeant(sql: string, tables: readonly TableName[]): string | undefined {
  const names = tables.map(({ schema, name }) => `${schema}.${name}`);
  const known = new Set(names.map((name) => name.toLowerCase()));
  for (const [, written = ''] of sql.matchAll(NAMED)) {
    // Of what stands before service and data type, a project or a catalogue, nothing is known here.
    const name = written
      .replace(/["`\s]/g, '')
      .split('.')
      .slice(-2)
      .join('.');
    if (known.has(name.toLowerCase()) || isOfTheQuery(name, sql)) continue;
    const near = name.includes('.') ? nearest(name, names) : ofThatName(name, names);
    return near === undefined ? undefined : `Did you mean ${near}?`;
  }
  return undefined;
}

/** `WITH name AS (…)`. */
const isOfTheQuery = (name: string, sql: string): boolean =>
  !name.includes('.') && new RegExp(`\\b${name.replaceAll('$', '\\$')}"?\\s+as\\s*\\(`, 'i').test(sql);

/** Without its service. */
function ofThatName(name: string, names: readonly string[]): string | undefined {
  const shortOf = (full: string): string => full.slice(full.indexOf('.') + 1);
  const short = nearest(name, names.map(shortOf));
  return names.find((full) => shortOf(full) === short);
}
