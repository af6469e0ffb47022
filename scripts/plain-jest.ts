// Runs tests in this process with jest's own test runner and assertions, but without jest's start, module registry and transform: Node
// loads the modules. Ends with 1 at the first test that fails. For many runs of few tests (Stryker); everything else uses jest.
//   node scripts/plain-jest.ts TEST...
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addEventHandler, run } from 'jest-circus';

const globals = new URL('plain-jest-globals.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => next(specifier === '@jest/globals' ? globals : specifier, context),
});

// As in jest.config.js; jest-circus reads it here.
Object.assign(globalThis, { [Symbol.for('TEST_TIMEOUT_SYMBOL')]: 30_000 });

addEventHandler((event) => {
  if (event.name === 'test_done') endIfFailed(event.test.errors);
});

function endIfFailed(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  console.error(...errors);
  process.exit(1);
}

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
const { testResults, unhandledErrors } = await run();
endIfFailed(unhandledErrors);
// Nothing that a test has left open is waited for.
process.exit(testResults.length > 0 ? 0 : 1);
