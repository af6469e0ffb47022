/**
 * Runs a program until it ends. An interrupt aborts its signal, and the program then ends what it has started. An error
 * becomes one message and exit code 1.
 */
export async function untilInterrupted(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      interrupted.abort(new Error(`ended by ${name}`));
    });
  try {
    await main(interrupted.signal);
  } catch (error) {
    console.error(Error.isError(error) ? error.message : String(error));
    process.exitCode = 1;
  }
}
