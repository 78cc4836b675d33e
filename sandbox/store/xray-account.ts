import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

export interface GroupRow {
  readonly name: string
  readonly arn: string
  readonly filterExpression: string
  /** InsightsConfiguration, as JSON. */
  readonly insights: string
}

/** X-Ray's groups and the tags of its resources. */
export function createGroups(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO xray_groups (name, arn, filter_expression, insights) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET filter_expression = excluded.filter_expression, insights = excluded.insights`)
  const remove = database.prepare('DELETE FROM xray_groups WHERE name = ?')
  const all = database.prepare('SELECT * FROM xray_groups ORDER BY name')
  const one = database.prepare('SELECT * FROM xray_groups WHERE name = ? OR arn = ?')
  const putTag = database.prepare('INSERT OR REPLACE INTO xray_tags (arn, key, value) VALUES (?, ?, ?)')
  const removeTag = database.prepare('DELETE FROM xray_tags WHERE arn = ? AND key = ?')
  const removeTags = database.prepare('DELETE FROM xray_tags WHERE arn = ?')
  const tags = database.prepare('SELECT key, value FROM xray_tags WHERE arn = ? ORDER BY key')
  return {
    put(row: GroupRow): void {
      upsert.run(row.name, row.arn, row.filterExpression, row.insights)
    },
    remove({ name, arn }: GroupRow): void {
      remove.run(name)
      removeTags.run(arn)
    },
    list: (): GroupRow[] => all.all().map(toGroup),
    find(nameOrArn: string): GroupRow | undefined {
      const row = one.get(nameOrArn, nameOrArn)
      return row && toGroup(row)
    },
    tag(arn: string, key: string, value: string): void {
      putTag.run(arn, key, value)
    },
    untag(arn: string, key: string): void {
      removeTag.run(arn, key)
    },
    untagAll(arn: string): void {
      removeTags.run(arn)
    },
    tagsOf: (arn: string) => tags.all(arn).map((row) => ({ Key: String(row.key), Value: String(row.value) })),
  }
}

function toGroup(row: Record<string, SQLOutputValue>): GroupRow {
  return {
    name: String(row.name),
    arn: String(row.arn),
    filterExpression: String(row.filter_expression),
    insights: String(row.insights),
  }
}

/** Numbers that X-Ray stores for an account, by name. */
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
