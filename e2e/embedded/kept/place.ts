/** Somewhere a clinic keeps bytes. */
export interface Place {
  /** For people, such as `database clinic-db-0`. */
  readonly name: string;
  /** All of it, once. */
  read(): AsyncIterable<Uint8Array>;
}
