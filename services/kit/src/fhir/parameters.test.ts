import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patientOf, startFhir } from '../../test/fhir-ground.ts';
import type { Answer, FhirGround } from '../../test/fhir-ground.ts';

let ground: FhirGround;
beforeAll(async () => {
  ground = await startFhir();
});
afterAll(() => {
  ground.stop();
});

interface Issue {
  readonly details?: { readonly text: string };
  readonly expression?: readonly string[];
}
const issueOf = ({ body }: Answer): Issue => (body['issue'] as readonly Issue[] | undefined)?.[0] ?? {};
const versionsOf = ({ body }: Answer): string[] =>
  (body.entry as unknown as { resource: { meta: { versionId: string } } }[] | undefined)?.map(
    ({ resource }) => resource.meta.versionId,
  ) ?? [];
const linkOf = ({ body }: Answer, relation: string): string | undefined =>
  (body['link'] as { relation: string; url: string }[]).find((link) => link.relation === relation)?.url;

describe('a parameter that is wrong is refused by its own name, with what is expected', () => {
  const history = '/Patient/versioned/_history';
  beforeAll(() => {
    ground.patients.put(patientOf('versioned'));
  });
  const number = 'a whole number, not negative';
  const time = 'a date, a dateTime or an instant';
  const elements = 'names of elements of the resource itself';
  it.each([
    [`${history}?_count=-1`, '_count', number],
    [`${history}?_count=`, '_count', number],
    [`${history}?_count=2&_count=x`, '_count', number],
    [`${history}?_since=x`, '_since', time],
    [`${history}?_since=2026-02-30`, '_since', time],
    [`${history}?_cursor=x`, '_cursor', 'not a cursor of this history'],
    [`${history}?_at=2026`, '_at', 'this parameter is not known'],
    [`${history}?toString=1`, 'toString', 'this parameter is not known'],
    ['/Patient/versioned?_elements=', '_elements', elements],
    ['/Patient/versioned?_summary=', '_summary', 'one of true, text, data, count, false'],
    ['/Patient/versioned?_summary=count', '_summary', 'not for a Patient'],
    ['/Patient/versioned?_count=1', '_count', 'not for a Patient'],
    ['/Patient?_elements=', '_elements', elements],
    ['/Patient?_count=-1', '_count', 'a whole number, not negative'],
    ['/Patient?_count=', '_count', 'a whole number, not negative'],
    ['/Patient?_cursor=', '_cursor', 'not a cursor of this search'],
    ['/Patient?_sort=', '_sort', 'this search does not sort by that'],
    ['/Patient?_total=', '_total', 'one of none, estimate, accurate'],
    ['/Patient?_include=', '_include', 'a type and a search parameter'],
    ['/Patient?_page=x', '_page', 'not a page of this search'],
    ['/Patient?family=', 'family', 'not a value of the type string'],
  ])('%s', async (path, name, text) => {
    const answer = await ground.ask(path);
    expect([answer.status, issueOf(answer)]).toMatchObject([
      400,
      { details: { text }, expression: [`http.${name}`] },
    ]);
  });
});

describe('a history', () => {
  beforeAll(() => {
    for (let version = 0; version < 5; version += 1) ground.patients.put(patientOf('paged'));
  });

  it('comes in pages, which lead to each other also while versions are added', async () => {
    const first = await ground.ask('/Patient/paged/_history?_count=2');
    expect([versionsOf(first), first.body['total']]).toEqual([['5', '4'], 5]);
    ground.patients.put(patientOf('paged'));
    const next = (link: string | undefined): Promise<Answer> =>
      ground.ask(new URL(link ?? '').href.slice(new URL(link ?? '').href.indexOf('/Patient')));
    const second = await next(linkOf(first, 'next'));
    expect(versionsOf(second)).toEqual(['3', '2']);
    const last = await next(linkOf(second, 'next'));
    expect([versionsOf(last), linkOf(last, 'next')]).toEqual([['1'], undefined]);
  });

  it('begins at a time', async () => {
    const whole = await ground.ask('/Patient/paged/_history');
    const none = await ground.ask('/Patient/paged/_history?_since=2999');
    const all = await ground.ask('/Patient/paged/_history?_since=2020-01-01T00:00:00Z');
    expect([versionsOf(none), none.body['total']]).toEqual([[], 0]);
    expect(versionsOf(all)).toEqual(versionsOf(whole));
  });

  it('records the versions that it shows as one access to the resource', async () => {
    const before = ground.audit.entries.length;
    await ground.ask('/Patient/paged/_history?_count=1');
    expect(ground.audit.entries.slice(before).map(({ action, outcome }) => [action, outcome])).toEqual([
      ['history', 'granted'],
    ]);
  });

  it('ignores what it does not know for who is lenient, and does not repeat it', async () => {
    const answer = await ground.ask('/Patient/paged/_history?shoe=44', {
      headers: { prefer: 'handling=lenient' },
    });
    expect([answer.status, linkOf(answer, 'self')]).toEqual([
      200,
      expect.stringMatching(/\/Patient\/paged\/_history$/),
    ]);
  });
});
