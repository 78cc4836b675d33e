import { initialiseCluster } from './cluster.ts'

/** `node initialise.ts <directory>`; cluster.ts runs it. */
// PGlite makes its files and folders readable by everyone.
process.umask(0o077)
const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('A directory is missing: node initialise.ts <directory>')
await initialiseCluster(directory)
// PGlite keeps the event loop alive after it was closed.
process.exit(0)
