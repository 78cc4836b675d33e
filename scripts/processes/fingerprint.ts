import { createHmac } from 'node:crypto'
import type { ProcessSpec } from './spec.ts'

/**
 * What a process was started with, as a keyed hash: it tells that a setting has changed without keeping the setting.
 * The key is random and new with every supervisor, so that the hash of a short secret cannot be looked up.
 */
export function fingerprint(spec: ProcessSpec, key: string): string {
  const env = Object.entries(spec.env).sort(([a], [b]) => (a < b ? -1 : 1))
  const effective = [spec.command, spec.args, spec.cwd, env, spec.without.toSorted()]
  return createHmac('sha256', key).update(JSON.stringify(effective)).digest('hex')
}
