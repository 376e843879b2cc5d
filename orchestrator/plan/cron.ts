/**
 * Reads cron expressions: five fields, as crond and GitHub know them. What only some tools understand (`@daily`, `L`,
 * `#`, `W`, `?`, `H`, seconds) is refused, with the nearest plain form.
 */
import { TidemillError } from '@tidemill/kit';
import { CRON_FIELDS, CronFault, parseField } from './cron-field.ts';

/** What an expression says; every list ascends and repeats nothing. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
  /** The hour field is a star, with or without a step: the job follows elapsed time, not the wall clock. */
  readonly everyHour: boolean;
  /** Both day fields are restricted: a day needs to satisfy only one of them. */
  readonly eitherDay: boolean;
}

const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Listing every value of every field takes about half of this. */
const MAX_LENGTH = 1024;

/** Somebody who makes more mistakes than this in one expression needs the rules, not a guess. */
const MAX_CORRECTIONS = 10;

const MACROS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** Thousands of jobs share a few expressions, and a plan asks many times of each. */
const known = new Map<string, CronFields | CronFault>();

/**
 * The fields of a five-field expression. Names in any case; 7 is Sunday, too. A day field is restricted unless it is
 * a star (or a star with step 1): a star with step 2 leaves days out, so together with a restricted other field either
 * one suffices. crond joins the two by AND in just that case; croner and cron-parser read it as we do.
 *
 * Throws a TidemillError `config` / `cron-invalid` that names the field, what it has and what was expected.
 */
export function parseCron(expression: string): CronFields {
  const fields = read(expression);
  if (fields instanceof CronFault) throw cronError(expression, fields);
  return fields;
}

/** What `parseCron` would throw, for those who collect faults; undefined for a valid expression. */
export function cronFault(expression: string): TidemillError | undefined {
  const fields = read(expression);
  return fields instanceof CronFault ? cronError(expression, fields) : undefined;
}

function cronError(expression: string, fault: CronFault): TidemillError {
  const corrected = validForm(fault.corrected);
  const shown = expression.length > 80 ? `${expression.slice(0, 80)}…` : expression;
  const hint =
    corrected === undefined
      ? 'A field is *, a number, a range 1-5, a list 1,3,5, or * or a range with a step: "*/15 6-18 * * MON-FRI".'
      : `The nearest valid form is "${corrected}".`;
  return new TidemillError('config', 'cron-invalid', `cron "${shown}": ${fault.message}`, { hint });
}

/** Corrects one fault after the other until the expression is valid, as far as that can be guessed. */
function validForm(expression: string | undefined): string | undefined {
  let form = expression;
  for (let faults = 0; form !== undefined && faults < MAX_CORRECTIONS; faults += 1) {
    const fields = read(form);
    if (!(fields instanceof CronFault)) return form;
    form = fields.corrected;
  }
  return undefined;
}

function read(expression: string): CronFields | CronFault {
  const cached = known.get(expression);
  if (cached !== undefined) return cached;
  const fields = parsed(expression);
  known.set(expression, fields);
  return fields;
}

function parsed(expression: string): CronFields | CronFault {
  try {
    return parse(expression);
  } catch (error) {
    if (error instanceof CronFault) return error;
    throw error;
  }
}

function parse(expression: string): CronFields {
  if (expression.length > MAX_LENGTH) throw new CronFault(`longer than ${MAX_LENGTH} characters`, undefined);
  const texts = expression.trim().split(/\s+/).filter(Boolean);
  if (texts.length !== CRON_FIELDS.length) throw wrongCount(texts);
  const values = CRON_FIELDS.map((field, index) => {
    try {
      return parseField(field, texts[index] ?? '');
    } catch (error) {
      if (!(error instanceof CronFault) || error.corrected === undefined) throw error;
      throw new CronFault(error.message, texts.with(index, error.corrected).join(' '));
    }
  });
  const [minutes = [], hours = [], daysOfMonth = [], months = [], daysOfWeek = []] = values;
  const [, hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = texts;
  const eitherDay = isRestricted(dayOfMonth) && isRestricted(dayOfWeek);
  const longest = Math.max(...months.map((number) => LONGEST_MONTHS[number - 1] ?? 0));
  if (!eitherDay && daysOfMonth.every((day) => day > longest)) {
    const message = `the day of month is "${dayOfMonth}", but month "${month}" has at most ${longest} days`;
    throw new CronFault(message, texts.with(2, String(longest)).join(' '));
  }
  return { minutes, hours, daysOfMonth, months, daysOfWeek, everyHour: /^\*(\/\d+)?$/.test(hour), eitherDay };
}

const isRestricted = (text: string): boolean => !/^\*(\/0*1)?$/.test(text);

function wrongCount(texts: readonly string[]): CronFault {
  const macro = MACROS.get(texts.join(' ').toLowerCase());
  const fields = texts.length === 1 ? '1 field' : `${texts.length} fields`;
  const message = `${fields}, expected 5: minute, hour, day of month, month, day of week`;
  if (macro !== undefined || texts.length === 0) return new CronFault(message, macro);
  if (texts.length === 6) return new CronFault(`${message} (no seconds)`, texts.slice(1).join(' '));
  const padded = [...texts, '*', '*', '*', '*'].slice(0, CRON_FIELDS.length).join(' ');
  return new CronFault(message, texts.length > 6 ? undefined : padded);
}
