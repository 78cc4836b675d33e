import { Console } from 'node:console'
import { runCommand } from '../command-line/command.ts'

/** Bytes of one message of the assistant. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

const meta = {
  name: 'mcp',
  summary:
    'Lets an assistant find traces, show and compare them, ask questions and check chapters: a Model Context Protocol server on standard input and output, which .vscode/mcp.json and .mcp.json start.',
} as const

await runCommand(meta, async () => {
  // Standard output has the protocol's messages only.
  globalThis.console = new Console(process.stderr)
  if (process.stdin.isTTY) {
    console.error(
      'This server talks to an assistant, which starts it by itself (docs/assistant.md). Ctrl-C ends it.',
    )
  }
  // Imported here so that `--help` does not wait for the protocol's package.
  const [{ StdioServerTransport }, { createMcpServer }, { readVersion }] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/stdio.js'),
    import('../mcp/server.ts'),
    import('../mcp/version.ts'),
  ])
  const server = createMcpServer(readVersion())
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: MAX_MESSAGE_BYTES,
  })
  const ended = Promise.withResolvers<void>()
  process.stdin.once('end', ended.resolve)
  server.server.onclose = () => {
    // The transport closes itself after a message that is too long.
    process.exitCode = 1
    ended.resolve()
  }
  server.server.onerror = (error) => console.error(`mcp: ${error.message}`)
  await server.connect(transport)
  await ended.promise
  // Calls in flight would keep the process for as long as the sandbox takes to answer them.
  process.exit()
})
