/** Named sets of jobs: selectors → ids. */
import { type FaultList, quoted, suggestion } from './faults.ts';
import { isGlob, matchesGlob } from './glob.ts';
import type { Group } from './job.ts';
import { nearest } from './nearest.ts';
import type { Groups } from './schema.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Each pattern is held against each job: so many are looked at, in all groups together. */
const MAX_PATTERNS = 1000;

/** The groups of one file. */
export interface GroupsBlock {
  readonly source: YamlSource;
  readonly groups: Groups;
}

/** The service of each job that is written, sound or not, in the order of the file. */
export type ServicesOfJobs = ReadonlyMap<string, unknown>;

/** Resolves the groups of both files. Unknown names, patterns without a job and names used twice go to `faults`. */
export function groupsOf(blocks: readonly GroupsBlock[], jobs: ServicesOfJobs, faults: FaultList): Map<string, Group> {
  const resolver = new Resolver(jobs, faults);
  const groups = new Map<string, Group>();
  const sources = new Map<string, YamlSource>();
  for (const { source, groups: written } of blocks) {
    for (const [name, group] of Object.entries(written)) {
      const path = ['job_groups', name];
      const first = sources.get(name)?.placeOf(path, 'key');
      if (first !== undefined) {
        const there = `${first.file}:${first.line}:${first.column}`;
        faults.add(source.placeOf(path, 'key'), `job_groups: the group ${quoted(name)} is already in ${there}`);
        continue;
      }
      sources.set(name, source);
      const isList = Array.isArray(group);
      const selectors = isList ? group : group.jobs;
      const ids = resolver.resolve(selectors, isList ? path : [...path, 'jobs'], source);
      groups.set(name, { name, description: isList ? '' : group.description, jobs: ids });
    }
  }
  return groups;
}

/** Finds the jobs that selectors mean; those that mean none are faults. */
export class Resolver {
  readonly #ids: readonly string[];
  readonly #order: ReadonlyMap<string, number>;
  readonly #byService: ReadonlyMap<unknown, readonly string[]>;
  readonly #faults: FaultList;
  #patterns = 0;

  constructor(jobs: ServicesOfJobs, faults: FaultList) {
    this.#ids = [...jobs.keys()];
    this.#order = new Map(this.#ids.map((id, index) => [id, index]));
    this.#byService = Map.groupBy(this.#ids, (id) => jobs.get(id));
    this.#faults = faults;
  }

  /** In the order of the configuration, each job once. */
  resolve(selectors: readonly string[], path: Path, source: YamlSource): string[] {
    const picked = new Set<string>();
    for (const [index, selector] of selectors.entries()) {
      const found = this.#find(selector);
      if (found.length === 0) this.#refuse(selector, [...path, index], source);
      for (const id of found) picked.add(id);
    }
    const order = (id: string): number => this.#order.get(id) ?? 0;
    return [...picked].sort((a, b) => order(a) - order(b));
  }

  #find(selector: string): readonly string[] {
    if (this.#order.has(selector)) return [selector];
    const service = serviceOf(selector);
    if (service === undefined && !isGlob(selector)) return [];
    this.#patterns += 1;
    if (this.#patterns > MAX_PATTERNS) return [];
    if (service !== undefined) return this.#byService.get(service) ?? [];
    return this.#ids.filter((id) => matchesGlob(selector, id));
  }

  #refuse(selector: string, path: Path, source: YamlSource): void {
    const { message, name, known } = this.#complaint(selector);
    const place = source.placeOf(path);
    this.#faults.add(place, `${path.slice(0, 2).join('.')}: ${message}`, () => suggestion(nearest(name, known), known));
  }

  /** Why nothing was found, and the names that would have been. */
  #complaint(selector: string): { message: string; name: string; known: readonly string[] } {
    const service = serviceOf(selector);
    if (service === undefined && !isGlob(selector)) {
      return { message: `there is no job ${quoted(selector)}`, name: selector, known: this.#ids };
    }
    if (this.#patterns > MAX_PATTERNS) {
      return { message: `expected at most ${MAX_PATTERNS} patterns in all groups together`, name: '', known: [] };
    }
    if (service !== undefined) {
      const services = [...this.#byService.keys()].filter((name) => typeof name === 'string');
      return { message: `no job has the service ${quoted(service)}`, name: service, known: services };
    }
    return { message: `no job matches ${quoted(selector)}`, name: selector.replaceAll(/[*?]/g, ''), known: this.#ids };
  }
}

const serviceOf = (selector: string): string | undefined =>
  selector.startsWith('service:') ? selector.slice('service:'.length) : undefined;
