import { type Choice, type ChoicesContext, parseLine } from '@tidemill/kit';
import { CalendarRecord } from './schema.ts';
import { calendarPages } from './streams.ts';

/** Of the account's list. */
export async function* calendarChoices({ http }: ChoicesContext): AsyncGenerator<Choice> {
  for await (const { lines } of calendarPages(http)) {
    for (const line of lines) {
      const { id, summaryOverride, summary } = CalendarRecord.parse(parseLine(line));
      const label = summaryOverride ?? summary;
      yield { value: id, ...(label === undefined ? {} : { label }) };
    }
  }
}
