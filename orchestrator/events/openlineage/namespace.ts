/** As Marquez takes a namespace: it refuses an event with another sign in one. */
export const namespaceOf = (text: string): string => text.replaceAll(/[^a-zA-Z0-9:;=/_\-.@+]/g, '_').slice(0, 1024);
