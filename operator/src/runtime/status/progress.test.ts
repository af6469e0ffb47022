import { describe, expect, it } from '@jest/globals';
import type { JudgedCondition } from '../controller.ts';
import { mergeConditions } from './conditions.ts';
import { ProgressJudge, type Progress } from './progress.ts';
import { conditionType, WHEN_RETRIED } from './reasons.ts';

const Up = conditionType({
  type: 'Up',
  meaning: '',
  reasons: {
    Fine: { status: 'True', meaning: '' },
    Starting: { needsPerson: false, meaning: '' },
    Broken: { needsPerson: WHEN_RETRIED, meaning: '' },
    Refused: { needsPerson: 0, meaning: '' },
  },
});
const Whole = conditionType({
  type: 'Whole',
  informs: true,
  hinders: true,
  meaning: '',
  reasons: { Yes: { status: 'True', meaning: '' }, No: { needsPerson: false, meaning: '' } },
});
const Noted = conditionType({
  type: 'Noted',
  informs: true,
  meaning: '',
  reasons: { No: { needsPerson: 0, meaning: '' } },
});

const fine = Up.because('Fine', 'well');
const starting = Up.because('Starting', 'wait');
const broken = Up.because('Broken', 'no such image');
const paused: JudgedCondition = {
  type: 'Paused',
  status: 'True',
  reason: 'Paused',
  message: '',
  informs: true,
};

/** One object, judged at moments of its life. */
class Life {
  readonly #judge = new ProgressJudge([Up, Whole, Noted]);
  #current: ReturnType<typeof mergeConditions> = [];

  /** What is said: `Stalled Broken`, `Reconciling Starting` or nothing. */
  at(now: number, judged: JudgedCondition[], generation = 1): string {
    const { conditions } = this.judge(now, judged, generation);
    this.#current = mergeConditions([...conditions, ...judged], { current: this.#current, generation, now });
    return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`).join();
  }

  judge(now: number, judged: JudgedCondition[], generation = 1): Progress {
    return this.#judge.judge('n/o', judged, { current: this.#current, generation, now });
  }

  /** The operator forgets all but what is written. */
  restart(): Life {
    const after = new Life();
    after.#current = this.#current;
    return after;
  }
}

describe('progress as kstatus reads it', () => {
  it('is nothing where all that counts is True', () => {
    const life = new Life();
    expect(life.at(0, [fine, Noted.because('No', '')])).toBe('');
    expect(life.at(0, [])).toBe('');
  });

  it('is Reconciling while something passes by itself, for however long', () => {
    const life = new Life();
    expect(life.at(0, [starting])).toBe('Reconciling True Starting');
    expect(life.at(86_400_000, [starting])).toBe('Reconciling True Starting');
  });

  it('is Reconciling while what only hinders is not True', () => {
    expect(new Life().at(0, [fine, Whole.because('No', '')])).toBe('Reconciling True No');
  });

  it('is Stalled at once by what nobody but a person can mend', () => {
    expect(new Life().at(0, [starting, Up.because('Refused', '')])).toBe('Stalled True Refused');
  });

  it('is Stalled once a reason has held for its time, and asks to be looked at then', () => {
    const life = new Life();
    expect(life.judge(1_000, [broken])).toMatchObject({ againMs: WHEN_RETRIED });
    expect(life.at(1_000, [broken])).toBe('Reconciling True Broken');
    expect(life.judge(6_000, [broken])).toMatchObject({ againMs: WHEN_RETRIED - 5_000 });
    expect(life.at(1_000 + WHEN_RETRIED, [broken])).toBe('Stalled True Broken');
    expect(life.judge(1_000 + WHEN_RETRIED, [broken]).againMs).toBeUndefined();
    expect(life.at(90_000, [fine])).toBe('');
  });

  it('begins to count anew when the reason went meanwhile', () => {
    const life = new Life();
    life.at(0, [broken]);
    life.at(WHEN_RETRIED - 1, [starting]);
    expect(life.at(WHEN_RETRIED, [broken])).toBe('Reconciling True Broken');
  });

  it('begins to count anew with another spec: a correction is not refused for what it corrects', () => {
    const life = new Life();
    life.at(0, [broken]);
    expect(life.at(WHEN_RETRIED, [broken])).toBe('Stalled True Broken');
    expect(life.at(WHEN_RETRIED + 1, [broken], 2)).toBe('Reconciling True Broken');
    expect(life.at(2 * WHEN_RETRIED + 1, [broken], 2)).toBe('Stalled True Broken');
  });

  it('stays Stalled when the operator is started anew, and only as long as the reason is the same', () => {
    const life = new Life();
    life.at(0, [broken]);
    life.at(WHEN_RETRIED, [broken]);
    expect(life.restart().at(0, [broken])).toBe('Stalled True Broken');
    expect(life.restart().at(0, [starting])).toBe('Reconciling True Starting');
  });

  it('says nothing of a paused object: nobody works on it', () => {
    const life = new Life();
    life.at(0, [broken]);
    expect(life.at(WHEN_RETRIED, [broken, paused])).toBe('');
    expect(life.at(WHEN_RETRIED, [broken])).toBe('Reconciling True Broken');
  });
});
