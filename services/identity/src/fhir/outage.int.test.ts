import { expect } from '@jest/globals';
import { routeRequests, sendRouteRequest, testSubject } from '@careplane/kit/testing';
import type { RouteAnswer, RouteRequest, RouteSubject } from '@careplane/kit/testing';
import { survivesOutages } from '@careplane/kit/testing/outages';
import { startAccessGround } from '../../test/access.ts';
import type { AccessGround } from '../../test/access.ts';
import { fhirContents } from '../../test/fhir-contents.ts';
import { ask } from '../../test/persons.ts';
import { definitions } from '../openapi.ts';

/** Who may do it; the rest an administrator. */
const ROLES: Readonly<Record<string, string>> = {
  $everything: 'lab',
  $match: 'frontdesk',
  '$break-glass': 'doctor',
  '$emergency-access': 'compliance',
  '$review-emergency-access': 'compliance',
  '$place-legal-hold': 'compliance',
  '$lift-legal-hold': 'compliance',
};

let ground: AccessGround;

const make = async (token: string, type: string, content: object): Promise<string> => {
  const body = { resourceType: type, ...content };
  const made = await ask(ground.identity, token, `POST ${type}`, { body });
  expect([type, made.status]).toEqual([type, 201]);
  return made.body['id'] as string;
};
const send = (request: RouteRequest): Promise<RouteAnswer> => {
  const { type, action } = request.route;
  const token = type === 'Consent' ? 'patient' : (ROLES[action] ?? 'admin');
  return sendRouteRequest(ground.identity, token, request);
};

/** Of patients that are not there for anything else. */
async function operations(subject: string): Promise<Readonly<Record<string, object[]>>> {
  const asked = { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: '1' }] };
  const both = async (): Promise<object[]> => [
    {
      name: 'source-patient',
      valueReference: { reference: `Patient/${await make('admin', 'Patient', {})}` },
    },
    {
      name: 'target-patient',
      valueReference: { reference: `Patient/${await make('admin', 'Patient', {})}` },
    },
  ];
  const merged = await both();
  const parameters = (parameter: readonly object[]): object => ({ resourceType: 'Parameters', parameter });
  await ask(ground.identity, 'admin', 'POST Patient/$merge', { body: parameters(merged) });
  const reason = [{ name: 'reason', valueString: 'Unconscious, no relatives' }];
  const patient = await make('admin', 'Patient', {});
  const opened = await ask(ground.identity, 'doctor', `POST Patient/${patient}/$break-glass`, {
    body: parameters(reason),
  });
  const [grant] = opened.body['parameter'] as { part: { name: string; valueId?: string }[] }[];
  const id = grant?.part.find(({ name }) => name === 'id')?.valueId;
  return {
    $match: [{ name: 'resource', resource: asked }],
    $merge: await both(),
    $unmerge: merged,
    '$break-glass': reason,
    '$review-emergency-access': [
      { name: 'grant', valueString: id },
      { name: 'outcome', valueCode: 'justified' },
    ],
    ...(await erasing(subject)),
  };
}

/** What each operation about an erasure needs to have an effect. */
async function erasing(patient: string): Promise<Record<string, readonly object[]>> {
  const change = async (of: string, name: string, value: object): Promise<object> => {
    const body = { resourceType: 'Parameters', parameter: [value] };
    const answer = await ask(ground.identity, 'compliance', `POST Patient/${of}/${name}`, { body });
    const [{ part } = { part: [] }] = answer.body['parameter'] as { part: { valueId?: string }[] }[];
    return { valueId: part[0]?.valueId };
  };
  const [because, hold] = [
    { name: 'reason', valueCode: 'unlawful' },
    { name: 'reason', valueCode: 'audit' },
  ];
  const erasure = [{ name: 'erasure', ...(await change(patient, '$erase', because)) }];
  return {
    '$place-legal-hold': [hold],
    '$lift-legal-hold': [{ name: 'hold', ...(await change(patient, '$place-legal-hold', hold)) }],
    // one is asked for already: it is approved, withdrawn, and then another one is asked for
    ...Object.fromEntries(['$approve-erasure', '$withdraw-erasure'].map((name) => [name, erasure])),
    $erase: [because],
  };
}

survivesOutages(
  'identity',
  async () => {
    ground = await startAccessGround();
    ground.subjects['doctor'] = testSubject({ id: 'd', person: { type: 'Practitioner', id: 'd' } });
    const patient = await make('admin', 'Patient', {});
    const person = { type: 'Patient', id: patient } as const;
    ground.subjects['patient'] = testSubject({ id: 'p', role: 'patient', person });
    const subjects: Record<string, RouteSubject> = {};
    for (const [type, content] of Object.entries(fhirContents({ patient, practitioner: 'd' }))) {
      const id = await make(type === 'Consent' ? 'patient' : 'admin', type, content);
      subjects[type] = { id, create: () => content, update: { ...content, language: 'de' } };
    }
    subjects['Patient'] = {
      ...subjects['Patient'],
      operations: await operations(subjects['Patient']?.id ?? ''),
    } as RouteSubject;
    return {
      requests: routeRequests(definitions, subjects),
      send,
      database: ground.mongod,
      stop: () => ground.stop(),
    };
  },
  { atLeast: 51 },
);
