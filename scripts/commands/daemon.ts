import { readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { installDeb } from '../daemon/deb.ts'
import { installDaemon } from '../daemon/install.ts'

const meta = {
  name: 'daemon',
  summary: 'Installs the X-Ray daemon into the workspace, with its signature verified and without root.',
  ifInterrupted: 'Nothing is half installed: npm run daemon downloads it again.',
  options: {
    deb: {
      type: 'boolean',
      meaning: 'Shows the bootcamp’s way, a .deb with sudo, and runs it if you agree',
    },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  if (values.deb) await installDeb(readSettings(), terminal)
  else await installDaemon(readSettings(), terminal)
})
