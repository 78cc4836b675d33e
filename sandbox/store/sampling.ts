import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { createXRayState } from './xray-account.ts'

export interface SamplingRuleRow {
  readonly name: string
  readonly arn: string
  /** The SamplingRule, as JSON. */
  readonly rule: string
  /** Epoch seconds, with fractions. */
  readonly createdS: number
  readonly modifiedS: number
}

export interface SamplingCounts {
  readonly requests: number
  readonly sampled: number
  readonly borrowed: number
}

/** Length of the windows in which statistics are added up. s */
const STATISTICS_WINDOW_S = 10
/** How long statistics are kept. s */
const STATISTICS_AGE_S = 3_600

const LAST_MODIFICATION = 'last_rule_modification'

/** X-Ray's sampling rules, and the statistics that clients have reported for each. */
export function createSampling(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO xray_sampling_rules (name, arn, rule, created_s, modified_s) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, modified_s = excluded.modified_s`)
  const remove = database.prepare('DELETE FROM xray_sampling_rules WHERE name = ?')
  const all = database.prepare('SELECT * FROM xray_sampling_rules')
  const one = database.prepare('SELECT * FROM xray_sampling_rules WHERE name = ? OR arn = ?')
  const state = createXRayState(database)
  const add = database.prepare(`
    INSERT INTO xray_sampling_statistics (rule, window_s, requests, sampled, borrowed) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
      sampled = sampled + excluded.sampled, borrowed = borrowed + excluded.borrowed`)
  const expire = database.prepare('DELETE FROM xray_sampling_statistics WHERE window_s < ?')
  const statistics = database.prepare('SELECT * FROM xray_sampling_statistics ORDER BY window_s, rule')

  return {
    put(row: SamplingRuleRow): void {
      upsert.run(row.name, row.arn, row.rule, row.createdS, row.modifiedS)
      state.set(LAST_MODIFICATION, row.modifiedS)
    },
    remove(name: string, nowS: number): void {
      remove.run(name)
      state.set(LAST_MODIFICATION, nowS)
    },
    rules: (): SamplingRuleRow[] => all.all().map(toRule),
    find(nameOrArn: string): SamplingRuleRow | undefined {
      const row = one.get(nameOrArn, nameOrArn)
      return row && toRule(row)
    },
    /** When a rule was last created, changed or deleted, in epoch seconds with fractions. */
    lastModificationS: (): number => state.get(LAST_MODIFICATION) ?? 0,
    report(rule: string, { requests, sampled, borrowed }: SamplingCounts, nowS: number): void {
      const window = Math.floor(nowS / STATISTICS_WINDOW_S) * STATISTICS_WINDOW_S
      add.run(rule, window, requests, sampled, borrowed)
      expire.run(window - STATISTICS_AGE_S)
    },
    statistics: (): (SamplingCounts & { rule: string; windowS: number })[] =>
      statistics.all().map((row) => ({
        rule: String(row.rule),
        windowS: Number(row.window_s),
        requests: Number(row.requests),
        sampled: Number(row.sampled),
        borrowed: Number(row.borrowed),
      })),
  }
}

function toRule(row: Record<string, SQLOutputValue>): SamplingRuleRow {
  return {
    name: String(row.name),
    arn: String(row.arn),
    rule: String(row.rule),
    createdS: Number(row.created_s),
    modifiedS: Number(row.modified_s),
  }
}
