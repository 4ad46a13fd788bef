import { silentLogger } from '../../../local/logger.ts'
import { createSandbox } from '../../../local/sandbox/mod.ts'

// A sandbox in a process of its own, for tests that kill it: prints its SMTP port when it is ready.
const [dataFolder = null] = process.argv.slice(2)
const sandbox = await createSandbox({ port: 0, smtpPort: 0, scannerPort: 0, dataFolder, logger: silentLogger })
console.log(sandbox.smtpPort)
