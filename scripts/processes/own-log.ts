import { boundOwnLog } from './log-rotation.ts'

// `node --import` loads this file into the workspace's own processes. The start of a process sets the variable where it
// has opened a log for it, so that a file of a person's own (`node sandbox/server.ts > my.log`) is never emptied.
const { WORKSPACE_LOG: path } = process.env
if (path) {
  // Child processes may write to the same file. Only this process rotates it.
  delete process.env.WORKSPACE_LOG
  boundOwnLog(path)
}
