import { ask, createPatient, patientSubject, startPersonGround, WALTRAUD } from './persons.ts';
import type { FhirAnswer, PersonGround, PersonServer } from './persons.ts';

/** A server of persons that knows Waltraud, who may see what is her own. */
export interface WaltraudsClinic {
  readonly ground: PersonGround;
  readonly server: PersonServer;
  /** Of Waltraud; the token that is hers, too. */
  readonly id: string;
  /** Sends a line such as `GET Patient/1` with a token. */
  readonly as: (
    token: string,
    line: string,
    options?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ) => Promise<FhirAnswer>;
  /** Makes a patient with what is said; gives its id. */
  readonly create: (over?: Record<string, unknown>) => Promise<string>;
  stop(): Promise<void>;
}

export async function openWaltraudsClinic(): Promise<WaltraudsClinic> {
  const ground = await startPersonGround();
  const server = await ground.start();
  const create: WaltraudsClinic['create'] = (over = {}) => createPatient(server, over);
  const id = await create(WALTRAUD);
  ground.subjects[id] = patientSubject(id);
  return {
    ground,
    server,
    id,
    create,
    as: (token, line, options = {}) => ask(server.url, token, line, options),
    async stop(): Promise<void> {
      await server.stop();
      await ground.stop();
    },
  };
}
