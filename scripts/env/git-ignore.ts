import { basename, dirname } from 'node:path'

/** Whether git would take the file into a commit; false where there is no git, or no repository around the file. */
export async function isCommittable(path: string): Promise<boolean> {
  const { $ } = await import('zx')
  const git = $({ cwd: dirname(path), nothrow: true, quiet: true, verbose: false })
  const { exitCode } = await git`git check-ignore --quiet -- ${basename(path)}`
  // 0: ignored. 1: not ignored, or committed already. 128: no repository. 127: no git.
  return exitCode === 1
}
