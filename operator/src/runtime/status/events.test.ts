import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../errors.ts';
import { EventRecorder } from './events.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { AnyObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { EventNote } from '../controller.ts';

const regarding = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', namespace: 'n', uid: 'u' } };
const note = (message: string): EventNote => ({ type: 'Warning', reason: 'Bad', message });
const refusal = (status: number): ApiError => new ApiError({ status, reason: 'r', message: 'm', path: 'p' });

/** A recorder whose writes are noted instead of sent. */
function recorderOf(fail: () => Error | undefined = () => undefined): {
  recorder: EventRecorder;
  writes: [string, AnyObject][];
  metrics: Metrics;
  clock: ManualClock;
} {
  const writes: [string, AnyObject][] = [];
  const write =
    (verb: string) =>
    (object: AnyObject): Promise<AnyObject> => {
      writes.push([verb, object]);
      const error = fail();
      return error === undefined ? Promise.resolve(object) : Promise.reject(error);
    };
  const client = { create: write('create'), mergePatch: write('patch') } as unknown as KubeClient;
  const metrics = new Metrics();
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const recorder = new EventRecorder({ client, clock, metrics, log: silentLogger, identity: 'me', signal });
  return { recorder, writes, metrics, clock };
}

const verbs = (writes: [string, AnyObject][]): string[] => writes.map(([verb]) => verb);

describe('the event recorder', () => {
  it('writes a note once while it holds, and counts it in a series when it comes back', async () => {
    const { recorder, writes } = recorderOf();
    for (let round = 0; round < 5; round++) await recorder.record(regarding, [note('a')]);
    expect(verbs(writes)).toEqual(['create']);
    await recorder.record(regarding, []);
    await recorder.record(regarding, [note('a')]);
    expect(verbs(writes)).toEqual(['create', 'patch']);
    expect(writes[1]?.[1]).toMatchObject({ series: { count: 2 } });
    expect(writes[1]?.[1].metadata.name).toBe(writes[0]?.[1].metadata.name);
  });

  it('never writes more than a few for one object, however often the text changes', async () => {
    const { recorder, writes, clock } = recorderOf();
    for (let round = 0; round < 100; round++) await recorder.record(regarding, [note(`try ${round}`)]);
    expect(writes).toHaveLength(10);
    await clock.advance(600_000);
    for (let round = 100; round < 200; round++) await recorder.record(regarding, [note(`try ${round}`)]);
    expect(writes).toHaveLength(12);
  });

  it('goes on as a series with what was written before a restart', async () => {
    let isFirst = true;
    const { recorder, writes } = recorderOf(() => {
      const error = isFirst ? refusal(409) : undefined;
      isFirst = false;
      return error;
    });
    await recorder.record(regarding, [note('a')]);
    expect(verbs(writes)).toEqual(['create', 'patch']);
  });

  it('tries a note again that could not be written, and does not count it twice', async () => {
    const answers = [refusal(500), refusal(500)];
    const { recorder, writes } = recorderOf(() => answers.shift());
    for (let round = 0; round < 5; round++) await recorder.record(regarding, [note('a')]);
    expect(verbs(writes)).toEqual(['create', 'create', 'create']);
  });

  it('adds what a failed run has done to what holds, without counting that anew', async () => {
    const { recorder, writes } = recorderOf();
    await recorder.record(regarding, [note('holds')]);
    await recorder.add(regarding, [note('done')]);
    await recorder.record(regarding, [note('holds')]);
    expect(writes.map(([verb, event]) => [verb, event['note']])).toEqual([
      ['create', 'holds'],
      ['create', 'done'],
    ]);
  });

  it('does not fail its caller, but counts what could not be written', async () => {
    const { recorder, metrics } = recorderOf(() => refusal(500));
    await recorder.record(regarding, [note('a')]);
    expect((await metrics.eventsFailed.get()).values[0]?.value).toBe(1);
  });
});
