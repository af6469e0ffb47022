import { CredentialsKept } from '../../engines/credentials.ts';
import { adminDefinitions } from '../../engines/rabbitmq/configuration.ts';
import { AUTHORIZATION } from '../../engines/rabbitmq/health-script.ts';
import { ADMINISTRATOR, adminSecretName, cookieSecretName } from '../../engines/rabbitmq/names.ts';
import { newPassword } from '../../k8s/generated-text.ts';
import { secretText } from '../../k8s/secret-data.ts';
import { secrets, type Secret } from '../../k8s/types.ts';
import { DependencyDown, type Context } from '../../runtime/controller.ts';

/** What the nodes of a broker and its operator share for as long as there is data. */
export interface Roots {
  adminPassword: string;
  /** By which the nodes trust each other. */
  cookie: string;
}

/**
 * Reads them. Either Secret holds both, so that one that was deleted is made again as it was; they are made up only where both
 * are missing, and never beside data.
 * @param hasData whether there are nodes or volumes that were made with them
 * @throws DependencyDown when both are gone and there is data
 */
export async function readRoots(
  { live }: Pick<Context, 'live'>,
  { namespace, name }: { namespace: string; name: string },
  hasData: boolean,
): Promise<Roots> {
  const read = (secret: string): Promise<Secret | undefined> =>
    live.get<Secret>(secrets, { namespace, name: secret });
  const [admin, cookie] = [await read(adminSecretName(name)), await read(cookieSecretName(name))];
  const found = {
    adminPassword: secretText(admin, 'password') ?? secretText(cookie, 'password'),
    // The cookie of a broker from before both Secrets held both is in its own alone.
    cookie: secretText(cookie, 'cookie') ?? secretText(admin, 'cookie'),
  };
  if (hasData && (found.adminPassword === undefined || found.cookie === undefined))
    throw lost(namespace, name);
  return {
    adminPassword: found.adminPassword ?? newPassword(),
    cookie: found.cookie ?? newPassword(),
  };
}

function lost(namespace: string, name: string): DependencyDown {
  const secretNames = `${adminSecretName(name)} and ${cookieSecretName(name)}`;
  const message = `the Secrets ${secretNames} are gone, and there is data of the broker: restore one of them`;
  const condition = CredentialsKept.because('SecretLost', message);
  return new DependencyDown(`the Secrets of ${namespace}/${name}`, condition, undefined);
}

/** The Secrets that hold them. */
export function rootSecrets(
  name: string,
  { adminPassword, cookie }: Roots,
): { secret: string; entries: Record<string, string> }[] {
  const roots = { password: adminPassword, cookie };
  const definitions = adminDefinitions(adminPassword);
  return [
    {
      secret: adminSecretName(name),
      entries: {
        username: ADMINISTRATOR,
        ...roots,
        'definitions.json': definitions,
        [AUTHORIZATION]: Buffer.from(`${ADMINISTRATOR}:${adminPassword}`).toString('base64'),
      },
    },
    { secret: cookieSecretName(name), entries: roots },
  ];
}
