/** What a package exports by default. One that TypeScript has compiled to CommonJS says it a level deeper. */
export function defaultExport(module: unknown): unknown {
  const { default: found } = module as { default?: unknown };
  const isCompiled = typeof found === 'object' && found !== null && '__esModule' in found && 'default' in found;
  return isCompiled ? found.default : found;
}
