import type { EventNote } from '../controller.ts';
import { eventType } from '../status/reasons.ts';

export const NamespaceForbidden = eventType({
  type: 'Warning',
  reason: 'NamespaceForbidden',
  meaning:
    'The operator may not read a namespace that it is told to watch: the namespace was deleted, or its RoleBinding. Nothing is done there.',
  remedy:
    'Take the namespace out of `watchNamespaces`, or make it and run `helm upgrade`, which makes the RoleBinding. The operator goes on by itself.',
  page: 'docs/operations/runbooks/CareplaneNamespaceForbidden.md',
});

export function namespaceNote(namespace: string): EventNote {
  return NamespaceForbidden.note(
    `namespace ${namespace} may not be read and is left alone: it is gone, or its RoleBinding is; it is taken up again when it can be read`,
  );
}
