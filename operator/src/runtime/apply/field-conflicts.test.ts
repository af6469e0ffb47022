import { describe, expect, it } from '@jest/globals';
import { ApiError, ApiUnreachable, type Cause } from '../errors.ts';
import { describeConflicts, fieldConflictsOf } from './field-conflicts.ts';

const refusal = (status: number, causes: Cause[]): ApiError =>
  new ApiError({ status, reason: 'Conflict', message: 'm', path: 'p', causes });
const cause = (message: string, field: string): Cause => ({ reason: 'FieldManagerConflict', message, field });

describe('the conflicts of a refused apply', () => {
  it('are grouped by manager, with the subresource that it wrote through', () => {
    const error = refusal(409, [
      cause('conflict with "kubectl-edit" using v1', '.data.b'),
      cause(
        'conflict with "kube-controller-manager" with subresource "scale" using apps/v1',
        '.spec.replicas',
      ),
      cause('conflict with "kubectl-edit" using v1 at 2026-01-01T00:00:00Z', '.data.a'),
      cause('conflict with "a \\"quoted\\" one" using v1', '.data.c'),
    ]);
    expect(fieldConflictsOf(error)).toEqual([
      { manager: 'kubectl-edit', fields: ['.data.a', '.data.b'] },
      { manager: 'kube-controller-manager/scale', fields: ['.spec.replicas'] },
      { manager: 'a "quoted" one', fields: ['.data.c'] },
    ]);
  });

  it.each<[string, unknown]>([
    ['another conflict', refusal(409, [{ reason: 'Other', message: 'm', field: '' }])],
    ['another refusal', refusal(422, [cause('conflict with "a"', '.b')])],
    ['no answer', new ApiUnreachable('p', new Error('e'))],
  ])('are not seen in %s', (_what, error) => {
    expect(fieldConflictsOf(error)).toBeUndefined();
  });

  it('are named up to a bound', () => {
    const fields = Array.from({ length: 40 }, (_, index) => `.data.f${index}`);
    expect(describeConflicts([{ manager: 'x', fields }])).toBe(
      '.data.f0, .data.f1, .data.f2, .data.f3, .data.f4 and 35 more by x',
    );
  });
});
