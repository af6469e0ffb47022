import { z } from 'zod';
import type { Session } from '../login/session.ts';
import type { Call, Connection } from './connection.ts';
import { parsed, UnexpectedAnswer } from './fhir-client.ts';

/** An app to register (docs/concepts/contracts.md, Apps). */
export interface AppWish {
  readonly clientId: string;
  readonly name: string;
  /** `public`: users log in, no secret; `backend`: no user, authenticates by a key. */
  readonly type: 'public' | 'backend';
  readonly redirectUris?: readonly string[];
  readonly scopes: readonly string[];
  /** Public keys of a backend app, which authenticates by private_key_jwt. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** An app of the clinic's own: its users are not asked for consent to scopes. */
  readonly firstParty?: boolean;
}

/** An account to open for a person. */
export interface AccountWish {
  readonly email: string;
  readonly password: string;
  readonly role: 'patient' | 'practitioner';
  /** `Patient/<id>` or `Practitioner/<id>`. */
  readonly person: string;
}

const nothing = z.unknown();
const found = z.object({ items: z.array(z.object({ id: z.string() })) });

/** The clinic's administration: apps and accounts. */
export class Administration {
  readonly #connection: Pick<Connection, 'send'>;
  readonly #admin: Session;

  constructor(connection: Pick<Connection, 'send'>, admin: Session) {
    this.#connection = connection;
    this.#admin = admin;
  }

  /** Registers an app unless there is one of this id. */
  async ensureApp(wish: AppWish): Promise<void> {
    const call: Call = { method: 'POST', path: '/admin/apps', body: wish, repeatable: true };
    const answer = await this.#send(call);
    if (answer.status === 409) return;
    parsed(call, answer, { status: [201], schema: nothing });
  }

  /** Removes an app with all that it was granted. */
  async removeApp(clientId: string): Promise<void> {
    const path = `/admin/apps/${encodeURIComponent(clientId)}`;
    const call: Call = { method: 'DELETE', path, repeatable: true };
    const answer = await this.#send(call);
    if (answer.status !== 204 && answer.status !== 404) throw new UnexpectedAnswer(call, answer);
  }

  /** Opens an account whose address the clinic's staff has verified; says whether it is new. */
  async openAccount(wish: AccountWish): Promise<boolean> {
    const body = { ...wish, verified: true };
    const call: Call = { method: 'POST', path: '/admin/accounts', body, repeatable: true };
    const answer = await this.#send(call);
    if (answer.status === 409) return false;
    parsed(call, answer, { status: [201], schema: nothing });
    return true;
  }

  /** Removes the account of a person, if there is one. */
  async removeAccountOf(person: string): Promise<void> {
    const find: Call = { method: 'GET', path: `/admin/accounts?person=${encodeURIComponent(person)}` };
    const { items } = parsed(find, await this.#send(find), { status: [200], schema: found });
    for (const { id } of items) {
      const call: Call = { method: 'DELETE', path: `/admin/accounts/${id}`, repeatable: true };
      const answer = await this.#send(call);
      if (answer.status !== 204 && answer.status !== 404) throw new UnexpectedAnswer(call, answer);
    }
  }

  async #send(call: Call): Promise<Awaited<ReturnType<Connection['send']>>> {
    return this.#connection.send({ ...call, token: await this.#admin.token() });
  }
}
