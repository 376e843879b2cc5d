/**
 * The same items, but an abort ends the wait for the next one at once, with the signal's reason: a source that hangs
 * and never looks at its signal cannot hold a run past its time limit.
 */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await unlessAborted(() => iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited after an abort: a generator that hangs would hang here too.
    const closing = Promise.resolve(iterator.return?.()).catch(() => undefined);
    if (!signal.aborted) await closing;
  }
}

/**
 * What the action answers, or a rejection with the signal's reason. Not `Promise.race` against one promise of the
 * abort: that one would live as long as the run, and keep every answer alive with it.
 */
async function unlessAborted<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  action().then(resolve, reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
