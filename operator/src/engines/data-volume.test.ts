import { describe, expect, it } from '@jest/globals';
import { judgeDataOnVolume, REFUSAL } from './data-volume.ts';
import { enginePod } from './fixtures/engine-pod.ts';

const DIRECTORY = '/var/lib/careplane/data/db';
const SEEN = { finding: `----------I--E----- ${DIRECTORY}` };

describe('DataOnVolume', () => {
  it('is True when each running member started on its volume and names the directory', () => {
    const pods = [enginePod('db-0', SEEN), enginePod('db-1', SEEN)];
    const told = new Map([
      ['db-0', DIRECTORY],
      ['db-1', `${DIRECTORY}/rabbit@db-1`],
    ]);
    expect(judgeDataOnVolume(pods, DIRECTORY, told)).toMatchObject({ status: 'True', reason: 'OnVolume' });
  });

  it('is Unknown before anybody was asked, and while a member runs that was started without a look', () => {
    expect(judgeDataOnVolume([], DIRECTORY)).toMatchObject({ status: 'Unknown', reason: 'NotAsked' });
    expect(judgeDataOnVolume([enginePod('db-0', SEEN)], DIRECTORY)).toMatchObject({ status: 'Unknown' });
    const told = new Map([['db-0', DIRECTORY]]);
    const judged = judgeDataOnVolume([enginePod('db-0', SEEN), enginePod('db-1')], DIRECTORY, told);
    expect(judged).toMatchObject({ status: 'Unknown', message: expect.stringContaining('db-1') as unknown });
  });

  it.each(['/data/db', '/var/lib/careplane/data/dbs', ''])(
    'is False for a member with its data in "%s"',
    (found) => {
      const judged = judgeDataOnVolume([enginePod('db-0', SEEN)], DIRECTORY, new Map([['db-0', found]]));
      expect(judged).toMatchObject({ status: 'False', reason: 'DataElsewhere' });
    },
  );

  it('is False while a member refuses to start, though the others are right', () => {
    const pods = [
      enginePod('db-0', SEEN),
      enginePod('db-1', { ...SEEN, refusal: `${REFUSAL}: an image volume covers it` }),
    ];
    const judged = judgeDataOnVolume(pods, DIRECTORY, new Map([['db-0', DIRECTORY]]));
    expect(judged).toMatchObject({ status: 'False', reason: 'VolumeCovered' });
    expect(judged.message).toMatch(/^db-1: /);
    const other = [enginePod('db-0', { ...SEEN, refusal: 'out of memory' })];
    expect(judgeDataOnVolume(other, DIRECTORY)).toMatchObject({ status: 'Unknown' });
  });
});
