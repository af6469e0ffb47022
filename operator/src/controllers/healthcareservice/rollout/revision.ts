import { hash } from 'node:crypto';
import { LABEL } from '../../../api/group.ts';
import { canonicalJson } from '../../../runtime/apply/digest.ts';
import type { Child, ControllerRevision, Deployment, PodTemplate } from '../../../k8s/types.ts';
import { revisionName } from '../../../names/service-names.ts';

/** One content of a service's pods; equal contents are one revision. Text and template are made of each other lazily. */
export class Revision {
  /** Names the revision: in the label of its pods, in `status.revision`, in the annotation `careplane.dev/rollback-to`. */
  readonly hash: string;
  #text: string | undefined;
  #template: PodTemplate | undefined;

  constructor(hash: string, content: { text: string } | { template: PodTemplate }) {
    this.hash = hash;
    if ('text' in content) this.#text = content.text;
    else this.#template = content.template;
  }

  /** The template as canonical JSON. */
  get text(): string {
    return (this.#text ??= canonicalJson(this.#template));
  }

  /** The pods, labelled with the hash. */
  get template(): PodTemplate {
    return (this.#template ??= JSON.parse(this.text) as PodTemplate);
  }
}

/** What a ControllerRevision of ours holds: canonical JSON, one string, so that it comes back exactly as it was written. */
interface Data {
  template: string;
}

/** 40 bits tell ten revisions of one service apart, and are short enough to be typed. */
const HASH_DIGITS = 10;

/** The revision with this content: the hash is made of it, and its pods are labelled with the hash. */
export function revisionOf(content: PodTemplate): Revision {
  const digits = hash('sha256', canonicalJson(content), 'hex').slice(0, HASH_DIGITS);
  return new Revision(digits, { template: labelled(content, digits) });
}

/** Whether the text can be the hash of a revision. */
export function isRevisionHash(text: string): boolean {
  return new RegExp(`^[0-9a-f]{${String(HASH_DIGITS)}}$`).test(text);
}

/**
 * The ControllerRevision that keeps a revision. Its data is immutable; `number` says how new it is.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
 */
export function controllerRevision(service: string, revision: Revision, number: number): Child {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: revisionName(service, revision.hash), labels: { [LABEL.revision]: revision.hash } },
    revision: number,
    data: { template: revision.text } satisfies Data,
  };
}

/** The revision that a ControllerRevision keeps; `undefined` when it is none of ours. */
export function keptRevision({ metadata, data }: ControllerRevision): Revision | undefined {
  const kept = metadata.labels?.[LABEL.revision];
  const text = data?.['template'];
  return kept === undefined || typeof text !== 'string' ? undefined : new Revision(kept, { text });
}

/** The revision that a Deployment has; `undefined` when there is none, or it was made before there were revisions. */
export function currentRevision(seen: Deployment | undefined): string | undefined {
  return seen?.spec?.template?.metadata.labels?.[LABEL.revision];
}

function labelled({ metadata, ...rest }: PodTemplate, digits: string): PodTemplate {
  return { ...rest, metadata: { ...metadata, labels: { ...metadata.labels, [LABEL.revision]: digits } } };
}
