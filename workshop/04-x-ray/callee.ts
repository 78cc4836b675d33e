import { met, missingAnswer, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext, Edge } from '../context.ts'
import { quoted } from '../wording.ts'

/**
 * Whether the answer names what the api calls besides the profiles service. Only X-Ray has that name: it makes one of the
 * database and its host. It never says the name.
 */
export function judgeCallee(
  { service, profilesService, page }: CheckContext,
  edges: readonly Edge[],
  given: string | undefined,
): Verdict {
  const again = `${page}/map shows it. Then: npm run workshop -- 4 calls=<name>`
  const names = edges.flatMap(({ from, to }) =>
    from === service && to !== service && to !== profilesService ? to : [],
  )
  if (names.length === 0) {
    return notYet(
      'The service map of the last hour has no second arrow from the api.',
      'npm run load -- --duration 5, and run the check again',
    )
  }
  if (given === undefined) {
    return missingAnswer('the api calls the profiles service, and what else?', again)
  }
  if (names.includes(given)) return met(given)
  const said = quoted(given)
  if (given === service || (given !== '' && profilesService.endsWith(given))) {
    return notYet(`${said} is the ${given === service ? 'api itself' : 'arrow that you know'}.`, again)
  }
  if (/^clients?$/i.test(given)) {
    return notYet('The clients call the api: the arrow points at what is called.', again)
  }
  if (/^(the )?(database|db|postgres|postgresql|sql|database::sql)$/i.test(given)) {
    return notYet(`${said} is what it is, not its name on the map.`, again)
  }
  if (names.some((name) => name.toLowerCase().includes(given.toLowerCase()) && given !== '')) {
    return notYet(`${said} is a part of its name, or has other letters.`, `Copy the whole name. ${again}`)
  }
  return notYet(`No arrow goes from the api to ${said}.`, again)
}
