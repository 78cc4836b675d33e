import { honeycombAuthSchema } from '../../../contracts/honeycomb-auth.ts'
import { datasetSlug } from '../../../contracts/trace-links.ts'
import type { HoneycombTarget } from '../../../settings/providers.ts'
import { askProvider, type ProviderAnswer } from '../../machine/http-json.ts'
import { bad, formOf, isSendable, type KeyCheck, unknown } from './key-check.ts'

/** Honeycomb's regions, whose keys differ. Source: https://docs.honeycomb.io/configure/teams/data-region/ */
const REGIONS: Readonly<Record<string, string>> = {
  'the US': 'https://api.honeycomb.io',
  'the EU': 'https://api.eu1.honeycomb.io',
}
const GET_A_KEY = 'Make one that can send events: ui.honeycomb.io, Environment settings, API Keys'

/**
 * Asks Honeycomb whose key it is and what it may do. Tries a key that this region does not know at the other region.
 * `dataset` is the one that spans go to.
 */
export async function checkHoneycombKey(
  { apiEndpoint, apiKey }: Pick<HoneycombTarget, 'apiEndpoint' | 'apiKey'>,
  dataset: string,
  regions = REGIONS,
): Promise<KeyCheck> {
  if (!isSendable(apiKey)) {
    return bad(
      'KEY_INVALID',
      'The Honeycomb key holds a line break, or another character that no key has.',
      'Paste it again, the key alone: npm run env -- HONEYCOMB_API_KEY',
    )
  }
  const answer = await ask(apiEndpoint, '/1/auth', apiKey)
  if (typeof answer === 'string') {
    return unknown(`The Honeycomb key could not be checked: ${answer}.`, 'npm run doctor asks again')
  }
  if (answer.status === 401 || answer.status === 403) return whyRefused(apiEndpoint, apiKey, regions)
  const auth = honeycombAuthSchema.safeParse(answer.body).data
  if (answer.status !== 200 || !auth) {
    const host = new URL(apiEndpoint).host
    return unknown(
      `The Honeycomb key could not be checked: ${host} answered ${answer.status}${auth ? '' : ', and not as Honeycomb does'}.`,
      answer.status === 200
        ? 'Is HONEYCOMB_API_ENDPOINT right? npm run env shows it'
        : 'npm run doctor asks again',
    )
  }
  const { events, createDatasets, create_datasets: snakeCase } = auth.api_key_access
  const environment = auth.environment.slug ? `environment ${auth.environment.slug}` : 'Classic'
  const owner = `team ${auth.team.slug}, ${environment}`
  if (events === false)
    return bad('KEY_FORBIDDEN', `The Honeycomb key (${owner}) may not send events.`, GET_A_KEY)
  const says = `Honeycomb: ${owner}${auth.type === 'ingest' ? ', an ingest key' : ''}`
  if ((createDatasets ?? snakeCase) !== false) return { outcome: 'good', says }
  const existing = await ask(apiEndpoint, `/1/datasets/${datasetSlug(dataset)}`, apiKey)
  if (typeof existing !== 'string' && existing.status === 200) return { outcome: 'good', says }
  return {
    outcome: 'good',
    says,
    note: {
      code: 'DATASET_MISSING',
      what: `The Honeycomb key may not create datasets, and the dataset ${dataset} may not exist yet.`,
      fix: `Create the dataset ${dataset} at ui.honeycomb.io, or a key that may create datasets`,
    },
  }
}

function ask(endpoint: string, path: string, apiKey: string): Promise<ProviderAnswer | string> {
  return askProvider(`${endpoint}${path}`, { 'X-Honeycomb-Team': apiKey })
}

async function whyRefused(endpoint: string, apiKey: string, regions: typeof REGIONS): Promise<KeyCheck> {
  const here = Object.keys(regions).find((region) => regions[region] === endpoint)
  for (const [region, other] of Object.entries(regions)) {
    if (!here || region === here) continue
    const answer = await ask(other, '/1/auth', apiKey)
    if (typeof answer === 'string' || answer.status !== 200) continue
    return bad(
      'KEY_REFUSED',
      `The Honeycomb key belongs to ${region}, and telemetry is sent to ${here}.`,
      `npm run env -- HONEYCOMB_API_ENDPOINT=${other}`,
    )
  }
  const form = formOf(apiKey)
  const isOther = form && form.kind !== 'honeycomb'
  return bad(
    'KEY_REFUSED',
    `Honeycomb${here ? '' : ` at ${new URL(endpoint).host}`} does not know the key${isOther ? `: it looks like ${form.name}` : ''}.`,
    `${GET_A_KEY}. Then: npm run env -- HONEYCOMB_API_KEY`,
  )
}
