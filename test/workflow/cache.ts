/** GitHub's cache, as the machines of a repository share it: https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching */
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { type CacheMode, Unsupported } from './workflow.ts';

interface Entry {
  readonly key: string;
  /** As the step wrote it: with another one an entry is not found. */
  readonly path: string;
  readonly folder: string;
}

export interface CacheInputs {
  readonly path?: string | undefined;
  readonly key?: string | undefined;
}

export class Cache {
  /** The newest last; an entry is never changed. */
  #entries: Entry[] = [];

  get keys(): string[] {
    return this.#entries.map(({ key }) => key);
  }

  /** Puts a folder there as if a job had saved it under the path. */
  put(key: string, path: string, folder: string): void {
    this.#entries.push({ key, path, folder });
  }

  /** As GitHub does with what nobody asked for in a week, or to make room. */
  evict(key: string): void {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }

  /** The outputs of a step that restores. Without the very key, the newest one that begins with it is taken, and is no hit. */
  restore(inputs: CacheInputs, mode: CacheMode, machine: Machine): Record<string, string> {
    const { path, key } = checked(inputs);
    if (mode === 'none' || mode === 'write-only') return { 'cache-primary-key': key };
    const fitting = this.#entries.filter((entry) => entry.path === path && entry.key.startsWith(key));
    const found = fitting.find((entry) => entry.key === key) ?? fitting.at(-1);
    if (found === undefined) return { 'cache-primary-key': key };
    cpSync(found.folder, join(machine.workspace, path), { recursive: true });
    const isHit = found.key === key;
    return { 'cache-primary-key': key, 'cache-matched-key': found.key, 'cache-hit': String(isHit) };
  }

  /** What cannot be saved is a warning, and no failure. */
  save(inputs: CacheInputs, mode: CacheMode, machine: Machine): void {
    const { path, key } = checked(inputs);
    const from = join(machine.workspace, path);
    const fault = this.#faultOf(key, mode, from);
    if (fault !== undefined) {
      machine.annotations.push({ level: 'warning', message: `Cache not saved: ${fault}`, properties: {} });
      return;
    }
    const folder = join(mkdtempSync(join(tmpdir(), 'cache-')), 'saved');
    cpSync(from, folder, { recursive: true });
    this.put(key, path, folder);
  }

  #faultOf(key: string, mode: CacheMode, from: string): string | undefined {
    if (mode === 'none' || mode === 'read') return 'the job may not write to the cache';
    if (!existsSync(from)) return 'Path Validation Error: Path(s) specified in the action for caching do(es) not exist';
    return this.keys.includes(key) ? 'another job has saved this key' : undefined;
  }
}

/** Throws for inputs that fail the step, and for those that are not known here. */
function checked({ path = '', key = '' }: CacheInputs): { path: string; key: string } {
  if (path === '' || key === '') throw new Error('Input required and not supplied: path, key');
  if (key.length > 512 || key.includes(','))
    throw new Error(`Key Validation Error: ${key} is too long, or has a comma`);
  if (/[\n*!~]|^\/|\.\./.test(path)) throw new Unsupported(`no folder of the workspace: ${path}`);
  return { path, key };
}
