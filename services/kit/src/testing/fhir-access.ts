import { ALL, PURPOSES } from '@careplane/access';
import type { Action, Attributes, Decision, Outline, Subject } from '@careplane/access';
import { Unauthorized } from '../index.ts';
import type { AccessPort } from '../index.ts';

/** A decision asked for, as tests look at them. */
export interface AskedDecision {
  readonly action: Action;
  readonly type: string;
  readonly attributes?: Attributes;
}

export interface TestAccess extends AccessPort {
  /** What was asked, in order. */
  readonly asked: AskedDecision[];
}

export const ALLOW_ALL: Decision = { effect: 'allow', constraint: ALL, without: [] };

/**
 * Access for tests: the bearer token is the name of a subject. Without `decide` everything is allowed.
 * @param subjects by their token
 */
export function createTestAccess(
  subjects: Readonly<Record<string, Subject>>,
  decide: (subject: Subject, asked: AskedDecision) => Decision = () => ALLOW_ALL,
): TestAccess {
  const asked: AskedDecision[] = [];
  return {
    asked,
    subjectOf(req): Subject {
      const token = /^Bearer (.+)$/.exec(req.get('authorization') ?? '')?.[1] ?? '';
      const subject = subjects[token];
      if (!subject) throw new Unauthorized();
      return subject;
    },
    preview: (subject, action, type) => decide(subject, { action, type }),
    decide(subject, action, { type, resources }): Promise<Decision[]> {
      return Promise.resolve(
        resources.map((attributes) => {
          const question = { action, type, attributes };
          asked.push(question);
          return decide(subject, question);
        }),
      );
    },
    decideAll(subject, action, type): Promise<Decision> {
      asked.push({ action, type });
      return Promise.resolve(decide(subject, { action, type }));
    },
    outline(subject, action, type): Promise<Outline> {
      asked.push({ action, type });
      const decision = decide(subject, { action, type });
      return Promise.resolve(decision.effect === 'allow' ? { ...decision, isExact: true } : decision);
    },
  };
}

/** A subject with what tests seldom care about. */
export function testSubject(parts: Partial<Subject> = {}): Subject {
  return {
    id: 'a',
    role: 'practitioner',
    client: 'test',
    scopes: ['user/*.cruds'],
    purposes: PURPOSES,
    ...parts,
  };
}
