import type { Observed } from '@careplane/operator/controllers/healthcareservice/plan';
import { SECRETS_ANNOTATION } from '@careplane/operator/controllers/healthcareservice/workload/pod-template';
import { FINGERPRINT_SECRET } from '@careplane/operator/controllers/healthcareservice/bindings/secret-fingerprint';
import { Authorities } from '@careplane/operator/pki/authority';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { isStatus } from '@careplane/operator/runtime/errors';
import type { KubeObject, ObjectKey, ResourceType } from '@careplane/operator/runtime/kube';
import { objectId } from './snapshot.ts';

/** Shown in place of what may not be read. */
export const NOT_KNOWN = '(not known)';

const SECRET = { apiVersion: 'v1', kind: 'Secret' };

/**
 * Live reads with the user's own rights. What only the operator has to be able to read (its own namespace) may be refused: the plan goes on without them, and `notes` says what it cannot know.
 */
export class PermittedReads {
  readonly notes = new Set<string>();
  readonly #client: KubeClient;
  readonly #operatorNamespace: string;
  readonly #hidden = new Set<string>();

  constructor(client: KubeClient, operatorNamespace: string) {
    this.#client = client;
    this.#operatorNamespace = operatorNamespace;
  }

  /** `undefined` also for what may not be read in the operator's namespace. */
  async get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined> {
    try {
      return await this.#client.get(type, key);
    } catch (error) {
      if (!isStatus(error, 403) || key.namespace !== this.#operatorNamespace) throw error;
      this.#hidden.add(objectId(type, key));
      this.notes.add(
        `the operator's keys in ${this.#operatorNamespace} may not be read: changes of the contents of Secrets, and renewals of certificates, are not in the plan`,
      );
      return undefined;
    }
  }

  /** Whether a read was refused: the object may or may not exist. */
  isHidden(id: string): boolean {
    return this.#hidden.has(id);
  }

  /** Where the key of the fingerprints is hidden, the contents of a service's Secrets count as those that its pods have. */
  withKnownFingerprint(observed: unknown): unknown {
    const { secrets, running } = observed as Observed;
    const key = { namespace: this.#operatorNamespace, name: FINGERPRINT_SECRET };
    const isHidden = this.isHidden(objectId(SECRET, key));
    if (!isHidden || secrets.mounted.length === 0 || secrets.fingerprint !== undefined) return observed;
    const known = running.deployment?.spec?.template?.metadata.annotations?.[SECRETS_ANNOTATION];
    return { ...(observed as Observed), secrets: { ...secrets, fingerprint: known ?? NOT_KNOWN } };
  }
}

/** Whether this is where the operator keeps the authority of a namespace. */
export function isAuthority({ kind }: Pick<ResourceType, 'kind'>, { name }: ObjectKey): boolean {
  return kind === 'Secret' && name.startsWith(Authorities.secretName(''));
}

/** An authority that signs nothing: with it a certificate stays as it is, where one that is made up would replace it. */
export function unreadableAuthority(key: ObjectKey): KubeObject {
  return { ...SECRET, metadata: { ...key } };
}
