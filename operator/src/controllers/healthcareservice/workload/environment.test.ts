import { describe, expect, it } from '@jest/globals';
import { environment } from './environment.ts';
import { aService } from '../fixtures/objects.ts';

/**
 * What kubelet makes of a value: `$(NAME)` of a variable that it knows becomes its value, `$$` becomes `$`, anything else stays.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function asKubeletHandsItOver(value: string): string {
  return value.replaceAll(/\$(?:(\$)|\(([^)]*)\))/g, (all, dollar: string | undefined, name: string) =>
    dollar === undefined ? (name === 'POD_NAME' ? 'a-5d4f' : all) : dollar,
  );
}

describe('environment of a container', () => {
  it.each(['plain', 'pa$$word', '$(POD_NAME)', '$$(POD_NAME)', 'a$', '$', '^[a-z]+$', '$(', '$$$$'])(
    'hands the configuration over as it is: %s',
    (value) => {
      const variables = environment(aService('a', { config: { GIVEN: value } }), []);
      const written = variables.find(({ name }) => name === 'GIVEN')?.value ?? '';
      expect(asKubeletHandsItOver(written)).toBe(value);
    },
  );
});
