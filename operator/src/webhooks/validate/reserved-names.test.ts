import { describe, expect, it } from '@jest/globals';
import { aService } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { brief } from '../fixtures/other-objects.ts';
import { reservedNames } from './reserved-names.ts';

describe('reservedNames', () => {
  it("refuses the name of the namespace's own ServiceAccount", () => {
    expect(brief(reservedNames(aService('default')))).toEqual(['refuse metadata.name']);
  });

  it("refuses the API server's Service, where it is", () => {
    const service = aService('kubernetes');
    expect(reservedNames(service)).toEqual([]);
    const there = { ...service, metadata: { ...service.metadata, namespace: 'default' } };
    expect(brief(reservedNames(there))).toEqual(['refuse metadata.name']);
  });
});
