import { TidemillError } from '@tidemill/kit';

/** Where everything lies in a bucket. Nothing else in the code base spells these paths. */
export const keys = {
  statePrefix: '_tidemill/state/',
  state: (job: string) => `_tidemill/state/${job}.json`,
  /** What plans remember of the states in a remote bucket: a cache, which may be removed at any time. */
  stateIndex: '_tidemill/state-index.ndjson.gz',
  /** Run ids begin with their UTC time, so a listing is in order. `name` is a leg's, or `plan`. */
  runRecord: (run: string, name: string) => `_tidemill/runs/${run}/${name}.json`,
  runPrefix: (run: string) => `_tidemill/runs/${run}/`,
  /** All runs whose id begins so: `20261121` are those of a day. */
  runsOf: (time: string) => `_tidemill/runs/${time}`,
  /** When a plan was last made by who leaves no record of each: `tick`. */
  lastPlan: '_tidemill/last-plan.json',
  /** What dbt has transformed in a warehouse. */
  transform: (warehouse: string) => `_tidemill/transform/${warehouse}.json`,
  /** Refresh tokens, encrypted. */
  tokens: (service: string) => `_tidemill/tokens/${service}.json`,
  /** When the service has said that it is asked too often, by any machine. */
  refusals: (service: string) => `_tidemill/refusals/${service}.json`,
  catalogPrefix: '_tidemill/catalog/',
  /** What was collected of the service. */
  catalog: (service: string) => `_tidemill/catalog/${service}.json`,
  replayPrefix: '_tidemill/replays/',
  replay: (job: string, id: string) => `_tidemill/replays/${job}/${id}.json`,
  listingPrefix: '_tidemill/listings/',
  listing: (job: string, id: string) => `_tidemill/listings/${job}/${id}.json`,
  outboxPrefix: '_tidemill/outbox/',
  /** Events of a job that its state has no room for. */
  outbox: (job: string, id: string) => `_tidemill/outbox/${job}/${id}`,
  lineagePrefix: 'lineage/',
  /** Of an event of a job, on that day. */
  lineage: (job: string, day: string, event: string) => `lineage/${job}/dt=${day}/${event}.json`,
  bronzePrefix: 'bronze/',
  packagesOf: (service: string, dataType: string) => `bronze/${service}/${dataType}/`,
  packageFolder: (service: string, dataType: string, day: string, packageId: string) =>
    `bronze/${service}/${dataType}/dt=${day}/${packageId}`,
  /** The name of the package of this manifest. */
  packageOf: (manifest: string) => /([^/]+)\/manifest\.json$/.exec(manifest)?.[1],
  /** What the package of this manifest, and those before it that were not told yet, have changed in the table. */
  changesUpTo: (manifest: string) =>
    manifest.replace(/^bronze\//, 'changes/').replace(/\/manifest\.json$/, '.ndjson.gz'),
  quarantinePrefix: 'quarantine/',
  quarantine: (service: string, dataType: string, packageName: string, target: string) =>
    `quarantine/${service}/${dataType}/${packageName}~${target}.ndjson.gz`,
  /** Rows on their way into a warehouse, by the job they are for: `silver/_staged/JOB/…`. */
  stagedPrefix: 'silver/_staged/',
  /** All of one table. */
  quarantineFolder: (service: string, dataType: string) => `quarantine/${service}/${dataType}/`,
  /** All of one package, and of packages whose names begin so. */
  quarantinedOf: (service: string, dataType: string, packageName: string) =>
    `quarantine/${service}/${dataType}/${packageName}`,
} as const;

/** Whose rejects lie there. Earlier versions named the replay in place of the warehouse, or nothing. */
export function quarantinedAt(key: string): { readonly package: string; readonly target?: string } | undefined {
  const [, name, target] = /^quarantine\/[^/]+\/[^/]+\/([^/~]+)(?:~([^/]*))?\.ndjson\.gz$/.exec(key) ?? [];
  if (name === undefined) return undefined;
  return { package: name, ...(target === undefined ? {} : { target }) };
}

const SEGMENT = /^(?!\.{1,2}$)[^/\\\p{Cc}]+$/u;

/** Whether no file system and no URL would read the key as another place. */
export const isKey = (key: string): boolean =>
  key.length <= 1024 && key.split('/').every((segment) => SEGMENT.test(segment));

/** Refuses what is no key. */
export function checkKey(key: string): string {
  if (isKey(key)) return key;
  throw new TidemillError('bug', 'bucket-key', `"${key}" cannot be the key of an object`);
}
