import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { parse } from 'dotenv'
import { isSettingName, SETTING_NAMES, type SettingName } from '../../settings/catalogue.ts'
import { type Environment, envFile, readRawSettings, readSettings } from '../../settings/read.ts'
import { findPlaceholders, nearestSetting } from '../env/check.ts'
import { isCommittable } from '../env/keep.ts'
import { asFinding, type Examination, type Finding, found, good, joined } from './finding.ts'

/** How AWS begins the ids of temporary keys. */
const TEMPORARY = 'ASIA'
const OWNER_ONLY = 0o600
const OTHERS = 0o077
/** Names that are somebody else's, though one of ours is near. */
const FOREIGN = /^(AWS|OTEL|NODE|GITPOD|CODESPACES?|GITHUB|DATABASE|npm)_/

/** `.env`, and what the settings say together. */
export async function examineSettings(environment: Environment): Promise<Examination> {
  const path = envFile(environment)
  const readable = examineValues(environment)
  if (readable.findings.some(({ severity }) => severity === 'problem')) return readable
  return joined([
    readable,
    await examineFile(path),
    ...(existsSync(path) ? [examineNames(path), examineHidden(path, environment)] : []),
    examineHalves(environment),
    examinePlaceholders(environment),
  ])
}

function examineValues(environment: Environment): Examination {
  try {
    readSettings(environment)
    return good()
  } catch (error) {
    return asFinding(error, 'No command of the workspace works until it can be read.')
  }
}

async function examineFile(path: string): Promise<Examination> {
  if (!existsSync(path)) return good()
  const mode = statSync(path).mode & 0o777
  const findings: Finding[] = []
  if ((mode & OTHERS) !== 0) {
    findings.push({
      severity: 'problem',
      what: `${path} can be read by others (mode ${mode.toString(8)}).`,
      why: 'Your keys are in it.',
      fix: `chmod 600 "${path}"`,
      mend: async () => {
        chmodSync(path, OWNER_ONLY)
        return `${path} is yours alone now`
      },
    })
  }
  if (await isCommittable(path)) {
    findings.push({
      severity: 'problem',
      what: `git does not ignore ${path}.`,
      why: 'The next commit would publish your keys.',
      fix: `echo "${path.split('/').at(-1)}" >> .gitignore; if it is committed already: git rm --cached, and make new keys`,
    })
  }
  return findings.length > 0
    ? found(...findings)
    : good(`${path} is yours alone, and no git repository takes it`)
}

/** A mistyped name is as good as none, and nothing says so. */
function examineNames(path: string): Examination {
  const unknown = Object.keys(parse(readFileSync(path))).filter((name) => !isSettingName(name))
  const findings = unknown.flatMap((name): Finding[] => {
    const near = FOREIGN.test(name) ? undefined : nearestSetting(name)
    if (!near) return []
    return [
      {
        severity: 'warning',
        what: `${path} has ${name}, which nothing reads. ${near} is meant?`,
        why: 'A mistyped setting is as good as none.',
        fix: `Rename it in ${path}, or: npm run env -- ${near}`,
      },
    ]
  })
  return found(...findings)
}

function examineHidden(path: string, environment: Environment): Examination {
  const file = parse(readFileSync(path))
  const hidden = SETTING_NAMES.filter((name) => {
    const other = environment[name]?.trim()
    return other && file[name]?.trim() && other !== file[name]?.trim()
  })
  if (hidden.length === 0) return good()
  return found({
    severity: 'warning',
    what: `${hidden.join(', ')}: the environment has another value than ${path}, and wins.`,
    why: 'What you keep with npm run env has no effect in this terminal.',
    fix: `unset ${hidden.join(' ')}, or open a new terminal`,
  })
}

function examineHalves(environment: Environment): Examination {
  const raw = readRawSettings(environment)
  const has = (name: SettingName) => raw[name].value !== undefined
  const [one, other] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
  const isTemporary = raw[one].value?.startsWith(TEMPORARY) && raw[other].value !== undefined
  if (isTemporary && !has('AWS_SESSION_TOKEN')) {
    return found({
      severity: 'problem',
      what: `${one} is of temporary credentials (${TEMPORARY}…), and AWS_SESSION_TOKEN is not set.`,
      why: 'AWS refuses the other two parts without the third.',
      fix: 'npm run env -- AWS_SESSION_TOKEN',
    })
  }
  if (has(one) === has(other)) return good()
  const [set, missing] = has(one) ? [one, other] : [other, one]
  return found({
    severity: 'warning',
    what: `${set} is set, and ${missing} is not.`,
    why: 'X-Ray stays local until both are there.',
    fix: `npm run env -- ${missing}`,
  })
}

function examinePlaceholders(environment: Environment): Examination {
  return found(
    ...findPlaceholders(environment).map(
      ({ name, source }): Finding => ({
        severity: 'problem',
        what: `${name} (${source}) is a placeholder, not a key.`,
        why: 'It makes the provider live, and the provider refuses everything.',
        fix: `npm run env -- ${name}, or take it away: npm run env -- --unset ${name}`,
      }),
    ),
  )
}
