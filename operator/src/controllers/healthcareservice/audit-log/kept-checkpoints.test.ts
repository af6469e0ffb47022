import { describe, expect, it } from '@jest/globals';
import { encodeVerifierKey, generateSigningKey, parseCheckpoint } from '@careplane/tlog';
import { logKey, ORIGIN, TestLog, witnessKey } from './fixtures/test-log.ts';
import { firstSeen, keptMap, NOTHING_KEPT, readKept, withCheckpoint, type Kept } from './kept-checkpoints.ts';

describe('what is kept of a log', () => {
  it('is read as it was written, with the version that it was read at', () => {
    const kept: Kept = {
      keys: [logKey.verifier, witnessKey.verifier],
      checkpoints: Array.from({ length: 12 }, (_text, at) => new TestLog(12 - at).checkpoint()),
      resourceVersion: '7',
    };
    const map = keptMap('name', 'system', kept);
    expect(map.metadata.resourceVersion).toBe('7');
    const read = readKept(map);
    expect({ ...read, keys: read.keys.map(encodeVerifierKey) }).toEqual({
      ...kept,
      keys: kept.keys.map(encodeVerifierKey),
    });
    expect(readKept(undefined)).toEqual(NOTHING_KEPT);
  });

  it('is the latest twenty checkpoints, and the last one under each former name', () => {
    const other = generateSigningKey(`${ORIGIN}-2`, 'ed25519');
    let kept = NOTHING_KEPT;
    for (let size = 1; size <= 30; size += 1) kept = withCheckpoint(kept, new TestLog(size).checkpoint());
    for (let size = 1; size <= 30; size += 1)
      kept = withCheckpoint(kept, new TestLog(size).checkpoint({ key: other }));
    const heads = kept.checkpoints.map(parseCheckpoint).map(({ origin, size }) => [origin, size]);
    expect(heads).toHaveLength(21);
    expect(heads[0]).toEqual([`${ORIGIN}-2`, 30]);
    expect(heads.at(-1)).toEqual([ORIGIN, 30]);
  });

  it('believes the keys that were said first, the witness’s also when it was said later', () => {
    const [later, other] = [logKey, witnessKey].map(({ verifier: { name, algorithm } }) =>
      generateSigningKey(name, algorithm),
    );
    if (!later || !other) throw new Error('two keys');
    const first = firstSeen([], [logKey.verifier]);
    const second = firstSeen(first, [later.verifier, witnessKey.verifier]);
    expect(second).toEqual([logKey.verifier, witnessKey.verifier]);
    expect(firstSeen(second, [later.verifier, other.verifier])).toEqual(second);
  });
});
