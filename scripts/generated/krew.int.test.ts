import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ecosystemProgram } from '@careplane/testing';
import { parse } from 'yaml';
import { krewManifest } from './krew.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'careplane-krew-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the manifest of kubectl careplane for krew', () => {
  it('names the version and the checksum of the archive for each platform', () => {
    const { spec } = parse(krewManifest({ version: '1.2.3', sha256: 'abc' })) as {
      spec: { version: string; platforms: { uri: string; sha256: string }[] };
    };
    expect(spec.version).toBe('v1.2.3');
    for (const { uri, sha256 } of spec.platforms) {
      expect(uri).toContain('/v1.2.3/');
      expect(sha256).toBe('abc');
    }
  });

  it('is what krew itself installs, and the plugin runs', () => {
    execFileSync(join(ROOT, 'scripts/krew.sh'), { cwd: ROOT, stdio: 'pipe' });
    const files = { manifest: 'careplane.yaml', archive: 'kubectl-careplane.tar.gz' };
    const args = Object.entries(files).map(([flag, file]) => `--${flag}=${join(ROOT, 'dist/krew', file)}`);
    const env = { ...process.env, KREW_ROOT: folder, KREW_NO_UPGRADE_CHECK: '1' };
    execFileSync(ecosystemProgram('krew'), ['install', ...args], { env, stdio: 'pipe' });
    const plugin = join(folder, 'bin/kubectl-careplane');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'cli/package.json'), 'utf8')) as {
      version: string;
    };
    expect(execFileSync(plugin, ['--version'], { encoding: 'utf8', env })).toContain(version);
  }, 120_000);
});
