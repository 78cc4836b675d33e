import { UserError } from '../../contracts/user-error.ts'
import { readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { PROFILES } from '../containers/compose-file.ts'
import { runCompose } from '../containers/docker.ts'
import { bringUp } from '../containers/up.ts'

await runCommand(
  {
    name: 'containers',
    summary:
      'Runs the same system in containers, by Docker Compose: one profile of docker-compose.yml at a time.',
    ifInterrupted: 'npm run containers -- down ends what has started.',
    positionals: `up ${PROFILES.join('|')} | down`,
    examples: [
      'npm run containers -- up local      X-Ray is the sandbox',
      'npm run containers -- up live       AWS’s daemon, with the keys of .env',
      'npm run containers -- up collector  OpenTelemetry Collectors',
      'npm run containers -- down          ends whichever profile runs, and keeps its data',
    ],
    notes: [
      'It is docker compose, after a look at the ports: a workspace or another profile that runs is named',
      'before anything is built. Docker itself says "address already in use" when it has created the containers.',
    ],
  },
  async ({ positionals: [verb, name, ...rest], terminal }) => {
    const profile = PROFILES.find((one) => one === name)
    if (verb === 'up' && profile && rest.length === 0) {
      if (!(await bringUp(profile, readSettings(), terminal))) process.exitCode = 1
    } else if (verb === 'down' && name === undefined) {
      process.exitCode = await runCompose(['--profile', '*', 'down'])
    } else {
      const what =
        name && !profile && verb === 'up'
          ? `There is no profile ${name}.`
          : 'What to do is missing, or too much.'
      throw new UserError({ code: 'USAGE', what, fix: 'npm run containers -- --help' })
    }
  },
)
