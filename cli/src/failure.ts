/** An error that the user can do something about: shown in one line, without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
