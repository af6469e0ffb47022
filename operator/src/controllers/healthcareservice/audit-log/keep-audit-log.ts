import { Malformed, parseVerifierKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';
import { LABEL } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { isReady } from '../../../k8s/pods.ts';
import { configMaps, pods } from '../../../k8s/types.ts';
import type { Context, JudgedCondition, Outcome } from '../../../runtime/controller.ts';
import { describe } from '../../../runtime/errors.ts';
import { warningsOf } from '../../../runtime/status/reasons.ts';
import type { ResourceType } from '../../../runtime/kube.ts';
import { ADMIN_PORT } from '../network/service.ts';
import { AuditLogKept } from './condition.ts';
import { judgeCheckpoint, type Judgement } from './judge-checkpoint.ts';
import { firstSeen, keptMap, keptName, readKept, withCheckpoint, type TextMap } from './kept-checkpoints.ts';
import { publishedLog, type PublishedLog } from './published-log.ts';

/** How often a log is read, and its ConfigMap written, at most: in milliseconds. */
const EVERY_MS = 60_000;
/** A log that could not be read is tried again sooner. */
const AGAIN_MS = 10_000;
/** More than any log has. */
const MOST_KEYS = 16;

const textMaps = configMaps as ResourceType<TextMap>;

interface Seen {
  readonly until: number;
  readonly condition: JudgedCondition;
}

export interface AuditLogsOptions {
  /** Where the checkpoints are kept. */
  readonly operatorNamespace: string;
  /** Default 9090. */
  readonly port?: number;
}

/** Keeps the checkpoints of logs that services publish outside the databases that the logs are in. */
export class AuditLogs {
  readonly #namespace: string;
  readonly #port: number;
  /** By the uid of the service. */
  readonly #seen = new Map<string, Seen>();

  constructor({ operatorNamespace, port = ADMIN_PORT }: AuditLogsOptions) {
    this.#namespace = operatorNamespace;
    this.#port = port;
  }

  /** Looks at the service's log, when the last look was long enough ago. Nothing for a service without one. */
  async keep(service: HealthcareService, context: Context): Promise<Outcome> {
    const { uid = '' } = service.metadata;
    if (service.spec.auditLog === undefined) {
      this.#seen.delete(uid);
      return {};
    }
    const before = this.#seen.get(uid);
    const now = context.now();
    const seen = before !== undefined && now < before.until ? before : await this.#look(service, context);
    this.#seen.set(uid, seen);
    return {
      conditions: [seen.condition],
      events: warningsOf([seen.condition]),
      requeueAfterMs: Math.max(1, seen.until - now),
    };
  }

  async #look(service: HealthcareService, context: Context): Promise<Seen> {
    const { name, namespace = '' } = service.metadata;
    const [pod] = context.cache.list(pods, namespace, { [LABEL.service]: name }).filter(isReady);
    const address = pod?.status?.podIP;
    const soon = context.now() + AGAIN_MS;
    if (address === undefined)
      return { until: soon, condition: AuditLogKept.because('Unreadable', 'no pod of the service is ready') };
    const host = address.includes(':') ? `[${address}]` : address;
    try {
      const log = publishedLog(`http://${host}:${this.#port}`, context.signal);
      const { reason, message } = await this.#compare(service, log, context);
      return { until: context.now() + EVERY_MS, condition: AuditLogKept.because(reason, message) };
    } catch (error) {
      context.signal.throwIfAborted();
      const message = `the log cannot be read: ${describe(error)}`;
      return { until: soon, condition: AuditLogKept.because('Unreadable', message) };
    }
  }

  /** Compares the published checkpoint with those that are kept, and keeps it when it is a new one. */
  async #compare(service: HealthcareService, log: PublishedLog, context: Context): Promise<Judgement> {
    const name = keptName(service);
    const kept = readKept(await context.live.get(textMaps, { namespace: this.#namespace, name }));
    const keys = await believedKeys(service, kept.keys, log);
    const checkpoint = await log.checkpoint();
    const judgement = await judgeCheckpoint(checkpoint, { ...kept, keys }, log.readTile);
    if (judgement.isNew) {
      await context.apply(keptMap(name, this.#namespace, withCheckpoint({ ...kept, keys }, checkpoint)));
      const { namespace = '' } = service.metadata;
      context.log.info('audit log: kept a checkpoint', {
        namespace,
        name: service.metadata.name,
        checkpoint,
      });
    }
    return judgement;
  }
}

/** What a person has named; or what was said first. */
async function believedKeys(
  { spec }: HealthcareService,
  kept: readonly VerifierKey[],
  log: PublishedLog,
): Promise<readonly VerifierKey[]> {
  if (spec.auditLog?.keys !== undefined) return spec.auditLog.keys.map(parseVerifierKey);
  const lines = (await log.verifierKeys()).split('\n').filter((line) => line !== '');
  if (lines.length > MOST_KEYS) throw new Malformed('the log says more keys than any log has');
  return firstSeen(kept, lines.map(parseVerifierKey));
}
