import { describe, expect, it } from '@jest/globals';
import { CallFailed } from '../auth/internal-client.ts';
import type { InternalClient } from '../auth/internal-client.ts';
import { identityPersons } from './identity-persons.ts';

const { signal } = new AbortController();

/** Persons over an identity that gives these answers, one after the other: a body, or a status. */
function personsOf(...answers: (object | number)[]): { exists: () => Promise<boolean>; asked: string[] } {
  const asked: string[] = [];
  const identity: Pick<InternalClient, 'getJson'> = {
    getJson: (path, schema) => {
      asked.push(path);
      const answer = answers.shift();
      return typeof answer === 'number'
        ? Promise.reject(new CallFailed('identity', answer))
        : Promise.resolve(schema.parse(answer) as never);
    },
  };
  const persons = identityPersons(identity);
  return { exists: () => persons.exists('Patient', 'a/b', signal), asked };
}

describe('whether a reference names anybody', () => {
  it('is asked of identity once for whom it knows', async () => {
    const { exists, asked } = personsOf({ active: true });
    expect([await exists(), await exists()]).toEqual([true, true]);
    expect(asked).toEqual(['/internal/persons/Patient/a%2Fb']);
  });

  it('is asked again about whom it does not know, or who is not active', async () => {
    const { exists } = personsOf(404, { active: false }, { active: true });
    expect([await exists(), await exists(), await exists()]).toEqual([false, false, true]);
  });

  it('is not known while identity is away', async () => {
    await expect(personsOf(0).exists()).rejects.toMatchObject({ name: 'Unavailable', status: 503 });
  });
});
