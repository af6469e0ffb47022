import { no, yes, type ConditionEntry, type EventEntry } from './entry.ts';

const RUNBOOKS = 'docs/operations/runbooks';

/** What the machinery says of objects of whatever kind. */
export const machineryConditions: readonly ConditionEntry[] = [
  {
    type: 'Ready',
    kinds: ['every kind'],
    means:
      'Sums the others up: True when all that count are. Otherwise its reason and message are those of the first that is not.',
    reasons: {
      Ready: yes('Everything is as declared.'),
      ReconcileFailed: no(
        'The operator failed several times in a row to bring the object in line; the message has the error. It goes on trying.',
        'Read the message; when it says that something is forbidden or unreachable, mend that. The operator tries again within a minute.',
        `${RUNBOOKS}/CareplaneReconcileErrors.md`,
      ),
    },
  },
  {
    type: 'NamesFree',
    kinds: ['every kind'],
    means:
      'Shown only while it is False: the names of the children that the object makes belong to nobody else.',
    reasons: {
      NameReserved: no(
        'Kubernetes itself has what a HealthcareService of that name would make: the ServiceAccount `default` of every pod that names none, or the Service of the API server. Nothing is made.',
        'Delete it and make it under another name.',
        'docs/concepts/admission.md',
      ),
      NameTaken: no(
        'Another object controls a child of that type and name, or somebody else made it and holds fields of it; it is not taken from them.',
        'Delete one of the two, or make it under another name. The message names both. What nobody controls can be given away: annotate it `careplane.dev/adopt=true`. It is tried again within a minute.',
        'docs/concepts/admission.md',
      ),
    },
  },
  {
    type: 'ChildrenInSync',
    kinds: ['every kind'],
    informs: true,
    means: 'Shown only while it is False: every child is as the operator applied it.',
    reasons: {
      DriftWar: no(
        'Somebody else changes a child again and again. It is put right at most every few minutes, so that the two do not load the API server.',
        'The message names the field manager and the fields: stop that writer, or pause the object with `careplane.dev/paused=true`.',
        `${RUNBOOKS}/CareplaneDriftRepeated.md`,
      ),
    },
  },
  {
    type: 'Paused',
    kinds: ['every kind'],
    informs: true,
    means:
      'The annotation `careplane.dev/paused: "true"` keeps the operator from writing anything for the object.',
    reasons: {
      Paused: yes('The object is looked at and nothing of it is written. Remove the annotation to go on.'),
    },
  },
];

export const machineryEvents: readonly EventEntry[] = [
  {
    reason: 'DriftCorrected',
    kinds: ['every kind'],
    means: 'Somebody else changed or deleted a child, and the operator put it back.',
    todo: 'Change the owner instead of the child; when it comes again and again, find out who writes.',
    page: `${RUNBOOKS}/CareplaneDriftRepeated.md`,
  },
  {
    reason: 'FieldConflict',
    kinds: ['every kind'],
    means: 'The operator took over fields of a child that another field manager had set to something else.',
    todo: 'Let one of the two alone write those fields; the message names both.',
  },
  {
    reason: 'DriftWar',
    kinds: ['every kind'],
    means: 'Somebody else changes a child again and again: see the condition ChildrenInSync.',
    page: `${RUNBOOKS}/CareplaneDriftRepeated.md`,
  },
  {
    reason: 'DefinitionGoing',
    kinds: ['every kind'],
    means:
      'The CustomResourceDefinition is being deleted. Everything made from its objects is left as it is.',
    todo: 'If it is not meant, save the objects (`kubectl get careplane -A -o yaml`) and install the definition again.',
    page: 'docs/operations/uninstall.md',
  },
];
