import { randomUUID } from 'node:crypto';
import { connect } from '../src/client/connection.ts';
import type { Connection } from '../src/client/connection.ts';
import { Clinic } from '../src/cluster/clinic.ts';
import { enter } from '../src/enter.ts';
import type { Entered } from '../src/enter.ts';
import type { Session } from '../src/login/session.ts';
import { startLocalClinic } from './local-clinic.ts';
import type { LocalClinic } from './local-clinic.ts';

/** A clinic on this machine, entered by those who set it up. */
export interface EnteredClinic {
  readonly local: LocalClinic;
  readonly clinic: Clinic;
  readonly connection: Connection;
  readonly entered: Entered;
  stop(): Promise<void>;
}

/** @param through what calls go through, such as a recorder */
export async function enterLocalClinic(
  through = (connection: Connection): Connection => connection,
): Promise<EnteredClinic> {
  const local = await startLocalClinic();
  const connection = through(connect(local.url, local.ca));
  const clinic = new Clinic(local.cluster, 'clinic');
  const entered = await enter(connection, await clinic.adminClientSecret());
  return {
    ...{ local, clinic, connection, entered },
    async stop(): Promise<void> {
      await connection.close();
      await local.stop();
    },
  };
}

/** A patient with an account, who has logged in. */
export async function openPatient({ api, admin, administration, login }: Entered): Promise<{
  readonly id: string;
  readonly email: string;
  readonly session: Session;
}> {
  const email = `${randomUUID()}@patients.example`;
  const { id } = await api.createPatient(admin, {
    sourceId: randomUUID(),
    given: 'Ann',
    family: 'Lee',
    birthDate: '1990-01-01',
    gender: 'female',
    email,
  });
  const password = 'kestrel orchard lantern 41';
  await administration.openAccount({ email, password, role: 'patient', person: `Patient/${id}` });
  return { id, email, session: await login({ username: email, password }) };
}
