import type { EventNote } from '../controller.ts';
import type { ResourceType } from '../kube.ts';
import { eventType } from '../status/reasons.ts';
import type { DefinitionState } from './definitions.ts';

export const DefinitionGoing = eventType({
  type: 'Warning',
  reason: 'DefinitionGoing',
  meaning:
    'The CustomResourceDefinition is being deleted. Everything made from its objects is left as it is.',
  remedy:
    'If it is not meant, save the objects (`kubectl get careplane -A -o yaml`) and install the definition again.',
  page: 'docs/operations/uninstall.md',
});

export function definitionNote({ kind, plural }: ResourceType, state: DefinitionState): EventNote {
  return DefinitionGoing.note(
    `the definition of ${plural} is ${state}: every ${kind} is left alone; restore the definition and apply the objects again`,
  );
}
