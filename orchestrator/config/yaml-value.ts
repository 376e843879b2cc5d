/** What YAML holds: plain values. */

export type Path = readonly PropertyKey[];
export type Mapping = Record<string, unknown>;

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export const isMapping = (value: unknown): value is Mapping => isObject(value) && !Array.isArray(value);

export const childOf = (value: unknown, step: PropertyKey): unknown =>
  isObject(value) && Object.hasOwn(value, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
