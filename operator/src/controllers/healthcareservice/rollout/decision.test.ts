import { describe, expect, it } from '@jest/globals';
import { decideRevision, type DecisionInput, type RevisionDecision } from './decision.ts';
import type { Fault } from './fault.ts';
import { NO_RECORD, type RevisionRecord } from './record.ts';

const crash: Fault = { reason: 'CrashLooping', message: 'ends with exit code 1' };
const late: Fault = { reason: 'ProgressDeadlineExceeded', message: 'not ready' };
const burns: Fault = { reason: 'BurnsSlo', message: 'fails 5 % of its requests' };

/** Revision `old` was Ready; the spec asks for `new`, which the Deployment has. */
const record: RevisionRecord = {
  begun: { revision: 'new', at: 10 },
  ready: [{ revision: 'old', at: 1 }],
  failed: undefined,
};

function input(changes: Partial<DecisionInput> = {}): DecisionInput {
  return {
    target: 'new',
    current: 'new',
    known: new Set(['old', 'older', 'new']),
    pin: undefined,
    retry: '',
    automatic: true,
    isHeld: false,
    isComplete: false,
    fault: undefined,
    now: 100,
    ...changes,
  };
}

/** The record after a failure of `new`. */
function failed(fault = crash, before = record): RevisionRecord {
  return decideRevision(before, input({ fault })).record;
}

describe('the revision that a service runs', () => {
  it('is the spec’s, from the first one on', () => {
    const first = decideRevision(NO_RECORD, input({ current: undefined }));
    expect(first).toMatchObject({
      serve: 'new',
      state: 'Forward',
      record: { begun: { revision: 'new', at: 100 } },
    });
  });

  it('keeps the moment at which a revision was begun, and when it was first Ready', () => {
    expect(decideRevision(record, input()).record).toEqual(record);
    const done = decideRevision(record, input({ isComplete: true })).record;
    expect(done.ready).toEqual([
      { revision: 'new', at: 100 },
      { revision: 'old', at: 1 },
    ]);
    const back = decideRevision(done, input({ target: 'old', current: 'old', isComplete: true, now: 500 }));
    expect(back.record.ready).toEqual([
      { revision: 'old', at: 1 },
      { revision: 'new', at: 100 },
    ]);
  });

  it('goes back in two turns: what failed is on record before anything is done about it', () => {
    const noticed = decideRevision(record, input({ fault: crash }));
    expect(noticed).toMatchObject({ serve: 'new', state: 'RolledBack', again: true });
    const acted = decideRevision(noticed.record, input({ fault: crash }));
    expect(acted).toMatchObject({ serve: 'old', state: 'RolledBack', again: false });
  });

  it('notices the failure once more when the record of it was lost', () => {
    const first = decideRevision(record, input({ fault: late }));
    expect(decideRevision(record, input({ fault: late }))).toEqual(first);
  });

  it('does not try the failed revision again, whatever becomes of the evidence', () => {
    const after = decideRevision(failed(), input({ current: 'old', isComplete: true, now: 900 }));
    expect(after).toMatchObject({
      serve: 'old',
      state: 'RolledBack',
      record: { failed: { revision: 'new' } },
    });
  });

  it.each<[string, Partial<DecisionInput>, string]>([
    ['the spec changes', { target: 'newer', known: new Set(['old', 'new', 'newer']) }, 'newer'],
    ['careplane.dev/retry changes', { retry: '1' }, 'new'],
    ['automatic rollback is switched off', { automatic: false }, 'new'],
  ])('goes forward again when %s', (_, changes, serve) => {
    const next = decideRevision(failed(), input({ current: 'old', ...changes }));
    expect(next).toMatchObject({ serve, state: 'Forward', record: { failed: undefined } });
  });

  it('is never left for a deadline once it was Ready: it may be scaled or drained', () => {
    const proven = { ...record, ready: [{ revision: 'new', at: 50 }, ...record.ready] };
    expect(decideRevision(proven, input({ fault: late }))).toMatchObject({ serve: 'new', state: 'Forward' });
    expect(decideRevision(proven, input({ fault: late })).record.failed).toBeUndefined();
  });

  it.each([burns, crash])(
    'is left when it was Ready and $reason, and is no revision to go back to any more',
    (fault) => {
      const proven = { ...record, ready: [{ revision: 'new', at: 50 }, ...record.ready] };
      const after = failed(fault, proven);
      expect(after.ready).toEqual([{ revision: 'old', at: 1 }]);
      expect(decideRevision(after, input())).toMatchObject({ serve: 'old' });
      const next = input({
        target: 'newer',
        current: 'newer',
        fault: crash,
        known: new Set(['old', 'new', 'newer']),
      });
      const tried = decideRevision(decideRevision(after, next).record, next);
      expect(tried).toMatchObject({ serve: 'old', state: 'RolledBack' });
    },
  );

  it('stays with a first revision that fails: there is nothing to go back to', () => {
    const first = { ...NO_RECORD, begun: record.begun };
    expect(decideRevision(first, input({ fault: crash }))).toMatchObject({ serve: 'new', state: 'Faulty' });
    expect(decideRevision(first, input({ fault: crash })).record.failed).toBeUndefined();
  });

  it('stays when the content of the former revision is lost', () => {
    const alone = input({ fault: crash, known: new Set(['new']) });
    expect(decideRevision(record, alone)).toMatchObject({ serve: 'new', state: 'Faulty', again: false });
  });

  it('is the failed one once more when the one that replaced it is lost: something has to run', () => {
    const alone = input({ fault: crash, known: new Set(['new']), current: 'old' });
    expect(decideRevision(failed(), alone)).toMatchObject({ serve: 'new', state: 'Forward', again: false });
    expect(decideRevision(failed(), { ...alone, current: 'new' })).toMatchObject({
      serve: 'new',
      state: 'Faulty',
      again: false,
    });
  });

  it('is only reported where automatic rollback is off', () => {
    const told = decideRevision(record, input({ fault: late, automatic: false }));
    expect(told).toMatchObject({
      serve: 'new',
      state: 'Faulty',
      again: false,
      record: { failed: undefined },
    });
  });

  it('is the pinned one, also one that never was Ready, and the spec’s again without the pin', () => {
    const pinned = decideRevision(failed(), input({ pin: 'older', current: 'old' }));
    expect(pinned).toMatchObject({ serve: 'older', state: 'Pinned' });
    const free = decideRevision(pinned.record, input({ current: 'older' }));
    expect(free).toMatchObject({ serve: 'new', state: 'Forward' });
  });

  it('takes no notice of a pin to what is not known: a failed revision is not tried again for it', () => {
    expect(decideRevision(failed(), input({ pin: 'typo', current: 'old' }))).toMatchObject({
      serve: 'old',
      state: 'RolledBack',
    });
  });

  it('waits with a new revision for what its pods need, and goes on with one that was begun', () => {
    const held = decideRevision(record, input({ isHeld: true, current: 'old' }));
    expect(held).toMatchObject({ serve: 'old', state: 'Held' });
    const begun = decideRevision(record, input({ isHeld: true }));
    expect(begun).toMatchObject({ serve: 'new', state: 'Forward' });
  });

  it('takes errors of a revision that was never Ready for nothing: it has had no users', () => {
    expect(decideRevision(record, input({ fault: burns }))).toMatchObject({ serve: 'new', state: 'Forward' });
  });

  it('is the spec’s where nothing runs yet, also while something is missing', () => {
    const first = decideRevision(record, input({ isHeld: true, current: undefined }));
    expect(first).toMatchObject({ serve: 'new', state: 'Forward' });
  });

  it('does not count as Ready any more once it failed, though its pods are still ready', () => {
    const after = decideRevision(failed(), input({ isComplete: true })).record;
    expect(after.ready).toEqual([{ revision: 'old', at: 1 }]);
  });

  it('is remembered as Ready among the last ten', () => {
    const ready = Array.from({ length: 10 }, (_, index) => ({ revision: `r${String(index)}`, at: index }));
    const next = decideRevision({ ...record, ready }, input({ isComplete: true })).record.ready;
    expect(next).toEqual([{ revision: 'new', at: 100 }, ...ready.slice(0, 9)]);
  });

  it('keeps what was Ready while nothing runs, or not every pod does', () => {
    expect(decideRevision(record, input({ isComplete: true, current: undefined })).record.ready).toEqual(
      record.ready,
    );
    expect(decideRevision(record, input({ isComplete: false })).record.ready).toEqual(record.ready);
  });

  it('is on record with why it failed, and with the retry at that time', () => {
    const { record: after } = decideRevision(record, input({ fault: crash, retry: '7' }));
    expect(after.failed).toEqual({ ...crash, revision: 'new', retry: '7' });
    expect(after.begun).toEqual(record.begun);
  });

  it('is begun anew when it is served again', () => {
    const back = decideRevision(failed(), input({ now: 500 })).record;
    expect(back.begun).toEqual({ revision: 'old', at: 500 });
  });

  it('takes evidence against another revision than the spec’s for nothing', () => {
    const other: RevisionDecision = decideRevision(record, input({ current: 'old', fault: crash }));
    expect(other).toMatchObject({ serve: 'new', state: 'Forward', again: false });
  });
});
