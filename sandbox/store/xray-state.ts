import type { DatabaseSync } from 'node:sqlite'

/** Numbers that X-Ray keeps for an account, by name. */
export function createXRayState(database: DatabaseSync) {
  const set = database.prepare('INSERT OR REPLACE INTO xray_state (name, value) VALUES (?, ?)')
  const get = database.prepare('SELECT value FROM xray_state WHERE name = ?')
  return {
    set(name: string, value: number): void {
      set.run(name, value)
    },
    get(name: string): number | undefined {
      const value = get.get(name)?.value
      return value === undefined || value === null ? undefined : Number(value)
    },
  }
}
