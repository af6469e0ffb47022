import { WHEN_RETRIED, WHEN_SETTLED, type WrittenReason } from '../runtime/status/reasons.ts';

export type PodTroubleReason = 'CrashLooping' | 'ImagePullFailed' | 'ContainerNotCreated' | 'Unschedulable';

/** Why a pod does not get ready, without counts or times: each change of the text is a write of the status. */
export interface Trouble {
  reason: PodTroubleReason;
  message: string;
}

/** The reason of a condition for pods that are not even made. */
export function podsRefused(page: string): Record<'PodsRefused', WrittenReason> {
  return {
    PodsRefused: {
      alarming: true,
      needsPerson: WHEN_SETTLED,
      meaning:
        'The API server refuses to make pods: a quota, a LimitRange, a missing priority class, PodSecurity or a webhook; the message has its words.',
      remedy:
        'Raise the quota, make the priority class, or mend what the message names; it is tried again by itself.',
      page,
    },
  };
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
