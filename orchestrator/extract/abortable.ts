/**
 * The same items, but an abort ends the wait for the next one at once, with the signal's reason: a source that hangs
 * and never looks at its signal cannot hold a run past its time limit.
 */
export async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  aborted.catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited after an abort: a generator that hangs would hang here too.
    const closing = Promise.resolve(iterator.return?.()).catch(() => undefined);
    if (!signal.aborted) await closing;
  }
}
