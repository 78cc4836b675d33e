import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './table.ts'

export interface GroupRow {
  readonly name: string
  readonly arn: string
  readonly filterExpression: string
  /** InsightsConfiguration, as JSON. */
  readonly insights: string
}

/** X-Ray's groups and the tags of its resources. */
export function createGroups(database: DatabaseSync) {
  const groups = 'SELECT name, arn, filter_expression AS filterExpression, insights FROM xray_groups'
  const put = prepare<unknown, [row: GroupRow]>(
    database,
    `INSERT INTO xray_groups (name, arn, filter_expression, insights)
     VALUES (:name, :arn, :filterExpression, :insights)
     ON CONFLICT (name) DO UPDATE SET filter_expression = excluded.filter_expression, insights = excluded.insights`,
  )
  const remove = prepare(database, 'DELETE FROM xray_groups WHERE name = ?').run
  const untagAll = prepare<unknown, [arn: string]>(database, 'DELETE FROM xray_tags WHERE arn = ?').run
  return {
    put: put.run,
    remove({ name, arn }: GroupRow): void {
      remove(name)
      untagAll(arn)
    },
    list: prepare<GroupRow>(database, `${groups} ORDER BY name`).all,
    find: prepare<GroupRow, [nameOrArn: string]>(database, `${groups} WHERE name = ?1 OR arn = ?1`).get,
    tag: prepare<unknown, [arn: string, key: string, value: string]>(
      database,
      'INSERT OR REPLACE INTO xray_tags (arn, key, value) VALUES (?, ?, ?)',
    ).run,
    untag: prepare<unknown, [arn: string, key: string]>(
      database,
      'DELETE FROM xray_tags WHERE arn = ? AND key = ?',
    ).run,
    untagAll,
    tagsOf: prepare<{ Key: string; Value: string }, [arn: string]>(
      database,
      'SELECT key AS Key, value AS Value FROM xray_tags WHERE arn = ? ORDER BY key',
    ).all,
  }
}

/** Numbers that X-Ray stores for an account, by name. */
export function createXRayState(database: DatabaseSync) {
  const get = prepare<{ value: number }, [name: string]>(
    database,
    'SELECT value FROM xray_state WHERE name = ?',
  )
  return {
    set: prepare<unknown, [name: string, value: number]>(
      database,
      'INSERT OR REPLACE INTO xray_state (name, value) VALUES (?, ?)',
    ).run,
    get: (name: string): number | undefined => get.get(name)?.value,
  }
}
