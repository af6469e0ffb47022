import { ApiError } from '../errors.ts';

/** Fields that another field manager holds with another value. */
export interface FieldConflict {
  /** As the API server names it; with its subresource where it wrote through one (`kube-controller-manager/scale`). */
  manager: string;
  /** Paths as the API server writes them: `.spec.replicas`. */
  fields: string[];
}

/** Fields named for each manager; whoever wants all asks for the object's managedFields. */
const FIELDS_NAMED = 5;
const CONFLICT = /^conflict with (?<manager>"(?:[^"\\]|\\.)*")(?: with subresource "(?<subresource>[^"]*)")?/;

/** Who holds which field, when the error is a refused server-side apply without force; `undefined` for all other errors. */
export function fieldConflictsOf(error: unknown): FieldConflict[] | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  const causes = error.causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  if (causes.length === 0) return undefined;
  const byManager = Map.groupBy(causes, ({ message }) => managerOf(message));
  return [...byManager].map(([manager, held]) => ({
    manager,
    fields: held.map(({ field }) => field).sort(),
  }));
}

/** `.data.a, .data.b by "kubectl-edit"` */
export function describeConflicts(conflicts: readonly FieldConflict[]): string {
  return conflicts.map(({ manager, fields }) => `${namedFields(fields)} by ${manager}`).join('; ');
}

function namedFields(fields: readonly string[]): string {
  const named = fields.slice(0, FIELDS_NAMED).join(', ');
  const more = fields.length - FIELDS_NAMED;
  return more > 0 ? `${named} and ${more} more` : named;
}

function managerOf(message: string): string {
  const { manager, subresource } = CONFLICT.exec(message)?.groups ?? {};
  if (manager === undefined) return message;
  const name = JSON.parse(manager) as string;
  return subresource === undefined ? name : `${name}/${subresource}`;
}
