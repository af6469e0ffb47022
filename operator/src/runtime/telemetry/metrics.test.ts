import { expect, it } from '@jest/globals';
import { Metrics } from './metrics.ts';

it('a dependency has a series while it is down, and none once it is up', async () => {
  const metrics = new Metrics();
  const series = async (): Promise<string[]> =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.includes('{dependency='));
  metrics.onParked('broker', 3);
  expect(await series()).toEqual([
    'careplane_dependency_down{dependency="broker"} 1',
    'careplane_parked_objects{dependency="broker"} 3',
  ]);
  metrics.onParked('broker', 0);
  expect(await series()).toEqual([]);
});
