/** Where data goes, as a person writes it: what may be written is what the drivers open. */
import { z } from 'zod';
import {
  type Driver,
  defaultListeners,
  defaultLocation,
  locationText,
  shorthandsIn,
  variablesFor,
} from '../drivers/manifest.ts';
import * as field from './fields.ts';

/** One of `environments`. */
export const environment = (drivers: readonly Driver[]) => {
  const bucket = defaultLocation(drivers, 'bucket', 'local');
  const [warehouse, elsewhere] = ['local', 'NAME'].map((name) => defaultLocation(drivers, 'warehouse', name));
  const keys = shorthandsIn(drivers).map(({ key }) => key);
  const others = keys.length === 0 ? '' : `; for dev and prd: ${keys.join(' and ')} of global`;
  const [first] = defaultListeners(drivers, 'local');
  const heard = first === undefined ? '' : ` Default for local: ${first}; for others: nobody.`;
  return z.strictObject({
    bucket: field
      .location(drivers, 'bucket')
      .optional()
      .describe(
        `${sentence(locationText(drivers, 'bucket'))} Default for local: ${bucket}${others}${bySetting(drivers, 'bucket')}.`,
      ),
    warehouse: field
      .warehouses(drivers)
      .optional()
      .describe(
        `${sentence(locationText(drivers, 'warehouse'))} Or several, each by a name: everything is loaded into all of them; the name of a single one is main. Default for local: ${warehouse}; for others: ${elsewhere}${bySetting(drivers, 'warehouse')}.`,
      ),
    events: z
      .array(listener(drivers))
      .max(20)
      .optional()
      .describe(
        `Who is told of events (docs/events.md). ${sentence(locationText(drivers, 'events'))} Or a mapping that also says which.${heard} An empty list tells nobody.`,
      ),
  });
};

const listener = (drivers: readonly Driver[]) => {
  const to = field.location(drivers, 'events');
  const entry = z.strictObject({
    to: to.describe('Where events go: a location that a driver opens.'),
    name: field.ListenerName.optional().describe(
      'What it is called in the states of jobs: what it does not have yet waits for it under this name, also where the location is another. Default: made of the location.',
    ),
    kinds: z
      .array(field.KindPattern)
      .min(1)
      .max(20)
      .optional()
      .describe('The kinds that go there, such as run-failed, or patterns with * and ?. Default: all.'),
    jobs: z
      .array(field.Selector)
      .min(1)
      .max(100)
      .optional()
      .describe('The jobs whose events go there: ids, patterns with * and ?, and service:NAME. Default: all.'),
  });
  return z.union([to, entry]);
};

/** What holds for environments other than local. */
const bySetting = (drivers: readonly Driver[], kind: 'bucket' | 'warehouse'): string =>
  variablesFor(drivers, kind)
    .map((names) => `, or what ${names.join(' and ')} say in the environment of the process`)
    .join('');

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Keys of `global` that drivers ask for. */
export const shorthands = (drivers: readonly Driver[]): z.ZodRawShape =>
  Object.fromEntries(
    shorthandsIn(drivers).map(({ key, scheme, environment: name }) => {
      const says = `Bucket of the environment ${name}, where environments names none: NAME stands for ${scheme}://NAME.`;
      return [key, field.bucketName(scheme).optional().describe(says)];
    }),
  );
