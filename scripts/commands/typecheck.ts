import { resolve } from 'node:path'
import { $ } from 'zx'
import { runCommand } from '../command-line/command.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const TSC = resolve(ROOT, 'node_modules/typescript/bin/tsc')

const meta = {
  name: 'typecheck',
  summary:
    'Checks types: once for Node’s code, and once for the browser’s, which must not see Node’s globals.',
} as const

await runCommand(meta, async () => {
  const sh = $({ cwd: ROOT, stdio: 'inherit', nothrow: true })
  const projects = await Promise.all([
    sh`${process.execPath} ${TSC} --noEmit --project .`,
    sh`${process.execPath} ${TSC} --noEmit --project viewer`,
  ])
  process.exitCode = Math.max(...projects.map(({ exitCode }) => exitCode ?? 1))
})
