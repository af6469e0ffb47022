import { RULES } from '@careplane/access';
import { fhirRoutes } from '@careplane/kit';
import type { FhirRoute } from '@careplane/kit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inDays } from '../test/appointments-lab.ts';
import type { Answer, Caller } from '../test/appointments-lab.ts';
import { entries, slotAt, visitOf } from '../test/fhir.ts';
import { startFhirLab } from '../test/fhir-lab.ts';
import type { FhirLab } from '../test/fhir-lab.ts';
import { definitions } from './openapi.ts';

const routes = fhirRoutes(definitions);
const isRead = ({ action }: FhirRoute): boolean => ['read', 'vread', 'history', 'search'].includes(action);
const isSearch = ({ action }: FhirRoute): boolean => action === 'search';

describe('attacks on appointments', () => {
  let fhir: FhirLab;
  let made: Answer;
  beforeAll(async () => {
    fhir = await startFhirLab();
    made = await fhir.book(fhir.patient, inDays(9, 600));
  }, 180_000);
  afterAll(() => fhir.lab.stop(), 60_000);

  /** The route's request about what is another's: the patient's visit, the doctor's schedule. */
  function attack(route: FhirRoute, attacker: Caller): Promise<Answer> {
    const { method, path, type } = route;
    const slot = slotAt(fhir.scheduleId, inDays(9, 660));
    const ids: Readonly<Record<string, string>> = {
      Appointment: String(made.body['id']),
      Schedule: fhir.scheduleId,
      Slot: slot,
    };
    const told = isSearch(route)
      ? `GET /fhir/R4/${type}?_total=accurate`
      : `${method} ${path.replace(':id', ids[type] ?? '').replace(':versionId', '1')}`;
    const visit = method === 'POST' ? visitOf(fhir.patient.sub, slot) : made.body;
    const body = type === 'Appointment' ? visit : { resourceType: type, id: ids[type] };
    return fhir.lab.call(0, told, attacker, { body, ifMatch: 'W/"1"' });
  }

  const aboutPatients = routes.filter(({ type }) => RULES[type]?.aboutPatients === true);
  const writes = routes.filter((route) => !isRead(route) && !route.action.startsWith('$'));

  it.each(['patient', 'practitioner', 'compliance'] as const)(
    'no route shows a %s what is another patient’s visit, counts or changes it',
    async (role) => {
      expect(aboutPatients.length).toBeGreaterThan(5);
      const attacker = await fhir.lab.caller(role);
      for (const route of aboutPatients) {
        const { status, body } = await attack(route, attacker);
        const allowed = isSearch(route) ? [200, 403] : [400, 403, 404];
        expect({ route, status, isExpected: allowed.includes(status) }).toMatchObject({ isExpected: true });
        expect([route, Number(body['total'] ?? 0)]).toEqual([route, 0]);
        expect(JSON.stringify(body)).not.toContain(String(made.body['id']));
      }
      const { body } = await fhir.get(`Appointment/${String(made.body['id'])}`, fhir.patient);
      expect(body).toEqual(made.body);
    },
  );

  it.each(['patient', 'practitioner', 'compliance'] as const)(
    'no route lets a %s write what is another’s',
    async (role) => {
      const attacker = await fhir.lab.caller(role);
      const before = await fhir.get(`Schedule/${fhir.scheduleId}`, fhir.doctor);
      for (const route of writes) {
        const { status } = await attack(route, attacker);
        expect({ route, status, isExpected: [400, 403, 404].includes(status) }).toMatchObject({
          isExpected: true,
        });
      }
      expect((await fhir.get(`Schedule/${fhir.scheduleId}`, fhir.doctor)).body).toEqual(before.body);
    },
  );

  it('what a consent hides by its data class is not shown, and not counted', async () => {
    const { lab, book, get } = fhir;
    const [ann, other] = [await lab.caller('patient'), await lab.caller('practitioner')];
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }];
    const open = String((await book(ann, inDays(14, 600))).body['id']);
    const hidden = String((await book(ann, inDays(15, 600), { meta: { security } })).body['id']);
    const deny = { patient: ann.sub, type: 'deny', recipients: [], purposes: [] } as const;
    const found = async (): Promise<unknown[]> => {
      const { body } = await get(`Appointment?patient=${ann.sub}&_total=accurate`, other);
      return [entries({ body } as Answer).map(({ id }) => id), body['total']];
    };
    const treats = [{ patient: ann.sub }];
    lab.facts.set(`practitioner/${other.sub}`, {
      treats,
      consents: [{ ...deny, dataClasses: ['PSY'] }],
    });
    expect(await found()).toEqual([[open], 1]);
    expect((await get(`Appointment/${hidden}`, other)).status).toBe(404);
    expect((await get(`Appointment/${open}`, other)).status).toBe(200);
    expect((await get(`Appointment/${hidden}`, ann)).status).toBe(200);
  });
});
