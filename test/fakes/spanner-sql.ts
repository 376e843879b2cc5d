/**
 * The questions that the driver asks, and those of the contract suite, in the shapes that they have. Whatever has another is no
 * statement: what the driver asks besides is to be tried at the emulator first, and then learned here.
 */
import type { FakeRow } from './spanner-commits.ts';
import { Refused } from './spanner-refused.ts';
import type { FakeTable } from './spanner-schema.ts';

export interface Asked {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** A table, or one of the schema `information_schema`, with its rows. */
  readonly from: (path: string) => { readonly columns: FakeTable['columns']; readonly rows: Iterable<FakeRow> };
}

export interface FakeAnswer {
  readonly fields: readonly { readonly name: string; readonly type: { readonly code: string } }[];
  readonly rows: readonly (readonly unknown[])[];
}

const SELECT =
  /^SELECT (DISTINCT )?(.+?) FROM ([\w.`]+)(?: AS t)?(?: WHERE (.+?))?(?: GROUP BY (\w+))?(?: ORDER BY (.+?))?(?: LIMIT (\d+))?$/;

export function answer({ sql, params, from }: Asked): FakeAnswer {
  const literals: string[] = [];
  // Texts are put aside: what is in them is no SQL.
  const bare = sql
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (text) => {
      literals.push(text.startsWith('"') ? JSON.parse(text) : text.slice(1, -1));
      return `@_${literals.length - 1}`;
    })
    .replace(/\s+/g, ' ')
    .trim();
  const given = (name: string): unknown => (name.startsWith('_') ? literals[Number(name.slice(1))] : params[name]);
  if (bare === 'SELECT 1') return { fields: [field('', 'INT64')], rows: [['1']] };
  const [, distinct, items = '', path = '', where, group, order, limit] = SELECT.exec(bare) ?? fail(sql);
  const { columns, rows } = from(path);
  const context = { columns, given, sql };
  const isAsked = conditionOf(where, context);
  let found = [...rows].filter(isAsked);
  if (order !== undefined) found = found.toSorted(orderOf(order, context));
  const selected = splitItems(items).map((item) => itemOf(item, context));
  const fields = selected.map(({ name, code }) => field(name, code));
  const groups = group === undefined ? undefined : Object.values(Object.groupBy(found, (row) => String(row[group])));
  const isTotal = group === undefined && selected.some(({ all }) => all !== undefined);
  const told = groups ?? (isTotal ? [found] : found.map((row) => [row]));
  let answered = told.map((some = []) =>
    selected.map(({ one, all }) => (all === undefined ? one(some[0] ?? {}) : all(some))),
  );
  if (distinct !== undefined) answered = [...new Map(answered.map((row) => [JSON.stringify(row), row])).values()];
  return { fields, rows: limit === undefined ? answered : answered.slice(0, Number(limit)) };
}

const field = (name: string, code: string) => ({ name, type: { code } });

function fail(sql: string): never {
  throw new Refused('INVALID_ARGUMENT', `Syntax error: Unexpected statement [at 1:1]\n${sql}`);
}

interface Context {
  readonly columns: FakeTable['columns'];
  readonly given: (name: string) => unknown;
  readonly sql: string;
}

/** At commas outside of parentheses. */
const splitItems = (items: string): string[] => items.split(/, (?![^(]*\))/);

interface Item {
  readonly name: string;
  readonly code: string;
  readonly one: (row: FakeRow) => unknown;
  /** Of all rows together. */
  readonly all?: (rows: readonly FakeRow[]) => unknown;
}

const codeOf = (type: string): string => type.replace(/\(.*/, '');

function columnOf(text: string, { columns, sql }: Context): FakeTable['columns'][number] {
  const name = /^(?:[tc]\.)?`?(\w+)`?$/.exec(text)?.[1] ?? fail(sql);
  const column = columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (column === undefined) throw new Refused('INVALID_ARGUMENT', `Unrecognized name: ${name} [at 1:8]`);
  return column;
}

function itemOf(text: string, context: Context): Item {
  const [, plain = text, alias] = /^(.+) AS (\w+)$/.exec(text.includes('(') ? '' : text) ?? [];
  if (plain === 'NULL') return { name: '', code: 'INT64', one: () => null };
  if (plain === 'COUNT(*)') return { name: '', code: 'INT64', one: () => null, all: (rows) => String(rows.length) };
  const [, most] = /^MAX\((.+)\)$/.exec(plain) ?? [];
  if (most !== undefined) {
    const { name, type } = columnOf(most, context);
    const all = (rows: readonly FakeRow[]) =>
      rows
        .map((row) => row[name] ?? null)
        .toSorted(compare)
        .at(-1) ?? null;
    return { name: '', code: codeOf(type), one: () => null, all };
  }
  const [, called, number] = /^(\w+) = (\d+)$/.exec(plain) ?? [];
  if (called !== undefined) {
    const { name } = columnOf(called, context);
    return { name: alias ?? '', code: 'BOOL', one: (row) => (row[name] === null ? null : row[name] === number) };
  }
  const [, printed] =
    /^(?:CAST\((.+) AS STRING\)|FORMAT_TIMESTAMP\(@_\d+, (.+), @_\d+\))$/.exec(plain)?.filter(Boolean) ?? [];
  const { name, type } = columnOf(printed ?? plain, context);
  const code = printed === undefined ? codeOf(type) : 'STRING';
  const isText = printed !== undefined;
  return {
    name: alias ?? name,
    code,
    one: (row) => (row[name] == null ? null : isText ? String(row[name]) : row[name]),
  };
}

/** Texts by their bytes, numbers in texts by what they are; NULL first. */
function compare(one: unknown, other: unknown): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  const isNumber = [one, other].every((value) => typeof value === 'string' && /^-?\d{1,15}$/.test(value));
  if (isNumber) return Number(one) - Number(other);
  return String(one) < String(other) ? -1 : Number(String(one) > String(other));
}

function orderOf(text: string, context: Context): (one: FakeRow, other: FakeRow) => number {
  const keys = splitItems(text).map((item) => {
    const [column = '', down] = item.trim().split(' ');
    return { name: columnOf(column, context).name, sign: down === 'DESC' ? -1 : 1 };
  });
  return (one, other) => {
    for (const { name, sign } of keys) {
      const order = compare(one[name] ?? null, other[name] ?? null);
      if (order !== 0) return order * sign;
    }
    return 0;
  };
}

function conditionOf(where: string | undefined, context: Context): (row: FakeRow) => boolean {
  const all = (where ?? '')
    .split(' AND ')
    .filter(Boolean)
    .map((text) => oneOf(text, context));
  return (row) => all.every((isMet) => isMet(row));
}

function oneOf(text: string, context: Context): (row: FakeRow) => boolean {
  const { given, sql } = context;
  if (text === 'FALSE') return () => false;
  const [, lower, param] = /^LOWER\((\w+)\) = LOWER\(@(\w+)\)$/.exec(text) ?? [];
  if (lower !== undefined) {
    const { name } = columnOf(lower, context);
    return (row) => String(row[name]).toLowerCase() === String(given(param ?? '')).toLowerCase();
  }
  const [, column, how = '', what = ''] = /^([\w.`]+) (=|!=|IN|NOT IN|IS NOT NULL)(?: (.+))?$/.exec(text) ?? fail(sql);
  const { name, type } = columnOf(column ?? '', context);
  if (how === 'IS NOT NULL') return (row) => row[name] != null;
  const [, list] = /^UNNEST\(@(\w+)\)$/.exec(what) ?? [];
  const names = /^(?:@\w+|\(@\w+(?:, @\w+)*\)|CAST\(@\w+ AS \w+\))$/.test(what)
    ? [...what.matchAll(/@(\w+)/g)]
    : undefined;
  const values = list !== undefined ? given(list) : (names ?? fail(sql)).map(([, one = '']) => given(one));
  const set = new Set((values as unknown[]).map((value) => sameText(value, type)));
  const isNot = how === '!=' || how === 'NOT IN';
  return (row) => row[name] != null && set.has(sameText(row[name], type)) !== isNot;
}

/** One text for all spellings of a value. */
function sameText(value: unknown, type: string): string {
  if (type === 'FLOAT64') return String(Number(value));
  if (type === 'TIMESTAMP')
    return String(value)
      .replace(/(\.\d*?)0+Z$/, '$1Z')
      .replace('.Z', 'Z');
  return type === 'NUMERIC'
    ? String(value)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
    : String(value);
}
