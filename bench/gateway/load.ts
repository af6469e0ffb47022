import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { percentile } from '../write-gap/report.ts';

/** One request. */
export interface Ask {
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** Of a create, each under a key of its own; absent: a read. */
  readonly body?: string;
}

export interface Target {
  readonly url: string;
  /** Asked in turns. */
  readonly asks: readonly Ask[];
  readonly ca?: string;
}

/** Milliseconds of each answer by its kind. */
export interface Answers {
  readonly accepted: number[];
  readonly refused: number[];
  /** Neither 200 or 201 nor 429 or 503. */
  readonly other: number;
  readonly seconds: number;
}

/** As many at a time, each as soon as the one before is answered. */
export async function closedLoop(target: Target, atOnce: number, seconds: number): Promise<Answers> {
  const until = performance.now() + seconds * 1_000;
  return measure(target, atOnce, seconds, async (ask) => {
    const one = async (): Promise<void> => {
      while (performance.now() < until) await ask();
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  });
}

/** So many a second, whether the ones before are answered or not. */
export async function openLoop(target: Target, perSecond: number, seconds: number): Promise<Answers> {
  return measure(target, 500, seconds, async (ask) => {
    const begun = performance.now();
    const asked: Promise<void>[] = [];
    while (performance.now() - begun < seconds * 1_000) {
      const due = ((performance.now() - begun) / 1_000) * perSecond;
      while (asked.length < due) asked.push(ask());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(asked);
  });
}

async function measure(
  { url, asks, ca }: Target,
  connections: number,
  seconds: number,
  run: (ask: () => Promise<void>) => Promise<void>,
): Promise<Answers> {
  const pool = new Pool(url, {
    connections,
    pipelining: 1,
    ...(ca === undefined ? {} : { connect: { ca } }),
  });
  const answers = { accepted: [] as number[], refused: [] as number[], other: 0, seconds };
  let turn = 0;
  const ask = async (): Promise<void> => {
    const request = requestOf(asks[turn++ % asks.length]);
    const asked = performance.now();
    const { statusCode, body } = await pool.request(request);
    await body.dump();
    const took = performance.now() - asked;
    if (statusCode === 200 || statusCode === 201) answers.accepted.push(took);
    else if (statusCode === 503 || statusCode === 429) answers.refused.push(took);
    else answers.other += 1;
  };
  try {
    await run(ask);
  } finally {
    await pool.destroy();
  }
  return answers;
}

export function p95(values: readonly number[]): number {
  return percentile(values, 0.95);
}

function requestOf({ path, headers = {}, body }: Ask = { path: '/' }): Dispatcher.RequestOptions {
  if (body === undefined) return { method: 'GET', path, headers };
  return { method: 'POST', path, headers: { ...headers, 'idempotency-key': randomUUID() }, body };
}
