import type { Terminal } from '../command-line/terminal.ts'
import { plural } from '../verification/case.ts'
import type { Diagnosis } from './doctor.ts'
import type { Finding } from './finding.ts'

/** The whole of it for a person: what is well in one line each, and what is not with its cure. */
export function showDiagnosis({ checks, ok }: Diagnosis, terminal: Terminal): void {
  for (const { title, good, findings } of checks) {
    if (good.length + findings.length === 0) continue
    terminal.heading(title)
    for (const line of good) terminal.done(line)
    for (const finding of findings) showFinding(finding, terminal)
  }
  terminal.line()
  const findings = checks.flatMap((check) => check.findings)
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length
  if (ok) {
    const warnings = count('warning')
    terminal.done(
      warnings === 0 ? 'All is well.' : `Nothing is broken; ${plural(warnings, 'thing')} may surprise you.`,
    )
  } else {
    terminal.fail(`${plural(count('problem'), 'problem')}. Begin with the first: the others may come of it.`)
  }
  const mendable = findings.filter(({ mend, severity }) => mend && severity !== 'note').length
  if (mendable > 0)
    terminal.line(
      `  npm run doctor -- --fix mends ${mendable === 1 ? 'one of them' : `${mendable} of them`}.`,
    )
}

function showFinding({ severity, what, why, fix }: Finding, terminal: Terminal): void {
  if (severity === 'note') {
    terminal.line(`  ${what} ${terminal.dim(why)}`)
    terminal.line(`  → ${fix}`)
    return
  }
  const text = `${what}\n  ${terminal.dim(why)}`
  if (severity === 'problem') terminal.fail(text, fix)
  else {
    terminal.warn(text)
    terminal.line(`  → ${fix}`)
  }
}

/** `--json`: the same, without what only a program can do. */
export function diagnosisJson({ checks, ok }: Diagnosis): string {
  const plain = checks.map(({ title, good, findings }) => ({
    title,
    good,
    findings: findings.map(({ mend, ...finding }) => ({ ...finding, fixable: mend !== undefined })),
  }))
  return `${JSON.stringify({ ok, checks: plain }, null, 2)}\n`
}
