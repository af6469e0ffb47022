export { Router } from 'express';
export type { Request, RequestHandler, Response } from 'express';

export { connectAmqp } from './amqp/amqp.ts';
export type { Amqp } from './amqp/amqp.ts';
export type { Consumer } from './amqp/consumer.ts';
export { AmqpUnavailableError, NotConfirmedError, Poison, UnroutableError } from './amqp/errors.ts';
export type { Outgoing } from './amqp/publisher.ts';
export { accessPort } from './auth/access-port.ts';
export type { AccessPortOptions } from './auth/access-port.ts';
export { audienceOf } from './auth/access-token.ts';
export type { Issuer } from './auth/access-token.ts';
export { RESOURCE_METADATA_PATH } from './auth/bearer.ts';
export { currentSubject, currentUser, currentUserOrNone, ROLES } from './auth/current-user.ts';
export type { Caller, Role, User } from './auth/current-user.ts';
export { recentFacts, remoteFacts } from './auth/facts.ts';
export type { FactsOf } from './auth/facts.ts';
export { FACTS_PATH, factsAnswers, factsQuestions, factsSchema, MOST_PATIENTS } from './auth/facts-schema.ts';
export type { TokenFacts } from './auth/facts-schema.ts';
export { CallFailed, createInternalClient } from './auth/internal-client.ts';
export type { CallOptions, InternalClient } from './auth/internal-client.ts';
export { createInternalRouter } from './auth/internal-routes.ts';
export type { InternalRoute } from './auth/internal-routes.ts';
export { bearerToken } from './auth/bearer.ts';
export { createServiceAuth } from './auth/service-auth.ts';
export type { ServiceAuth } from './auth/service-auth.ts';
export { remoteKeys } from './auth/remote-keys.ts';
export { remoteUserAuth } from './auth/remote-provider.ts';
export { createUserAuth } from './auth/user-auth.ts';
export type { UserAuth, UserAuthOptions } from './auth/user-auth.ts';
export { BindingError, bindingsAt } from './bindings.ts';
export type { Binding, Bindings, BindingType } from './bindings.ts';
export { callsFrom } from './calls.ts';
export type { Calls } from './calls.ts';
export {
  ConfigError,
  encryption,
  flowLimits,
  milliseconds,
  platformConfig,
  port,
  readConfig,
  redactConfig,
} from './config.ts';
export type { PlatformConfig } from './config.ts';
export type { ServiceContext } from './context.ts';
export * from './erasure/index.ts';
export { consumeEvents } from './events/consume.ts';
export type { ConsumeOptions, DeliveryInfo, EventHandler, EventHandlers } from './events/consume.ts';
export { CLOUDEVENTS_JSON, newEvent, parseEvent } from './events/envelope.ts';
export type { CloudEvent, EventContent, ParsedEvent } from './events/envelope.ts';
export { publishEvent } from './events/publish.ts';
export { EVENTS, isEventType } from './events/registry.ts';
export type { EventData, EventType } from './events/registry.ts';
export type { CheckKind, Health } from './health.ts';
export { begun } from './http/begun.ts';
export { bodies, bodyBytes, discardBody, readBody } from './http/body.ts';
export { addressBlock } from './http/client-address.ts';
export {
  Conflict,
  Forbidden,
  GatewayTimeout,
  HttpProblem,
  Invalid,
  NotFound,
  PreconditionFailed,
  PreconditionRequired,
  TooManyRequests,
  Unauthorized,
  Unavailable,
  Unprocessable,
} from './http/errors.ts';
export type { FieldFault, ProblemOptions } from './http/errors.ts';
export { escapeHtml } from './http/escape-html.ts';
export { etagOf } from './http/etag.ts';
export { createIdempotency } from './http/idempotency.ts';
export type {
  Idempotency,
  IdempotencyOptions,
  IdempotencyRun,
  IdempotentCreate,
  Made,
} from './http/idempotency.ts';
export { nameRoute, routeOf } from './http/observe.ts';
export { decodeCursor, encodeCursor } from './http/page.ts';
export { asProblem, sendProblem } from './http/problem.ts';
export { faultsOf, route, sendReply } from './http/route.ts';
export type { Reply, RouteInput, RouteSchemas } from './http/route.ts';
export { limitByFlow, requestSignal, TIMEOUT_HEADER, timeLeftMs } from './http/timeout.ts';
export type { FlowLimits } from './http/timeout.ts';
export { whenClosed } from './http/when-closed.ts';
export type { Lifecycle, ShutdownPhase } from './lifecycle.ts';
export type { Collection, InSession } from './mongo/collection.ts';
export { ensureCollections } from './mongo/mongo.ts';
export type { CollectionSpec } from './mongo/collections.ts';
export { connectMongo } from './mongo/connect.ts';
export { byId, findInBatches } from './mongo/find-in-batches.ts';
export { insertUnlessThere } from './mongo/insert-unless-there.ts';
export type { Mongo } from './mongo/mongo.ts';
export { isDuplicateKey } from './mongo/errors.ts';
export { withTransaction } from './mongo/transaction.ts';
export type { Transaction, TransactionOptions } from './mongo/transaction.ts';
export { takeTurn, turnCollection } from './mongo/turns.ts';
export type { Turn } from './mongo/turns.ts';
export { registerCount } from './observe/count-gauge.ts';
export { describeError, errorCode } from './observe/describe-error.ts';
export type { ErrorFields } from './observe/describe-error.ts';
export type { Logger } from './observe/logger.ts';
export type { Metrics } from './observe/metrics.ts';
export { inSpan, traceContext, traceHeaders } from './observe/tracing.ts';
export { createInbox } from './outbox/inbox.ts';
export type { Inbox } from './outbox/inbox.ts';
export { createOutbox } from './outbox/outbox.ts';
export type { Outbox, OutboxOptions, StandaloneEvents } from './outbox/outbox.ts';
export { identityPersons } from './persons/identity-persons.ts';
export type { Persons, PersonType } from './persons/persons.ts';
export { connectRedis } from './redis/connect.ts';
export type { Cache } from './redis/connect.ts';
export { backoffMs, pause } from './resilience/backoff.ts';
export type { Backoff } from './resilience/backoff.ts';
export { keepDoing } from './resilience/keep-doing.ts';
export type { KeepDoing } from './resilience/keep-doing.ts';
export { createRetryBudget } from './resilience/retry-budget.ts';
export type { RetryBudget } from './resilience/retry-budget.ts';
export { secureOptions } from './tls/credentials.ts';
export type { Credentials } from './tls/credentials.ts';
export type { Identity } from './tls/identity.ts';
export { createTlsPort } from './tls/tls-port.ts';
export type { Transport } from './tls/transport.ts';
export { runService } from './run.ts';
export { defineService, startService } from './service.ts';
export type { RunningService, ServiceDefinition, ServiceParts, StartOptions } from './service.ts';
export * from './audit/index.ts';
export * from './fhir/index.ts';
export * from './protection/index.ts';
export * from './sealed/index.ts';
