/** The areas of the core: what each may import, and why. */

export interface Area {
  readonly area: RegExp;
  /** What it may import besides itself: folders (with a slash at the end) and files. */
  readonly may: readonly string[];
  /** What it may import as types only. */
  readonly mayAsTypes?: readonly string[];
  readonly because: string;
}

const KIT = '@tidemill/kit';
const JOB = 'orchestrator/config/job.ts';
const STORAGE = 'orchestrator/storage/';
const GOOGLE = '@tidemill/google';

/** The core, from the bottom up. A file belongs to the first area that fits. */
export const areas: readonly Area[] = [
  { area: /^connectors\/_kit\/browser\//, may: [KIT], because: 'a part of the kit with dependencies of its own' },
  { area: /^connectors\/_kit\/npm\//, may: [KIT], because: 'a part of the kit with dependencies of its own' },
  {
    area: /^connectors\/_taps\//,
    may: [KIT],
    because:
      'programs that speak for those of others: what they and the core know of each other is the contract of commands',
  },
  { area: /^connectors\/_kit\//, may: [], because: 'the kit is below everything' },
  {
    area: /^orchestrator\/drivers\//,
    may: [KIT],
    because: 'which drivers there are, by what they say of themselves: it knows none of them, and no contract',
  },
  {
    area: /^orchestrator\/config\//,
    may: [KIT, 'orchestrator/drivers/manifest.ts', 'orchestrator/events/published/kind-names.ts'],
    because:
      'a configuration is checked before anything else exists; what cron means and which drivers there are is handed in',
  },
  {
    area: /^orchestrator\/storage\/[^/]+\//,
    may: [
      KIT,
      GOOGLE,
      'orchestrator/storage/contract.ts',
      'orchestrator/storage/keys.ts',
      'orchestrator/storage/range.ts',
      'orchestrator/storage/text.ts',
      'orchestrator/storage/remote/',
    ],
    because: 'a driver knows the contract, its store, and what drivers of remote stores share; never another driver',
  },
  {
    area: /^orchestrator\/(storage|warehouse|events)\/open\.ts$/,
    may: ['orchestrator/drivers/', STORAGE, 'orchestrator/warehouse/', 'orchestrator/events/'],
    because: 'a driver is found by its manifest and named nowhere',
  },
  { area: /^orchestrator\/storage\//, may: [KIT], because: 'a bucket knows nothing of jobs' },
  {
    area: /^orchestrator\/warehouse\/engine\//,
    may: [
      KIT,
      'orchestrator/warehouse/checksum.ts',
      'orchestrator/warehouse/contract.ts',
      'orchestrator/warehouse/packages.ts',
      'orchestrator/warehouse/sql.ts',
      'orchestrator/warehouse/table.ts',
    ],
    because: 'what the drivers share that calculate with one engine: it knows where none of them keeps its tables',
  },
  {
    area: /^orchestrator\/warehouse\/[^/]+\//,
    may: [
      KIT,
      GOOGLE,
      'orchestrator/warehouse/engine/',
      'orchestrator/warehouse/checksum.ts',
      'orchestrator/warehouse/contract.ts',
      'orchestrator/warehouse/leftover.ts',
      'orchestrator/warehouse/packages.ts',
      'orchestrator/warehouse/sql.ts',
      'orchestrator/warehouse/table.ts',
      'orchestrator/storage/contract.ts',
      'orchestrator/storage/side-by-side.ts',
      'orchestrator/storage/text.ts',
    ],
    because: 'a driver knows the contract and its database, and the bucket that it is handed open',
  },
  {
    area: /^orchestrator\/warehouse\//,
    may: [KIT],
    mayAsTypes: ['orchestrator/storage/contract.ts'],
    because: 'a warehouse knows nothing of jobs',
  },
  {
    area: /^orchestrator\/events\/[^/]+\//,
    may: [
      KIT,
      GOOGLE,
      'orchestrator/events/contract.ts',
      'orchestrator/events/published/',
      'orchestrator/storage/keys.ts',
    ],
    mayAsTypes: ['orchestrator/storage/contract.ts'],
    because: 'a driver knows the contract, what is published, whom it tells, and the bucket that it is handed open',
  },
  { area: /^orchestrator\/state\//, may: [KIT, STORAGE], because: 'the state of a job is an object in a bucket' },
  {
    area: /^orchestrator\/catalog\//,
    may: [KIT, STORAGE, 'orchestrator/config/fields.ts'],
    because: 'what was collected of a service is an object in a bucket; its data sets are called as jobs call them',
  },
  {
    area: /^orchestrator\/plan\//,
    may: [
      KIT,
      'orchestrator/config/faults.ts',
      'orchestrator/config/glob.ts',
      'orchestrator/config/nearest.ts',
      'orchestrator/state/attempts.ts',
      'orchestrator/state/crawl.ts',
      'orchestrator/state/transitions.ts',
      'orchestrator/text/format.ts',
      'orchestrator/text/handed-on.ts',
    ],
    mayAsTypes: [JOB, 'orchestrator/state/job-state.ts'],
    because: 'the planner is pure: configuration, states and a time in, decisions out; what it imports is pure too',
  },
  {
    area: /^orchestrator\/credentials\//,
    may: [KIT, STORAGE],
    because: 'what must be remembered of credentials is an object in a bucket',
  },
  {
    area: /^orchestrator\/auth\//,
    may: [KIT],
    mayAsTypes: [JOB],
    because: 'how a person signs in knows nothing of runs',
  },
  {
    area: /^orchestrator\/google\//,
    may: [],
    because: 'how one signs in to Google Cloud, which drivers of its services share',
  },
  { area: /^orchestrator\/github\//, may: [KIT], because: 'GitHub, with packages of its own that legs never need' },
  {
    area: /^orchestrator\/events\//,
    may: [KIT],
    mayAsTypes: ['orchestrator/state/crawl.ts', 'orchestrator/state/job-state.ts', 'orchestrator/storage/contract.ts'],
    because: 'what happens in a run is a vocabulary: everybody may speak it, and it knows nobody',
  },
  {
    area: /^orchestrator\/text\//,
    may: [],
    because: 'how values are written for people knows nothing of what they are',
  },
  {
    area: /^orchestrator\/result\//,
    may: [KIT, 'orchestrator/text/'],
    mayAsTypes: [JOB, 'orchestrator/events/'],
    because: 'what a run came to is made of what happened in it',
  },
  {
    area: /^orchestrator\/run\/extract\//,
    may: [KIT, 'orchestrator/text/last-words.ts'],
    mayAsTypes: [JOB],
    because: 'a stage',
  },
  { area: /^orchestrator\/run\/bronze\//, may: [KIT, STORAGE], because: 'a stage, which writes to the bucket' },
  {
    area: /^orchestrator\/run\/silver\//,
    may: [KIT, STORAGE],
    mayAsTypes: ['orchestrator/warehouse/contract.ts'],
    because: 'a stage: the warehouse is handed to it open',
  },
  {
    area: /^orchestrator\/run\//,
    may: [
      KIT,
      'orchestrator/events/',
      'orchestrator/plan/breaker.ts',
      'orchestrator/plan/ending.ts',
      'orchestrator/plan/interval.ts',
      'orchestrator/plan/owed.ts',
      'orchestrator/plan/waiting.ts',
      'orchestrator/result/',
      'orchestrator/state/',
      'orchestrator/text/format.ts',
      'orchestrator/text/table.ts',
    ],
    mayAsTypes: [JOB, 'orchestrator/storage/contract.ts', 'orchestrator/warehouse/contract.ts'],
    because: 'one job: the only place that knows the order of the stages',
  },
  {
    area: /^orchestrator\/transform\//,
    may: [KIT, STORAGE, 'orchestrator/result/', 'orchestrator/run/extract/program.ts', 'orchestrator/text/format.ts'],
    mayAsTypes: [JOB, 'orchestrator/events/run-event.ts', 'orchestrator/warehouse/contract.ts'],
    because: 'dbt, after the runs: it knows the warehouse that is handed to it, and no job’s way',
  },
  {
    area: /^orchestrator\/report\//,
    may: [KIT, 'orchestrator/result/', 'orchestrator/text/'],
    mayAsTypes: [JOB, 'orchestrator/events/', 'orchestrator/plan/types.ts', 'orchestrator/state/job-state.ts'],
    because: 'results, plans and states become texts',
  },
  {
    area: /^orchestrator\/init\//,
    may: [KIT, 'orchestrator/config/', 'orchestrator/drivers/'],
    because: 'what a repository begins with, made of answers, and of what drivers and connectors say of themselves',
  },
  {
    area: /^orchestrator\/workflows\//,
    may: [KIT, 'orchestrator/config/owned-variables.ts', 'orchestrator/drivers/'],
    mayAsTypes: [JOB],
    because: 'the workflows are made of the configuration, and of what drivers and connectors say of themselves',
  },
  {
    area: /^orchestrator\/alerts\//,
    may: [KIT, 'orchestrator/report/', 'orchestrator/result/', 'orchestrator/text/'],
    because: 'what people are told of failures is made of results',
  },
  {
    area: /^orchestrator\/site\//,
    may: [
      KIT,
      'orchestrator/plan/slots.ts',
      'orchestrator/text/',
      'orchestrator/storage/keys.ts',
      'orchestrator/storage/side-by-side.ts',
      'orchestrator/storage/text.ts',
    ],
    mayAsTypes: [
      JOB,
      'orchestrator/plan/types.ts',
      'orchestrator/state/job-state.ts',
      'orchestrator/storage/contract.ts',
    ],
    because: 'a page made of what runs left behind, with packages of its own that legs never need',
  },
  {
    area: /^orchestrator\/app\//,
    may: [
      KIT,
      ...[
        'alerts',
        'auth',
        'catalog',
        'config',
        'credentials',
        'drivers',
        'events',
        'init',
        'plan',
        'report',
        'result',
        'run',
        'state',
        'text',
        'transform',
        'workflows',
      ].map((folder) => `orchestrator/${folder}/`),
      STORAGE,
      'orchestrator/warehouse/',
      'orchestrator/package.json',
      '@tidemill/github',
      '@tidemill/site',
    ],
    because: 'the use cases put everything together, for whoever calls them; no handle on them is below them',
  },
  {
    area: /^orchestrator\/server\//,
    may: [KIT, 'orchestrator/app/'],
    mayAsTypes: ['orchestrator/'],
    because: 'HTTP is another handle on the use cases, with packages of its own that legs never need',
  },
  {
    area: /^orchestrator\/cli\//,
    may: [
      KIT,
      'orchestrator/app/',
      'orchestrator/report/',
      'orchestrator/result/',
      'orchestrator/text/',
      '@tidemill/server',
    ],
    mayAsTypes: ['orchestrator/'],
    because: 'the command line is one handle on the use cases: it parses, calls one, and writes its answer down',
  },
  { area: /^orchestrator\/bin\//, may: ['orchestrator/cli/'], because: 'what starts the command line' },
];
