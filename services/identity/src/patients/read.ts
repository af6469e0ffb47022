import { currentUser, etagOf, NotFound, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import type { Parts } from '../parts.ts';
import { mayReadPatient } from './access.ts';

/** `GET /v1/patients/:id`: the FHIR Patient, for the patient, practitioners and administrators. */
export function readPatient({ persons }: Parts): RequestHandler {
  return route({ params: z.object({ id: z.uuid() }) }, async ({ params, req }) => {
    mayReadPatient(currentUser(req), params.id);
    const patient = await persons.of('Patient').read(params.id);
    if (!patient) throw new NotFound();
    return {
      status: 200,
      headers: { etag: etagOf(Number(patient.meta.versionId)), 'cache-control': 'private, no-store' },
      body: patient,
    };
  });
}
