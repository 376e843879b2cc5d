/** `/sync` tells what changed since a token, deletions too: https://developer.todoist.com/api/v1/#tag/Sync */
import {
  type CursorSpec,
  type Emission,
  type ExtractContext,
  type Http,
  parseLine,
  recordsHere,
  TidemillError,
} from '@tidemill/kit';
import { z } from 'zod';

const SyncCursor = z.object({ token: z.string().min(1) });
type SyncCursor = z.output<typeof SyncCursor>;

/** Asks for everything there is. */
const EVERYTHING = '*';

const cursor: CursorSpec<SyncCursor> = { version: 1, schema: SyncCursor, start: { token: EVERYTHING } };

/** What all streams that are read by `/sync` declare. */
export const bySync = {
  write: 'upsert',
  scope: 'either',
  end: 'one-answer',
  method: 'api_json',
  cursor,
  preview: true,
} as const;

/** Names of collections, as they are asked for and as the answer has them. */
export type Resource = 'items' | 'projects' | 'sections' | 'labels' | 'notes' | 'project_notes';

export interface Collections {
  /** What the stream loads. */
  readonly load: readonly Resource[];
  /** What that belongs to. */
  readonly holders?: readonly Resource[];
}

const Signs = z.object({ is_deleted: z.unknown(), is_archived: z.unknown(), checked: z.unknown() }).partial();

/** Deleted, archived or done: a full sync names neither it nor what belonged to it. */
export const isGone = (record: unknown): boolean =>
  Object.values(Signs.safeParse(record).data ?? {}).some((sign) => sign === true);

/**
 * What changed since the token. What goes together with the project, section or task it belongs to is not told one by one;
 * and the server may answer any token with a full sync, which does not tell what is gone. Either way everything is read, and
 * what is not in it is deleted.
 */
export async function* syncAll(
  { http, cursor: { token } }: Pick<ExtractContext<SyncCursor, unknown>, 'http' | 'cursor'>,
  { load, holders = [] }: Collections,
): AsyncGenerator<Emission<SyncCursor>> {
  const resources = [...load, ...holders];
  const changes = await sync(http, token, resources);
  if (!changes.isFull && changes.of(resources).length === 0) {
    yield { unchanged: 'nothing since the last sync' };
    return;
  }
  const isTold = !changes.isFull && !changes.of(holders).some((line) => isGone(parseLine(line)));
  const answer = isTold || changes.isFull ? changes : await sync(http, EVERYTHING, resources);
  if (!isTold && !answer.isFull) throw notFull(answer.url);
  if (!isTold) yield { everything: true };
  const lines = answer.of(load);
  if (lines.length > 0) yield { lines, url: answer.url };
  yield { mark: { token: answer.token } };
}

interface Synced {
  readonly isFull: boolean;
  /** The records of these collections, as they came. */
  of(resources: readonly Resource[]): readonly Uint8Array[];
  readonly token: string;
  readonly url: string;
}

const Collection = recordsHere();

async function sync(http: Http, token: string, resources: readonly Resource[]): Promise<Synced> {
  const each = (collection: z.ZodType) => Object.fromEntries(resources.map((name) => [name, collection]));
  const Answer = z.discriminatedUnion('full_sync', [
    // A full sync without a collection would say that all of it is gone.
    z.object({ ...each(Collection), sync_token: z.string().min(1), full_sync: z.literal(true) }),
    z.object({ ...each(Collection.nullish()), sync_token: z.string().min(1), full_sync: z.literal(false) }),
  ]);
  const form = { sync_token: token, resource_types: JSON.stringify(resources) };
  // It is a POST, but without commands it changes nothing.
  const { value, lines, url } = await http.json('/sync', Answer, { form, retry: 'always', records: resources });
  return {
    isFull: value.full_sync,
    of: (names) => names.flatMap((name) => lines[name]),
    token: value.sync_token,
    url,
  };
}

function notFull(url: string): TidemillError {
  return new TidemillError(
    'source-changed',
    'todoist-not-full',
    `${url} was asked for everything and did not answer it`,
    {
      hint: "Compare the connector with Todoist's documentation of the sync endpoint.",
    },
  );
}
