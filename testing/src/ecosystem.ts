import { spawnSync } from 'node:child_process';
import { cachedProgram } from './cached-program.ts';

/** What `testing/ecosystem/build.sh` builds. */
export type EcosystemProgram =
  'kstatus' | 'argo' | 'helm' | 'krew' | 'age' | 'age-keygen' | 'age-plugin-batchpass' | 'verify-tlog';

/** Where one of the programs is that others use beside Careplane. @throws when it is not built */
export function ecosystemProgram(name: EcosystemProgram): string {
  return cachedProgram(`ecosystem/${name}`, 'testing/ecosystem/build.sh');
}

/** What sigs.k8s.io/cli-utils makes of an object's status. */
export interface Kstatus {
  status: 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound' | 'Unknown';
  message: string;
}

/** The verdict on each object, in order. */
export function kstatusOf(objects: readonly object[]): Kstatus[] {
  return answersOf('kstatus', [], objects) as Kstatus[];
}

/** What a Lua script returns for each object when Argo CD runs it. */
export function runLua(script: string, objects: readonly object[]): unknown[] {
  return answersOf('argo', [script], objects);
}

function answersOf(program: EcosystemProgram, args: string[], objects: readonly object[]): unknown[] {
  const input = objects.map((object) => JSON.stringify(object)).join('\n');
  const { status, stdout, stderr } = spawnSync(ecosystemProgram(program), args, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stderr}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as unknown);
}
