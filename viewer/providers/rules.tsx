import { count } from '../../analysis/format.ts'
import type { RuleUse } from '../../contracts/sandbox/health.ts'
import { Table } from '../shell/table.tsx'

const RULE_COLUMNS = ['Priority', 'Rule', 'Matches', 'Reservoir', 'Rate', 'Matched, last hour', 'Kept']

/** X-Ray's sampling rules, with what each has decided in the last hour. */
export function Rules({ rules, isOn }: { readonly rules: readonly RuleUse[]; readonly isOn: boolean }) {
  return (
    <section class="card" aria-labelledby="rules-title">
      <h2 id="rules-title">Sampling rules</h2>
      <p class="soft small">
        The first rule that matches decides. It keeps its reservoir of requests each second, then its rate of
        the rest.{!isOn && ' X-Ray is off, so no service uses them.'}
      </p>
      {/* Reachable by keyboard, because it scrolls on a narrow screen. */}
      <div class="table-box" tabIndex={0} role="group" aria-label="The rules">
        <Table columns={RULE_COLUMNS} firstNumber={3}>
          {rules.map((rule) => (
            <tr key={rule.name}>
              <td>{rule.priority}</td>
              <td>
                <b>{rule.name}</b>
              </td>
              <td>
                <code>{rule.service}</code> <code>{rule.method}</code> <code>{rule.path}</code>
              </td>
              <td class="number">{rule.reservoir}/s</td>
              <td class="number">{Math.round(rule.fixedRate * 1_000) / 10} %</td>
              <td class="number">{count(rule.requests)}</td>
              <td class="number">
                {count(rule.sampled + rule.borrowed)}
                {rule.requests > 0 && (
                  <span class="soft">
                    {' '}
                    ({Math.round(((rule.sampled + rule.borrowed) / rule.requests) * 100)} %)
                  </span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      </div>
      <p class="soft small">
        As the services report it every ten seconds. Requests with their caller’s decision use no rule.{' '}
        <code>npm run aws</code> makes these rules from aws/json/.
      </p>
    </section>
  )
}
