import type { DatabaseSync } from 'node:sqlite'
import type { RuleUse } from '../../contracts/sandbox/health.ts'
import { prepare } from './table.ts'
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

export type SamplingCounts = Pick<RuleUse, 'requests' | 'sampled' | 'borrowed'>

/** Seconds of reports that are added up in one row. */
const STATISTICS_WINDOW_S = 10
/** Seconds for which rows are kept. */
const STATISTICS_AGE_S = 3_600

const LAST_MODIFICATION = 'last_rule_modification'

/** X-Ray's sampling rules, and the statistics that clients have reported for each. */
export function createSampling(database: DatabaseSync) {
  const rules =
    'SELECT name, arn, rule, created_s AS createdS, modified_s AS modifiedS FROM xray_sampling_rules'
  const upsert = prepare<unknown, [row: SamplingRuleRow]>(
    database,
    `INSERT INTO xray_sampling_rules (name, arn, rule, created_s, modified_s)
     VALUES (:name, :arn, :rule, :createdS, :modifiedS)
     ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, modified_s = excluded.modified_s`,
  )
  const remove = prepare(database, 'DELETE FROM xray_sampling_rules WHERE name = ?')
  const add = prepare<unknown, [row: object]>(
    database,
    `INSERT INTO xray_sampling_statistics (rule, window_s, requests, sampled, borrowed)
     VALUES (:rule, :windowS, :requests, :sampled, :borrowed)
     ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
       sampled = sampled + excluded.sampled, borrowed = borrowed + excluded.borrowed`,
  )
  const expire = prepare(database, 'DELETE FROM xray_sampling_statistics WHERE window_s < ?')
  const state = createXRayState(database)

  return {
    put(row: SamplingRuleRow): void {
      upsert.run(row)
      state.set(LAST_MODIFICATION, row.modifiedS)
    },
    remove(name: string, nowS: number): void {
      remove.run(name)
      state.set(LAST_MODIFICATION, nowS)
    },
    rules: prepare<SamplingRuleRow>(database, rules).all,
    find: prepare<SamplingRuleRow, [nameOrArn: string]>(database, `${rules} WHERE name = ?1 OR arn = ?1`).get,
    /** When a rule was last created, changed or deleted, in epoch seconds with fractions. */
    lastModificationS: (): number => state.get(LAST_MODIFICATION) ?? 0,
    report(rule: string, counts: SamplingCounts, nowS: number): void {
      const windowS = Math.floor(nowS / STATISTICS_WINDOW_S) * STATISTICS_WINDOW_S
      add.run({ ...counts, rule, windowS })
      expire.run(windowS - STATISTICS_AGE_S)
    },
    statistics: prepare<SamplingCounts & { rule: string; windowS: number }>(
      database,
      `SELECT rule, window_s AS windowS, requests, sampled, borrowed
       FROM xray_sampling_statistics ORDER BY window_s, rule`,
    ).all,
  }
}
