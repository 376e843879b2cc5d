/** What is to be done with a new connector, step by step, each with the commands that show that it is done. Pure. */
import type { Kind } from './new-connector-kinds.ts';
import { version } from './version.ts';

export interface Step {
  readonly what: string;
  /** It is done when they end well. */
  readonly run: readonly string[];
}

export interface Checked {
  readonly kind: Kind;
  readonly service: string;
  readonly job: string;
  /** The npm package that reads, where it has no code of its own. */
  readonly reader?: string | undefined;
  /** Whether the repository has Tidemill as packages, or is that of its sources. */
  readonly repository: 'own' | 'sources';
  /** Whether its staging model was written into a project of dbt. */
  readonly is_modelled: boolean;
}

export function checklistOf(made: Checked): Step[] {
  return [...STEPS[made.kind](made), ...modelSteps(made), ...(made.repository === 'own' ? [WORKFLOWS] : [])];
}

const configure: Step = {
  what: 'Put the lines above into ingestion-config.yaml.',
  run: ['npx tidemill validate'],
};

const firstRun = ({ job }: Checked, what: string): Step => ({ what, run: [`npx tidemill run ${job} --explore`] });

/** In the sources it is a workspace. */
const install = ({ reader, repository }: Checked, what: string): Step[] =>
  repository === 'own' ? [{ what, run: [`npm install ${reader}@${version}`] }] : [];

function packageSteps(made: Checked, suite: string, files: string): Step[] {
  const test = `npx vitest run connectors/${made.service}`;
  return [
    { what: 'Link it, so that jobs find it.', run: ['npm install'] },
    { what: suite, run: [test] },
    { what: `Make it yours, a file at a time, and keep the contract suite so: ${files}.`, run: [test] },
    configure,
    { what: 'Get its credentials, if it has any, and whatever else is missing here.', run: ['npx tidemill doctor'] },
    firstRun(made, 'Run it.'),
  ];
}

const STEPS: Record<Kind, (made: Checked) => Step[]> = {
  api: (made) =>
    packageSteps(
      made,
      'The contract suite holds it to what every connector promises; it passes as it is.',
      'schema.ts (what the service answers, and the rows), streams.ts (how to read it), index.ts (address, credentials, limits), the source in the test, and the README',
    ),
  browser: (made) =>
    packageSteps(
      made,
      'The parser is tested on a page as it is kept. Where this machine has a Chrome or Chromium, the contract suite reads with it, for a minute or two; elsewhere that is left out.',
      'parse.ts with contacts.html (what a run has kept in bronze), schema.ts (the rows), streams.ts (the way through the pages), index.ts (address), the site in browser.test.ts, and the README',
    ),
  file: (made) => [
    ...install(made, 'Install what reads files.'),
    configure,
    firstRun(made, `Run it: it loads the example in files/${made.service}. The contract suite of files holds for it.`),
    {
      what: 'Make it yours: url, files, columns and primary_key; `scope: everything` where the files say all there is. Take the example away.',
      run: ['npx tidemill validate', `npx tidemill run ${made.job}`],
    },
  ],
  command: (made) => [
    configure,
    firstRun(made, 'Run it: it loads an example that the program has in itself.'),
    {
      what: `Make the program in commands/ yours, and columns and primary_key of the job. The variables that it needs stand under \`dependencies\` of the job. No contract suite holds it: kill a run, and see whether the next one has the same rows.`,
      run: [`npx tidemill run ${made.job}`],
    },
    {
      what: 'See that it says with --discover which data types it has.',
      run: [`npx tidemill catalog collect ${made.service}`],
    },
  ],
  singer: (made) => [
    ...install(made, 'Install what speaks for taps.'),
    configure,
    { what: 'Install the tap; that needs Python 3.10 or newer.', run: [`npx tidemill setup ${made.service}`] },
    {
      what: 'Ask the tap for its streams. The last line prints a job of one, with its columns and key: that is how a job of yours begins.',
      run: [
        `npx tidemill catalog collect ${made.service}`,
        `npx tidemill catalog show ${made.service}`,
        `npx tidemill catalog show ${made.service}.contacts --yaml`,
      ],
    },
    firstRun(
      made,
      `Run it: it loads the example in taps/${made.service}. The contract suite does not hold what a tap does.`,
    ),
    {
      what: `Make it yours: the tap in \`command\` and \`setup\`, its configuration in taps/${made.service}.yaml, and a job for each stream. Take the example away.`,
      run: ['npx tidemill validate', `npx tidemill setup ${made.service}`, `npx tidemill run ${made.job}`],
    },
  ],
};

/** In the sources staging models are generated; in a repository of one's own they are written once, where there is a project of dbt. */
function modelSteps({ service, repository, is_modelled }: Checked): Step[] {
  const [folder, view] = [`dbt/models/staging/${service}`, `stg_${service}__contacts`];
  const staging =
    repository === 'sources'
      ? { what: `Have its staging model for dbt written, ${folder}/${view}.sql.`, run: ['npm run generate'] }
      : is_modelled
        ? {
            what: `Its staging model for dbt is ${folder}/${view}.sql: when you change columns, change them there, too.`,
            run: [`npx tidemill transform ${view}`],
          }
        : {
            what: `For models, bring the project of dbt (\`cp -r node_modules/tidemill/dbt dbt\`), and write its source and its view ${view} into ${folder}, as the other folders there have theirs. Where the project is there first, new-connector writes them.`,
            run: [],
          };
  const mart = {
    what: `Add a model of yours: a file in dbt/models/marts that selects from {{ ref('${view}') }}.`,
    run: [`npx tidemill transform ${view}+`],
  };
  return [staging, mart];
}

const WORKFLOWS: Step = {
  what: 'Tell the workflows: what their machines install, and which secrets they are given.',
  run: ['npx tidemill generate'],
};
