/** What the database holds is not the log that its checkpoints sign. Nothing is appended to it: a person must look. */
export class LogBroken extends Error {
  override readonly name = 'LogBroken';
}
