import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..', '..')
const PARTS = [
  'aws',
  'backend',
  'sandbox',
  'scripts',
  'settings',
  'contracts',
  'viewer',
  'workshop',
  'package.json',
  'tsconfig.json',
]

export interface RepositoryCopy {
  readonly root: string
  dispose(): void
}

/** A temporary copy of the sources, for a test that changes them; node_modules is shared. */
export function copyRepository(): RepositoryCopy {
  const root = mkdtempSync(join(tmpdir(), 'tracing-repository-'))
  for (const part of PARTS) cpSync(join(ROOT, part), join(root, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  return { root, dispose: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }) }
}
