/** One YAML file as a plain value that still knows where each of its parts stands. */
import { FaultList } from './faults.ts';
import type { Position } from './job.ts';
import { readNodes, type YamlNodes } from './yaml-nodes.ts';
import { type QuickYaml, readQuick } from './yaml-quick.ts';
import { childOf, isMapping, type Path } from './yaml-value.ts';

export { isMapping, isObject, type Path } from './yaml-value.ts';

const UTF8_BOM = '\u{feff}';

/** Reads one file's text. Whatever cannot be read goes to `faults`, and the answer is undefined. */
export function readYaml(file: string, text: string, faults: FaultList): YamlSource | undefined {
  const plain = text.startsWith(UTF8_BOM) ? text.slice(1) : text;
  const quick = readQuick(plain);
  if (quick !== undefined) return new YamlSource(file, quick, () => readNodes(file, plain, new FaultList()));
  const nodes = readNodes(file, plain, faults);
  return nodes && new YamlSource(file, nodes, () => nodes);
}

/** Where the parts of a file stand: looked up when somebody asks for the first time, which may take longer than to read it. */
export class YamlPlaces {
  readonly #file: string;
  readonly #readNodes: () => YamlNodes | undefined;
  #nodes: YamlNodes | undefined;

  constructor(file: string, nodes: () => YamlNodes | undefined) {
    this.#file = file;
    this.#readNodes = nodes;
  }

  /** Where the value at `path`, or the key it has, is written; for what is not there, where the part around it is. */
  placeOf(path: Path, part?: 'key' | 'value'): Position {
    this.#nodes ??= this.#readNodes();
    return this.#nodes?.placeOf(path, part) ?? { file: this.#file, line: 1, column: 1 };
  }
}

export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** Outlives the value for those who hold nothing else. */
  readonly places: YamlPlaces;
  readonly #yaml: QuickYaml;

  constructor(file: string, yaml: QuickYaml, nodes: () => YamlNodes | undefined) {
    this.file = file;
    this.value = yaml.value;
    this.places = new YamlPlaces(file, nodes);
    this.#yaml = yaml;
  }

  placeOf(path: Path, part?: 'key' | 'value'): Position {
    return this.places.placeOf(path, part);
  }

  /** The keys of the mapping at `path`, in the order of the file, which an object would not keep for `10` and `9`. */
  keysAt(path: Path): string[] | undefined {
    const value = this.at(path);
    return isMapping(value) ? this.#yaml.keysOf(value) : undefined;
  }

  /** What is written at `path`, checked or not; undefined when nothing is. */
  at(path: Path): unknown {
    return path.reduce(childOf, this.value);
  }
}
