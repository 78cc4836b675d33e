import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const PACKAGE = join(resolve(import.meta.dirname, '..', '..'), 'package.json')

/** The version of this workspace, from its package.json. */
export function readVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(PACKAGE, 'utf8'))).version
}
