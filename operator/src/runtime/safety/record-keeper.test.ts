import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { WriteFenced } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { RecordKeeper } from './record-keeper.ts';

interface Scene {
  keeper: RecordKeeper;
  clock: ManualClock;
  /** How many objects each write had. */
  writes: number[];
  errors: string[];
  held: KubeObject[];
}

function scene(answer: () => Promise<number> = () => Promise.resolve(0)): Scene {
  const clock = new ManualClock();
  const writes: number[] = [];
  const errors: string[] = [];
  const held: KubeObject[] = [];
  const keeper = new RecordKeeper({
    clock,
    log: { ...silentLogger, error: (message) => errors.push(message) },
    held: () => [...held],
    write: (objects) => {
      writes.push(objects.length);
      return answer();
    },
  });
  return { keeper, clock, writes, errors, held };
}

const object: KubeObject = { apiVersion: 'v1', kind: 'Clinic', metadata: { name: 'a' } };

describe('the keeper of the record', () => {
  it('gathers what comes at once into one write, and sets no timer at rest', async () => {
    const { keeper, clock, writes, held } = scene();
    for (let index = 0; index < 50; index++) {
      held.push(object);
      keeper.touch();
    }
    await clock.advance(60_000);
    expect([writes, clock.waiting]).toEqual([[50], 0]);
  });

  it('writes once more when something changes during a write', async () => {
    let finish: () => void = () => undefined;
    const { keeper, clock, writes, held } = scene(
      () =>
        new Promise(
          (resolve) =>
            (finish = () => {
              resolve(0);
            }),
        ),
    );
    keeper.touch();
    await clock.advance(100);
    held.push(object);
    keeper.touch();
    await clock.advance(1_000);
    expect(writes).toEqual([0]);
    finish();
    await clock.advance(100);
    expect(writes).toEqual([0, 1]);
    finish();
    await keeper.stop();
  });

  it('tries again every two seconds what failed, says so, and tells how much a restart would forget', async () => {
    let isDown = true;
    const { keeper, clock, writes, errors, held } = scene(() =>
      isDown ? Promise.reject(new Error('no')) : Promise.resolve(0),
    );
    held.push(object);
    keeper.touch();
    await clock.advance(5_000);
    expect([writes.length, errors.length, keeper.unrecorded]).toEqual([3, 3, 1]);
    isDown = false;
    await clock.advance(2_000);
    expect([writes.length, keeper.unrecorded, clock.waiting]).toEqual([4, 0, 0]);
  });

  it('says how many found no room and does not try those again by itself', async () => {
    const { keeper, clock, writes, errors } = scene(() => Promise.resolve(7));
    keeper.touch();
    await clock.advance(60_000);
    expect([writes.length, errors.length, keeper.unrecorded]).toEqual([1, 1, 7]);
  });

  it('writes what is due when it is stopped, and nothing afterwards', async () => {
    const { keeper, clock, writes } = scene();
    keeper.touch();
    await keeper.stop();
    keeper.touch();
    await clock.advance(60_000);
    expect(writes).toEqual([0]);
  });

  it('is silent when another leads already: that one records', async () => {
    const { keeper, errors } = scene(() => Promise.reject(new WriteFenced('/x')));
    keeper.touch();
    await keeper.stop();
    expect(errors).toEqual([]);
  });
});
