import { afterEach } from '@jest/globals';
import { json, startBackend, startStage } from './stage.ts';
import type { FakeBackend } from './stage.ts';

/** For the tests of a file: what is started ends after each. */
export interface Stages {
  /** For what a test starts by itself: ended before what was started earlier. */
  readonly ends: (() => Promise<unknown>)[];
  readonly backend: typeof startBackend;
  readonly stage: typeof startStage;
  /** A backend that answers what it got. */
  readonly echo: () => Promise<FakeBackend>;
}

/** To be called in a `describe`. */
export function useStages(): Stages {
  const ends: Stages['ends'] = [];
  const backend: Stages['backend'] = async (...args) => {
    const started = await startBackend(...args);
    ends.push(() => started.kill());
    return started;
  };
  const stage: Stages['stage'] = async (options) => {
    const started = await startStage(options);
    ends.push(() => started.stop());
    return started;
  };
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const echo = (): Promise<FakeBackend> =>
    backend((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.once('end', () => {
        json({ headers: req.headers, url: req.url, body: Buffer.concat(chunks).toString() })(req, res);
      });
    });
  return { ends, backend, stage, echo };
}
