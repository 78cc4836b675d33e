import { initialiseCluster } from './cluster.ts'

/** `node initialise.ts <directory>`: see `make` in cluster.ts. */
const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('Say where: node initialise.ts <directory>')
await initialiseCluster(directory)
// PGlite keeps the loop alive for a while after its end.
process.exit(0)
