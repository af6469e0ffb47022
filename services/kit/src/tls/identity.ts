import { X509Certificate } from 'node:crypto';
import type { Binding, BindingType } from '../bindings.ts';
import { followBinding } from '../binding-follow.ts';
import type { BindingOwner } from '../binding-follow.ts';
import { describeError } from '../observe/describe-error.ts';
import { checkCredentials } from './credentials.ts';
import type { Credentials, Pair } from './credentials.ts';
import { spiffeIdIn } from './peer.ts';

/** Who a service is to other services, and who may call it: as its binding `internal` has it now. */
export interface Identity {
  /** For new connections; undefined where no certificate is mounted, as on a developer's machine. */
  credentials(): Credentials | undefined;
  /** The certificate for clients outside the cluster; undefined while none is mounted. */
  publicPair(): Pair | undefined;
  /**
   * Whether the SPIFFE ID is that of a service with a `calls` edge to this port (`http`, or an extra port's name), or its
   * own: who has the key of the service's certificate is the service.
   */
  mayCall(id: string, port: string): boolean;
  /** Calls back after each change of a certificate. */
  onChange(changed: () => void): void;
}

type Internal = Binding<'careplane-internal'>;
type Public = Binding<'careplane-public'>;

/** Reads the certificates and follows them. @throws UnusableCertificate, BindingError when the first ones cannot be used */
export function createIdentity(owner: BindingOwner): Identity {
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const internal = owner.bindings.has('careplane-internal')
    ? followed(owner, 'careplane-internal', { first: readFirst(owner), check: checkInternal, changed })
    : undefined;
  const outside = owner.bindings.has('careplane-public')
    ? followed(owner, 'careplane-public', { first: readPublic(owner), check: checkPublic, changed })
    : undefined;
  return {
    credentials: () => credentialsIn(internal?.()),
    publicPair: () => pairIn(outside?.()),
    mayCall(id, port): boolean {
      const binding = internal?.();
      if (binding === undefined) return false;
      return id === ownId(binding) || (binding['callers.json'][port]?.includes(id) ?? false);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

interface Following<T extends BindingType> {
  readonly first: Binding<T> | undefined;
  /** Throws what is not usable. */
  readonly check: (binding: Binding<T>) => void;
  readonly changed: () => void;
}

/** The content in use. What comes first later than the service, because it was not usable, is taken up, too. */
function followed<T extends 'careplane-internal' | 'careplane-public'>(
  owner: BindingOwner,
  type: T,
  { first, check, changed }: Following<T>,
): () => Binding<T> | undefined {
  let inUse = first;
  followBinding(owner, {
    type,
    inUse: () => inUse ?? ({} as Binding<T>),
    adopt(binding): Promise<void> {
      check(binding);
      inUse = binding;
      changed();
      return Promise.resolve();
    },
  });
  return () => inUse;
}

function readFirst({ bindings }: BindingOwner): Internal {
  const binding = bindings.read('careplane-internal');
  checkInternal(binding);
  return binding;
}

/** cert-manager may be late: the certificate that the service has anyway is shown meanwhile. */
function readPublic({ bindings, logger }: BindingOwner): Public | undefined {
  try {
    const binding = bindings.read('careplane-public');
    checkPublic(binding);
    return binding;
  } catch (error) {
    logger.warn('the public certificate cannot be used: the own one is shown', describeError(error));
    return undefined;
  }
}

function checkInternal(binding: Internal): void {
  const credentials = credentialsIn(binding);
  if (credentials !== undefined) checkCredentials(credentials);
}

function checkPublic(binding: Public): void {
  const pair = pairIn(binding);
  if (pair !== undefined) checkCredentials(pair);
}

const ownIds = new WeakMap<Internal, { readonly id: string | undefined }>();

/** The SPIFFE ID in the service's own certificate. */
function ownId(binding: Internal): string | undefined {
  const before = ownIds.get(binding);
  if (before !== undefined) return before.id;
  const certificate = credentialsIn(binding)?.certificate;
  const id = certificate === undefined ? undefined : spiffeIdIn(new X509Certificate(certificate));
  ownIds.set(binding, { id });
  return id;
}

const known = new WeakMap<Internal, Credentials>();

/** The same object for the same content, so that a change is told by comparing. */
function credentialsIn(binding: Internal | undefined): Credentials | undefined {
  if (binding === undefined) return undefined;
  const before = known.get(binding);
  if (before !== undefined) return before;
  const credentials = {
    certificate: binding['tls.crt'],
    key: binding['tls.key'],
    authorities: binding['ca.crt'],
  };
  known.set(binding, credentials);
  return credentials;
}

function pairIn(binding: Public | undefined): Pair | undefined {
  return binding === undefined ? undefined : { certificate: binding['tls.crt'], key: binding['tls.key'] };
}
