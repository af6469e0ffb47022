import { WHEN_RETRIED, type WrittenReason } from '../runtime/status/reasons.ts';

export type PodTroubleReason = 'CrashLooping' | 'ImagePullFailed' | 'ContainerNotCreated' | 'Unschedulable';

/** Why a pod does not get ready, without counts or times: each change of the text is a write of the status. */
export interface Trouble {
  reason: PodTroubleReason;
  message: string;
}

/** The reasons of a condition that depends on pods; `page` is the runbook for those pods. */
export function podTroubles(page: string): Readonly<Record<PodTroubleReason, WrittenReason>> {
  const trouble = { alarming: true, needsPerson: WHEN_RETRIED, page } as const;
  return {
    CrashLooping: {
      ...trouble,
      meaning: 'A container ends again and again; the message has its exit code.',
      remedy:
        'Read its log (of a service: `careplane logs <service> --level error`); mend the configuration, or go back to the former image.',
    },
    ImagePullFailed: {
      ...trouble,
      meaning:
        'The image cannot be pulled: its name, its tag or the rights to it are wrong, or the registry is down.',
      remedy: "Compare the image's name with what the registry has, and look at the events of the pod.",
    },
    ContainerNotCreated: {
      ...trouble,
      meaning:
        'The container runtime cannot make the container, mostly since a Secret or ConfigMap lacks a key.',
      remedy: 'Look at the events of the pod with `kubectl describe`.',
    },
    Unschedulable: {
      ...trouble,
      meaning: 'No node has room for the pod, none fits, or its volume cannot be attached.',
      remedy: 'Lower `spec.resources.requests`, or add nodes.',
    },
  };
}
