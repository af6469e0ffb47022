import { beforeAll, describe, expect, it } from '@jest/globals';
import { PROOF_CONTAINER, REFUSAL } from '../engines/data-volume.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import { childrenOf, ENGINES, statefulSetOf, type EngineStatefulSet } from './fixtures/engine-plans.ts';
import { IMAGE_VOLUMES } from './fixtures/image-volumes.ts';

let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.parse('2026-11-21T12:00:00Z'));
});

describe.each(ENGINES)('the pods of %s', (name) => {
  let spec: EngineStatefulSet['spec'];

  beforeAll(() => {
    spec = statefulSetOf(childrenOf(name, pair)).spec;
  });

  function mountOfClaim(): string {
    const claim = spec.volumeClaimTemplates[0].metadata.name;
    const [engine] = spec.template.spec.containers;
    return engine.volumeMounts.find((mount) => mount.name === claim)?.mountPath ?? '';
  }

  it('keep their data on the claim, at a path that neither an image volume nor another mount covers', () => {
    const [engine] = spec.template.spec.containers;
    const mount = mountOfClaim();
    const directory = engine.env?.find((variable) => variable.name === 'DATA_DIRECTORY')?.value ?? '';
    expect(mount).toMatch(/^\/var\/lib\/careplane\//);
    expect(`${directory}/`.startsWith(`${mount}/`)).toBe(true);
    const others = engine.volumeMounts.map(({ mountPath }) => mountPath).filter((path) => path !== mount);
    const covering = [...IMAGE_VOLUMES[name], ...others].filter((path) => path.startsWith(`${mount}/`));
    expect(covering).toEqual([]);
    expect(IMAGE_VOLUMES[name]).not.toContain(mount);
  });

  it("have no container of the operator's image: an upgrade of the operator starts none of them anew", () => {
    const { containers, initContainers } = spec.template.spec;
    const images = [...containers, ...initContainers].map(({ image }) => image);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(name);
  });

  it('mark the claim before the engine starts, and start it only on the mark', () => {
    const [engine] = spec.template.spec.containers;
    const proof = spec.template.spec.initContainers.find((container) => container.name === PROOF_CONTAINER);
    expect(proof?.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([mountOfClaim()]);
    expect(engine.env).toEqual(expect.arrayContaining(proof?.env ?? ['nothing']));
    expect(engine.command[2]).toContain(REFUSAL);
  });
});
