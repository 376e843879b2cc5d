/**
 * When each schedule fires, found minute by minute through the whole span by looking at a wall clock. The planner's
 * own arithmetic has no part in it.
 */
import type { RandomCron, RandomField } from '../arbitraries/cron.ts';
import { fires, type WallMinute, wallMinutes } from '../oracles/slots.ts';

export interface Calendar {
  /** The slots after `after`, an ISO instant, up to the end of the span, in order. */
  slots(cron: string, timezone: string, after: string): string[];
}

const calendars = new Map<string, Calendar>();

/** To look at every minute takes a while, so all who ask for the same span share its calendar. */
export function calendarOf(from: number, to: number): Calendar {
  const span = `${from} ${to}`;
  const known = calendars.get(span) ?? newCalendar(from, to);
  calendars.set(span, known);
  return known;
}

function newCalendar(from: number, to: number): Calendar {
  const minutes = new Map<string, WallMinute[]>();
  const found = new Map<string, string[]>();
  const minutesIn = (timezone: string): WallMinute[] => {
    const known = minutes.get(timezone) ?? wallMinutes(timezone, from, to);
    minutes.set(timezone, known);
    return known;
  };
  return {
    slots(cron, timezone, after) {
      const key = `${cron} ${timezone}`;
      const all = found.get(key) ?? fires(plainCron(cron), minutesIn(timezone)).map((at) => new Date(at).toISOString());
      found.set(key, all);
      return all.filter((slot) => slot > after);
    },
  };
}

/** Stars, stars with a step, and single numbers: the thirteen jobs need no more. */
function plainCron(text: string): RandomCron {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = text.split(' ');
  return {
    text,
    minute: field(minute, 0, 59),
    hour: field(hour, 0, 23),
    dayOfMonth: field(dayOfMonth, 1, 31),
    month: field(month, 1, 12),
    dayOfWeek: field(dayOfWeek, 0, 6),
  };
}

function field(text: string, low: number, high: number): RandomField {
  const values = new Set<number>();
  const [base = '', step = '1'] = text.split('/');
  if (base !== '*') return { text, values: values.add(Number(text)) };
  for (let value = low; value <= high; value += Number(step)) values.add(value);
  return { text, values };
}
