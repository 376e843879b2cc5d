/**
 * The table of promises, services × promises, as a vitest reporter: `npm run test:promises` prints it. What it says was just
 * tested. Until it is there, standard error has a line for each service that is through.
 */
import { type Cell, promises } from './service-promises.ts';

interface Tested extends Cell {
  readonly isKept: boolean;
}

/** What the reporter uses of vitest's modules and tests. */
interface Module {
  readonly children: { allTests(): Iterable<Test> };
}

interface Test {
  meta(): { readonly cell?: Cell };
  result(): { readonly state: string };
}

export default class PromiseTable {
  onTestRunStart(): void {
    process.stderr.write('Every service is tried on its fake; this takes some minutes.\n');
  }

  onTestModuleEnd(module: Module): void {
    process.stderr.write(progressText([...module.children.allTests()].flatMap(testedIn)));
  }

  onTestRunEnd(modules: readonly Module[]): void {
    const cells = modules.flatMap((module) => [...module.children.allTests()].flatMap(testedIn));
    if (cells.length > 0) process.stdout.write(`\n${promiseTable(cells)}\n`);
  }
}

function testedIn(test: Test): Tested[] {
  const { cell } = test.meta();
  const { state } = test.result();
  return cell === undefined || state === 'skipped' ? [] : [{ ...cell, isKept: state === 'passed' }];
}

/** A line a service: `bank: 60 kept, 1 BROKEN, 2 impossible`, counting each promise of each stream. Pure. */
export function progressText(cells: readonly Tested[]): string {
  const services = Map.groupBy(cells, ({ service }) => service);
  const lines = [...services].map(([service, own]) => {
    const broken = own.filter(({ isKept }) => !isKept).length;
    const impossible = own.filter(({ isKept, reason }) => isKept && reason !== undefined).length;
    const counts = [
      [own.length - broken - impossible, 'kept'],
      [broken, 'BROKEN'],
      [impossible, 'impossible'],
    ] as const;
    const words = counts.filter(([count]) => count !== 0).map(([count, word]) => `${count} ${word}`);
    return `${service}: ${words.join(', ')}\n`;
  });
  return lines.join('');
}

/** Markdown: a line a promise, a column a service, and below it what the vendors make impossible. Pure. */
export function promiseTable(cells: readonly Tested[]): string {
  const services = [...new Set(cells.map(({ service }) => service))].sort();
  const lines = Object.values(promises).map((promise) => {
    const fields = services.map((service) => {
      return field(cells.filter((cell) => cell.service === service && cell.promise === promise));
    });
    return `| ${[promise, ...fields].join(' | ')} |`;
  });
  const reasons = cells.flatMap(({ service, stream, promise, reason }) =>
    reason === undefined ? [] : [`- ${service}, ${stream}: cannot keep “${promise}”: ${reason}`],
  );
  const head = [`| promise | ${services.join(' | ')} |`, `|---|${'---|'.repeat(services.length)}`];
  return [...head, ...lines, ...(reasons.length > 0 ? ['', ...reasons] : []), ''].join('\n');
}

/** `kept`, or of how many streams; `BROKEN` where a test failed; `—` where no stream is concerned. */
function field(cells: readonly Tested[]): string {
  if (cells.length === 0) return '—';
  if (cells.some(({ isKept }) => !isKept)) return 'BROKEN';
  const kept = cells.filter(({ reason }) => reason === undefined).length;
  if (kept === cells.length) return 'kept';
  return kept === 0 ? 'cannot' : `kept by ${kept} of ${cells.length}`;
}
