import type { JudgedCondition } from '../controller.ts';
import type { Condition } from '../kube.ts';
import { conditionType, type ConditionDescription, type NeedsPerson } from './reasons.ts';

/** Conditions that tools read: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */

export const Reconciling = conditionType({
  type: 'Reconciling',
  informs: true,
  meaning:
    'Shown only while it is True: the operator is bringing the object about. Reason and message are those of the first condition that is not True.',
  reasons: {},
});

export const Stalled = conditionType({
  type: 'Stalled',
  informs: true,
  meaning:
    'Shown only while it is True: it does not go on without a person. Reason and message are those of the condition that needs one. Helm, Flux and `kubectl wait --for=condition=Stalled` end with it.',
  reasons: {},
});

/** Types of the conditions that are made of the others. */
export const DERIVED: readonly string[] = ['Ready', Reconciling.type, Stalled.type];

export interface ProgressContext {
  /** `status.conditions` as it is now. */
  current: readonly Condition[];
  generation: number;
  /** Monotonic milliseconds. */
  now: number;
}

export interface Progress {
  /** `Reconciling`, `Stalled` or nothing. */
  conditions: JudgedCondition[];
  /** `Stalled` may be due after this many milliseconds, without anything else happening. */
  againMs?: number;
}

/** Since when a condition has its reason. */
interface Held {
  reason: string;
  generation: number;
  since: number;
}

/** Says of the objects of one kind whether they are being brought about, or wait for a person. */
export class ProgressJudge {
  readonly #needs: ReadonlyMap<string, NeedsPerson>;
  readonly #hindering: ReadonlySet<string>;
  readonly #held = new Map<string, Map<string, Held>>();

  constructor(descriptions: readonly ConditionDescription[]) {
    this.#needs = new Map(descriptions.flatMap(needsOf));
    this.#hindering = new Set(descriptions.filter(({ hinders }) => hinders === true).map(({ type }) => type));
  }

  /** @param judged every condition, `Ready` too where it has a reason of its own; of a paused object nothing is said */
  judge(id: string, judged: readonly JudgedCondition[], context: ProgressContext): Progress {
    const hindrances = judged.filter((condition) => this.#hinders(condition));
    const [first] = hindrances;
    if (first === undefined || judged.some(({ type }) => type === 'Paused')) {
      this.forget(id);
      return { conditions: [] };
    }
    const held = this.#hold(id, hindrances, context);
    const waits = hindrances.map((condition) => ({
      condition,
      ms: this.#waitMs(condition, held.get(condition.type), context),
    }));
    const due = waits.find(({ ms }) => ms !== undefined && ms <= 0);
    if (due !== undefined) return { conditions: [derived(Stalled.type, due.condition)] };
    const conditions = [derived(Reconciling.type, first)];
    const pending = waits.map(({ ms }) => ms).filter((ms) => ms !== undefined);
    return pending.length === 0 ? { conditions } : { conditions, againMs: Math.min(...pending) };
  }

  /** The object is gone, or nothing hinders it. */
  forget(id: string): void {
    this.#held.delete(id);
  }

  #hinders({ type, status, informs }: JudgedCondition): boolean {
    return status !== 'True' && (informs !== true || this.#hindering.has(type));
  }

  /** Milliseconds until the condition needs a person; `undefined` when it never does. */
  #waitMs(
    { type, reason }: JudgedCondition,
    held: Held | undefined,
    { current, generation, now }: ProgressContext,
  ): number | undefined {
    const need = this.#needs.get(idOf(type, reason));
    if (need === undefined || need === false) return undefined;
    // Said before a restart of the operator, of this spec: it holds as long as its reason does.
    const isOnRecord = current.some(
      (one) => one.type === Stalled.type && one.reason === reason && one.observedGeneration === generation,
    );
    return isOnRecord ? 0 : need - (now - (held?.since ?? now));
  }

  /** Remembers since when each has its reason. */
  #hold(
    id: string,
    hindrances: readonly JudgedCondition[],
    { generation, now }: ProgressContext,
  ): ReadonlyMap<string, Held> {
    const before = this.#held.get(id);
    const held = new Map<string, Held>();
    for (const { type, reason } of hindrances) {
      const known = before?.get(type);
      const isSame = known?.reason === reason && known.generation === generation;
      held.set(type, isSame ? known : { reason, generation, since: now });
    }
    this.#held.set(id, held);
    return held;
  }
}

function needsOf({ type, reasons }: ConditionDescription): [string, NeedsPerson][] {
  return Object.entries(reasons).flatMap(([reason, { needsPerson }]) =>
    needsPerson === undefined ? [] : [[idOf(type, reason), needsPerson]],
  );
}

function idOf(type: string, reason: string): string {
  return `${type} ${reason}`;
}

function derived(type: string, { reason, message }: JudgedCondition): JudgedCondition {
  return { type, status: 'True', reason, message, informs: true };
}
