/** What goes wrong with an answer as a whole, and which request an error is about. */
import { type RequestFacts, TidemillError } from './errors.ts';
import type { Headers } from './http-response.ts';

/** Adds to an error which request it was about, unless it says so. */
export function nameRequest(error: unknown, request: RequestFacts): void {
  if (error instanceof TidemillError) error.request ??= request;
}

/** What the action answers; an error of it says which request it was about. */
export function naming<T>(request: RequestFacts, action: () => T): T {
  try {
    return action();
  } catch (error) {
    nameRequest(error, request);
    throw error;
  }
}

export function hasType(headers: Headers, types: readonly string[] | undefined): boolean {
  return types === undefined || types.includes(headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

export function wrongType(headers: Headers, label: string): TidemillError {
  const message = `${label} answered ${headers['content-type'] ?? 'no type'}, not the artifact`;
  return new TidemillError('source-changed', 'http-type', message, {
    hint: 'Open the address by hand: it may be a login page, a consent page or a notice.',
  });
}

export function tooLarge(label: string, limit: number): TidemillError {
  return new TidemillError('source-changed', 'http-too-large', `${label} answered more than ${limit} bytes`, {
    hint: 'Ask for smaller pages, or keep the answer as an artifact, which is streamed.',
  });
}

export function redirectRefused(label: string, where: string): TidemillError {
  return new TidemillError('source-changed', 'http-redirect', `${label} redirects ${where}`, {
    hint: 'If the source moved, write its new address into base_url of the service.',
  });
}
