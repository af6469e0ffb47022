import { Discovery } from './discovery.ts';
import { metadataAccept, readWatch } from './encoding.ts';
import { isStatus } from '../errors.ts';
import { FIELD_MANAGER } from '../keys.ts';
import type { AnyObject, KubeObject, ObjectKey, ResourceType } from '../kube.ts';
import { collectionPath, objectPath, query } from './paths.ts';
import type { WatchEvent } from '../cache/watch-event.ts';
import type { Request, Transport, WriteGuard } from './transport.ts';

const METADATA = metadataAccept('PartialObjectMetadata');
const METADATA_LIST = metadataAccept('PartialObjectMetadataList');
const APPLY_PATCH = 'application/apply-patch+yaml';
/** `Warn`, the default, parses each apply twice to find repeated keys. Fields unknown to the schema are refused all the same. */
const NO_SECOND_PARSE = 'Ignore';
const MERGE_PATCH = 'application/merge-patch+json';

export interface Selection {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only metadata, for what would be big or secret. */
  metadataOnly?: boolean | undefined;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt. */
  timeoutMs?: number;
  /** How often it is sent at most. */
  attempts?: number;
  /** Never behind other calls that hang. */
  isVital?: boolean;
}

export interface ListPage {
  objects: KubeObject[];
  resourceVersion: string;
  /** Token of the next page; absent on the last one. */
  continue?: string;
}

export interface WatchOptions extends Selection {
  resourceVersion: string;
  /** The server ends the watch after these seconds. */
  timeoutSeconds: number;
  signal: AbortSignal;
  onEvent(event: WatchEvent): void;
}

export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

/** The API server's verbs, with timeouts; safe calls are retried. Throws ApiError, ApiUnreachable, WriteFenced. */
export class KubeClient {
  readonly #transport: Transport;
  readonly #guard: WriteGuard | undefined;
  readonly discovery: Discovery;

  constructor(transport: Transport, discovery?: Discovery, guard?: WriteGuard) {
    this.#transport = transport;
    this.#guard = guard;
    this.discovery =
      discovery ??
      new Discovery((path) =>
        transport.object({ method: 'GET', path, idempotent: true, verb: 'get', resource: 'discovery' }),
      );
  }

  /** The same client, whose writes are refused when the guard says that the time is over. */
  fenced(guard: WriteGuard): KubeClient {
    return new KubeClient(this.#transport, this.discovery, guard);
  }

  async get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    { metadataOnly, ...options }: CallOptions & { metadataOnly?: boolean } = {},
  ): Promise<T | undefined> {
    const path = objectPath(type, key);
    const accept = metadataOnly === true ? { accept: METADATA } : {};
    const call = { verb: 'get', resource: type.plural, ...accept, ...options };
    try {
      return (await this.#call({ method: 'GET', path, idempotent: true, ...call })) as T;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** A GET of any path, as text: `/openid/v1/jwks`, metrics.k8s.io, the logs of a pod. */
  async getRaw(path: string, options: CallOptions = {}): Promise<string> {
    const call = { verb: 'get', resource: 'raw', accept: 'application/json, */*', ...options };
    const { body } = await this.#transport.answer({ method: 'GET', path, idempotent: true, ...call });
    return body.toString('utf8');
  }

  async listPage(
    type: ResourceType,
    selection: Selection & { limit: number; continue?: string | undefined },
    options: CallOptions = {},
  ): Promise<ListPage> {
    const { namespace, labelSelector, fieldSelector, limit, continue: token } = selection;
    const path =
      collectionPath(type, namespace) + query({ labelSelector, fieldSelector, limit, continue: token });
    const answer = (await this.#call({
      method: 'GET',
      path,
      idempotent: true,
      verb: 'list',
      resource: type.plural,
      ...(selection.metadataOnly === true ? { accept: METADATA_LIST } : {}),
      ...options,
    })) as { items?: KubeObject[] | null; metadata: { resourceVersion: string; continue?: string } };
    const next = answer.metadata.continue;
    return {
      objects: answer.items ?? [],
      resourceVersion: answer.metadata.resourceVersion,
      ...(next === undefined || next === '' ? {} : { continue: next }),
    };
  }

  /** Everything selected, page by page. */
  async list<T extends KubeObject>(
    type: ResourceType<T>,
    selection: Selection = {},
    options: CallOptions = {},
  ): Promise<T[]> {
    const objects: T[] = [];
    let token: string | undefined;
    do {
      const page = await this.listPage(type, { ...selection, limit: 500, continue: token }, options);
      objects.push(...(page.objects as T[]));
      token = page.continue;
    } while (token !== undefined);
    return objects;
  }

  /** Follows changes until the server ends the watch. Throws any other end: ApiError (410: too old), ApiUnreachable, a bad event. */
  async watch(type: ResourceType, options: WatchOptions): Promise<void> {
    const { labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options;
    const selection = { labelSelector, fieldSelector, resourceVersion };
    const path =
      collectionPath(type, options.namespace) +
      query({ watch: true, allowWatchBookmarks: true, ...selection, timeoutSeconds });
    const stream = await this.#transport.stream({
      method: 'GET',
      path,
      idempotent: true,
      verb: 'watch',
      resource: type.plural,
      signal,
      ...(options.metadataOnly === true ? { accept: METADATA } : {}),
    });
    await readWatch(stream, type.plural, (event) => {
      options.onEvent(event);
    });
  }

  /** Server-side apply, by force unless told otherwise (then 409 on a conflict). Returns the object as it is afterwards. */
  async apply(
    object: AnyObject,
    options: CallOptions & { metadataOnly?: boolean; force?: boolean } = {},
  ): Promise<AnyObject> {
    const { metadataOnly, ...call } = options;
    const accept = metadataOnly === true ? { accept: METADATA } : {};
    return (await this.#patch(object, APPLY_PATCH, { ...accept, ...call })) as AnyObject;
  }

  /** Server-side apply of the status subresource. */
  async applyStatus(object: AnyObject, options: CallOptions = {}): Promise<AnyObject> {
    return (await this.#patch(object, APPLY_PATCH, { ...options, subresource: 'status' })) as AnyObject;
  }

  /** JSON merge patch. With `metadata.resourceVersion` in it, 409 when the object changed meanwhile. */
  async mergePatch(
    patch: AnyObject,
    options: CallOptions & { subresource?: string } = {},
  ): Promise<AnyObject> {
    return (await this.#patch(patch, MERGE_PATCH, options)) as AnyObject;
  }

  async create(object: AnyObject, options: CallOptions = {}): Promise<AnyObject> {
    return (await this.#call(await this.#whole('POST', object, {}, options))) as AnyObject;
  }

  /** Replaces an object; its `metadata.resourceVersion` makes that safe to repeat. */
  async update(object: AnyObject, options: CallOptions = {}): Promise<AnyObject> {
    return (await this.#call(await this.#whole('PUT', object, {}, options))) as AnyObject;
  }

  /** What the API server would make of an object; nothing is stored. @throws ApiError what it would say */
  async dryRun(object: AnyObject, options: CallOptions = {}): Promise<AnyObject> {
    const method = object.metadata.resourceVersion === undefined ? 'POST' : 'PUT';
    const request = await this.#whole(method, object, { dryRun: 'All' }, options);
    return (await this.#transport.object({ ...request, idempotent: true })) as AnyObject;
  }

  /** Deletes in the background. False when it was already gone; throws 409 when the preconditions do not hold. */
  async remove(
    type: ResourceType,
    key: ObjectKey,
    options: CallOptions & { preconditions?: Preconditions } = {},
  ): Promise<boolean> {
    const { preconditions, ...call } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(preconditions === undefined ? {} : { preconditions }),
    };
    const request = { verb: 'delete', resource: type.plural, idempotent: true, body, ...call };
    try {
      await this.#call({ method: 'DELETE', path: objectPath(type, key), ...request });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** The request that creates (POST) or replaces (PUT) a whole object. */
  async #whole(
    method: 'POST' | 'PUT',
    object: AnyObject,
    parameters: { dryRun?: 'All' },
    options: CallOptions,
  ): Promise<Request> {
    const type = await this.discovery.typeOf(object);
    const isNew = method === 'POST';
    const path = isNew ? collectionPath(type, object.metadata.namespace) : objectPath(type, object.metadata);
    return {
      method,
      path: path + query({ fieldManager: FIELD_MANAGER, ...parameters }),
      body: object,
      idempotent: !isNew,
      verb: isNew ? 'create' : 'update',
      resource: type.plural,
      ...options,
    };
  }

  async #patch(
    object: AnyObject,
    contentType: string,
    options: CallOptions & { subresource?: string; accept?: string; force?: boolean },
  ): Promise<unknown> {
    const { subresource, force: mayForce = true, ...call } = options;
    const type = await this.discovery.typeOf(object);
    const isApply = contentType === APPLY_PATCH;
    const ofApply = isApply ? { force: mayForce, fieldValidation: NO_SECOND_PARSE } : {};
    return this.#call({
      method: 'PATCH',
      path:
        objectPath(type, object.metadata, subresource) + query({ fieldManager: FIELD_MANAGER, ...ofApply }),
      body: object,
      contentType,
      idempotent: true,
      verb: isApply ? 'apply' : 'patch',
      resource: subresource === undefined ? type.plural : `${type.plural}/${subresource}`,
      ...call,
    });
  }

  #call(request: Request): Promise<unknown> {
    return this.#transport.object(request, this.#guard);
  }
}
