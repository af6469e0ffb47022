import { ALL } from '@careplane/access';
import { route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import type { Apps } from '../apps/apps.ts';
import type { Emergencies } from '../break-glass/emergencies.ts';
import { practitionersByName } from './directory.ts';
import type { Persons } from './persons.ts';

const ids = z.array(z.string().min(1).max(128)).max(200).default([]);

/** Whose names are asked for, and of which patients the emergencies. */
const body = z.object({ practitioners: ids, apps: ids, emergencies: ids });

export interface DirectoryParts {
  readonly persons: Pick<Persons, 'of'>;
  readonly apps: Pick<Apps, 'list'>;
  readonly facts: { readonly emergencies: Pick<Emergencies, 'list'> };
}

/**
 * `POST /internal/directory`, for the audit: who practitioners and apps are, and for what reason records were opened by break-glass. The
 * audit shows it to patients about themselves and to compliance, who may both see it.
 */
export function readDirectory({ persons, apps, facts }: DirectoryParts): RequestHandler {
  return route({ body }, async ({ body: asked }) => {
    const [practitioners, known, opened] = await Promise.all([
      practitionersByName(persons, asked.practitioners),
      asked.apps.length === 0 ? [] : apps.list(),
      Promise.all(asked.emergencies.map((patientId) => facts.emergencies.list(ALL, { patientId }))),
    ]);
    const named = known.filter(({ clientId }) => asked.apps.includes(clientId));
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        practitioners,
        apps: Object.fromEntries(named.map(({ clientId, name }) => [clientId, name])),
        emergencies: opened.flat().map(({ patientId, practitionerId, openedAt, until, reason }) => ({
          patient: patientId,
          practitioner: practitionerId,
          from: openedAt.toISOString(),
          until: until.toISOString(),
          reason,
        })),
      },
    };
  });
}
