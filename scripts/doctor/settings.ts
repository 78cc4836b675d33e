import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { parse } from 'dotenv'
import { isSettingName, SETTING_NAMES, type SettingName } from '../../settings/catalogue.ts'
import { type Environment, envFile, readRawSettings, readSettings } from '../../settings/read.ts'
import { findPlaceholders, nearestSetting } from '../env/check.ts'
import { isCommittable } from '../env/keep.ts'
import { type CheckResult, type Finding, found, foundError, good, joined } from './check.ts'

/** How AWS begins the ids of temporary keys. */
const TEMPORARY = 'ASIA'
const OWNER_ONLY = 0o600
const OTHERS = 0o077
/** Names that other programs read, however similar to a setting. */
const FOREIGN = /^(AWS|OTEL|NODE|GITPOD|CODESPACES?|GITHUB|DATABASE|npm)_/

/** `.env`, and contradictions between settings. */
export async function checkSettings(environment: Environment): Promise<CheckResult> {
  const path = envFile(environment)
  const readable = checkValues(environment)
  if (readable.findings.some(({ severity }) => severity === 'problem')) return readable
  return joined([
    readable,
    await checkFile(path),
    ...(existsSync(path) ? [checkNames(path), checkHidden(path, environment)] : []),
    checkHalves(environment),
    checkPlaceholders(environment),
  ])
}

function checkValues(environment: Environment): CheckResult {
  try {
    readSettings(environment)
    return good()
  } catch (error) {
    return foundError(error, 'No command of the workspace works until it can be read.')
  }
}

async function checkFile(path: string): Promise<CheckResult> {
  if (!existsSync(path)) return good()
  const mode = statSync(path).mode & 0o777
  const findings: Finding[] = []
  if ((mode & OTHERS) !== 0) {
    findings.push({
      severity: 'problem',
      code: 'ENV_FILE_READABLE',
      what: `${path} can be read by others (mode ${mode.toString(8)}).`,
      why: 'Your keys are in it.',
      fix: `chmod 600 "${path}"`,
      applyFix: async () => {
        chmodSync(path, OWNER_ONLY)
        return `${path} is yours alone now`
      },
    })
  }
  if (await isCommittable(path)) {
    findings.push({
      severity: 'problem',
      code: 'ENV_FILE_COMMITTABLE',
      what: `git does not ignore ${path}.`,
      why: 'The next commit would publish your keys.',
      fix: `echo "${path.split('/').at(-1)}" >> .gitignore; if it is committed already: git rm --cached, and make new keys`,
    })
  }
  return findings.length > 0
    ? found(...findings)
    : good(`${path} is yours alone, and no git repository takes it`)
}

/** Nothing else reports a mistyped name. */
function checkNames(path: string): CheckResult {
  const unknown = Object.keys(parse(readFileSync(path))).filter((name) => !isSettingName(name))
  const findings = unknown.flatMap((name): Finding[] => {
    const near = FOREIGN.test(name) ? undefined : nearestSetting(name)
    if (!near) return []
    return [
      {
        severity: 'warning',
        code: 'SETTING_UNKNOWN',
        what: `${path} has ${name}, which nothing reads. ${near} is meant?`,
        why: 'A mistyped setting has no effect.',
        fix: `Rename it in ${path}, or: npm run env -- ${near}`,
      },
    ]
  })
  return found(...findings)
}

function checkHidden(path: string, environment: Environment): CheckResult {
  const file = parse(readFileSync(path))
  const hidden = SETTING_NAMES.filter((name) => {
    const other = environment[name]?.trim()
    return other && file[name]?.trim() && other !== file[name]?.trim()
  })
  if (hidden.length === 0) return good()
  return found({
    severity: 'warning',
    code: 'SETTING_HIDDEN',
    what: `${hidden.join(', ')}: the environment has another value than ${path}, and wins.`,
    why: 'What you keep with npm run env has no effect in this terminal.',
    fix: `unset ${hidden.join(' ')}, or open a new terminal`,
  })
}

function checkHalves(environment: Environment): CheckResult {
  const raw = readRawSettings(environment)
  const has = (name: SettingName) => raw[name].value !== undefined
  const [one, other] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
  const isTemporary = raw[one].value?.startsWith(TEMPORARY) && raw[other].value !== undefined
  if (isTemporary && !has('AWS_SESSION_TOKEN')) {
    return found({
      severity: 'problem',
      code: 'SESSION_TOKEN_MISSING',
      what: `${one} is of temporary credentials (${TEMPORARY}…), and AWS_SESSION_TOKEN is not set.`,
      why: 'AWS rejects the other two parts without the third.',
      fix: 'npm run env -- AWS_SESSION_TOKEN',
    })
  }
  if (has(one) === has(other)) return good()
  const [set, missing] = has(one) ? [one, other] : [other, one]
  return found({
    severity: 'warning',
    code: 'CREDENTIAL_INCOMPLETE',
    what: `${set} is set, and ${missing} is not.`,
    why: 'X-Ray stays local until both are there.',
    fix: `npm run env -- ${missing}`,
  })
}

function checkPlaceholders(environment: Environment): CheckResult {
  return found(
    ...findPlaceholders(environment).map(
      ({ name, source }): Finding => ({
        severity: 'problem',
        code: 'SETTING_PLACEHOLDER',
        what: `${name} (${source}) is a placeholder, not a key.`,
        why: 'It makes the provider live, and the provider refuses everything that is sent.',
        fix: `npm run env -- ${name}, or remove it: npm run env -- --unset ${name}`,
      }),
    ),
  )
}
