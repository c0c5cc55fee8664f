import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder in which whoever looks for a file waits for ever, as on a server of files that is gone. Root alone can make one. */
export interface HangingFolder {
  readonly file: string;
  remove(): Promise<void>;
}

/** A file system whose program holds its device open and never answers, until its input ends. */
const PROGRAM = `exec 3<>/dev/fuse
mount -i -n -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none "$1" && echo mounted
cat
exec 3>&-
umount -l "$1"`;

export async function mountHangingFolder(): Promise<HangingFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
  const program = spawn('/bin/sh', ['-c', PROGRAM, 'sh', folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(program, 'exit');
  await Promise.race([once(program.stdout, 'data'), ended]);
  return {
    file: path.join(folder, 'file'),
    async remove() {
      program.stdin.end();
      await ended;
      await rmdir(folder);
    },
  };
}
