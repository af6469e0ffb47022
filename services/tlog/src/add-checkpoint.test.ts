import { expect, test } from '@jest/globals';
import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { Malformed } from './errors.ts';
import { leafHash } from './hash.ts';

const proof = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
const checkpoint = 'example.org/log\n3\nAAAA\n\n— example.org/log AAAA\n';

test('a request is read back, with a proof and without', () => {
  for (const asked of [
    { oldSize: 0, proof: [], checkpoint },
    { oldSize: 20_852_014, proof, checkpoint },
  ])
    expect(parseAddCheckpoint(formatAddCheckpoint(asked))).toEqual(asked);
});

test('a request in any other form is refused', () => {
  const hash = Buffer.from(proof[0] ?? []).toString('base64');
  for (const body of [
    '',
    'old 1',
    `old 01\n\n${checkpoint}`,
    `old -1\n\n${checkpoint}`,
    `old\n\n${checkpoint}`,
    `old 9007199254740993\n\n${checkpoint}`,
    `old 1\nAAAA\n\n${checkpoint}`,
    `old 1\n${`${hash}\n`.repeat(64)}\n${checkpoint}`,
  ])
    expect(() => parseAddCheckpoint(body)).toThrow(Malformed);
});
