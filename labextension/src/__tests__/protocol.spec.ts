import { execFileSync } from 'child_process';
import { join } from 'path';

describe('protocol.ts', () => {
  it('is what the schema says; otherwise run `jlpm protocol`', () => {
    const root = join(__dirname, '..', '..');
    const args = [join('scripts', 'protocol.mjs'), '--check'];
    execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
  });
});
