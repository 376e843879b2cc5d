/** What tests must be, and what they must leave alone: many files run one after the other in the same process. */
import { codeOf } from '../../scripts/source/scan.ts';
import type { Rule, Tree } from './tree.ts';

const ASSERTS = /\b(?:expect|assert|fc\.assert)\b|\b\w+Contract[<(]/;
const NOT_RUN = /\b(?:it|test|describe)\.(?:skip|only|todo|fails)\b|\bx(?:it|test|describe)\(/;

function idleViolations(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    if (!path.endsWith('.test.ts')) return [];
    const code = codeOf(text);
    const idle = ASSERTS.test(code) ? [] : [`${path}: asserts nothing`];
    return NOT_RUN.test(code) ? [...idle, `${path}: leaves a test out`] : idle;
  });
}

/** What stays in the process for the files that follow; with what takes it back, where there is such a thing. */
const TRACES: readonly (readonly [trace: RegExp, undone?: RegExp])[] = [
  [/\bvi\.(?:mock|doMock)\(/],
  [/\bprocess\.chdir\(/],
  [/\bprocess\.env(?:\.\w+|\[[^\]]*\])\s*=(?!=)|\bdelete process\.env\b|\bObject\.assign\(process\.env\b/],
  [/\bprocess\.exitCode\s*=(?!=)/],
  [/\bglobalThis(?:\.\w+|\[[^\]]*\])\s*=(?!=)/],
  [/\bvi\.stubEnv\(/, /\bvi\.unstubAllEnvs\(/],
  [/\bvi\.stubGlobal\(/, /\bvi\.unstubAllGlobals\(/],
  [/\bvi\.useFakeTimers\(/, /\bvi\.useRealTimers\(/],
  [/\bvi\.spyOn\(/, /\bvi\.restoreAllMocks\(/],
];

function traceViolations(tree: Tree): string[] {
  const tests = [...tree].filter(([path]) => path.endsWith('.test.ts'));
  return tests.flatMap(([path, text]) => {
    const code = codeOf(text);
    const left = TRACES.filter(([trace, undone]) => trace.test(code) && undone?.test(code) !== true);
    return left.map(([trace]) => `${path}: leaves ${trace.exec(code)?.[0]} behind`);
  });
}

const HOOK = /^(?:before|after)(?:Each|All)\(/m;

function hookViolations(tree: Tree): string[] {
  return [...tree]
    .filter(([path, text]) => path.endsWith('.ts') && !path.endsWith('.test.ts') && HOOK.test(codeOf(text)))
    .map(([path]) => `${path}: has a hook at its top level`);
}

export const testRules: readonly Rule[] = [
  {
    rule: 'every test file asserts something, and no test is left out',
    because: 'a test that cannot fail, or does not run, promises nothing',
    violations: idleViolations,
    broken: [
      { 'orchestrator/x.test.ts': "it('works', () => { run(); });" },
      { 'orchestrator/x.test.ts': "it('works', () => { run(); /* expect */ });" },
      { 'orchestrator/x.test.ts': "it.skip('works', () => expect(run()).toBe(1));" },
      { 'orchestrator/x.test.ts': "describe.only('x', () => { it('works', () => expect(run()).toBe(1)); });" },
      { 'orchestrator/x.test.ts': "it('works', () => expect(1).toBe(1)); it.todo('more');" },
    ],
  },
  {
    rule: 'a test file leaves its process as it was',
    because: 'many files run in one process, in any order, so that what they share is loaded once',
    violations: traceViolations,
    broken: [
      "vi.mock('./x.ts');",
      "process.chdir('/tmp');",
      "process.env['HOME'] = '/nowhere';",
      'process.env.HOME = folder;',
      "delete process.env['HOME'];",
      'process.exitCode = 1;',
      'globalThis.fetch = answer;',
      "vi.stubEnv('HOME', folder);",
      "vi.stubGlobal('fetch', answer);",
      'vi.useFakeTimers();',
      "vi.spyOn(console, 'log');",
    ].map((line) => ({ 'orchestrator/x.test.ts': line })),
  },
  {
    rule: 'what tests share has no hook at its top level',
    because: 'it is loaded once for many files, and the hook would belong to the first of them alone',
    violations: hookViolations,
    broken: [{ 'test/fakes/x.ts': 'afterEach(() => server.close());' }],
  },
];
