/** What the process of an engine says of itself. It stays so until it is started again. */
export interface RunningMember {
  /** Where it keeps its data. */
  directory: string;
  /** `6.0.27`. */
  version: string;
}
