/** Where data goes, as a person writes it: what may be written is what the drivers open. */
import { z } from 'zod';
import { type Driver, defaultLocation, locationText, shorthandsIn } from '../drivers/manifest.ts';
import * as field from './fields.ts';

/** One of `environments`. */
export const environment = (drivers: readonly Driver[]) => {
  const bucket = defaultLocation(drivers, 'bucket', 'local');
  const [warehouse, elsewhere] = ['local', 'NAME'].map((name) => defaultLocation(drivers, 'warehouse', name));
  const keys = shorthandsIn(drivers).map(({ key }) => key);
  const others = keys.length === 0 ? '' : `; for dev and prd: ${keys.join(' and ')} of global`;
  return z.strictObject({
    bucket: field
      .location(drivers, 'bucket')
      .optional()
      .describe(`${sentence(locationText(drivers, 'bucket'))} Default for local: ${bucket}${others}.`),
    warehouse: field
      .warehouses(drivers)
      .optional()
      .describe(
        `${sentence(locationText(drivers, 'warehouse'))} Or several, each by a name: everything is loaded into all of them; the name of a single one is main. Default for local: ${warehouse}; for others: ${elsewhere}.`,
      ),
    events: z
      .array(field.location(drivers, 'events'))
      .max(20)
      .default([])
      .describe('Who is told of the events of every run: locations that drivers of events open.'),
  });
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Keys of `global` that drivers ask for. */
export const shorthands = (drivers: readonly Driver[]): z.ZodRawShape =>
  Object.fromEntries(
    shorthandsIn(drivers).map(({ key, scheme, environment: name }) => {
      const says = `Bucket of the environment ${name}, where environments names none: NAME stands for ${scheme}://NAME.`;
      return [key, field.bucketName(scheme).optional().describe(says)];
    }),
  );
