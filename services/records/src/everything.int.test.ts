import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleOf } from '../test/examples.ts';
import { resourcesOf, startRecordsLab, treating } from '../test/records-lab.ts';
import type { Answer, Body, Caller, RecordsLab } from '../test/records-lab.ts';

const TYPES = ['Condition', 'Encounter', 'Immunization', 'Observation'];

let lab: RecordsLab;
let patient: string;
let doctor: Caller;

beforeAll(async () => {
  lab = await startRecordsLab();
  patient = lab.patient();
  const other = lab.patient();
  doctor = await lab.caller('practitioner', treating(patient, other));
  for (const whose of [patient, other])
    for (const type of [...TYPES, 'Observation'])
      expect((await lab.ask(`POST ${type}`, doctor, { body: exampleOf(type, whose) })).status).toBe(201);
}, 120_000);
afterAll(() => lab.stop());

const part = (query = '', caller = doctor): Promise<Answer> =>
  lab.ask(`GET Encounter/$everything?patient=${patient}${query}`, caller);

/** Where a page goes on, below the FHIR base. */
function nextOf({ body }: Answer): string | undefined {
  const links = body['link'] as readonly { readonly relation: string; readonly url: string }[];
  return links.find(({ relation }) => relation === 'next')?.url.replace(/^.*\/fhir\/R4\//, '');
}

/** All pages from this one on; with the link that leads out of this service. */
async function follow(
  first: Answer,
  caller = doctor,
): Promise<{ found: Body[]; sizes: number[]; out?: string }> {
  const [found, sizes]: [Body[], number[]] = [[], []];
  for (let page = first; ;) {
    expect(page.status).toBe(200);
    found.push(...resourcesOf(page));
    sizes.push(resourcesOf(page).length);
    const next = nextOf(page);
    if (next?.startsWith('Encounter/') !== true)
      return { found, sizes, ...(next === undefined ? {} : { out: next }) };
    page = await lab.ask(`GET ${next}`, caller);
  }
}

const typesOf = (resources: readonly Body[]): unknown[] => resources.map((one) => one['resourceType']).sort();

describe('the part of $everything that is here', () => {
  it('is all records of the patient, of all types, and of nobody else', async () => {
    const { found, out } = await follow(await part());
    expect(typesOf(found)).toEqual([...TYPES, 'Observation'].sort());
    expect(found.every((one) => JSON.stringify(one).includes(`Patient/${patient}`))).toBe(true);
    expect(out).toBeUndefined();
  });

  it('comes in pages whose links are sealed, each resource once', async () => {
    const { found, sizes } = await follow(await part('&_count=2'));
    expect(sizes).toEqual([2, 2, 1]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(5);
    const next = nextOf(await part('&_count=2'));
    expect(next).toMatch(/^Encounter\/\$everything\?_page=[\w-]+$/);
    expect((await lab.ask(`GET ${String(next).slice(0, -3)}abc`, doctor)).status).toBe(400);
    expect((await part('&at=3')).status).toBe(200);
  });

  it('leads to the service that follows, with what was asked for', async () => {
    const { out } = await follow(await part('&then=Appointment,Device&_type=Condition&_count=1'));
    expect(out).toBe(`Appointment/$everything?patient=${patient}&then=Device&_type=Condition&_count=1`);
  });

  it('is narrowed by type, change and time of care', async () => {
    const some = async (query: string): Promise<unknown> => typesOf((await follow(await part(query))).found);
    expect(await some('&_type=Condition,Encounter')).toEqual(['Condition', 'Encounter']);
    expect(await some('&_since=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await some('&start=2016&end=2016-12')).toEqual(['Condition', 'Encounter']);
    expect(await some('&start=2024-06-07')).toEqual(['Immunization', 'Observation', 'Observation']);
  });

  it('names what is wrong', async () => {
    const wrong = await part('&_type=x&_since=y&_count=0&color=red');
    expect([wrong.status, wrong.body.issue?.map(({ expression }) => expression?.[0])]).toEqual([
      400,
      ['http._type', 'http._since', 'http._count', 'http.color'],
    ]);
    expect((await lab.ask('GET Encounter/$everything', doctor)).status).toBe(400);
  });

  it('shows a caller what their searches show', async () => {
    const stranger = await lab.caller('practitioner', {});
    expect((await follow(await part('', stranger), stranger)).found).toEqual([]);
    const app = await lab.caller('app', {
      consents: [{ patient, type: 'deny', recipients: [], purposes: [], dataClasses: ['Observation'] }],
    });
    expect(typesOf((await follow(await part('', app), app)).found)).toEqual(TYPES.slice(0, 3));
    const token = await lab.token({
      role: 'app',
      client: 'n',
      sub: 'n',
      scope: 'system/Encounter.rs system/Condition.r',
    });
    const narrow = { id: 'n', token };
    expect(typesOf((await follow(await part('', narrow), narrow)).found)).toEqual(['Encounter']);
    const desk = await lab.caller('frontdesk');
    expect((await part('', desk)).status).toBe(403);
  });

  it('is recorded with every resource that it shows', async () => {
    const app = await lab.caller('app', {});
    await follow(await part('', app), app);
    const entries = JSON.stringify(await lab.database.collection('outbox').find().toArray());
    const [entry = ''] = entries.match(
      new RegExp(
        `"action":"\\$everything"(?:(?!"action").)*app-${app.id}(?:(?!"action").)*"patient":"${patient}"`,
      ),
    ) ?? [''];
    expect(entry.match(/"type":"(?:Condition|Encounter|Immunization|Observation)"/g)).toHaveLength(5);
  });
});
