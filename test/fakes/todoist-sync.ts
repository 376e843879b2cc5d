/** `POST /sync`: https://developer.todoist.com/api/v1/#tag/Sync */
import type { Reply, SeenRequest } from './http-server.ts';
import type { Fields } from './todoist-completed.ts';
import { badRequest, refusal, TOO_MANY } from './todoist-errors.ts';

const RESOURCES = ['items', 'projects', 'sections', 'labels', 'notes', 'project_notes'] as const;
type Resource = (typeof RESOURCES)[number];
export type Collections = Readonly<Record<Resource, readonly Fields[]>>;

const NOTHING = Object.fromEntries(RESOURCES.map((resource) => [resource, []])) as unknown as Collections;

/** In 15 minutes, which no test takes. */
const LIMITS = { full: 100, incremental: 1000 };

export class TodoistSync {
  readonly #versions: Collections[] = [NOTHING];
  readonly #tokens = new Map<string, number>();
  readonly #answered = { full: 0, incremental: 0 };

  #isCut = false;

  publish(collections: Collections, isCut: boolean): void {
    this.#versions.push(collections);
    this.#isCut = isCut;
  }

  forget(): void {
    this.#tokens.clear();
  }

  answer({ headers, body }: SeenRequest): Reply {
    if (!headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return badRequest('content-type');
    const { sync_token: token, resource_types: types, ...unknown } = Object.fromEntries(new URLSearchParams(body));
    const [stray] = Object.keys(unknown);
    if (stray !== undefined) return badRequest(stray);
    if (token === undefined) return badRequest('sync_token');
    const asked = resourcesIn(types);
    if (asked === undefined) return badRequest('resource_types');
    const since = token === '*' ? undefined : this.#tokens.get(token);
    const kind = since === undefined ? 'full' : 'incremental';
    this.#answered[kind] += 1;
    if (this.#answered[kind] > LIMITS[kind]) return refusal(TOO_MANY);
    const before = since === undefined ? undefined : this.#versions[since];
    const told = this.#isCut && kind === 'full' ? [] : asked;
    const collections = told.map((name) => [name, this.#collection(name, before)]);
    return {
      json: {
        sync_token: this.#token(),
        full_sync: kind === 'full',
        ...Object.fromEntries(collections),
        temp_id_mapping: {},
      },
    };
  }

  /**
   * Everything but what is archived and what belongs to that. Or, since a version: what is new or different, and what is
   * gone, marked as deleted; but not what went together with what it belonged to.
   */
  #collection(name: Resource, before: Collections | undefined): readonly Fields[] {
    const all = this.#versions.at(-1) ?? NOTHING;
    const now = all[name];
    const goneHolders = this.#goneHolders();
    const isHeld = (record: Fields): boolean => HELD_BY.every((field) => !goneHolders.has(record[field]));
    if (before === undefined) return now.filter((record) => isActive(record) && isHeld(record));
    const old = new Map(before[name].map((record) => [idOf(record), JSON.stringify(record)]));
    const left = new Set(now.map(idOf));
    const gone = before[name].filter((record) => !left.has(idOf(record)) && isHeld(record));
    return [
      ...now.filter((record) => old.get(idOf(record)) !== JSON.stringify(record)),
      ...gone.map((record) => ({ ...record, is_deleted: true })),
    ];
  }

  #goneHolders(): ReadonlySet<unknown> {
    const holdersIn = ({ projects, sections, items }: Collections) => [...projects, ...sections, ...items];
    const active = new Set(
      holdersIn(this.#versions.at(-1) ?? NOTHING)
        .filter(isActive)
        .map(idOf),
    );
    const ever = this.#versions.flatMap(holdersIn).map(idOf);
    return new Set(ever.filter((id) => !active.has(id)));
  }

  #token(): string {
    const token = `sync-${this.#tokens.size + 1}_${this.#versions.length}`;
    this.#tokens.set(token, this.#versions.length - 1);
    return token;
  }
}

const HELD_BY = ['project_id', 'section_id', 'item_id'] as const;

const isActive = ({ is_archived, checked }: Fields): boolean => is_archived !== true && checked !== true;

const idOf = (record: Fields): string => String(record['id']);

function resourcesIn(types: string | undefined): readonly Resource[] | undefined {
  try {
    const names: unknown = JSON.parse(types ?? '');
    const isKnown = Array.isArray(names) && names.every((name) => RESOURCES.includes(name as Resource));
    return isKnown ? (names as Resource[]) : undefined;
  } catch {
    return undefined;
  }
}
