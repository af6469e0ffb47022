import { describe, expect, it } from '@jest/globals';
import { generateSigningKey } from '@careplane/tlog';
import { logKey, ORIGIN, TestLog, witnessKey } from './fixtures/test-log.ts';
import { judgeCheckpoint, type Judgement } from './judge-checkpoint.ts';

const keys = [logKey.verifier, witnessKey.verifier];

function judge(log: TestLog, kept: readonly string[], text = log.checkpoint()): Promise<Judgement> {
  return judgeCheckpoint(text, { keys, checkpoints: kept }, log.readTile);
}

const kept = (size: number): string[] => [new TestLog(size).checkpoint()];

describe('a published checkpoint', () => {
  it.each([
    [1, 300],
    [255, 256],
    [256, 257],
    [300, 70_000],
    [299, 300],
  ])('is kept when the log goes on from %i to %i entries', async (from, to) => {
    expect(await judge(new TestLog(to), kept(from))).toMatchObject({ reason: 'Kept', isNew: true });
  });

  it('is kept when it is the first one, or the first under another name', async () => {
    expect(await judge(new TestLog(5), [])).toMatchObject({ reason: 'Kept', isNew: true });
    const other = generateSigningKey(`${ORIGIN}-2`, 'ed25519');
    const text = new TestLog(2).checkpoint({ key: other });
    const known = { keys: [...keys, other.verifier], checkpoints: kept(300) };
    expect(await judgeCheckpoint(text, known, new TestLog(2).readTile)).toMatchObject({ isNew: true });
  });

  it('is not kept once more when nothing came', async () => {
    expect(await judge(new TestLog(300), kept(300))).toMatchObject({ reason: 'Kept', isNew: false });
  });

  it('may be older than the kept one, when the log has what came since', async () => {
    const log = new TestLog(300);
    expect(await judge(log, kept(300), new TestLog(120).checkpoint())).toMatchObject({
      reason: 'Kept',
      isNew: false,
    });
  });

  it('is compared and not kept until it is cosigned, where a witness is known', async () => {
    const log = new TestLog(300);
    const text = log.checkpoint({ isCosigned: false });
    expect(await judge(log, kept(20), text)).toMatchObject({ reason: 'NotCosigned', isNew: false });
    const alone = { keys: [logKey.verifier], checkpoints: kept(20) };
    expect(await judgeCheckpoint(text, alone, log.readTile)).toMatchObject({ reason: 'Kept', isNew: true });
    const fork = new TestLog(300, 10);
    expect(await judge(fork, kept(20), fork.checkpoint({ isCosigned: false }))).toMatchObject({
      reason: 'Forked',
    });
  });

  it('is refused when the log forked: it is longer, as long, or shorter', async () => {
    expect(await judge(new TestLog(400, 100), kept(300))).toMatchObject({ reason: 'Forked' });
    expect(await judge(new TestLog(300, 100), kept(300))).toMatchObject({ reason: 'Forked' });
    const old = new TestLog(200, 100).checkpoint();
    expect(await judge(new TestLog(300), kept(300), old)).toMatchObject({ reason: 'Forked' });
  });

  it('is refused when the end of the log is gone', async () => {
    const judgement = await judge(new TestLog(200), kept(300));
    expect(judgement).toEqual({
      reason: 'Shortened',
      message: 'the log has 200 entries, and a kept checkpoint says 300',
      isNew: false,
    });
  });

  it('is refused when no known key has signed it, or it is none', async () => {
    const forger = generateSigningKey(ORIGIN, 'ed25519');
    const log = new TestLog(300);
    expect(await judge(log, [], log.checkpoint({ key: forger }))).toMatchObject({ reason: 'OtherKey' });
    expect(await judge(log, [], 'no checkpoint')).toMatchObject({ reason: 'OtherKey' });
    const changed = log.checkpoint().replace('\n300\n', '\n301\n');
    expect(await judge(log, [], changed)).toMatchObject({ reason: 'OtherKey' });
  });

  it('is not judged while tiles that must be there cannot be read', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    const known = { keys, checkpoints: kept(20) };
    await expect(judgeCheckpoint(new TestLog(300).checkpoint(), known, away)).rejects.toThrow('away');
    await expect(
      judgeCheckpoint(new TestLog(300).checkpoint(), known, new TestLog(30).readTile),
    ).rejects.toThrow('tile/');
  });
});
