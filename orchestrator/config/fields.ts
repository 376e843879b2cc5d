/** The values a configuration is made of, each with what it must look like. */
import { columnNameFault } from '@tidemill/kit';
import { z } from 'zod';
import { type Driver, type DriverKind, driverOf, locationText, schemeOf } from '../drivers/manifest.ts';
import { eventKinds } from '../events/published/kind-names.ts';
import { matchesGlob } from './glob.ts';
import { nearest } from './nearest.ts';

export { PackageName } from '../drivers/manifest.ts';

/** What is wrong with a cron expression; undefined when nothing is. */
export type CheckCron = (
  expression: string,
) => { readonly message: string; readonly hint?: string | undefined } | undefined;

/** Ids become object keys, file names and artifact names; GitHub refuses artifact names with anything else in them. */
export const Id = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, {
  error: 'expected a name of at most 100 letters, digits, "_", "-" and ".", which begins with one of the first three',
});

const sqlName = (what: string) =>
  z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, {
    error: `expected ${what} of at most 60 lower-case letters, digits and "_", which begins with a letter`,
  });

/** Schemas of the warehouse that are not for data; `pg_…` is PostgreSQL's: https://www.postgresql.org/docs/current/sql-createschema.html */
const OWN_SCHEMAS = /^(?:staging|gold|gold_staging|information_schema|pg_.*|main|temp|system)$/;

/** The service is the schema of its silver tables. */
export const ServiceName = sqlName('a name').refine((name) => !OWN_SCHEMAS.test(name), {
  error: 'expected a name that is not one of the schemas which warehouses keep for themselves',
});

/** The data type is the name of its silver table. */
export const DataType = sqlName('a name');

/** A column of a silver table, whoever made it. */
export const AnyColumn = sqlName('a column name');

/** A column that a job declares. */
export const ColumnName = AnyColumn.refine((name) => columnNameFault(name) === undefined, {
  error: ({ input }) => `expected another name: ${columnNameFault(String(input))}`,
});

export const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'expected the name of an environment variable: letters, digits and "_", no digit first',
});

export const BaseUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' });

export const Words = z.string().regex(/\S/, { error: 'expected a text that is not empty' });

/** A requirement of Python, as pip and uv take it on a command line; an option of theirs belongs in a file. */
export const Requirement = z.string().regex(/^[A-Za-z0-9][^\n]*$/, {
  error: 'expected a requirement such as tap-github==1.30.0, which begins with the name of a package',
});

/** Where a bucket, a warehouse or who hears of events is: a location that one of the drivers opens. */
export const location = (drivers: readonly Driver[], kind: DriverKind) =>
  Words.refine((text) => isPlace(driverOf(drivers, kind, text), text), {
    error: `expected ${locationText(drivers, kind)}`,
  });

function isPlace(driver: Driver | undefined, text: string): boolean {
  const scheme = schemeOf(text);
  if (driver === undefined || scheme === undefined) return driver !== undefined;
  return driver.file === true ? text.length > scheme.length + 1 : isUrl(text);
}

/** Names a warehouse of an environment, in the configuration, in states and on the command line. */
const WarehouseName = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, {
  error: 'expected a name of at most 40 lower-case letters, digits, "_" and "-", which begins with a letter',
});

export const WarehouseNames = z.array(WarehouseName).min(1).max(100);

/** Names who is told of events, in states and on the command line. */
export const ListenerName = WarehouseName;

/** Of kinds of events. */
export const KindPattern = z
  .string()
  .regex(/^[a-z*?-]{1,60}$/, { error: 'expected a kind of events, or a pattern with * or ?' })
  .refine((pattern) => eventKinds.some((kind) => matchesGlob(pattern, kind)), {
    error: `expected a pattern that some kind of events fits: ${eventKinds.join(', ')}`,
  });

/** One, or several by name. */
export const warehouses = (drivers: readonly Driver[]) => {
  const one = location(drivers, 'warehouse');
  const named = z
    .record(WarehouseName, one)
    .refine((all) => Object.keys(all).length > 0, { error: 'expected at least one warehouse' });
  return z.union([one, named]);
};

/** The name of a bucket, with or without the scheme. */
export const bucketName = (scheme: string) =>
  z.string().regex(new RegExp(`^(${scheme}://)?[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$`), {
    error: 'expected the name of a bucket: 3 to 222 lower-case letters, digits, "-", "_" and "."',
  });

/** A job's id, a glob, or `service:NAME`. */
export const Selector = z.string().regex(/^(service:)?[A-Za-z0-9_.*?-]{1,100}$/, {
  error: 'expected the id of a job, a pattern with * or ?, or service:NAME',
});

/** A span of time: minutes as a number, or a text such as `90m`, `26h` or `2d`. */
export const Span = z.union([
  z.number().gt(0).max(5_256_000),
  z.string().regex(/^[1-9]\d{0,4}[mhd]$/, { error: 'expected minutes as a number, or a text such as 90m, 26h or 2d' }),
]);

const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** A span in minutes. */
export function minutesIn(span: z.output<typeof Span>): number {
  if (typeof span === 'number') return span;
  return Number.parseInt(span, 10) * MINUTES[span.slice(-1) as keyof typeof MINUTES];
}

export const cronExpression = (check: CheckCron) =>
  z.string().superRefine((expression, context) => {
    const fault = check(expression);
    if (fault === undefined) return;
    context.addIssue({ code: 'custom', message: fault.message, params: { hint: fault.hint } });
  });

/** An IANA name. Offsets such as `+01:00`, which the runtime also takes, are none: they know no summer time. */
export const timeZone = () => {
  const known = new Map<string, boolean>();
  return z.string().superRefine((name, context) => {
    const isKnown = known.get(name) ?? isZone(name);
    known.set(name, isKnown);
    if (isKnown) return;
    const message = 'expected an IANA time zone, such as "Europe/Berlin" or "UTC"';
    context.addIssue({ code: 'custom', message, params: { hint: zoneHint(name) } });
  });
};

const isUrl = (text: string): boolean => (URL.parse(text)?.host ?? '') !== '';

function isZone(name: string): boolean {
  // Most know no other, and the first of these costs a process 12 ms.
  if (name === 'UTC') return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function zoneHint(name: string): string | undefined {
  const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
  const city = `/${name.toLowerCase().replaceAll(' ', '_')}`;
  const near = zones.find((zone) => zone.toLowerCase().endsWith(city)) ?? nearest(name, zones);
  return near === undefined ? undefined : `Did you mean "${near}"?`;
}
