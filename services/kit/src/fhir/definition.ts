import type { Action, Attributes, Constraint, Decision, Outline, Purpose, Subject } from '@careplane/access';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Reply } from '../http/route.ts';
import type { Transaction } from '../mongo/transaction.ts';
import type { ExportSource } from './bulk-export/part.ts';
import type { Resource, Stored } from './resource.ts';
import type { SearchFilter, SearchPage, SearchParameter, SearchQuery } from './search.ts';

/** Who asks, and what was decided. Stores get it; only the router makes it. */
export interface Interaction {
  readonly subject: Subject;
  readonly purpose: Purpose;
  /** About what is asked for. While a resource is only loaded, to be decided about, nothing is within its constraint. */
  readonly decision: Extract<Decision, { effect: 'allow' }>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** For headers only; its body is not checked. */
  readonly req: Request;
  /** Where a write says what it does. */
  readonly audit: InteractionAudit;
}

/** What a store says to the audit; see `audited`. Reads have nothing to say: what they show goes through the gate. */
export interface InteractionAudit {
  /**
   * Adds the entry of a write to the write's own transaction, as the last thing in it: with the resource as it was written, or of a
   * delete as it was. The router refuses to answer a create, an update, a delete or an operation that `affectsState` without it.
   */
  written(tx: Transaction, resource: Resource): Promise<void>;
}

/**
 * Where resources of one type are kept. An operation that is absent is not served (405) and not in the CapabilityStatement.
 * The router decides about access: of a single resource with what was read, before it is shown or changed; of a search a store adds
 * `query.constraint` to every query it makes, and the router decides again about each resource that was found.
 */
export interface ResourceStore<R extends Stored> {
  /** @throws Gone when it was deleted or its patient was erased */
  read?(id: string, interaction: Interaction): Promise<R | undefined>;
  /** @throws Gone for the version that says that it was deleted, and when its patient was erased */
  vread?(id: string, versionId: string, interaction: Interaction): Promise<R | undefined>;
  /** The versions of one resource, the newest first. @throws Gone when its patient was erased */
  history?(id: string, interaction: Interaction): Promise<readonly (R | Deletion)[]>;
  search?(query: SearchQuery, interaction: Interaction): Promise<SearchPage<R>>;
  /**
   * Stores a new resource, whose id and version it makes.
   * @throws PreconditionFailed when several resources match `ifNoneExist`
   */
  create?(resource: Resource, interaction: Interaction, options: CreateOptions): Promise<Created<R>>;
  /** Replaces a version. @throws PreconditionFailed when `ifMatch` is not the present version */
  update?(
    id: string,
    resource: Resource,
    interaction: Interaction,
    options: { readonly ifMatch?: string },
  ): Promise<R>;
  /** @throws PreconditionFailed; Gone when it was deleted before */
  delete?(id: string, interaction: Interaction, options: { readonly ifMatch?: string }): Promise<void>;
}

/**
 * What a store does within a transaction that is not its own: of a Bundle. The caller has decided about access, and tells the audit.
 * `SealedStore` is one.
 */
export interface TransactionalStore {
  /**
   * Does what must be done before a transaction, once for each resource: asks whether the patient is there, takes contents. References
   * to what the same Bundle makes are put into `resource` afterwards. @throws HttpProblem
   */
  draft(resource: Resource, interaction: Interaction): Promise<Drafted>;
  /** The one match of a conditional create. @throws PreconditionFailed when there are several */
  match(tx: Transaction, options: CreateOptions): Promise<Stored | undefined>;
  insert(tx: Transaction, draft: Drafted, id: string): Promise<Stored>;
  /** @throws NotFound, PreconditionFailed */
  replace(
    tx: Transaction,
    change: { readonly id: string; readonly resource: Resource; readonly ifMatch?: string },
    interaction: Interaction,
  ): Promise<Stored>;
}

/** A resource that may be stored, with what its store has found out about it. */
export interface Drafted {
  readonly resource: Resource;
}

/** The version that says that a resource was deleted. */
export interface Deletion extends Pick<Stored, 'id' | 'meta'> {
  readonly deleted: true;
  /** What decisions look at, as it was. */
  readonly attributes: Attributes;
}

/** Of a conditional create: the one match is answered instead of making a second. */
export interface CreateOptions {
  readonly ifNoneExist?: readonly SearchFilter[];
  /** Which resources may match: those that the caller finds by a search. */
  readonly matchWithin?: Constraint;
}

export interface Created<R> {
  readonly resource: R;
  readonly created: boolean;
  /** The same `Idempotency-Key` was used before: this is what was made then. */
  readonly replayed?: boolean;
}

/** An operation such as `$match` (hl7.org/fhir/R4/operations.html). */
export interface OperationDefinition {
  /** With its dollar sign. */
  readonly name: `$${string}`;
  readonly level: 'type' | 'instance';
  readonly documentation: string;
  /** GET is allowed only for what changes nothing. */
  readonly methods: readonly ('GET' | 'POST')[];
  /** Whether it changes something: then it must have said so to the audit (`Interaction.audit`). Default false. */
  readonly affectsState?: boolean;
  /** Schema of the body (Parameters, or a resource); absent: none. */
  readonly body?: z.ZodType;
  /**
   * Of an operation without `attributes`: its `run` decides about each resource that it shows. The decision that it gets is then the
   * outline: consents may take more away.
   */
  readonly decidesEach?: boolean;
  /** What the operation looks at: for an instance operation, the attributes of the one that is named. */
  attributes?(id: string, body: unknown, interaction: Interaction): Promise<Attributes | undefined>;
  run(
    input: { id?: string; body: unknown; query: URLSearchParams },
    interaction: Interaction,
  ): Promise<Reply>;
}

/** A type whose resources are bytes, as those of Binary are (hl7.org/fhir/R4/binary.html): they stream, and no `Reply` holds them. */
export interface NativeContent {
  /** What the headers of a create say of the bytes that follow; undefined when its body is FHIR JSON. @throws Invalid */
  announced(req: Request): Resource | undefined;
  /** Answers a read whose access was decided and recorded: the bytes by themselves, or within the resource as FHIR JSON. */
  send(stored: Stored, req: Request, res: Response, form: 'native' | 'resource'): Promise<void>;
}

/** All that the kit needs to serve a resource type: routes, checks, CapabilityStatement, OpenAPI, access matrix. */
export interface ResourceDefinition<R extends Stored = Stored> {
  readonly type: string;
  /** One or two sentences for the CapabilityStatement and the reference page. */
  readonly documentation: string;
  /** What a client may send. Within R4 it keeps what was sent; what FHIR or safety refuses is refused with its path. */
  readonly schema: z.ZodType<Resource>;
  /** What decisions look at. */
  attributes(resource: Resource): Attributes;
  /** The type by whose rules and scopes is decided. Default its own. */
  readonly judgedAs?: string;
  /** Absent: resources are FHIR JSON. */
  readonly native?: NativeContent;
  readonly searchParameters: Readonly<Record<string, SearchParameter>>;
  /** Search parameters that may be used in `_include`, as `Appointment:patient`, and in `_revinclude`. */
  readonly includes?: readonly string[];
  /** Whether an update must say `If-Match`. Default true. */
  readonly requiresIfMatch?: boolean;
  /** Whether `_id` and `_lastUpdated` search it. Default true. */
  readonly servesCommonParameters?: boolean;
  /** Elements that the store fills in where an update leaves them out: such an update that is repeated is done. */
  readonly filledElements?: readonly string[];
  readonly operations?: readonly OperationDefinition[];
  readonly store: ResourceStore<R>;
  /** Whether its store keeps resources as JSON text, and so the precision of decimals. Default false: they are JavaScript numbers. */
  readonly keepsDecimals?: boolean;
  /** Its part in transaction Bundles; absent: it has none. */
  readonly transactional?: TransactionalStore;
  /** The search parameter of the time of care, which `start` and `end` of `$everything` narrow; absent: it has none. */
  readonly careDate?: string;
  /** Divides its resources into the files of a bulk export; absent: it is not exported. */
  readonly exports?: ExportSource;
}

/** Whom a search names, by their ids: all that it finds is about these. Absent: it may be about any. */
export interface Named {
  readonly patients?: readonly string[];
  readonly practitioners?: readonly string[];
}

export interface DecisionOptions {
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
}

/** How the router asks for a decision; implemented over `decide` and the facts of the subject. All but `preview` say when a token has ended. */
export interface AccessPort {
  /** The verified subject of a request. @throws Unauthorized */
  subjectOf(req: Request): Subject;
  /** What is denied whatever is asked for: by role, scopes or purpose. It asks nobody; what it allows is not yet allowed. */
  preview(
    subject: Subject,
    action: Action,
    type: string,
    options: Pick<DecisionOptions, 'purpose'>,
  ): Decision;
  /**
   * Decides about resources by the facts of their patients, for each in order; with none it tells only whether the token is good.
   * @param options.named whom `outline` was asked about: then no more is asked for
   */
  decide(
    subject: Subject,
    action: Action,
    target: { readonly type: string; readonly resources: readonly Attributes[] },
    options: DecisionOptions & { readonly named?: Named },
  ): Promise<readonly Decision[]>;
  /** Decides about all of a type, by everything that is known of the subject: for who has few relations. */
  decideAll(subject: Subject, action: Action, type: string, options: DecisionOptions): Promise<Decision>;
  /**
   * What may be searched. Exact: it is decided. Else its constraint leaves in what consents may take away: each resource must be decided
   * for itself.
   */
  outline(
    subject: Subject,
    action: Action,
    type: string,
    options: DecisionOptions & { readonly named?: Named },
  ): Promise<Outline>;
}

/** The type by whose rules access to a resource is decided. */
export function judgedType({ type, judgedAs = type }: Pick<ResourceDefinition, 'type' | 'judgedAs'>): string {
  return judgedAs;
}
