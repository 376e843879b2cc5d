export interface Http {
  readonly todo: never;
}
