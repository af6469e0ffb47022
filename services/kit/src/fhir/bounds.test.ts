import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appointmentOf, patientOf, startFhir } from '../../test/fhir-ground.ts';
import type { Answer, FhirGround } from '../../test/fhir-ground.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('what one request may ask for', () => {
  let fhir: FhirGround;
  beforeEach(async () => {
    fhir = await startFhir();
  });
  afterEach(() => {
    fhir.stop();
  });

  const post = (type: string, body: string): Promise<Answer> =>
    fhir.ask(`/${type}/_search`, { method: 'POST', body, headers: FORM });
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const repeated = (count: number, pair: string): string => Array<string>(count).fill(pair).join('&');

  /** Status, and which parameter of the request is at fault. */
  function refusal({ status, body }: Answer): unknown[] {
    const [issue] = (body['issue'] ?? []) as { expression?: string[]; details?: { text: string } }[];
    return [status, issue?.expression?.[0], issue?.details?.text];
  }

  it('is a page of a hundred, whatever it says, and the next one', async () => {
    for (const n of numbers(101)) fhir.patients.put(patientOf(`p${String(n)}`));
    const { status, body } = await fhir.ask('/Patient?_count=999999999');
    expect([status, body.entry?.length]).toEqual([200, 100]);
    expect(JSON.stringify(body['link'])).toContain('_cursor');
    expect(refusal(await fhir.ask('/Patient?_count=-1'))).toEqual([400, 'http._count', expect.any(String)]);
    expect(refusal(await fhir.ask('/Patient?_count=9999999999'))[0]).toBe(400);
  });

  it('is a hundred values of a parameter, sixty-four parameters, and four orders', async () => {
    const values = (count: number): string => `family=${numbers(count).join(',')}`;
    expect((await post('Patient', values(100))).status).toBe(200);
    expect(refusal(await post('Patient', values(101)))).toEqual([400, 'http.family', 'at most 100 values']);
    expect((await post('Patient', repeated(64, 'family=a'))).status).toBe(200);
    expect(refusal(await post('Patient', repeated(65, 'family=a')))).toEqual([
      400,
      'http.query',
      'too many parameters',
    ]);
    expect(refusal(await post('Patient', `family=${'a'.repeat(33_000)}`))).toEqual([
      400,
      'http.query',
      'too long',
    ]);
    const sort = (count: number): string => `_sort=${Array<string>(count).fill('birthdate').join(',')}`;
    expect((await post('Patient', sort(4))).status).toBe(200);
    expect(refusal(await post('Patient', sort(5)))[1]).toBe('http._sort');
  });

  it('is ten includes, the same one counting and being looked for once', async () => {
    fhir.patients.put(patientOf('a'));
    fhir.appointments.put(appointmentOf('v', 'a'));
    const include = '_include=Appointment:patient';
    const revinclude = '_revinclude=Appointment:patient';
    const asked = await post('Appointment', repeated(10, include));
    expect(asked.body.entry?.map(({ resource }) => resource.id)).toEqual(['v', 'a']);
    expect(refusal(await post('Appointment', repeated(11, include)))).toEqual([
      400,
      'http._include',
      'at most 10 of them',
    ]);
    expect((await post('Patient', repeated(10, revinclude))).body.entry).toHaveLength(2);
    expect(refusal(await post('Patient', repeated(11, revinclude)))[1]).toBe('http._revinclude');
  });

  it('is a thousand included resources: more are refused, not left out', async () => {
    fhir.patients.put(patientOf('a'));
    for (const n of numbers(1000)) fhir.appointments.put(appointmentOf(`v${String(n)}`, 'a'));
    const referring = (): Promise<Answer> => fhir.ask('/Patient?_id=a&_revinclude=Appointment:patient');
    expect((await referring()).body.entry).toHaveLength(1001);
    fhir.appointments.put(appointmentOf('one-more', 'a'));
    const refused = [400, 'http._revinclude', 'more than 1000 resources: ask for smaller pages by _count'];
    expect(refusal(await referring())).toEqual(refused);
    const participant = numbers(1001).map((n) => ({
      actor: { reference: `Patient/x${String(n)}` },
      status: 'accepted',
    }));
    fhir.appointments.put({ ...appointmentOf('big', 'a'), participant });
    const referred = await fhir.ask('/Appointment?_id=big&_include=Appointment:patient');
    expect(refusal(referred)).toEqual([400, 'http._include', refused[2]]);
  });

  it('is the newest hundred versions of a resource, without a total that would not be true', async () => {
    for (let n = 0; n < 99; n += 1) fhir.patients.put(patientOf('a'));
    expect((await fhir.ask('/Patient/a/_history')).body['total']).toBe(99);
    for (let n = 0; n < 51; n += 1) fhir.patients.put(patientOf('a'));
    const { body } = await fhir.ask('/Patient/a/_history');
    const versions = body.entry?.map(({ resource }) => resource.meta?.['versionId']);
    expect([versions?.length, versions?.[0], versions?.at(-1)]).toEqual([100, '150', '51']);
    expect(body['total']).toBeUndefined();
    expect((await fhir.ask('/Patient/a/_history/1')).status).toBe(200);
  });

  const versions = ({ body }: Answer): unknown[] =>
    (body.entry ?? []).map(({ resource }) => resource.meta?.['versionId']);

  it('of a history is what is asked for: page by page, and from a time on', async () => {
    const { meta } = fhir.patients.put(patientOf('a'));
    for (let n = 0; n < 6; n += 1) fhir.patients.put(patientOf('a'));
    const seen: unknown[] = [];
    let next: string | undefined = '/Patient/a/_history?_count=3';
    for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
      const page: Answer = await fhir.ask(next);
      expect(page.body['total']).toBe(7);
      seen.push(versions(page));
      const links = page.body['link'] as readonly { readonly relation: string; readonly url: string }[];
      next = links.find(({ relation }) => relation === 'next')?.url.split('/fhir/R4')[1];
    }
    expect(seen).toEqual([['7', '6', '5'], ['4', '3', '2'], ['1']]);
    const counted = await fhir.ask('/Patient/a/_history?_count=0');
    expect([counted.body['total'], versions(counted)]).toEqual([7, []]);
    const first = encodeURIComponent(meta.lastUpdated);
    expect(versions(await fhir.ask(`/Patient/a/_history?_since=${first}`))).toHaveLength(7);
    expect((await fhir.ask('/Patient/a/_history?_since=2999-01-01')).body['total']).toBe(0);
  });

  it.each([
    ['_count=-1', 'http._count', 'a whole number, not negative'],
    ['_count=', 'http._count', 'a whole number, not negative'],
    ['_since=x', 'http._since', 'a date, a dateTime or an instant'],
    ['_since=2026-02-30', 'http._since', 'a date, a dateTime or an instant'],
    ['_cursor=x', 'http._cursor', 'not a cursor of this history'],
    ['_at=2026', 'http._at', 'this parameter is not known'],
  ])('of a history is told when it is asked for with %s', async (query, path, message) => {
    fhir.patients.put(patientOf('a'));
    expect(refusal(await fhir.ask(`/Patient/a/_history?${query}`))).toEqual([400, path, message]);
  });
});
