import { describe, expect, it } from '@jest/globals';
import { NO_FACTS } from '@careplane/access';
import type { Facts, Subject } from '@careplane/access';
import { Unauthorized, Unavailable, Unprocessable } from '../http/errors.ts';
import { recentFacts } from './facts.ts';
import { CallFailed } from './internal-client.ts';

const doctor: Subject = {
  id: 'a',
  role: 'practitioner',
  person: { type: 'Practitioner', id: 'd/1' },
  client: 'web',
  scopes: [],
};
const signal = new AbortController().signal;
const wish = { signal, about: 'everybody' } as const;
/** Facts by whose mark a test knows which answer they are. */
const facts = (mark: string): Facts => ({ ...NO_FACTS, organizations: [mark] });
const markOf = ({ organizations = [] }: Facts): string | undefined => organizations[0];

describe('facts', () => {
  it('are asked for once by all who ask within 50 ms, and again after that', async () => {
    let now = 0;
    const asked: string[] = [];
    const of = recentFacts(
      (path) => {
        asked.push(path);
        return Promise.resolve(facts(String(asked.length)));
      },
      { now: () => now },
    );
    const marks = async (): Promise<unknown[]> =>
      (await Promise.all([of(doctor, wish), of(doctor, wish)])).map(markOf);
    expect(await marks()).toEqual(['1', '1']);
    now = 49.9;
    expect(await marks()).toEqual(['1', '1']);
    now = 50;
    expect(await marks()).toEqual(['2', '2']);
    expect(asked).toEqual(['practitioner/d%2F1', 'practitioner/d%2F1']);
  });

  it('that were asked for before are not waited for by who comes later than their age, also while they are under way', async () => {
    let now = 0;
    const answers: ((facts: Facts) => void)[] = [];
    const of = recentFacts(() => new Promise((resolve) => answers.push(resolve)), { now: () => now });
    const first = of(doctor, wish);
    now = 60;
    const second = of(doctor, wish);
    answers[0]?.(facts('before the withdrawal'));
    answers[1]?.(facts('after it'));
    expect([markOf(await first), markOf(await second)]).toEqual(['before the withdrawal', 'after it']);
  });

  it('that cannot be had are 503, never the last ones known; they are asked for again at once', async () => {
    let isAway = false;
    let now = 0;
    const of = recentFacts(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(facts('1'))), {
      now: () => now,
    });
    await of(doctor, wish);
    isAway = true;
    now = 50;
    await expect(of(doctor, wish)).rejects.toThrow(Unavailable);
    isAway = false;
    expect(markOf(await of(doctor, wish))).toBe('1');
  });

  it('that do not come in time are 503, and so they are for who does not wait', async () => {
    const of = recentFacts(() => new Promise(() => undefined), { waitMs: 10 });
    await expect(of(doctor, wish)).rejects.toThrow(Unavailable);
    await expect(of(doctor, { ...wish, signal: AbortSignal.abort() })).rejects.toThrow(Unavailable);
  });

  it('are those of a person or an app; staff without patients, and who is nobody, have none', async () => {
    const asked: string[] = [];
    const of = recentFacts((path) => {
      asked.push(path);
      return Promise.resolve(facts('1'));
    });
    const subject = (over: Partial<Subject>): Subject => ({
      id: 'a',
      role: 'admin',
      client: 'c',
      scopes: [],
      ...over,
    });
    await of(subject({ role: 'patient', person: { type: 'Patient', id: 'p1' } }), wish);
    await of(subject({ role: 'app', client: 'lab 1' }), wish);
    for (const role of ['patient', 'practitioner', 'frontdesk', 'compliance', 'admin'] as const)
      expect(await of(subject({ role }), wish)).toBe(NO_FACTS);
    expect(asked).toEqual(['patient/p1', 'app/lab%201']);
  });

  const token = { id: 'j', since: 7.5, session: 's', grant: 'g' };

  it('say of every token whether it has ended, also where no relations are needed: then it is 401', async () => {
    const asked: string[] = [];
    let isOver = false;
    let now = 0;
    const of = recentFacts(
      (path) => {
        asked.push(path);
        return Promise.resolve({ ...facts('1'), isOver });
      },
      { now: () => now },
    );
    const admin: Subject = { id: 'a', role: 'admin', client: 'web', scopes: [], token };
    await of(admin, wish);
    await of({ ...doctor, token }, { signal, about: 'nobody' });
    await of({ ...doctor, token }, wish);
    const query = 'account=a&client=web&token=j&since=7.5&session=s&grant=g';
    expect(asked).toEqual([`account/a?${query}`, `practitioner/d%2F1?${query}`]);
    isOver = true;
    now = 50;
    for (const subject of [admin, { ...doctor, token }])
      await expect(of(subject, wish)).rejects.toThrow(Unauthorized);
  });

  it('about patients are asked for by their ids, a hundred at a time; about a family they are all', async () => {
    const asked: string[] = [];
    const of = recentFacts((path) => {
      asked.push(path);
      const about = (path.split('patients=')[1] ?? '').split(',');
      const treats = about.map((patient) => ({ patient }));
      return Promise.resolve({ ...facts('1'), about, treats, organizations: ['ward'] });
    });
    const lab: Subject = { id: 'lab', role: 'app', client: 'lab', scopes: [] };
    const ids = Array.from({ length: 101 }, (_, at) => `p${String(at).padStart(3, '0')}`);
    await of(doctor, { signal, about: ['p2', 'p1', 'p2'] });
    await of(doctor, { signal, about: ['p1', 'p2', 'p3&consents=none', 'p4,p5', ''] });
    await of(lab, { signal, about: 'relations' });
    await of(
      { ...doctor, role: 'patient', person: { type: 'Patient', id: 'p1' } },
      { signal, about: ['p2'] },
    );
    expect(asked).toEqual(['practitioner/d%2F1?patients=p1,p2', 'app/lab?consents=none', 'patient/p1']);
    const many = await of(doctor, { signal, about: ids });
    expect([many.about, many.treats.length]).toEqual([ids, 101]);
    expect(asked.slice(3).map((path) => path.split(',').length)).toEqual([100, 1]);
  });

  it('that are too many for one answer are asked for in halves; what has none is 422 and is not asked for again', async () => {
    const asked: string[] = [];
    const of = recentFacts((path) => {
      asked.push(path);
      const about = path.split('patients=')[1]?.split(',') ?? [];
      if (about.length !== 1 && about.length !== 2) return Promise.reject(new CallFailed('identity', 422));
      if (about[0] === 'full') return Promise.reject(new CallFailed('identity', 422));
      return Promise.resolve({ ...facts('1'), about, treats: about.map((patient) => ({ patient })) });
    });
    const five = ['p1', 'p2', 'p3', 'p4', 'p5'];
    const { about, treats } = await of(doctor, { signal, about: five });
    expect([about, treats.map(({ patient }) => patient)]).toEqual([five, five]);
    expect(asked.map((path) => path.split('patients=')[1])).toEqual([
      'p1,p2,p3,p4,p5',
      'p1,p2,p3',
      'p4,p5',
      'p1,p2',
      'p3',
    ]);
    asked.length = 0;
    const family: Subject = { ...doctor, role: 'patient', person: { type: 'Patient', id: 'p1' } };
    await expect(of(doctor, wish)).rejects.toThrow(Unprocessable);
    await expect(of(doctor, { signal, about: ['full'] })).rejects.toThrow(Unprocessable);
    await expect(of(family, { signal, about: five })).rejects.toThrow(Unprocessable);
    expect(asked).toHaveLength(3);
  });

  it('about nobody are of nobody, and say only whether the token is good', async () => {
    const asked: string[] = [];
    const of = recentFacts((path) => {
      asked.push(path);
      return Promise.resolve(facts('1'));
    });
    expect(await of(doctor, { signal, about: [] })).toEqual({ ...NO_FACTS, about: [] });
    expect(asked).toEqual([]);
    expect(await of({ ...doctor, token }, { signal, about: [] })).toEqual({ ...facts('1'), about: [] });
    expect(asked).toEqual([expect.stringMatching(/^account\/a\?/)]);
  });
});
