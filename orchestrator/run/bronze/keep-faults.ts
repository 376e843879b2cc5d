/** Why a reading cannot be kept. */
import { TidemillError } from '@tidemill/kit';

interface Facts {
  readonly job: string;
}

export function incomplete({ job }: Facts, doubt: string): TidemillError {
  return new TidemillError('transient', 'listing-incomplete', `${job}: ${doubt}`, {
    hint: 'A list that changes while it is read is read again. If it lasts, the source contradicts itself, or the connector misses a page.',
  });
}

export function orderBroken({ job }: Facts): TidemillError {
  const message = `${job}: its pages do not come in the order that the connector declares, and its table has no key`;
  return new TidemillError('source-changed', 'order-broken', message, {
    hint: 'Records that belong before what this run has kept may be missing, and to read them again would double the others. Mend the connector, and load the table anew.',
  });
}

export function undeclared({ job }: Facts): TidemillError {
  const message = `${job}: the connector says everything there is, and its stream does not declare the scope "either"`;
  return new TidemillError('bug', 'everything-undeclared', message);
}
