import type { Choice, ChoicesContext } from '@tidemill/kit';
import { z } from 'zod';

const Spreadsheet = z.object({
  properties: z.object({ title: z.string() }),
  sheets: z.array(z.object({ properties: z.object({ title: z.string() }) })),
  namedRanges: z.array(z.object({ name: z.string() })).default([]),
});

const FIELDS = 'properties.title,sheets.properties.title,namedRanges.name';

/**
 * Sheets and named ranges of the spreadsheets that the jobs name. Which spreadsheets there are only Drive tells, for which a sign-in to
 * this service asks no right: https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get
 */
export async function* rangeChoices({ http, jobs }: ChoicesContext): AsyncGenerator<Choice> {
  const ids = new Set(jobs.flatMap(({ spreadsheet_id: id }) => (typeof id === 'string' ? [id] : [])));
  for (const id of ids) {
    const query = { fields: FIELDS };
    const { value } = await http.json(`v4/spreadsheets/${encodeURIComponent(id)}`, Spreadsheet, { query });
    const label = value.properties.title;
    for (const { properties } of value.sheets) yield { value: rangeNamed(properties.title), label };
    for (const { name } of value.namedRanges) yield { value: name, label };
  }
}

/** In quotes where it would be something else without. */
const rangeNamed = (title: string): string =>
  /^(?:[A-Za-z]{1,3}\d+|.*['!:].*)$/.test(title) ? `'${title.replaceAll("'", "''")}'` : title;
