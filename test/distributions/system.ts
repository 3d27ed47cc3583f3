import { appendFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const enter = join(import.meta.dirname, 'enter.sh');

export interface SystemRun {
  /** A shell script. */
  readonly script: string;
  /** Directories of this machine, by where they are bound in the system. */
  readonly shared: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Gets all that is printed. */
  readonly log: string;
}

/** A minimal system below a directory, to run things in. Disposing removes it and its loop devices. */
export class System implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Copies a system to `root`. */
  static async copyOf(original: string, root: string): Promise<System> {
    await rm(root, { recursive: true, force: true });
    await mkdir(dirname(root), { recursive: true });
    await execa('cp', ['--archive', '--reflink=auto', original, root]);
    return new System(root);
  }

  /** Gives the exit code. Whatever was started there has ended then, whoever ends this process. */
  async run({ script, shared, env, log }: SystemRun): Promise<number> {
    for (const [path, source] of Object.entries(shared))
      for (const end of [source, join(this.root, path)]) await mkdir(end, { recursive: true });
    const output = { file: log, append: true };
    const { exitCode, shortMessage } = await execa(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'],
        ...['--propagation', 'private', enter, this.root],
        ...Object.entries(shared).flatMap(([path, source]) => [source, path]),
        ...['--', 'sh', '-euxc', script],
      ],
      {
        reject: false,
        stdin: 'ignore',
        stdout: output,
        stderr: output,
        env,
        extendEnv: false,
      },
    );
    if (exitCode === undefined) await appendFile(log, `${shortMessage}\n`);
    return exitCode ?? 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detachLoopDevices();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Those on files below the root, by inode, as their paths mean something in there alone. */
  private async detachLoopDevices(): Promise<void> {
    const columns = ['--noheadings', '--raw', '--output', 'NAME,BACK-INO'];
    const { stdout } = await execa('losetup', ['--list', ...columns]);
    for (const line of stdout.split('\n').filter((one) => one !== '')) {
      const [device = '', inode = ''] = line.split(' ');
      const file = await execa('find', [this.root, '-xdev', '-inum', inode, '-type', 'f']);
      if (file.stdout !== '') await execa('losetup', ['--detach', device]);
    }
  }
}
