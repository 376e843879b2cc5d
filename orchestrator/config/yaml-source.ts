/** One YAML file as a plain value that still knows where each of its parts stands. */
import type { FaultList } from './faults.ts';
import type { Place } from './job.ts';
import { parseYaml } from './yaml-document.ts';
import { isMapping, isObject, readValues, type Spots } from './yaml-values.ts';

export type Path = readonly PropertyKey[];

export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly #spots: Spots;
  readonly #placeAt: (offset: number) => Place;

  constructor(file: string, value: unknown, spots: Spots, placeAt: (offset: number) => Place) {
    this.file = file;
    this.value = value;
    this.#spots = spots;
    this.#placeAt = placeAt;
  }

  /** Where the value at `path`, or the key it has, is written; for what is not there, where the part around it is. */
  placeOf(path: Path, part: 'key' | 'value' = 'value'): Place {
    let [value, offset] = [this.value, 0];
    for (const [index, step] of path.entries()) {
      const spot = isObject(value) ? this.#spots.get(value)?.get(String(step)) : undefined;
      if (spot === undefined) break;
      // What is missing is missing from the thing that has the name.
      const isLast = index === path.length - 1;
      offset = isLast && part === 'value' ? spot.value : spot.key;
      value = childOf(value, step);
    }
    return this.#placeAt(offset);
  }

  /** The keys of the mapping at `path`, in the order of the file, which an object would not keep for `10` and `9`. */
  keysAt(path: Path): string[] | undefined {
    const value = this.at(path);
    return isMapping(value) ? [...(this.#spots.get(value)?.keys() ?? [])] : undefined;
  }

  /** What is written at `path`, checked or not; undefined when nothing is. */
  at(path: Path): unknown {
    return path.reduce(childOf, this.value);
  }
}

/** Reads one file's text. Whatever cannot be read goes to `faults`, and the answer is undefined. */
export function readYaml(file: string, text: string, faults: FaultList): YamlSource | undefined {
  const parsed = parseYaml(file, text, faults);
  if (parsed === undefined) return undefined;
  const before = faults.size;
  const { value, spots } = readValues(parsed, faults);
  return faults.size > before ? undefined : new YamlSource(file, value, spots, parsed.placeAt);
}

const childOf = (value: unknown, step: PropertyKey): unknown =>
  isObject(value) && Object.hasOwn(value, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
