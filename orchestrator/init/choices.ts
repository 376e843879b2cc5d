/** What a repository is to have, as a person says it: five answers, each checked when it is given. Pure. */
import { TidemillError } from '@tidemill/kit';
import { bucketName, Id, location } from '../config/fields.ts';
import { nearest } from '../config/nearest.ts';
import { type Driver, type DriverKind, defaultLocation, locationText, schemeOf } from '../drivers/manifest.ts';
import { isPublic, type KnownConnector } from './catalog.ts';

/** In a location, what the name of the environment takes the place of. */
const NAME = 'NAME';
/** Where nothing is known of a bucket: nobody needs an account for a folder. */
const FOLDER = `.tidemill/${NAME}/bucket`;

export interface Choices {
  readonly bucket: string;
  readonly environments: readonly string[];
  /** Undefined: where the tables of an environment are when nobody says. */
  readonly warehouse: string | undefined;
  readonly services: readonly string[];
  readonly schedule: 'on' | 'off';
}

/** What there is to choose from. */
export interface Offer {
  readonly drivers: readonly Driver[];
  readonly connectors: readonly KnownConnector[];
}

/** What has been answered so far, in the order of the questions. */
export type Answered = Partial<Choices>;

export interface Question {
  readonly name: keyof Choices;
  readonly asks: string;
  /** Lines that say what may be answered. */
  choices(offer: Offer, answered: Answered): string[];
  /** What counts without an answer. */
  byDefault(answered: Answered): string;
  /** The same in words. */
  shown(offer: Offer, answered: Answered): string;
  /** Throws a TidemillError of kind `config`. */
  read(answer: string, offer: Offer, answered: Answered): Answered;
}

const bucket: Question = {
  name: 'bucket',
  asks: 'Where is the bucket, which keeps the state and the raw data?',
  choices: ({ drivers }) => [...locationLines(drivers, 'bucket'), `${NAME} stands for the name of the environment.`],
  byDefault: () => FOLDER,
  shown: () => FOLDER,
  read(answer, { drivers }) {
    checkLocation('bucket', answer, drivers);
    checkFolder(answer, drivers);
    const host = schemeOf(answer) === undefined ? undefined : URL.parse(answer)?.host;
    if (host === undefined || bucketName('').safeParse(host.replace(NAME, 'x'.repeat(3))).success)
      return { bucket: answer };
    throw new TidemillError('config', 'init-bucket', `No bucket can be called "${host}"`, {
      hint: 'A name has 3 to 63 lower-case letters, digits, "-", "_" and ".", and begins and ends with a letter or a digit.',
    });
  },
};

const ENVIRONMENT = /^[a-z][a-z0-9_-]{0,19}$/;

const environmentOf = ({ bucket = FOLDER }: Answered): string => (schemeOf(bucket) === undefined ? 'local' : 'dev');

const environments: Question = {
  name: 'environments',
  asks: 'Which environments? Each has a bucket of its own.',
  choices: () => [
    'One name, or several with commas, as dev, prd. The environment local, on this machine, is always there.',
  ],
  byDefault: environmentOf,
  shown: (_, answered) => environmentOf(answered),
  read(answer) {
    const names = words(answer);
    for (const name of names) {
      if (Id.safeParse(name).success && ENVIRONMENT.test(name)) continue;
      throw new TidemillError('config', 'init-environment', `"${name}" cannot name an environment`, {
        hint: 'A name has at most 20 lower-case letters, digits, "_" and "-", and begins with a letter.',
      });
    }
    if (names.length > 0) return { environments: names };
    throw new TidemillError('config', 'init-environment', 'A repository needs an environment', {
      hint: 'Name one, such as dev.',
    });
  },
};

const warehouse: Question = {
  name: 'warehouse',
  asks: 'Which warehouse, where the tables are?',
  choices: ({ drivers }) => locationLines(drivers, 'warehouse'),
  byDefault: () => '',
  shown: ({ drivers }, { environments = [] }) =>
    [...new Set(environments.map((name) => defaultLocation(drivers, 'warehouse', name)))].join(' and '),
  read(answer, { drivers }, { environments = [] }) {
    if (answer === '') return { warehouse: undefined };
    checkLocation('warehouse', answer, drivers);
    const isWord = drivers.some(({ kind, names }) => kind === 'warehouse' && names.includes(answer));
    if (isWord || environments.length < 2 || answer.includes(NAME)) return { warehouse: answer };
    const message = `${environments.join(' and ')} would load into the same tables`;
    throw new TidemillError('config', 'init-warehouse', message, {
      hint: `Write ${NAME} where the name of the environment is to stand in the warehouse.`,
    });
  },
};

const services: Question = {
  name: 'services',
  asks: 'Which services?',
  choices: ({ connectors }) => [
    ...connectors.map((known) => `  ${known.service}: ${known.description}${isPublic(known) ? ' (no account)' : ''}`),
    'Some of them with commas, or none. Your own come later: npm run new-connector, or a command.',
  ],
  byDefault: () => '',
  shown: () => 'none',
  read(answer, { connectors }) {
    const known = connectors.map(({ service }) => service);
    const named = /^none$/i.test(answer) ? [] : words(answer);
    for (const name of named) if (!known.includes(name)) throw unknownService(name, known);
    return { services: named };
  },
};

function unknownService(name: string, known: readonly string[]): TidemillError {
  const near = nearest(name, known);
  const text = near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${near}"?`;
  return new TidemillError('config', 'init-service', `There is no connector for "${name}"`, {
    hint: `${text} For any other: npm run new-connector, when the repository is there.`,
  });
}

const schedule: Question = {
  name: 'schedule',
  asks: 'Is the schedule to be on from the first day?',
  choices: () => [
    'yes or no: whether the last of the next steps switches it on, which one command does at any time. It costs about 720 minutes a month',
    'of GitHub’s in a private repository.',
  ],
  byDefault: () => 'no',
  shown: () => 'no',
  read(answer) {
    if (/^(y|yes|on)$/i.test(answer)) return { schedule: 'on' };
    if (/^(n|no|off)$/i.test(answer)) return { schedule: 'off' };
    throw new TidemillError('config', 'init-schedule', `"${answer}" is neither yes nor no`, { hint: 'Say yes or no.' });
  },
};

/** In the order they are asked. */
export const questions: readonly Question[] = [bucket, environments, warehouse, services, schedule];

export type Answers = Readonly<Partial<Record<keyof Choices, string>>>;

/** Throws a TidemillError for the first answer that cannot be. What is not answered is as it is by default. */
export function choicesOf(answers: Answers, offer: Offer): Choices {
  let answered: Answered = {};
  for (const question of questions) answered = answeredBy(question, answers, offer, answered);
  return answered as Choices;
}

/** One more answer. */
export function answeredBy(question: Question, answers: Answers, offer: Offer, answered: Answered): Answered {
  const answer = answers[question.name]?.trim() || question.byDefault(answered);
  if (/\p{Cc}/u.test(answer)) {
    throw new TidemillError(
      'config',
      'init-answer',
      `What was said of ${question.name} has more than one line, or a key that is no letter`,
      {
        hint: 'Say it again, in one line.',
      },
    );
  }
  return { ...answered, ...question.read(answer, offer, answered) };
}

/** The bucket of one environment: two never share one. */
export function bucketOf({ bucket, environments }: Choices, environment: string): string {
  if (environments.length < 2 || bucket.includes(NAME)) return bucket.replaceAll(NAME, environment);
  return `${bucket.replace(/\/$/, '')}-${environment}`;
}

export function warehouseOf({ warehouse }: Choices, environment: string, { drivers }: Offer): string {
  return warehouse?.replaceAll(NAME, environment) ?? defaultLocation(drivers, 'warehouse', environment);
}

/** Words between commas and blanks, each once. */
const words = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((word) => word !== ''))];

const locationLines = (drivers: readonly Driver[], kind: DriverKind): string[] =>
  drivers.filter((driver) => driver.kind === kind).map((driver) => `  ${driver.location}: ${driver.description}`);

function checkLocation(kind: 'bucket' | 'warehouse', answer: string, drivers: readonly Driver[]): void {
  if (/:\/\/[^/@]*:[^/@]*@/.test(answer)) {
    throw new TidemillError(
      'config',
      'init-password',
      `The ${kind} that was said has a password in it, and everybody with the repository would see it`,
      {
        hint: 'Leave it out, with the colon before it. The README of the repository says which secret has it.',
      },
    );
  }
  const isLocation = location(drivers, kind).safeParse(answer.replaceAll(NAME, 'name')).success;
  if (isLocation && (kind !== 'bucket' || schemeOf(answer) === undefined || PLAIN.test(answer))) return;
  throw new TidemillError('config', 'init-location', `"${answer}" is no ${kind}`, {
    hint: `It is ${locationText(drivers, kind)}.`,
  });
}

/** Of a bucket: its name, and perhaps a folder in it. */
const PLAIN = /^[a-z][a-z0-9+.-]+:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/;

/** A word may be meant as the name of a bucket, and `s3//x` surely is. */
function checkFolder(answer: string, drivers: readonly Driver[]): void {
  const schemes = drivers.flatMap((driver) => (driver.kind === 'bucket' ? driver.schemes : []));
  const [, name = ''] = /^(?:[a-z0-9]+\/\/)?([a-z0-9][\w-]*)$/i.exec(answer) ?? [];
  const isMeant = schemes.some((scheme) => answer.startsWith(`${scheme}//`));
  if (schemeOf(answer) !== undefined || (name === '' && !isMeant)) return;
  const urls = schemes.map((scheme) => `${scheme}://${name || 'my-bucket'}`).join(' or ');
  throw new TidemillError('config', 'init-location', `"${answer}" may be a bucket or a folder`, {
    hint: `A bucket is ${urls}; a folder is ./${name || 'my-folder'}.`,
  });
}
