import type { Action, DenialReason } from '@careplane/access';
import type { RequestHandler } from 'express';
import { Forbidden } from '../http/errors.ts';
import { sendReply } from '../http/route.ts';
import type { Reply } from '../http/route.ts';
import { accessRecordOf } from './access-record.ts';
import { withDataClasses } from './data-classes.ts';
import { judgedType } from './definition.ts';
import type { Interaction, ResourceDefinition } from './definition.ts';
import { createGate } from './gate.ts';
import { orGone } from './gone.ts';
import { idOf } from './interactions/context.ts';
import type { FhirOptions } from './interactions/context.ts';
import { recorded } from './recorded.ts';
import type { Stored } from './resource.ts';

/** Something of a resource that has a route of its own, with the resource's `:id`, beside those of FHIR. */
export interface ResourcePart {
  /** What it is in the audit. */
  readonly action: Action;
  /** What the caller must be allowed to do with the resource. Default: that alone. */
  readonly needs?: readonly Action[];
  /** Why not, where that is decided by more than the resource's attributes. */
  readonly denies?: (stored: Stored, interaction: Interaction) => Promise<DenialReason | undefined>;
  /** What changes something says so to `interaction.audit`. */
  readonly serve: (stored: Stored, interaction: Interaction) => Promise<Reply>;
}

/**
 * Serves a part of a resource: access is decided, and recorded before the answer, as of the resource itself. Errors are problems (RFC 9457).
 */
export function resourcePart(
  options: Pick<FhirOptions, 'access' | 'audit'>,
  given: ResourceDefinition,
  { action, needs = [action], denies, serve }: ResourcePart,
): RequestHandler {
  const definition = withDataClasses(given);
  const type = judgedType(definition);
  const asked = { action, type: definition.type };
  const parts = { audit: options.audit, definitions: [definition] };
  return async (req, res) => {
    const reply = await recorded(req, { asked, options: parts }, async () => {
      const gate = createGate(options.access, req);
      const id = idOf(req);
      const [interaction] = needs.map((one) => gate.enter(one, type, { hides: true }));
      if (!interaction) throw new Error(`${action} of ${type} needs nothing`);
      const stored = await orGone(gate, { action, type }, async () =>
        definition.store.read?.(id, interaction),
      );
      if (!stored) return gate.absent(action, type);
      const attributes = definition.attributes(stored);
      for (const one of needs) await gate.judge(one, { type, attributes });
      const reason = await denies?.(stored, interaction);
      if (reason !== undefined) {
        accessRecordOf(req).denied(reason);
        throw new Forbidden();
      }
      const answer = await serve(stored, interaction);
      if (!accessRecordOf(req).hasCommitted) accessRecordOf(req).shows([stored]);
      return answer;
    });
    if (reply.send) await reply.send(res);
    else sendReply(res, reply);
  };
}
