import type { Decision } from '@careplane/access';
import { afterEach, describe, expect, it } from '@jest/globals';
import { appointmentOf, startFhir } from '../../test/fhir-ground.ts';
import type { FhirGround } from '../../test/fhir-ground.ts';
import { Unavailable } from '../http/errors.ts';
import { ALLOW_ALL } from '../testing/index.ts';
import type { ResourcePart } from './resource-part.ts';

const part: ResourcePart = {
  action: 'read',
  serve: async ({ id }) => Promise.resolve({ status: 200, body: { of: id } }),
};

describe('a part of a resource', () => {
  let ground: FhirGround | undefined;
  const start = async (parts: Parameters<typeof startFhir>[0]): Promise<FhirGround> => {
    ground = await startFhir(parts);
    ground.appointments.put(appointmentOf('v', 'p1'));
    return ground;
  };
  afterEach(() => {
    ground?.stop();
    ground = undefined;
  });

  it('is decided about and recorded as the resource itself, and an id that is not there is not found', async () => {
    const { ask, access, audit } = await start({ part });
    expect((await ask('/-/v/part')).body).toEqual({ of: 'v' });
    expect(access.asked).toEqual([
      { action: 'read', type: 'Appointment', attributes: expect.objectContaining({ patient: ['p1'] }) },
    ]);
    expect((await ask('/-/w/part')).status).toBe(404);
    expect(
      audit.entries.map(({ action, outcome, patient, entities }) => [action, outcome, patient, entities]),
    ).toEqual([
      ['read', 'granted', 'p1', [{ type: 'Appointment', id: 'v', version: '1' }]],
      ['read', 'failed', undefined, [{ type: 'Appointment', id: 'w' }]],
    ]);
  });

  it('needs all that it says: what is denied of it is as if it were not there', async () => {
    const decide = (
      _: unknown,
      { action, attributes }: { action: string; attributes?: unknown },
    ): Decision =>
      action === 'update' && attributes !== undefined ? { effect: 'deny', reason: 'not-own' } : ALLOW_ALL;
    const { ask, audit } = await start({ part: { ...part, needs: ['read', 'update'] }, decide });
    expect((await ask('/-/v/part')).status).toBe(404);
    expect(audit.entries).toMatchObject([{ outcome: 'denied', reason: 'not-own', patient: 'p1' }]);
  });

  it('is not shown while that cannot be recorded', async () => {
    const { ask, audit } = await start({ part });
    audit.fails = () => {
      throw new Unavailable(1);
    };
    const { status, body } = await ask('/-/v/part');
    expect([status, body['of']]).toEqual([503, undefined]);
  });
});
